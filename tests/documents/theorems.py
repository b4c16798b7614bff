"""Every theorem with its verdict in each release, from `proofs/`, which other tests hold against what is proved now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from verifier.layout.data import data_folder
from verifier.layout.theorem_report import runs
from verifier.theorems.catalogue import theorems
from verifier.theorems.families import tags
from verifier.theorems.statement import Theorem
from verifier.theorems.store import read_index, recorded_verdicts

SILENT = "not-applicable"


def tables() -> str:
    """One table for each producer."""
    found = recorded_verdicts(read_index(data_folder("proofs")))
    lines: list[str] = []
    for producer, members in groupby(theorems(), lambda each: each.producer):
        lines += [f"### {producer}", "", "| property | statement | verdict |", "|---|---|---|"]
        lines += [*(_row(each, found) for each in members), ""]
    return "\n".join(lines)


def _row(theorem: Theorem, found: dict[tuple[str, str], str]) -> str:
    verdicts = {tag: found.get((theorem.name, tag), SILENT) for tag in tags()}
    return f"| `{theorem.property}` | {theorem.statement} | {'; '.join(_said(verdicts))} |"


def _said(verdicts: dict[str, str]) -> Iterator[str]:
    """`proved 4.21.0..head`, newest verdict first; releases of which nothing is said are left out."""
    for verdict in dict.fromkeys(reversed(verdicts.values())):
        if verdict != SILENT:
            meant = tuple(tag for tag, each in verdicts.items() if each == verdict)
            spans = (f"{first}..{last}" if first != last else first for first, last in runs(meant, tags()))
            yield f"{verdict if verdict == 'proved' else f'**{verdict}**'} {', '.join(spans)}"
