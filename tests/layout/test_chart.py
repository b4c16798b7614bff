"""What a chart has in a configuration is what the layout, the producers of Xen and the regimes say; nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests import charts
from tests.reports.test_text_map import GICS
from verifier.commands import pictures
from verifier.commands.board_options import asked_for
from verifier.commands.check import check
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.guest_report import guest
from verifier.layout.chart import Block, Chart, Column, Control, view, within
from verifier.layout.configuration import Configuration
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Report, Verdict
from verifier.layout.memory_map import memory_map, occupied_map
from verifier.logic.word import uint64
from verifier.reading.request import Request
from verifier.xen import libxl_regions
from verifier.xen.outcome import Span
from verifier.xen.release import xen


def in_steps(chosen: Configuration, report: Report) -> dict[str, int]:
    """A choice of the controls in the steps of the space."""
    dimensions = report.space.dimensions
    return {name: value // dimensions[name].unit for name, value in chosen.items() if name in dimensions}


@pytest.mark.parametrize("name", charts.LAYOUTS)
def test_every_choice_is_cut_to_a_guest_that_xen_builds(name: str) -> None:
    found, report = charts.chart(name), charts.report(name)
    kept = 0
    for chosen in charts.choices(found, 400, seed=1):
        own = within(found.columns[0], chosen)
        assert own is not None
        assert report.space.admits(in_steps(own, report))
        kept += own == chosen
        assert (own == chosen) == report.space.admits(in_steps(chosen, report))
    assert 0 < kept < 400


@pytest.mark.parametrize("name", charts.LAYOUTS)
def test_blocks_are_those_of_the_memory_map(name: str) -> None:
    """`memory_map` builds the map of one configuration from the macros; `libxl_regions` is the model of Xen's code."""
    found, report = charts.chart(name), charts.report(name)
    space, offers = report.space, bool(report.space.facts["extended-regions"])
    release = xen(report.release, "release")
    some_offered = False
    for chosen in charts.choices(found, 300, seed=2):
        own = within(found.columns[0], chosen)
        assert own is not None
        drawn = [(found.blocks[each.index], each.start, each.end) for each in view(found, chosen).placed]
        regions = {(block.name, start, end) for block, start, end in drawn if not _is_rest(block)}
        real = memory_map(space, in_steps(own, report))
        assert regions == {(each.name, each.start, each.end) for each in real}
        rests = sorted((start, end) for block, start, end in drawn if _is_rest(block))
        windows = [Span(each.start, each.size or 0) for each in space.layout.banks]
        used = [sum(each.size for each in real if each.name == bank.name) for bank in space.layout.banks]
        guest = libxl_regions.Guest(own["ipa_bits"], windows, used)
        expected = libxl_regions.find(release, guest).regions if offers else ()
        assert rests == [(each.start, uint64.add(each.start, each.size)) for each in expected]
        some_offered |= bool(rests)
    assert some_offered == offers


def _is_rest(block: Block) -> bool:
    return block.fill is not None and block.fill.is_rest


@pytest.mark.parametrize("name", charts.LAYOUTS)
def test_overlaps_are_on_exactly_where_there_are_some(name: str) -> None:
    """Against the plain map of each configuration, which knows of no regime."""
    found, report = charts.chart(name), charts.report(name)
    overlaps = {index: each for index, each in enumerate(found.conflicts) if each.property == "no-overlap"}
    seen = set()
    for chosen in charts.choices(found, 600, seed=3):
        own = within(found.columns[0], chosen)
        assert own is not None
        there = occupied_map(report.space, in_steps(own, report))
        real = {
            frozenset((one.name, other.name)): (max(one.start, other.start), min(one.end, other.end))
            for one, other in combinations(there, 2)
            if one.start < other.end and other.start < one.end
        }
        shown = view(found, chosen)
        on = {
            frozenset(overlaps[index].names.split(" and ")): index for index in shown.on if index in overlaps
        }
        assert set(on) == set(real)
        for pair, index in on.items():
            assert [(start, end) for each, start, end in shown.marks if each == index] == [real[pair]]
        seen.add(bool(real))
    assert seen == {"head": {False}, "faulty": {True}}.get(name, {True, False})


@pytest.mark.parametrize("name", ["proposal", "head"])
def test_what_lies_beyond_the_end_is_marked(name: str) -> None:
    found = charts.chart(name)
    beyond = {index for index, each in enumerate(found.conflicts) if each.property == "within-ipa"}
    assert beyond
    for chosen in charts.choices(found, 300, seed=4):
        shown = view(found, chosen)
        end = 1 << chosen["ipa_bits"]
        real = {
            (max(each.start, end), each.end)
            for each in shown.placed
            if each.end > end and not _is_rest(found.blocks[each.index])
        }
        assert {(start, last) for index, start, last in shown.marks if index in beyond} == real


@pytest.mark.parametrize("name", charts.LAYOUTS)
def test_every_example_shows_its_conflict(name: str) -> None:
    found = charts.chart(name)
    for index, each in enumerate(found.conflicts):
        if each.example is not None:
            assert index in view(found, each.example).on, each.message


def test_every_refutation_of_a_layout_is_a_conflict() -> None:
    for name in charts.LAYOUTS:
        told = {each.message for each in charts.chart(name).conflicts}
        for finding in charts.report(name).findings:
            wrong = finding.severity == "error" and finding.verdict in (
                Verdict.REFUTED,
                Verdict.UNKNOWN,
                Verdict.WAIVED,
            )
            assert (finding.message in told) == wrong


def test_what_is_not_decided_is_not_said_to_be_apart(tmp_path: Path) -> None:
    """A bank without a size: `no-overlap` cannot ask about it."""
    header = tmp_path / "open.h"
    header.write_text(GICS)
    assert pictures.chart(check(Request(str(header)))).is_apart
    header.write_text(GICS + "#define GUEST_RAM0_BASE 0x80000000ULL\n")
    drawn = pictures.chart(check(Request(str(header))))
    assert not drawn.is_apart
    assert any(each.verdict == "unknown" for each in drawn.conflicts)


def test_a_width_that_only_one_side_has() -> None:
    """4.4 has no 42 bits: its column is empty, the other is drawn."""
    found = charts.chart("two")
    chosen = {each.name: each.value for each in found.controls} | {"ipa_bits": 42}
    columns = {found.blocks[each.index].column for each in view(found, chosen).placed}
    assert columns == {1}
    assert within(found.columns[0], chosen) is None


def test_lanes_keep_blocks_apart() -> None:
    """Two blocks that share an address never share a lane; neighbours that only touch may."""
    spans = [(0, 10), (2, 4), (3, 8), (4, 6), (10, 12), (11, 13), (13, 20)]
    blocks = tuple(Block(f"b{index}", "other", *each) for index, each in enumerate(spans))
    found = Chart(
        "t",
        "t",
        "proved",
        (Column("c"),),
        blocks,
        (),
        (Control("ipa_bits", "w", 8, ((8, "8"),)),),
        (8,),
        True,
    )
    placed = view(found, None).placed
    for one, other in combinations(placed, 2):
        if one.start < other.end and other.start < one.end:
            assert one.lane != other.lane
            assert one.lanes == other.lanes
    assert [each.lanes for each in placed] == [3, 3, 3, 3, 2, 2, 1]


@pytest.mark.parametrize("name", ["board", "domains"])
def test_a_board_shows_what_each_setting_is_offered(name: str) -> None:
    """Each domain, width and IOMMU setting of the report: its regions, and its refutations, and no others."""
    found, report = charts.chart(name), charts.report(name)
    names = [words for _, words in next(each for each in found.controls if each.name == "domain").choices]
    for offer in report.offers:
        domain = offer.domain
        setting = (domain.ipa_bits, domain.iommu)
        shown = view(
            found,
            {"domain": names.index(domain.name), "ipa_bits": domain.ipa_bits, "iommu": int(domain.iommu)},
        )
        offered = {
            (each.start, each.end) for each in shown.placed if found.blocks[each.index].kind == "extended"
        }
        assert offered == {(each.start, each.end) for each in offer.regions}
        messages = sorted(
            each.message
            for each in report.findings
            if each.domain == domain.name
            and each.verdict in ("refuted", "unknown")
            and setting in each.settings
        )
        on = sorted(found.conflicts[index].message.split(": ", 1)[1] for index in shown.on)
        assert on == messages


MIB = 1 << 20
GUESTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "iomem in the first window": {"iomem": ("a0000,1",)},
    "iomem in the second, and in none": {"iomem": ("400000,10", "1000,1")},
    "dom0less": {"toolstack": "dom0less"},
}


@pytest.mark.parametrize("name", GUESTS)
def test_a_guest_for_every_size_is_the_guest_of_each_size(name: str) -> None:
    """One prediction for all sizes, as drawn for single ones, against predictions for these: no verdict is computed here."""
    asked = GuestAsked(asked_for("", release="4.20", ipa_bits=(32, 36, 40)), **GUESTS[name])
    report = guest(asked)
    found = pictures.chart(report)
    assert not [each for each in found.remarks if "not drawn: extended" in each.text]
    (sizes,) = (each for each in found.controls if each.name == "memory")
    borders = [stop + offset * MIB for stop in sizes.stops for offset in (0, 1)]
    for memory in {
        *borders,
        MIB,
        1535 * MIB,
        1536 * MIB,
        1537 * MIB,
        3072 * MIB,
        3073 * MIB,
        16384 * MIB,
        60 << 30,
    }:
        if not sizes.low <= memory <= sizes.high:
            continue
        single = guest(replace(asked, memory=memory))
        for offer in single.offers:
            bits = offer.domain.ipa_bits
            shown = view(found, {"domain": 0, "ipa_bits": bits, "iommu": 0, "memory": memory})
            kinds = {
                kind: [
                    (each.start, each.end) for each in shown.placed if found.blocks[each.index].kind == kind
                ]
                for kind in ("extended", "domain-ram")
            }
            assert kinds["domain-ram"] == [(each.start, each.end) for each in offer.domain.banks or ()]
            if offer.domain.boots is not False:
                assert kinds["extended"] == [(each.start, each.end) for each in offer.regions]
            wrong = {
                each.property
                for each in single.findings
                if each.verdict == "refuted" and (bits, False) in each.settings
            }
            assert {found.conflicts[index].property for index in shown.on} == wrong, (memory, bits)


def test_a_region_that_moves_otherwise_is_not_drawn() -> None:
    """It does not begin behind the memory of a window: nothing is drawn in its place, and that is said."""
    report = charts.report("guest")
    spoilt = []
    for offer in report.offers:
        first, *others = offer.domain.sizes
        moved = replace(first, at_most=tuple(Extent(each.start + MIB, each.end) for each in first.at_most))
        spoilt.append(replace(offer, domain=replace(offer.domain, sizes=(moved, *others))))
    found = pictures.chart(replace(report, offers=tuple(spoilt)))
    assert any("not drawn: extended regions" in each.text for each in found.remarks)
    least = {"domain": 0, "ipa_bits": 32, "iommu": 0, "memory": first.least}
    assert not [each for each in view(found, least).placed if found.blocks[each.index].kind == "extended"]
