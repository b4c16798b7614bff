"""What a toolstack puts into the address space of a guest of xl beside RAM, grant region and extended regions.

Model of make_gicv2_node, make_gicv3_node, make_vpl011_uart_node, make_vpci_node and make_virtio_mmio_node
(tools/libs/light/libxl_arm.c), of libxl__prepare_acpi (libxl_arm_acpi.c) and of alloc_magic_pages
(tools/libs/guest/xg_dom_arm.c). How many magic pages there are is a number of `models/xen.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.guest_config import GuestConfig
from verifier.reading import models
from verifier.xen import layout_regions, xl_guest
from verifier.xen.layout_regions import magic_page, of_layout
from verifier.xen.release import Xen
from verifier.xen.subjects import numbers_of

MAGIC = ("console page", "xenstore page", "memory access page", "vuart page")
"""In order from GUEST_MAGIC_BASE (CONSOLE_, XENSTORE_, MEMACCESS_ and VUART_PFN_OFFSET); later ones came later."""
_VPCI = {
    "vPCI ECAM": ("GUEST_VPCI_ECAM", "BASE"),
    "vPCI window": ("GUEST_VPCI_MEM", "ADDR"),
    "vPCI prefetch window": ("GUEST_VPCI_PREFETCH_MEM", "ADDR"),
}


def regions(config: GuestConfig, xen: Xen, gic: int) -> Iterator[NamedRegion]:
    """The regions of a guest of xl; `gic` is the version of its vGIC, 2 or 3.

    Raises InputError, at its line, for a virtio device that there is no room for. What a release has no macros for its xl
    cannot ask for.
    """
    numbers = numbers_of(xen.tag)
    yield from layout_regions.gic(xen.tag, gic)
    if config.vuart:
        yield layout_regions.vpl011(xen.tag)
    if config.pci and "GUEST_VPCI_ECAM_BASE" in numbers:
        yield from _vpci(xen.tag)
    if config.acpi and "GUEST_ACPI_BASE" in numbers:
        yield of_layout(xen.tag, "ACPI tables", "GUEST_ACPI")
    for each in xl_guest.virtio(config, xen):
        yield NamedRegion(
            f"virtio {each.device.what}", each.extent, f"GUEST_VIRTIO_MMIO, {each.device.origin}"
        )
    yield from _magic(config, xen)


def _magic(config: GuestConfig, xen: Xen) -> Iterator[NamedRegion]:
    """Before there was a region for them they follow the RAM."""
    pages = models.facts(xen.tag, "arm64")["magic-pages"]
    after_ram = "GUEST_MAGIC_BASE" not in numbers_of(xen.tag)
    for index, name in enumerate(MAGIC[:pages]):
        if after_ram:
            start = numbers_of(xen.tag)["GUEST_RAM_BASE"] + xl_guest.ram(config, xen) + index * models.PAGE
            yield NamedRegion(name, Extent(start, start + models.PAGE), "alloc_magic_pages, behind the RAM")
        else:
            yield NamedRegion(name, magic_page(xen.tag, index), "GUEST_MAGIC")


def _vpci(tag: str) -> Iterator[NamedRegion]:
    numbers = numbers_of(tag)
    for name, (stem, suffix) in _VPCI.items():
        start = numbers[f"{stem}_{suffix}"]
        yield NamedRegion(name, Extent(start, start + numbers[f"{stem}_SIZE"]), stem)
