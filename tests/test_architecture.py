"""The rooms import in one direction, solvers and networkx stay lazy, every module is small."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "verifier"
ALLOWED = {
    "layout": set(),
    "reading": {"layout"},
    "logic": {"layout"},
    "rules": {"layout", "reading", "logic"},
    "xen": {"layout", "reading", "logic"},
    "machine": {"layout", "reading"},
    "theorems": {"layout", "reading", "logic", "rules", "xen"},
    "search": {"layout", "reading", "logic", "rules", "xen"},
    "writing": {"layout", "reading", "logic", "rules"},
    "reports": {"layout"},
    "commands": {
        *(
            "layout",
            "reading",
            "logic",
            "rules",
            "xen",
            "theorems",
            "search",
            "machine",
            "writing",
            "reports",
        ),
    },
}
"""Room to the rooms it may import besides itself; `version` is free to all."""
WITHIN_THEOREMS = {"": set[str](), "vocabulary": {""}, "statements": {"", "vocabulary"}}
"""Folder of the room to those it may import besides itself; "" is what proves, whatever the statements are."""
LAZY = (
    "z3",
    "cvc5",
    "bitwuzla",
    "networkx",
    "email",
    "importlib.metadata",
    "jinja2",
    "rich",
    "dask",
    "distributed",
    "sqlite3",
)
MOST_LINES = 320


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every imported module and whether the import stands at the top level of the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(ast.iter_child_nodes(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in top
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module, node in top
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node in top


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE).parts
    if len(parts) == 1:
        return  # the package's own front: __init__, __main__, version
    room = parts[0]
    for name, _ in imports(path):
        pieces = name.split(".")
        if pieces[0] == "verifier" and len(pieces) > 1 and pieces[1] in ALLOWED:
            assert pieces[1] == room or pieces[1] in ALLOWED[room], f"{path} imports {name}"


def folder_of(module: str) -> str:
    """Of a module of theorems, by its full name."""
    pieces = module.split(".")
    return pieces[2] if len(pieces) > 2 and pieces[2] in WITHIN_THEOREMS else ""


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "theorems").rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_what_proves_knows_no_statement(path: Path) -> None:
    own = folder_of(".".join(path.relative_to(PACKAGE.parent).parent.parts))
    for name, _ in imports(path):
        if name.startswith("verifier.theorems"):
            folder = folder_of(name)
            assert folder == own or folder in WITHIN_THEOREMS[own], f"{path} imports {name}"


def test_statements_are_found_in_their_folder_only() -> None:
    room = PACKAGE / "theorems"
    assert {path.name for path in room.iterdir() if path.is_dir() and not path.name.startswith("_")} == {
        folder for folder in WITHIN_THEOREMS if folder
    }
    for path in modules():
        found = {name for name, _ in imports(path)}
        if path.parent != room / "statements":
            assert not any(folder_of(name) == "statements" for name in found), path
        if room in path.parents and path != room / "catalogue.py":
            assert "importlib" not in found, path


def test_each_module_of_statements_has_some() -> None:
    for path in (PACKAGE / "theorems" / "statements").glob("[!_]*.py"):
        names = {
            target.id
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert "THEOREMS" in names, path


def test_every_room_is_known() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert rooms <= set(ALLOWED), rooms - set(ALLOWED)


def test_layout_uses_the_standard_library_only() -> None:
    for path in (PACKAGE / "layout").rglob("*.py"):
        for name, _ in imports(path):
            assert name.split(".")[0] in {*sys.stdlib_module_names, "verifier"}, f"{path} imports {name}"


@pytest.mark.parametrize(
    ("solver", "module"),
    [("z3", "logic/solver.py"), ("cvc5", "logic/ask_cvc5.py"), ("bitwuzla", "logic/ask_bitwuzla.py")],
)
def test_only_one_module_loads_a_solver(solver: str, module: str) -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        for name, _ in imports(path)
        if name.split(".")[0] == solver
    }
    assert found == {module}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["check", "--help"], ["prove", "--help"], ["list"]]
)
def test_what_needs_no_solver_loads_none(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "verifier", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {
        line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")
    }
    assert "click" in loaded
    assert not loaded & set(LAZY)


def test_completion_loads_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_VERIFIER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "verifier ch")
    monkeypatch.setenv("COMP_CWORD", "1")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "verifier"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "plain,check\n"
    loaded = {
        line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")
    }
    assert not loaded & set(LAZY)
