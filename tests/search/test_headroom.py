"""How far numbers may go: against `check`, step by step, on small layouts; by hand, and judged again, on releases."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from functools import cache

import pytest

from verifier.commands.check import check
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict
from verifier.layout.headroom import Headroom, Range, Room, Side, Way
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.reading import models
from verifier.reading.request import Loaded, Request, load
from verifier.rules.catalogue import catalogue
from verifier.rules.judge import judge
from verifier.search import attempt
from verifier.search import headroom as module
from verifier.search.headroom import headroom

PAGE, SUPERPAGE = 0x1000, 0x200000
MOST_STEPS = 7
"""As far as `check` is asked in each direction."""
Key = tuple[str, tuple[str, ...]]


def small(seed: int) -> dict[str, int]:
    """Some regions a few pages wide and apart, a RAM window below 4 GiB, interrupts side by side."""
    source = random.Random(seed)
    names = ["VIRTIO_MMIO", "PL011", "GICD", "GICV3_GICD", "FOO", "BAR"]
    source.shuffle(names)
    values: dict[str, int] = {}
    at = source.randrange(3) * PAGE
    for name in names:
        size = source.randrange(1, 4) * PAGE
        values |= {f"GUEST_{name}_BASE": at, f"GUEST_{name}_SIZE": size}
        at += size + source.randrange(5) * PAGE
    if seed % 2:  # two that overlap: what is broken already is no stop
        values["GUEST_BAR_BASE"] = values["GUEST_FOO_BASE"]
    end = (1 << 32) - source.randrange(3) * SUPERPAGE
    values |= {"GUEST_RAM0_BASE": end - (96 << 20), "GUEST_RAM0_SIZE": 96 << 20}
    spis = source.sample(range(32, 44), 2)
    first = source.randrange(50, 54)
    values |= {"GUEST_VPL011_SPI": spis[0], "GUEST_FOO_SPI": spis[1]}
    values |= {"GUEST_VIRTIO_MMIO_SPI_FIRST": first, "GUEST_VIRTIO_MMIO_SPI_LAST": first + 5}
    return values | {"GUEST_EVTCHN_PPI": 31 - source.randrange(3), "GUEST_MAX_VCPUS": 4}


def request(values: dict[str, int], release: str) -> Request:
    lines = [f"#define {name} xen_mk_ullong({value:#x})" for name, value in values.items()]
    content = "\n".join([*lines, "#define GUEST_RAM_MAX GUEST_RAM0_SIZE", ""]).encode()
    return Request("small.h", xen=release, policy="none", content=content)


def refuted(values: dict[str, int], release: str) -> set[Key]:
    """What `check` refutes; a number that makes anything unknown is refuted as well."""
    found = check(request(values, release), repairs=False).findings
    judged = {rule.id for rule in catalogue() if not rule.relative and not rule.advice}
    return {
        (each.property, tuple(sorted(each.subjects)))
        for each in found
        if each.property in judged
        and each.severity == "error"
        and each.verdict in (Verdict.REFUTED, Verdict.UNKNOWN)
    }


def walked(
    values: dict[str, int], release: str, before: set[Key], found: Range, side: Side
) -> tuple[int, bool]:
    """The farthest value that breaks nothing new, by `check` alone, and whether a step beyond it breaks something."""
    good = found.value
    for _ in range(MOST_STEPS):
        up = good // found.unit * found.unit + found.unit
        value = up if side is Side.UP else (-(-good // found.unit) - 1) * found.unit
        if value < 0:
            return good, False
        if not refuted(values | {found.name: value}, release) <= before:
            return good, True
        good = value
    return good, False


@pytest.mark.parametrize("seed", range(4))
def test_it_goes_as_far_as_check_goes_step_by_step(seed: int) -> None:
    release, values = ("4.15", "4.22")[seed // 2 % 2], small(seed)
    found = headroom(load(request(values, release)))
    assert not found.doubts
    assert {each.name for each in found.ranges} == {*values, "GUEST_RAM_MAX"}
    before, stopped = refuted(values, release), 0
    for each in found.ranges:
        if each.name not in values:
            continue
        for way in each.ways:
            last, stops = walked(values, release, before, each, way.side)
            if stops:
                assert (way.last, way.room) == (last, Room.STOPPED), (each.name, way)
                stopped += 1
            else:
                assert abs(way.last - each.value) >= abs(last - each.value), (each.name, way)
    assert stopped > 20


@pytest.mark.parametrize("name", ["4.15", "4.22"])
def test_vcpus_go_as_far_as_their_redistributors_have_room(name: str) -> None:
    """150 times 128 KiB: arithmetic names the last good value, so nothing has to be bisected."""
    values = {
        "GUEST_GICV3_GICR0_BASE": 0x3020000,
        "GUEST_GICV3_GICR0_SIZE": 150 * 0x20000,
        "GUEST_MAX_VCPUS": 4,
    }
    values |= {"GUEST_RAM0_BASE": 1 << 30, "GUEST_RAM0_SIZE": 96 << 20}
    (found,) = headroom(load(request(values, name)), only=["GUEST_MAX_VCPUS"]).ranges
    assert (found.up.last, found.up.room, found.up.bisected) == (150, Room.STOPPED, False)
    assert {stop.property for stop in found.up.stops} == {"minimum-size"}


@cache
def release(name: str) -> Headroom:
    return headroom(load(Request(name)))


def way(name: str, side: Side) -> Way:
    found = next(each for each in release("xen-4.22").ranges if each.name == name)
    return found.up if side is Side.UP else found.down


@pytest.mark.parametrize(
    ("name", "side", "last", "stops"),
    [
        # 0x39000000 is the end of the grant region and the start of the magic pages
        ("GUEST_GNTTAB_SIZE", Side.UP, 0x1000000, {("no-overlap", "GUEST_MAGIC")}),
        ("GUEST_GNTTAB_BASE", Side.UP, 0x38000000, {("no-overlap", "GUEST_MAGIC")}),
        # the window below it ends at 0x23000000 + 0x10000000
        ("GUEST_GNTTAB_BASE", Side.DOWN, 0x33000000, {("no-overlap", "GUEST_VPCI_MEM")}),
        # one superpage; 64 frames would need less
        ("GUEST_GNTTAB_SIZE", Side.DOWN, 0x200000, {("well-formed", "GUEST_GNTTAB")}),
        # up to RAM at 0x40000000; 4 pages at least
        ("GUEST_MAGIC_SIZE", Side.UP, 0x40000000 - 0x39000000, {("no-overlap", "GUEST_RAM0")}),
        ("GUEST_MAGIC_SIZE", Side.DOWN, 4 * PAGE, {("minimum-size", "GUEST_MAGIC")}),
        # 4 GiB is the end of 32 bits, of bank 0, and the start of the prefetchable window
        (
            "GUEST_RAM0_SIZE",
            Side.UP,
            0xC0000000,
            {
                ("no-overlap", "GUEST_VPCI_PREFETCH_MEM"),
                ("within-ipa", "GUEST_RAM0"),
                ("reachable", "GUEST_RAM0"),
                ("banks", "GUEST_RAM0"),
            },
        ),
        # RAM ends at 2^40, the end of what LPAE outputs
        ("GUEST_RAM1_SIZE", Side.UP, 0xFE00000000, {("reachable", "GUEST_RAM1")}),
        # 128 redistributors of 128 KiB are 16 MiB, exactly the region
        ("GUEST_MAX_VCPUS", Side.UP, 128, {("minimum-size", "GUEST_GICV3_GICR0")}),
        ("GUEST_GICV3_GICR0_SIZE", Side.DOWN, 0x1000000, {("minimum-size", "GUEST_GICV3_GICR0")}),
        ("GUEST_GICC_SIZE", Side.UP, 0x2000, {("minimum-size", "GUEST_GICC")}),
        # interrupts 33 to 43 for virtio: 11 of 512 bytes need 5632, two pages
        ("GUEST_VIRTIO_MMIO_SIZE", Side.DOWN, 2 * PAGE, {("minimum-size", "GUEST_VIRTIO_MMIO")}),
        ("GUEST_VIRTIO_MMIO_SPI_LAST", Side.UP, 1019, {("interrupts", "GUEST_VIRTIO_MMIO_SPI_LAST")}),
        ("GUEST_TIMER_VIRT_PPI", Side.UP, 28, {("interrupts", "GUEST_TIMER_PHYS_S_PPI")}),
        # at most 256 buses of 1 MiB, and a start that is a multiple of the next power of two
        (
            "GUEST_VPCI_ECAM_SIZE",
            Side.UP,
            0x10000000,
            {
                ("no-overlap", "GUEST_ACPI"),
                ("minimum-size", "GUEST_VPCI_ECAM"),
                ("aligned", "GUEST_VPCI_ECAM"),
            },
        ),
        ("GUEST_VPCI_ECAM_SIZE", Side.DOWN, 1 << 20, {("well-formed", "GUEST_VPCI_ECAM")}),
    ],
)
def test_what_is_known_of_a_release(name: str, side: Side, last: int, stops: set[tuple[str, str]]) -> None:
    found = way(name, side)
    assert (found.last, found.room) == (last, Room.STOPPED)
    stem = re.sub("_(BASE|SIZE|ADDR)$", "", name)
    told = {
        (
            each.property,
            next((other for other in each.subjects if other not in (name, stem)), each.subjects[0]),
        )
        for each in found.stops
    }
    assert told == stops


def test_the_baseline_stops_nothing_but_is_told() -> None:
    costs = {each.property: each.sentence for each in way("GUEST_GNTTAB_SIZE", Side.DOWN).costs}
    assert set(costs) == {"minimum-size", "capacity", "stable"}
    assert "the grant region holds 3584 frames, 512 frames less than the 4096 frames" in costs["capacity"]
    assert not way("GUEST_GNTTAB_SIZE", Side.UP).costs


def keys(loaded: Loaded, changes: dict[str, int]) -> set[Key]:
    """What fails of a layout by itself, judged anew."""
    layout = replace(loaded.source.layout(changes), comments=())
    case = case_of(layout, loaded.facts, layout)
    rules = [rule for rule in catalogue() if not rule.advice and not rule.relative]
    return {
        (judgement.rule.id, tuple(sorted(each.subjects)))
        for judgement in judge(case, Decider(case.symbolic, explores=False), (), rules)
        for each in judgement.findings
        if each.verdict is Verdict.REFUTED and each.severity == "error"
    }


@pytest.mark.parametrize("name", [f"xen-{each.tags[0]}" for each in models.releases()])
def test_both_sides_are_judged_again_on_every_release(name: str) -> None:
    loaded = load(Request(name))
    before = keys(loaded, {})
    tried = 0
    for each in release(name).ranges:
        assert len({way.side for way in each.ways}) == 2
        for way in each.ways:
            assert way.questions < module.MOST_QUESTIONS // 2
            assert not way.bisected, (each.name, way)
            assert keys(loaded, {each.name: way.last}) <= before, (each.name, way)
            if way.room is Room.STOPPED:
                after = keys(loaded, {each.name: way.stops[0].value})
                assert {(stop.property, tuple(sorted(stop.subjects))) for stop in way.stops} <= after
                assert abs(way.stops[0].value - way.last) <= each.unit
                tried += 1
    assert tried > 10


def test_nothing_is_open_where_a_property_cannot_judge() -> None:
    found = release("xen-4.4.0")
    assert found.doubts
    assert not any(way.room is Room.OPEN for each in found.ranges for way in each.ways)


def test_bisection_finds_what_no_mark_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, sizes = load(request(small(0), "4.22")), ["GUEST_PL011_SIZE", "GUEST_GICD_SIZE", "GUEST_FOO_SIZE"]
    known = headroom(loaded, only=sizes)
    monkeypatch.setattr(module, "marks", lambda _case, _part: frozenset([1 << 20]))
    found = headroom(loaded, only=sizes)
    assert sum(each.up.bisected for each in found.ranges) >= 2
    for one, other in zip(known.ranges, found.ranges, strict=True):
        assert not one.up.bisected
        assert (one.down.last, one.up.last) == (other.down.last, other.up.last)
        assert one.up.stops == other.up.stops


def test_where_no_guest_is_left_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"#define GUEST_RAM0_BASE 0x40000000ULL\n#define GUEST_RAM0_SIZE 0x8000000ULL\n"
    monkeypatch.setattr(module, "marks", lambda _case, _part: frozenset())
    found = headroom(load(Request("ram.h", xen="4.22", content=text)), only=["GUEST_RAM0_BASE"]).ranges[0]
    assert (found.up.room, found.up.last) == (Room.UNKNOWN, 0x40000000 + SUPERPAGE)
    assert found.up.ends.startswith("no guest is left with 32 ipa bits")
    monkeypatch.undo()
    found = headroom(load(Request("ram.h", xen="4.22", content=text)), only=["GUEST_RAM0_BASE"]).ranges[0]
    assert (found.up.room, found.up.last) == (Room.STOPPED, (1 << 32) - 0x8000000)


def test_a_region_between_is_not_passed_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"#define GUEST_A_BASE 0ULL\n#define GUEST_A_SIZE 0x1000ULL\n#define GUEST_B_BASE 0x8000ULL\n"
    text += b"#define GUEST_B_SIZE 0x1000ULL\n"
    monkeypatch.setattr(module, "marks", lambda _case, _part: frozenset([0x10000]))
    found = headroom(load(Request("two.h", content=text)), only=["GUEST_A_BASE"]).ranges[0]
    assert found.up.room is Room.UNKNOWN
    assert found.up.last == 0
    assert "GUEST_B [0x8000, 0x9000) lies between" in found.up.ends


def test_what_follows_a_number_is_looked_at_step_by_step() -> None:
    """B goes with A: it meets C where A alone is far from everything, and beyond C both would be free again."""
    text = "#define GUEST_A_BASE 0x1000ULL\n#define GUEST_A_SIZE 0x1000ULL\n#define GUEST_B_BASE (GUEST_A_BASE + 0x100000)\n"
    text += "#define GUEST_B_SIZE 0x1000ULL\n#define GUEST_C_BASE 0x{:x}ULL\n#define GUEST_C_SIZE 0x1000ULL\n"
    near = headroom(
        load(Request("c.h", content=text.format(0x108000).encode())), only=["GUEST_A_BASE"]
    ).ranges[0]
    assert (near.up.room, near.up.last) == (Room.STOPPED, 0x7000)
    assert near.up.stops[0].subjects == ("GUEST_B", "GUEST_C")
    far = headroom(
        load(Request("c.h", content=text.format(0x180000).encode())), only=["GUEST_A_BASE"]
    ).ranges[0]
    assert (far.up.room, far.up.last) == (Room.UNKNOWN, 0x1000 + 64 * PAGE)
    assert far.up.ends.startswith("GUEST_B_BASE follows it")


def test_the_budget_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_QUESTIONS", 2)
    found = headroom(load(Request("xen-4.22")), only=["GUEST_PL011_BASE"]).ranges[0]
    assert found.up.room is Room.UNKNOWN
    assert found.up.ends == "2 values were tried, and no more are"


def test_the_budget_of_all_numbers_is_told_and_nothing_behind_it_is_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A release has some 230 obligations, so that 23,000 are a hundred layouts, of the 285 that it needs."""
    monkeypatch.setattr(attempt, "MOST_JUDGED", 23_000)
    found = headroom(load(Request("xen-4.22")))
    ways = [way for each in found.ranges for way in (each.down, each.up)]
    ends = {way.ends for way in ways if "layouts were tried in all, and no more are" in way.ends}
    assert len(ends) == 1
    assert 50 < int(ends.pop().split()[0]) < 200
    assert all(way.room is Room.UNKNOWN for way in ways[-4:])
    assert any(way.room is Room.STOPPED for way in ways[:4])


def test_a_macro_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputError, match=r"no macro GUEST_NOBODY in xen-4\.22\.0"):
        headroom(load(Request("xen-4.22")), only=["GUEST_NOBODY"])
