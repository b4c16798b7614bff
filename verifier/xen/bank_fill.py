"""How a toolstack spreads memory over the RAM windows of the guest layout.

Model of arch_setup_meminit (tools/libs/guest/xg_dom_arm.c, since two banks in libxc's xc_dom_arm.c) and of allocate_memory
(xen/arch/arm/domain_build.c, later dom0less-build.c): in order, each to its size before the next is touched.
"""

from __future__ import annotations

from collections.abc import Iterable

from verifier.logic.word import Word, smaller, uint64
from verifier.xen.outcome import Span


def filled(windows: Iterable[Span], memory: Word) -> tuple[Span, ...]:
    """The used part of each window, empty ones included; what exceeds all windows is not placed."""
    banks = []
    for window in windows:
        used = smaller(memory, window.size)
        banks.append(Span(window.start, used))
        memory = uint64.subtract(memory, used)
    return tuple(banks)
