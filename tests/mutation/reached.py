"""Which statements of some files run: a probe before each statement of a function, as a tracer would slow all code down."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.mutation.faults import Fault

Line = tuple[str, int]
"""File, and the number where a statement begins."""
_PROBE = "__verifier_reached__"


class Watch:
    """Where probes tell that they are met."""

    def __init__(self) -> None:
        self._met: set[Line] = set()
        setattr(builtins, _PROBE, self._met.add)

    @contextmanager
    def noting(self, into: set[Line]) -> Iterator[None]:
        """What is met inside goes into this set, and not into one outside."""
        outer = set(self._met)
        self._met.clear()
        try:
            yield
        finally:
            into |= self._met
            self._met.clear()
            self._met |= outer


def with_probes(path: Path) -> ast.Module:
    """The module with a probe before each statement of its functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            _probe(node, str(path))
    return ast.fix_missing_locations(tree)


def _probe(node: ast.AST, file: str) -> None:
    """In all of its blocks; functions inside are walked by themselves."""
    for _, value in list(ast.iter_fields(node)):
        if not isinstance(value, list):
            continue
        if value and isinstance(value[0], ast.stmt):
            for statement in value:
                if not isinstance(statement, ast.FunctionDef):
                    _probe(statement, file)
            value[:] = [new for each in value for new in _with_probe(each, file)]
        else:
            for each in value:
                if isinstance(each, ast.ExceptHandler | ast.match_case):
                    _probe(each, file)


def _with_probe(statement: ast.stmt, file: str) -> list[ast.stmt]:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return [statement]  # a docstring stays the first
    line = ast.Tuple([ast.Constant(file), ast.Constant(statement.lineno)], ast.Load())
    call = ast.Call(ast.Name(_PROBE, ast.Load()), [line], [])
    return [ast.copy_location(ast.Expr(call), statement), statement]


def line_of(fault: Fault, path: Path, tree: ast.Module) -> Line:
    """Where the innermost statement begins that the fault is in: it runs if the fault is met at all."""
    node: Any = tree
    line = 0
    for name, index in fault.place.steps:
        if isinstance(node, ast.stmt):
            line = node.lineno
        node = getattr(node, name) if index is None else getattr(node, name)[index]
    return str(path), node.lineno if isinstance(node, ast.stmt) else line
