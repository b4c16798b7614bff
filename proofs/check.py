"""Re-checks what index.json claims to be proved. Needs Python 3.11 and nothing else:
    python check.py [FOLDER]    by default of this file; status: 0 all checks, 1 something does not, 2 unreadable

An obligation (obligations/*.smt2) lists conditions on unsigned 64-bit words that must be impossible together.
Nothing here searches or trusts a solver: a certificate (certificates/*.json) says why they are. Two steps:
1. `read` turns the conditions into "rows" over whole numbers: constant + sum(coefficient * variable) <= 0.
   Words that wrap stay exact: a + b is a + b - 2^64 * carry. Carries, rounding, remainders and shifts all
   need floor(sum / 2^k): a new variable q with the two rows 0 <= sum - 2^k * q <= 2^k - 1.
   What remains is "or": a clause lists cases, of which one must hold: all its rows and further clauses.
2. `check` walks the certificate, a tree of steps, at most 400 deep, whose leaves show that no values satisfy
   the rows. Rows and clauses are numbered from 0, first the obligation's, then what steps add. The steps:
     {"split": CLAUSE, "cases": [STEP...]}       a sub-proof for each case, with its rows and clauses added
     {"branch": SUM, "at": n, "low": STEP, "high": STEP}     adds SUM <= n, and in "high" SUM >= n + 1
     {"cut": ROWS, "divide": g, "then": STEP}    adds the sum of ROWS divided by g, its constant rounded up
     {"farkas": ROWS}                            a leaf: the sum of ROWS reads positive number <= 0
   with SUM = [[variable, coefficient]...] and ROWS = [[row, multiplier > 0]...]: inequalities stay true
   when they are multiplied by positive numbers and added up, so such a leaf is impossible.
Not checked: that an obligation says what its theorem says. The comments in each file are for that.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from math import gcd, inf
from pathlib import Path
from typing import Any, TypeAlias

FORMAT, CERTIFICATE = "xen-layout-proofs/1", "xen-layout-certificate/1"
NAME = re.compile(r"(?!(?:_|as|let|forall|exists|match|par|true|false)$)[A-Za-z_][A-Za-z0-9_.-]*")
BOOL, WORD = 1, 2**64 - 1  # the two sorts, by their highest value
SORTS: dict[object, int] = {"Bool": BOOL, ("_", "BitVec", "64"): WORD}
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
ONE = -1  # in a sum, the place of the constant

Expression: TypeAlias = "str | tuple[Expression, ...]"
Sum: TypeAlias = dict[int, int]  # {variable: coefficient}; as a row, it says that the sum is at most 0
Case: TypeAlias = "tuple[list[Sum], list[list[Case]]]"  # rows and clauses; a clause is a list of cases


class Bad(Exception):  # noqa: N818 - short, for it stands in every check
    """What was read does not check. What cannot be read is another error, often a ValueError."""


def plus(a: Sum, b: Sum, factor: int = 1) -> Sum:
    return {v: c for v in a | b if (c := a.get(v, 0) + factor * b.get(v, 0))}


def at_most(a: Sum, b: Sum, gap: int = 0) -> Sum:
    """The row a + gap <= b, divided by what divides all its coefficients; then the constant is rounded up."""
    row = plus(plus(a, {ONE: gap}), b, -1)
    factor = gcd(*(c for v, c in row.items() if v != ONE)) or 1
    return {v: -(-c // factor) for v, c in row.items()}


class Problem:
    """An obligation in whole numbers: impossible iff no values satisfy all rows and a case of each clause."""

    def __init__(self) -> None:
        self.rows: list[Sum] = []
        self.clauses: list[list[Case]] = []
        self.ranges: list[tuple[int, int]] = []  # of each variable; the rows say the same
        self.sorts: dict[str, int] = {}
        self.known: dict[object, Sum] = {}  # what became of the words, by their text, and of divisions
        self.stage = 0  # 1 after set-logic, 2 after an assertion, 3 after check-sat

    def command(self, text: Expression) -> None:
        match text:
            case ("set-logic", "QF_BV") if self.stage == 0:
                self.stage = 1
            case ("check-sat",) if self.stage == 2:
                self.stage = 3
            case ("declare-const", str(name), sort) if self.stage in (1, 2) and sort in SORTS:
                if name in self.sorts or not NAME.fullmatch(name):
                    raise ValueError(f"{name!a} cannot be declared, or not again")
                self.sorts[name] = SORTS[sort]
            case ("assert", formula) if self.stage in (1, 2):
                self.stage = 2
                self.assertion(formula)
            case _:
                raise ValueError(f"{text!a:.60} does not belong here")

    def assertion(self, text: Expression) -> None:
        """An assertion. `(= name word)` that is the first use of the name only defines it."""
        match text:
            case ("=", str(name), right) if self.sorts.get(name) == WORD and name not in self.known:
                value = self.word(right)
                if self.known.setdefault(name, value) is value:  # else the word itself uses the name
                    return
        rows, clauses = self.formula(text, True)
        self.rows, self.clauses = self.rows + rows, self.clauses + clauses

    def formula(self, text: Expression, wanted: bool) -> Case:  # noqa: PLR0911 - one return for each operator
        """What it takes to make the formula true or, if that is wanted, false."""
        match text:
            case "true" | "false":
                return [] if (text == "true") == wanted else [{ONE: 1}], []  # 1 <= 0 never holds
            case str():
                truth = self.word(text, BOOL)
                return [at_most({ONE: 1}, truth) if wanted else at_most(truth, {})], []
            case ("not", a):
                return self.formula(a, not wanted)
            case ("=>", a, b):
                return self.formula(("or", ("not", a), b), wanted)
            case ("=", a, b):
                return self.formula(("and", ("bvule", a, b), ("bvule", b, a)), wanted)
            case ("bvult", a, b):
                return self.formula(("bvule", b, a), not wanted)
            case ("bvule", a, b):
                left, right = self.word(a), self.word(b)
                return [at_most(left, right) if wanted else at_most(right, left, 1)], []
            case ("and" | "or" as name, _, _, *_):
                parts = [self.formula(part, wanted) for part in text[1:]]
                if (name == "and") == wanted:
                    return [row for p in parts for row in p[0]], [clause for p in parts for clause in p[1]]
                # A part that is nothing but a clause adds its cases to this one.
                return [], [[case for p in parts for case in ([p] if p[0] or len(p[1]) != 1 else p[1][0])]]
        raise ValueError(f"{text!a:.60} is no formula of this grammar")

    def word(self, text: Expression, sort: int = WORD) -> Sum:
        """What a word is or, if the sort is BOOL, a name: 0 or 1."""
        if isinstance(text, str) and text.startswith("#") and sort == WORD:
            return {ONE: literal(text)}
        if isinstance(text, str) and self.sorts.get(text) != sort:
            raise ValueError(f"{text!a:.60} is not declared, or of the other sort")
        if text not in self.known:
            self.known[text] = self.variable(0, sort) if isinstance(text, str) else self.operation(text)
        return self.known[text]

    def operation(self, text: Expression) -> Sum:
        match text:
            case ("bvadd" | "bvsub" as name, a, b):
                sums = plus(self.word(a), self.word(b), 1 if name == "bvadd" else -1)
                return self.divide(sums, 64, -WORD, 2 * WORD)[1]
            case ("bvand", a, b) if (mask := literal(b)) & (mask + 1) == 0:  # ones at the bottom
                return self.divide(self.word(a), mask.bit_length())[1]
            case ("bvand", a, b) if (unit := WORD + 1 - literal(b)).bit_count() == 1:  # ones at the top
                return plus({}, self.divide(self.word(a), unit.bit_length() - 1)[0], unit)
            case ("bvshl", a, b) if (count := literal(b)) < 64:
                return self.divide(plus({}, self.word(a), 1 << count), 64, high=WORD << count)[1]
            case ("bvlshr", a, b) if (count := literal(b)) < 64:
                return self.divide(self.word(a), count)[0]
            case ("ite", condition, a, b):
                yes, no, new = self.word(a), self.word(b), self.variable(0, WORD)
                cases = [self.formula(condition, True), self.formula(condition, False)]
                cases[0][0].extend([at_most(new, yes), at_most(yes, new)])
                cases[1][0].extend([at_most(new, no), at_most(no, new)])
                self.clauses.append(cases)
                return new
        raise ValueError(f"{text!a:.60} is no word of this grammar")

    def variable(self, low: int, high: int) -> Sum:
        self.ranges.append((low, high))
        return self.within({len(self.ranges) - 1: 1}, low, high)

    def within(self, value: Sum, low: int, high: int) -> Sum:
        self.rows.extend([at_most({ONE: low}, value), at_most(value, {ONE: high})])
        return value

    def extent(self, value: Sum) -> tuple[int, int]:
        """Between what the ranges of the variables let the sum be."""
        ends = [sorted((c, c) if v == ONE else [c * end for end in self.ranges[v]]) for v, c in value.items()]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    def divide(self, value: Sum, bits: int, low: int = 0, high: int = WORD) -> tuple[Sum, Sum]:
        """Quotient and remainder by 2^bits of a sum from low to high. What 2^bits divides needs no variable."""
        unit, (least, most) = 2**bits, self.extent(value)
        low, high = max(low, least) >> bits, min(high, most) >> bits
        quotient = {v: c // unit for v, c in value.items() if v == ONE or c % unit == 0}
        rest = plus(value, quotient, -unit)
        if low == high:
            quotient = {ONE: low}
        elif set(rest) - {ONE}:
            factor = gcd(unit, *(c for v, c in rest.items() if v != ONE))  # (2 * x + 1) / 8 is as x / 4
            rest, unit = {v: c // factor for v, c in rest.items()}, unit // factor
            if (key := (unit, *sorted(rest.items()))) not in self.known:
                self.known[key] = self.variable(*(end // unit for end in self.extent(rest)))
                self.within(plus(rest, self.known[key], -unit), 0, unit - 1)
            quotient = self.within(plus(quotient, self.known[key]), low, high)
        return quotient, plus(value, quotient, -(2**bits))


def literal(text: Expression) -> int:
    if not isinstance(text, str) or not re.fullmatch("#x[0-9A-Fa-f]{16}", text):
        raise ValueError(f"{text!a:.60} is not #x and 16 digits")
    return int(text[2:], 16)


def read(text: str) -> Problem:
    """The obligation of an .smt2 file. Raises ValueError, with the line that ends the faulty command."""
    problem, pending, line = Problem(), "", 0
    try:
        for line, content in enumerate(text.split("\n"), 1):  # noqa: B007 - the error names it
            pending += " " + content.split(";")[0]
            if pending.count("(") == pending.count(")"):
                tuples = re.sub(r"[^ \t()]+", lambda atom: f"{atom[0]!a},", pending).replace(")", "),")
                for command in ast.literal_eval(f"({tuples})"):  # (a (b c)) is now ("a", ("b", "c"))
                    problem.command(command)
                pending = ""
        if pending or problem.stage != 3:
            raise ValueError("the end, without (check-sat) or a bracket")
    except (ValueError, SyntaxError, RecursionError, MemoryError) as fault:
        raise ValueError(f"line {line}: {fault}") from None
    return problem


def require(condition: object, message: str) -> None:
    if not condition:
        raise Bad(message)


def total(pairs: Any, things: list[Sum], lowest: float) -> Sum:
    """The sum of the numbered rows or variables, each times its factor."""
    result: Sum = {}
    for pair in pairs if isinstance(pairs, list) else [pairs]:
        require(isinstance(pair, list) and [type(n) for n in pair] == [int, int], "not two whole numbers")
        require(0 <= pair[0] < len(things) and pair[1] >= lowest, f"{pair}: no such row, or below 1")
        result = plus(result, things[pair[0]], pair[1])
    return result


def check(problem: Problem, certificate: Any) -> None:
    """Raises Bad unless the certificate proves the obligation impossible."""
    framed = isinstance(certificate, dict) and {**certificate, "proof": {}}
    require(framed == {"format": CERTIFICATE, "proof": {}}, "no certificate of this format")
    todo = [(certificate.get("proof"), problem.rows, problem.clauses, 0)]
    while todo:
        step, rows, clauses, depth = todo.pop()
        proper = isinstance(step, dict) and bool not in map(type, step.values())
        require(proper and depth < 400, "not a step, or nested too deeply")
        match step:
            case {"split": int(number), "cases": list(proofs), **rest} if not rest:
                require(0 <= number < len(clauses) and len(proofs) == len(clauses[number]), "no such clause")
                for proof, (more, nested) in zip(proofs, clauses[number], strict=True):
                    todo.append((proof, rows + more, clauses + nested, depth + 1))
            case {"branch": pairs, "at": int(at), "low": low, "high": high, **rest} if not rest:
                left = total(pairs, [{n: 1} for n in range(len(problem.ranges))], -inf)
                todo.append((low, [*rows, plus(left, {ONE: at}, -1)], clauses, depth + 1))
                todo.append((high, [*rows, plus({ONE: at + 1}, left, -1)], clauses, depth + 1))
            case {"cut": pairs, "divide": int(by), "then": then, **rest} if not rest:
                left = total(pairs, rows, 1)
                require(by > 0 and not any(c % by for v, c in left.items() if v != ONE), "does not divide")
                todo.append((then, [*rows, {v: -(-c // by) for v, c in left.items()}], clauses, depth + 1))
            case {"farkas": pairs, **rest} if not rest:
                left = total(pairs, rows, 1)
                require(set(left) == {ONE} and left[ONE] > 0, "no contradiction")
            case _:
                raise Bad("unknown step")


def faults(folder: Path, index: Any) -> Iterator[tuple[int, str]]:
    """What does not check, each with its exit status."""
    known = set()
    for name, entry in index["obligations"].items():
        paths = f"obligations/{name}.smt2", f"certificates/{name}.json"
        known |= set(paths)
        try:
            require((entry["file"], entry["certificate"]) == paths, "other paths")
            texts = [(folder / path).read_bytes() for path in paths]
            hashes = [hashlib.sha256(text).hexdigest() for text in texts]
            require([entry["sha256"], entry["certificate_sha256"]] == hashes, "the file has another sha256")
            check(read(texts[0].decode()), json.loads(texts[1]))
        except (Bad, *UNREADABLE) as fault:
            yield 1 if isinstance(fault, Bad | FileNotFoundError) else 2, f"{name}: {fault!r}"
    verdicts: dict[tuple[str, str], str] = {}  # a theorem rests on earlier ones only, so never on itself
    for name, family in ((each["name"], family) for each in index["theorems"] for family in each["families"]):
        names, verdict, tags = set(family["obligations"]), family["verdict"], family["releases"]
        rests = {verdicts.get((use, tag)) for use in family["uses"] for tag in tags}
        sound = names and tags and rests <= {"proved"}
        if not {"refuted": True, "proved": sound}.get(verdict) or not names <= set(index["obligations"]):
            yield 1, f"{name}: {verdict}, and an obligation or a theorem that it needs is missing"
        if any((name, tag) in verdicts for tag in tags):
            yield 1, f"{name}: two verdicts of one release"
        verdicts |= {(name, tag): verdict for tag in tags}
    for path in [*folder.glob("obligations/**/*"), *folder.glob("certificates/**/*")]:
        if not path.is_dir() and path.relative_to(folder).as_posix() not in known:
            yield 1, f"{path.name}: not in the index"


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    try:
        index = json.loads((folder / "index.json").read_bytes())
        require(index["format"] == FORMAT and index["theorems"] and index["obligations"], "nothing to check")
        found = list(faults(folder, index))
        counts = f"{len(index['theorems'])} theorems, {len(index['obligations'])} obligations"
    except (Bad, *UNREADABLE) as fault:
        counts, found = "index.json", [(2, f"index.json: {fault!r}")]
    print(*(ascii(message)[1:-1] + "\n" for _, message in found), sep="", end="")
    print(f"{counts}: {len(found) or 'no'} problems")
    return max((status for status, _ in found), default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
