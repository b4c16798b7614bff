"""Random texts of the whole grammar, and what they mean in plain 64-bit integers, read without proofs/check.py."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping

TOP = 2**64
EDGES = [
    0,
    1,
    2,
    0xFFF,
    0x1000,
    0x1FFFFF,
    0x200000,
    2**32,
    2**63 - 1,
    2**63,
    TOP - 0x200000,
    TOP - 0x1000,
    TOP - 2,
    TOP - 1,
]
MASKS = [0, 1, 0xFFF, 0x1FFFFF, 2**63 - 1, TOP - 1, TOP - 0x1000, TOP - 0x200000, 2**63]
SHIFTS = [0, 1, 12, 21, 52, 63]

Nested = str | tuple["Nested", ...]


def hexadecimal(value: int) -> str:
    return f"#x{value:016x}"


class Terms:
    """Draws words and formulas over some names; each draw is text."""

    def __init__(self, chance: random.Random, words: list[str], truths: list[str]) -> None:
        self.chance, self.words, self.truths = chance, words, truths

    def word(self, depth: int) -> str:
        if depth == 0 or self.chance.random() < 0.2:
            if self.chance.random() < 0.3:
                return hexadecimal(self.value())
            return self.chance.choice(self.words)
        kind = self.chance.choice(
            ["bvadd", "bvadd", "bvsub", "bvsub", "bvand", "bvand", "bvshl", "bvlshr", "ite"]
        )
        first = self.word(depth - 1)
        if kind in ("bvadd", "bvsub"):
            return f"({kind} {first} {self.word(depth - 1)})"
        if kind == "bvand":
            return f"(bvand {first} {hexadecimal(self.chance.choice(MASKS))})"
        if kind == "ite":
            return f"(ite {self.formula(depth - 1)} {first} {self.word(depth - 1)})"
        return f"({kind} {first} {hexadecimal(self.chance.choice(SHIFTS))})"

    def formula(self, depth: int) -> str:
        kind = self.chance.choice(
            ["and", "or", "not", "=>", "=", "bvult", "bvule", "bvult", "bvule", "name", "constant"]
        )
        if depth > 0 and kind in ("and", "or", "not", "=>"):
            count = {"not": 1, "=>": 2}.get(kind, self.chance.randint(2, 3))
            return f"({kind} {' '.join(self.formula(depth - 1) for _ in range(count))})"
        if kind == "constant" and self.chance.random() < 0.3:
            return self.chance.choice(["true", "false"])
        if kind == "name" and self.truths:
            return self.chance.choice(self.truths)
        kind = kind if kind in ("=", "bvult") else "bvule"
        return f"({kind} {self.word(max(0, depth - 1))} {self.word(max(0, depth - 1))})"

    def value(self) -> int:
        if self.chance.random() < 0.6:
            return (self.chance.choice(EDGES) + self.chance.choice([0, 0, 0, 1, -1])) % TOP
        return self.chance.getrandbits(64)


def nested(text: str) -> Nested:
    """One expression as tuples of strings."""
    tokens = iter(re.findall(r"[()]|[^\s()]+", text))

    def rest() -> Iterator[Nested]:
        for token in tokens:
            if token == ")":
                return
            yield tuple(rest()) if token == "(" else token

    (only,) = rest()
    return only


def evaluate(term: Nested, values: Mapping[str, int], wrapped: list[str] | None = None) -> int:  # noqa: C901, PLR0911, PLR0912
    """A word, or 0 or 1 for a formula, as the bit-vectors of SMT-LIB define it; operators that wrap are noted."""
    notes = [] if wrapped is None else wrapped
    if isinstance(term, str):
        if term.startswith("#x"):
            return int(term[2:], 16)
        return {"true": 1, "false": 0}[term] if term in ("true", "false") else values[term]
    name = term[0]
    parts = [evaluate(part, values, wrapped) for part in term[1:]]
    match name:
        case "not":
            return 1 - parts[0]
        case "and":
            return min(parts)
        case "or":
            return max(parts)
        case "=>":
            return max(1 - parts[0], parts[1])
        case "=":
            return int(parts[0] == parts[1])
        case "bvult":
            return int(parts[0] < parts[1])
        case "bvule":
            return int(parts[0] <= parts[1])
        case "ite":
            return parts[1] if parts[0] else parts[2]
        case "bvand":
            return parts[0] & parts[1]
        case "bvlshr":
            return parts[0] >> parts[1]
    exact = {
        "bvadd": lambda: parts[0] + parts[1],
        "bvsub": lambda: parts[0] - parts[1],
        "bvshl": lambda: parts[0] << parts[1],
    }[str(name)]()
    if not 0 <= exact < TOP:
        notes.append(str(name))
    return exact % TOP


def obligation(words: list[str], truths: list[str], assertions: list[str]) -> str:
    lines = ["(set-logic QF_BV)"]
    lines += [f"(declare-const {name} (_ BitVec 64))" for name in words]
    lines += [f"(declare-const {name} Bool)" for name in truths]
    lines += [f"(assert {assertion})" for assertion in assertions]
    return "\n".join([*lines, "(check-sat)", ""])
