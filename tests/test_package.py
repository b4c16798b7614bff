"""The wheel is the whole tool: models, proofs and schema inside, no checkout needed."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import verifier
from verifier.layout.finding import Report, Verdict
from verifier.rules.catalogue import catalogue

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("xen_layout_verifier-*.whl"))


def test_everything_is_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {
        f"verifier/_data/{path.relative_to(ROOT)}"
        for folder in ("models", "proofs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    code = {str(path.relative_to(ROOT)) for path in (ROOT / "verifier").rglob("*.py")}
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "verifier" / "reports" / "pages").iterdir()}
    assert {Path(name).suffix for name in pages} == {".j2", ".css", ".js"}
    assert data | code | pages | {"verifier/reports/schema.json", "verifier/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "models/"))]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["check", "xen-4.18", "-q"], 1, f": refuted ({len(catalogue())} properties: "),
        (["check", "rfc-2021-safe-range", "-q"], 1, f": refuted ({len(catalogue())} properties: "),
        (["map", "xen-4.22", "--format", "html"], 0, "end of 40-bit addresses (1 TiB)"),
    ],
)
def test_it_runs_with_nothing_but_itself(
    wheel: Path, arguments: list[str], status: int, words: str, tmp_path: Path
) -> None:
    """Unpacked far from the checkout, with the checkout's own package out of reach."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import verifier, verifier.commands as c; "
        f"assert verifier.__file__.startswith({str(tmp_path)!r}); sys.exit(c.run({arguments!r}))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert words in done.stdout


def test_dependencies_have_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *(each for extra in extras for each in extra)]:
        assert ">=" in requirement, requirement
        assert ",<" in requirement, requirement
    assert project["version"] == verifier.__version__
    assert project["requires-python"] == ">=3.11"


def test_the_python_entry_point() -> None:
    report = verifier.check("xen-4.19", ipa_bits=(40,))
    assert isinstance(report, Report)
    assert report.verdict is Verdict.PROVED
    assert verifier.check("xen-4.19", ipa_bits=[32]).verdict is Verdict.PROVED
    assert verifier.check("xen-4.19", ipa_bits=[32], policy="none").verdict is Verdict.REFUTED
