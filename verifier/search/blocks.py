"""What a layout already has in the address space, as blocks beside which new regions are placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from verifier.layout.errors import InputError
from verifier.layout.layout import Layout
from verifier.layout.region import TOP, Region
from verifier.layout.units import sized
from verifier.logic.case import Case
from verifier.logic.reach import limits

if TYPE_CHECKING:
    from verifier.layout.placing import Block


def blocks_of(layout: Layout) -> tuple[Block, ...]:
    """Every region and every RAM window, whole, by start; nothing of them gives way.

    A window without a size takes all above its start: no more is known of it. What is empty takes nothing.
    """
    from verifier.layout.placing import Block  # whoever looks for a repair places nothing

    found = [Block(each.name, each.start, each.end, each.when, origin=each.origin) for each in layout.regions]
    for bank in layout.banks:
        end = TOP if bank.size is None else bank.start + bank.size
        found.append(Block(bank.name, bank.start, end, is_ram=True, origin=bank.origin))
    return tuple(
        sorted((each for each in found if each.start < each.end), key=lambda each: (each.start, each.name))
    )


def bent(
    case: Case, blocks: tuple[Block, ...], shrinks: Mapping[str, int | None], moves: tuple[str, ...]
) -> tuple[Block, ...]:
    """Blocks with those named free to give up bytes at their end, down to so many, or to move.

    Where no least is told, a superpage of RAM stays, and a page of anything else. A window without a size stays as it is.
    Raises InputError for a name that is none.
    """
    parts = {part.name: part for part in case.layout.parts}
    for name in (*shrinks, *moves):
        if name not in parts:
            raise InputError(f"no region {name}; there are {', '.join(sorted(parts))}")
        least = shrinks.get(name)
        if least is not None and least >= parts[name].size:
            raise InputError(
                f"{parts[name]} has {sized(parts[name].size)}: it cannot keep {sized(least)} and give up any"
            )
    return tuple(
        _bent(case, parts[each.name], each, shrinks, moves) if each.name in parts else each for each in blocks
    )


def _bent(
    case: Case, part: Region, block: Block, shrinks: Mapping[str, int | None], moves: tuple[str, ...]
) -> Block:
    unit = unit_of(case, part)
    least = shrinks.get(part.name) or (case.facts["superpage-bytes"] if block.is_ram else case.facts.page)
    return replace(
        block,
        least=least,
        unit=unit,
        shrinks=part.name in shrinks,
        moves=part.name in moves,
        high=_highest(case, part),
    )


def _highest(case: Case, part: Region) -> int:
    """Where a part that moves has to end, unless it is beyond that as it is: its address space, and what guests reach."""
    width = min(1 << each.bits for each in case.facts.widths)
    reached = [end for guest, end in limits(case.facts).items() if guest not in part.unreached_by]
    high = min([width, *reached])
    return TOP if part.end > high else high


def unit_of(case: Case, part: Region) -> int:
    """What both its start and its size are multiples of, between a page and a superpage."""
    both = part.start | part.size
    return max(case.facts.page, min(both & -both, case.facts["superpage-bytes"]))
