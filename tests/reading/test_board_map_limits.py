"""The map of a board from trees that tell nothing, too much, or anything: no exception, no guess, no hang."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from tests.reading.board_maps import ONE, PCI, of, reasons
from tests.reading.trees import Description, tree
from tests.timing import growth
from verifier.reading import board_map as module
from verifier.reading.board_map import board_map
from verifier.reading.bus_ranges import MOST_PARTS


def test_shares_nothing_with_the_readers_of_xens_walk() -> None:
    """What judges Xen's answer must not come from the code that predicts it."""
    used = set()
    for name in ("board_map", "bus_ranges"):
        content = Path(module.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        used |= {each.module for each in ast.walk(ast.parse(content)) if isinstance(each, ast.ImportFrom)}
    ours = {str(each) for each in used if str(each).startswith("verifier.")}
    assert {each for each in ours if not each.startswith("verifier.layout.")} == {
        "verifier.reading.bus_ranges"
    }
    assert "verifier.layout.device_tree" in ours


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        (
            {**ONE, "a": {"reg": [1, 2, 3]}},
            "/a reg: 12 bytes are no multiple of 8: / has #address-cells 1 and #size-cells 1",
        ),
        (
            {**ONE, "a": {"reg": b"\1\2\3"}},
            "/a reg: 3 bytes are no multiple of 8: / has #address-cells 1 and #size-cells 1",
        ),
        ({**ONE, "#size-cells": [1, 1], "a": {"reg": [1, 2]}}, "/a reg: / #size-cells has 8 bytes, not 4"),
        ({**ONE, "#address-cells": b"", "a": {"reg": [1, 2]}}, "/a reg: / #address-cells has 0 bytes, not 4"),
        ({**ONE, "#address-cells": [5], "a": {"reg": [1] * 6}}, "/a reg: / #address-cells is 5, more than 4"),
        (
            {**ONE, "#address-cells": [0], "a": {"reg": [1]}},
            "/a reg: no cells are an address: / has #address-cells 0 and #size-cells 1",
        ),
        (
            {**ONE, "b": {**ONE, "#address-cells": [5], "ranges": [1, 2], "a": {"reg": [1, 2]}}},
            "/b/a reg: /b #address-cells is 5, more than 4",
        ),
        (
            {**ONE, "b": {**ONE, "ranges": [1, 2], "a": {"reg": [1, 2]}}},
            "/b/a reg: 8 bytes of /b ranges are no entries of 1 + 1 + 1 cells",
        ),
        (
            {
                **ONE,
                "b": {
                    "#address-cells": [0],
                    "ranges": [1, 2],
                    "c": {**ONE, "ranges": b"", "a": {"reg": [0, 1]}},
                },
            },
            "/b/c/a reg: 8 bytes of /b ranges are no entries of 0 + 1 + 1 cells",
        ),
        (
            {
                "#address-cells": [0],
                "b": {
                    "#address-cells": [0],
                    "#size-cells": [0],
                    "ranges": [1],
                    "c": {**ONE, "ranges": b"", "a": {"reg": [0, 1]}},
                },
            },
            "/b/c/a reg: 4 bytes of /b ranges are no entries of 0 + 0 + 0 cells",
        ),
        (
            {**ONE, "pci": {**ONE, "device_type": "pci", "ranges": [1, 2, 3]}},
            "/pci ranges: /pci is a PCI bridge with #address-cells 1 and #size-cells 1, not 3 and 2",
        ),
        (
            {**ONE, "b": {**ONE, "ranges": [1], "pci": {**PCI, "device_type": "pci", "ranges": 6 * [0]}}},
            "/b/pci ranges: 4 bytes of /b ranges are no entries of 1 + 1 + 1 cells",
        ),
    ],
)
def test_what_cannot_be_read_is_unplaced(description: Description, expected: str) -> None:
    """Never an exception, and never an address that was guessed."""
    found = of(description)
    assert (reasons(found), found.obstacles) == ([expected], ())


def test_a_stretch_in_too_many_entries_is_unplaced() -> None:
    """Each part may fall apart again one level up; nothing is left out in silence."""
    entries = [number for index in range(MOST_PARTS + 1) for number in (index, 1000 - index, 1)]
    bus = {**ONE, "ranges": entries, "a": {"reg": [0, MOST_PARTS + 1]}, "b": {"reg": [0, MOST_PARTS]}}
    found = of({**ONE, "bus": bus})
    assert reasons(found) == [
        f"/bus/a reg[0]: [0x0, 0x41) meets more than {MOST_PARTS} entries of /bus ranges"
    ]
    assert len(found.obstacles) == MOST_PARTS
    inner = {**ONE, "ranges": entries, "a": {"reg": [0, 40]}}
    twice = {**ONE, "ranges": [0, 0x1000, 0x1000, 0, 0x3000, 0x1000], "inner": inner}
    found = of({**ONE, "outer": twice})
    assert reasons(found) == [
        f"/outer/inner/a reg[0]: [0x0, 0x28) falls apart into more than {MOST_PARTS} stretches below /outer"
    ]
    assert not found.obstacles


def test_no_tree_raises() -> None:
    """Properties of any bytes, on any bus; what is a stretch and what has none is told."""
    chance = random.Random(5)
    obstacles = unplaced = 0

    def node(depth: int) -> Description:
        made: Description = {
            name: [
                chance.choice([0, 0, 1, 2, 3, 7, 0x0200_0000, 0xFFFF_FFFF])
                for _ in range(chance.choice([0, 2, 6, 6, 12]))
            ]
            for name in ("reg", "ranges", "assigned-addresses")
            if chance.random() < 0.7
        }
        for name in ("#address-cells", "#size-cells"):
            if chance.random() < 0.8:
                made[name] = [chance.choice([0, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 0xFFFF_FFFF])] * chance.choice(
                    [1, 1, 1, 1, 1, 1, 1, 2]
                )
        made |= chance.choice(
            [{}, {}, {"device_type": "pci"}, {"device_type": "memory"}, {"reg": b"\xff\xff\xff"}]
        )
        names = ("a", "pci", "reserved-memory", "chosen", "b@1")
        return made | {name: node(depth - 1) for name in names[: chance.randrange(5)] if depth}

    for _ in range(300):
        found = of({**node(3), **ONE})
        obstacles, unplaced = obstacles + len(found.obstacles), unplaced + len(found.unplaced)
        assert all(each.extent.start <= each.extent.end for each in found.obstacles)
    assert min(obstacles, unplaced) > 200


def test_time_grows_with_the_tree() -> None:
    def wide(count: int) -> Description:
        entries = [number for index in range(count) for number in (16 * index, 16 * index, 16)]
        nodes = {f"d@{index:x}": {"reg": [16 * index, 8]} for index in range(count)}
        return {**ONE, "soc": {**ONE, "ranges": entries, **nodes}}

    small, large = tree(wide(1000)), tree(wide(8000))
    assert (
        growth(lambda: board_map(small), lambda: board_map(large)) < 24
    )  # 8 where linear, 64 where quadratic
