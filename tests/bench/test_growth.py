"""Curves: a series ends where it takes too long or is refused, points are kept, tables and plots have them all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import page
from tests.bench.figures import FOLDER
from tests.bench.growth import __main__, points
from tests.bench.growth.curves import curves, entries, header
from tests.bench.growth.points import TITLES, Curve, Point, Series, measured
from tests.bench.spent import Spent, TooLongError
from verifier.commands.check import check
from verifier.reading.dtb import read_dtb
from verifier.reading.request import Request

PLOT = 40 << 10
"""Bytes that a plot may have at most."""


def taking(seconds: Callable[[int], float]) -> Callable[[int], Callable[[], Spent]]:
    return lambda size: lambda: Spent(seconds(size), 0, size << 20)


def refusing(size: int) -> Callable[[], Spent]:
    def run() -> Spent:
        if size > 1:
            raise RuntimeError("x ended with 2:\n/a: error: no")
        return Spent(1, 0, 1)

    return run


def stopped(_: int) -> Callable[[], Spent]:
    def run() -> Spent:
        raise TooLongError("more than 60 s")

    return run


def test_a_series_ends_and_the_others_go_on() -> None:
    series = [
        Series("slow", taking(lambda size: size * 20.0)),
        Series("fast", taking(lambda _: 0.1)),
        Series("refuses", refusing),
        Series("stopped", stopped),
        Series("missing", None),
        Series("patient", taking(lambda size: size * 40.0), math.inf),
    ]
    found = [*measured(Curve("regions", (1, 2, 3), series))]
    assert [(each.series, each.size, each.seconds, each.end) for each in found] == [
        ("slow", 1, 20.0, ""),
        ("fast", 1, 0.1, ""),
        ("refuses", 1, 1, ""),
        ("stopped", 1, None, "more than 60 s"),
        ("patient", 1, 40.0, ""),
        ("slow", 2, 40.0, "more than 30 s"),
        ("fast", 2, 0.1, ""),
        ("refuses", 2, None, "refused: no"),
        ("patient", 2, 80.0, ""),
        ("fast", 3, 0.1, ""),
        ("patient", 3, 120.0, ""),
    ]


def test_what_is_not_installed_is_said_and_has_no_point(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(points, "FILE", tmp_path / "growth.csv")
    series = [Series("ours", taking(lambda _: 1.0)), Series("theirs", None)]
    monkeypatch.setattr(__main__, "curves", lambda _: [Curve("boards", (1,), series)])
    monkeypatch.setattr(__main__, "find_spec", lambda _: None)
    assert __main__.main([]) == 1
    printed = capsys.readouterr()
    assert re.search(r"^theirs +not installed: not measured$", printed.out, re.MULTILINE)
    assert "matplotlib is not installed" in printed.err
    assert [each.series for each in points.read()] == ["ours"]


def test_points_are_kept_by_curve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(points, "FILE", tmp_path / "growth.csv")
    one, two = Point("boards", "a", 1, 0.5, 7), Point("iomem", "b", 2, None, None, "more than 60 s")
    points.keep({"boards": [one, one]})
    points.keep({"iomem": [two]})
    points.keep({"boards": [one]})
    assert points.read() == [one, two]


def test_a_curve_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["boats"]) == 2
    assert "no curve boats; there are entries, " in capsys.readouterr().err


def test_curves_and_their_titles(tmp_path: Path) -> None:
    assert {each.name for each in curves(tmp_path)} == {*TITLES}


def test_inputs_have_the_size_that_is_told() -> None:
    tree = read_dtb(entries(150), "a")
    devices = [node for node in tree.nodes if node.name.startswith("device")]
    starts = {
        node.properties["reg"][at : at + 8]
        for node in devices
        for at in range(0, len(node.properties["reg"]), 16)
    }
    assert len(starts) == 150
    assert len(re.findall(r"^#define GUEST_\w+_(?:BASE|ADDR) +xen_mk", header(20), re.MULTILINE)) == 20
    text = header(20).encode()
    found = {each.property: each.verdict for each in check(Request("a.h", content=text)).findings}
    assert found["no-overlap"] == found["within-ipa"] == "proved"


@pytest.mark.parametrize("curve", TITLES)
def test_a_plot_has_every_series_that_was_measured(curve: str) -> None:
    drawn = (FOLDER / f"{curve}.svg").read_bytes()
    assert len(drawn) < PLOT
    assert b"fill: #ffffff" in drawn
    names = {each.series for each in points.read() if each.curve == curve and each.seconds is not None}
    assert names
    for name in names:
        assert name.encode() in drawn, "python -m tests.bench.growth.plots"


@pytest.mark.parametrize("curve", TITLES)
def test_the_manual_shows_each_plot(curve: str) -> None:
    assert f"](benchmarks/{curve}.svg)" in (FOLDER.parent / "benchmarks.md").read_text(encoding="utf-8")


def test_the_table_has_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Point("iomem", "a", 1, 0.0123, 64 << 20),
        Point("iomem", "b", 1, 2.345, 5),
        Point("iomem", "a", 1000, None, None, "more than 60 s"),
        Point("iomem", "b", 1000, 463.4, None),
    ]
    monkeypatch.setattr(points, "read", lambda: found)
    assert page.growth().splitlines() == [
        "**Guest of xl**: entries of iomem",
        "",
        "| run | 1 | 1,000 | largest process |",
        "|---|--:|--:|--:|",
        "| a | 12 ms | - | 64 MiB |",
        "| b | 2.3 s | 460 s | < 12 MiB |",
        "",
        "* a, 1,000: more than 60 s",
    ]
