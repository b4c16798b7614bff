"""Findings on layouts for people: one sentence first, details after."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.configuration import Space
from verifier.layout.finding import Finding
from verifier.layout.picture import guest_picture
from verifier.reports import finding_words, sentences, text_map

WIDTH = 110
MOST_MAPS = 8
"""Refutations that print their map; the others are said to be left out."""
_INDENT = " " * 4


def refutation(finding: Finding, space: Space, *, show_map: bool, label: str = "") -> Iterator[str]:
    """What fails, when, an example with its map, what would repair it; `label` stands behind the property."""
    example = finding.counterexample
    assert example is not None
    place = finding_words.place(finding, space)
    yield f"{f'{place}: ' if place else ''}{finding.severity}: {finding.message}  [{finding.property}{label}]"
    for detail in finding.details:
        yield f"  {detail}"
    yield from _regimes(finding, space)
    if example.regions:
        at = f", address {units.hexa(example.witness.address)}" if example.witness.address is not None else ""
        yield f"  for example: {sentences.configuration(example.configuration, space)}{at}"
        if finding.severity == "error" and show_map:
            yield from (
                f"{_INDENT}{line}"
                for line in text_map.lines(guest_picture(example, space), WIDTH - len(_INDENT))
            )
        elif finding.severity == "error":
            yield f"    (map left out after {MOST_MAPS}; -v prints all)"
    yield from (f"  help: {line}" for line in finding_words.help_lines(finding, space))


def _regimes(finding: Finding, space: Space) -> Iterator[str]:
    for index, line in enumerate(sentences.regimes(finding, space)):
        yield f"  {'fails when' if not index else '       and'}: {line}"


def waived(finding: Finding, space: Space) -> Iterator[str]:
    """What fails, when, and who accepts it why."""
    waiver = finding.waiver
    assert waiver is not None
    yield f"waived: {finding.message}  [{finding.property}]"
    yield from _regimes(finding, space)
    yield from textwrap.wrap(
        finding_words.accepted(waiver), WIDTH, initial_indent="  ", subsequent_indent="    "
    )


def holds(finding: Finding, space: Space) -> Iterator[str]:
    """What is proved or not spoken about, and what a property asks to list."""
    yield f"{finding.verdict}: {finding.property}: {finding.message}"
    for index, box in enumerate(finding.listing):
        yield f"  {f'{finding.listed} when' if not index else 'and'}: {sentences.box(box, space)}"
    if finding.listed and not finding.listing_exact:
        yield f"  {finding.listed} elsewhere as well: the list is not exact"


def why(finding: Finding) -> Iterator[str]:
    """Said once for each property."""
    return iter(textwrap.wrap(f"note: {finding.why}", WIDTH, initial_indent="  ", subsequent_indent="    "))
