"""Integer literals, character constants and integer types of C (C11 6.4.4, 6.2.5) on the Arm ABIs.

`int` has 32 bits, `long` 64 on arm64 and 32 on arm32, `long long` 64; plain `char` is unsigned. A type
is told by its width and sign alone: among types of one width the rank never changes a value.
Binary literals (C23, GNU C) are read, digit separators (C23) are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from verifier.layout.define import Number
from verifier.reading.c_tokens import shorten

_LITERAL = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uUlL]*)\Z")
_SUFFIX = re.compile(r"(?:[uU](?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU]?)?\Z")
_FLOATING = re.compile(r"[0-9]+[eE]|0[xX][0-9a-fA-F]+[pP]|[0-9a-zA-Z_]*\.")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,99})|(.))\Z")
_ESCAPES = dict(zip("abfnrtv'\"?\\e", b"\a\b\f\n\r\t\v'\"?\\\x1b", strict=True))

_EXACT = {
    f"{sign}int{prefix}{bits}_t": (bits, not sign)
    for sign in ("", "u")
    for prefix in ("", "_least")
    for bits in (8, 16, 32, 64)
} | {"intmax_t": (64, True), "uintmax_t": (64, False)}
_POINTER_SIZED = {"size_t": False, "ssize_t": True, "ptrdiff_t": True, "intptr_t": True, "uintptr_t": False}
_WORDS = {"signed", "unsigned", "char", "short", "int", "long", "_Bool", "bool"}
TYPES = frozenset(_WORDS | _POINTER_SIZED.keys() | _EXACT.keys())
"""Names that a cast may be made of."""


class ExpressionError(Exception):
    """No value: the text says why.

    `foreign`: a name, call or form that is no integer constant expression at all, though the text
    may be right as something else.
    """

    def __init__(self, message: str, *, foreign: bool = False) -> None:
        super().__init__(message)
        self.foreign = foreign


def common(left: Number, right: Number) -> tuple[int, bool]:
    """Width and sign that two promoted operands are converted to (C11 6.3.1.8)."""
    if left.bits == right.bits:
        return left.bits, left.signed and right.signed
    wider = left if left.bits > right.bits else right
    return wider.bits, wider.signed


def wrapped(value: int, bits: int, signed: bool) -> Number:
    """The value reduced to the type; to a signed one as gcc does it."""
    value &= (1 << bits) - 1
    return Number(value - (1 << bits) if signed and value >> (bits - 1) else value, bits, signed)


def checked(value: int, kind: tuple[int, bool], live: bool, operator: str) -> Number:
    """The value in the type `kind` (width, sign); ExpressionError on signed overflow if `live`."""
    result = wrapped(value, *kind)
    if live and result.value != value and result.signed:
        raise ExpressionError(f"signed overflow in '{operator}': {value:#x} does not fit {kind[0]} bits")
    return result


_BINARY: dict[str, Callable[[int, int], int]] = {
    "==": int.__eq__,
    "!=": int.__ne__,
    "<": int.__lt__,
    ">": int.__gt__,
    "<=": int.__le__,
    ">=": int.__ge__,
    "|": int.__or__,
    "^": int.__xor__,
    "&": int.__and__,
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
}


def apply(operator: str, left: Number, right: Number, live: bool) -> Number:
    """Any binary operator but `&&` and `||`; a comparison yields a Number whose type is not its own.

    ExpressionError where C11 leaves the result undefined, unless the operands are not `live`.
    """
    if operator in {"<<", ">>"}:
        return _shifted(operator, left, right, live)
    kind = common(left, right)
    one, two = wrapped(left.value, *kind).value, wrapped(right.value, *kind).value
    if operator in _BINARY:
        return checked(int(_BINARY[operator](one, two)), kind, live, operator)
    if two == 0:
        if live:
            raise ExpressionError(f"division by zero in '{operator}'")
        return Number(0, *kind)
    quotient = abs(one) // abs(two) * (1 if (one < 0) == (two < 0) else -1)
    result = checked(quotient, kind, live, operator)
    return result if operator == "/" else Number(one - quotient * two, *kind)


def _shifted(operator: str, left: Number, right: Number, live: bool) -> Number:
    """A shift has the type of its left operand alone (C11 6.5.7)."""
    kind = (left.bits, left.signed)
    if not 0 <= right.value < left.bits:
        if live:
            raise ExpressionError(f"shift count {right.value} is not in [0, {left.bits})")
        return Number(0, *kind)
    if operator == ">>":
        return Number(left.value >> right.value, *kind)
    if live and left.value < 0:
        raise ExpressionError(f"left shift of the negative value {left.value}")
    return checked(left.value << right.value, kind, live, operator)


def literal(text: str, ladder: tuple[int, int, int]) -> Number:
    """The value and type of a pp-number (C11 6.4.4.1p5); ExpressionError.

    `ladder` holds the widths of `int`, `long` and `long long`.
    """
    found = _LITERAL.match(text)
    if not found or not _SUFFIX.match(found[2]):
        foreign = _FLOATING.match(text) is not None
        raise ExpressionError(f"'{shorten(text)}' is no integer literal", foreign=foreign)
    digits, suffix = found[1], found[2].lower()
    decimal = digits[0] != "0" or len(digits) == 1
    base = 10 if decimal else {"x": 16, "b": 2}.get(digits[1].lower(), 8)
    if base == 8 and (bad := re.search("[89]", digits)):
        raise ExpressionError(f"octal literal '{shorten(text)}' has the digit '{bad[0]}'")
    significant = digits[0 if base in {8, 10} else 2 :].lstrip("0") or "0"
    value = int(significant, base) if len(significant) <= 64 else 1 << 64
    signs = (False,) if "u" in suffix else (True,) if decimal else (True, False)
    for bits in ladder[suffix.count("l") :]:
        for signed in signs:
            if value < 1 << (bits - signed):
                return Number(value, bits, signed)
    limit = "2**64" if False in signs else "2**63, or take the suffix U"
    raise ExpressionError(f"literal '{shorten(text)}' is too large; it must be below {limit}")


def character(text: str) -> int:
    """The value of a character constant as written, such as `'a'`; ExpressionError."""
    body, value = text[1:-1], -1
    escape = _ESCAPE.match(body)
    if text[0] == "'" and escape is not None:
        octal, hexadecimal, letter = escape.groups()
        numeric = octal or hexadecimal
        value = int(numeric, 8 if octal else 16) if numeric else _ESCAPES.get(letter, -1)
    elif text[0] == "'" and len(body) == 1 and body.isascii() and body != "\\":
        value = ord(body)
    if not 0 <= value < 256:
        raise ExpressionError(f"character constant {shorten(text)} is not one plain character")
    return value


def integer_type(words: list[str], long: int) -> tuple[int, bool]:
    """Width in bits and sign of the type that `words` of TYPES name, 1 bit for `_Bool`; ExpressionError."""
    if len(words) == 1 and words[0] in _EXACT:
        return _EXACT[words[0]]
    if len(words) == 1 and words[0] in _POINTER_SIZED:
        return long, _POINTER_SIZED[words[0]]
    if words in (["_Bool"], ["bool"]):
        return 1, False
    sign = [word for word in words if word in {"signed", "unsigned"}]
    base = " ".join(sorted(word for word in words if word not in {"signed", "unsigned"}))
    if base == "char" and len(sign) < 2:
        return 8, sign == ["signed"]
    widths = {"": 32, "int": 32, "int short": 16, "int long": long, "int long long": 64}
    widths |= {"short": 16, "long": long, "long long": 64}
    if base not in widths or len(sign) > 1:
        raise ExpressionError(f"'({shorten(' '.join(words))})' is no integer type")
    return widths[base], sign != ["unsigned"]
