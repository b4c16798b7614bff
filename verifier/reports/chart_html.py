"""A chart as one page that needs no other file and no network: drawing, controls, table, findings.

What is to be seen without a script is all there; the script adds choices. Text is escaped, the data for the script cannot
end its element, and the page lets no other script run.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256

from verifier.layout import units
from verifier.layout.chart import Block, Chart, view
from verifier.layout.errors import InputError
from verifier.layout.sheet import Sheet
from verifier.reports.chart_data import data
from verifier.reports.chart_shapes import gaps, group
from verifier.reports.chart_svg import asset, drawing, template
from verifier.reports.sheets import clean

_COMMENT = re.compile(r"^\s*/\*.*?\*/$", re.MULTILINE | re.DOTALL)
_AFTER = re.compile(r"([{};:,])\s+")
_WORDS = {
    "ram": "RAM",
    "memory": "RAM of the host",
    "offered": "extended region: free space that the guest is told of",
    "logged": "region of the log",
    "lost": "free, and not offered",
    "grant": "grant table, magic pages",
    "pci": "PCI",
    "device": "device, tables",
    "reserved": "reserved or shared memory",
    "free": "free",
    "free moved": "not the same in both",
}


def render(chart: Chart, sheet: Sheet, *, is_linear: bool = False) -> str:
    """The page; `sheet` is what was found, in words."""
    from markupsafe import Markup

    chart, sheet = clean(chart), clean(sheet)
    script = lean("chart.js") + lean("page.js")
    groups = {name for each in chart.blocks for name in group(each).split()}
    if groups & {"new", "gone", "moved"}:
        groups.add("free moved")
    first = view(chart, chart.first)
    top = 1 << first.ends[-1]
    places = gaps([(each.start, each.end) for each in first.placed], top)
    rows = sorted(enumerate(chart.blocks), key=lambda each: (each[1].start, -each[1].end, each[0]))
    return template("page.html.j2").render(
        chart=chart,
        sheet=sheet,
        is_linear=is_linear,
        more=_more(chart, sheet),
        rows=rows,
        free=[(units.span(start, end), units.size(end - start)) for start, end in places],
        legend=[(name, words) for name, words in _WORDS.items() if name in groups or name == "free"],
        span=_span,
        size=_size,
        style=Markup(lean("page.css") + lean("chart.css")),  # noqa: S704  # our own text
        drawing=Markup(drawing(chart, is_linear=is_linear)),  # noqa: S704  # escaped by its template
        data=Markup(data(chart)),  # noqa: S704  # escaped as JSON
        script=Markup(script),  # noqa: S704  # our own text
        digest=b64encode(sha256(script.encode()).digest()).decode(),
    )


def render_error(command: str, fault: InputError) -> str:
    """What stands there instead where the input could not be read."""
    return template("error.html.j2").render(command=command, message=units.one_line(str(fault)))


def _more(chart: Chart, sheet: Sheet) -> dict[str, tuple[str, ...]]:
    """By message of a conflict: the numbers behind it, and what would repair it."""
    told = {each.message for each in chart.conflicts}
    return {
        row.message: (
            *row.details,
            *(f"help: {line}" for line in row.help),
            *([row.waiver] if row.waiver else []),
        )
        for part in sheet.parts
        for row in part.rows
        if row.message in told
    }


def _span(block: Block) -> str:
    return units.span(block.start, block.end)


def _size(block: Block) -> str:
    return units.size(block.end - block.start)


@cache
def lean(name: str) -> str:
    """A file of `pages` without comments and space that nobody sees: pages are sent by mail."""
    lines = (line.strip() for line in _COMMENT.sub("", asset(name)).splitlines())
    text = "\n".join(line for line in lines if line) + "\n"
    return _AFTER.sub(r"\1", text) if name.endswith(".css") else text
