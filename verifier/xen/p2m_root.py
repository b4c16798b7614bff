"""Which guest addresses the P2M takes: the lookup of the root table, in front of every mapping.

Model of p2m_get_root_pointer (xen/arch/arm/p2m.c, later mmu/p2m.c), before of the same lines in p2m_map_first and
apply_p2m_changes. Behaviour `p2m-root` (XSA-301). Below the root nine bits of the address index each table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verifier.logic.word import Truth, Word, uint64
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.release import Variants, Xen

_TABLE_BITS = 9
"""Of the address, for one table (XEN_PT_LPAE_SHIFT)."""


@dataclass(frozen=True, slots=True)
class Root:
    """The root of the P2M."""

    level: int
    """0 or 1; pages are at level 3."""
    tables: int
    """Tables side by side, a power of two."""

    @property
    def shift(self) -> int:
        """Address bits for which one table of the root stands."""
        return PAGE_SHIFT + (4 - self.level) * _TABLE_BITS


ROOTS: Mapping[int, Root] = {
    32: Root(1, 1),
    36: Root(1, 1),
    40: Root(1, 2),
    42: Root(1, 8),
    44: Root(0, 1),
    48: Root(0, 1),
}
"""By width: SL0 and the root order of pa_range_info (setup_virt_paging), on arm32 the same."""


def takes(xen: Xen, root: Root, address: Word) -> Truth:
    """Whether there is a root table for an address: else a mapping is refused (-EINVAL)."""
    return _INDEX.of(xen)(root, address) < root.tables


def entry_of(root: Root, address: Word) -> Word:
    """The address for which the entry that is found stands, in a root that takes `address`.

    Only these bits index tables.
    """
    mask = (root.tables << root.shift) - 1
    return address & mask if isinstance(address, int) else address.compute("&", address, mask, 64)


def _all_bits(root: Root, address: Word) -> Word:
    return uint64.shift_right(address, root.shift)


def _low_bits(root: Root, address: Word) -> Word:
    """The offset in a table one level up; not looked at where there is one table."""
    if root.tables == 1:
        return 0
    index, mask = uint64.shift_right(address, root.shift), (1 << _TABLE_BITS) - 1
    return index & mask if isinstance(index, int) else index.compute("&", index, mask, 64)


_INDEX: Variants[Callable[[Root, Word], Word]] = Variants(
    "p2m-root", {"checked": _all_bits, "aliases": _low_bits}
)
