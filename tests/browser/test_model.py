"""The script's rules are Python's: the same configurations give the same blocks, lanes, conflicts and places."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests import charts
from tests.browser.conftest import Opener
from verifier.layout import units
from verifier.layout.chart import view
from verifier.layout.configuration import Configuration
from verifier.reports.chart_shapes import Shapes, shapes

VIEWS = """(chosen) => { const data = model.read(document.getElementById("chart-data").textContent);
return chosen.map((each) => {
  const one = each && Object.fromEntries(Object.entries(each).map(([name, value]) => [name, BigInt(value)]));
  const view = model.view(data, one), hexa = (number) => "0x" + number.toString(16);
  const drawn = [false, true].map((linear) => model.shapes(data, view, linear));
  return {
    placed: view.placed.map((own) => [own.index, hexa(own.start), hexa(own.end), own.lane, own.lanes]),
    marks: view.marks.map((own) => [own.index, hexa(own.start), hexa(own.end)]), on: view.on,
    drawn: drawn.map((all) => ({
      height: all.height,
      ticks: all.ticks.map((own) => [own.y, own.text]),
      sizes: all.sizes.map((own) => [own.y, own.text]),
      ends: all.ends.map((own) => [own.y, own.text]),
      notes: all.notes.map((own) => [own.y, own.of, ...own.lines]),
      rects: [...all.free, ...all.blocks, ...all.marks].map((own) =>
        [own.x, own.y, own.width, own.height, own.index, ...(own.lines ?? [])]),
    })),
  };
}); }"""


def expected(name: str, chosen: Configuration | None) -> dict[str, Any]:
    found = charts.chart(name)
    own = view(found, chosen)
    return {
        "placed": [
            [each.index, hex(each.start), hex(each.end), each.lane, each.lanes] for each in own.placed
        ],
        "marks": [[index, hex(start), hex(end)] for index, start, end in own.marks],
        "on": list(own.on),
        "drawn": [_drawn(shapes(found, own, is_linear=linear)) for linear in (False, True)],
    }


def _drawn(all_of: Shapes) -> dict[str, Any]:
    plain = [*all_of.free, *all_of.blocks]
    rects = [[each.x, each.y, each.width, each.height, each.index, *each.lines] for each in plain]
    rects += [[each.x, each.y, each.width, each.height, each.index] for each in all_of.marks]
    return {
        "height": all_of.height,
        "ticks": [list(each) for each in all_of.ticks],
        "sizes": [list(each) for each in all_of.sizes],
        "ends": [list(each) for each in all_of.ends],
        "notes": [[each.y, each.of, *each.lines] for each in all_of.notes],
        "rects": rects,
    }


def same(one: Any, other: Any) -> bool:
    """Pixels may differ by what their computation rounds."""
    if isinstance(one, dict):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) < 1e-6
    return bool(one == other)


def _hexa(chosen: Configuration | None) -> dict[str, str] | None:
    """As JSON can hold it."""
    return None if chosen is None else {key: hex(value) for key, value in chosen.items()}


@pytest.mark.parametrize("name", charts.NAMES)
def test_views(name: str, open_page: Opener) -> None:
    found = charts.chart(name)
    chosen: list[Configuration | None] = [*charts.choices(found, 150, seed=len(name))]
    if found.has_overview:
        chosen.append(None)
    texts = [_hexa(each) for each in chosen]
    for own, drawn in zip(chosen, open_page(name).evaluate(VIEWS, texts), strict=True):
        wanted = expected(name, own)
        for key, value in wanted.items():
            assert same(value, drawn[key]), (own, key, value, drawn[key])


def test_sizes(open_page: Opener) -> None:
    """`units.size`, from one byte to beyond what JSON's numbers hold."""
    rand = random.Random(7)
    numbers = [0, 1, 9999, 10000, 1023, 1024, (1 << 48) - 1, 1 << 63, (1 << 64) - 4096, 0xFEBC1 << 20]
    numbers += [rand.getrandbits(rand.randint(1, 64)) for _ in range(3000)]
    numbers += [rand.getrandbits(12) << rand.randint(0, 50) for _ in range(1000)]
    script = "(all) => all.map((each) => model.size(BigInt(each)))"
    assert open_page("head").evaluate(script, [hex(each) for each in numbers]) == [
        units.size(each) for each in numbers
    ]


TYPED = {
    "4G": 4 << 30,
    "891 GiB": 891 << 30,
    "0x1000": 4096,
    "512m": 512 << 20,
    " 12 ": 12,
    "1t": 1 << 40,
    "0xdec0000000": 0xDEC0000000,
    "64 KB": 65536,
    "7 bytes": 7,
    **dict.fromkeys(["", "G", "1.5G", "-4", "0x", "4 X", "0xg", "1 2"]),
}


def test_typed_sizes(open_page: Opener) -> None:
    found = open_page("head").evaluate(
        "(all) => all.map((text) => model.bytes(text)?.toString() ?? null)", list(TYPED)
    )
    assert found == [None if size is None else str(size) for size in TYPED.values()]
