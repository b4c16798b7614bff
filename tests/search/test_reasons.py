"""What pins each number, by hand."""

from __future__ import annotations

import pytest

from tests.rules.headers import SOUND
from verifier.layout.headroom import Pinned
from verifier.reading.request import Request, load
from verifier.search.headroom import headroom
from verifier.search.reasons import reasons

PLAIN = "#define GUEST_PHANDLE_GIC (65000)\n"


def pinned(request: Request, name: str) -> Pinned:
    loaded = load(request)
    (found,) = reasons(loaded, headroom(loaded, only=[name])).numbers
    return found


def told(found: Pinned) -> set[tuple[str, str, str]]:
    return {
        (each.kind, each.property, each.source.split(":")[-1] if ".toml" in each.source else "")
        for each in found.reasons
        if each.kind != "relative"
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GUEST_RAM_BANKS", {("equal", "well-formed", "56")}),
        ("GUEST_RAM_MAX", {("equal", "well-formed", "57"), ("written", "", "57")}),
        ("GUEST_RAM_BANK_BASES", {("equal", "well-formed", "56"), ("written", "", "56")}),
        ("GUEST_VPCI_ADDR_TYPE_MEM", {("equal", "pci-window-type", "38")}),
        ("GUEST_GICC_SIZE", {("equal", "minimum-size", ""), ("needs", "minimum-size", "")}),
        (
            "GUEST_GNTTAB_SIZE",
            {("below", "well-formed", "42"), ("above", "no-overlap", "44"), ("needs", "minimum-size", "")},
        ),
        ("GUEST_MAGIC_BASE", {("below", "no-overlap", "41"), ("above", "no-overlap", "49")}),
        ("GUEST_FFA_NOTIF_PEND_INTR_ID", {("above", "interrupts", "77")}),
    ],
)
def test_what_pins_a_number_of_a_release(name: str, expected: set[tuple[str, str, str]]) -> None:
    found = pinned(Request("xen-4.22"), name)
    assert told(found) == expected
    assert not found.free
    assert not found.unknown


def test_quantities_are_told_in_full() -> None:
    (need,) = (
        each for each in pinned(Request("xen-4.22"), "GUEST_GNTTAB_SIZE").reasons if each.kind == "needs"
    )
    assert need.value == 64 * 4096
    assert "64 grant frames" in need.sentence
    (need,) = (
        each for each in pinned(Request("xen-4.22"), "GUEST_GICV3_GICR0_SIZE").reasons if each.kind == "needs"
    )
    assert need.value == 128 * (128 << 10)


def test_a_number_that_nothing_pins_is_free() -> None:
    found = pinned(Request("plain.h", content=(SOUND + PLAIN).encode()), "GUEST_PHANDLE_GIC")
    assert found.free
    assert not [each for each in found.reasons if each.kind != "relative"]


def test_where_a_property_cannot_judge_nothing_is_free() -> None:
    text = SOUND + PLAIN + "#define GUEST_WHATEVER 7\n"
    found = pinned(Request("plain.h", content=text.encode()), "GUEST_PHANDLE_GIC")
    assert not found.free
    assert "matches no pattern" in found.unknown


def test_a_comment_that_gives_the_number_pins_it() -> None:
    request = Request("sound.h", content=SOUND.encode())
    stated = [
        each for each in pinned(request, "GUEST_GICV3_GICD_SIZE").reasons if each.property == "comments-agree"
    ]
    assert [(each.kind, each.source) for each in stated] == [("stated", "sound.h:7")]
    assert '"64 KiB"' in stated[0].sentence
    assert not [each for each in pinned(request, "GUEST_GICV3_GICD_BASE").reasons if each.kind == "stated"]
    (range_,) = headroom(load(request), only=["GUEST_GICV3_GICD_SIZE"]).ranges
    assert [str(each) for each in range_.comments] == ["sound.h:7"]
    assert range_.down.last < range_.value  # the comment changes with it, and does not stop it
