"""Whether the heap can hold what domains are to have, by hand from create_dom0, create_domUs and what they call.

Sums of guests are booted with Xen 4.17 (tests/live/stop_cases.py).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.reading.trees import Description
from tests.xen.test_host_regions import CELLS, DOMAIN, KERNEL, maps
from tests.xen.test_silent_stops import why
from verifier.layout.domain_map import Extent

MIB = 1 << 20
RELEASES = ("4.17.0", "4.19.0", "4.21.0", "head")
PLAIN: Description = {**DOMAIN, "xen,enhanced": "no-xenstore"}


def of(mib: int, **more: object) -> Description:
    return {**PLAIN, "memory": [0, mib << 10], **more}


def stops(chosen: Description, tag: str = "head", **board: Any) -> list[str]:
    """Of the domains that are not built. There is 1 GiB of RAM, and in it a kernel of 64 KiB and 256 KiB of Xen's text."""
    found = maps({"chosen": {"xen,xen-bootargs": "dom0_mem=256M", **chosen}, **board}, tag)
    return [f"{each.name}: {each.reasons[0]}" for each in found if each.boots is False]


@pytest.mark.parametrize("tag", RELEASES)
@pytest.mark.parametrize(("guests", "first"), [
    ((767,), None),  # 1024 - 256 MiB, less 320 KiB
    ((768,), "d1"), ((2000,), "d1"), ((400, 367), None), ((400, 368), "d2"), ((2000, 100), "d1"), ((300, 300, 300), "d3"),
])  # fmt: skip
def test_each_has_what_those_before_it_leave(guests: tuple[int, ...], first: str | None, tag: str) -> None:
    found = stops({f"d@{index}": of(mib) for index, mib in enumerate(guests)}, tag)
    assert [each.partition(":")[0] for each in found] == (
        [] if first is None else [f"d{index}" for index in range(int(first[1]), len(guests) + 1)]
    )
    if first is not None:
        assert found[0].startswith(
            f"{first}: allocate_memory panics: /chosen/d@{int(first[1]) - 1} is to have "
        )
        assert "before it ha" in found[0]


def test_the_sentence() -> None:
    (found,) = stops({"d": of(1024)})
    assert found == (
        "d1: allocate_memory panics: /chosen/d is to have 0x40000000 (1 GiB), and of the host's RAM 0x3ffb0000 (~1024 MiB) "
        "are free: neither reserved nor a boot module's; 1 domain before it has 0x10000000 (256 MiB) of that"
    )


@pytest.mark.parametrize(
    ("tag", "function"),
    [("4.19.0", "allocate_memory_11"), ("4.20.0", "allocate_memory"), ("head", "allocate_memory")],
)
def test_pages_of_a_coloured_dom0_are_allocate_memory_s(tag: str, function: str) -> None:
    """create_dom0: it is not direct-mapped. Before there were colours, the option says nothing."""
    chosen = {"xen,xen-bootargs": "dom0_mem=2G llc-coloring=on"}
    (d0,) = maps({"chosen": chosen}, tag, dom0_banks=None)
    assert d0.reasons[0].startswith(f"{function} panics: dom0 is to have 0x80000000 (2 GiB) (dom0_mem)")


@pytest.mark.parametrize("tag", RELEASES)
def test_static_memory_is_not_of_the_heap(tag: str) -> None:
    """assign_static_memory_11 and allocate_static_memory; it is not free for others either."""
    static = of(512, **{"xen,static-mem": [0x60000000, 0x20000000]})
    assert stops({"a": static, "b": of(255)}, tag) == []
    assert [each[:2] for each in stops({"a": static, "b": of(256)}, tag)] == ["d2"]


def test_what_is_reserved_is_not_free() -> None:
    reserved: Description = {**CELLS, "ranges": b"", "a": {"reg": [0x70000000, 0x10000000]}}
    board: dict[str, Any] = {"reserved-memory": reserved}
    assert stops({"d": of(511)}, **board) == []
    assert stops({"d": of(512)}, **board) != []


def test_a_static_heap_is_all_there_is() -> None:
    heap = {"xen,static-heap": [0x50000000, 0x20000000], **CELLS}
    assert stops({**heap, "d": of(256)}) == []
    assert stops({**heap, "d": of(257)}) != []


def test_without_dom0_all_is_for_guests() -> None:
    """Then there is no kernel of dom0; its own is in the tree once."""
    chosen = {"kernel@1": {"x": "y"}, "d": of(1023)}
    assert stops(chosen) == []
    assert [each[:2] for each in stops({**chosen, "e": of(1)})] == ["d2"]


def test_an_unknown_command_line_takes_nothing() -> None:
    """Then nobody knows how much dom0 has, and only what is certain is said."""
    assert stops({"xen,xen-bootargs": b"", "d": of(768)}) != []
    known = maps({"chosen": {"d": of(1000)}})
    assert not why(known)
    assert why(maps({"chosen": {"d": of(1025)}}))


def test_memory_wraps_at_64_bits() -> None:
    """`(paddr_t)mem * SZ_1K`: 2^54 + 2^15 KiB are 32 MiB."""
    assert stops({"d": {**PLAIN, "memory": [0x00400000, 0x8000]}}) == []


def test_more_than_the_guest_layout_holds() -> None:
    """GUEST_RAM0_SIZE and GUEST_RAM1_SIZE, 3 and 1016 GiB: what is left over is a panic even on a host of 2 TiB."""
    memory: Description = {"device_type": "memory", "reg": [0x40000000, 0x40000000]}
    ram = (Extent(0x40000000, 1 << 41),)
    for gib, fails in ((1019, False), (1020, True)):
        guest: Description = {**PLAIN, "memory": [gib >> 12, gib << 20 & 0xFFFFFFFF]}
        found = maps({"memory@40000000": memory, "chosen": {"d": guest}}, ram=ram, dom0_banks=None)
        assert ("GUEST_RAM_BANK_SIZES" in "".join(found[1].reasons)) == fails


HARDWARE: Description = {**of(256), "capabilities": [2], "direct-map": b"", "kernel@1": KERNEL}


@pytest.mark.parametrize("tag", ["4.21.0", "4.22.0", "head"])
def test_static_memory_of_a_hardware_domain_is_not_its_ram(tag: str) -> None:
    """construct_hwdom calls allocate_memory_11 whatever the node says; without the property direct-map is refused."""
    chosen: Description = {
        "kernel@1": {"x": "y"},
        "hw": {**HARDWARE, "xen,static-mem": [0x60000000, 0x8000000]},
    }
    (d1,) = maps({"chosen": chosen}, tag, dom0_banks=None)
    assert (d1.banks, d1.boots) == (None, True)
    told = (Extent(0x70000000, 0x80000000),)
    (d1,) = maps({"chosen": chosen}, tag, dom0_banks=told)
    assert (d1.banks, d1.boots) == (told, True)
    large = {**chosen, "hw": {**chosen["hw"], "memory": [0, 896 << 10]}}
    (d1,) = maps({"chosen": large}, tag, dom0_banks=None)
    assert d1.boots is False
    assert d1.reasons[0].startswith("allocate_memory_11 panics: /chosen/hw is to have 0x38000000 (896 MiB)")
