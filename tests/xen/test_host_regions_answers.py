"""The answer for each domain of a board, field by field: regions, registers, whether it is built, and why not, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.reading.trees import CPUS, Description, machine, tree
from tests.xen.test_host_regions import BANKS, CELLS, DOMAIN, GRANT, KERNEL, inputs
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Addresses, Entry, Host
from verifier.layout.open_grant import Bounds
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict, truncated
from verifier.xen.release import xen

MIB = 1 << 20
PAGE = 4096
RAM: Description = {"device_type": "memory", "reg": [0x40000000, 0x30000000]}
"""768 MiB."""
SHARED: Description = {
    "compatible": "xen,domain-shared-memory-v1",
    "#xen,shared-mem-address-cells": [1],
    "#xen,shared-mem-size-cells": [1],
}
ONE: Description = {**DOMAIN, "memory": [0, 0x10000]}
"""64 MiB."""
OPEN = "the grant region is not known: it is where Xen's text was loaded"


def shared(name: str, *numbers: int) -> Description:
    """`numbers` are host address, guest address and size, or the last two."""
    return {**SHARED, "xen,shm-id": name, "xen,shared-mem": list(numbers)}


def board(chosen: Description | None = None, tag: str = "head", **more: Any) -> Host:
    described: Description = {**machine(1, 1), "memory@40000000": RAM, **more}
    return host_of(tree({**described, "chosen": {**CELLS, "kernel@1": KERNEL, **(chosen or {})}}), tag)


def answers(host: Host, **given: Any) -> tuple[DomainMap, ...]:
    """Without IOMMU, and with RAM and grant region of dom0, unless something else is said."""
    return predict(host, xen(host.tag), inputs(**({"iommu": False} | given)))


def test_what_is_read_is_cut_in_each_cell() -> None:
    """One cell has the low 32 bits of a number, two have all that there is."""
    region = Extent(0x380000001, 0x380000001 + 0x380001001)
    assert truncated(region, (1, 1)) == Extent(0x80000001, 0x80000001 + 0x80001001)
    assert truncated(region, (2, 1)) == Extent(0x380000001, 0x380000001 + 0x80001001)
    assert truncated(region, (1, 2)) == Extent(0x80000001, 0x80000001 + 0x380001001)
    assert truncated(region, (2, 2)) == region


def test_dom0_without_iommu() -> None:
    """Its own RAM and the grant region are not offered; the rest of 768 MiB is, in whole 2 MiB."""
    (d0,) = answers(board())
    regions = (Extent(0x40400000, 0x50000000), Extent(0x60000000, 0x70000000))
    assert (d0.name, d0.path, d0.ipa_bits, d0.iommu) == ("d0", None, 40, False)
    assert (d0.producer, d0.banks, d0.grant_region) == ("find_unallocated_memory", BANKS, GRANT)
    assert (d0.extended_regions, d0.registers) == (regions, (GRANT, *regions))
    assert (d0.boots, d0.reasons, d0.open_grant, d0.dropped) == (True, (), None, ())
    assert d0.tree is not None
    assert d0.tree.fits


def test_producers_by_their_names() -> None:
    d0, d1 = answers(board({"one": ONE}), iommu=True)
    assert (d0.producer, d1.producer) == ("find_memory_holes", "find_domU_holes")
    assert (d1.reasons, d1.boots) == ((), True)


def test_what_follows_a_domain_that_is_not_built() -> None:
    odd = {**DOMAIN, "memory": [0, 0x10001]}
    why = "allocate_bank_memory does not end: 67109888 bytes are no whole pages"
    found = answers(board({"one": ONE, "two": odd, "three": ONE, "four": ONE}))
    assert [each.boots for each in found] == [True, True, False, False, False]
    assert [each.reasons for each in found[2:]] == [
        (why,),
        (f"Xen stops at d2: {why}",),
        (f"Xen stops at d2: {why}",),
    ]
    for each in found[2:]:
        assert (each.extended_regions, each.registers, each.tree, each.open_grant) == (None, None, None, None)


def test_ram_that_a_boot_loader_tells_of() -> None:
    """It is that of the tree only where nobody tells; without any the regions are open."""
    told = (Extent(0x40000000, 0x68000000),)
    assert answers(board(), ram=told)[0].extended_regions == (
        Extent(0x40400000, 0x50000000), Extent(0x60000000, 0x68000000),
    )  # fmt: skip
    empty: Description = {"memory@40000000": {"no": "memory"}}
    none = board(**empty)
    (d0,) = answers(none)
    assert (d0.extended_regions, d0.registers, d0.boots) == (None, None, None)
    assert d0.reasons == ("the host's memory is not known: the tree has none, a boot loader fills it in",)
    assert answers(none, ram=told)[0].extended_regions is not None


def test_banks_that_are_not_known_matter_without_iommu() -> None:
    (d0,) = answers(board(), dom0_banks=None)
    assert (d0.extended_regions, d0.registers, d0.boots) == (None, None, None)
    assert d0.reasons == ("the RAM banks of the domain are not known",)
    (d0,) = answers(board(), dom0_banks=None, iommu=True)
    assert d0.extended_regions is not None


def test_a_grant_region_that_is_not_known() -> None:
    """Xen's text is somewhere beside dom0's RAM and its kernel; with the IOMMU the regions do not depend on it."""
    (d0,) = answers(board(), grant_region=None)
    assert (d0.extended_regions, d0.registers, d0.boots, d0.reasons) == (None, None, None, (OPEN,))
    grant = d0.open_grant
    assert grant is not None
    assert grant.sizes == Bounds(PAGE, 64 * PAGE)  # opt_gnttab_max_frames
    places = [place for each in grant.regimes for place in each.places]
    assert min(place.start.least for place in places) == 0x40000000
    assert max(place.end.most for place in places) == 0x70000000
    kernel, banks = Extent(0x48000000, 0x48010000), BANKS[0]
    for hole in (kernel, banks):
        assert hole.start in {place.end.most for place in places}
        assert hole.end in {place.start.least for place in places}
        assert all(place.end.most <= hole.start or place.start.least >= hole.end for place in places)
    (d0,) = answers(board(), grant_region=None, iommu=True)
    assert d0.extended_regions is not None
    assert (d0.registers, d0.reasons, d0.open_grant) == (None, (), None)


def test_frames_of_the_command_line() -> None:
    (d0,) = answers(board({"xen,xen-bootargs": "gnttab_max_frames=2"}), grant_region=None)
    assert d0.open_grant is not None
    assert d0.open_grant.sizes == Bounds(PAGE, 2 * PAGE)
    (d0,) = answers(board({"xen,xen-bootargs": "gnttab_max_frames=0"}), grant_region=None)
    assert (d0.boots, d0.open_grant) == (False, None)


def test_a_place_that_settles_the_regions_does_not_settle_the_grant_region() -> None:
    """Where Xen lies inside 2 MiB, 1.5 MiB before their end, 256 KiB or less of it change nothing."""
    (d0,) = answers(board(), grant_region=None, image=Extent(0x44080000, 0x441F0000))
    assert d0.extended_regions == (
        Extent(0x40000000, 0x44000000), Extent(0x44200000, 0x50000000), Extent(0x60000000, 0x70000000),
    )  # fmt: skip
    assert (d0.grant_region, d0.registers, d0.boots, d0.reasons) == (None, None, True, (OPEN,))
    assert d0.open_grant is not None
    assert d0.tree is not None


def test_a_coloured_xen_is_in_no_one_place() -> None:
    host = board({"xen,xen-bootargs": "llc-coloring=on llc-size=1M llc-nr-ways=16"})
    (d0,) = answers(host, grant_region=None)
    assert (d0.open_grant, d0.extended_regions) == (None, None)
    assert OPEN in d0.reasons


@pytest.mark.parametrize("tag", ["4.17.7", "4.19.3", "4.21.2", "head"])
def test_shared_memory_of_guests_is_not_offered(tag: str) -> None:
    """Where it is in the host's RAM; before 2b557af192 it is among what is reserved, then taken for itself."""
    guest = {**ONE, "a": shared("a", 0x62000000, 0x20000000, 0x4000000)}
    reserved = {**CELLS, "ranges": b"", "r": {"reg": [0x6C000000, 0x4000000]}}
    d0, _ = answers(board({"one": guest}, tag, **{"reserved-memory": reserved}))
    lost = 2 * MIB if tag == "4.19.3" else 0  # 9b21841fd1
    assert d0.extended_regions == (
        Extent(0x40400000, 0x50000000 - lost), Extent(0x66000000, 0x6C000000 - lost),
    )  # fmt: skip


def test_shared_memory_from_the_heap_has_no_place() -> None:
    """`xen,shared-mem` without a host address."""
    guest = {**ONE, "a": shared("a", 0x62000000, 0x4000000)}
    d0, _ = answers(board({"one": guest}))
    assert d0.extended_regions == (Extent(0x40400000, 0x50000000), Extent(0x60000000, 0x70000000))


def test_shared_memory_of_dom0_is_not_offered_to_it() -> None:
    (d0,) = answers(board({"a": shared("a", 0x62000000, 0x62000000, 0x4000000)}))
    assert d0.extended_regions == (Extent(0x40400000, 0x50000000), Extent(0x66000000, 0x70000000))


def test_no_regions_and_why() -> None:
    """`ext_regions=off`, a kernel of 32 bits, a release without them, no node."""
    (off,) = answers(board({"xen,xen-bootargs": "ext_regions=off"}))
    assert (off.extended_regions, off.registers, off.producer) == ((), (GRANT,), None)
    assert (off.reasons, off.boots) == (("ext_regions is off",), True)
    (narrow,) = answers(board(), kernel_bits={"d0": 32})
    assert (narrow.extended_regions, narrow.reasons) == ((), ("its kernel has 32 bits",))
    # No guest of 4.16 has a node; had it one, none would be in it.
    old = board({"one": ONE}, "4.16.0")
    _, guest = answers(replace(old, domains=(replace(old.domains[0], enhanced="enabled"),)))
    assert (guest.extended_regions, guest.reasons) == ((), ("this release offers it none",))
    assert guest.registers == (Extent(0x38000000, 0x39000000),)
    plain = {name: value for name, value in ONE.items() if name != "xen,enhanced"}
    _, without = answers(board({"one": plain}))
    assert (without.reasons, without.producer, without.grant_region, without.registers) == (
        ("without xen,enhanced it has no hypervisor node",), None, None, (),
    )  # fmt: skip


def test_no_region_of_64_mib() -> None:
    """dom0 has 740 of 768 MiB."""
    (d0,) = answers(board(), dom0_banks=(Extent(0x41C00000, 0x70000000),))
    assert (d0.extended_regions, d0.reasons) == ((), ("find_unallocated_memory fails with ENOENT",))


def test_a_window_of_pci_that_ends_beyond_the_last_address() -> None:
    """handle_pci_range returns ERANGE; an entry of `reg` is not looked at."""
    for kind, fails in (("ranges", True), ("reg", False)):
        host = board()
        entries = (*host.addresses.entries, Entry("/pci", kind, 0, (1 << 64) - PAGE, 2 * PAGE))
        (d0,) = answers(replace(host, addresses=Addresses(entries)), iommu=True)
        assert ("find_memory_holes fails with ERANGE" in d0.reasons) == fails
        assert (d0.extended_regions == ()) == fails


def test_an_address_without_translation_where_only_the_walk_needs_it() -> None:
    """Of a device that dom0 does not get, find_memory_holes asks all the same, and then there are no regions."""
    bus = {
        **CELLS,
        "ranges": [0, 0x1000000, 0x1000],
        "gic@5000": {"reg": [0x5000, 0x1000], "compatible": "arm,gic-v3"},
    }
    host = board(soc=bus)
    (d0,) = answers(host, iommu=True)
    assert (d0.extended_regions, d0.registers, d0.boots) == ((), (GRANT,), True)
    (reason,) = d0.reasons
    assert reason.startswith("find_memory_holes gives up at /soc/gic@5000 reg[0]")
    (d0,) = answers(host)
    assert d0.reasons == ()
    assert d0.extended_regions != ()


@pytest.mark.parametrize(("holes", "dropped"), [(127, 0), (128, 1), (129, 2)])
def test_more_regions_than_xen_takes(holes: int, dropped: int) -> None:
    """4.16.0 takes 128 (NR_MEM_BANKS): so many holes are above 4 GiB, and one below the first device of all."""
    host = board(tag="4.16.0", cpus={**CPUS, "more": {"room": 8192 * "."}})
    ends = [Entry("/low", "reg", 0, 256 * MIB, (4 << 30) - 256 * MIB)]
    ends += [
        Entry(f"/d{at}", "reg", 0, (4 << 30) + at * 128 * MIB + 64 * MIB, 64 * MIB) for at in range(holes)
    ]
    last = (4 << 30) + holes * 128 * MIB
    ends.append(Entry("/high", "reg", 0, last, (1 << 40) - last))
    (d0,) = answers(replace(host, addresses=Addresses(tuple(ends))), iommu=True)
    assert d0.extended_regions is not None
    assert len(d0.extended_regions) == 128
    assert d0.dropped == tuple(
        Extent(start, start + 64 * MIB) for start in ((4 << 30) + at * 128 * MIB for at in range(127, holes))
    )
    said = [each for each in d0.reasons if "beyond" in each]
    noun = "region" if dropped == 1 else "regions"
    assert said == ([f"{dropped} more {noun} beyond the most that Xen takes"] if dropped else [])
