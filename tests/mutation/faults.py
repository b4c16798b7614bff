"""Small faults in Python source, each one change of its syntax tree.

A fault is named by the function that it is in, the expression before and the expression after; line
numbers play no part in the name, so that it survives changes elsewhere in the file.
"""

from __future__ import annotations

import ast
import copy
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tests.mutation.expressions import expressions
from tests.mutation.statements import statements

Tree = TypeVar("Tree", bound=ast.AST)
SEED = 2021
QUIET = ("_said", "_null")
"""Functions that make nothing but messages."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands in its tree: the fields and indices that lead to it."""

    steps: tuple[tuple[str, int | None], ...]

    def of(self, tree: ast.AST) -> ast.AST:
        """What stands there."""
        node: Any = tree
        for name, index in self.steps:
            node = getattr(node, name) if index is None else getattr(node, name)[index]
        found: ast.AST = node
        return found

    def put(self, tree: Tree, new: ast.AST) -> Tree:
        """A copy of the tree with another node there."""
        changed = copy.deepcopy(tree)
        node: ast.AST = changed
        for name, index in self.steps[:-1]:
            node = getattr(node, name) if index is None else getattr(node, name)[index]
        name, index = self.steps[-1]
        if index is None:
            setattr(node, name, new)
        else:
            getattr(node, name)[index] = new
        return ast.fix_missing_locations(changed)


@dataclass(frozen=True, slots=True)
class Fault:
    """One change in one module."""

    module: str
    line: int
    function: str
    """Qualified name, empty at module level."""
    first_line: int
    """Of the function with its decorators, 0 at module level: where its code object begins."""
    before: str
    after: str
    count: int
    """1 for the first of its kind in the function, 2 for the second."""
    place: Place
    new: ast.AST

    @property
    def name(self) -> str:
        """`rangeset.apart: below.end < start -> below.end <= start`."""
        where = f"{self.module}.{self.function}" if self.function else self.module
        again = f" #{self.count}" if self.count > 1 else ""
        return f"{where}: {self.before} -> {self.after}{again}"

    def neighbour(self, source: str) -> str | None:
        """The attribute that is taken for another, of a fault that is nothing else: the object may not have it."""
        both = isinstance(self.new, ast.Attribute) and isinstance(
            self.place.of(ast.parse(source)), ast.Attribute
        )
        return self.new.attr if both and isinstance(self.new, ast.Attribute) else None

    def tree(self, source: str) -> ast.Module:
        """The changed module."""
        return self.place.put(ast.parse(source), self.new)


@dataclass(frozen=True, slots=True)
class _Within:
    """Where the walk is."""

    steps: tuple[tuple[str, int | None], ...] = ()
    names: tuple[str, ...] = ()
    function: ast.FunctionDef | None = None
    parents: tuple[ast.AST, ...] = ()

    def down(self, field: str, index: int | None, parent: ast.AST) -> _Within:
        names, function = self.names, self.function
        if isinstance(parent, ast.FunctionDef | ast.ClassDef):
            names = (*names, parent.name)
        if isinstance(parent, ast.FunctionDef) and field == "body":  # a default is made where the function is
            function = parent
        return _Within((*self.steps, (field, index)), names, function, (*self.parents, parent))


def faults(module: str, source: str) -> Iterator[Fault]:
    """All of a module, in the order of their text; two that lead to the same module are one."""
    tree = ast.parse(source)
    seen: set[tuple[object, str]] = set()
    counts: Counter[str] = Counter()
    for node, within in _walk(tree, _Within()):
        for new in (*expressions(node, within.parents[-1], within.function), *statements(node)):
            made = _fault(module, node, ast.copy_location(new, node), within)
            changed = _changed(node, new, within)
            if changed is not None and changed not in seen:
                seen.add(changed)
                counts[made.name] += 1
                yield replace(made, count=counts[made.name])


def _changed(node: ast.AST, new: ast.AST, within: _Within) -> tuple[object, str] | None:
    """Which statement a fault changes, and into what; None if it reads as before."""
    nodes = (*within.parents, node)
    index = max(place for place, each in enumerate(nodes) if isinstance(each, ast.stmt))
    statement, rest = nodes[index], within.steps[index:]
    text = ast.dump(Place(rest).put(statement, new) if rest else new)
    return None if text == ast.dump(statement) else (within.steps[:index], text)


def part(found: Sequence[Fault], size: int, sample: int = SEED) -> list[Fault]:
    """Some of the faults, the same ones every time; others for another sample."""
    return random.Random(sample).sample(list(found), min(size, len(found)))  # not for secrets


def _fault(module: str, node: ast.AST, new: ast.AST, within: _Within) -> Fault:
    before, after = _shown(node, new, within)
    return Fault(
        module, getattr(node, "lineno", 0), ".".join(within.names), _first_line(within.function), before, after, 1,
        Place(within.steps), new,
    )  # fmt: skip


def _shown(node: ast.AST, new: ast.AST, within: _Within) -> tuple[str, str]:
    """Before and after; a name or a number is shown in the expression that it is part of."""
    parents, steps = list(within.parents), list(within.steps)
    while isinstance(node, ast.Constant | ast.Name | ast.Attribute | ast.keyword) and not isinstance(
        parents[-1], ast.Module | ast.FunctionDef | ast.ClassDef | ast.If | ast.For
    ):
        parent, (field, index) = parents.pop(), steps.pop()
        node, new = parent, Place(((field, index),)).put(parent, new)
    return _text(node), _text(new)


def _first_line(function: ast.FunctionDef | None) -> int:
    if function is None:
        return 0
    return min([function.lineno, *(each.lineno for each in function.decorator_list)])


def _walk(node: ast.AST, within: _Within) -> Iterator[tuple[ast.AST, _Within]]:
    """Every node that computes something: no annotations, no messages, no docstrings."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.FunctionDef) and node.name in QUIET:
        return
    if within.steps:
        yield node, within
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases") or _typing(node, field):
            continue
        for index, each in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(each, ast.AST):
                yield from _walk(each, within.down(field, index, node))


def _typing(node: ast.AST, field: str) -> bool:
    """Whether a field names types: the parameters of a generic class, or an alias of such."""
    if isinstance(node, ast.Subscript):
        return field == "slice" and isinstance(node.value, ast.Name) and node.value.id[:1].isupper()
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.For):
        return f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
    if isinstance(node, ast.Expr):
        return _text(node.value)
    return " ".join(ast.unparse(node).split())
