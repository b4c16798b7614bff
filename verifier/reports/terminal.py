"""Colour for people at a terminal; everywhere else a text stays as it is."""

from __future__ import annotations

import os
from io import StringIO
from typing import TextIO

STYLES = {
    "refuted": "bold red",
    "wrong": "bold red",
    "proved": "green",
    "doubt": "yellow",
    "help": "cyan",
    "dim": "dim",
    "width": "bold",
}
_ROW = r"(?m)^ *(?:0x[0-9a-f]+-0x| {30})"
"""How a row of a map begins: with its range, or under the row that has it."""
PATTERNS = (
    r"(?m)^\S.*: (?:(?P<refuted>refuted)|(?P<proved>proved)|(?P<doubt>unknown|waived)) \(",
    r"(?m)^(?:(?P<proved>proved)|(?P<doubt>unknown|waived)): ",
    r"(?m)^(?:\S.*?: )?(?:(?P<refuted>error)|(?P<doubt>advice)): ",
    r"(?m)^ +(?P<help>help): ",
    r"(?m)^ *(?P<dim>0x[0-9a-f]+-0x[0-9a-f]+) ",
    _ROW + r".*?  (?P<dim>\.+ +\(free\))$",
    _ROW + r".*?  (?P<doubt>\.+ +\((?:lost|dropped)\))",
    _ROW + r".*?  (?:(?P<wrong>!+)|(?P<doubt>\?+))  ",
    _ROW + r".*? (?P<wrong>! .+?)(?:  \?|$)",
    _ROW + r".*? (?P<doubt>\? .+)$",
    r"(?m)^ *0x[0-9a-f]+  (?P<width>===== .+ =====)$",
)
"""What is coloured: each group has the style of its name."""


def for_stream(text: str, stream: TextIO) -> str:
    """The text in colour if `stream` is a terminal that takes it and rich is there; else unchanged.

    Nothing is wrapped, cut or padded. Who sets `NO_COLOR` (https://no-color.org) or has a dumb terminal
    gets none.
    """
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    try:
        return _coloured(text)
    except ImportError:
        return text


def _coloured(text: str) -> str:
    from rich.console import Console
    from rich.segment import Segments
    from rich.text import Text
    from rich.theme import Theme

    console = Console(file=StringIO(), force_terminal=True, theme=Theme(STYLES))
    marked = Text(text)
    for pattern in PATTERNS:
        marked.highlight_regex(pattern)
    with console.capture() as capture:
        # Segments, as Text itself is wrapped at the width of the terminal and its tabs are expanded.
        console.print(Segments(marked.render(console)), end="", soft_wrap=True)
    return capture.get()
