"""The frame of the benchmarks: ratios and bounds, processes measured, what is not installed, scripts that can fail."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tests.bench import NAMES, __main__, figures, frame, others
from tests.bench.boards import board
from tests.bench.frame import Comparison, Run, compared, processes, shown
from tests.bench.growth.curves import entries as growing
from tests.bench.inputs import boards, originals
from tests.bench.scripts import all_pairs, entries, one_case, regions
from tests.bench.spent import FLOOR, Spent, TooLongError, memory_of, spent
from verifier.commands.sweep_task import Batch, records
from verifier.layout.errors import InputError
from verifier.layout.sweep import Setting
from verifier.reading.dtb import read_dtb
from verifier.reading.models import release

MIB = 1 << 20
EATER = f"x = bytearray({64 * MIB}); x[::4096] = bytes(len(x[::4096]))"


def told(*seconds: float) -> Callable[[], Spent]:
    """One number after the other."""
    left = iter(seconds)
    return lambda: Spent(next(left), 0.5, MIB)


def python(text: str) -> tuple[str, ...]:
    return sys.executable, "-I", "-S", "-c", text


def test_medians_and_ratios_are_of_the_rounds_after_the_first() -> None:
    runs = [Run("one", told(99, 2, 4, 3)), Run("other", told(99, 6, 5, 60))]
    one, other = compared(Comparison("", runs, inputs=2, rounds=3))
    assert (one.seconds, one.ratio, other.seconds, other.ratio) == (1.5, 1.0, 3.0, 2.0)
    assert one.processor == 0.25


def test_without_a_first_round_for_caches_every_round_counts() -> None:
    (figure,) = compared(Comparison("", [Run("one", told(4, 2))], rounds=2, warm=False))
    assert figure.seconds == 3


@pytest.mark.parametrize(
    ("bound", "least", "most", "late"),
    [
        (2.0, None, None, False),
        (1.9, None, None, True),
        (None, 2.0, None, False),
        (None, 2.1, None, True),
        (None, None, 1e6, False),
        (None, None, 1e-6, True),
        (None, None, None, False),
    ],
)
def test_late_is_outside_a_bound(
    bound: float | None, least: float | None, most: float | None, late: bool
) -> None:
    runs = [Run("one", told(1)), Run("other", told(2), bound, least, most)]
    assert [each.late for each in compared(Comparison("", runs, rounds=1, warm=False))] == [False, late]


def a_module(monkeypatch: pytest.MonkeyPatch, *found: Comparison) -> None:
    monkeypatch.setattr(
        __main__, "import_module", lambda _: SimpleNamespace(comparisons=lambda _: iter(found))
    )


def test_a_late_command_gives_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_module(
        monkeypatch, Comparison("C", [Run("one", told(1)), Run("slow", told(9), 2.0)], rounds=1, warm=False)
    )
    assert __main__.main(["start"]) == 1
    assert "late: C: slow" in capsys.readouterr().err


def test_what_is_in_time_gives_status_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_module(monkeypatch, Comparison("C", [Run("one", told(1))], ("lopper",), rounds=1, warm=False))
    assert __main__.main(["start"]) == 0
    assert "not installed" in capsys.readouterr().out


def test_a_name_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as fault:
        __main__.main(["boats"])
    assert fault.value.code == 2
    assert "no comparison boats; there are start, " in capsys.readouterr().err


def test_every_module_with_comparisons_is_named() -> None:
    folder = Path(__main__.__file__).parent
    having = {
        path.stem for path in folder.glob("*.py") if "\ndef comparisons(" in path.read_text(encoding="utf-8")
    }
    assert having == {*NAMES}


def test_what_is_not_installed_is_said_and_not_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(others, "program", lambda _: None)
    runs, missing = others.one_by_one(tmp_path, [tmp_path / "a.dtb"], 10.0)
    assert not runs
    assert missing == [
        "dt-validate", "dt-validate, schemas processed before", "lopper -W all", "dtc to source",
    ]  # fmt: skip
    assert not others.at_once(tmp_path, [tmp_path / "a.dtb"])
    comparison = Comparison("C", [Run("ours", told(1)), *runs], missing, rounds=1, warm=False)
    assert [each.name for each in shown([comparison])] == ["ours"]
    assert capsys.readouterr().out.count("not installed: not measured") == 4


def test_a_program_of_this_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    assert frame.program("no-such-program-anywhere") is None
    (tmp_path / "sh").touch()
    assert frame.program("sh") == str(tmp_path / "sh")


def test_memory_is_that_of_the_process_and_not_of_who_starts_it() -> None:
    held = bytearray(64 * MIB)
    held[::4096] = bytes(len(held[::4096]))
    assert spent(("true",)).memory <= FLOOR
    assert spent(python(EATER)).memory > 64 * MIB


def test_memory_and_processors_of_what_a_process_starts_count() -> None:
    text = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {EATER!r}])"
    assert spent(python(text)).memory > 64 * MIB
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    assert (
        spent(python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])")).processor
        > 0.2
    )


def test_several_processes_are_one_run() -> None:
    run = processes(
        "two", python(EATER), python("import time; time.sleep(0.1)"), python("import time; time.sleep(0.1)")
    )
    found = run.measure()
    assert found.seconds > 0.2
    assert 64 * MIB < found.memory < 128 * MIB


def test_what_fails_is_not_fast() -> None:
    with pytest.raises(RuntimeError, match="ended with 3:\nwhy"):
        spent(python("print('why'); raise SystemExit(3)"))
    assert spent(python("raise SystemExit(3)"), (0, 3)).seconds > 0
    with pytest.raises(RuntimeError, match="ended with none"):
        spent(("no-such-program-anywhere",))
    with pytest.raises(RuntimeError, match="ended with -9"):
        spent(python("import os; os.kill(os.getpid(), 9)"))


def test_what_takes_too_long_is_stopped() -> None:
    with pytest.raises(TooLongError, match=r"more than 0\.2 s"):
        spent(python("import time; time.sleep(60)"), limit=0.2)


def test_memory_as_people_read_it() -> None:
    assert [memory_of(size) for size in (0, MIB, 64 * MIB)] == ["-", "< 12 MiB", "64 MiB"]


def test_boards_differ_and_are_device_trees(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TREES", raising=False)
    found = [path.read_bytes() for path in boards(tmp_path / "boards", 40)]
    known = [path.read_bytes() for path in originals()]
    assert len(found) == len({*found}) == 40
    assert found[: len(known)] == known
    for content in found[len(known) :]:
        (base,) = (each for each in known if len(each) == len(content) and _changed(each, content) <= 4)
        assert len(read_dtb(content, "a").nodes) == len(read_dtb(base, "b").nodes)


def _changed(one: bytes, other: bytes) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_figures_of_other_modules_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(figures, "RATIOS", tmp_path / "ratios.csv")
    (one,) = compared(Comparison("A", [Run("one", told(0.12345), 2.0)], rounds=1, warm=False))
    (two,) = compared(Comparison("B", [Run("two", told(1))], rounds=1, warm=False))
    figures.keep({"trees": [two]})
    figures.keep({"start": [one]})
    figures.keep({"start": [one]})
    rows = figures.read()
    assert [(each["module"], each["run"], each["milliseconds"]) for each in rows] == [
        ("start", "one", "123"),
        ("trees", "two", "1e+03"),
    ]
    assert (rows[0]["bound"], rows[0]["least"]) == ("2.0", "")


def numbers(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Bases and sizes of the regions of Xen 4.22, from the model of the release."""
    macros = release("4.22.0").replacements

    def value(name: str) -> int:
        return int(re.sub("[UL]+$", "", macros[name][0]), 0)

    found = {}
    for name in names:
        base = "ADDR" if f"GUEST_{name}_ADDR" in macros else "BASE"
        found[name] = (value(f"GUEST_{name}_{base}"), value(f"GUEST_{name}_SIZE"))
    return found


def test_scripts_by_hand_have_the_numbers_of_the_release() -> None:
    pairs = {name: given[:2] for name, given in all_pairs.REGIONS.items()} | all_pairs.RAM
    assert pairs == numbers(pairs)
    fixed = {**one_case.REGIONS, "RAM1": (one_case.REGIONS["RAM1"][0], numbers(["RAM1"])["RAM1"][1])}
    assert fixed == numbers(fixed)
    assert {name for name in pairs if name not in ("GICD", "GICC")} == {*fixed}


def test_scripts_by_hand_prove_what_is_so() -> None:
    one_case.main()
    all_pairs.main()
    regions.main(6)
    entries.main(2)


@pytest.mark.parametrize("module", [one_case, all_pairs])
@pytest.mark.parametrize("place", [(0x23000000, 0x1000), (1 << 40, 0x1000)])
def test_scripts_by_hand_refute_what_is_not(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, place: tuple[int, int]
) -> None:
    given = module.REGIONS["PL011"]
    monkeypatch.setitem(module.REGIONS, "PL011", (*place, *given[2:]))
    with pytest.raises(AssertionError):
        module.main()


def test_regions_and_entries_by_hand_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "SIZE", 0x10001)
    with pytest.raises(AssertionError):
        regions.main(6)
    monkeypatch.setattr(entries, "LEAST", 0)
    monkeypatch.setattr(entries, "SUPERPAGE", -entries.SUPERPAGE)  # rounds ends anywhere
    with pytest.raises(AssertionError):
        entries.main(2)


def test_what_is_no_tree_is_not_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.dtb").write_bytes(b"no tree")
    monkeypatch.setenv("TREES", str(tmp_path))
    with pytest.raises(InputError):
        boards(tmp_path / "boards", 2)


@pytest.mark.parametrize(("content", "bits"), [(board(20), 32), (growing(150), 40)])
def test_boards_that_are_made_are_built_and_judged(content: bytes, bits: int) -> None:
    """A board that Xen does not run on is judged at once, and tells nothing of times."""
    (record,) = records(Batch(content, (Setting("head", "release", True, (bits,)),)))
    assert record.verdict == "proved"
    assert record.proved > 5
