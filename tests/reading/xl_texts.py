"""Random xl configurations: such as people write, of single tokens, and damaged ones."""

from __future__ import annotations

import random

NAMES = ["memory", "iomem", "a", "b_1", "c.d"]
_ATOMS = [
    "0",
    "7",
    "010",
    "08",
    "0x10",
    "0xff",
    "1f",
    "12x",
    "9fxa",
    "''",
    '""',
    "'q'",
    '"10"',
    '" 12"',
    "'-5'",
]
_ATOMS += [
    "'0x1F'",
    '"a b"',
    "'it\\'s'",
    '"\\n\\t"',
    '"\\012"',
    "'\\0 9z'",
    "'#'",
    "'99999999999999999999'",
    '"é"',
]
_TOKENS = [
    *_ATOMS,
    *NAMES,
    "=",
    "+=",
    "[",
    "]",
    ",",
    ";",
    "\n",
    "# c\n",
    "#c [\r\n",
    " ",
    "\t",
    "\\",
    "'",
    '"',
]
_TOKENS += ["\r", "(", "-", "+", ".", "A", "é", "\x01", '"\\x41"', '"\\q"', "'\\07'", "'\\1-3'", "#"]
_ENDS = [";", " ; ", "\n", "# x\n", " \n"]
_BETWEEN = ["", "", " ", "\n", " # x\n", "\n\n"]


def config(draw: random.Random) -> str:
    """One that is accepted, mostly: a type may be mixed by `+=`."""
    lines = []
    for _ in range(draw.randint(0, 6)):
        value = _value(draw, 0)
        sign = draw.choice(("=", " = ", "\t=", " += ", "+="))
        lines.append(f"{draw.choice(NAMES)}{sign}{value}{draw.choice(_ENDS)}")
    return "".join(lines) + draw.choice(("", "\n", "a=1", ";;"))


def _value(draw: random.Random, depth: int) -> str:
    if depth > 3 or draw.random() < 0.5:
        return draw.choice(_ATOMS)
    items = [_value(draw, depth + 1) for _ in range(draw.randint(0, 4))]
    last = f",{draw.choice(_BETWEEN)}" if items and draw.random() < 0.3 else ""
    inner = ",".join(f"{draw.choice(_BETWEEN)}{item}{draw.choice(_BETWEEN)}" for item in items)
    return f"[{inner}{last}]"


def tokens(draw: random.Random) -> str:
    """Anything."""
    return "".join(draw.choice(_TOKENS) for _ in range(draw.randint(0, 12)))


def damaged(draw: random.Random) -> str:
    """A configuration with one to three tokens cut out, put in, or doubled."""
    text = config(draw)
    for _ in range(draw.randint(1, 3)):
        start = draw.randint(0, len(text))
        end = min(len(text), start + draw.randint(0, 3))
        text = text[:start] + draw.choice(("", draw.choice(_TOKENS), text[start:end] * 2)) + text[end:]
    return text
