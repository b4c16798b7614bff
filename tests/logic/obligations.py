"""Obligations made at random in the form of `proofs/obligations`: text for solvers, and plain integers as their judge.

Terms are nested tuples: `("bvadd", a, b)`, an integer is a constant, a string a name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

Term = int | str | tuple["str | Term", ...]
MASK = 2**64 - 1
BITS = (8, 12, 16, 21, 32, 36, 40, 48, 63, 64)


def printed(term: Term) -> str:
    if isinstance(term, int):
        return f"#x{term:016x}"
    return term if isinstance(term, str) else f"({' '.join(map(printed, term))})"


def value(term: Term, names: Mapping[str, int]) -> int:
    """The word or truth (0, 1) of a term in plain integers."""
    if isinstance(term, int):
        return term
    if isinstance(term, str):
        return {"true": 1, "false": 0}[term] if term in ("true", "false") else names[term]
    operator, *operands = term
    a, *rest = [value(operand, names) for operand in operands]
    b = rest[0] if rest else 0
    match operator:
        case "bvadd" | "bvsub":
            return (a + b if operator == "bvadd" else a - b) & MASK
        case "bvand" | "bvshl" | "bvlshr":
            return {"bvand": a & b, "bvshl": (a << min(b, 64)) & MASK, "bvlshr": a >> min(b, 64)}[
                str(operator)
            ]
        case "ite":
            return rest[0] if a else rest[1]
        case "not" | "=>":
            return int(not a or bool(b)) if operator == "=>" else int(not a)
        case "and" | "or":
            return int((all if operator == "and" else any)((a, *rest)))
        case "=" | "bvult" | "bvule":
            return int({"=": a == b, "bvult": a < b, "bvule": a <= b}[str(operator)])
    raise AssertionError(operator)


def script(names: Sequence[str], asserted: Sequence[Term], *, booleans: Sequence[str] = ()) -> str:
    """The whole text, every name declared."""
    lines = ["; made at random", "(set-logic QF_BV)"]
    lines += [f"(declare-const {name} (_ BitVec 64))" for name in names]
    lines += [f"(declare-const {name} Bool)" for name in booleans]
    lines += [f"(assert {printed(term)})" for term in asserted]
    return "\n".join([*lines, "(check-sat)", ""])


class Maker:
    """Random terms over some names."""

    def __init__(self, seed: int, names: Sequence[str], booleans: Sequence[str] = ()) -> None:
        self.random = random.Random(seed)
        self.names, self.booleans = list(names), list(booleans)

    def constant(self) -> int:
        """Near a power of two, where rounding and wrapping happen."""
        top = 1 << self.random.choice(BITS)
        return (self.random.choice([top, top - 1, top + 1, self.random.randrange(top)])) & MASK

    def word(self, depth: int) -> Term:
        if depth == 0 or self.random.random() < 0.2:
            return self.random.choice(self.names) if self.random.random() < 0.7 else self.constant()
        a, b = self.word(depth - 1), self.word(depth - 1)
        bits = self.random.choice([12, 16, 21])
        return self.random.choice(
            [
                ("bvadd", a, b),
                ("bvsub", a, b),
                ("bvand", a, MASK ^ ((1 << bits) - 1)),
                ("bvand", a, (1 << bits) - 1),
                ("bvshl", a, bits),
                ("bvlshr", a, bits),
                ("ite", self.formula(depth - 1), a, b),
                ("ite", ("bvule", a, b), a, b),
            ]
        )

    def formula(self, depth: int) -> Term:
        if depth == 0 and self.booleans and self.random.random() < 0.5:
            return self.random.choice(self.booleans)
        if depth == 0 or self.random.random() < 0.5:
            operator = self.random.choice(["=", "bvult", "bvule", "bvule"])
            return (operator, self.word(max(0, depth - 1)), self.word(max(0, depth - 1)))
        a, b = self.formula(depth - 1), self.formula(depth - 1)
        return self.random.choice(
            [("not", a), ("and", a, b), ("or", a, b, ("not", a)), ("or", a, b), ("=>", a, b)]
        )


def cut(seed: int) -> str:
    """What extended regions are about: a bank, a hole in it, both ends rounded, the rest kept if large enough.

    Claimed is that what is left before or behind the hole lies in the bank and off the hole; at random an assumption
    is missing or a comparison off by one, and then it may not.
    """
    chance = random.Random(seed)
    page = (1 << chance.choice([12, 21])) - 1
    limit = 1 << chance.choice([32, 36, 39, 40, 42, 48])
    words = [
        "bank",
        "size",
        "hole",
        "length",
        "frame",
        "end",
        "hole_end",
        "low",
        "high",
        "before",
        "behind",
        "least",
    ]
    base: list[Term] = [
        ("not", ("=", "size", 0)),
        ("bvule", "bank", limit - 1),
        ("bvule", "size", limit),
        ("bvule", "length", limit),
        ("=", "hole", ("bvshl", "frame", 12)),
        ("bvule", "frame", limit >> 12),
    ]
    equations: list[Term] = [
        ("=", "end", ("bvadd", "bank", "size")),
        ("=", "hole_end", ("bvadd", "hole", "length")),
        ("=", "low", ("ite", ("bvule", "hole", "end"), "hole", "end")),
        ("=", "high", ("ite", ("bvule", "bank", "hole_end"), "hole_end", "bank")),
        ("=", "before", ("bvand", "low", MASK ^ page)),
        ("=", "behind", ("bvand", ("bvadd", "high", page), MASK ^ page)),
        ("=", "least", 1 << 26),
    ]
    less = chance.choice(["bvult", "bvule"])
    kept_before: Term = ("and", (less, "bank", "before"), ("bvule", "least", ("bvsub", "before", "bank")))
    kept_behind: Term = ("and", ("bvult", "behind", "end"), ("bvule", "least", ("bvsub", "end", "behind")))
    wrong: Term = (
        "or",
        ("and", kept_before, ("or", ("bvult", "end", "before"), ("bvult", "hole", "before"))),
        ("and", kept_behind, ("or", ("bvult", "behind", "bank"), ("bvult", "behind", "hole_end"))),
        ("and", kept_behind, kept_before, ("bvult", "behind", "before")),
    )
    if chance.random() < 0.35:
        base.pop(chance.randrange(len(base)))
    if chance.random() < 0.25:
        wrong = ("or", wrong, ("and", kept_before, ("not", ("=", ("bvand", "bank", page), 0))))
    return script(words, [*base, *equations, wrong])


def mixed(seed: int) -> str:
    """Some 12 equations of random shape over 6 names, then a random disjunction."""
    names = [f"w{number}" for number in range(6)]
    maker = Maker(seed, names, ["seen", "last"])
    asserted: list[Term] = [maker.formula(2) for _ in range(maker.random.randrange(1, 5))]
    for number in range(maker.random.randrange(4, 14)):
        asserted.append(("=", f"t{number}", maker.word(2)))
        maker.names.append(f"t{number}")
    asserted.append(("or", maker.formula(3), maker.formula(3)))
    return script(maker.names, asserted, booleans=maker.booleans)


def typical(count: int) -> Iterator[tuple[str, str]]:
    """Names and texts: two of three are cuts of a bank, one of random shape."""
    for number in range(count):
        yield f"obligation-{number:03d}", mixed(number) if number % 3 == 0 else cut(number)
