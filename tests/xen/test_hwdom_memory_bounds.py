"""The first bank of a hardware domain, and pieces of free memory, at each bound: by hand from domain-build.c."""

from __future__ import annotations

import re

import pytest

from tests.xen.test_hwdom_memory import GRANT, RAM, M, Ranges, banks, spans
from verifier.xen.hwdom_memory import Demand, find
from verifier.xen.outcome import FaultError, Span
from verifier.xen.release import xen

FIRST: Ranges = ((0x50000000, 0x58000000),)
"""128 MiB."""


@pytest.mark.parametrize(
    ("kernel", "initrd", "fits"),
    [
        # Whole 2 MiB of both; 4 MiB of tree at most, 2 of offset, and some have to be left.
        (120 * M, 0, True),
        (119 * M, 0, True),
        (120 * M + 1, 0, None),
        (120 * M - 1, 1, None),
        (118 * M, 2 * M, True),
        (118 * M, 2 * M + 1, None),
        (118 * M + 1, 2 * M, None),
        # As it is, with 2 MiB of tree and without any offset, it may just fill the bank.
        (126 * M, 0, None),
        (126 * M + 1, 0, False),
        (124 * M, 1, None),
        (124 * M + 1, 2 * M, False),
        (124 * M, 2 * M + 1, False),
        (0, 120 * M, True),
        (0, 126 * M, None),
        (0, 126 * M + 1, False),
    ],
)
def test_what_fits_the_first_bank(kernel: int, initrd: int, *, fits: bool | None) -> None:
    """128 MiB of it; if they are too few there is no other."""
    for ram in (FIRST, ((0x50000000, 0x60000000),)):
        asked = (ram, 128 * M)
        if fits is False:
            with pytest.raises(FaultError, match="no free host memory can be the first bank"):
                banks("4.22.0", *asked, kernel=kernel, initrd=initrd)
            continue
        found = banks("4.22.0", *asked, kernel=kernel, initrd=initrd)
        assert found == (FIRST if fits else found)
        assert isinstance(found, str) is (fits is None)


@pytest.mark.parametrize(("kernel", "known"), [(120 * M, True), (120 * M + 1, False), (122 * M, False)])
def test_a_bank_of_odd_size_has_whole_2_mib_of_kernel(kernel: int, *, known: bool) -> None:
    """129 MiB of 256: 122 MiB of kernel and 8 beside them are more, however little there is in the last 2 MiB."""
    found = banks("4.22.0", ((0x50000000, 0x60000000),), 129 * M, kernel=kernel)
    assert (found == ((0x50000000, 0x58100000),)) is known
    assert ("0x8100000 bytes is not known" in found) is not known


def test_without_a_ramdisk_nothing_is_added() -> None:
    demand = Demand(128 * M, 120 * M)
    found = find(xen("4.22.0"), ipa_bits=40, ram=spans(FIRST), reserved=(), grant=GRANT, demand=demand)
    assert found.banks == (Span(0x50000000, 128 * M),)


@pytest.mark.parametrize("tag", ["4.20.0", "4.21.0", "4.22.0", "head"])
@pytest.mark.parametrize(
    "piece",
    [
        # Within 2 MiB: no multiple of them, one at the end, and one that is the last page.
        (0x50001000, 0x50002000),
        (0x50100000, 0x50200000),
        (0x50100000, 0x50201000),
        (0x50000000, 0x50001000),
        (0x501FF000, 0x503FF000),
    ],
)
def test_a_piece_without_2_mib_is_nothing(tag: str, piece: tuple[int, int]) -> None:
    large = (0x60000000, 0x70000000)
    assert banks(tag, (piece, large), 128 * M) == ((0x60000000, 0x68000000),)
    with pytest.raises(FaultError):
        banks(tag, (piece,), 2 * M)


@pytest.mark.parametrize(
    ("tag", "end", "counts"),
    [
        # The last page's first byte stood for the end: a piece whose last page begins the 2 MiB has them, of 0 bytes.
        ("4.20.0", 0x201000, True),
        ("4.20.0", 0x200000, False),
        ("4.20.0", 0x202000, True),
        # Its last byte stands for it since 4.21.
        ("4.21.0", 0x201000, True),
        ("4.21.0", 0x200000, False),
    ],
)
def test_pieces_without_bytes_count_among_those_that_there_are(tag: str, end: int, *, counts: bool) -> None:
    """NR_MEM_BANKS, 256: what comes after them is not seen (add_hwdom_free_regions)."""
    pieces = tuple((0x80000000 + at * 4 * M + M, 0x80000000 + at * 4 * M + end) for at in range(255))
    # A page more than 256 MiB, which no release gives away.
    first, second = (0x200000000, 0x210001000), (0x300000000, 0x310001000)
    one, two = (0x200000000, 0x210000000), (0x300000000, 0x310000000)
    assert banks(tag, (*pieces, first), 256 * M) == (one,)
    assert banks(tag, (pieces[0], first, second), 512 * M) == (one, two)
    if not counts:
        assert banks(tag, (*pieces, first, second), 512 * M) == (one, two)
        return
    said = "free host addresses have 0x10000000 (256 MiB), the domain is to have 0x20000000 (512 MiB)"
    with pytest.raises(FaultError, match=re.escape(said)):
        banks(tag, (*pieces, first, second), 512 * M)


def test_a_release_without_such_a_domain_says_so() -> None:
    assert banks("4.17.7", RAM, 256 * M) == "this release has no hardware domain that is not direct-mapped"
