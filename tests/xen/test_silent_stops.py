"""What stops Xen before it has a console, or needs a tree of its own: each was seen in boots of the releases named."""

from __future__ import annotations

import pytest

from tests.reading.trees import Description, machine
from tests.xen.test_host_regions import CELLS, DOMAIN, KERNEL, maps
from verifier.layout.domain_map import DomainMap
from verifier.xen.release import Build

STATIC: Description = {**DOMAIN, "memory": [0, 0x1000], "#address-cells": [1], "#size-cells": [1]}


def why(found: tuple[DomainMap, ...]) -> str:
    return "; ".join(reason for each in found if each.boots is False for reason in each.reasons)


@pytest.mark.parametrize(("tag", "reserved", "stops"), [
    ("4.16.7", False, "bootmem_region_add"), ("4.16.7", True, ""), ("4.17.0", False, "setup_directmap_mappings"),
    ("4.17.0", True, "setup_directmap_mappings"), ("head", True, "setup_directmap_mappings"),
])  # fmt: skip
def test_memory_banks_that_share_a_page(tag: str, reserved: bool, stops: str) -> None:
    """The direct map is made page by page since 26a470875b; before, only free pages must not come twice.

    Seen with 4.16.0, 4.17.5, 4.19.0 and head (the last print nothing), and on four boards with Debian's 4.17.7, whose
    nodes `memory@` below `/reserved-memory` overlap.
    """
    board: Description = {"memory@60000000": {"device_type": "memory", "reg": [0x60000000, 0x1000]}}
    if reserved:
        board["reserved-memory"] = {**CELLS, "ranges": b"", "a": {"reg": [0x60000000, 0x1000]}}
    found = why(maps(board, tag))
    assert (stops in found) if stops else not found


@pytest.mark.parametrize(("reserved", "stops"), [
    ([[0x60000000, 0x1000]], True),
    ([[0x60001000, 0x1000]], True),
    ([[0x60000000, 0x1000], [0x60001000, 0x1000]], False),
    ([[0x60000800, 0x1000]], False),  # both pages in part
])  # fmt: skip
def test_of_two_pages_in_two_banks_none_may_be_free(reserved: list[list[int]], *, stops: bool) -> None:
    """Of 4.16: dt_unreserved_regions gives whole pages to the heap, before or behind what is reserved."""
    nodes = {f"r{at}": {"reg": each} for at, each in enumerate(reserved)}
    board: Description = {
        "memory@60000000": {"device_type": "memory", "reg": [0x60000000, 0x2000]},
        "reserved-memory": {**CELLS, "ranges": b"", **nodes},
    }
    assert ("bootmem_region_add" in why(maps(board, "4.16.7"))) is stops


def test_memory_banks_that_touch_within_a_page() -> None:
    """`PFN_DOWN` of the start and of the size: the half page is nobody's. Booted with head."""
    board: Description = {"memory@80000800": {"device_type": "memory", "reg": [0x80000800, 0x1000]}}
    assert not why(maps(board))


@pytest.mark.parametrize(("first", "second", "said"), [
    ([0x60000000, 0x400000], [0x60000000, 0x400000], "overlap"),
    ([0x60000000, 0x400000], [0x2000000, 0x400000], "outside RAM"),
    ([0x60000000, 0x400000], [0x60400000, 0x400000], ""),
    ([0x60000000, 0x400000], [0x3FC00000, 0x400000], "outside RAM"),
    ([0x60000000, 0x400000], [0x80000000, 0x400000], "outside RAM"),
    ([0x40000000, 0x400000], [0x7FC00000, 0x400000], ""),
])  # fmt: skip
def test_static_memory_that_cannot_be_taken(first: list[int], second: list[int], said: str) -> None:
    """Seen with 4.17.5 (twice the same) and 4.17.5, 4.19.0, head (outside RAM): not a line is printed."""
    domains: Description = {
        "one": {**STATIC, "memory": [0, 0x1000], "xen,static-mem": first},
        "two": {**STATIC, "memory": [0, 0x1000], "xen,static-mem": second},
    }
    found = why(maps({"chosen": domains}, "4.17.5"))
    assert "init_staticmem_pages" in found if said else "init_staticmem_pages" not in found
    assert said in found


@pytest.mark.parametrize(("banks", "counted"), [
    ([0x100000000], 0x40000000),  # 3 GiB of 4 fill GUEST_RAM0
    ([0xC0000000, 0x40000000], None),  # no bank goes on
    ([0x40000000, 0x100000000, 0x40000000], 0x40000000 + 0x80000000 + 0x40000000),  # 2 GiB of the second fill it
])  # fmt: skip
@pytest.mark.parametrize(("tag", "is_wrong"), [("4.17.5", True), ("4.21.2", True), ("4.22.0", False)])
def test_static_memory_that_goes_on_in_the_second_bank(
    banks: list[int], counted: int | None, tag: str, is_wrong: bool
) -> None:
    """`psize` is what is left when the bank has been placed, and that was summed up (d6a6ea77e1)."""
    total, wide = sum(banks), {"#address-cells": [2], "#size-cells": [2]}
    places = [(0x1000000000 + (at << 33), size) for at, size in enumerate(banks)]
    kernel = {**KERNEL, "reg": [0, 0x48000000, 0, 0x10000]}
    static = [half for place in places for number in place for half in (number >> 32, number & 0xFFFFFFFF)]
    one = {
        **STATIC,
        **wide,
        "kernel@1": kernel,
        "memory": [total >> 42, total >> 10],
        "xen,static-mem": static,
    }
    board: Description = {
        **machine(2, 2),
        "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0x20, 0]},
        "chosen": {**wide, "kernel@1": kernel, "one": one},
    }
    found = why(maps(board, tag))
    only = f"of which allocate_static_memory counts {counted or 0:#x}"
    said = f"xen,static-mem has {total:#x} bytes, {only}, memory {total:#x}"
    assert found == (said if counted is not None and is_wrong else "")


@pytest.mark.parametrize(("tag", "stops"), [("4.18.0", True), ("4.17.5", False)])
def test_a_kernel_in_reserved_memory_is_no_module(tag: str, stops: bool) -> None:
    """`add_boot_module` drops it since 6f7d56ccd3, `kernel_probe` then misses it: "Missing kernel boot module?"."""
    reserved: Description = {**CELLS, "ranges": b"", "a": {"reg": [0x48000000, 0x1000000]}}
    assert ("kernel_probe" in why(maps({"reserved-memory": reserved}, tag))) == stops


@pytest.mark.parametrize(("tag", "build", "stops"), [
    ("head", "debug", True), ("head", "release", False), ("4.20.4", "debug", False),
])  # fmt: skip
def test_a_number_of_three_cells(tag: str, build: Build, stops: bool) -> None:
    """`ASSERT_UNREACHABLE` of dt_read_number (c65ff27d71), seen with a debug build of head."""
    bus: Description = {
        "#address-cells": [3],
        "#size-cells": [1],
        "ranges": [1, 0, 0x100, 0x20000000, 0x1000],
    }
    found = why(maps({"bus": {**bus, "a": {"reg": [1, 0, 0x100, 0x1000]}}}, tag, build))
    assert ("dt_read_number" in found) == stops


def test_a_bridge_without_ranges() -> None:
    """`dt_for_each_range` for its windows fails ("no ranges; cannot enumerate"); seen with 4.17.7, 4.19.0 and head."""
    bridge: Description = {
        "device_type": "pci",
        "reg": [0x20000000, 0x1000],
        "#address-cells": [3],
        "#size-cells": [2],
    }
    assert "handle_device gives up at /pcie" in why(maps({"pcie": bridge}))


@pytest.mark.parametrize(("pages", "stops"), [(0x1000, True), (0x1004, False)])
def test_a_guest_of_4_mib_has_no_room(pages: int, stops: bool) -> None:
    """Kernel and device tree take 2 MiB each and must leave some (place_dtb_initrd); its regions are made before."""
    kernel: Description = {**KERNEL, "reg": [0x4A000000, 0x10000]}
    _, d1 = maps({"chosen": {"one": {**DOMAIN, "memory": [0, pages], "kernel@2": kernel}}})
    assert (d1.boots is False) == stops
    assert d1.extended_regions
    assert ("place_dtb_initrd" in "".join(d1.reasons)) == stops


def test_only_its_own_domain_is_stopped() -> None:
    """dom0 is built first and its regions are in the log; seen with 4.17.5, 4.19.0 and head."""
    d0, d1 = maps({"chosen": {"one": {**DOMAIN, "direct-map": b""}}})
    assert (d0.boots, d1.boots) == (True, False)
    assert d0.extended_regions


@pytest.mark.parametrize(("tag", "start"), [("4.16.7", 0x40000000), ("4.17.0", 0x60000000)])
def test_direct_map_has_a_meaning_since_it_exists(tag: str, start: int) -> None:
    """80e2005373; a guest of 4.16.0 reads the bank of the guest layout in its tree."""
    domain = {**STATIC, "xen,static-mem": [0x60000000, 0x400000], "direct-map": b""}
    if tag.startswith("4.16"):
        domain |= {"#xen,static-mem-address-cells": [1], "#xen,static-mem-size-cells": [1]}
    _, d1 = maps({"chosen": {"one": domain}}, tag)
    assert d1.banks is not None
    assert d1.banks[0].start == start
