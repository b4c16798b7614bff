"""A chart as data for the script of its page.

Numbers are hexadecimal strings, for JSON's lose bits above 2^53. A string begins with what it is: `#` a number, `'` a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from verifier.layout.box import Box
from verifier.layout.chart import ALWAYS, Block, Chart, Column, Conflict, Control
from verifier.layout.configuration import Configuration
from verifier.reports.chart_shapes import group, whence, who


def data(chart: Chart) -> str:
    """JSON that can stand inside an element `script`: no `<`, `>` or `&` is in it, so nothing ends or opens there."""
    found = {
        "overview": chart.has_overview,
        "apart": chart.is_apart,
        "widths": _numbers(chart.widths),
        "controls": [_control(each) for each in chart.controls],
        "columns": [_column(each) for each in chart.columns],
        "blocks": [_block(each) for each in chart.blocks],
        "remarks": [[_box(box) for box in each.when] for each in chart.remarks],
        "conflicts": [_conflict(each) for each in chart.conflicts],
    }
    text = json.dumps(found, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _number(number: int) -> str:
    return f"#{number:x}"


def _numbers(numbers: Iterable[int]) -> list[str]:
    return [_number(each) for each in numbers]


def _text(text: str) -> str:
    return f"'{text}"


def _control(control: Control) -> dict[str, Any]:
    return {
        "name": _text(control.name),
        "label": _text(control.label),
        "value": _number(control.value),
        "choices": [[_number(value), _text(words)] for value, words in control.choices],
        "low": _number(control.low),
        "high": _number(control.high),
        "unit": _number(control.unit),
        "stops": _numbers(control.stops),
    }


def _column(column: Column) -> dict[str, Any]:
    limits = [
        [_text(each.given), _number(each.value), _text(each.bounded), _number(each.most)]
        for each in column.limits
    ]
    return {
        "title": _text(column.title),
        "note": _text(column.note),
        "limits": limits,
        "has": [_box(each) for each in column.has],
    }


def _block(block: Block) -> dict[str, Any]:
    """Origin and constraint are in the table of the page."""
    found: dict[str, Any] = {
        "name": _text(block.name),
        "group": _text(group(block)),
        "start": _number(block.start),
        "end": _number(block.end),
        "column": block.column,
    }
    if block.change:
        found["change"] = _text(block.change)
    if block.presence:
        found["presence"] = _text(block.presence)
    if block.when != ALWAYS:
        found["when"] = [_box(each) for each in block.when]
    if block.fill is not None:
        fill = block.fill
        found["fill"] = [*_numbers((fill.start, fill.size, fill.before)), fill.is_rest]
    return found


def _conflict(conflict: Conflict) -> dict[str, Any]:
    """The message is in the list of the page."""
    return {
        "property": _text(conflict.property),
        "verdict": _text(conflict.verdict),
        "kind": _text(conflict.kind),
        "names": [_text(line) for line in who(conflict)],
        "when": [_box(each) for each in conflict.when],
        "lines": [_text(line) for line in whence(conflict)],
        "marks": [
            [list(each.blocks), *_numbers((each.low, each.high)), each.beyond] for each in conflict.marks
        ],
        "columns": list(conflict.columns),
        "example": None if conflict.example is None else _configuration(conflict.example),
    }


def _configuration(chosen: Configuration) -> dict[str, str]:
    return {name: _number(value) for name, value in chosen.items()}


def _box(box: Box) -> list[dict[str, list[str]]]:
    """Choices, and counts with both ends."""
    return [{name: _numbers(values) for name, values in one.items()} for one in (box.choices, box.counts)]
