"""Numbers as people of this field write them: hex with a human size."""

from __future__ import annotations

import re

_UNITS = ((60, "EiB"), (50, "PiB"), (40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB"))


def hexa(number: int) -> str:
    """`0x38000000`; a negative number keeps its sign in front."""
    return hex(number)


def span(start: int, end: int) -> str:
    """`[0x38000000, 0x39000000)`: `end` is exclusive."""
    return f"[{hexa(start)}, {hexa(end)})"


def size(number: int) -> str:
    """Bytes as `8 GiB`, `1016 GiB`, `256 bytes`; `~59.9 GiB` where that would need five digits.

    The largest unit that divides exactly is taken; past four digits an approximate larger one.
    """
    for shift, unit in _UNITS:
        whole, rest = divmod(number, 1 << shift)
        if whole and not rest and whole < 10_000:
            return f"{whole} {unit}"
    for shift, unit in _UNITS:
        if number >> shift and number >= 10_000:
            return f"~{_decimals(number, shift)} {unit}"
    return f"{number} byte{'' if number == 1 else 's'}"


def _decimals(number: int, shift: int) -> str:
    """`number / 2**shift` to three significant digits, in integers so that it never misrounds."""
    places = max(0, 3 - len(str(number >> shift)))
    scaled = (number * 10**places + (1 << (shift - 1))) >> shift
    text = str(scaled).rjust(places + 1, "0")
    return text if not places else f"{text[:-places]}.{text[-places:]}"


def sized(number: int) -> str:
    """`0x200000000 (8 GiB)`."""
    return f"{hexa(number)} ({size(number)})"


def listing(items: tuple[str, ...] | list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def shortened(text: str, most: int, end: int) -> str:
    """The text if it has at most so many characters, else its beginning and its last `end` ones with dots between."""
    return text if len(text) <= most else f"{text[: most - end - 3]}...{text[len(text) - end :]}"


def plural(count: int, noun: str) -> str:
    """`1 pair` needs `pair`, `2` needs `pairs`."""
    return noun if count == 1 else f"{noun}s"


_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, ends of lines and turns of the direction of Unicode, and what is no character at all."""
_FROM_BYTES = range(0xDC80, 0xDD00)
"""How Python holds the bytes of a file's name that are no UTF-8."""


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code in _FROM_BYTES:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def printable(text: str) -> str:
    """The text without control characters, which names out of mails and headers may hold: `\\x1b` for ESC."""
    return _HIDDEN.sub(lambda found: found[0] if found[0] in "\n\t" else _escaped(found), text)


def printable_with_diff(text: str) -> str:
    """As `printable`, but for `\\r` before the end of a line: it hides nothing, and a diff of such a header needs it."""
    return "\n".join(
        printable(line.removesuffix("\r")) + "\r" * line.endswith("\r") for line in text.split("\n")
    )


def one_line(text: str) -> str:
    """The text without any control character, ends of lines included: a name that has to stay in its row."""
    return _HIDDEN.sub(_escaped, text)
