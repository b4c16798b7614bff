"""Maps of device trees of very many regions: no page is larger for them, and none is left out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.dense import dense
from tests.timing import growth
from verifier.commands import pictures
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.board_report import BoardReport
from verifier.layout.chart import Block, Chart
from verifier.reports.chart_board_folds import MOST, folded

_TOLD = re.compile(
    r"not drawn one by one: (\d+) blocks \((.*)\) are drawn as (\d+), up to (\d+) neighbours as one"
)


@dataclass(frozen=True)
class Case:
    """What there is very much of, and the kind of its blocks."""

    kind: str
    block: str
    iommu: bool


CASES = (Case("far apart", "device", True), Case("banks", "memory", False))


def reported(case: Case, count: int) -> BoardReport:
    content = dense(case.kind, count)
    asked = Asked("t.dtb", content=content, release="4.22", iommu=case.iommu, ipa_bits=(48,), repairs=False)
    return host(asked)


def told(chart: Chart) -> dict[str, tuple[int, int, int]]:
    """By kind: how many blocks are drawn as how many, and of how many one is."""
    found = (_TOLD.search(each.text) for each in chart.remarks)
    return {each[2]: (int(each[1]), int(each[3]), int(each[4])) for each in found if each}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_pages_do_not_grow(case: Case) -> None:
    """Twice as many entries are as many blocks, each twice as many neighbours; the page says so."""
    few, many = (reported(case, count) for count in (2 * MOST, 4 * MOST))
    small, large = (pictures.chart(each) for each in (few, many))
    assert told(small)[case.block][2] in (2, 3)
    assert told(large)[case.block][2] in (4, 5)
    for chart in (small, large):
        number, drawn, _ = told(chart)[case.block]
        assert sum(each.kind == case.block and each.column == 0 for each in chart.blocks) == drawn <= MOST
        assert number > drawn
    pages = [pictures.page(each) for each in (few, many)]
    assert len(pages[1]) < 1.2 * len(pages[0])
    assert all(_TOLD.search(each) for each in pages)


def test_every_entry_is_in_a_block() -> None:
    """What is folded covers each of those folded, and no kind but its own."""
    report = reported(CASES[0], 3 * MOST)
    blocks = [each for each in pictures.chart(report).blocks if each.kind == "device" and each.column == 0]
    entries = [each.extent for each in report.offers[0].board.obstacles if each.kind == "device"]
    assert len(entries) > 3 * MOST - 1
    for entry in entries:
        assert any(each.start <= entry.start and entry.end <= each.end for each in blocks)


def test_few_blocks_are_as_they_are() -> None:
    """No board that is drawn block by block is changed; of one more than that many, pairs are one."""
    blocks = [Block(f"d{index}", "device", 10 * index, 10 * index + 5) for index in range(MOST + 1)]
    assert folded(blocks[:-1]) == (blocks[:-1], [])
    drawn, notes = folded([*blocks[::-1], Block("m", "memory", 0, 7)])
    assert len(notes) == 1
    assert [each.name for each in drawn if each.kind == "memory"] == ["m"]
    pairs = [each for each in drawn if each.kind == "device"]
    assert len(pairs) == (MOST + 2) // 2
    assert (pairs[0].start, pairs[0].end, pairs[0].origin) == (0, 15, "d0 to d1")
    assert pairs[-1] == blocks[-1]


def test_the_end_is_that_of_the_longest() -> None:
    blocks = [
        Block("long", "device", 0, 10_000),
        *(Block("d", "device", at, at + 1) for at in range(1, MOST + 1)),
    ]
    assert folded(blocks)[0][0].end == 10_000


def test_time_grows_with_the_regions() -> None:
    """4 where time is linear, 16 where it is quadratic."""
    few, many = (reported(CASES[0], count) for count in (MOST, 4 * MOST))
    assert growth(lambda: pictures.page(few), lambda: pictures.page(many)) < 8
