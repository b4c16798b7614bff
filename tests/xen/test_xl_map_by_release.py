"""What a guest of xl cannot have in a release whose arch-arm.h has no macros for it."""

from __future__ import annotations

import pytest

from verifier.layout.guest_config import GuestConfig, PciDevice
from verifier.layout.origin import Origin
from verifier.xen.release import xen
from verifier.xen.xl_map import regions

HERE = Origin("a.cfg", 1)
VPCI = ["vPCI ECAM", "vPCI window", "vPCI prefetch window"]


@pytest.mark.parametrize(
    ("tag", "acpi", "pci", "expected"),
    [
        # GUEST_ACPI_BASE is of 4.8, GUEST_VPCI_ECAM_BASE of 4.16.
        ("4.7.0", True, False, []),
        ("4.8.0", True, False, ["ACPI tables"]),
        ("4.15.0", True, True, ["ACPI tables"]),
        ("4.16.0", True, True, [*VPCI, "ACPI tables"]),
        ("4.16.0", False, True, VPCI),
        ("head", False, False, []),
    ],
)
def test_acpi_tables_and_pci(tag: str, expected: list[str], *, acpi: bool, pci: bool) -> None:
    devices = (PciDevice("01:00.0", (0, 1, 0, 0), HERE),) if pci else ()
    config = GuestConfig("a.cfg", "a", None, 1 << 30, 1 << 30, 1, 1, acpi=acpi, pci=devices)
    found = [each.name for each in regions(config, xen(tag), 3)]
    assert [name for name in found if name in ("ACPI tables", *VPCI)] == expected
