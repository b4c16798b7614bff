"""What a layout already has in the address space, as blocks beside which new regions are placed."""

from __future__ import annotations

from verifier.layout.layout import Layout
from verifier.layout.placing import TOP, Block


def blocks_of(layout: Layout) -> tuple[Block, ...]:
    """Every region and every RAM window, whole, by start; nothing of them gives way.

    A window without a size takes all above its start: no more is known of it. What is empty takes nothing.
    """
    found = [Block(each.name, each.start, each.end, each.when) for each in layout.regions]
    for bank in layout.banks:
        end = TOP if bank.size is None else bank.start + bank.size
        found.append(Block(bank.name, bank.start, end, is_ram=True))
    return tuple(
        sorted((each for each in found if each.start < each.end), key=lambda each: (each.start, each.name))
    )
