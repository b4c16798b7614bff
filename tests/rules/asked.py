"""Rules asked directly: what one says of a small header in one configuration, without a search for others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from verifier.layout.facts import Facts
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Fails, Obligation
from verifier.logic.space import complete
from verifier.reading.request import Request, load
from verifier.rules.catalogue import Explanation, Rule


@cache
def case(text: str, *, xen: str = "4.22", base: str = "", arch: str | None = None) -> Case:
    """The layout of a header that consists of these lines; without a baseline it is its own."""
    loaded = load(Request("layout.h", xen=xen, arch=arch, content=_lines(text)))
    baseline = (
        load(Request("base.h", xen=xen, arch=arch, content=_lines(base))).layout if base else loaded.layout
    )
    return case_of(loaded.layout, loaded.facts, baseline)


def _lines(text: str) -> bytes:
    """`GUEST_FOO 1; GUEST_BAR 2` as defines."""
    return "".join(f"#define {line.strip()}\n" for line in text.split(";")).encode()


def region(stem: str, start: int, end: int) -> str:
    """Its two macros."""
    return f"GUEST_{stem}_BASE {start:#x}ULL; GUEST_{stem}_SIZE {end - start:#x}ULL"


def broken(asked: Sequence[Obligation], at: Case, **chosen: int) -> list[tuple[str, ...]]:
    """What fails in the plainest configuration with these numbers, by its subjects."""
    worst = complete(at.space, chosen)
    return [each.subjects for each in asked if term.evaluate(each.bad, worst)]


def fails(rule: Rule, at: Case, **chosen: int) -> list[tuple[str, ...]]:
    """Of all that the rule asks."""
    return broken(rule.obligations(at), at, **chosen)


def conflict(rule: Rule, at: Case, *subjects: str, **chosen: int) -> int:
    """How large the rule calls the one that fails there."""
    (found,) = _failing(rule, at, subjects, chosen)
    return term.evaluate(found.conflict, complete(at.space, chosen))


def told(rule: Rule, at: Case, *subjects: str, **chosen: int) -> Explanation:
    """What is said of it."""
    (found,) = _failing(rule, at, subjects, chosen)
    return rule.explain(at, Fails(found, (), False, complete(at.space, chosen)))


def doubted(rule: Rule, at: Case) -> dict[tuple[str, ...], str]:
    """What cannot be judged, and why."""
    found = rule.doubts(at)
    assert len({each.subjects for each in found}) == len(found)
    return {each.subjects: each.reason for each in found}


def guest(facts: Facts, name: str) -> int:
    """The number of a kind of guest."""
    return facts.guests.index(name)


def _failing(rule: Rule, at: Case, subjects: tuple[str, ...], chosen: dict[str, int]) -> list[Obligation]:
    worst = complete(at.space, chosen)
    return [
        each for each in rule.obligations(at) if each.subjects == subjects and term.evaluate(each.bad, worst)
    ]
