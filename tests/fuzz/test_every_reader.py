"""Whatever reads has a harness: told from the code, so that a reader that comes without one fails."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from tests.fuzz.frame import ROOT
from tests.fuzz.readers import HARNESSES
from verifier.commands import COMMANDS, cli

ENTERS = {
    "verifier/commands/ci.py:ci": ("event",),
    "verifier/commands/guest_kernel.py:bits_of": ("kernel", "guest"),
    "verifier/commands/files.py:read": ("arguments", "guest"),
    "verifier/commands/sweep_inputs.py:_digest": ("swept",),
    "verifier/commands/sweep_results.py:_opened": ("results", "row"),
    "verifier/commands/prove_more.py:recheck": ("certificate", "index"),
    "verifier/reading/device_tree.py:_compiled": ("source",),
    "verifier/reading/git.py:Repository.shallow": ("repository",),
    "verifier/reading/git_merge.py:_index": ("repository",),
    "verifier/reading/git_program.py:Git.stream": ("repository",),
    "verifier/reading/git_program.py:_pointed": ("repository",),
    "verifier/reading/platforms.py:_document": ("event",),
    "verifier/reading/policy.py:_read": ("policy",),
    "verifier/reading/recorded_verdicts.py:_theorems": ("verdicts",),
    "verifier/reading/source.py:read_bytes": ("header", "model", "patch", "layout"),
    "verifier/reading/toml_file.py:load": ("tables", "model"),
}
"""Where something comes in from outside, and the harnesses of what is made of it."""
NO_INPUTS = {
    "verifier/commands/diff.py:_base": "by `read_bytes` of reading/source.py",
    "verifier/commands/diff.py:_request": "by `read_bytes` of reading/source.py",
    "verifier/reading/source.py:open_source": "by `read_bytes` there",
    "verifier/reading/request.py:Reader.__init__": "by `read_bytes` of reading/source.py",
    "verifier/reading/request.py:Reader._content": "by `read_bytes` of reading/source.py",
    "verifier/commands/host_reproduce.py:_told": "the environment says whether there is an image of Xen to start",
    "verifier/machine/reproduce.py:run": "starts the script that was just written",
    "verifier/commands/sweep_stamp.py:stamp": "the tool's own code, of which a digest is made",
    "verifier/commands/__init__.py:_open_streams": "/dev/null, to write to",
    "verifier/commands/sweep_inputs.py:_at_once": "how `_digest` there opens",
    "verifier/commands/streams.py:print_out": "/dev/null, to write to",
    "verifier/logic/processes.py:_serve": "/dev/null, to write to",
    "verifier/reading/c_directives.py:DirectiveReader._branch": "opens a group of #if",
    "verifier/xen/dom0_room.py:tree_size": "what is open of dom0's memory",
}
"""What looks like such a place, and what it is instead."""
CALLS = ("open", "read_bytes", "read_text", "Popen", "subprocess.run", "connect")
"""`run` alone is many a function of our own."""
NAMES = ("environ", "stdin")


@cache
def entered() -> dict[str, set[str]]:
    """For each harness the files of which its seeds run a function, in a process that has cached nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.lines"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return {name: set(files) for name, files in json.loads(done.stdout).items()}


def test_every_module_that_reads_is_entered() -> None:
    known = {path.relative_to(ROOT).as_posix() for path in (ROOT / "verifier" / "reading").glob("*.py")}
    with_code = {path for path in known if "def " in (ROOT / path).read_text(encoding="utf-8")}
    assert len(with_code) > 70
    assert with_code - set().union(*entered().values()) == set()


@pytest.mark.parametrize("name", HARNESSES)
def test_what_is_counted_as_a_harness_s_own_is_entered_by_its_seeds(name: str) -> None:
    """Else its share of lines would be one of other code."""
    own = {path for pattern in HARNESSES[name].modules for path in ROOT.glob(pattern)}
    with_code = {each for each in own if any(isinstance(node, ast.FunctionDef) for node in _nodes(each))}
    assert with_code
    assert {each.relative_to(ROOT).as_posix() for each in with_code} - entered()[name] == set()


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def places() -> Iterator[str]:
    """Functions in which a file, a program, standard input or the environment is read."""
    for path in sorted((ROOT / "verifier").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(
            ("verifier/theorems/", "verifier/reports/")
        ):  # of proofs/ and of what is told alone
            yield from (
                f"{name}:{inner}" for inner in _reading(ast.parse(path.read_text(encoding="utf-8")), "")
            )


def _reading(node: ast.AST, inside: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        name = inside
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            name = f"{inside}.{child.name}".lstrip(".")
        if isinstance(child, ast.Call):
            called = child.func
            if not {ast.unparse(called), ast.unparse(called).rpartition(".")[2]}.isdisjoint(CALLS):
                yield name
        elif isinstance(child, ast.Attribute) and child.attr in NAMES:
            yield name
        yield from _reading(child, name)


def test_every_place_where_something_comes_in_has_harnesses() -> None:
    found = set(places())
    assert found - ENTERS.keys() - NO_INPUTS.keys() == set()
    assert (ENTERS.keys() | NO_INPUTS.keys()) - found == set(), "no longer there"
    assert {each for names in ENTERS.values() for each in names} - HARNESSES.keys() == set()


def test_every_option_is_in_a_command_line_that_others_are_made_of() -> None:
    lines = [seed.decode().split("\n") for seed in HARNESSES["arguments"].seeds()]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        own = {word for line in lines if line[0] == name for word in line[1:]}
        options = [each for each in command.params if isinstance(each, click.Option)]
        missing = [each for each in options if own.isdisjoint([*each.opts, *each.secondary_opts])]
        assert missing == []
        assert any(line[0] == name for line in lines), name
