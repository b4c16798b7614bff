"""The page of all boards and its summary agree with each other, with the trees that are stored, and (TREES=1) with all.

`make trees` computes both anew from Debian's package.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.board_answers import RELEASES, answer
from tests.board_classes import CLASSES, PERMITTED, class_of
from tests.boards_table import CHAPTER, OPEN, SOUND, SUMMARY, TABLE, trees, verdicts, written
from tests.reading.trees import machine, tree
from verifier.commands.host_inputs import Asked, tree_of
from verifier.commands.host_report import host
from verifier.layout.board_finding import BoardFinding
from verifier.layout.finding import Verdict
from verifier.reading.as_shipped import without_empty_banks

TEXT = TABLE.read_text(encoding="utf-8")
CHAPTER_TEXT = CHAPTER.read_text(encoding="utf-8")
STORED = Path(__file__).parent / "boards"
LAYERSCAPE = "freescale/fsl-ls1028a-kontron-sl28"


def rows() -> list[list[str]]:
    """Cells of the table of all boards."""
    lines = TEXT.partition("## All boards")[2].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][
        1:
    ]


def by_board() -> dict[str, tuple[str, list[str]]]:
    """IOMMU, and regions and verdict of each release, of each board."""
    return {f"{row[0]}/{name}": (row[2], row[3:]) for row in rows() for name in row[1].split(", ")}


def summary(text: str) -> str:
    found = SUMMARY.search(text)
    assert found
    return found[0]


def counted() -> dict[str, list[int]]:
    """The numbers of the summary."""
    lines = [line.strip("|").split("|") for line in summary(TEXT).splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [int(each) for each in cells[3:]] for cells in lines}


def test_the_manual_has_the_summary_and_every_class_is_told() -> None:
    assert summary(CHAPTER_TEXT) == summary(TEXT)
    names = [each.id for each in CLASSES]
    assert set(counted()) == {*names, OPEN, SOUND}
    assert all(f"**`{name}`**: " in TEXT for name in names)


def test_the_summary_counts_the_rows() -> None:
    boards = by_board()
    names = [name for row in rows() for name in row[1].split(", ")]
    assert len(boards) == len(names) == 577
    assert "on the 577 boards" in TEXT
    for at in range(len(RELEASES)):
        told = [
            (iommu != "-", set(re.findall(r"(?:^|<br>)`([a-z-]+)`", cells[2 * at + 1])))
            for iommu, cells in boards.values()
        ]
        assert all(classes for _, classes in told)
        found = Counter(name for _, classes in told for name in classes)
        driven = Counter(name for has, classes in told if has for name in classes)
        for name, numbers in counted().items():
            if name != PERMITTED:
                assert numbers[2 * at : 2 * at + 2] == [found[name], driven[name]], name


def test_no_board_that_is_cut_has_an_iommu_as_its_cause_says() -> None:
    assert counted()["cut"][1::2] == counted()["empty"][1::2] == [0, 0]


def test_every_built_board_is_offered_something_or_told_why_not() -> None:
    stops = {each.id for each in CLASSES if each.effect == "not built"}
    for name, (_, cells) in by_board().items():
        for regions, verdict in (cells[:2], cells[2:]):
            is_stopped = any(f"`{each}`" in verdict for each in stops)
            assert (regions == "-") == is_stopped, name
            assert (regions == "none") == ("`empty`" in verdict), name


@pytest.mark.parametrize(
    ("file", "board"), [("sl28.dtb", LAYERSCAPE), ("pi4.dts", "broadcom/bcm2711-rpi-4-b")]
)
def test_the_stored_board_has_the_classes_of_the_table(file: str, board: str) -> None:
    """With trees of these boards whose RAM and interrupt controller are others: `open`, `page` and `lost` may differ."""
    content = (STORED / file).read_bytes()
    read = tree_of(content, file)
    _, cells = by_board()[board]
    for at, release in enumerate(RELEASES):
        known = set(verdicts(answer(read, release))) - {PERMITTED, SOUND, OPEN, "lost"}
        assert known == set(re.findall(r"`([a-z-]+)`", cells[2 * at + 1])) - {OPEN, "page"}


def test_what_debian_s_xen_printed_on_a_layerscape_is_in_the_table() -> None:
    printed = (STORED / "sl28-4.17.log").read_text(encoding="utf-8")
    assert "0x700200000->0x8800000000" in printed
    _, cells = by_board()[LAYERSCAPE]
    assert "[0x700200000, 0x8800000000) covers 1 GiB of /soc/pcie@3400000 ranges[1]" in cells[1]
    assert cells[3] == f"`{OPEN}`"


@pytest.mark.parametrize(
    ("file", "release"), [("sl28.dtb", "4.17"), ("pi3.dts", "4.17"), ("pi4.dts", "4.22"), ("a64.dts", "4.22")]
)
def test_an_answer_is_that_of_the_command(file: str, release: str) -> None:
    report = host(Asked(str(STORED / file), release=release, iommu=True, ipa_bits=(48,)))
    (given,) = report.maps
    found = answer(tree_of((STORED / file).read_bytes(), file), release)
    assert found.regions == (given.extended_regions or ())
    assert found.is_built == (given.boots is not False)
    refuted = [each.message for each in report.findings if each.verdict == "refuted"]
    assert [each.message for each in found.refuted] == refuted


def test_a_bank_without_size_is_left_out_and_another_entry_is_not() -> None:
    """The second reads as everything on a board that has it; the first is what a boot loader fills in."""
    cells = machine(2, 1)
    bank = {"device_type": "memory", "reg": [0, 0, 0]}
    two = {"device_type": "memory", "reg": [0, 0x8000_0000, 0x1000_0000, 0, 0x9000_0000, 0]}
    kept = without_empty_banks(
        tree({**cells, "memory@0": bank, "memory@80000000": two, "u": {"reg": [0, 0, 0]}})
    )
    assert kept.at("/memory@0") is None
    shown = kept.at("/memory@80000000")
    assert shown is not None
    assert shown.properties["reg"] == bytes.fromhex("00000000 80000000 10000000")
    assert kept.at("/u") is not None
    assert all(each == kept.nodes[each.index] and each.parent != each.index for each in kept.nodes)
    assert {kept.nodes[child].parent for child in kept.root.children} == {0}


def test_a_refutation_that_no_class_is_about_is_no_row() -> None:
    with pytest.raises(LookupError, match="aligned: a new one"):
        class_of(BoardFinding("aligned", Verdict.REFUTED, "d0", "a new one"))


@pytest.mark.skipif("TREES" not in os.environ, reason="make trees")
def test_the_trees_give_this_table(tmp_path: Path) -> None:
    paths, package = trees(tmp_path)
    assert f"`{package}`" in TEXT, f"boards.md is of another package than {package}: make boards"
    assert written(paths, package) == (TEXT, CHAPTER_TEXT)
