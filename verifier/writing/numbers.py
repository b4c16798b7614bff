"""Numbers as the replacement text of a macro, in the style of the header around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_LITERAL = re.compile(
    r"(?P<open>(?:xen_mk_ullong|UINT64_C)? ?\( ?)?(?P<digits>0[xX][0-9a-fA-F]+|[1-9][0-9]*|0)"
    r"(?P<suffix>[uUlL]*)(?P<close> ?\))?"
)
_WIDE = re.compile(r"(xen_mk_ullong\(|UINT64_C\(|)0[xX][0-9a-fA-F]+(\)|ULL|ull)")
_HEX = re.compile(r"\b0[xX]([0-9a-fA-F]+)")
_NARROW = 1 << 30
"""Two numbers below this can be added in C's `int`."""
_ADDRESS = 8
"""Hex digits from which on Xen's header writes an even number of them."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a header writes hex numbers of 64 bits."""

    capitals: bool = False
    head: str = "xen_mk_ullong("
    """As in Xen's header: of 64 bits for C, and nothing for the assembler."""
    tail: str = ")"

    def wide(self, value: int, width: int = _ADDRESS) -> str:
        """`xen_mk_ullong(0x0200000000)`, with at least `width` digits."""
        return f"{self.head}0x{padded(value, width, capitals=self.capitals)}{self.tail}"


def manner_of(texts: Iterable[str]) -> Manner:
    """That of most replacement texts."""
    texts = tuple(texts)
    digits = "".join(digits for text in texts for digits in _HEX.findall(text))
    capitals = sum(each in "ABCDEF" for each in digits) > sum(each in "abcdef" for each in digits)
    found = Counter(match.group(1, 2) for text in texts if (match := _WIDE.fullmatch(text)))
    usual = Manner(capitals)
    head, tail = max(found, key=lambda form: (found[form], form), default=(usual.head, usual.tail))
    return Manner(capitals, head, tail)


def like(text: str, value: int, manner: Manner) -> str:
    """The value as another replacement text has it; in the header's manner where that is no single number, or too narrow."""
    found = _LITERAL.fullmatch(text)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return manner.wide(value) if value >= _NARROW else str(value)
    digits = found["digits"]
    is_wide = (found["open"] or "").startswith(("xen", "UINT")) or found["suffix"].lower().count("l") == 2
    if value >= _NARROW and not is_wide:
        return manner.wide(value)
    shown = str(value)
    if digits[:2] in ("0x", "0X"):
        own = any(each in "ABCDEF" for each in digits)
        capitals = own if own or any(each in "abcdef" for each in digits[2:]) else manner.capitals
        shown = digits[:2] + padded(value, len(digits) - 2, capitals=capitals)
    return f"{found['open'] or ''}{shown}{found['suffix']}{found['close'] or ''}"


def padded(value: int, width: int, *, capitals: bool = False) -> str:
    """Hex digits: `width` of them, or if it needs more and `width` is that of an address, the next even number."""
    digits = f"{value:X}" if capitals else f"{value:x}"
    more = len(digits) + (len(digits) % 2 if width >= _ADDRESS else 0)
    return digits.zfill(width if len(digits) <= width else more)
