"""What a toolstack puts into the address space of a guest of xl beside RAM and extended regions.

Model of make_gicv2_node, make_gicv3_node and make_vpl011_uart_node (tools/libs/light/libxl_arm.c) and of
alloc_magic_pages (tools/libs/guest/xg_dom_arm.c). How many magic pages there are is a number of `models/xen.toml`. vPCI,
virtio and ACPI depend on the guest's configuration.
"""

from __future__ import annotations

from verifier.layout.domain_map import NamedRegion
from verifier.reading import models
from verifier.xen import layout_regions
from verifier.xen.layout_regions import magic_page, of_layout

_MAGIC = ("console page", "xenstore page", "memory access page", "vuart page")
"""In order from GUEST_MAGIC_BASE (CONSOLE_, XENSTORE_, MEMACCESS_ and VUART_PFN_OFFSET); later ones came later."""


def regions(tag: str, *, gic: int, vuart: bool) -> tuple[NamedRegion, ...]:
    """The regions of a guest of xl: GIC, console, grant region and magic pages.

    `gic` is the version of its vGIC, 2 or 3; `vuart` is `vuart = "sbsa_uart"` of its configuration.
    Raises KeyError for a release whose header has none of them yet.
    """
    pages = models.facts(tag, "arm64")["magic-pages"]
    return (
        *layout_regions.gic(tag, gic),
        *((layout_regions.vpl011(tag),) if vuart else ()),
        of_layout(tag, "grant region", "GUEST_GNTTAB"),
        *(
            NamedRegion(name, magic_page(tag, index), "GUEST_MAGIC")
            for index, name in enumerate(_MAGIC[:pages])
        ),
    )
