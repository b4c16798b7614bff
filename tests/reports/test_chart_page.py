"""Pictures as files: scale, size, time, escaping, the same bytes each time, no network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64decode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import charts
from tests.timing import growth, least_times, slowness
from verifier.commands import pictures, run
from verifier.commands.check import check
from verifier.layout.chart import view
from verifier.reading import models
from verifier.reading.request import Request
from verifier.reports import chart_html, chart_svg
from verifier.reports.chart_scale import LEAST, by_edges, linear
from verifier.reports.chart_shapes import shapes

SVG = "{http://www.w3.org/2000/svg}"
MOST = 60_000
"""Bytes of a header's page."""
LAYOUTS = [
    *(f"xen-{model.tags[-1]}" for model in models.releases()),
    *(model.name for model in models.proposals()),
]


def test_a_page_and_a_tebibyte_are_both_to_be_read() -> None:
    scale = by_edges([0, 1 << 12, 1 << 20, 1 << 40, 1 << 41])
    heights = [bottom - top for top, bottom in pairwise(scale.tops)]
    assert all(LEAST <= height < 60 for height in heights)
    assert heights == sorted(heights)
    plain = linear([0, 1 << 12, 1 << 41], scale.height)
    assert plain.y(1 << 12) < 1e-3
    assert plain.y(1 << 40) == pytest.approx(scale.height / 2)


def test_a_scale_ascends() -> None:
    edges = [0, 5, 4096, 1 << 30, (1 << 48) - 1, 1 << 48]
    scale = by_edges(edges)
    points = sorted({*edges, 3, 2048, 1 << 29, 1 << 45})
    tops = [scale.y(each) for each in points]
    assert all(one < other for one, other in pairwise(tops))
    assert scale.y(1 << 50) == scale.height == tops[-1]


def test_the_smallest_edge_of_all_stretches_is_a_line_of_text() -> None:
    """Of real maps: a stretch of 4 bytes of a SATA controller among them."""
    for name in charts.NAMES:
        found = charts.chart(name)
        ticks = [y for y, _ in shapes(found, view(found, found.first)).ticks]
        assert min(other - one for one, other in pairwise(ticks)) >= LEAST - 1e-9


@pytest.mark.parametrize("source", LAYOUTS)
def test_a_headers_page_is_small(source: str) -> None:
    assert len(pictures.page(check(Request(source))).encode()) <= MOST


def test_500_regions_take_no_longer_than_they_may() -> None:
    """Process time; jinja is loaded, its templates are compiled by the first of the runs."""
    many = charts.many(500)
    (taken,) = least_times(lambda: chart_html.render(*many), rounds=5)
    assert taken <= 0.2 * slowness()


def test_time_grows_with_the_regions_and_no_faster() -> None:
    few, many = charts.many(250), charts.many(1000)
    assert growth(lambda: chart_html.render(*few), lambda: chart_html.render(*many)) < 8


@pytest.mark.parametrize("name", [*charts.NAMES, "hostile"])
def test_an_svg_file_is_xml(name: str) -> None:
    """Its texts are those of the chart, without control characters, which XML has no way to write."""
    found = charts.spoilt(charts.chart("proposal")) if name == "hostile" else charts.chart(name)
    root = ElementTree.fromstring(chart_svg.render(found))
    assert {each.tag for each in root.iter()} <= {
        f"{SVG}{tag}"
        for tag in ("svg", "title", "desc", "style", "defs", "pattern", "line", "rect", "g", "path", "text")
    }
    blocks = [each for each in root.iter(f"{SVG}g") if "data-block" in each.attrib]
    assert len(blocks) == len(view(found, found.first).placed)
    assert all(each.attrib["role"] == "listitem" and each.find(f"{SVG}title") is not None for each in blocks)
    if name == "hostile":
        assert "</script><script>window.hacked=1</script>" in "".join(root.itertext())
        assert "\\x1b[31m" in "".join(root.itertext())


class Tags(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", [*charts.NAMES, "hostile"])
def test_a_page_needs_nothing_else(name: str) -> None:
    """No address, no handler in an attribute; its one script is the one that its policy has the digest of."""
    text = charts.page(name)
    tags = Tags(text).found
    for tag, attributes in tags:
        assert tag not in ("img", "link", "iframe", "object", "base", "a")
        assert not {key for key in attributes if key.startswith("on") or key in ("src", "href")}
    assert [tag for tag, _ in tags].count("script") == 2
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; ")
    script = text.rsplit("<script>", 1)[1].split("</script>")[0]
    assert b64decode(policy.split("'sha256-")[1].split("'")[0]) == sha256(script.encode()).digest()
    data = text.split('id="chart-data">')[1].split("</script>")[0]
    assert not set("<>&") & set(data)
    assert "\x1b" not in text


def test_equal_bytes_in_another_process() -> None:
    found = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "verifier", "map", "rfc-2021-safe-range", "--format", "html"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        found.append(done.stdout)
    assert found[0] == found[1] == charts.page("proposal").encode()


COMMANDS = {
    ("check", "rfc-2021-safe-range"): 1,
    ("diff", "xen-4.15", "rfc-2021-safe-range"): 1,
    ("host", "tests/boards/sl28.dtb", "--xen", "4.17", "--iommu"): 1,
    ("guest", "--xen", "4.22", "--memory", "4G", "--ipa-bits", "40"): 0,
    ("map", "xen-4.22"): 0,
    ("map", "xen-4.22", "rfc-2021-safe-range"): 0,
}


@pytest.mark.parametrize("arguments", COMMANDS)
def test_each_command_has_a_page(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """With its findings; the exit status is that of the text."""
    assert run([*arguments, "--format", "html"]) == COMMANDS[arguments]
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("<!DOCTYPE html>\n")
    assert out.endswith("</html>\n")
    assert "<h2>" in out


def test_two_maps_in_text(capsys: pytest.CaptureFixture[str]) -> None:
    run(["map", "xen-4.15"])
    run(["map", "rfc-2021-safe-range"])
    each = capsys.readouterr().out
    assert run(["map", "xen-4.15", "rfc-2021-safe-range"]) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == sorted([*each.splitlines(), ""])


@pytest.mark.parametrize("is_new", [False, True])
def test_two_maps_are_no_better_than_the_worse(
    is_new: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever stands first; what is on no map is said with its header's name."""
    bad = tmp_path / "half.h"
    bad.write_text("#define GUEST_A_BASE 0x1000\n")
    sources = [str(bad), "xen-4.22"]
    assert run(["map", *(reversed(sources) if is_new else sources), "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert '<span class="verdict refuted">refuted</span>' in page
    assert f"not drawn of {bad}: GUEST_A has no size" in page


def test_the_linear_scale_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    """RAM1 is 1016 GiB, RAM0 3: so are their heights."""
    run(["map", "xen-4.22", "--format", "svg", "--scale", "linear"])
    root = ElementTree.fromstring(capsys.readouterr().out)
    heights = {}
    for group in root.iter(f"{SVG}g"):
        title, rect = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        if "data-block" in group.attrib and title is not None and rect is not None:
            heights[str(title.text).split()[0]] = float(rect.attrib["height"])
    assert heights["GUEST_RAM1"] / heights["GUEST_RAM0"] == pytest.approx(1016 / 3, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "/nonexistent<b>", "--format", "html"], "/nonexistent&lt;b&gt;"),
        (
            ["map", "tests/boards/sl28.dtb", "xen-4.22", "--format", "html"],
            "two maps side by side are for layouts",
        ),
        (["map", "-", "-", "--format", "html"], "both layouts are standard input"),
        (
            ["prove", "--format", "html"],
            "no format &#39;html&#39; here, only of check, diff, host, guest, map and sweep",
        ),
    ],
)
def test_errors_are_a_page_too(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert err
    assert words in out
    assert out.startswith("<!DOCTYPE html>\n")
    assert "<b>" not in out
