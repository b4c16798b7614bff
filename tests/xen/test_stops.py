"""What keeps Xen from building a domain: each reason alone, on a board where nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.xen.test_bank_runs import M, board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Addresses, Bank, Fault, Host, Module, Untranslated
from verifier.xen import outcome, stops
from verifier.xen.outcome import Outcome
from verifier.xen.release import Build, xen
from verifier.xen.subjects import Given, Subject, subjects

GIVEN = Given(40, iommu=False)
IOMMU = Given(40, iommu=True)
BOARD = board((0x40000000, 0x60000000), amount=128 * M)
GUEST = replace(NODE, memory=64 * M)
STATIC = Bank("/chosen/a", 0, 0x50000000, 64 * M, "static-domain")
DIRECT = replace(GUEST, direct_map=True, static_memory=(STATIC,))
HARDWARE = replace(GUEST, capabilities=2)
KERNEL = Module("/chosen/a/k", "kernel", 0x48000000, 0x10000, of_domain=True)
BANKS = (Extent(0x58000000, 0x60000000),)
NO_ROOM = "and of the host's RAM 0x20000000 (512 MiB) are free: neither reserved nor a boot module's"


def with_domains(*domains: Any, **changes: Any) -> Host:
    return replace(BOARD, domains=domains, **changes)


def without_dom0(*domains: Any, **changes: Any) -> Host:
    return with_domains(*domains, modules=(KERNEL,), **changes)


def with_options(host: Host, **options: Any) -> Host:
    return replace(host, options=replace(host.options, **options))


def of(
    host: Host,
    given: Given = GIVEN,
    *,
    tag: str = "head",
    build: Build = "release",
    left: Outcome | None = None,
    **changes: Any,
) -> list[tuple[str, ...]]:
    """Of each domain, dom0 first; changes are those of the subject."""
    release = xen(tag, build)
    return [
        tuple(stops.of(host, release, given, replace(each, **changes), left or Outcome()))
        for each in subjects(host, release, given)
    ]


def test_nothing_keeps_these_from_being_built() -> None:
    assert of(BOARD) == [()]
    assert of(with_domains(GUEST)) == [(), ()]
    assert of(with_domains(DIRECT, reserved=(STATIC,))) == [(), ()]
    assert of(without_dom0(HARDWARE), IOMMU) == [()]


@pytest.mark.parametrize(("effect", "build", "stops_it"), [
    ("panics", "release", True), ("hangs", "release", True), ("asserts", "release", False),
    ("panics", "debug", True), ("hangs", "debug", True), ("asserts", "debug", True),
    ("ends-scan", "debug", False), ("ignored", "debug", False), ("nests", "debug", False),
])  # fmt: skip
def test_what_is_wrong_with_the_tree(effect: str, build: Build, *, stops_it: bool) -> None:
    """Before any domain, or while one of them is built: dom0 by /chosen."""
    said = (f"Xen {effect}: /p: m",) if stops_it else ()
    for domain, expected in {
        "": [said, said],
        "/chosen": [said, ()],
        "/chosen/a": [(), said],
        "/chosen/b": [(), ()],
    }.items():
        found = of(with_domains(GUEST, faults=(Fault("/p", effect, "m", domain),)), build=build)
        assert found == expected, domain


@pytest.mark.parametrize(("effect", "stops_it"), [("panics", True), ("nests", False), ("ignored", False)])
def test_what_is_wrong_with_a_partial_tree(effect: str, *, stops_it: bool) -> None:
    said = ("handle_passthrough_prop fails at /p of its partial device tree: m",) if stops_it else ()
    host = with_domains(GUEST)
    for path, expected in {"/chosen/a": [(), said], "/chosen/b": [(), ()]}.items():
        given = replace(GIVEN, partial_faults={path: (Fault("/p", effect, "m"),)})
        assert of(host, given) == expected, path


def test_memory_banks_that_share_a_page() -> None:
    """Those of the boot memory map, where there is one."""
    banks = (Extent(0x40000000, 0x60001000), Extent(0x60000000, 0x70000000))
    (said,) = of(BOARD, replace(GIVEN, ram=banks))
    assert said[0].startswith("setup_directmap_mappings: two memory banks have ")
    assert len(said) == 1
    memory = tuple(Bank("/m", at, each.start, each.size, "memory") for at, each in enumerate(banks))
    host = replace(BOARD, memory=memory)
    assert of(host) == [said]
    assert of(host, replace(GIVEN, ram=banks[:1])) == [()]
    # 4.16 maps pages more than once, and 0x60000000 is free.
    ((old,),) = of(host, tag="4.16.7")
    assert old.startswith("bootmem_region_add: two memory banks have ")


def test_static_memory_outside_ram() -> None:
    """By the boot memory map, where there is one; since 4.22 pages of a GiB that has RAM have entries, below it as well."""
    host = replace(BOARD, reserved=(STATIC,))
    elsewhere = replace(GIVEN, ram=(Extent(0x80000000, 0xA0000000),))
    (said,) = of(host, elsewhere)
    assert len(said) == 1
    assert said[0].startswith("init_staticmem_pages: static memory ")
    assert of(host) == [()]
    in_its_gib = replace(GIVEN, ram=(Extent(0x60000000, 0x80000000),))
    assert of(host, in_its_gib) == [()]
    ((old,),) = of(host, in_its_gib, tag="4.21.2")
    assert old.startswith("init_staticmem_pages: static memory ")


def test_where_a_producer_ends() -> None:
    fault = outcome.Fault("assertion", "rangeset_remove_range", "start above end")
    assert of(BOARD, left=Outcome(fault=fault)) == [
        ("Xen stops in rangeset_remove_range (assertion): start above end",)
    ]
    assert of(BOARD, left=Outcome(error="ENOMEM")) == [()]


def test_a_domain_that_is_not_made() -> None:
    assert of(with_domains(replace(GUEST, cpus=0))) == [
        (),
        ("domain_create fails: a domain without vCPUs",),
    ]


def test_a_tree_of_a_guest_that_does_not_fit() -> None:
    """100 vCPUs take 60 bytes and more each, of 4096."""
    gic = BOARD.dom0.gic
    assert gic is not None
    host = with_domains(replace(GUEST, cpus=100), dom0=replace(BOARD.dom0, gic=replace(gic, version=3)))
    dom0, (said,) = of(host, tag="4.17.7")
    assert dom0 == ()
    assert said.startswith("prepare_dtb_domU: the device tree does not fit")
    assert of(host) == [(), ()]


def test_no_interrupt_controller() -> None:
    said = "gic_dt_preinit finds no interrupt controller that Xen has a driver for"
    assert of(with_domains(GUEST, dom0=replace(BOARD.dom0, gic=None))) == [(said,), (said,)]


@pytest.mark.parametrize(("frames", "stops_it"), [(0, True), (1, False), (None, False)])
def test_no_grant_frames(frames: int | None, *, stops_it: bool) -> None:
    said = ("grant_table_init refuses gnttab_max_frames=0",) if stops_it else ()
    assert of(with_options(with_domains(GUEST), gnttab_max_frames=frames)) == [said, said]


def test_a_cache_without_colours() -> None:
    host = with_options(with_domains(GUEST), llc_coloring=True, llc_size=3 * 4096, llc_ways=1)
    for said in of(host, replace(GIVEN, dom0_banks=(Extent(0x50000000, 0x58000000),))):
        assert [each.startswith("llc_coloring_init panics") for each in said] == [True]


def test_devices_are_of_dom0() -> None:
    failure = Untranslated("/d", "reg", 0, "there is no range")
    host = with_domains(GUEST, mapped=Addresses((), failure))
    assert of(host) == [("handle_device gives up at /d reg[0]: there is no range",), ()]


@pytest.mark.parametrize("cells", [(1, 1), (1, 2), (2, 1), (2, 2), (0, 1), (1, 0), (3, 2), (2, 3), (3, 3)])
def test_cells_of_the_hypervisor_node(cells: tuple[int, int]) -> None:
    """make_hypervisor_node: "Cannot cope with this size", for a domain that gets one."""
    copes = all(1 <= each <= 2 for each in cells)
    said = () if copes else (f"make_hypervisor_node cannot cope with {cells[0]} and {cells[1]} cells",)
    assert of(BOARD, cells=cells) == [said]
    assert of(BOARD, cells=cells, has_node=False) == [()]


def test_more_memory_than_there_is() -> None:
    """Where banks are told dom0 has them; what a guest is to have is another matter."""
    large = with_options(BOARD, dom0_mem=1 << 30)
    said = f"allocate_memory_11 panics: dom0 is to have 0x40000000 (1 GiB) (dom0_mem), {NO_ROOM}"
    assert of(large) == [(said,)]
    told = replace(GIVEN, dom0_banks=(Extent(0x40000000, 0x80000000),))
    assert of(large, told) == [()]
    assert of(large, replace(GIVEN, ram=(Extent(0x40000000, 0x80000000),))) == [()]
    host = with_domains(replace(GUEST, memory=1 << 30))
    for given in (GIVEN, told):
        dom0, (of_guest,) = of(host, given)
        assert dom0 == ()
        assert of_guest.startswith(
            f"allocate_memory panics: /chosen/a is to have 0x40000000 (1 GiB), {NO_ROOM}"
        )
    assert of(host, replace(GIVEN, ram=(Extent(0x40000000, 0xC0000000),))) == [(), ()]
    # Xen's text is no room.
    all_of_it = with_options(BOARD, dom0_mem=512 * M)
    assert of(all_of_it) == [()]
    (short,) = of(all_of_it, replace(GIVEN, grant_region=Extent(0x40200000, 0x40201000)))
    assert [
        each.startswith("allocate_memory_11 panics: dom0 is to have 0x20000000 (512 MiB)") for each in short
    ] == [True]


def test_no_free_addresses_for_all_of_the_memory() -> None:
    """Xen's text of a page leaves 256 MiB below it, and 254 in whole 2 MiB above: the heap has more.

    Who is direct-mapped has no use for them, nor has a guest; and banks that are told are there.
    """
    given = replace(IOMMU, grant_region=Extent(0x50000000, 0x50001000))
    said = (
        "allocate_memory panics: free host addresses have 0x1fe00000 (510 MiB), the domain is to have 0x1ff00000 (511 MiB)",
    )
    dom0 = with_options(BOARD, llc_coloring=True, dom0_mem=511 * M)
    hardware = without_dom0(replace(HARDWARE, memory=511 * M))
    for host in (dom0, hardware):
        assert of(host, given, tag="4.21.2") == [said]
        assert of(host, replace(given, ram=(Extent(0x40000000, 0x80000000),)), tag="4.21.2") == [()]
        assert of(host, replace(given, dom0_banks=BANKS), tag="4.21.2") == [()]
        assert of(host, replace(given, grant_region=None), tag="4.21.2") == [()]
    assert of(with_options(dom0, dom0_mem=510 * M), given, tag="4.21.2") == [()]
    assert of(with_options(dom0, llc_coloring=False), given, tag="4.21.2") == [()]
    assert of(without_dom0(replace(GUEST, memory=511 * M)), given, tag="4.21.2") == [()]


def test_free_addresses_are_below_the_end_of_the_space() -> None:
    """RAM up to 2^32 and as much above, of which page tables of 32 bits reach the first."""
    ram = (Extent(0xE0000000, 0x120000000),)
    host = with_options(BOARD, llc_coloring=True, dom0_mem=600 * M)
    given = Given(32, iommu=False, ram=ram, grant_region=Extent(0xE0000000, 0xE0001000))
    ((said,),) = of(host, given, tag="4.21.2")
    assert said.startswith("allocate_memory panics: free host addresses have 0x1fe00000 (510 MiB), ")
    assert of(host, replace(given, ipa_bits=36), tag="4.21.2") == [()]


def later(host: Host, tag: str = "head", **changes: Any) -> list[tuple[str, ...]]:
    release = xen(tag)
    return [
        tuple(stops.later(host, release, replace(each, **changes))) for each in subjects(host, release, GIVEN)
    ]


def test_what_ends_the_boot_once_regions_are_made() -> None:
    """A first bank that the kernel fills, and a xenstore that there is not."""
    guest = replace(GUEST, enhanced="enabled")
    assert later(without_dom0(guest)) == [("create_domUs: xenstore is asked for, and no domain has it",)]
    assert later(with_domains(guest)) == [(), ()]
    small = without_dom0(replace(GUEST, memory=4 * M))
    ((said,),) = later(small)
    assert said.startswith("place_dtb_initrd needs more than 0x400000 bytes in the first bank")
    assert later(without_dom0(replace(GUEST, memory=6 * M))) == [()]


def subject(**changes: Any) -> Subject:
    return replace(subjects(BOARD, xen("head"), GIVEN)[0], **changes)


def test_reasons_are_told_in_the_order_in_which_xen_meets_them() -> None:
    """The tree's, then the domain's own."""
    host = with_options(BOARD, gnttab_max_frames=0)
    host = replace(
        host, faults=(Fault("/p", "panics", "m"),), mapped=Addresses((), Untranslated("/d", "reg", 0, "no"))
    )
    assert tuple(stops.of(host, xen("head"), GIVEN, subject(cells=(3, 3)), Outcome())) == (
        "Xen panics: /p: m",
        "grant_table_init refuses gnttab_max_frames=0",
        "handle_device gives up at /d reg[0]: no",
        "make_hypervisor_node cannot cope with 3 and 3 cells",
    )
