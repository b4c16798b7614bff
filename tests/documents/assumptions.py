"""What is taken for granted, as the reports say it: the table of the page on what is proved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.documents.consoles import output_of
from tests.documents.properties import DOMAINS, MAIL
from verifier.theorems.catalogue import theorems

LAYOUTS = ("verifier check xen-4.22", MAIL)
_LINE = re.compile(r"  ([a-z0-9-]+): (.*)")


def tables() -> str:
    """Of layouts, of boards and guests, of theorems."""
    parts = (
        ("Of a layout", _once(_printed(LAYOUTS))),
        ("Of boards and guests", _printed(DOMAINS.values())),
        ("Of theorems, each of some", _once(_of_theorems())),
    )
    return "\n".join(line for title, rows in parts for line in _table(title, rows))


def _table(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield from (f"### {title}", "", "| assumption | says (source) |", "|---|---|")
    yield from (f"| `{name}` | {text.replace('|', '&#124;')} |" for name, text in dict.fromkeys(rows))
    yield ""


def _once(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first of each name: releases put it in other numbers."""
    found: dict[str, str] = {}
    for name, text in rows:
        found.setdefault(name, text)
    return list(found.items())


def _printed(commands: Iterable[str]) -> Iterator[tuple[str, str]]:
    for command in commands:
        _, _, lines = output_of(command).partition("\nassumptions")
        for match in filter(None, map(_LINE.fullmatch, lines.splitlines())):
            yield match[1], match[2]


def _of_theorems() -> Iterator[tuple[str, str]]:
    for theorem in theorems():
        yield from ((each.id, f"{each.statement} ({each.source})") for each in theorem.assumptions)
