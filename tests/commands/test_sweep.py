"""`verifier sweep`: each board has the answer of `verifier host`, whoever works; nothing is left out silently."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.commands.host_documents import BOARD, IN_DOUBT
from tests.commands.sweep_workers import serial
from tests.dense import dense
from tests.reading.trees import Description, blob
from tests.schema import valid_document
from verifier.commands import files, run, sweep_inputs, sweep_task
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.commands.sweep import settings_of
from verifier.commands.sweep_inputs import inputs
from verifier.commands.sweep_results import results
from verifier.commands.sweep_run import processes, sweep
from verifier.commands.sweep_stamp import stamp
from verifier.commands.sweep_task import Batch, records
from verifier.layout.errors import InputError, InternalError
from verifier.layout.sweep import Setting, SweepReport
from verifier.reports import sweep_json
from verifier.rules.boards.rule import MOST

BOARDS = Path(__file__).parent.parent / "boards"


OVERLAY: Description = {
    "fragment@0": {"target-path": "/", "__overlay__": {"x": b""}},
    "__symbols__": {"dev": "/dev"},
}


def nothing(*_: object) -> None:
    """Of progress."""


SETTINGS = tuple(
    Setting(tag, "release", iommu, (40,)) for tag in ("4.17.7", "4.22.0") for iommu in (True, False)
)


def swept(*paths: Path | str, settings: tuple[Setting, ...] = SETTINGS, workers: Any = serial) -> SweepReport:
    with results(None, stamp()) as kept:
        return sweep(inputs([str(each) for each in paths]), settings, workers, kept, nothing)


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int) -> dict[str, Any]:
    assert run(["sweep", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    return found


def test_every_answer_is_that_of_host() -> None:
    """With a tree that is read once for all settings, and without repairs."""
    report = swept(BOARDS)
    assert len(report.boards) == len({*BOARDS.glob("*.dt[bs]")}) == 8
    for board in report.boards:
        for setting, record in zip(SETTINGS, board.records, strict=True):
            asked = Asked(board.names[0], setting.release, "release", setting.iommu, setting.ipa_bits)
            found = host(asked)
            refuted = {(each.domain, each.property) for each in found.findings if each.verdict == "refuted"}
            told = {(each.domain, each.property) for each in record.outcomes if each.verdict == "refuted"}
            assert (record.verdict, told) == (found.verdict, refuted), board.names
            other = {
                (each.domain, each.property)
                for each in found.findings
                if each.verdict in ("refuted", "unknown")
            }
            proved = {(each.domain, each.property) for each in found.findings if each.verdict == "proved"}
            assert record.proved == len(proved - other)
            for each in record.outcomes:
                group = [
                    one for one in found.findings if (one.domain, one.property, str(one.verdict))
                    == (each.domain, each.property, each.verdict)
                ]  # fmt: skip
                assert each.message in {one.message for one in group}
                assert (each.count, each.effect in {one.effect for one in group}) == (len(group), True)


def test_whoever_works_the_report_is_the_same() -> None:
    alone = sweep_json.render(swept(BOARDS))
    for jobs in (1, 3):
        report = swept(BOARDS, workers=processes(jobs, 120.0, 1 << 30))
        assert sweep_json.render(report) == alone
        assert not any(each.fault for board in report.boards for each in board.records)


def test_the_worst_comes_first() -> None:
    """32 GiB of a PCI endpoint's registers before 1 GiB of RAM, a page too much last; by hand from the boards' defects."""
    report = swept(BOARDS, settings=SETTINGS[:1])
    names = [Path(board.names[0]).name for board in report.boards]
    assert names[:2] == ["sl28.dtb", "zero-at-zero.dts"]
    assert names[-1] == "four-domains.dtb"
    assert {each.property for each in report.boards[-1].records[0].outcomes} == {"permissions-match"}


def test_nothing_but_boards_that_are_sound_is_proved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A board with one width at which nothing is cut is sound; one in doubt and one that is refuted change the verdict."""
    sound = str(BOARDS / "sl28.dtb")
    options = ("--xen", "4.22", "--iommu", "--ipa-bits", "40")
    assert document(capsys, sound, *options, status=0)["verdict"] == "proved"
    (tmp_path / "doubt.dtb").write_bytes(blob(IN_DOUBT))
    open_one = ("--xen", "4.22", "--no-iommu", "--ipa-bits", "40")
    assert document(capsys, sound, str(tmp_path), *open_one, status=3)["verdict"] == "unknown"
    (tmp_path / "cut.dtb").write_bytes(blob(BOARD))
    found = document(capsys, sound, str(tmp_path), *options, status=1)
    assert found["verdict"] == "refuted"
    # with an IOMMU the board in doubt has the cells of the other, and is cut as well
    assert found["settings"][0]["boards"] == {"refuted": 2, "error": 0, "unknown": 0, "proved": 1}


def test_a_tree_that_cannot_be_read_is_an_error_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.dtb").write_bytes((BOARDS / "sl28.dtb").read_bytes()[:500])
    (tmp_path / "sound.dtb").write_bytes((BOARDS / "sl28.dtb").read_bytes())
    found = document(capsys, str(tmp_path), "--xen", "4.22", "--iommu", "--ipa-bits", "40", status=3)
    first, second = found["boards"]
    assert (first["verdict"], first["answers"][0]["fault"], second["verdict"]) == ("error", "input", "proved")
    assert first["answers"][0]["headline"].startswith("cannot be read: ")


def test_no_board_is_no_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("no device tree")
    found = document(capsys, str(tmp_path), status=3)
    assert (found["verdict"], found["boards"], len(found["skipped"])) == ("unknown", [], 1)
    assert run(["sweep", str(tmp_path)]) == 3
    assert capsys.readouterr().out.startswith("nothing was checked")


def test_a_file_that_cannot_be_looked_at_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.dtb").write_bytes((BOARDS / "sl28.dtb").read_bytes())
    (tmp_path / "b.dtb").write_bytes(blob(BOARD))
    real = files.read

    def read(name: str) -> bytes:
        if name.endswith("b.dtb"):
            raise InputError("cannot be read: input/output error", name)
        return real(name)

    monkeypatch.setattr(sweep_inputs, "read", read)
    found = document(capsys, str(tmp_path), "--xen", "4.22", "--iommu", "--ipa-bits", "40", status=3)
    assert found["skipped"] == [
        {"name": f"{tmp_path}/b.dtb", "reason": "cannot be read: input/output error", "may_be_a_board": True}
    ]
    assert [each["verdict"] for each in found["boards"]] == ["proved"]


def test_contents_count_once_and_what_is_no_board_is_counted(tmp_path: Path) -> None:
    """A link to a folder above, a pipe, a dangling link: none hangs, none is silent."""
    content = blob(BOARD)
    (tmp_path / "x" / "deep").mkdir(parents=True)
    for name in ("a.dtb", "x/b.dtb", "x/deep/without-suffix"):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "x" / "loop").symlink_to(tmp_path)
    (tmp_path / "x" / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "o").write_bytes(blob(OVERLAY))
    (tmp_path / "damaged.dtb").write_bytes(b"\0" + content)
    (tmp_path / "notes").write_bytes(b"nothing")
    os.mkfifo(tmp_path / "pipe")
    found = inputs([str(tmp_path), str(tmp_path / "a.dtb")])
    (board,) = found.boards
    assert [Path(each).name for each in board.names] == ["a.dtb", "b.dtb", "without-suffix"]
    assert {Path(each.name).name: each.reason for each in found.skipped} == {
        "o": "an overlay of a device tree, no board",
        "damaged.dtb": "no device tree",
        "notes": "no device tree",
        "pipe": "no regular file",
        "loop": "a folder that was looked at before",
        "gone": "cannot be read: no such file or directory",
    }
    assert {Path(each.name).name for each in found.skipped if each.is_doubt} == {"damaged.dtb", "gone"}


def test_what_is_typed_and_can_be_no_board_is_a_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe in a folder is none; one that somebody names is meant. `-` is a file here, as is every other name."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("-").write_bytes(blob(BOARD))
    found = inputs([".", "pipe", "-"])
    assert [each.names for each in found.boards] == [("./-",)]
    assert [(each.name, each.is_doubt) for each in found.skipped] == [("./pipe", False), ("pipe", True)]


def test_a_board_is_no_overlay_for_its_name_nor_for_its_words(tmp_path: Path) -> None:
    """Only a tree whose nodes are all fragments is one."""
    (tmp_path / "a.dtbo").write_bytes(blob(BOARD))
    (tmp_path / "b.dtb").write_bytes(blob({**BOARD, "dev": {"__overlay__": {}}}))
    (tmp_path / "c.dtb").write_bytes(blob({**OVERLAY, "cpus": {}}))
    (tmp_path / "d.dts").write_bytes(b"/dts-v1/; / { /* __overlay__ */ };")
    found = inputs([str(tmp_path)])
    assert [Path(name).name for each in found.boards for name in each.names] == [
        "a.dtbo",
        "b.dtb",
        "c.dtb",
        "d.dts",
    ]


def test_what_it_reads_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.dtb").write_bytes(blob(BOARD))
    (tmp_path / "link").symlink_to("a.dtb")
    kept = str(tmp_path / "r.sqlite")
    for target in (kept, str(tmp_path / "a.dtb"), str(tmp_path / "link")):
        assert run(["sweep", str(tmp_path / "a.dtb"), "--resume", kept, "-o", target]) == 2
        said = capsys.readouterr().err
        assert said == f"{target}: error: is read by this command, and not written over\n"
    assert (tmp_path / "a.dtb").read_bytes() == blob(BOARD)


def test_folders_that_multiply_and_deep_ones_end(tmp_path: Path) -> None:
    """40 folders with two links each to the next one would be 2^40 ways; 400 folders in each other are deep."""
    for number in range(40):
        (tmp_path / f"{number:02}").mkdir()
        for side in "ab":
            (tmp_path / f"{number:02}" / side).symlink_to(tmp_path / f"{number + 1:02}")
    deep = tmp_path / "/".join("d" * 400)
    deep.mkdir(parents=True)
    (deep / "board.dtb").write_bytes(blob(BOARD))
    found = inputs([str(tmp_path)])
    assert [each.names for each in found.boards] == [(str(deep / "board.dtb"),)]
    assert len(found.skipped) < 3 * 40


def test_a_file_that_changes_while_the_sweep_runs_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.dtb"
    path.write_bytes(blob(BOARD))
    found = inputs([str(path)])
    path.write_bytes(blob(IN_DOUBT))
    with results(None, stamp()) as kept:
        report = sweep(found, SETTINGS[:1], serial, kept, nothing)
    assert report.boards[0].records[0].headline == "no answer: the file was changed while the sweep ran"
    assert report.boards[0].records[0].fault == "lost"
    assert report.verdict == "unknown"


def test_a_contradiction_is_seventy(
    board: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A witness that does not re-check, of one board, in this process."""

    def contradict(_: Asked) -> None:
        raise InternalError("the witness of aligned fails")

    monkeypatch.setattr(sweep_task, "host", contradict)
    monkeypatch.setattr("verifier.commands.sweep_run.processes", lambda *_: serial)
    found = document(capsys, board, "--xen", "4.22", "--iommu", status=70)
    assert found["verdict"] == "unknown"
    assert found["boards"][0]["answers"][0]["fault"] == "internal"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: error: cannot be read: no such file or directory"),
        ([str(BOARDS), "--xen", "4.23"], "4.23"),
        ([str(BOARDS), "--xen", "4.15"], "modelled from 4.16.0 on"),
        ([str(BOARDS), "--ipa-bits", "41"], "never runs with 41 ipa bits"),
        ([str(BOARDS), "--consumer", "plan9"], 'no consumer "plan9"'),
        (
            [str(BOARDS), "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2"],
            "--jobs and --task-memory are for this machine",
        ),
        ([str(BOARDS), "--resume", str(BOARDS)], "is a folder"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_is_one_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sweep", *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert (said.out, "Traceback" in said.err) == ("", False)


def test_settings_are_every_release_with_and_without_iommu() -> None:
    none: tuple[Any, ...] = ((), (), False)
    both = settings_of(("4.17", "4.22", "xen-4.17"), "release", False, False, *none)
    assert [str(each) for each in both] == [
        "4.17.7 with IOMMU", "4.17.7 without IOMMU", "4.22.0 with IOMMU", "4.22.0 without IOMMU",
    ]  # fmt: skip
    assert both == settings_of(("4.17", "4.22"), "release", True, True, *none)
    assert [each.iommu for each in settings_of((), "debug", False, True, *none)] == [False]


def test_regions_that_are_open_are_told_as_such() -> None:
    """Without IOMMU they are made of RAM, which the boot loader has not told yet."""
    bare = {**BOARD, "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0]}}
    (found,) = records(Batch(blob(bare), (Setting("4.22.0", "release", False, (36,), as_shipped=True),)))
    assert found.verdict == "unknown"
    told = [(each.property, each.domain, each.verdict) for each in found.outcomes]
    assert ("extended-regions", "d0", "unknown") in told


def test_what_is_found_names_no_file(tmp_path: Path) -> None:
    """An answer is kept for its content, whatever the file is called."""
    for name in ("one.dtb", "two.dtb"):
        (tmp_path / name).write_bytes((BOARDS / "many-holes.dtb").read_bytes())
    found = [swept(tmp_path / name).boards[0].records for name in ("one.dtb", "two.dtb")]
    assert found[0] == found[1]
    assert "one.dtb" not in repr(found[0])


def test_what_is_not_listed_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a property that fails in very many places some are listed, and the number is the least that there are."""
    (tmp_path / "dense.dtb").write_bytes(dense("apart", 2 * MOST))
    asked = [str(tmp_path), "--xen", "4.17", "--iommu", "--ipa-bits", "48"]
    (board,) = document(capsys, *asked, status=1)["boards"]
    told = {each["property"]: each for each in board["answers"][0]["outcomes"]}
    assert (told["permissions-match"]["findings"], told["permissions-match"]["more"]) == (MOST, True)
    run(["sweep", *asked])
    assert f" (and at least {MOST - 1} more)\n" in capsys.readouterr().out
