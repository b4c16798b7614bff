"""Devices of size 0 and what dom0's permissions make of them: off map_range_to_domain and iomem_permit_access."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import M, board
from verifier.layout.host import Addresses, Entry, Host
from verifier.xen.device_stops import doubts
from verifier.xen.release import xen
from verifier.xen.subjects import Given, subjects

GIVEN = Given(40, iommu=False)
BOARD = board((0x40000000, 0x60000000), amount=128 * M)


def with_devices(*devices: tuple[int, int]) -> Host:
    """By address and size."""
    return replace(
        BOARD, mapped=Addresses(tuple(Entry("/d", "reg", 0, address, size) for address, size in devices))
    )


def doubted(host: Host, tag: str = "head") -> list[str]:
    dom0 = next(each for each in subjects(host, xen(tag), GIVEN) if each.path is None)
    return [
        each for each in doubts(host, xen(tag), GIVEN, dom0) if each.startswith("whether rangeset_add_range")
    ]


@pytest.mark.parametrize(
    ("empty", "other", "doubtful"),
    [
        # From its frame to the one before: out of order, and where a range begins NULL may be dereferenced.
        (0x9000000, (0x9000000, 0x1000), True),
        (0x9000000, (0x9000800, 4), True),
        (0x9000000, (0x8FFF000, 0x1000), False),
        (0x9000000, (0x9001000, 0x1000), False),
        (0x9000000, (0x9000000, 0), False),
        # Inside of a page its last byte lies in that page.
        (0x9000800, (0x9000000, 0x1000), False),
        # The last byte before 0 is that of the space, so that frames ascend.
        (0, (0, 0x1000), False),
    ],
)
def test_a_device_of_no_size_where_another_starts(
    empty: int, other: tuple[int, int], *, doubtful: bool
) -> None:
    for devices in ([(empty, 0), other], [other, (empty, 0)]):
        assert bool(doubted(with_devices(*devices))) is doubtful
        # 33233c2758 asks for the page of the last byte; what it takes the place of for the one behind.
        assert doubted(with_devices(*devices), "4.16.0") == []
