"""A comment for a review, in GitHub's and GitLab's Markdown.

Names come from mails: none of them becomes HTML, a link, a column of a table or the mention of a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verifier.layout.errors import InputError
from verifier.layout.sheet import Part, Row, Sheet
from verifier.layout.units import plural

LIMIT = 60_000
"""Characters: a comment has at most 65,536 on GitHub, and a bot may want to add some."""
_MOST_ROWS = (200, 100, 50, 20, 10, 5, 2, 0)
"""Findings of one layout that are told; the first number with which the limit is kept."""
_SHOWN = ("refuted", "unknown", "waived")
_MARKUP = re.compile(r"[\\`*_{}\[\]|~#$^=]|:(?=//)|(?<=www)\.")
_SUMMONING = re.compile(r"([@#!])(?=\w)")
"""What makes of the word after it a person, an issue or a merge request."""


def render(sheet: Sheet) -> str:
    """A table of what does not simply hold, its details folded; then what holds, and what it rests on.

    What would be too long for a comment is counted instead.
    """
    texts = ("".join(f"{line}\n" for line in _lines(sheet, most)) for most in _MOST_ROWS)
    text = ""
    for text in texts:
        if len(text) <= LIMIT:
            break
    return text


def render_error(command: str, fault: InputError) -> str:
    """One sentence: the input could not be read."""
    return f"**verifier {command}: error.** {escaped(str(fault))}\n"


def escaped(text: str) -> str:
    """The text so that it is read as it stands, anywhere in a line."""
    return _in_html(_MARKUP.sub(lambda found: f"\\{found[0]}", text))


def _in_html(text: str) -> str:
    """The same inside a block of HTML, where Markdown's escapes are none."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SUMMONING.sub("\\1\N{ZERO WIDTH SPACE}", plain)


def _lines(sheet: Sheet, most: int) -> Iterator[str]:
    yield f"### {escaped(sheet.headline)}"
    for part in sheet.parts:
        if part.context:
            yield ""
            yield f"#### {escaped(part.context)}: {escaped(part.headline)}"
        yield from _part(part, most)
    if sheet.assumptions:
        told = [f"{each.id}: {each.statement} ({each.source})" for each in sheet.assumptions]
        yield from _folded("assumptions", told)


def _part(part: Part, most: int) -> Iterator[str]:
    rows = [row for row in part.rows if row.verdict in _SHOWN]
    shown = rows[:most]
    if shown:
        yield ""
        yield "| verdict | property | subjects | where | finding |"
        yield "|---|---|---|---|---|"
    for row in shown:
        cells = (_verdict(row), row.topic, ", ".join(row.subjects), str(row.place or ""), row.message)
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"
    if more := len(rows) - len(shown):
        yield ""
        yield f"**{more} more {plural(more, 'finding')} not shown here.**"
    for row in shown:
        if row.lines:
            yield from _folded(f"{_verdict(row)}: {row.about}", [row.message, *row.lines])
    if part.notes:
        yield from _folded("notes", part.notes)
    for verdict in ("proved", "not-applicable"):
        topics = dict.fromkeys(row.topic for row in part.rows if row.verdict == verdict)
        if topics:
            yield ""
            yield f"{verdict}: {escaped(', '.join(topics))}"


def _verdict(row: Row) -> str:
    return "advice" if row.advises and row.verdict == "refuted" else row.verdict


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Lines that open at a click, in a fence longer than any that they hold."""
    runs = re.findall("`+", "\n".join(lines))
    fence = "`" * max([3, *(len(run) + 1 for run in runs)])
    yield from ("", "<details>", f"<summary>{_in_html(title)}</summary>", "")
    yield from (f"{fence}text", *lines, fence)
    yield from ("", "</details>")
