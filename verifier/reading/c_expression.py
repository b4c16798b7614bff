"""C integer constant expressions on tokens without macros (C11 6.5, 6.6, 6.10.1).

Where C leaves the result undefined, an error is raised; where it leaves it to the implementation
(narrowing to a signed type, right shift of a negative value), gcc decides. Operands that C does not
evaluate raise nothing but still count for the type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from verifier.layout.define import Number
from verifier.reading.c_numbers import (
    TYPES,
    ExpressionError,
    apply,
    character,
    checked,
    common,
    integer_type,
    literal,
    wrapped,
)
from verifier.reading.c_tokens import CHAR, NAME, NUMBER, PUNCTUATOR, Token, shorten

__all__ = ["ExpressionError", "evaluate", "evaluate_condition"]

MAX_DEPTH = 100  # parentheses, casts and `?:` in one another: bounds Python's stack; C asks for 63

_LONG = {"arm64": 64, "arm32": 32}
_LEVELS = ("||", "&&", "|", "^", "&", "== !=", "< > <= >=", "<< >>", "+ -", "* / %")
_PRECEDENCE = {name: level for level, names in enumerate(_LEVELS, 1) for name in names.split()}
_TRUTHS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_NO_OPERAND = frozenset("{ } ; [ ] # . ... -> ## = ++ --".split())  # noqa: SIM905


def evaluate(tokens: Sequence[Token], arch: str) -> Number:
    """The value and type of an expression; `arch` is "arm64" or "arm32"; ExpressionError."""
    return _Parser(tokens, _LONG[arch]).run()


def evaluate_condition(
    tokens: Sequence[Token], defined: Callable[[str], bool], value: Callable[[str], int]
) -> bool:
    """The truth of an `#if` expression (C11 6.10.1p4), all operands 64 bits wide; ExpressionError.

    `defined` answers the operator of that name; `value` is asked for names that are no macros, and
    only when the operand counts. Both may raise what they like.
    """
    return _Condition(tokens, defined, value).run().value != 0


class _Parser:
    """Recursive descent for operands, a stack for binary operators.

    `live` is false in operands that C does not evaluate.
    """

    casts = True

    def __init__(self, tokens: Sequence[Token], long: int, smallest: int = 32) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.ladder = (smallest, long, 64)

    def run(self) -> Number:
        if not self.tokens:
            raise ExpressionError("expression is empty")
        result = self.conditional(True)
        if self.position == len(self.tokens):
            return result
        token, before = self.tokens[self.position], self.tokens[self.position - 1]
        if token.text[0] == "'" and before.kind == NUMBER and not token.spaced:
            raise ExpressionError(f"digit separator after '{shorten(before.text)}' is not C11")
        raise ExpressionError(f"'{shorten(token.text)}' follows a complete expression")

    def peek(self) -> str:
        return self.tokens[self.position].text if self.position < len(self.tokens) else ""

    def expect(self, text: str) -> None:
        if self.peek() != text:
            found = f"'{shorten(self.peek())}'" if self.peek() else "the end"
            raise ExpressionError(f"{found} stands where '{text}' is needed")
        self.position += 1

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"expression is nested more than {MAX_DEPTH} deep")

    def conditional(self, live: bool) -> Number:
        self.enter()
        result = self.binary(live)
        if self.peek() == "?":
            self.position += 1
            chosen = result.value != 0
            yes = self.conditional(live and chosen)
            self.expect(":")
            no = self.conditional(live and not chosen)
            result = wrapped((yes if chosen else no).value, *common(yes, no))
        self.depth -= 1
        return result

    def binary(self, live: bool) -> Number:
        stack: list[tuple[Number, str, int, bool]] = []
        right = self.unary(live)
        while True:
            operator = self.peek()
            level = _PRECEDENCE.get(operator, 0)
            while stack and stack[-1][2] >= level:
                left, done, _, live = stack.pop()
                right = self.apply(done, left, right, live)
            if not level:
                return right
            self.position += 1
            stack.append((right, operator, level, live))
            if operator in {"&&", "||"}:
                live = live and (right.value != 0) == (operator == "&&")
            right = self.unary(live)

    def apply(self, operator: str, left: Number, right: Number, live: bool) -> Number:
        if operator == "&&":
            return self.truth(left.value != 0 and right.value != 0)
        if operator == "||":
            return self.truth(left.value != 0 or right.value != 0)
        result = apply(operator, left, right, live)
        return self.truth(result.value != 0) if operator in _TRUTHS else result

    def unary(self, live: bool) -> Number:
        start = self.position
        while self.peek() in {"+", "-", "~", "!"}:
            self.position += 1
        operators = [token.text for token in self.tokens[start : self.position]]
        result = self.primary(live)
        for operator in reversed(operators):
            if operator == "!":
                result = self.truth(result.value == 0)
            elif operator == "~":
                result = wrapped(~result.value, result.bits, result.signed)
            elif operator == "-":
                result = checked(-result.value, (result.bits, result.signed), live, "-")
        return result

    def primary(self, live: bool) -> Number:
        if self.position >= len(self.tokens):
            raise ExpressionError("expression ends where a value is needed")
        token = self.tokens[self.position]
        self.position += 1
        if token.kind == NUMBER:
            return literal(token.text, self.ladder)
        if token.kind == CHAR:
            return Number(character(token.text), self.ladder[0], True)
        if token.kind == NAME:
            return self.name(token.text, live)
        if token.text != "(":
            foreign = token.kind != PUNCTUATOR or token.text in _NO_OPERAND
            raise ExpressionError(f"'{shorten(token.text)}' stands where a value is needed", foreign=foreign)
        if self.casts and self.peek() in TYPES:
            return self.cast(live)
        result = self.conditional(live)
        self.expect(")")
        return result

    def cast(self, live: bool) -> Number:
        start = self.position
        while self.peek() in TYPES:
            self.position += 1
        words = [token.text for token in self.tokens[start : self.position]]
        if self.peek() != ")":
            raise ExpressionError(f"'({words[0]} {self.peek()}' starts no integer cast", foreign=True)
        self.position += 1
        bits, signed = integer_type(words, self.ladder[1])
        self.enter()
        operand = self.unary(live)
        self.depth -= 1
        if bits == 1:
            return self.truth(operand.value != 0)
        result = wrapped(operand.value, bits, signed)
        return result if bits >= 32 else Number(result.value, 32, True)

    def name(self, name: str, live: bool) -> Number:
        """A name stands for nothing in an expression that was expanded."""
        del live
        self.refuse_call(name)
        raise ExpressionError(f"unknown identifier '{shorten(name)}'", foreign=True)

    def refuse_call(self, name: str) -> None:
        if self.peek() == "(":
            raise ExpressionError(f"unknown macro '{shorten(name)}' is called", foreign=True)

    def truth(self, value: bool) -> Number:
        return Number(int(value), self.ladder[0], True)


class _Condition(_Parser):
    """The expression of an `#if`: names are values, `defined` is an operator, there are no casts."""

    casts = False

    def __init__(
        self, tokens: Sequence[Token], defined: Callable[[str], bool], value: Callable[[str], int]
    ) -> None:
        super().__init__(tokens, long=64, smallest=64)
        self.defined, self.value = defined, value

    def name(self, name: str, live: bool) -> Number:
        if name != "defined":
            self.refuse_call(name)
            return Number(self.value(name) if live else 0, 64, True)
        enclosed = self.peek() == "("
        self.position += enclosed
        if self.position >= len(self.tokens) or self.tokens[self.position].kind != NAME:
            raise ExpressionError("'defined' is not followed by a name")
        asked = self.peek()
        self.position += 1
        if enclosed:
            self.expect(")")
        return self.truth(self.defined(asked))
