"""Words as mathematical integers: a question about 64-bit words as linear arithmetic, wrapping written out.

A word is an integer from 0 to 2^64 - 1. What wraps has a carry of its own: `a + b` is `r + 2^64 * k` with k 0 or 1;
shifts and masks are quotients and remainders. The two questions have the same answer, and z3 answers this one a hundred
to a thousand times faster than the one over bit-vectors, which other solvers are asked (`--cross-check`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.logic.bits import WIDTH, Bits, Formula, parts
from verifier.logic.word import Truth, Word

_WRAP = 1 << WIDTH
_SAME = {"and": "and", "or": "or", "not": "not", "bvult": "<", "bvule": "<=", "=": "="}


def integer_script(assumed: Sequence[Truth], question: Truth) -> str:
    """SMT-LIB text, linear integer arithmetic: whether the question is possible under what is assumed.

    A variable has the name that it has there; others are called `w1`, `k1`, ... with a leading exclamation mark.
    """
    lines: list[str] = []
    names: dict[str, str] = {}
    for number, term in enumerate(parts(*assumed, question)):
        lines.extend(_part(term, number, names))
    lines += [f"(assert {_of(truth, names)})" for truth in (*assumed, question)]
    return "\n".join(lines) + "\n"


def _of(term: Word | Truth, names: dict[str, str]) -> str:
    if isinstance(term, bool):
        return "true" if term else "false"
    if isinstance(term, int):
        return str(term)
    assert isinstance(term, Bits | Formula)
    return names[term.text]


def _part(term: Bits | Formula, number: int, names: dict[str, str]) -> Iterator[str]:
    """What defines one part, its arguments having names; it gets its own."""
    if isinstance(term, Formula):
        yield from _truth(term, number, names)
        return
    name = f"!w{number}" if term.arguments else term.text
    yield f"(declare-const {name} Int)"
    yield f"(assert (and (<= 0 {name}) (< {name} {_WRAP})))"
    if term.arguments:
        rest = f"!k{number}"
        if term.operator != "ite":
            yield f"(declare-const {rest} Int)"
        yield f"(assert (and {_equation(term, name, rest, names)}))"
    names[term.text] = name


def _truth(term: Formula, number: int, names: dict[str, str]) -> Iterator[str]:
    if not term.arguments:
        yield f"(declare-const {term.text} Bool)"
        names[term.text] = term.text
        return
    name = f"!b{number}"
    names[term.text] = name
    yield f"(define-fun {name} () Bool ({_SAME[term.operator]} {' '.join(_of(each, names) for each in term.arguments)}))"


def _equation(term: Bits, name: str, rest: str, names: dict[str, str]) -> str:
    """What makes `name` the value of an operator, `rest` being its carry, remainder or quotient."""
    shown = [_of(each, names) for each in term.arguments]
    if term.operator == "ite":
        return f"(= {name} (ite {' '.join(shown)}))"
    left, right = shown
    constant = term.arguments[1]
    match term.operator:
        case "bvadd":
            return f"(<= 0 {rest} 1) (= (+ {left} {right}) (+ {name} (* {_WRAP} {rest})))"
        case "bvsub":
            return f"(<= 0 {rest} 1) (= {left} (+ {name} {right} (* {-1} {_WRAP} {rest})))".replace(
                "-1", "(- 1)"
            )
        case "bvshl":
            assert isinstance(constant, int)
            return f"(= (* {1 << constant} {left}) (+ {name} (* {_WRAP} {rest})))"
        case "bvlshr":
            assert isinstance(constant, int)
            return f"(<= 0 {rest} {(1 << constant) - 1}) (= {left} (+ (* {1 << constant} {name}) {rest}))"
    assert isinstance(constant, int)
    return _masked(name, rest, left, constant)


def _masked(name: str, rest: str, word: str, mask: int) -> str:
    """`word & mask`, where the mask is a run of ones at the top or at the bottom. Raises ValueError for another."""
    if mask & (mask + 1) == 0:
        return f"(<= 0 {name} {mask}) (= {word} (+ (* {mask + 1} {rest}) {name}))"
    unit = _WRAP - mask
    if unit.bit_count() > 1:
        raise ValueError(f"mask {mask:#x} is no run of ones at the top or at the bottom")
    return f"(= {name} (* {unit} {rest})) (<= {name} {word}) (< {word} (+ {name} {unit}))"
