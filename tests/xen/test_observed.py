"""What Xen printed when it booted under QEMU (virt, Cortex-A57, 44 bits, 4 GiB of RAM at 1 GiB), by release.

The expected numbers are those of the logs. All are debug builds; an assertion would have stopped them.
"""

from __future__ import annotations

import pytest

from tests.xen import asked
from tests.xen.asked import Pair, pairs
from verifier.xen.release import xen

RAM = [(0x40000000, 0x100000000)]
DOM0 = [(0x48000000, 0x08000000)]
GRANT = (0x40200000, 0x40000)
QUARTER = (0x10000000, 0)


@pytest.mark.parametrize(
    ("tag", "regions"),
    [
        ("4.18.0", [(0x40400000, 0x47E00000), (0x50000000, 0x8FE00000), (0x91000000, 0x13FE00000)]),
        ("4.20.0", [(0x40400000, 0x47E00000), (0x50000000, 0x8FE00000), (0x91000000, 0x13FE00000)]),
        ("4.21.2", [(0x40400000, 0x48000000), (0x50000000, 0x90000000), (0x91000000, 0x140000000)]),
        ("head", [(0x40400000, 0x48000000), (0x50000000, 0x90000000), (0x91000000, 0x140000000)]),
    ],
)
def test_dom0_without_iommu_beside_shared_memory(tag: str, regions: list[Pair]) -> None:
    """Shared memory at host address 0x90000000, 16 MiB."""
    outcome = asked.rest_of_ram(
        xen(tag, "debug"),
        RAM,
        [],
        ipa_bits=44,
        domain=DOM0,
        grant=GRANT,
        shared=[(0x90000000, 0x1000000)],
    )
    assert pairs(outcome) == regions


@pytest.mark.parametrize(
    ("tag", "regions"),
    [
        ("4.18.0", [(0x50000000, 0x100000000), (0x200000000, 0x10000000000)]),
        ("4.20.0", [(0x50000000, 0x5FE00000), (0x61000000, 0xFFE00000), (0x200000000, 0xFFFFE00000)]),
        ("4.21.2", [(0x50000000, 0x60000000), (0x61000000, 0x100000000), (0x200000000, 0x10000000000)]),
        ("head", [(0x50000000, 0x60000000), (0x61000000, 0x100000000), (0x200000000, 0x10000000000)]),
    ],
)
def test_a_guest_with_shared_memory(tag: str, regions: list[Pair]) -> None:
    """The same memory, in a guest with 256 MiB at 0x60000000."""
    outcome = asked.domu(xen(tag, "debug"), QUARTER, ipa_bits=44, shared=[(0x60000000, 0x1000000)])
    assert pairs(outcome) == regions


@pytest.mark.parametrize(
    ("tag", "low"),
    [
        ("4.20.0", [(0x50000000, 0x100000000)]),
        ("4.21.2", [(0x50000000, 0x60000000), (0x60200000, 0x100000000)]),
        ("head", [(0x50000000, 0x60000000), (0x60200000, 0x100000000)]),
    ],
)
def test_a_guest_with_a_device(tag: str, low: list[Pair]) -> None:
    """xen,reg at guest address 0x60000000, at most 2 MiB."""
    outcome = asked.domu(xen(tag, "debug"), QUARTER, ipa_bits=44, passthrough=[(0x60000000, 0x1000)])
    assert pairs(outcome) == [*low, (0x200000000, 0x10000000000)]
