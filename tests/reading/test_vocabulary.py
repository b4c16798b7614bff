"""Names become regions, banks and numbers; what fits nothing is never dropped."""

from __future__ import annotations

import pytest

from verifier.layout.define import Define, Number
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.layout.region import When
from verifier.reading import vocabulary


def layout(**values: int | tuple[int, ...]) -> Layout:
    defines = []
    for line, (name, value) in enumerate(values.items(), start=1):
        number = Number(value) if isinstance(value, int) else tuple(Number(each) for each in value)
        defines.append(Define(f"GUEST_{name}", number, str(value), Origin("t.h", line)))
    return vocabulary.layout_of("t.h", defines)


@pytest.mark.parametrize(
    ("stem", "kind", "when"),
    [
        ("GICD", "mmio", When("gic", 2)),
        ("GICC", "mmio", When("gic", 2)),
        ("GICV3_GICD", "mmio", When("gic", 3)),
        ("GICV3_GICR0", "mmio", When("gic", 3)),
        ("VPCI_ECAM", "mmio", When("vpci", 1)),
        ("VPCI_PREFETCH_MEM", "pci", When("vpci", 1)),
        ("ACPI", "tables", When("acpi", 1)),
        ("PL011", "mmio", When("vuart", 1)),
        ("VIRTIO_MMIO", "mmio", When("virtio", 1, at_least=True)),
        ("GNTTAB", "grant", None),
        ("MAGIC", "magic", None),
        ("SAFE_RANGE", "extended", None),
        ("EXT_REGION0", "extended", None),
        ("SOMETHING_NEW", "other", None),
        ("RAMDISK", "other", None),
        ("GICX", "other", None),
        ("PHANDLE", "other", None),
        ("X_ADDR_TYPE", "other", None),
    ],
)
@pytest.mark.parametrize("base", ["BASE", "ADDR"])
def test_kinds_and_presence(stem: str, kind: str, when: When | None, base: str) -> None:
    found = layout(**{f"{stem}_{base}": 0x1000, f"{stem}_SIZE": 0x2000})
    (region,) = found.regions
    assert (region.name, region.start, region.end) == (f"GUEST_{stem}", 0x1000, 0x3000)
    assert (region.kind, region.when) == (kind, when)
    assert (region.base_macro, region.size_macro) == (f"GUEST_{stem}_{base}", f"GUEST_{stem}_SIZE")
    assert not found.unclassified


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("RAM_BANKS", "bank-count"),
        ("RAM_MAX", "ram-maximum"),
        ("MAX_VCPUS", "max-vcpus"),
        ("VPCI_ADDR_TYPE_MEM", "pci-window-type"),
        ("VPCI_ADDR_TYPE_PREFETCH_MEM", "pci-window-type"),
        ("GICV3_RDIST_STRIDE", "rdist-stride"),
        ("GICV3_RDIST_REGIONS", "rdist-regions"),
        ("EVTCHN_PPI", "ppi"),
        ("VPL011_SPI", "spi"),
        ("VIRTIO_MMIO_SPI_FIRST", "spi-first"),
        ("VIRTIO_MMIO_SPI_LAST", "spi-last"),
        ("FFA_NOTIF_PEND_INTR_ID", "sgi"),
        ("ROOT_ADDRESS_CELLS", "cells"),
        ("PHANDLE_GIC", "phandle"),
    ],
)
def test_scalars(name: str, meaning: str) -> None:
    found = layout(**{name: 2})
    assert found.scalars == {f"GUEST_{name}": meaning}
    assert not found.regions


@pytest.mark.parametrize("name", ["FOO", "BASE", "SIZE", "RAM0", "FOO_LIMIT", "FOO_END", "MAX_FOO", "_SIZE"])
def test_what_fits_nothing_is_told(name: str) -> None:
    assert [define.name for define in layout(**{name: 1}).unclassified] == [f"GUEST_{name}"]


def test_banks_fill_in_the_order_of_their_numbers() -> None:
    found = layout(
        RAM10_BASE=0x1000,
        RAM10_SIZE=0x1000,
        RAM2_BASE=0x9000,
        RAM2_SIZE=0x1000,
        RAM0_BASE=0x5000,
        RAM0_SIZE=0x1000,
    )
    assert [bank.name for bank in found.banks] == ["GUEST_RAM0", "GUEST_RAM2", "GUEST_RAM10"]
    assert found.ram_maximum == 0x3000


def test_ram_base_is_an_alias_only_beside_numbered_banks() -> None:
    assert layout(RAM_BASE=0x1000).banks[0].size is None
    assert layout(RAM_BASE=0x1000, RAM_SIZE=0x1000).banks[0].size == 0x1000
    beside = layout(RAM_BASE=0x1000, RAM0_BASE=0x1000, RAM0_SIZE=0x1000)
    assert [bank.name for bank in beside.banks] == ["GUEST_RAM0"]
    assert beside.scalars == {"GUEST_RAM_BASE": "ram-base"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"FOO_BASE": 1}, "GUEST_FOO has no size"),
        ({"FOO_SIZE": 1}, "GUEST_FOO has no base"),
        ({"FOO_BASE": 1, "FOO_ADDR": 1, "FOO_SIZE": 1}, "GUEST_FOO has two bases"),
        ({"FOO_BASE": (1, 2), "FOO_SIZE": 1}, "GUEST_FOO has a list where a number is needed"),
        ({"FOO_BASE": 1, "FOO_SIZE": 0}, "GUEST_FOO is no stretch of a 64-bit address space"),
        ({"FOO_BASE": -1, "FOO_SIZE": 4}, "GUEST_FOO is no stretch of a 64-bit address space"),
        ({"FOO_BASE": 2**64 - 1, "FOO_SIZE": 2}, "GUEST_FOO is no stretch of a 64-bit address space"),
        ({"RAM0_BASE": 1}, "GUEST_RAM0 has no size"),
        ({"RAM_BASE": (1, 2), "RAM_SIZE": 4}, "GUEST_RAM has a list where a number is needed"),
        ({"RAM_BASE": (1, 2)}, "GUEST_RAM has a list where a number is needed"),
        ({"RAM_BASE": -1}, "GUEST_RAM is no stretch of a 64-bit address space"),
    ],
)
def test_what_gives_no_region_is_unplaced(values: dict[str, int | tuple[int, ...]], reason: str) -> None:
    found = layout(**values)
    assert [each.reason for each in found.unplaced] == [reason]
    assert not found.regions
    assert not found.banks
