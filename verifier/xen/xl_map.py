"""What a toolstack puts into the address space of a guest of xl beside RAM and extended regions.

Model of make_gicv2_node, make_gicv3_node and make_vpl011_uart_node (tools/libs/light/libxl_arm.c) and of
alloc_magic_pages (tools/libs/guest/xg_dom_arm.c). The four magic pages are the same since 2f39ac0236 (4.10.0); the
memory access ring came with b571f43d84 (4.6.0). vPCI, virtio and ACPI depend on the guest's configuration.
"""

from __future__ import annotations

from verifier.layout.domain_map import NamedRegion
from verifier.xen import layout_regions
from verifier.xen.layout_regions import XENSTORE_PAGE, magic_page, of_layout

_MAGIC = {"console page": 0, "xenstore page": XENSTORE_PAGE, "memory access page": 2, "vuart page": 3}
"""Pages from GUEST_MAGIC_BASE (CONSOLE_, XENSTORE_, MEMACCESS_ and VUART_PFN_OFFSET), all there in every guest."""


def regions(tag: str, *, gic: int, vuart: bool) -> tuple[NamedRegion, ...]:
    """The regions of a guest of xl in a release from 4.10.0 on: GIC, console, grant region and magic pages.

    `gic` is the version of its vGIC, 2 or 3; `vuart` is `vuart = "sbsa_uart"` of its configuration.
    """
    return (
        *layout_regions.gic(tag, gic),
        *((layout_regions.vpl011(tag),) if vuart else ()),
        of_layout(tag, "grant region", "GUEST_GNTTAB"),
        *(NamedRegion(name, magic_page(tag, index), "GUEST_MAGIC") for name, index in _MAGIC.items()),
    )
