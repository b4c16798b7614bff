"""Banks and grant region that are given for dom0: of which domain they are judged, and where Xen's text can be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import HEAD, board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Host, Module
from verifier.xen.given_banks import bank_faults, grant_faults
from verifier.xen.release import xen
from verifier.xen.subjects import Given

M = 1 << 20
KERNEL = Module("/chosen/k", "kernel", 0x70000000, M, of_domain=False)
HOST = replace(board((0x40000000, 0x80000000), amount=256 * M), modules=(KERNEL,))
COLOURED = replace(HOST, options=replace(HOST.options, llc_coloring=True))
HARDWARE = replace(NODE, memory=128 * M, capabilities=2, direct_map=True)
OWN = replace(KERNEL, path=f"{NODE.path}/k", of_domain=True)
DOM0LESS = replace(HOST, modules=(OWN,), domains=(HARDWARE,))
TEXT = Extent(0x40200000, 0x40240000)
Pair = tuple[int, int]


def given(*banks: Pair, bits: dict[str, int] | None = None, grant: Extent | None = TEXT) -> Given:
    found = tuple(Extent(*each) for each in banks)
    return Given(40, iommu=False, dom0_banks=found, grant_region=grant, kernel_bits=bits or {})


def test_a_bank_of_dom0_is_direct_mapped_where_nothing_else_is_said() -> None:
    assert bank_faults(HOST, HEAD, given((0x50000000, 0x60000000))) == ()
    assert "the banks have 0x8000000" in "".join(bank_faults(HOST, HEAD, given((0x50000000, 0x58000000))))
    none = replace(given(), dom0_banks=None)
    for host in (HOST, COLOURED, DOM0LESS):
        assert bank_faults(host, HEAD, none) == ()
        assert bank_faults(host, HEAD, given()) != ()
    # Xen's text and what the boot memory map lacks are in no bank.
    assert "overlaps Xen's text" in "".join(bank_faults(HOST, HEAD, given((0x40000000, 0x50000000))))
    told = replace(given((0x50000000, 0x60000000)), ram=(Extent(0x40000000, 0x58000000),))
    assert "outside RAM from 0x58000000 on" in "".join(bank_faults(HOST, HEAD, told))


def test_banks_of_a_coloured_dom0_are_those_that_are_predicted() -> None:
    """From the first free 2 MiB with room for the kernel on; without the place of Xen's text nothing is known."""
    right, wrong = (0x40400000, 0x50400000), (0x50000000, 0x60000000)
    assert bank_faults(COLOURED, HEAD, given(right)) == ()
    (sentence,) = bank_faults(COLOURED, HEAD, given(wrong))
    assert sentence.endswith("takes the free host addresses [0x40400000, 0x50400000)")
    assert bank_faults(COLOURED, HEAD, given(wrong, grant=None)) == ()
    # Releases before colours have them all direct-mapped.
    assert bank_faults(replace(COLOURED, tag="4.19.0"), xen("4.19.0"), given(wrong)) == ()
    # Width and map count.
    high = replace(given((0x1000000000, 0x1010000000)), ram=(Extent(0x1000000000, 0x1020000000),))
    assert bank_faults(COLOURED, HEAD, high) == ()
    assert bank_faults(COLOURED, HEAD, replace(high, ipa_bits=36)) == ()
    low = replace(given(wrong), ram=(Extent(0x50000000, 0x70000000),), ipa_bits=36)
    assert bank_faults(COLOURED, HEAD, low) == ()


def test_in_dom0s_place_it_is_the_hardware_domain_of_the_tree() -> None:
    """If no kernel is dom0's; with its own memory, and its own kernel's bits."""
    half, whole = (0x50000000, 0x58000000), (0x50000000, 0x60000000)
    assert bank_faults(DOM0LESS, HEAD, given(half)) == ()
    assert bank_faults(DOM0LESS, HEAD, given(whole)) != ()
    beside = replace(DOM0LESS, modules=(KERNEL, OWN))
    assert bank_faults(beside, HEAD, given(half)) != ()
    assert bank_faults(beside, HEAD, given(whole)) == ()
    # The first that is one, wherever it stands; no other guest.
    plain = replace(NODE, path="/chosen/p", number=1, memory=256 * M)
    second = replace(HARDWARE, number=2)
    for domains in ((plain, second), (second, replace(plain, number=3))):
        assert bank_faults(replace(DOM0LESS, domains=domains), HEAD, given(half)) == ()
    assert bank_faults(replace(DOM0LESS, domains=(plain,)), HEAD, given(whole)) == ()
    # One that is not direct-mapped has free host addresses.
    free = replace(DOM0LESS, domains=(replace(HARDWARE, direct_map=False),))
    assert bank_faults(free, HEAD, given((0x40400000, 0x48400000))) == ()
    assert len(bank_faults(free, HEAD, given(half))) == 1


@pytest.mark.parametrize(
    ("host", "name"), [(HOST, "d0"), (replace(DOM0LESS, domains=(replace(HARDWARE, number=3),)), "d3")]
)
def test_a_32_bit_kernel_needs_low_memory(host: Host, name: str) -> None:
    """100 MiB have no block that allocate_memory_11 looks for below 4 GiB (min_low_order); 64 bits go on without."""
    host = replace(host, options=replace(host.options, dom0_mem=100 * M))
    host = replace(host, domains=tuple(replace(each, memory=100 * M) for each in host.domains))
    bank = (0x48000000, 0x4E400000)
    assert bank_faults(host, HEAD, given(bank)) == ()
    assert bank_faults(host, HEAD, given(bank, bits={name: 64, "d1": 32, "d2": 32})) == ()
    (sentence,) = bank_faults(host, HEAD, given(bank, bits={name: 32}))
    assert "Unable to allocate first memory bank" in sentence


@pytest.mark.parametrize(
    ("ram", "region", "inside"),
    [
        ([(0x40000000, 0x80000000)], (0x40000000, 0x80000000), True),
        ([(0x40000000, 0x80000000)], (0x3FFFF000, 0x40040000), False),
        ([(0x40000000, 0x80000000)], (0x7FFFF000, 0x80000001), False),
        ([(0x40000000, 0x80000000)], (0x80000000, 0x80040000), False),
        ([(0x40000000, 0x80000000)], (0x90000000, 0x90040000), False),
        ([(0x40000000, 0x80000000)], (0x30000000, 0x90000000), False),
        # Across banks that touch or overlap, in any order, and no gap.
        ([(0x50000000, 0x60000000), (0x40000000, 0x50000000)], (0x4FFFF000, 0x50001000), True),
        ([(0x50001000, 0x60000000), (0x40000000, 0x50000000)], (0x4FFFF000, 0x50002000), False),
        ([(0x40000000, 0x50000000), (0x48000000, 0x60000000)], (0x4FFFF000, 0x50001000), True),
        ([(0x40000000, 0x60000000), (0x48000000, 0x50000000)], (0x4FFFF000, 0x50001000), True),
        ([(0x40000000, 0x50000000), (0x50000000, 0x60000000), (0x60000000, 0x70000000)], (0x48000000, 0x68000000), True),
        # An empty one is where it is: a build without grant tables.
        ([(0x40000000, 0x80000000)], (0, 0), True),
    ],
)  # fmt: skip
def test_xens_text_lies_in_ram(ram: list[Pair], region: Pair, *, inside: bool) -> None:
    told = given(grant=Extent(*region))
    banks = tuple(Bank("/memory", 0, start, end - start, "memory") for start, end in ram)
    host = replace(HOST, memory=banks)
    listed = " and ".join(str(Extent(*each)) for each in sorted(ram)[-2:])
    expected = [] if inside else [f"{Extent(*region)} is not in RAM, where Xen's text is: {listed}"]
    assert list(grant_faults(host, told)) == expected
    # The boot memory map counts where it is told.
    assert (
        list(grant_faults(replace(host, memory=()), replace(told, ram=tuple(Extent(*each) for each in ram))))
        == expected
    )
    assert len(grant_faults(host, replace(told, ram=(Extent(0xA0000000, 0xB0000000),)))) == (region != (0, 0))
    assert grant_faults(replace(host, memory=()), told) == ()
    assert grant_faults(host, replace(told, grant_region=None)) == ()
