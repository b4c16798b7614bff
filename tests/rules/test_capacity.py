"""capacity, asked directly: what two small layouts offer, how much less it is, and where that comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.direct import case, layout, short
from verifier.layout.facts import Width
from verifier.layout.origin import Origin
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Fails
from verifier.reading import models
from verifier.rules import capacity

Macros = dict[str, str]
MIB = 1 << 20
FACTS = models.facts("head", "arm64")
TWO = replace(FACTS, widths=(Width(32, 1 << 39, "32"), Width(40, 1 << 40, "40")))


def region(name: str, base: int, size: int) -> Macros:
    return {f"{name}_BASE": f"{base:#x}ULL", f"{name}_SIZE": f"{size:#x}ULL"}


def pair(old: Macros, new: Macros) -> Case:
    return case_of(layout(new, "new.h"), TWO, layout(old, "old.h"))


RAM = region("RAM0", 16 * MIB, 4 * MIB)
HIGH = region("RAM1", (1 << 32) - MIB, 2 * MIB)
"""Half of it above what 32 bits name."""


@pytest.mark.parametrize(
    ("old", "new", "narrow", "wide"),
    [
        (RAM | HIGH, RAM | HIGH, 0, 0),
        (RAM, RAM | HIGH, 0, 0),
        (RAM | HIGH, RAM, MIB, 2 * MIB),
        (RAM | HIGH, RAM | region("RAM1", (1 << 32) - MIB, MIB), 0, MIB),
        (RAM | HIGH, RAM | region("RAM1", 1 << 32, 2 * MIB), MIB, 0),
        (RAM, {}, 4 * MIB, 4 * MIB),
    ],
)
def test_what_the_largest_guest_loses_at_each_width(old: Macros, new: Macros, narrow: int, wide: int) -> None:
    (found,) = capacity.obligations(pair(old, new))
    for bits, lost in ((32, narrow), (40, wide)):
        assert term.evaluate(found.bad, {"ipa_bits": bits}) == (lost > 0)
        assert term.evaluate(found.conflict, {"ipa_bits": bits}) == lost


def test_a_guest_without_ram_had_nothing_to_lose() -> None:
    assert capacity.obligations(pair({}, RAM)) == []
    assert capacity.obligations(pair({"B_PPI": "20"}, {"B_PPI": "20"})) == []


def test_a_layout_loses_nothing_to_itself() -> None:
    made = layout(RAM)
    assert capacity.obligations(case(made)) == []
    assert len(capacity.obligations(case(made, layout(RAM)))) == 1


def test_what_is_lost_is_named_by_the_maximum_or_by_the_banks() -> None:
    (banks,) = capacity.obligations(pair(RAM | HIGH, RAM))
    assert banks.subjects == ("GUEST_RAM0", "GUEST_RAM1")
    (stated,) = capacity.obligations(pair(RAM | HIGH | {"RAM_MAX": "0x600000ULL"}, RAM))
    assert stated.subjects == ("GUEST_RAM_MAX",)


GRANTS, FEWER = region("GNTTAB", 0x10000, 0x8000), region("GNTTAB", 0x10000, 0x7FFF)
V2 = region("GICD", 0x1000, 0x1000) | region("GICC", 0x2000, 0x2000)
ROOM = region("GICV3_GICR0", 1 << 30, 0x140000)
VIRTIO = region("VIRTIO_MMIO", 0x20000, 0x1000) | {
    "VIRTIO_MMIO_SPI_FIRST": "33",
    "VIRTIO_MMIO_SPI_LAST": "37",
}
ONE = VIRTIO | {"VIRTIO_MMIO_SPI_LAST": "33"}


@pytest.mark.parametrize(
    ("old", "new", "subjects", "before", "after", "unit"),
    [
        (GRANTS, GRANTS, ("GUEST_GNTTAB",), 8, 8, "frame"),
        (GRANTS, FEWER, ("GUEST_GNTTAB",), 8, 7, "frame"),
        (FEWER, GRANTS, ("GUEST_GNTTAB",), 7, 8, "frame"),
        (GRANTS, {}, ("GUEST_GNTTAB",), 8, 0, "frame"),
        (V2, V2, ("GUEST_MAX_VCPUS",), 8, 8, "vCPU"),
        (V2, V2 | {"MAX_VCPUS": "7"}, ("GUEST_MAX_VCPUS",), 8, 7, "vCPU"),
        (V2, ROOM, ("GUEST_MAX_VCPUS",), 8, 10, "vCPU"),
        (V2, {}, ("GUEST_MAX_VCPUS",), 8, 0, "vCPU"),
        (VIRTIO, VIRTIO, ("GUEST_VIRTIO_MMIO",), 5, 5, "virtio-mmio device"),
        (VIRTIO, ONE, ("GUEST_VIRTIO_MMIO",), 5, 1, "virtio-mmio device"),
        (ONE, VIRTIO, ("GUEST_VIRTIO_MMIO",), 1, 5, "virtio-mmio device"),
        (
            VIRTIO | region("A", 0x100000, 1) | region("PL011", 0x200000, 1),
            ONE,
            ("GUEST_VIRTIO_MMIO",),
            5,
            1,
            "virtio-mmio device",
        ),
    ],
)
def test_how_many_there_were_and_are(
    old: Macros, new: Macros, subjects: tuple[str, ...], before: int, after: int, unit: str
) -> None:
    (found,) = capacity.obligations(pair(old, new))
    figure = found.notes["figure"]
    assert (found.subjects, found.bad) == (subjects, after < before)
    assert (figure.before, figure.after, figure.unit) == (before, after, unit)


@pytest.mark.parametrize(
    ("old", "new"),
    [({}, GRANTS), ({}, V2), ({}, VIRTIO), (VIRTIO, {}), (region("GICD", 0x1000, 0x1000), V2)],
)
def test_what_was_not_there_or_is_told_elsewhere_is_not_compared(old: Macros, new: Macros) -> None:
    """A window that is gone is told by its region."""
    assert capacity.obligations(pair(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "message", "numbers"),
    [
        (
            GRANTS,
            FEWER,
            "the grant region holds 7 frames, 1 frame less than the 8 frames of old.h",
            (7, 8),
        ),
        (
            VIRTIO,
            ONE,
            "a guest has up to 1 virtio-mmio device, 4 virtio-mmio devices less than the 5 virtio-mmio devices of old.h",
            (1, 5),
        ),
    ],
)
def test_fewer_are_told_with_both_numbers(
    old: Macros, new: Macros, message: str, numbers: tuple[int, int]
) -> None:
    asked = pair(old, new)
    said = capacity.explain(asked, Fails(capacity.obligations(asked)[0], (), True, {"ipa_bits": 40}))
    assert (said.message, said.details, said.place) == (message, (), None)
    assert (said.counterexample.witness, said.counterexample.configuration) == (
        short(*numbers),
        {"ipa_bits": 40},
    )
    assert "waived" in said.help[0]


WINDOW = "GUEST_RAM0 was [0x1000000, 0x1400000), old.h:1"


@pytest.mark.parametrize(
    ("old", "new", "moved", "place"),
    [
        (RAM, RAM, [], None),
        (RAM, {}, [f"{WINDOW}, and is gone"], None),
        (
            RAM,
            region("RAM0", 16 * MIB, MIB),
            [f"{WINDOW}, and is [0x1000000, 0x1100000), new.h:1"],
            Origin("new.h", 2),
        ),
        (
            RAM,
            region("RAM0", 17 * MIB, 4 * MIB),
            [f"{WINDOW}, and is [0x1100000, 0x1500000), new.h:1"],
            Origin("new.h", 1),
        ),
        (
            RAM | HIGH,
            RAM | region("RAM1", 1 << 33, MIB),
            ["GUEST_RAM1 was [0xfff00000, 0x100100000), old.h:3, and is [0x200000000, 0x200100000), new.h:3"],
            Origin("new.h", 3),
        ),
        (
            region("RAM", 16 * MIB, 4 * MIB),
            {"RAM_BASE": "0x1000000ULL"},
            ["GUEST_RAM was [0x1000000, 0x1400000), old.h:1, and is 0x1000000 and up, new.h:1"],
            None,  # the macro that is not what it was is not there
        ),
        (
            {"RAM_BASE": "0x1000000ULL"},
            {"RAM_BASE": "0x2000000ULL"},
            ["GUEST_RAM was 0x1000000 and up, old.h:1, and is 0x2000000 and up, new.h:1"],
            Origin("new.h", 1),
        ),
    ],
)
def test_a_smaller_guest_is_told_by_its_banks(
    old: Macros, new: Macros, moved: list[str], place: Origin | None
) -> None:
    asked = pair(old, new)
    (found,) = capacity.obligations(asked)
    noted = replace(found, notes={"amounts": {32: (3 * MIB, 2 * MIB), 40: (5 * MIB, MIB)}})
    said = capacity.explain(asked, Fails(noted, (), True, {"ipa_bits": 40}))
    assert said.message == (
        "the largest guest shrinks from 0x500000 (5 MiB) to 0x100000 (1 MiB), by 4 MiB, against old.h, with 40 ipa bits"
    )
    assert said.details == (
        *moved,
        "32 ipa bits: 3 MiB before, 2 MiB now",
        "40 ipa bits: 5 MiB before, 1 MiB now",
    )
    assert said.counterexample.witness == short(MIB, 5 * MIB)
    assert (said.place, said.counterexample.configuration) == (place, {"ipa_bits": 40})
    assert "waived" in said.help[0]


def test_it_compares_and_is_no_advice() -> None:
    """What is lost fails a run, and a comparison tells it apart."""
    assert (capacity.RULE.relative, capacity.RULE.advice, capacity.RULE.about_regions) == (True, False, True)
