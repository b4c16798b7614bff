"""A dom0less guest of options: what memory alone would decide, and sizes that are no addresses."""

from __future__ import annotations

import pytest

from tests.xen.test_dom0less_offer import GIB, MIB, OPTION, PAGE, config, offer, pairs
from verifier.layout.guest_config import Iomem
from verifier.xen import dom0less_offer
from verifier.xen.release import xen


def passed(start: int, size: int) -> Iomem:
    """Bytes of the guest's address space, from the host's first page on."""
    return Iomem(1, size // PAGE, start // PAGE, OPTION)


@pytest.mark.parametrize(
    ("vcpus", "entries", "doubtful"),
    [
        (1, (), False),
        # Of 384 pages 6 are for the GIC, 12 for two banks; 720 MiB take 360 of 2 MiB each, and 6.
        (1, (passed(0, 720 * MIB),), False),
        (1, (passed(0, 722 * MIB),), True),
        (2, (passed(0, 722 * MIB),), False),
        (1, (passed(1 << 40, PAGE),), False),  # wherever it is
        (1, (passed(0, 354 * MIB), passed(GIB, 354 * MIB)), False),
        (1, (passed(0, 354 * MIB), passed(GIB, 356 * MIB)), True),
    ],
)
def test_whether_memory_decides(vcpus: int, entries: tuple[Iomem, ...], *, doubtful: bool) -> None:
    asked = config(64 * MIB, vcpus, iomem=entries)
    found = list(dom0less_offer.doubts_of_any_memory(asked, xen("head")))
    said = "whether the pages for page tables suffice depends on the memory: --memory tells it"
    assert found == [said] * doubtful
    assert list(dom0less_offer.doubts_of_any_memory(asked, xen("4.16.2"))) == []  # no pool yet


def test_the_pool_is_of_what_is_reckoned() -> None:
    """256 pages for each vCPU, one for each MiB and 128, rounded up to whole MiB."""
    assert dom0less_offer.pool(config(65 * MIB, 3), xen("head")) == (3, 1024)
    assert dom0less_offer.pool(config(129 * MIB, 3), xen("head")) == (3, 1280)


def test_what_is_taken_away_begins_where_it_begins() -> None:
    """2 MiB from 2.5 GiB on are cut out as they are."""
    found = offer(config(512 * MIB, iomem=(passed(0xA0000000, 2 * MIB),)))
    assert pairs(found.regions) == [
        (0x60000000, 0xA0000000),
        (0xA0200000, 0x100000000),
        (0x200000000, 1 << 40),
    ]
    assert [(each.name, each.start, each.size) for each in found.operations] == [
        ("RAM bank 0", 0x40000000, 512 * MIB),
        ("xen,reg[0] (--iomem)", 0xA0000000, 2 * MIB),
    ]
