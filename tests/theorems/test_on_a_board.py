"""Which theorems a property of a board takes: by what the board has, and each where its assumptions hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reading.trees import machine, tree
from tests.theorems.by_hand import SHARED_PROVER, named
from verifier.layout.domain_map import Extent
from verifier.layout.host import SharedMemory
from verifier.reading.host_tree import host_of
from verifier.theorems.on_a_board import applied
from verifier.theorems.setting import Setting
from verifier.theorems.statements.unallocated import EXAMPLE, LITTLE_RAM, PRODUCER
from verifier.xen import placements
from verifier.xen.placements import doubts_of_building
from verifier.xen.release import xen
from verifier.xen.subjects import Given, subjects

MIB, GIB = 1 << 20, 1 << 30
CROWD = replace(EXAMPLE, reserved=tuple((0x60000000 + n * 0x2000, 0x1000) for n in range(300)))
"""More entries than there can be regions, in 4 GiB of RAM."""


def theorems(property_: str, setting: Setting, tag: str = "head") -> set[str]:
    found = applied(SHARED_PROVER, xen(tag), setting, property_)
    assert found.holds is not bool(found.reason)
    return {each.removeprefix("unallocated/") for each in found.theorems}


def banks(count: int, size: int) -> Setting:
    """Banks that do not touch, each a region if it has 64 MiB."""
    return Setting(ram=tuple((GIB + n * GIB, size) for n in range(count)), grant=(1 << 50, 0x1000))


@pytest.mark.parametrize("property_", ["one-to-one-holes", "registers-fit"])
def test_shared_memory_is_named_where_there_is_any(property_: str) -> None:
    """Both take that no region lies in it; where there is none, no release needs to take any away."""
    assert "avoids-shared-memory" in theorems(property_, EXAMPLE)
    assert "avoids-shared-memory" not in theorems(property_, replace(EXAMPLE, shared=()))


def test_where_shared_memory_is_not_taken_away_nothing_is_told() -> None:
    """No theorem says it of 4.16, which had no such guests."""
    found = applied(SHARED_PROVER, xen("4.16.1"), replace(EXAMPLE, xen_reg=()), "registers-fit")
    assert not found.holds
    assert "avoids-shared-memory" in found.reason


@pytest.mark.parametrize(("setting", "tag", "form"), [
    (EXAMPLE, "head", "cap-if-few"), (CROWD, "head", "cap-if-little-ram"), (CROWD, "4.17.7", "cap-if-apart"),
])  # fmt: skip
def test_no_region_is_dropped(setting: Setting, tag: str, form: str) -> None:
    assert form in theorems("preconditions", setting, tag)


def test_many_entries_in_much_ram_are_not_told() -> None:
    much = replace(CROWD, ram=((0x40000000, 0x80000000), (0x100000000, 17 * GIB)))
    found = applied(SHARED_PROVER, xen("head"), much, "preconditions")
    assert not found.holds
    assert (
        "cap-if-little-ram takes that the banks of the host's RAM have no room for more than 256"
        in found.reason
    )


def test_the_first_release_takes_fewer() -> None:
    """128 in 4.16.0 (f1f38e26c3): no theorem of 256 speaks of it."""
    assert not applied(SHARED_PROVER, xen("4.16.0"), EXAMPLE, "preconditions").holds
    for form in ("few", "little-ram", "apart"):
        assert not named(f"unallocated/cap-if-{form}").applies(xen("4.16.0"))


@pytest.mark.parametrize(("count", "dropped"), [(256, 0), (257, 1)])
def test_as_much_ram_as_there_can_be_regions(count: int, dropped: int) -> None:
    """64 MiB each: the least RAM in which one region is dropped is the least that the assumption does not admit."""
    setting = replace(banks(count, 64 * MIB), ipa_bits=48)
    assert LITTLE_RAM.admits(setting) is not bool(dropped)
    assert len(PRODUCER.outcome(xen("head"), setting).dropped) == dropped


OVERLAPPING = replace(EXAMPLE, reserved=((0xB0000000, 0x20000000), (0xB8000000, 0x58000000)))
"""The second begins in the first, off RAM, and ends in the second bank: before 4.19.3 the first bank grows."""


@pytest.mark.parametrize(("setting", "tag", "holds"), [
    (OVERLAPPING, "head", True), (OVERLAPPING, "4.17.7", False), (replace(EXAMPLE, shared=()), "4.17.7", True),
])  # fmt: skip
def test_that_regions_lie_apart_in_ram_is_known_before_they_are_counted(
    setting: Setting, tag: str, holds: bool
) -> None:
    """Where a removal can give back what is no RAM there can be more regions than RAM has room for."""
    assert applied(SHARED_PROVER, xen(tag), setting, "built").holds is holds


@pytest.mark.parametrize(("apart_in_ram", "count"), [(True, 16), (False, 42)])
def test_the_most_regions_that_dom0s_tree_has_to_hold(
    apart_in_ram: bool, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 GiB of RAM has 16 times 64 MiB; a bank of it, one of dom0, the grant region and 39 reserved pages are 42 entries."""
    pages = {f"r@{n}": {"reg": [0x50000000 + n * 0x2000, 0x1000]} for n in range(39)}
    cells = {"#address-cells": [1], "#size-cells": [1]}
    memory = {"device_type": "memory", "reg": [0x40000000, GIB]}
    board = {
        **machine(1, 1),
        **cells,
        "memory@40000000": memory,
        "reserved-memory": {**cells, "ranges": b"", **pages},
    }
    host, model = host_of(tree(board), "head"), xen("head")
    given = Given(40, iommu=False, dom0_banks=(Extent(0x60000000, 0x70000000),))
    (subject,) = subjects(host, model, given)
    seen: list[int] = []
    monkeypatch.setattr(placements, "tree_size", lambda *asked: seen.append(len(asked[-1])))
    doubts_of_building(host, model, given, subject, apart_in_ram=apart_in_ram)
    # All shared memory of the host is counted once; that of dom0 is among it.
    shared = (SharedMemory("/chosen/shm", "a", 0x50000000, 0x60000000, 0x1000, None),) * 2
    doubts_of_building(host, model, given, replace(subject, shared=shared), apart_in_ram=apart_in_ram)
    assert seen == [count, count]
