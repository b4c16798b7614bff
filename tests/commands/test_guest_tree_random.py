"""no-overlap of random trees against sets of 2 MiB blocks."""

from __future__ import annotations

import random

from tests.commands.guest_tree_reports import messages, report
from tests.guest_trees import DOM0LESS, changed, reg

BLOCK = 2 << 20
FIRST, LAST = 0x38000000, 0x44000000
"""Where everything random lies: the grant region of the layout, its neighbours, and the begin of GUEST_RAM0."""
RAM_WINDOW = 0x40000000
OTHERS = ((0x03001000, 0x03011000), (0x03020000, 0x04020000), (0x22000000, 0x22001000))
"""GIC and console, which lie below."""


def blocks(start: int, size: int) -> set[int]:
    return set(range(start // BLOCK, (start + size) // BLOCK))


def drawn(random_one: random.Random) -> tuple[int, int]:
    start = random_one.randrange(FIRST, LAST, BLOCK)
    return start, BLOCK * random_one.randint(1, 8)


def overlap(pieces: list[set[int]]) -> bool:
    return len(set[int]().union(*pieces)) < sum(map(len, pieces))


def test_the_verdict_is_that_of_sets_of_blocks() -> None:
    random_one = random.Random(1)
    seen = {True: 0, False: 0}
    assert all(end <= FIRST for _, end in OTHERS)
    for _ in range(400):
        grant, memory = drawn(random_one), [drawn(random_one) for _ in range(random_one.randint(1, 2))]
        regions = [drawn(random_one) for _ in range(random_one.randint(0, 2))]
        nodes = {
            f"memory@{index}": {"device_type": "memory", "reg": reg(each)}
            for index, each in enumerate(memory)
        }
        tree = changed(DOM0LESS, hypervisor__reg=reg(grant, *regions), **{"memory@40000000": None}, **nodes)
        outside = any(start < RAM_WINDOW for start, _ in regions)
        expected = outside or overlap([blocks(*each) for each in (grant, *memory, *regions)])
        found = messages(report(tree, "4.20", 40), "no-overlap")
        assert bool(found) is expected, (grant, memory, regions, found)
        seen[expected] += 1
    assert min(seen.values()) > 20
