"""Faults in expressions: a comparison one off, a rounding the other way, one thing for its neighbour."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
"""The neighbour, and the opposite."""
_CALLS = {
    "add": ("subtract",),
    "subtract": ("add",),
    "round_up": ("round_down",),
    "round_down": ("round_up",),
    "shift_left": ("shift_right",),
    "shift_right": ("shift_left",),
    "smaller": ("larger",),
    "larger": ("smaller",),
    "adding": ("removing",),
    "removing": ("adding",),
}
"""One function for another with the same parameters."""
_FIRST_ONLY = ("add", "subtract", "round_up", "round_down", "shift_left", "shift_right", "smaller", "larger")
"""Functions that can be forgotten: their first argument is left."""
PAIR = 2
_FIELDS = (
    ("start", "end", "size"),
    ("gfn", "number"),
    ("domain", "reserved", "shared", "passthrough"),
)
"""Attributes that one can be taken for another; what the object has not makes no fault."""


def expressions(node: ast.AST, parent: ast.AST, function: ast.FunctionDef | None) -> Iterator[ast.AST]:
    """What may stand instead of an expression."""
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.Call():
            yield from _called(node)
        case ast.Constant() if not isinstance(parent, ast.Call):
            yield from _constants(node)
        case ast.Attribute():
            yield from _neighbours(node)
        case ast.Tuple() | ast.List():
            yield from _shorter(node, function)
        case ast.Dict():
            yield from _exchanged(node)
        case ast.Name(ctx=ast.Load()):
            yield from _parameters(node, function)
        case ast.expr():
            yield from _decisions(node)


def _decisions(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.BoolOp():
            yield from _connected(node)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.IfExp():
            yield from (node.body, node.orelse)
            if not negated_elsewhere(node.test):
                yield ast.IfExp(node.test, node.orelse, node.body)


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS.get(type(operator), ()):
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)


def _called(node: ast.Call) -> Iterator[ast.AST]:
    name = _function(node)
    yield from _renamed(node, name)
    yield from _forgotten(node, name)
    yield from _with_other_number(node, name)
    if name == "holds" and not negated_elsewhere(node):
        yield ast.UnaryOp(ast.Not(), node)
    if name in ("Range", "Span") and len(node.args) == PAIR:
        yield ast.Call(node.func, node.args[::-1], node.keywords)
    for index, keyword in enumerate(node.keywords):
        if keyword.arg == "adds":
            yield ast.Call(node.func, node.args, [*node.keywords[:index], *node.keywords[index + 1 :]])


def _renamed(node: ast.Call, name: str) -> Iterator[ast.AST]:
    for other in _CALLS.get(name, ()):
        match node.func:
            case ast.Attribute(value=ast.Name(id="uint64") as value):
                yield ast.Call(ast.Attribute(value, other, ast.Load()), node.args, node.keywords)
            case ast.Name():
                yield ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords)


def _forgotten(node: ast.Call, name: str) -> Iterator[ast.AST]:
    """Of a word and something else, only the word is left; of two words either."""
    if name in _FIRST_ONLY and len(node.args) == PAIR:
        yield node.args[0]
    if name in ("smaller", "larger"):
        yield node.args[1]


def _with_other_number(node: ast.Call, name: str) -> Iterator[ast.AST]:
    """What adds or subtracts nothing is what is left when the call is forgotten."""
    for index, each in enumerate(node.args):
        if isinstance(each, ast.Constant):
            for other in _constants(each):
                if name not in ("add", "subtract") or other.value:
                    yield ast.Call(
                        node.func, [*node.args[:index], other, *node.args[index + 1 :]], node.keywords
                    )


def negated_elsewhere(test: ast.expr) -> bool:
    """Whether a fault in a part of a condition turns all of it round: a comparison, or what is not so."""
    match test:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(args=[ast.Compare()]):
            return _function(test) == "holds"
    return False


def _function(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _constants(node: ast.Constant) -> Iterator[ast.Constant]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        if node.value > 0:
            yield ast.Constant(node.value - 1)


def _connected(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        left = [*node.values[:index], *node.values[index + 1 :]]
        yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _neighbours(node: ast.Attribute) -> Iterator[ast.AST]:
    for names in _FIELDS:
        if node.attr in names:
            yield from (ast.Attribute(node.value, name, node.ctx) for name in names if name != node.attr)


def _shorter(node: ast.Tuple | ast.List, function: ast.FunctionDef | None) -> Iterator[ast.AST]:
    """One element forgotten, where any number may stand."""
    returns = ast.unparse(function.returns) if function is not None and function.returns else ""
    listed = any(isinstance(each, ast.Starred | ast.Tuple) for each in node.elts)
    if isinstance(node.ctx, ast.Load) and (listed or returns == "tuple[Range, ...]"):
        for index in range(len(node.elts)):
            yield type(node)([*node.elts[:index], *node.elts[index + 1 :]], node.ctx)


def _exchanged(node: ast.Dict) -> Iterator[ast.AST]:
    """One value in the place of the one before: of variants, the meaning of another."""
    for index in range(len(node.values)):
        other = node.values[(index + 1) % len(node.values)]
        yield ast.Dict(node.keys, [*node.values[:index], other, *node.values[index + 1 :]])


def _parameters(node: ast.Name, function: ast.FunctionDef | None) -> Iterator[ast.AST]:
    """One parameter for another of the same type."""
    if function is None:
        return
    typed = {each.arg: ast.unparse(each.annotation) for each in function.args.args if each.annotation}
    for name, annotation in typed.items():
        if node.id in typed and name != node.id and typed[node.id] == annotation:
            yield ast.Name(name, node.ctx)
