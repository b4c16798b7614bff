"""Puts a fault in place: of its file before that is imported, or into the functions of a module that is imported already."""

from __future__ import annotations

import ast
import gc
import importlib.machinery
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import getclosurevars
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

ROOT = Path(__file__).parents[2]
VERIFIER = ROOT / "verifier"
_IMPORT = re.compile(r"^ *(?:from ([\w.]+) import (\([^)]*\)|.*)|import ([\w.]+))", re.MULTILINE)
_REMEMBERED = str(VERIFIER / "layout" / "remembered.py"), "remembered.<locals>.told"
Place = tuple[str, int]
"""Qualified name and first line: which function of a file."""


def path_of(module: str) -> Path:
    """Of a module by its name below `verifier`, or of one beside it: `rules.aligned`, `proofs.check`."""
    below = f"{module.replace('.', '/')}.py"
    return VERIFIER / below if (VERIFIER / below).is_file() else ROOT / below


def source(module: str) -> str:
    """Its text."""
    return path_of(module).read_text(encoding="utf-8")


@contextmanager
def instead_of_files(trees: Mapping[Path, ast.Module]) -> Iterator[None]:
    """Whoever loads one of the files gets its tree; for what is not loaded yet."""
    loader = importlib.machinery.SourceFileLoader
    before = loader.get_code

    def get_code(self: Any, fullname: str) -> CodeType | None:
        path = Path(self.get_filename(fullname))
        if path in trees:
            return compile(trees[path], str(path), "exec")  # our own source, changed
        return before(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign]
    try:
        yield
    finally:
        loader.get_code = before  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The functions of some files that are loaded, by file and place, and the caches that may hold what they made."""

    functions: Mapping[str, Mapping[Place, tuple[FunctionType, ...]]]
    caches: tuple[object, ...]
    answers: tuple[MutableSequence[object], ...] = ()
    """Those that `remembered` keeps."""

    def swap(self, path: Path, tree: ast.Module) -> bool:
        """Every function runs the code of the tree; False if one cannot, and then the process is of no use any more."""
        codes = dict(_codes(compile(tree, str(path), "exec")))
        try:
            for place, functions in self.functions.get(str(path), {}).items():
                for function in functions:
                    function.__code__ = codes.get(place, function.__code__)
        except ValueError:  # another number of free variables
            return False
        return True

    def forget(self) -> None:
        """Empties the caches."""
        for each in self.caches:
            each.cache_clear()  # type: ignore[attr-defined]
        for kept in self.answers:
            kept.clear()


def loaded(paths: Iterable[Path], modules: frozenset[str]) -> Loaded:
    """What this process has loaded: the functions of the files, and the caches of the modules, by full name."""
    files = {str(path) for path in paths}
    functions: dict[str, dict[Place, tuple[FunctionType, ...]]] = {}
    caches, answers = [], []
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            code = each.__code__
            if code.co_filename in files:
                of_file = functions.setdefault(code.co_filename, {})
                place = code.co_qualname, code.co_firstlineno
                of_file[place] = (*of_file.get(place, ()), each)
            if (code.co_filename, code.co_qualname) == _REMEMBERED:
                answers.append(getclosurevars(each).nonlocals["kept"])
        elif type(each).__name__ == "_lru_cache_wrapper" and each.__module__ in modules:
            caches.append(each)
    return Loaded(functions, tuple(caches), tuple(answers))


def _codes(whole: CodeType) -> Iterator[tuple[Place, CodeType]]:
    """Of every function, at any depth; none of two lambdas on one line, which nothing tells apart."""
    found = list(_nested(whole))
    times = Counter((each.co_qualname, each.co_firstlineno) for each in found)
    for each in found:
        place = each.co_qualname, each.co_firstlineno
        if times[place] == 1:
            yield place, each


def _nested(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _nested(each)


def dependents(paths: Iterable[Path]) -> frozenset[str]:
    """Full names of the modules of `verifier` and `tests` that import one of these files, however far away.

    What finds modules by walking a folder imports everything; all tests count.
    """
    known = {_name(path): path for room in (VERIFIER, ROOT / "tests") for path in room.rglob("*.py")}
    importers: dict[str, set[str]] = {name: set() for name in known}
    for name, path in known.items():
        for other in _imported(path.read_text(encoding="utf-8"), known):
            importers[other].add(name)
    todo = [_name(path) for path in paths]
    found = {name for name in known if name.startswith("tests.")}
    while todo:
        new = importers.get(todo.pop(), set()) - found
        found |= new
        todo.extend(new)
    return frozenset(found)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(text: str, known: Mapping[str, Path]) -> Iterator[str]:
    for module, names, plain in _IMPORT.findall(text):
        possible = (module, plain, *(f"{module}.{name}" for name in re.findall(r"\w+", names)))
        yield from (name for name in possible if name in known)
    if "import_module(" in text:
        yield from (name for name in known if name.startswith("verifier."))
