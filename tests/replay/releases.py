"""Releases of the models, each against the one before it: no git, no header."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.replay.words import Told, algorithms, told, verdict
from verifier.commands.diff import diff
from verifier.layout.difference import Difference
from verifier.reading import models
from verifier.reading.recorded_verdicts import recorded_verdicts
from verifier.reading.request import Request


@dataclass(frozen=True, slots=True)
class Step:
    """From one release to another."""

    old: str
    new: str
    difference: Difference

    @property
    def told(self) -> tuple[Told, ...]:
        """Of the layout."""
        return told(self.difference, {})


def pairs() -> tuple[tuple[str, str], ...]:
    """The first releases of all series in their order, head behind them; then the point releases of each series."""
    series: dict[tuple[int, ...], list[str]] = {}
    for tag in sorted((tag for model in models.releases() for tag in model.tags), key=models.version):
        series.setdefault(models.version(tag)[:2], []).append(tag)
    firsts = [tags[0] for tags in series.values()]
    return (*pairwise(firsts), *(pair for tags in series.values() for pair in pairwise(tags)))


def steps() -> list[Step]:
    """The pairs of which anything that a verdict rests on differs."""
    return [
        Step(old, new, diff(f"xen-{old}", f"xen-{new}", Request("")))
        for old, new in pairs()
        if differ(old, new)
    ]


def differ(old: str, new: str) -> bool:
    """Whether layout, facts or verdicts on algorithms of two releases differ."""
    return _rests(old) != _rests(new)


def _rests(tag: str) -> tuple[object, ...]:
    model = next(each.name for each in models.releases() if tag in each.tags)
    facts = models.facts(tag, "arm64")
    numbers = {name: fact.value for name, fact in facts.numbers.items()}
    widths = [(width.bits, width.reach) for width in facts.widths]
    verdicts = {name: each.verdict for name, each in recorded_verdicts(tag).items()}
    return model, numbers, widths, facts.guests, facts.page_tables, verdicts


def table(found: list[Step]) -> str:
    """A row a pair, those without any difference in one sentence."""
    lines = ["| from | to | verdict | layout | Xen's algorithms |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(cells)} |" for cells in map(_cells, found)]
    return "\n".join((*lines, "", *_rest(found), ""))


def _cells(step: Step) -> tuple[str, ...]:
    layout = "<br>".join(each.long for each in step.told)
    return (
        step.old,
        step.new,
        verdict(step.difference.verdict),
        layout or "-",
        "<br>".join(algorithms(step.difference)) or "-",
    )


def _rest(found: list[Step]) -> Iterator[str]:
    silent = len(pairs()) - len(found)
    yield f"{silent} other pairs of neighbours differ in nothing that a verdict rests on."
