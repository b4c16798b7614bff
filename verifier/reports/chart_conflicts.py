"""Findings on a layout as conflicts of a chart: where they are, and the configurations in which they are on, as proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.layout import units
from verifier.layout.box import Box
from verifier.layout.chart import ALWAYS, Block, Conflict, Mark
from verifier.layout.configuration import Configuration, Space
from verifier.layout.finding import Counterexample, Finding, Verdict
from verifier.reports import finding_words, sentences

_KINDS = {
    "no-overlap": "overlap of",
    "within-ipa": "beyond the end by",
    "reachable": "out of reach,",
    "aligned": "misaligned,",
    "minimum-size": "too small,",
}
"""Properties of places, and what their labels begin with; others are told in words only."""
_TOP = 1 << 64


def conflicts(
    space: Space,
    findings: Iterable[tuple[Finding, str]],
    column: int,
    blocks: Sequence[Block],
    guests: Sequence[str],
) -> Iterator[Conflict]:
    """Those that are refuted, accepted or open; advice is none."""
    for finding, effect in findings:
        if finding.severity != "error" or finding.verdict in (Verdict.PROVED, Verdict.NOT_APPLICABLE):
            continue
        exact = bool(finding.regimes) and finding.regimes_exact
        when = tuple(in_bytes(each, space, guests) for each in finding.regimes) or ALWAYS
        words = (
            sentences.regimes(finding, space) if finding.verdict is not Verdict.UNKNOWN else ["not decided"]
        )
        example = finding.counterexample
        yield Conflict(
            finding.property,
            str(finding.verdict),
            _KINDS.get(finding.property, finding.property),
            units.listing(list(finding.subjects)),
            f"{effect}: {finding.message}" if effect else finding.message,
            when if exact else ALWAYS,
            tuple(words),
            exact,
            tuple(_marks(finding, space, column, blocks)),
            (column,),
            next(iter(finding_words.help_lines(finding, space)), "")
            if finding.verdict is Verdict.REFUTED
            else "",
            None if example is None else shown(example.configuration, space, guests),
        )


def in_bytes(box: Box, space: Space, guests: Sequence[str]) -> Box:
    """A regime in the values of the controls: memory in bytes, kinds of guests by their place among `guests`."""
    choices = {name: tuple(values) for name, values in box.choices.items()}
    if "guest" in choices:
        choices["guest"] = tuple(guests.index(space.facts.guests[value]) for value in choices["guest"])
    counts = {
        name: (low * space.dimensions[name].unit, high * space.dimensions[name].unit)
        for name, (low, high) in box.counts.items()
    }
    return Box(choices, counts)


def shown(configuration: Configuration, space: Space, guests: Sequence[str]) -> Configuration:
    """A configuration in the values of the controls."""
    found = {name: value * space.dimensions[name].unit for name, value in configuration.items()}
    return {**found, "guest": guests.index(space.facts.guests[configuration["guest"]])}


def _marks(finding: Finding, space: Space, column: int, blocks: Sequence[Block]) -> Iterator[Mark]:
    """Where it is: what two regions share, what lies beyond an end, or the regions that it is about."""
    if finding.property not in _KINDS:
        return
    own = {
        each.name: index
        for index, each in enumerate(blocks)
        if each.column == column and not (each.fill is not None and each.fill.is_rest)
    }
    named = [own[name] for name in finding.subjects if name in own]
    example = finding.counterexample
    if finding.property == "no-overlap":
        if len(named) == 2:
            yield _shared(named, blocks, space)
    elif finding.property in ("within-ipa", "reachable") and example is not None:
        yield from (Mark((index,), low, _TOP, beyond=finding.property == "within-ipa") for index in named
                    if (low := _first(example, blocks[index])) is not None)  # fmt: skip
    else:
        yield from (Mark((index,), 0, _TOP) for index in named)


def _shared(pair: Sequence[int], blocks: Sequence[Block], space: Space) -> Mark:
    """What two blocks have in common; RAM windows count whole where the release offers what memory leaves of them."""
    if not space.facts["extended-regions"]:
        return Mark(tuple(pair), 0, _TOP)
    start = max(blocks[index].start for index in pair)
    end = min(blocks[index].end for index in pair)
    return Mark((), start, end)


def _first(example: Counterexample, block: Block) -> int | None:
    """The first address that is wrong in the counterexample."""
    address = example.witness.address
    return address if address is not None and block.start <= address < block.end else None
