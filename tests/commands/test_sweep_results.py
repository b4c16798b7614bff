"""The file of results: what is there is not asked again, what has changed is, and nothing else is taken for one."""

from __future__ import annotations

import sqlite3  # noqa: TID253  # no start to keep fast here
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD, IN_DOUBT
from tests.commands.sweep_workers import forbidden, rows, serial
from tests.reading.trees import blob
from verifier.commands import run
from verifier.commands.sweep_inputs import inputs
from verifier.commands.sweep_results import results
from verifier.commands.sweep_run import Workers, sweep
from verifier.commands.sweep_stamp import stamp
from verifier.layout.errors import InputError
from verifier.layout.sweep import FAULTS, Outcome, Record, Setting, SweepReport, record_of

BOARDS = Path(__file__).parents[1] / "boards"
SETTING = Setting("4.22.0", "release", True, (40,))
SOUND = Record("proved", "sound", proved=1)


def swept(
    folder: Path,
    file: Path,
    workers: Workers = serial,
    settings: tuple[Setting, ...] = (SETTING,),
    tool: str = stamp(),
) -> SweepReport:
    with results(str(file), tool) as kept:
        return sweep(inputs([str(folder)]), settings, workers, kept, lambda *_: None)


@pytest.fixture
def boards(tmp_path: Path) -> Path:
    folder = tmp_path / "boards"
    folder.mkdir()
    (folder / "a.dtb").write_bytes(blob(BOARD))
    (folder / "b.dtb").write_bytes(blob(IN_DOUBT))
    return folder


def test_what_is_known_is_not_asked_again(boards: Path, tmp_path: Path) -> None:
    first = swept(boards, tmp_path / "r.sqlite")
    again = swept(boards, tmp_path / "r.sqlite", forbidden)
    assert again == first
    assert (first.kept, again.kept) == (0, 2)
    (boards / "a.dtb").rename(boards / "a2.dtb")
    assert swept(boards, tmp_path / "r.sqlite", forbidden).boards[0].records == first.boards[0].records


def test_what_has_changed_is_asked_again(boards: Path, tmp_path: Path) -> None:
    """A content, a setting, the tool: each alone, and nothing but it."""
    file = tmp_path / "r.sqlite"
    swept(boards, file)
    (boards / "a.dtb").write_bytes((BOARDS / "many-holes.dtb").read_bytes())
    assert swept(boards, file).kept == 1
    assert swept(boards, file, settings=(Setting("4.22.0", "release", True, (48,)),)).kept == 0
    assert swept(boards, file, tool="another").kept == 0
    assert swept(boards, file, forbidden).kept == 2


def test_the_tool_is_its_code_its_models_its_proofs_and_its_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte of any of them is another tool; by a second reading of the files."""
    whole = stamp()
    stamp.cache_clear()
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "behaviours.toml"))
    models = stamp()
    stamp.cache_clear()
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "aligned.py"))
    code = stamp()
    stamp.cache_clear()
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "index.json"))
    proofs = stamp()
    stamp.cache_clear()
    monkeypatch.undo()
    monkeypatch.setattr("verifier.commands.sweep_stamp.version", lambda name: f"another {name}")
    solver = stamp()
    stamp.cache_clear()
    monkeypatch.undo()
    assert len({whole, models, code, proofs, solver}) == 5
    assert stamp() == whole


@pytest.mark.parametrize("fault", [each for each in FAULTS if each])
def test_what_is_no_answer_is_asked_again_and_what_was_found_is_kept(fault: str, tmp_path: Path) -> None:
    """A lost one may have more time or memory now; dtc may be there now; a defect of the tool is worth asking again."""
    lost = Record("error", "no answer", fault=fault)
    outcome = Outcome("aligned", "d0", "refuted", "unsound", 3, 4096, 'a "message" with ü')
    found = Record("refuted", "d0 is unsound", "fsl", 7, (outcome,), seconds=0.25)
    file = str(tmp_path / "r.sqlite")
    with results(file, "tool") as kept:
        kept.put("aa", SETTING, lost)
        kept.put("bb", SETTING, found)
    with results(file, "tool") as kept:
        assert kept.get("aa", SETTING) is None
        assert kept.get("bb", SETTING) == found
        assert kept.get("bb", Setting("4.22.0", "release", False, (40,))) is None
    with sqlite3.connect(file) as raw:
        told = raw.execute(
            "SELECT board, release, iommu, ipa_bits, verdict, seconds FROM results ORDER BY board"
        ).fetchall()
    raw.close()
    assert told == [("aa", "4.22.0", 1, "40", "error", 0.0), ("bb", "4.22.0", 1, "40", "refuted", 0.25)]


def test_what_was_put_is_there_at_once_and_others_can_write(tmp_path: Path) -> None:
    """Whatever ends the run, even SIGKILL at the next moment; and a second sweep needs not wait for the end of the first."""
    file = str(tmp_path / "r.sqlite")
    with results(file, "tool") as one, results(file, "tool") as other:
        one.put("aa", SETTING, SOUND)
        other.put("bb", SETTING, SOUND)
        assert rows(Path(file)) == 2
        assert other.get("aa", SETTING) == one.get("bb", SETTING) == SOUND


@pytest.mark.parametrize("name", [":memory:", "file:x?mode=memory", "file:r.sqlite"])
def test_names_with_a_meaning_for_sqlite_are_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with results(name, "tool") as kept:
        kept.put("aa", SETTING, SOUND)
    assert [each.name for each in tmp_path.iterdir()] == [name]
    with results(name, "tool") as kept:
        assert kept.get("aa", SETTING) == SOUND


def test_no_name_is_no_file() -> None:
    with pytest.raises(InputError, match='"" is no file'), results("", "tool"):
        pass


def test_an_exception_leaves_what_was_put(tmp_path: Path) -> None:
    file = str(tmp_path / "r.sqlite")
    record = SOUND

    def interrupted() -> None:
        with results(file, "tool") as kept:
            kept.put("aa", SETTING, record)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with results(file, "tool") as kept:
        assert kept.get("aa", SETTING) == record


@pytest.mark.parametrize("damage", ["text", "foreign", "newer", "row", "page"])
def test_a_file_of_something_else_is_one_error(
    damage: str, boards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.sqlite"
    if damage == "text":
        file.write_text("these are my notes, not a database; do not touch them\n" * 9)
    elif damage == "foreign":
        with sqlite3.connect(file) as raw:
            raw.execute("CREATE TABLE results (key TEXT)")
        raw.close()
    else:
        swept(boards, file)
        raw = sqlite3.connect(file)
        with raw:
            if damage == "newer":
                raw.execute("PRAGMA user_version = 2")
            elif damage == "row":
                raw.execute('UPDATE results SET record = \'{"verdict": "proved"}\'')
        raw.close()
        if damage == "page":
            content = bytearray(file.read_bytes())
            content[4096:6000] = b"\xff" * 1904
            file.write_bytes(content)
    before = file.read_bytes()
    assert (
        run(["sweep", str(boards), "--xen", "4.22", "--iommu", "--ipa-bits", "40", "--resume", str(file)])
        == 2
    )
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{file}: error: ")
    assert len(said.err.splitlines()) == 1
    assert file.read_bytes() == before, "it was written to"


ENDLESS = (
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS key, '' AS record FROM c"
)


@pytest.mark.parametrize(
    "change",
    [
        f"CREATE VIEW results AS {ENDLESS}",
        "CREATE TABLE results (key, record AS (zeroblob(1 << 30)))",
        "ALTER TABLE old RENAME TO results; CREATE TRIGGER t AFTER INSERT ON results BEGIN DELETE FROM results; END",
        "ALTER TABLE old RENAME TO results; CREATE TABLE other (a)",
    ],
)
def test_a_file_whose_schema_is_another_s_is_not_asked(change: str, tmp_path: Path) -> None:
    """A view has no end, a trigger takes rows away."""
    file = tmp_path / "r.sqlite"
    with results(str(file), "tool"):
        pass
    raw = sqlite3.connect(file)
    raw.executescript(f"ALTER TABLE results RENAME TO old; {change}")
    raw.close()
    with (
        pytest.raises(InputError, match="has not the one table of a sweep"),
        results(str(file), "tool") as kept,
    ):
        kept.get("aa", SETTING)


def test_a_row_of_many_megabytes_is_not_read(tmp_path: Path) -> None:
    """SQLite would give up to a gigabyte of one."""
    file = tmp_path / "r.sqlite"
    with results(str(file), "tool") as kept:
        kept.put("aa", SETTING, SOUND)
    raw = sqlite3.connect(file)
    with raw:
        raw.execute("UPDATE results SET record = CAST(zeroblob(17 << 20) AS TEXT)")
    raw.close()
    with pytest.raises(InputError, match="too big"), results(str(file), "tool") as kept:
        kept.get("aa", SETTING)


OUTCOME = asdict(Outcome("aligned", "d0", "refuted", "unsound", 3, 4096, "it is"))
REFUTED = {**asdict(Record("refuted", "d0 is unsound")), "outcomes": [OUTCOME]}


@pytest.mark.parametrize(
    "changed",
    [
        {"verdict": "fine"},
        {"verdict": ["proved"]},
        {"verdict": "proved"},
        {"outcomes": []},
        {"outcomes": [{**OUTCOME, "effect": ""}]},
        {"outcomes": [{**OUTCOME, "effect": "none"}]},
        {"outcomes": [{**OUTCOME, "verdict": "proved"}, OUTCOME]},
        {"outcomes": [{**OUTCOME, "size": "4096"}]},
        {"outcomes": [{**OUTCOME, "count": True}]},
        {"headline": 7},
        {"headline": "\x1b[2J"},
        {"fault": "none"},
        {"seconds": float("nan")},
        {"proved": -1},
        {"more": 1},
        {"verdict": "proved", "outcomes": []},
        {"verdict": "proved", "outcomes": [], "proved": 1, "fault": "internal"},
        {"verdict": "error", "outcomes": []},
        {"verdict": "error", "fault": "lost"},
        {"verdict": "unknown"},
        {"fault": "input"},
        {"outcomes": [{**OUTCOME, "count": 0}]},
        {"seconds": float("inf")},
    ],
    ids=str,
)
def test_what_no_sweep_writes_is_no_record(changed: dict[str, object]) -> None:
    """Else a report of it would break, or tell something that nothing was found of."""
    assert record_of(REFUTED).verdict == "refuted"
    assert record_of({**REFUTED, "proved": 10**400}).proved == 10**400  # no float has as many digits
    with pytest.raises((KeyError, TypeError, ValueError)):
        record_of({**REFUTED, **changed})


def test_an_empty_file_is_a_new_one(boards: Path, tmp_path: Path) -> None:
    file = tmp_path / "r.sqlite"
    file.touch()
    assert swept(boards, file).kept == 0
    assert swept(boards, file, forbidden).kept == 2


def test_a_file_that_another_run_writes_to_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "r.sqlite")
    with results(file, "tool"):
        pass
    monkeypatch.setattr("verifier.commands.sweep_results._IN_USE", 0.1)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(InputError, match="locked"), results(file, "tool") as kept:
        kept.put("aa", SETTING, SOUND)
    other.close()
