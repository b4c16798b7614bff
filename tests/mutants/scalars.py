"""Type cells and interrupts: the reference's part for `pci-window-type` and `interrupts`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.mutants.world import GIB, World


def wrong_types(here: World) -> Iterator[set[str]]:
    """PCI type cells that say something else than their window is, or have none; windows without."""
    mark = "_ADDR_TYPE_"
    types = {name.replace(mark, "_"): name for name in here.numbers if mark in name}
    windows = {stem for stem in here.devices if stem.startswith("GUEST_VPCI_") and stem != "GUEST_VPCI_ECAM"}
    for stem in windows - types.keys():
        yield {stem}
    for stem, name in types.items():
        if stem not in windows:
            yield {stem, name}
            continue
        space = 3 if here.devices[stem][1] > 4 * GIB else 2
        prefetchable = 1 if "PREFETCH" in stem else 0
        if here.number(name) != (space << 24) + (prefetchable << 30):
            yield {stem, name}


def wrong_lines(here: World) -> Iterator[set[str]]:
    """Interrupts outside their range, on each other, or missing."""
    first, last = "GUEST_VIRTIO_MMIO_SPI_FIRST", "GUEST_VIRTIO_MMIO_SPI_LAST"
    ranges = {"_INTR_ID": (0, 15), "_PPI": (16, 31), "_SPI": (32, 1019), "_SPI_FIRST": (32, 1019)}
    ranges["_SPI_LAST"] = (32, 1019)
    lines = []
    for name in here.numbers:
        for ending, (low, high) in ranges.items():
            if name.endswith(ending) and not low <= here.number(name) <= high:
                yield {name}
        if name.endswith(("_INTR_ID", "_PPI", "_SPI")):
            lines.append((here.number(name), name))
    lines += [(line, "virtio") for line in range(here.number(first), here.number(last) + 1)]
    # All of these are in use at once in the guest with a UART and every virtio device.
    for (line, one), (other, two) in pairwise(sorted(lines)):
        if line == other:
            yield {one, two} - {"virtio"}
    if here.number(first) > here.number(last):
        yield {first, last}
    if "GUEST_PL011" in here.devices and "GUEST_VPL011_SPI" not in here.numbers:
        yield {"GUEST_PL011", "GUEST_VPL011_SPI"}
    if "GUEST_VIRTIO_MMIO" in here.devices and not {first, last} <= here.numbers.keys():
        yield {"GUEST_VIRTIO_MMIO", first, last}
