"""No input makes the tool run code, start programs, touch other files or the network: all kinds of input, hostile ones."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reading.git_repositories import Made
from tests.rules.headers import SOUND
from tests.trust.cases import CASES, Case
from tests.trust.judge import ROOT, Permit, faults
from tests.trust.offences import OFFENCES
from tests.trust.watch import MARK
from verifier.reading.git import HEADER, MAKEFILE

WATCH = Path(__file__).parent / "watch.py"
SHADOWS = (
    "z3",
    "click",
    "jinja2",
    "networkx",
    "tomllib",
    "json",
    "verifier",
    "sitecustomize",
    "usercustomize",
)
"""Modules that lie about where the command runs: nothing there may be imported."""
CONFIG = """
[core]
	fsmonitor = {trap}
	hooksPath = {hooks}
	pager = {trap}
	sshCommand = {trap}
	editor = {trap}
[diff]
	external = {trap}
[diff "trap"]
	textconv = {trap}
	command = {trap}
[merge "trap"]
	driver = {trap}
[filter "trap"]
	clean = {trap}
	smudge = {trap}
	process = {trap}
[gpg]
	program = {trap}
[log]
	showSignature = true
[alias]
	rev-list = !{trap}
	cat-file = !{trap}
	diff-tree = !{trap}
"""


class Place:
    """A folder where commands run, full of traps."""

    def __init__(self, folder: Path) -> None:
        self.work, self.scratch, self.pwned = folder / "work", folder / "scratch", folder / "pwned"
        self.notes = folder / "notes"
        self.work.mkdir()
        self.scratch.mkdir()
        for name in SHADOWS:
            (self.work / f"{name}.py").write_text(f"open({str(self.pwned)!r}, 'w')\n", encoding="utf-8")

    def lay(self, files: dict[str, str | bytes]) -> None:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (self.work / name).write_bytes(data.replace(b"{pwned}", str(self.pwned).encode()))

    def repository(self) -> None:
        """One of Xen whose settings, attributes and hooks all name a program."""
        made = Made(self.work / "tree")
        version = "export XEN_VERSION = 4\nexport XEN_SUBVERSION = 17\n"
        made.commit(
            {HEADER: SOUND, MAKEFILE: version, ".gitattributes": "* diff=trap merge=trap filter=trap\n"}
        )
        made.commit({HEADER: SOUND + f"/* {MARK} */\n#define GUEST_RAM2_BASE 0x1\n"})
        trap, hooks = self.work / "trap", self.work / "hooks"
        trap.write_text(f"#!/bin/sh\ntouch {self.pwned}\n", encoding="utf-8")
        trap.chmod(0o755)
        hooks.mkdir()
        for name in (
            "post-checkout",
            "pre-commit",
            "reference-transaction",
            "post-index-change",
            "fsmonitor-watchman",
        ):
            shutil.copy(trap, hooks / name)
        git = self.work / "tree" / ".git"
        with (git / "config").open("a", encoding="utf-8") as file:
            file.write(CONFIG.format(trap=trap, hooks=hooks))
        (git / "info" / "attributes").write_text("* diff=trap merge=trap filter=trap\n", encoding="utf-8")

    def run(self, *arguments: str, module: str = "verifier.commands") -> subprocess.CompletedProcess[str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XEN"))
        }
        event = {
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(self.work / "e.json"),
            "GITHUB_SHA": "HEAD",
        }
        return subprocess.run(
            [sys.executable, "-B", str(WATCH), str(self.notes), module, *arguments],
            cwd=self.work,
            env={**inherited, **event, "TMPDIR": str(self.scratch)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def permit(self, case: Case) -> Permit:
        programs = [shutil.which(name) for name in case.programs]
        assert None not in programs, case.programs
        return Permit(
            [*(self.work / name for name in case.files), self.work / "tree", self.scratch],
            [*(self.work / name for name in case.writes), self.scratch],
            [name for name in programs if name],
        )

    def faults(self, permit: Permit) -> list[str]:
        return list(faults(self.notes.read_text(encoding="utf-8"), permit))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_an_input_is_only_data(name: str, place: Place) -> None:
    case = CASES[name]
    place.lay(case.files)
    if "git" in case.programs:
        place.repository()
    before = {path for path in place.work.rglob("*") if ".git" not in path.parts}
    done = place.run(*case.command.split())
    said = done.stdout + done.stderr
    assert done.returncode in case.statuses, said
    assert re.search(case.says, said), said
    assert "Traceback" not in said
    assert place.faults(place.permit(case)) == []
    after = {path for path in place.work.rglob("*") if ".git" not in path.parts}
    outputs = {place.work / each for each in case.writes}
    assert outputs <= after
    assert all(outputs & {path, *path.parents} for path in after - before)
    assert not list(place.scratch.iterdir())
    assert not place.pwned.exists()


@pytest.mark.parametrize("name", OFFENCES)
def test_an_offence_is_seen(name: str, place: Place) -> None:
    """What is judged above would not go unnoticed."""
    done = place.run(name, module="tests.trust.offences")
    assert done.returncode == 0, done.stderr
    found = place.faults(Permit([], [], []))
    assert [each for each in found if re.search(OFFENCES[name][1], each)], found


def test_a_module_of_the_folder_is_seen(place: Place) -> None:
    """The module of the offences lies where no module may be loaded from."""
    place.run("reads", module="tests.trust.offences")
    assert [each for each in place.faults(Permit([], [], [])) if re.search(r"imports .*/offences\.py", each)]


def test_templates_are_not_made_of_input(place: Place) -> None:
    place.lay(CASES["header as a page"].files)
    place.run(*CASES["header as a page"].command.split())
    page = (place.work / "a.html").read_text(encoding="utf-8")
    assert "1337" not in page
    assert "<script> */" not in page


def test_a_reproduction_is_not_made_of_input(place: Place) -> None:
    """The refutation is about a node whose name would end the text that it stands in."""
    board, name = (ROOT / "tests/boards/sl28.dtb").read_bytes(), b'""";exit(7);"""'
    assert len(name) == len(b"pcie-ep@3400000")
    place.lay({"b.dtb": board.replace(b"pcie-ep@3400000", name)})
    done = place.run(*CASES["reproduction"].command.split())
    assert done.returncode == 1, done.stderr
    text = (place.work / "out" / "test_regression.py").read_text(encoding="utf-8")
    assert "exit(7)" in text
    module = ast.parse(text)
    assert "exit(7)" in (ast.get_docstring(module) or "")
    assert not any(isinstance(node, ast.Name) and node.id == "exit" for node in ast.walk(module))
    assert "exit(7)" not in (place.work / "out" / "run.sh").read_text(encoding="utf-8")


def test_a_kernel_that_is_a_pipe_is_not_waited_for(place: Place) -> None:
    """The kernel that a configuration names is looked at, if it is a file."""
    os.mkfifo(place.work / "harmful-image")
    place.lay({"g.cfg": 'name = "g"\nmemory = 128\nkernel = "harmful-image"\n'})
    done = place.run("guest", "g.cfg", "--xen", "4.17")
    assert "g.cfg:3: harmful-image is no file here: taken for a kernel of 64 bits" in done.stdout
    assert place.faults(Permit([place.work / "g.cfg"], [], [])) == []
