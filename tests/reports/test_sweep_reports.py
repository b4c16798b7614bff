"""What a sweep is told as: the counts of all formats are those of the records, and names from files do no harm."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest

from tests.schema import valid_document
from verifier.commands.sweep_progress import Progress, line
from verifier.layout.sweep import Outcome, Record, Setting, Skipped, SweepReport, SweptBoard
from verifier.reports import sweep_csv, sweep_html, sweep_json, sweep_rows, sweep_text

SETTINGS = (Setting("4.17.7", "release", True, (40,)), Setting("4.22.0", "debug", False))
COVERS = Outcome(
    "one-to-one-holes", "d0", "refuted", "unsound", 2, 1 << 35, "region 5 covers 32 GiB of a window"
)
STOPS = Outcome("built", "d0", "refuted", "not built", 1, 0, "no interrupt controller")
PAGE = Outcome("permissions-match", "d0", "refuted", "unsound", 46, 4096, "a page too many")
OPEN = Outcome("complete", "d0", "unknown", "", 1, 0, "RAM is not known")
BAD = Record("refuted", "refuted: d0 is unsound", "fsl", 8, (COVERS, PAGE))
STOPPED = Record("refuted", "refuted: d0 is not built", "brcm", 0, (STOPS,))
LESS = Record("refuted", "refuted: d0 is unsound", "fsl", 8, (PAGE,))
UNKNOWN = Record("unknown", "open: complete of d0", "fsl", 8, (OPEN,))
LOST = Record("error", "no answer: process ended by signal 9", fault="lost")
SOUND = Record("proved", "sound and complete", "fsl", 9)
HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[2J.dtb"


def swept(*boards: tuple[str, Record, Record], skipped: tuple[Skipped, ...] = ()) -> SweepReport:
    found = [
        SweptBoard((name,), hashlib.sha256(name.encode()).hexdigest(), (old, new))
        for name, old, new in boards
    ]
    return SweepReport(
        SETTINGS, tuple(sorted(found, key=lambda each: (each.worst.rank, each.names))), skipped
    )


REPORT = swept(
    ("sound.dtb", SOUND, SOUND),
    ("page.dtb", LESS, SOUND),
    ("lost.dtb", LOST, SOUND),
    ("stops.dtb", STOPPED, STOPPED),
    ("open.dtb", SOUND, UNKNOWN),
    ("covers.dtb", BAD, SOUND),
    skipped=(Skipped("notes.txt", "no device tree"),),
)


def test_worst_first_by_effect_and_then_size() -> None:
    """What is unsound before what is not built, a page too many after both, then no answer, then open."""
    names = [each.names[0] for each in REPORT.boards]
    assert names == ["covers.dtb", "stops.dtb", "page.dtb", "lost.dtb", "open.dtb", "sound.dtb"]


def test_the_sentence_counts_each_board_once() -> None:
    assert sweep_rows.headline(REPORT) == (
        "refuted: 6 boards in 2 settings: 3 refuted (2 unsound, 1 not built; permissions-match of 2, built of 1 and "
        "one-to-one-holes of 1), 1 without an answer, 1 open, 1 sound"
    )


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (swept(("a", SOUND, SOUND)), "proved"),
        (swept(("a", SOUND, UNKNOWN)), "unknown"),
        (swept(("a", SOUND, LOST)), "unknown"),
        (swept(("a", SOUND, SOUND), ("b", LOST, UNKNOWN), ("c", STOPPED, SOUND)), "refuted"),
        (swept(("a", SOUND, SOUND), skipped=(Skipped("b", "cannot be read", is_doubt=True),)), "unknown"),
        (swept(("a", SOUND, SOUND), skipped=(Skipped("b", "no device tree"),)), "proved"),
        (swept(), "unknown"),
    ],
)
def test_nothing_without_an_answer_is_proved(report: SweepReport, verdict: str) -> None:
    assert report.verdict == verdict
    assert json.loads(sweep_json.render(report))["verdict"] == verdict


def test_the_rows_are_the_records_counted() -> None:
    assert list(sweep_rows.by_verdict(REPORT)) == [
        ("refuted", "3", "1"), ("without an answer", "1", "0"), ("open", "0", "1"), ("sound", "2", "4"),
    ]  # fmt: skip
    assert list(sweep_rows.by_property(REPORT, "refuted")) == [
        ("one-to-one-holes", "unsound", "1", "0"),
        ("built", "not built", "1", "1"),
        ("permissions-match", "unsound", "2", "0"),
    ]
    assert list(sweep_rows.by_property(REPORT, "unknown")) == [("complete", "", "0", "1")]
    assert list(sweep_rows.by_vendor(REPORT)) == [
        ("fsl", "5", "2", "0"),
        ("brcm", "1", "1", "1"),
    ]


def test_a_sweep_in_which_nothing_is_refuted_has_no_table_of_refuted_boards() -> None:
    report = swept(("sound.dtb", SOUND, SOUND), ("open.dtb", SOUND, UNKNOWN))
    assert list(sweep_rows.by_vendor(report)) == []
    assert "by vendor" not in sweep_text.render(report)
    page = sweep_html.render(report)
    assert "By vendor" not in page
    assert page.count("<option>fsl</option>") == 1


def test_text_has_the_worst_and_says_how_many_it_leaves_out() -> None:
    text = sweep_text.render(REPORT)
    assert "  1 skipped: no device tree\n" in text
    assert "  4.17.7 with IOMMU: refuted: d0 is unsound\n    d0: unsound: one-to-one-holes: region 5" in text
    assert "  every setting: refuted: d0 is not built\n" in text
    assert "sound.dtb" not in text
    short = sweep_text.render(SweepReport(REPORT.settings, REPORT.boards, REPORT.skipped, top=1))
    assert "stops.dtb" not in short
    assert "4 more boards not sound in every setting (--top 5 or -v tells them)" in short
    assert "sound.dtb" in sweep_text.render(REPORT, verbose=True)
    assert sweep_text.render(REPORT, quiet=True) == sweep_rows.headline(REPORT) + "\n"


def test_json_is_valid_and_has_times_only_when_asked() -> None:
    for verbose in (False, True):
        document = json.loads(sweep_json.render(REPORT, verbose=verbose))
        valid_document(document)
        assert ("seconds" in document) is verbose
    assert document["settings"][0]["boards"] == {"refuted": 3, "error": 1, "unknown": 0, "proved": 2}
    assert document["boards"][3]["answers"][0]["fault"] == "lost"


def test_csv_has_a_row_for_every_answer() -> None:
    rows = list(csv.DictReader(StringIO(sweep_csv.render(REPORT))))
    assert {(each["board"], each["release"]) for each in rows} == {
        (board.names[0], setting.release) for board in REPORT.boards for setting in SETTINGS
    }
    covers = [each for each in rows if each["board"] == "covers.dtb" and each["release"] == "4.17.7"]
    assert [(each["property"], each["largest"], each["ipa_bits"]) for each in covers] == [
        ("one-to-one-holes", str(1 << 35), "40"), ("permissions-match", "4096", "40"),
    ]  # fmt: skip
    (lost,) = (each for each in rows if each["board"] == "lost.dtb" and each["release"] == "4.17.7")
    assert (lost["verdict"], lost["message"]) == ("error", LOST.headline)


def test_csv_says_where_findings_are_not_all() -> None:
    """46 pages too many are 46; of those of another board 46 are listed."""
    many = replace(BAD, outcomes=(COVERS, replace(PAGE, more=True)))
    rows = list(csv.DictReader(StringIO(sweep_csv.render(swept(("many.dtb", many, LESS))))))
    assert [(each["property"], each["findings"], each["more"]) for each in rows] == [
        ("one-to-one-holes", "2", "no"), ("permissions-match", "46", "yes"), ("permissions-match", "46", "no"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kept", "told"), [(0, "2 answers in"), (1, "1 answer in"), (2, "0 answers in")])
def test_one_answer_is_no_answers(kept: int, told: str) -> None:
    report = replace(swept(("a.dtb", SOUND, SOUND)), kept=kept, seconds=0.4)
    assert sweep_rows.times(report).startswith(f"{told} 0.4 s, {kept} known before; ")


def test_a_cell_is_no_formula() -> None:
    rows = list(csv.reader(StringIO(sweep_csv.render(swept(("=1+1.dtb", SOUND, SOUND))))))
    assert rows[1][0] == "'=1+1.dtb"


def test_the_page_needs_nothing_else_and_runs_no_foreign_script() -> None:
    page = sweep_html.render(swept((HOSTILE, BAD, SOUND), skipped=(Skipped(HOSTILE, "no device tree"),)))
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == page.count("<script") == 1
    digest = b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert not re.search(r"<[^>]*\s(?:src|href)=|https?:|@import|url\(", page)


def test_the_page_has_every_board_the_worst_first() -> None:
    page = sweep_html.render(REPORT)
    rows = re.findall(r'<tr data-verdict="(\w+)" data-vendor="([^"]*)"><td>([^<]*)', page)
    assert [each[2] for each in rows] == [board.names[0] for board in REPORT.boards]
    assert [each[0] for each in rows] == ["refuted", "refuted", "refuted", "error", "unknown", "proved"]


@pytest.mark.parametrize("render", [lambda report: sweep_text.render(report, verbose=True), sweep_csv.render])
def test_names_stay_in_their_line(render: Callable[[SweepReport], str]) -> None:
    text = render(swept((f"{HOSTILE}\nproved: all", BAD, SOUND)))
    assert "\x1b" not in text
    assert "\nproved: all" not in text


def test_progress_has_rate_and_time_left() -> None:
    assert line(812, 2308, 61.34, 3) == "812 of 2308 (35%), 61.3 a second, 24 s left, 3 errors"
    assert line(1, 100_000, 2.0, 0) == "1 of 100000 (0%), 2.0 a second, 14 h left"


def test_progress_goes_to_standard_error_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter([0.0, 4.0, 11.0, 12.0])
    monkeypatch.setattr("verifier.commands.sweep_progress.monotonic", lambda: next(now))
    progress = Progress()
    for done in (1, 2, 3):
        progress(SOUND if done < 2 else LOST, done, 10)
    progress.end()
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "2 of 10 (20%), 0.2 a second, 44 s left, 1 error\n")
