"""Random trees before real Xen: what is wrong is found, and its tree made as small as what it shows allows."""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.live.cases import HIGH, PAGE, bus, holes, pci
from tests.live.differential import KEPT, Less, leave, run, shrunk, smallest, summary, tried
from tests.live.packages import Tools
from tests.live.random_trees import scene_of
from tests.live.source import Board, Guest, Node, device, reg, scene
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.board_report import BoardReport


def few() -> Board:
    """A device called `guilty` between two others."""
    guilty = device("guilty", 0x300000000, PAGE)
    return holes(device("a", HIGH, PAGE), guilty, device("b", 0x400000000, PAGE))


def crowd() -> Board:
    """Much that has nothing to do with the device called `guilty`."""
    guilty = Node(
        "guilty@300000000",
        ('compatible = "test,guilty";', reg((0x300000000, PAGE), (0x310000000, PAGE)), "x;"),
    )
    return holes(
        device("a", HIGH, PAGE),
        bus("soc", "ranges = <0x0 0x7 0x0 0x10000000>;", device("u", 0x1000000, 0x2000, cells=(1, 1))),
        guilty,
        pci("<0x2000000 0 0x20000000 0xa 0x0 0 0x10000000>"),
        *(device("d", 0x400000000 + n * 0x10000000, PAGE) for n in range(5)),
        guests=(Guest(),),
        reserves=((0x5F000000, PAGE), (0x5F800000, PAGE)),
    )


def names(less: Less) -> list[str]:
    """Of the nodes below the root that need not be there."""
    below = less.tree.children(less.tree.root)
    return [node.name for node in below if node.path not in KEPT and not node.name.startswith("iommu")]


def test_only_the_guilty_is_left() -> None:
    """By a predicate that looks for one range of one node; what Xen needs stays, as the tree that dtc reads."""
    found = shrunk(scene(crowd()), lambda less: "0x3 0x10000000 0x0 0x1000" in less.text())
    assert names(found) == ["guilty@300000000"]
    guilty = found.tree.at("/guilty@300000000")
    assert guilty is not None
    assert guilty.properties == {"reg": bytes.fromhex("00000003 10000000 00000000 00001000")}
    assert found.tree.reserved == ()
    assert "domU1" not in found.text()
    assert all(found.tree.at(path) is not None for path in KEPT)
    assert found.kernels == 2
    done = subprocess.run(
        ["dtc", "-q", "-f", "-O", "dtb"], input=found.text().encode(), capture_output=True, check=True
    )
    assert done.stdout == found.blob()


def test_a_mismatch_that_does_not_come_again_is_left_as_it_was(tools: Tools) -> None:
    """Predicted wrong once, then right: nothing smaller shows it."""
    result = tried(tools, 1, scene(few()), wrong_about_the_guilty)
    assert smallest(tools, result) == result


def wrong_about_the_guilty(asked: Asked) -> BoardReport:
    """A prediction with a fault: the last region of dom0 is forgotten where there is a certain device."""
    report = host(asked)
    first, *others = report.maps
    if b"guilty" not in Path(asked.tree).read_bytes() or not first.extended_regions:
        return report
    return replace(report, maps=(replace(first, extended_regions=first.extended_regions[:-1]), *others))


def test_a_wrong_prediction_is_found_and_made_small(tools: Tools, tmp_path: Path) -> None:
    """With real Xen: the injected fault is all that is left, and what is left boots."""
    result = tried(tools, 1, scene(few()), wrong_about_the_guilty)
    assert [each.kind for each in result.comparison.mismatches] == ["regions"]
    less = smallest(tools, result, wrong_about_the_guilty)
    assert isinstance(less.scene, Less)
    assert names(less.scene) == ["guilty@300000000"]
    assert less.booted.ended == "built"
    leave(tools, less, tmp_path / "left")
    left = {path.name for path in (tmp_path / "left").iterdir()}
    assert left >= {
        "host.dts",
        "host.dtb",
        "xen.log",
        "command.sh",
        "mismatch.txt",
        "stub.bin",
        "xen",
        "kernel0.img",
    }
    assert "guilty@300000000" in (tmp_path / "left" / "host.dts").read_text()
    assert (tmp_path / "left" / "mismatch.txt").read_text().startswith("regions: d0: predicted ")


def test_a_run_counts_what_it_compares(tools: Tools, tmp_path: Path) -> None:
    said: list[str] = []
    figures = run(tools, range(4), said.append, tmp_path)
    assert said == []
    assert figures["boots"] == 4
    assert figures["built"] + figures["stopped"] + figures["starved"] == 4
    assert figures["domains"] >= 2
    assert figures["mismatches"] == 0
    assert "4 boots in 2 s" in summary(figures, 2.0)


@pytest.mark.parametrize("seeds", [range(300)])
def test_random_trees_are_of_all_kinds_and_always_the_same(seeds: range) -> None:
    seen: Counter[str] = Counter()
    for seed in seeds:
        board = scene_of(seed)
        assert board == scene_of(seed)
        text = scene(board).text()
        seen.update({f"ipa {board.ipa_bits}": 1, f"cells {board.cells}": 1, f"guests {len(board.guests)}": 1})
        words = (
            "ranges = ",
            "ranges;",
            'device_type = "pci"',
            "reserved-memory",
            "/memreserve/",
            "no-map",
            "disabled",
        )
        seen.update(word for word in words if word in text)
        seen.update(
            {
                "many banks": len(board.banks) > 2,
                "off page": any("800 " in line for n in board.nodes for line in n.lines),
            }
        )
    assert set(seen) >= {f"ipa {bits}" for bits in (None, 32, 36, 40, 42, 44, 48)}
    assert set(seen) >= {"cells (2, 2)", "cells (2, 1)", "cells (1, 1)", "guests 0", "guests 1", "guests 2"}
    assert min(seen.values()) >= 3
    assert len(seen) >= 21


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_random_trees_compile(seed: int) -> None:
    assert scene(scene_of(seed)).blob().startswith(b"\xd0\x0d\xfe\xed")
