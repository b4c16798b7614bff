"""The value of a macro whose replacement is a number, a brace list of numbers, or something else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verifier.layout.define import Number
from verifier.layout.errors import InputError
from verifier.reading.c_expression import ExpressionError, evaluate
from verifier.reading.c_macros import Expander, Macro, MacroError
from verifier.reading.c_numbers import TYPES
from verifier.reading.c_tokens import CHAR, NAME, NUMBER, STRING, Token

MAX_LIST = 1024  # numbers in braces; the lists of arch-arm.h have 2, one for each bank of RAM

_LAYOUT = re.compile(
    r"GUEST_(?:\w+_(?:BASE|ADDR|SIZE|BANKS|MAX|PPI|SPI|SPI_FIRST|SPI_LAST|INTR_ID|VCPUS|REGIONS|STRIDE"
    r"|BASES|SIZES)|(?:\w+_)?ADDR_TYPE_\w+|MAX_\w+)\Z"
)
_KEYWORDS = frozenset(
    "auto break case const continue default do double else enum extern float for goto if inline"  # noqa: SIM905
    " register restrict return static struct switch typedef typeof union void volatile while asm"
    " __attribute__ __extension__ __typeof__ __inline__ __asm__ __volatile__ _Static_assert".split()
)


def value_of(
    macro: Macro, expander: Expander, arch: str, *, strict: bool = False
) -> Number | tuple[Number, ...] | None:
    """The number or numbers that an object-like macro stands for; None when it is no number.

    InputError at the macro's origin for a fault in expansion or arithmetic. That there is no number
    is a fault too if `strict`, or if the name is one of a layout (an address, a size, an interrupt)
    and the replacement is not plainly something else, such as a string or a type.
    """
    try:
        tokens = expander.expand([Token(NAME, macro.name, macro.origin.line, False)])
        if not strict and _plainly_other(tokens):
            return None
        _refuse_circles(tokens, expander)
        return _numbers(tokens, arch)
    except MacroError as error:
        raise InputError(f"{error} in '{macro.name}'", macro.origin.file, macro.origin.line) from None
    except ExpressionError as error:
        if error.foreign and not strict and not _LAYOUT.match(macro.name):
            return None
        raise InputError(f"{error} in '{macro.name}'", macro.origin.file, macro.origin.line) from None


def _plainly_other(tokens: Sequence[Token]) -> bool:
    """Whether the tokens cannot be meant as a number: nothing, a string, a type, a statement."""
    kinds = {token.kind for token in tokens}
    names = {token.text for token in tokens if token.kind == NAME}
    if STRING in kinds or names & _KEYWORDS:
        return True
    return not kinds & {NUMBER, CHAR} and names <= TYPES


def _refuse_circles(tokens: Sequence[Token], expander: Expander) -> None:
    """ExpressionError when an object-like macro is left, which is then one that holds itself."""
    for token in tokens:
        macro = expander.table.get(token.text) if token.kind == NAME else None
        if macro is not None and macro.parameters is None:
            raise ExpressionError(f"macro '{macro.name}' refers to itself", foreign=True)


def _numbers(tokens: Sequence[Token], arch: str) -> Number | tuple[Number, ...]:
    if not tokens or tokens[0].text != "{":
        return evaluate(tokens, arch)
    if tokens[-1].text != "}":
        raise ExpressionError("brace list does not end with '}'")
    items: list[list[Token]] = [[]]
    level = 0
    for token in tokens[1:-1]:
        level += (token.text == "(") - (token.text == ")")
        if token.text == "," and level == 0:
            items.append([])
        else:
            items[-1].append(token)
    if not items[-1]:
        items.pop()
    if not 0 < len(items) <= MAX_LIST:
        raise ExpressionError(f"brace list has {len(items)} numbers; from 1 to {MAX_LIST} are needed")
    return tuple(evaluate(item, arch) for item in items)
