"""What decides the size of dom0's device tree and is not known: both ends by hand, each tree's size by `dom0_tree`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest

from tests.xen.test_bank_runs import M
from tests.xen.test_dom0_room import BOARD, GIVEN, OPTIONS, SUBJECT, TREES, found, needed
from tests.xen.test_dom0_tree_parts import ROOT, V2, V3, host
from tests.xen.test_refused_domains import NODE
from verifier.layout.dom0_tree import Copied, Dom0Tree, Frame, Loaded
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Iommu, SharedMemory


def shared(*each: tuple[int, str]) -> tuple[SharedMemory, ...]:
    """By guest address and id."""
    return tuple(SharedMemory("/s", name, None, guest, 4096, None) for guest, name in each)


@pytest.mark.parametrize(("count", "cpus", "pooled", "told", "least", "most"), [
    (4, None, False, None, 1, 4),
    (4, 3, False, None, 3, 3),
    (4, 3, True, None, 1, 4),  # dom0 may be in a pool of fewer
    (4, 3, True, 2, 2, 2),
    (1, None, False, None, 1, 1),
    (200, None, False, None, 1, 128),
])  # fmt: skip
def test_how_many_processors_may_be_open(
    count: int, cpus: int | None, told: int | None, least: int, most: int, *, pooled: bool
) -> None:
    processors = TREES.processors
    assert processors is not None
    trees = replace(TREES, processors=replace(processors, count=count, pooled=pooled))
    there = replace(BOARD, dom0=trees, options=replace(OPTIONS, dom0_max_vcpus=told))
    size = found(there, replace(GIVEN, cpus=cpus))
    assert (size.least, size.most) == (needed(vcpus=least), needed(vcpus=most))
    assert size.open == (() if least == most else (f"{least} to {most} vCPUs",))


def test_a_domain_without_a_number_of_processors_may_have_any() -> None:
    """Xen builds none; the answer is for all."""
    there = replace(
        BOARD,
        dom0=replace(TREES, loaded=(Loaded("/chosen/d", None, initrd=False),)),
        domains=(replace(NODE, path="/chosen/d", cpus=None),),
    )
    size = found(there, subject=replace(SUBJECT, path="/chosen/d"))
    assert (size.least, size.most) == (needed(vcpus=1), needed(vcpus=128))
    assert size.open == ("1 to 128 vCPUs",)


def test_banks_may_be_open() -> None:
    """128 MiB are 1 block of those that there are, or 32 of 4 MiB where no RAM is told; 12 digits are 48 bits."""
    size = found(subject=replace(SUBJECT, banks=None))
    assert (size.least, size.most) == (needed(), needed())
    assert size.open == ()
    above = (Bank("/m", 0, 0xC0000000, 0x50000000, "memory"),)
    size = found(replace(BOARD, memory=above), subject=replace(SUBJECT, banks=None))
    assert (size.least, size.most) == (needed(), needed(first_bank=9))
    assert size.open == ("how high its bank of RAM lies: --dom0-bank or a log tells it",)
    size = found(replace(BOARD, memory=()), subject=replace(SUBJECT, banks=None))
    assert (size.least, size.most) == (needed(first_bank=1), needed(banks=32, first_bank=12))
    assert size.open == ("1 to 32 banks of RAM: --dom0-bank or a log tells them",)


def test_as_many_banks_as_there_may_be_blocks() -> None:
    """256 MiB are two of 128 MiB, of which 512 MiB of RAM have enough."""
    there = replace(BOARD, options=replace(OPTIONS, dom0_mem=256 * M))
    size = found(there, subject=replace(SUBJECT, banks=None))
    assert (size.least, size.most) == (needed(), needed(banks=2))
    assert size.open == ("1 to 2 banks of RAM: --dom0-bank or a log tells them",)


HIGH = ("how high its bank of RAM lies: --dom0-bank or a log tells it",)


@pytest.mark.parametrize(("start", "end", "low", "high"), [
    (0x1000, 0x40000000, 4, 8),
    (0x10000, 0x40000000, 5, 8),
    (0x10000, 0x100000000, 5, 8),
    (0x10000, 0x100000001, 5, 9),
    (0xFFFFF000, 0x150000000, 8, 9),
    (0x100000000, 0x150000000, 9, 9),
])  # fmt: skip
def test_the_bank_may_begin_anywhere_in_ram(start: int, end: int, low: int, high: int) -> None:
    """`memory@`, its digits and NUL are 12, 16 or 20 bytes: up to 4, 8 and 12 digits. A boot memory map comes first."""
    memory = Bank("/m", 0, start, end - start, "memory")
    words = HIGH if low < high else ()
    for there, ram in (
        (replace(BOARD, memory=(memory,)), None),
        (BOARD, (Extent(start, end),)),
        (replace(BOARD, memory=()), (Extent(start, end - 0x1000), Extent(end - 0x1000, end))),
    ):
        size = found(there, replace(GIVEN, ram=ram), replace(SUBJECT, banks=None))
        assert (size.least, size.most) == (needed(first_bank=low), needed(first_bank=high))
        assert size.open == words


NONE: tuple[str, ...] = ()
ITS = ("whether Xen has a driver for the ITS",)


@pytest.mark.parametrize(("told", "ends", "words"), [
    ({}, (False, True), ITS), ({"its": True}, (True,), NONE), ({"its": False}, (False,), NONE),
])  # fmt: skip
def test_a_driver_for_the_its_may_be_open(
    told: Mapping[str, bool], ends: Sequence[bool], words: tuple[str, ...]
) -> None:
    gic = replace(V3, frames=(Frame("its", False, 16, True),), ranges=0)
    trees = replace(host("gic", "root", gic=gic), size=3000)
    given = replace(GIVEN, drivers={"static-shm": False, **told})
    size = found(replace(BOARD, dom0=trees), given)
    sizes = [needed(trees, has_its=each) for each in ends]
    assert (size.least, size.most, size.open) == (min(sizes), max(sizes), words)
    for other in (replace(V3, ranges=0), replace(V2, frames=gic.frames, ranges=0)):
        trees = replace(host("gic", "root", gic=other), size=3000)
        size = found(replace(BOARD, dom0=trees), given)
        assert (size.least, size.most, size.open) == (needed(trees), needed(trees), ())


SHM = ("whether Xen has static shared memory",)


@pytest.mark.parametrize(("told", "ends", "words"), [
    ({}, (False, True), SHM), ({"static-shm": True}, (True,), NONE), ({"static-shm": False}, (False,), NONE),
])  # fmt: skip
@pytest.mark.parametrize(("tag", "room"), [("4.21.2", 0), ("4.22.0", 5632)])
def test_static_shared_memory_may_be_open(
    told: Mapping[str, bool], ends: Sequence[bool], words: tuple[str, ...], tag: str, room: int
) -> None:
    given = replace(GIVEN, drivers={"its": False, **told})
    subject = replace(SUBJECT, shared=shared((0x80000000, "abcd"), (0x180000000, "long-id")))
    size = found(given=given, subject=subject, tag=tag)
    contents = ((8, 5), (9, 8))
    sizes = [needed(tag=tag, shared=contents if each else ()) for each in ends]
    assert (size.least, size.most, size.open) == (min(sizes), max(sizes), words)
    assert size.most_room - size.room == (room if len(ends) == 2 else 0)


def test_it_fits_with_static_shared_memory_and_without() -> None:
    """What makes the tree larger makes the buffer larger as well: no end of one is held against the other's."""
    subject = replace(SUBJECT, shared=shared((0x80000000, "a")))
    less, more = needed(tag="head"), needed(tag="head", shared=((8, 2),))
    given = replace(GIVEN, drivers={"its": False})
    there = replace(BOARD, dom0=replace(TREES, size=less - 4240))
    size = found(there, given, subject, tag="head")
    assert (size.least, size.most, size.room, size.fits) == (less, more, less, True)
    # A build without has one byte too few.
    size = found(replace(there, dom0=replace(TREES, size=less - 4241)), given, subject, tag="head")
    assert size.fits is None


def iommu(driver: str, *, usable: bool = True) -> Iommu:
    return Iommu("/i", f"v,{driver}", driver, usable)


@pytest.mark.parametrize(("told", "iommus", "enabled", "which"), [
    ({}, (), False, (0, 1, 2, 3)),
    ({"ipmmu": True}, (), False, (1, 3)),
    ({"ipmmu": False}, (), False, (0, 2)),
    ({"ipmmu": True, "smmu-v3": False}, (), False, (1,)),
    ({"ipmmu": True, "smmu-v3": True}, (), False, (3,)),
    ({"other": True}, (), False, (0, 1, 2, 3)),
    ({}, (iommu("ipmmu"),), True, (1, 3)),
    ({}, (iommu("ipmmu"),), False, (0, 1, 2, 3)),
    ({}, (iommu("ipmmu"), iommu("ipmmu")), True, (1, 3)),
    ({}, (iommu("ipmmu"), iommu("smmu")), True, (0, 1, 2, 3)),  # either may be the one in use
    ({}, (iommu("ipmmu"), iommu("smmu", usable=False)), True, (1, 3)),
    ({}, (iommu("ipmmu", usable=False),), True, (0, 1, 2, 3)),
    ({"ipmmu": False}, (iommu("ipmmu"),), True, (0, 2)),
])  # fmt: skip
def test_drivers_tell_which_trees_are_possible(
    told: Mapping[str, bool], iommus: tuple[Iommu, ...], which: Sequence[int], *, enabled: bool
) -> None:
    """A tree for each set of drivers, of different sizes; an IOMMU that is in use has a driver."""
    sets: tuple[tuple[str, ...], ...] = ((), ("ipmmu",), ("smmu-v3",), ("ipmmu", "smmu-v3"))
    for lengths in ((0, 40, 80, 120), (120, 80, 40, 0), (40, 0, 120, 80)):
        pieces = ((Copied(ROOT + length, (), "root"),) for length in lengths)
        trees = replace(TREES, trees=tuple(map(Dom0Tree, sets, pieces)))
        given = replace(GIVEN, iommu=enabled, drivers={**GIVEN.drivers, **told})
        size = found(replace(BOARD, dom0=trees, iommus=iommus), given)
        sizes = [needed(trees, each) for each in which]
        assert (size.least, size.most) == (min(sizes), max(sizes))
        unknown = [name for at, name in enumerate(sets[-1]) if len({each >> at & 1 for each in which}) == 2]
        assert size.open == tuple(f"whether Xen has a driver for {name}" for name in unknown)


def test_every_combination_of_what_is_open() -> None:
    """Against all of them, one after the other."""
    gic = replace(V3, frames=(Frame("its", False, 16, True),), ranges=0)
    trees = replace(host("gic", "root", gic=gic), size=3000)
    options = replace(OPTIONS, dom0_max_vcpus=None)
    processors = trees.processors
    assert processors is not None
    there = replace(
        BOARD, dom0=replace(trees, processors=replace(processors, count=9)), options=options, memory=()
    )
    subject = replace(SUBJECT, banks=None, shared=shared((0x80000000, "a")))
    size = found(there, replace(GIVEN, drivers={}), subject)
    sizes = [
        needed(
            trees, vcpus=cpus, banks=banks, first_bank=digits, shared=((8, 2),) if shm else (), has_its=its
        )
        for cpus, (banks, digits), shm, its in product(
            (1, 9), ((1, 1), (32, 12)), (False, True), (False, True)
        )
    ]
    assert (size.least, size.most) == (min(sizes), max(sizes))
    assert size.open == (
        "1 to 9 vCPUs", "1 to 32 banks of RAM: --dom0-bank or a log tells them", *ITS, *SHM,
    )  # fmt: skip
    fitting = {each <= 3144 for each in sizes}
    assert size.fits is (None if len(fitting) == 2 else fitting.pop())
