"""Faults in statements: a loop forgotten, a filter dropped, a condition turned round."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.mutation.expressions import negated_elsewhere


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand instead of a statement, or of the condition of one."""
    match node:
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load())))
        case ast.Expr(value=ast.Call()) | ast.Break() | ast.Raise():
            yield ast.Pass()
        case ast.If():
            if not negated_elsewhere(node.test):
                yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
            yield ast.If(ast.Constant(value=False), node.body, node.orelse)
            yield ast.If(ast.Constant(value=True), node.body, node.orelse)
        case ast.For():
            yield ast.For(node.target, ast.Tuple([], ast.Load()), node.body, node.orelse)
