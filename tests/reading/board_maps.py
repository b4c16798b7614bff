"""Boards of a few nodes, and what is looked at of their maps."""

from __future__ import annotations

from tests.reading.trees import Description, tree
from verifier.layout.obstacle import BoardMap
from verifier.reading.board_map import board_map

ONE: Description = {"#address-cells": [1], "#size-cells": [1]}
TWO: Description = {"#address-cells": [2], "#size-cells": [2]}
PCI: Description = {"#address-cells": [3], "#size-cells": [2]}
IO, MEM32, MEM64, PREFETCH = 0x0100_0000, 0x0200_0000, 0x0300_0000, 0x4000_0000


def of(description: Description, **more: list[tuple[int, int]]) -> BoardMap:
    return board_map(tree(description, **more))


def shown(found: BoardMap) -> list[tuple[str, int, int]]:
    assert not found.unplaced
    return [(each.name, each.extent.start, each.extent.end) for each in found.obstacles]


def reasons(found: BoardMap) -> list[str]:
    return [str(each) for each in found.unplaced]
