"""The section of manual/sweep.md about a kernel's boards agrees with the table of boards, which is made without a sweep."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests import corpus
from tests.board_answers import RELEASES
from tests.board_classes import CLASSES
from tests.boards_table import TABLE
from tests.corpus import CHAPTER, SECTION, Corpus, Run

TEXT = SECTION.search(CHAPTER.read_text(encoding="utf-8"))
BOARDS = TABLE.read_text(encoding="utf-8")
CLASS_OF = {each.property: each.id for each in CLASSES if each.id in ("covers", "cut", "empty")}
"""Properties of which the table has one class, on boards that are built."""


def section() -> str:
    assert TEXT is not None
    return TEXT[0]


def counts(head: str) -> list[int]:
    """The numbers of a line, in the order of the settings: with and without IOMMU for each release."""
    (line,) = re.findall(rf"^{head} .*$", section(), re.MULTILINE)
    return [int(each) for each in re.findall(r"\b\d+\b", line)]


def test_both_are_of_one_package() -> None:
    (package,) = re.findall(r"linux-image-\S+arm64", section())
    assert f"`{package}`" in BOARDS


@pytest.mark.parametrize("name", CLASS_OF)
def test_defects_touch_as_many_boards_as_in_the_table(name: str) -> None:
    row = next(line for line in BOARDS.splitlines() if line.startswith(f"| `{CLASS_OF[name]}` |"))
    cells = row.strip("|").split("|")
    assert counts(f"{name} +unsound")[::2] == [int(cells[3 + 2 * each]) for each in range(len(RELEASES))]


def test_every_board_has_a_verdict_under_every_setting() -> None:
    table = re.search(r"^boards .*\n((?:.+\n)+)", section(), re.MULTILINE)
    answers = re.search(r"^(\d+) answers", section(), re.MULTILINE)
    assert table is not None
    assert answers is not None
    rows = [[int(each) for each in line.split()[-4:]] for line in table[1].splitlines()]
    assert {4 * sum(each) for each in zip(*rows, strict=True)} == {int(answers[1])}


def runs(wall: float = 40.0, memory: int = 1024) -> list[Run]:
    return [Run("first", "", wall, 50.0, 70), Run("second", "", 99.0, 99.0, memory)]


@pytest.mark.parametrize(
    ("told", "workers", "words"),
    [
        (runs(wall=40.1), 200, "first: 40.1 s, and at most 40 s are allowed"),
        (runs(memory=1025), 200, "second: a process of 1025 MiB"),
        (runs(), 1025, "workers of the cluster: a process of 1025 MiB"),
    ],
)
def test_what_takes_more_than_its_bound_is_an_error(told: list[Run], workers: int, words: str) -> None:
    corpus.hold(runs(), 1024)
    with pytest.raises(RuntimeError, match=words):
        corpus.hold(told, workers)


def test_an_error_is_a_sentence_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """All runs told before, and nothing written."""
    monkeypatch.setattr(corpus, "MOST_SECONDS", 0.0)
    monkeypatch.setattr(
        corpus, "trees", lambda _folder: ([tmp_path / "a" / "1.dtb", tmp_path / "a" / "2.dtb"], "p")
    )
    report = '{"boards": [{"answers": [{"verdict": "sound"}, {"verdict": "sound"}]}]}'
    monkeypatch.setattr(Corpus, "run", lambda _self, title, *_options: Run(title, report, 1.0, 1.0, 70))
    monkeypatch.setattr(Corpus, "killed", lambda _self, _file, rows: rows)
    monkeypatch.setattr(corpus, "cluster", lambda: nullcontext("tcp://there:1"))
    monkeypatch.setattr(corpus, "of_workers", lambda _address: 200)
    monkeypatch.setattr(corpus, "write", lambda *_: pytest.fail("written"))
    assert corpus.main() == 1
    told = capsys.readouterr()
    assert told.err == "processes of this machine: 1.0 s, and at most 0 s are allowed\n"
    assert "workers of the cluster: 200 MiB at most\nall reports are equal\n" in told.out


def test_the_memory_of_a_run_is_that_of_its_largest_process() -> None:
    """Not that of this one, nor of another that it has started before."""
    made = bytearray(b"a") * (300 << 20)
    run = Corpus(Path(__file__).parent / "boards").run("some", "--jobs", "1")
    assert 20 < run.memory < 200 < len(made) >> 20
    assert 0 < run.processor
    assert '"boards"' in run.report


@pytest.mark.filterwarnings("default")  # Dask's own
def test_the_memory_of_a_cluster_is_that_of_its_workers() -> None:
    from distributed import Client

    with corpus.cluster() as address:
        small = corpus.of_workers(address)
        with Client(address, set_as_default=False) as client:
            client.submit(lambda: len(bytearray(b"a") * (300 << 20))).result()
        assert 20 < small < 300 < corpus.of_workers(address)
