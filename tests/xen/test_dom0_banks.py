"""RAM of dom0 and of a hardware domain on a board: which of the board's numbers count, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.xen.test_bank_runs import board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Domain, Host, Module
from verifier.xen import dom0_banks
from verifier.xen.dom0_banks import amount, impossible, most_banks, out_of_heap, predicted, refused, unlike
from verifier.xen.release import Xen, xen

M = 1 << 20
HEAD = xen("head")
PLAIN = replace(board((0x40000000, 0x80000000), amount=256 * M), modules=())
HARDWARE = replace(NODE, memory=256 * M, capabilities=2, direct_map=True)
TEXT = Extent(0x40200000, 0x40240000)
Pair = tuple[int, int]


def extents(*ranges: Pair) -> tuple[Extent, ...]:
    return tuple(Extent(*each) for each in ranges)


def reserved(start: int, end: int, kind: str = "reserved-memory") -> Bank:
    return Bank("/r", 0, start, end - start, kind)


def module(start: int, size: int, kind: str = "kernel", path: str = "/chosen/m") -> Module:
    return Module(path, kind, start, size, of_domain=path != "/chosen/m")


@pytest.mark.parametrize(
    ("line", "dom0_mem", "expected"),
    [
        (None, None, None),
        (None, 256 * M, None),
        ("", None, 512 * M),
        # "dom0_mem is not specified or is too small", as create_dom0 says of 0.
        ("dom0_mem=0", 0, 512 * M),
        ("dom0_mem=256M", 256 * M, 256 * M),
        ("dom0_mem=4K", 4096, 4096),
    ],
)
def test_how_much_is_asked_for(line: str | None, dom0_mem: int | None, expected: int | None) -> None:
    host = replace(PLAIN, options=replace(PLAIN.options, line=line, dom0_mem=dom0_mem))
    assert amount(host, None) == expected
    for memory in (None, 0, 128 * M):
        assert amount(host, replace(HARDWARE, memory=memory)) == memory


def told(
    *banks: Pair,
    host: Host = PLAIN,
    ram: tuple[Extent, ...] | None = None,
    grant: Extent | None = None,
    domain: Domain | None = None,
    bits: int = 64,
) -> str:
    return "\n".join(impossible(host, HEAD, ram, grant, extents(*banks), domain, bits))


def test_banks_are_compared_with_amount_and_ram() -> None:
    bank = (0x50000000, 0x60000000)
    assert told(bank) == ""
    assert "dom0_mem is 0x10000000" in told((0x50000000, 0x58000000))
    assert "outside RAM from 0x80000000 on" in told((0x78000000, 0x88000000))
    # The boot memory map counts where it is told, in any order, and where it is empty nothing is known.
    elsewhere = extents((0x90000000, 0xA0000000), (0x48000000, 0x50000000), (0x80000000, 0x90000000))
    assert "outside RAM from 0x50000000 on" in told(bank, ram=elsewhere)
    assert told((0x88000000, 0x98000000), ram=elsewhere) == ""
    assert told(bank, ram=()) == ""
    assert told(bank, host=replace(PLAIN, memory=())) == ""
    longer = replace(PLAIN, memory=(reserved(0x40000000, 0x90000000, "memory"),))
    assert told((0x40000000, 0x50000000), host=longer) == told((0x80000000, 0x90000000), host=longer) == ""
    assert "outside RAM from 0x90000000 on" in told((0x88000000, 0x98000000), host=longer)
    # So does a domain's own memory.
    assert told(bank, domain=HARDWARE) == ""
    assert "is 0x8000000 (128 MiB)" in told(bank, domain=replace(HARDWARE, memory=128 * M))


def test_a_static_heap_is_where_banks_are() -> None:
    heap = (reserved(0x60000000, 0x68000000, "static-heap"), reserved(0x58000000, 0x60000000, "static-heap"))
    host = replace(PLAIN, reserved=heap)
    assert told((0x58000000, 0x68000000), host=host) == ""
    assert "outside RAM" in told((0x50000000, 0x60000000), host=host)
    assert "outside RAM from 0x68000000 on" in told((0x60000000, 0x70000000), host=host)
    assert "outside RAM" in told((0x50000000, 0x60000000), host=host, ram=extents((0x40000000, 0x80000000)))


@pytest.mark.parametrize(
    ("dma_bits", "bits", "possible"),
    [(30, 64, True), (30, 32, False), (31, 32, True), (32, 32, True), (33, 32, True), (40, 32, True)],
)
def test_a_32_bit_kernel_needs_a_block_that_all_devices_reach(
    dma_bits: int, bits: int, *, possible: bool
) -> None:
    """Below 4 GiB, or as far as arch_get_dma_bitsize has it."""
    host = replace(PLAIN, dma_bits=dma_bits)
    assert (told((0x50000000, 0x60000000), host=host, bits=bits) == "") is possible
    upper = replace(board((0x80000000, 0x90000000), amount=256 * M), dma_bits=dma_bits, modules=())
    assert (told((0x80000000, 0x90000000), host=upper, bits=bits) == "") is (bits == 64 or dma_bits >= 32)
    high = replace(board((1 << 32, 0x140000000), amount=256 * M), dma_bits=dma_bits, modules=())
    assert (told((1 << 32, 0x110000000), host=high, bits=bits) == "") is (bits == 64)


@pytest.mark.parametrize(
    ("kind", "is_kept"),
    [
        *((each, True) for each in ("reserved-memory", "memreserve", "static-domain")),
        *((each, False) for each in ("shared-memory", "static-heap")),
    ],
)
def test_what_is_not_of_the_heap(kind: str, *, is_kept: bool) -> None:
    host = replace(
        PLAIN, reserved=(reserved(0x50000000, 0x50001000, kind),), modules=(module(0x60000000, 5),)
    )
    found = [(each.name, each.span.extent) for each in out_of_heap(host, TEXT)]
    assert found == [
        *[(f"{kind} /r", Extent(0x50000000, 0x50001000))] * is_kept,
        ("boot module /chosen/m", Extent(0x60000000, 0x60000005)),
        ("Xen's text, the grant region", TEXT),
    ]
    assert list(out_of_heap(host, None)) == list(out_of_heap(host, TEXT))[:-1]


def test_a_bank_has_nothing_of_them() -> None:
    bank = (0x50000000, 0x60000000)
    assert "overlaps Xen's text" in told(bank, grant=Extent(0x50000000, 0x50040000))
    host = replace(PLAIN, reserved=(reserved(0x5FFFF000, 0x60001000),))
    assert "overlaps reserved-memory /r" in told(bank, host=host)
    host = replace(PLAIN, modules=(module(0x5FFFFFFF, 1),))
    assert "overlaps boot module /chosen/m" in told(bank, host=host)


def free(host: Host, tag: str = "head", **more: Any) -> tuple[tuple[Extent, ...] | None, list[str]]:
    """What is predicted of a domain that is not direct-mapped, and why it is refused."""
    asked = {"ipa_bits": 40, "ram": None, "grant": TEXT, "domain": None} | more
    release: Xen = xen(tag)
    return predicted(host, release, **asked), list(refused(host, release, **asked))


LOADED = replace(PLAIN, modules=(module(0x70000000, M),))


def test_free_host_addresses_are_taken_from_the_lowest_on() -> None:
    """Whole 2 MiB behind Xen's text; what is reserved is left out, and modules are not."""
    assert free(LOADED) == (extents((0x40400000, 0x50400000)), [])
    cut = replace(LOADED, reserved=(reserved(0x50000000, 0x50000001),))
    assert free(cut) == (extents((0x40400000, 0x50000000), (0x50200000, 0x50600000)), [])
    cut = replace(LOADED, reserved=(reserved(0x50000000, 0x50800000),))
    assert free(cut) == (extents((0x40400000, 0x50000000), (0x50800000, 0x50C00000)), [])
    # The boot memory map counts where it is told.
    assert free(LOADED, ram=extents((0x90000000, 0xB0000000))) == (extents((0x90000000, 0xA0000000)), [])
    # Only what the width of addresses allows is free: of 40 bits all, of 36 what is below 64 GiB.
    both = extents((0xFF0000000, 0x1010000000))
    assert free(LOADED, ram=both) == (extents((0xFF0000000, 0x1000000000)), [])
    assert free(LOADED, ram=both, ipa_bits=36)[0] == extents((0xFF0000000, 0x1000000000))
    double = replace(HARDWARE, memory=512 * M)
    own = replace(LOADED, modules=(module(0x70000000, M, path=f"{NODE.path}/m"),))
    assert free(own, ram=both, domain=double)[0] == both
    assert free(own, ram=both, domain=double, ipa_bits=36)[0] is None


def test_what_is_not_known_predicts_nothing() -> None:
    for host, more in (
        (LOADED, {"grant": None}),
        (replace(LOADED, options=replace(LOADED.options, line=None)), {}),
        (LOADED, {"domain": replace(HARDWARE, memory=None)}),
        (PLAIN, {}),  # no kernel: whether it fits the first bank is not known
        (LOADED, {"tag": "4.16.0"}),  # dom0 is always direct-mapped
    ):
        assert free(host, **more) == (None, [])
    # Before de99f32635 the kernel did not matter.
    assert free(PLAIN, "4.21.0")[0] == extents((0x40400000, 0x50400000))


def test_too_little_free_memory_is_said_once() -> None:
    """2 and 1020 MiB beside Xen's text, of which the first is no first bank."""
    large = replace(LOADED, options=replace(LOADED.options, line="dom0_mem=1G", dom0_mem=1024 * M))
    assert free(large) == (
        None,
        [
            "allocate_memory panics: free host addresses have 0x3fc00000 (1020 MiB), "
            "the domain is to have 0x40000000 (1 GiB)"
        ],
    )


def test_modules_of_the_domain_have_to_fit_its_first_bank() -> None:
    """128 MiB have no room for 130 MiB of kernel, or for 100 MiB and a ramdisk of 40; 256 MiB have."""
    ram = extents((0x50000000, 0x58000000), (0x60000000, 0x80000000))
    first, second = (
        extents((0x50000000, 0x58000000), (0x60000000, 0x68000000)),
        extents((0x60000000, 0x70000000)),
    )
    own = f"{NODE.path}/m"
    for modules, of_dom0, of_domain in (
        ((module(0, M), module(0, M, path=own)), first, first),
        ((module(0, 130 * M), module(0, M, path=own)), second, first),
        ((module(0, M), module(0, 130 * M, path=own)), first, second),
        ((module(0, M, path=f"{NODE.path}b/m"), module(0, M), module(0, 130 * M, path=own)), first, second),
        ((module(0, 100 * M), module(0, 40 * M, "ramdisk"), module(0, M, path=own)), second, first),
        (
            (
                module(0, 9, "xsm"),
                module(0, 40 * M, "ramdisk", own),
                module(0, M),
                module(0, 100 * M, path=own),
            ),
            first,
            second,
        ),
        # The first of a kind is the one that Xen takes.
        (
            (module(0, M), module(0, 130 * M), module(0, M, path=own), module(0, 130 * M, path=own)),
            first,
            first,
        ),
        ((module(0, M),), first, None),
        # 120 MiB and 8 at most beside them, if there is no ramdisk.
        ((module(0, 120 * M), module(0, 120 * M, path=own)), first, first),
        ((module(0, 120 * M), module(0, 1, "ramdisk")), None, None),
    ):
        host = replace(PLAIN, modules=modules)
        assert free(host, ram=ram)[0] == of_dom0
        assert free(host, ram=ram, domain=HARDWARE)[0] == of_domain


def test_the_most_banks() -> None:
    """Blocks of 4 MiB, at most as many as insert_11_bank takes; 128 MiB are the 512 of which nobody says anything."""
    assert most_banks(PLAIN, HEAD, None) == 64
    assert most_banks(PLAIN, HEAD, replace(HARDWARE, memory=8 * M)) == 2
    unknown = replace(PLAIN, options=replace(PLAIN.options, line=None))
    assert most_banks(unknown, HEAD, None) == most_banks(PLAIN, HEAD, replace(HARDWARE, memory=None)) == 128
    large = replace(PLAIN, options=replace(PLAIN.options, dom0_mem=4096 * M))
    assert (most_banks(large, xen("4.16.0"), None), most_banks(large, xen("4.16.1"), None)) == (128, 256)
    assert most_banks(PLAIN, HEAD, replace(HARDWARE, direct_map=False)) == 256


def test_both_sides_of_what_differs_are_told() -> None:
    one, two = extents((0x40000000, 0x50000000)), extents((0x40000000, 0x48000000), (0x50000000, 0x58000000))
    assert unlike(one, one) == unlike(two, two) == ()
    assert unlike(two, one) == (
        "its banks are [0x40000000, 0x50000000); allocate_memory takes the free host addresses "
        "[0x40000000, 0x48000000); [0x50000000, 0x58000000)",
    )
    assert dom0_banks.HEAP == "static-heap"
