"""What may keep Xen from building dom0 wherever it is placed: each doubt by itself, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.reading.trees import Description, machine, tree
from tests.xen.test_bank_runs import HEAD, M
from tests.xen.test_heap_bounds import GIVEN, named
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Addresses, Bank, Entry, Host, Module, SharedBank
from verifier.reading.host_tree import host_of
from verifier.xen.dom0_room import too_large, tree_size
from verifier.xen.ext_regions import LEAST
from verifier.xen.outcome import Span
from verifier.xen.placements import doubts_of_building
from verifier.xen.release import xen
from verifier.xen.subjects import Given, Subject

RAM = (0x40000000, 0x50000000)
SMALL: Description = {
    **machine(2, 2),
    "cpus": {"cpu": {"device_type": "cpu", "compatible": "arm,armv8"}},
    "memory@40000000": {"device_type": "memory", "reg": [0, RAM[0], 0, RAM[1] - RAM[0]]},
    "chosen": {
        "xen,xen-bootargs": "dom0_mem=64M",
        "#address-cells": [1],
        "#size-cells": [1],
        "k": {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0x48000000, 0x10000]},
    },
}
OLD = xen("4.17.7")
BANKS = (Extent(0x44000000, 0x48000000),)


def trees(host: Host, subject: Subject, *, apart: bool) -> Iterator[str]:
    """What is said of the device tree."""
    told = replace(GIVEN, dom0_banks=subject.banks)
    found = doubts_of_building(host, OLD, told, subject, apart_in_ram=apart)
    yield from (each for each in found if each.startswith("prepare_dtb_hwdom"))


@pytest.mark.parametrize(("apart", "count"), [(False, 10), (True, 4)])
def test_the_most_regions_that_there_can_be(count: int, *, apart: bool) -> None:
    """Each list of what is in RAM splits it once: 1 bank, 3 reserved, 2 shared, 2 passed through, dom0's, and one more.

    Apart from each other and in 256 MiB of RAM there are 4 of 64 MiB.
    """
    host = host_of(tree(SMALL), "4.17.7")
    reserved = tuple(Bank("/r", at, 0x4F000000 + at * 0x2000, 0x1000, "static-domain") for at in range(3))
    shared = (SharedBank("/s", "a", 0x4E000000, 0x1000), SharedBank("/t", "b", 0x4E002000, 0x1000))
    host = replace(host, reserved=reserved, shared=shared)
    given = replace(GIVEN, dom0_banks=BANKS)
    subject = replace(named(host, "d0", given), passthrough=(Span(0, 4096), Span(8192, 4096)))
    regions = [Extent(0, LEAST)] * count
    size = tree_size(host, OLD, given, subject, regions)
    assert size is not None
    assert size.fits is False
    assert list(trees(host, subject, apart=apart)) == [too_large(OLD, subject, regions, size)]
    unknown = replace(subject, passthrough=None)
    fewer = [Extent(0, LEAST)] * (count if apart else count - 2)
    size = tree_size(host, OLD, given, unknown, fewer)
    assert size is not None
    assert list(trees(host, unknown, apart=apart)) == [too_large(OLD, unknown, fewer, size)]


def test_a_tree_that_fits_is_no_doubt() -> None:
    host = host_of(tree({**SMALL, "cpus": machine(2, 2)["cpus"]}), "head")
    given = replace(GIVEN, dom0_banks=BANKS)
    assert doubts_of_building(host, HEAD, given, named(host, "d0", given), apart_in_ram=False) == ()
    none = replace(host, dom0=replace(host.dom0, loaded=()))  # no kernel, so no tree
    assert doubts_of_building(none, HEAD, given, named(none, "d0", given), apart_in_ram=False) == ()


def of_building(host: Host, given: Given = GIVEN) -> list[str]:
    found = doubts_of_building(host, HEAD, given, named(host, "d0", given), apart_in_ram=False)
    return [each for each in found if not each.startswith("prepare_dtb_hwdom")]


def test_the_first_bank_may_be_too_small_for_the_kernel() -> None:
    """64 MiB are the first bank's at least: the kernel is whole 2 MiB, 2 MiB are the tree's, and some have to be left."""
    host = host_of(tree(SMALL), "head")
    for size, fits in ((60 * M, True), (60 * M + 1, False)):
        kernel = Module("/chosen/k", "kernel", 0x48000000, size, of_domain=False)
        sized = replace(host, modules=(kernel,))
        assert bool([each for each in of_building(sized) if "place_dtb_initrd" in each]) is not fits
        told = replace(GIVEN, dom0_banks=(Extent(0x40000000, 0x44000000),))
        assert [each for each in of_building(sized, told) if "place_dtb_initrd" in each] == []
        # What another domain has does not matter.
        more = replace(sized, domains=(replace(NODE, memory=256 * M),))
        assert bool([each for each in of_building(more) if "place_dtb_initrd" in each]) is not fits
        # Where nobody says how much dom0 has, it is 512 MiB, and the first bank 128 at least.
        unknown = replace(sized, options=replace(host.options, line=None, dom0_mem=None))
        assert [each for each in of_building(unknown) if "place_dtb_initrd" in each] == []


def test_a_device_over_ram_may_be_copied_to() -> None:
    host = host_of(tree(SMALL), "head")
    for address, doubtful in ((0x9000000, False), (0x4FFFF000, True), (0x50000000, False)):
        entry = Entry("/d", "reg", 0, address, 0x1000)
        over = replace(host, mapped=Addresses((entry,)))
        found = [each for each in of_building(over) if "copy_to_guest_phys" in each]
        assert bool(found) is doubtful


def test_the_heap_and_devices_of_no_size_are_doubts_of_any_placement() -> None:
    host = host_of(tree(SMALL), "head")
    large = replace(host, options=replace(host.options, dom0_mem=240 * M))
    assert [each for each in of_building(large) if each.startswith("whether allocate_memory_11")] != []
    assert [each for each in of_building(host) if each.startswith("whether allocate_memory_11")] == []
    two = (Entry("/d", "reg", 0, 0x9000000, 0x1000), Entry("/e", "reg", 0, 0x9000000, 0))
    empty = replace(host, mapped=Addresses(two))
    assert [each for each in of_building(empty) if each.startswith("whether rangeset_add_range")] != []
