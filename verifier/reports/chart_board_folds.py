"""Blocks of which a board has thousands: runs of neighbours are one, for nobody can tell them apart in a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verifier.layout.chart import ALWAYS, Block

MOST = 1024
"""Blocks of one kind in one column, of one setting."""


def folded(blocks: Sequence[Block]) -> tuple[list[Block], list[str]]:
    """No more than that of each kind, and what is to be said of it. No block is left out."""
    kinds: dict[tuple[int, str], list[Block]] = {}
    for each in blocks:
        if each.fill is None and each.when == ALWAYS:
            kinds.setdefault((each.column, each.kind), []).append(each)
    many = {key: same for key, same in kinds.items() if len(same) > MOST}
    drawn = [each for each in blocks if (each.column, each.kind) not in many]
    notes = list[str]()
    for (_, kind), same in many.items():
        same.sort(key=lambda each: (each.start, -each.end))
        width = -(-len(same) // MOST)
        runs = [same[at : at + width] for at in range(0, len(same), width)]
        drawn += map(_one, runs)
        notes.append(
            f"not drawn one by one: {len(same)} blocks ({kind}) are drawn as {len(runs)}, "
            f"up to {width} neighbours as one with what is free between them"
        )
    return drawn, notes


def _one(run: Sequence[Block]) -> Block:
    first, end = run[0], max(each.end for each in run)
    if len(run) == 1:
        return first
    name, ends = f"({len(run)} neighbours: {first.kind})", dict.fromkeys((first.name, run[-1].name))
    return replace(first, name=name, end=end, origin=" to ".join(ends))
