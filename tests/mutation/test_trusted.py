"""Nothing that is trusted is left out, tests and explanations are there, and a part of the faults is noticed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.in_place import ROOT, VERIFIER, path_of
from tests.mutation.survivors import explained
from tests.mutation.trusted import AREAS, BY_THEOREMS, EXCEPTIONS, in_rooms


def test_every_module_of_the_trusted_rooms_is_in_one_area_or_has_a_reason() -> None:
    named = [module for area in AREAS for module in area.modules]
    assert len(named) == len(set(named))
    assert all(path_of(module).is_file() for module in (*named, *EXCEPTIONS))
    assert set(in_rooms()) <= {*named, *EXCEPTIONS}
    assert not EXCEPTIONS.keys() & set(named)
    assert all(reason for reason in EXCEPTIONS.values())


def test_every_report_with_a_verdict_is_in_an_area() -> None:
    named = {module for area in AREAS for module in area.modules}
    for path in (VERIFIER / "layout").glob("*.py"):
        functions = {
            each.name for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.FunctionDef)
        }
        if functions & {"verdict", "own_verdict"}:
            assert f"layout.{path.stem}" in named, path


def test_tests_and_survivors_of_an_area_are_there() -> None:
    for area in AREAS:
        assert all((ROOT / test).exists() for test in area.tests), area.name
        assert area.nearest.keys() <= set(area.modules)
        assert all(set(tests) <= set(area.tests) for tests in area.nearest.values()), area.name
        assert all(
            f"def {test.partition('::')[2].partition('[')[0]}(" in _text(test) for test in area.without
        )
        assert explained(area.survivors).keys() <= {fault.name for fault in area.faults()}, area.name


def test_names_tell_faults_apart() -> None:
    for area in AREAS:
        names = [fault.name for fault in area.faults()]
        assert len(names) == len(set(names)) > 0, area.name


def test_what_theorems_speak_of_is_an_area() -> None:
    assert {f"xen.{each}" for each in BY_THEOREMS} == {
        each for area in AREAS if area.by_theorems for each in area.modules
    }


def test_a_part_of_the_faults_is_noticed(tmp_path: Path) -> None:
    """In a process of its own: nothing that a fault concerns may be imported yet."""
    options = ["--area", "conclusions", "--only", "layout.s", "--results", str(tmp_path / "results")]
    command = [sys.executable, "-m", "tests.mutation", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    (area,) = (each for each in AREAS if each.name == "conclusions")
    count = sum("layout.s" in each.name for each in area.faults())
    assert count >= 20  # of series, of schemes and of sweeps
    assert f"{count} judged: every survivor is explained" in done.stdout


@pytest.mark.parametrize("options", [("--only", "nosuch"), ("--area", "witnesses", "--only", "layout.box")])
def test_where_nothing_is_chosen_nothing_is_well(tmp_path: Path, options: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "tests.mutation", *options, "--results", str(tmp_path / "results")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "no area that was asked for has such a fault: nothing was judged\n"


def test_the_examples_of_the_makefile_choose_some() -> None:
    """Those that its header gives to `make noticed`."""
    (options,) = re.findall(
        r"AREA=(\w+) PART=\d+ ONLY=([\w.]+)", (ROOT / "Makefile").read_text(encoding="utf-8")
    )
    (area,) = (each for each in AREAS if each.name == options[0])
    assert any(options[1] in each.name for each in area.faults())


def _text(test: str) -> str:
    return (ROOT / test.partition("::")[0]).read_text(encoding="utf-8")
