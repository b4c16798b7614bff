"""A guest whose memory nobody tells: what holds for every size, and for exactly which sizes what does not.

The solver decides for which sizes each thing that depends on the memory is wrong (`guest_shapes`). The rules judge the map
of every size at which that changes, in plain integers; where the two differ nothing is said: that is an internal error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from verifier.layout.board_finding import BoardFinding, MemoryRuns
from verifier.layout.errors import InputError, InternalError
from verifier.layout.finding import Verdict
from verifier.layout.offer import Offer
from verifier.logic.runs import Learned, OneWord, Run
from verifier.logic.word import Truth
from verifier.rules.boards.catalogue import board_rules, judge, whole
from verifier.rules.boards.rule import BoardRule
from verifier.search.guest_shapes import REGION, Key, Shape

_WHOLE = "complete"
"""The property that is no matter of one number: `Sizes.lost` tells a size for which it fails."""


@dataclass(frozen=True)
class Sizes:
    """A guest of every size of memory, under one width."""

    make: Callable[[int], Offer]
    """The guest with so many units of memory."""
    word: OneWord
    unit: int
    """Bytes."""
    shapes: tuple[Shape, ...]
    """Of its map; together all sizes."""
    conditions: Mapping[Key, Truth]
    lost: int | str | None
    """A number of units for which free space is not offered; None for none, a text for why it is not decided."""
    doubts: Mapping[str, tuple[str, ...]]
    """By property, why it is not decided whatever the memory."""
    undecided: frozenset[Key] = frozenset()
    """What is in no condition though it depends on the memory: what the rules say at one size tells nothing of others."""

    @cached_property
    def learned(self) -> Mapping[Key, Learned]:
        """For which numbers of units each thing is wrong."""
        return {key: self.word.learn(condition) for key, condition in self.conditions.items()}

    @cached_property
    def samples(self) -> Mapping[int, Sequence[BoardFinding]]:
        """What the rules say at both ends, and on both sides of every change."""
        edges = {self.word.low, self.word.high}
        for each in self.learned.values():
            edges |= {edge + step for run in each.runs for edge in run for step in (-1, 0, 1)}
        if isinstance(self.lost, int):
            edges.add(self.lost)
        inside = sorted(edge for edge in edges if self.word.low <= edge <= self.word.high)
        return {edge: judge(self.make(edge)) for edge in inside}

    @cached_property
    def runs(self) -> Mapping[Key, tuple[Run, ...]]:
        """For which numbers of units each thing is wrong, what does not depend on them included."""
        always = ((self.word.low, self.word.high),)
        found = {key: learned.runs for key, learned in self.learned.items() if learned.runs}
        seen = {key for key in _keys(self.samples[self.word.low]) if key[0] != _WHOLE}
        return found | dict.fromkeys(seen - self.learned.keys() - self.undecided, always)


def findings(sizes: Sizes) -> tuple[BoardFinding, ...]:
    """Of every property. Raises InternalError where solver and integers differ, InputError for more than is listed."""
    _agree(sizes)
    offer = sizes.make(sizes.word.low)
    return tuple(each for rule in board_rules() if rule.asked(offer) for each in _of_rule(sizes, rule, offer))


def key_of(finding: BoardFinding) -> Key:
    """Of a refutation."""
    if finding.property == "consumer-usable":
        return finding.property, (finding.message.split(" ", 1)[0],)
    if finding.property == "built":
        return finding.property, (finding.domain,)
    names = (REGION if each.name.startswith(REGION) else each.name for each in finding.parties)
    return finding.property, tuple(sorted(names))


def _keys(found: Iterable[BoardFinding]) -> set[Key]:
    return {key_of(each) for each in found if each.verdict == Verdict.REFUTED}


def _agree(sizes: Sizes) -> None:
    """The rules refute at each sample what the solver says is wrong there, and nothing else.

    Raises InputError where they refute more than they list, so that nobody can tell, and InternalError where they differ.
    """
    if any(each.more for found in sizes.samples.values() for each in found):
        raise InputError(
            "more is wrong with the guest than can be told of every size of memory: --memory tells one"
        )
    open_ones = {key for key, learned in sizes.learned.items() if learned.reason} | sizes.undecided
    for units, found in sizes.samples.items():
        expected = {
            key for key, runs in sizes.runs.items() if any(low <= units <= high for low, high in runs)
        }
        seen = {key for key in _keys(found) if key[0] != _WHOLE}
        if (expected ^ seen) - open_ones:
            raise InternalError(
                f"with {units * sizes.unit:#x} bytes of memory solver and integers differ: {sorted(expected ^ seen)}"
            )
    if isinstance(sizes.lost, int) and _WHOLE not in {key[0] for key in _keys(sizes.samples[sizes.lost])}:
        raise InternalError(
            f"with {sizes.lost * sizes.unit:#x} bytes of memory no space is lost, as the solver says"
        )


def _of_rule(sizes: Sizes, rule: BoardRule, offer: Offer) -> Iterator[BoardFinding]:
    """What is refuted; else what is open; else that it is proved, or does not apply at any size."""
    refuted = [*_refuted(sizes, rule.id)]
    yield from refuted
    doubts = [*_doubts(sizes, rule.id)]
    said = [each for found in sizes.samples.values() for each in found if each.property == rule.id]
    if doubts:
        yield whole(rule, offer, Verdict.UNKNOWN, doubts[0], len(said), tuple(doubts[1:]))
    elif refuted:
        return
    elif all(each.verdict == Verdict.NOT_APPLICABLE for each in said):
        yield said[0]
    else:
        proved = [each for each in said if each.verdict == Verdict.PROVED]
        conditions = sum(key[0] == rule.id for key in sizes.conditions)
        checked = conditions + max(each.checked for each in proved)
        yield replace(whole(rule, offer, Verdict.PROVED, rule.title, checked), memory=_everywhere(sizes))


def _refuted(sizes: Sizes, property_: str) -> Iterator[BoardFinding]:
    """One finding for each thing that is wrong: the numbers are those of the size with the largest conflict."""
    if property_ == _WHOLE and isinstance(sizes.lost, int):
        here = ((sizes.lost, sizes.lost),)
        yield from (
            _told(sizes, each, here, sizes.lost, exact=False) for each in _at(sizes, sizes.lost, None, _WHOLE)
        )
    for key, runs in sizes.runs.items():
        if key[0] != property_:
            continue
        ends = sorted({end for run in runs for end in run})
        shown = [(units, each) for units in ends for each in _at(sizes, units, key, property_)]
        if not shown:
            raise InternalError(f"{key} is wrong for {runs}, and no rule says so at their ends")
        units, found = max(shown, key=lambda one: (_size(one[1]), -one[0]))
        yield _told(sizes, found, runs, units, exact=not (key in sizes.learned and sizes.learned[key].reason))


def _at(sizes: Sizes, units: int, key: Key | None, property_: str) -> Iterator[BoardFinding]:
    """Refutations at one size."""
    for each in sizes.samples[units]:
        if each.verdict == Verdict.REFUTED and each.property == property_ and key in (None, key_of(each)):
            yield each


def _told(
    sizes: Sizes, finding: BoardFinding, runs: tuple[Run, ...], units: int, *, exact: bool
) -> BoardFinding:
    in_bytes = tuple((low * sizes.unit, high * sizes.unit) for low, high in runs)
    return replace(finding, memory=MemoryRuns(in_bytes, exact, units * sizes.unit))


def _everywhere(sizes: Sizes) -> MemoryRuns:
    low, high = sizes.word.low * sizes.unit, sizes.word.high * sizes.unit
    return MemoryRuns(((low, high),), exact=True, example=low)


def _doubts(sizes: Sizes, property_: str) -> Iterator[str]:
    """What is not decided of a property."""
    for key, learned in sizes.learned.items():
        if key[0] == property_ and learned.reason:
            yield f"for which sizes of memory {' and '.join(key[1])} break it is open: {learned.reason}"
    yield from sizes.doubts.get(property_, ())
    if property_ == _WHOLE and isinstance(sizes.lost, str):
        yield sizes.lost
    for found in sizes.samples.values():
        for each in found:
            if each.property == property_ and each.verdict == Verdict.UNKNOWN and property_ != "built":
                yield each.message
                return


def _size(finding: BoardFinding) -> int:
    return 0 if finding.overlap is None else finding.overlap.size
