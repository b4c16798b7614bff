"""What README shows holds for whoever has nothing but the wheel: an empty environment, another folder, no checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.supply.locks import FOLDER, ROOT, locked
from tests.supply.test_locks import fetches

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLES = re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHOWN = [
    tuple(each.split("\n", 1))
    for block in CONSOLES
    for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
]
"""Commands of README and their output."""
PYTHON = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
LISTED = [
    re.split(r"\s+#", line)[0].strip()
    for line in README.splitlines()
    if line.startswith("    verifier ")
    and not re.search(r"\.[a-z]+\b(?<!\d)|/| -( |$)|DIR", line.split("#")[0])
]
"""Commands that README lists and that name no file."""
SLOW = ("verifier prove",)
"""A quarter of a minute: left to `make supply`; README shows the same of one family."""
FILE = re.compile(r"\btests/[\w./-]+")
Z3 = re.compile(r"\bz3 \d+\.\d+\.\d+")
HEADER = """\
#define GUEST_RAM0_BASE 0x40000000
#define GUEST_RAM0_SIZE 0xc0000000
#define GUEST_GNTTAB_BASE 0x40000000
#define GUEST_GNTTAB_SIZE 0x1000000
"""
"""Two regions that share 16 MiB."""


def pip(venv: Path, *arguments: str) -> None:
    """Install into an environment that has not even pip."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(venv / "bin" / "python"),
            "install",
            "--quiet",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and re.search(r"NewConnectionError|NameResolutionError|ConnectTimeout", done.stderr):
        if os.environ.get("CI") == "true":
            pytest.fail("no package index can be reached, so the wheel was installed nowhere")
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def home(build: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment in `venv` that has the wheel, and the files that README names."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    pip(folder / "venv", "--require-hashes", "-r", str(FOLDER / "runtime.txt"))
    pip(folder / "venv", "--no-index", str(build[0]))
    for name in {name for command, _ in SHOWN for name in FILE.findall(command)}:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def said(home: Path, *command: str) -> tuple[int, str, str]:
    """Status, output and errors of a command of the environment, with nothing of ours in the way."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(home / "venv" / "bin" / command[0]), *command[1:]],
        cwd=home,
        env={**inherited, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_environment_has_what_is_locked_and_no_more(home: Path) -> None:
    program = (
        "import importlib.metadata as m, verifier; "
        "print(verifier.__file__, *(d.name.lower() for d in m.distributions()), sep='\\n')"
    )
    status, text, errors = said(home, "python", "-c", program)
    assert status == 0, errors
    place, *names = text.split()
    assert Path(place).is_relative_to(home / "venv")
    assert set(names) - {"pip", "setuptools"} == {
        "xen-layout-verifier",
        *(pin.name for pin in locked("runtime")),
    }


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command for command, _ in SHOWN])
def test_what_readme_shows(home: Path, command: str, shown: str) -> None:
    """Word by word, but for z3's number; three dots stand for any lines."""
    _, text, errors = said(home, *command.split())
    assert not errors
    parts = re.split(r"^\.\.\.\n", Z3.sub("z3", shown), flags=re.MULTILINE)
    assert re.fullmatch(r"(?:.*\n)*?".join(map(re.escape, parts)), Z3.sub("z3", text)), text


@pytest.mark.parametrize(
    "command", [pytest.param(each, marks=fetches if each in SLOW else ()) for each in LISTED]
)
def test_what_readme_lists(home: Path, command: str) -> None:
    status, text, errors = said(home, *command.split())
    assert status in (0, 1, 3), errors
    assert text
    assert not errors


def test_readme_has_enough_to_run() -> None:
    assert len(SHOWN) >= 4
    assert {"verifier map xen-4.22", "verifier list", "verifier diff xen-4.18 xen-4.22"} <= set(LISTED)


def test_what_make_verify_runs(home: Path) -> None:
    """The two main jobs, as the Makefile has them: status 0 is that the verdict is the expected one."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    mail = re.findall(r"^MAIL +:= (\S+)$", text, re.MULTILINE)[0]
    jobs = re.findall(r"^\t\$\(BIN\)/(verifier check .*--expect \w+)$", text, re.MULTILINE)
    assert [job.split()[-1] for job in jobs] == ["proved", "refuted"]
    for job in jobs:
        command = job.replace("$(MAIL)", mail).split()
        status, text, errors = said(home, *command)
        assert (status, errors) == (0, ""), text
        assert f": {command[-1]} (" in text.splitlines()[0]


def test_the_python_that_readme_shows(home: Path) -> None:
    (home / "arch-arm.h").write_text(HEADER, encoding="utf-8")
    (program,) = PYTHON
    status, text, errors = said(home, "python", "-c", program)
    assert status == 0, errors
    assert re.search(r"^refuted no-overlap .*16 MiB", text, re.MULTILINE), text
