"""Unknown words: unsigned 64-bit arithmetic as terms, for solvers and, given numbers, for plain integers.

The second reading of `verifier.logic.word`. What producers and properties compute on `Bits` is exact for
every value, wrapping included. A term is the same term wherever its text is the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar

from verifier.logic.word import Condition, Symbol, Truth, Word

WIDTH = 64
_TOP = (1 << WIDTH) - 1
_WORDS = {"+": "bvadd", "-": "bvsub", "&": "bvand", "<<": "bvshl", ">>": "bvlshr"}
_TESTS = {"<": "bvult", "<=": "bvule", "=": "="}


class Bits(Symbol):
    """A name, or an operator of SMT-LIB's QF_BV over words; `text` is its SMT-LIB form."""

    __slots__ = ("arguments", "operator", "text")

    def __init__(self, operator: str, arguments: tuple[Word | Formula, ...] = ()) -> None:
        self.operator = operator
        self.arguments = arguments
        self.text = f"({operator} {' '.join(text(each) for each in arguments)})" if arguments else operator

    def compute(self, operator: str, left: Word, right: Word, bits: int) -> Symbol:
        """A term; raises ValueError for another width than 64 bits."""
        if bits != WIDTH:
            raise ValueError(f"terms have {WIDTH} bits, not {bits}")
        return Bits(_WORDS[operator], (left, right))

    def compare(self, operator: str, left: Word, right: Word) -> Condition:
        """A formula."""
        return Formula(_TESTS[operator], (left, right))


class Formula(Condition):
    """A name, a comparison of words, or a connective over formulas."""

    __slots__ = ("arguments", "operator", "text")

    def __init__(self, operator: str, arguments: tuple[Word | Truth, ...] = ()) -> None:
        self.operator = operator
        self.arguments = arguments
        self.text = f"({operator} {' '.join(text(each) for each in arguments)})" if arguments else operator

    def decide(self) -> bool:
        """The outcome on the path being followed. Raises TypeError if none is."""
        follow = FOLLOWED.get()
        if follow is None:
            raise TypeError(f"nothing is known of {self.text}; run it with `paths`")
        return follow(self)


FOLLOWED: ContextVar[Callable[[Formula], bool] | None] = ContextVar("followed", default=None)
"""What decides a formula on the path being followed (`verifier.logic.paths`)."""


def word(name: str) -> Bits:
    """An arbitrary word."""
    return Bits(name)


def truth(name: str) -> Formula:
    """An arbitrary truth value."""
    return Formula(name)


def text(term: Word | Truth) -> str:
    """SMT-LIB text."""
    if isinstance(term, int):
        return f"#x{term:016x}" if type(term) is int else str(term).lower()
    return term.text  # type: ignore[no-any-return, union-attr]  # of the two classes above


def both(*truths: Truth) -> Truth:
    """All of them; true if there is none."""
    return _flat("and", truths, absorbing=False)


def either(*truths: Truth) -> Truth:
    """At least one; false if there is none."""
    return _flat("or", truths, absorbing=True)


def _flat(connective: str, truths: Iterable[Truth], *, absorbing: bool) -> Truth:
    kept: dict[str, Truth] = {}
    for each in truths:
        if isinstance(each, bool):
            if each is absorbing:
                return absorbing
            continue
        assert isinstance(each, Formula)
        if each.operator == connective:
            kept.update((text(part), part) for part in each.arguments)  # type: ignore[misc]  # of truths
        else:
            kept[each.text] = each
    if not kept:
        return not absorbing
    return next(iter(kept.values())) if len(kept) == 1 else Formula(connective, tuple(kept.values()))


def negate(condition: Truth) -> Truth:
    """Not the condition."""
    if isinstance(condition, bool):
        return not condition
    assert isinstance(condition, Formula)
    if condition.operator == "not":
        return condition.arguments[0]  # type: ignore[return-value]  # of a truth
    return Formula("not", (condition,))


def implies(condition: Truth, conclusion: Truth) -> Truth:
    """The conclusion, where the condition holds."""
    return either(negate(condition), conclusion)


def choose(condition: Truth, yes: Word, no: Word) -> Word:
    """`yes` where the condition holds, else `no`, without a branch."""
    if isinstance(condition, bool):
        return yes if condition else no
    assert isinstance(condition, Formula)
    return Bits("ite", (condition, yes, no))


def parts(*terms: Word | Truth) -> Iterator[Bits | Formula]:
    """Every distinct part of the terms, arguments before what is made of them."""
    seen: set[str] = set()

    def walk(term: Word | Truth) -> Iterator[Bits | Formula]:
        if isinstance(term, int) or text(term) in seen:
            return
        assert isinstance(term, Bits | Formula)
        for each in term.arguments:
            yield from walk(each)
        seen.add(term.text)
        yield term

    for term in terms:
        yield from walk(term)


_VALUES: dict[str, Callable[[int, int], int]] = {
    "bvadd": operator.add,
    "bvsub": operator.sub,
    "bvand": operator.and_,
    "bvshl": operator.lshift,
    "bvlshr": operator.rshift,
    "bvult": operator.lt,
    "bvule": operator.le,
    "=": operator.eq,
}


def evaluate(term: Word | Truth, numbers: Mapping[str, int]) -> int:
    """The value in plain integers; of a truth 0 or 1. Raises KeyError for a name without a number."""
    return _evaluated(term, numbers, {})


def _evaluated(term: Word | Truth, numbers: Mapping[str, int], known: dict[int, int]) -> int:
    """`known`: values of terms by identity. Passes share what they compute on: as a tree a term is many times as large."""
    if isinstance(term, int):
        return int(term)
    assert isinstance(term, Bits | Formula)
    if not term.arguments:
        return numbers[term.operator]
    if id(term) not in known:
        known[id(term)] = _computed(term, numbers, known)
    return known[id(term)]


def _computed(term: Bits | Formula, numbers: Mapping[str, int], known: dict[int, int]) -> int:
    match term.operator:
        case "and":
            return int(all(_evaluated(each, numbers, known) for each in term.arguments))
        case "or":
            return int(any(_evaluated(each, numbers, known) for each in term.arguments))
        case "not":
            return int(not _evaluated(term.arguments[0], numbers, known))
        case "ite":
            condition, yes, no = term.arguments
            return _evaluated(yes if _evaluated(condition, numbers, known) else no, numbers, known)
    left, right = (_evaluated(each, numbers, known) for each in term.arguments)
    return int(_VALUES[term.operator](left, right)) & _TOP
