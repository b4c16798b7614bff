"""Which theorems a property of a board takes: by what the board has, and each where its assumptions hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.theorems.by_hand import SHARED_PROVER, named
from verifier.theorems.on_a_board import applied
from verifier.theorems.setting import Setting
from verifier.theorems.statements.unallocated import EXAMPLE, LITTLE_RAM, PRODUCER
from verifier.xen.release import xen

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
