"""The words and signs that a comment's quantities are told by: data, and the split into tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

PAGE = 4096
"""Bytes that "pages" stands for: Xen's page size (`XEN_PAGE_SIZE`, asm/page.h)."""


class Role(StrEnum):
    """What of a region an amount of bytes claims to be."""

    ANY = "base or size"
    SIZE = "size"
    BASE = "base"
    END = "end"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHIFTS = {"k": 10, "m": 20, "g": 30, "t": 40}
"""First letter of a unit to its power of two."""
NOUNS = {
    "byte": "bytes",
    "page": "pages",
    "vcpu": "vcpus",
    "cpu": "vcpus",
    "bank": "banks",
    "device": "devices",
    "bus": "buses",
    "interrupt": "interrupts",
    "irq": "interrupts",
    "spi": "interrupts",
}
"""What can be counted, in the singular, to the name of its count."""
BYTES_EACH = {"bytes": 1, "pages": PAGE}
ADJECTIVES = _words("guest memory pci ram virtio virtual")
"""May stand between a number and its noun."""

ARTICLES = _words("a an the")
VERBS = _words("are covers has have holds is occupies reserves spans takes")
CONNECTORS = ARTICLES | VERBS | {":", "=", "at", "by", "from", "in", "of", "on", "to"}
"""May stand between an amount and the word that says what it is."""
STARTS = _words(". ; : ( [ { | = == between")
"""After these an amount is said of what the comment stands on."""
THINGS = _words("area bank it memory ram range region this window")
"""After these, and after one of them with a verb, too."""
HEADS = {
    Role.SIZE: _words("length len size sized total totals"),
    Role.BASE: _words("@ base begins located start starting starts"),
    Role.END: _words("end ending ends"),
}
"""These say what an amount is."""

ELSE_BEFORE = _words(
    "above after aligned alignment before below beneath beyond bottom each every first granularity granule high last "
    "low lower lowest multiple multiples offset over past per rounded top under upper within"
)
"""What follows these is a place or a part, not how large or where the region is."""
ELSE_AFTER = _words(
    "aligned alignment block blocks boundaries boundary chunk chunks frame frames granularity granule granules huge "
    "limit mark multiple page pages stride super superpage superpages"
)
"""What stands before these is a measure of something else."""
SHARES = _words("apart each every per")
"""The same, with one word between: "for each", "for every"."""
LEFT_OVER = _words("free gap guard hole holes left less more needed reachable smaller unused used usable")
"""What stands before these may be a part of the region."""
BOUNDS = _words("> < ~ least max maximum min minimum most")
"""What follows these is a bound of the number, not the number."""
COMPARED = _words("bigger fewer greater higher larger less lower more smaller")
"""With "or" before it, the same of what stands before."""
OTHER_TIMES = _words("before since until")
"""What stands before these was or will be so."""
THROUGH = frozenset({"-", "..", "...", "\u2013", "to"})

_TOKEN = re.compile(
    r"""(?P<url>[A-Za-z]{2,9}://\S*)
    |(?P<hex>0[xX][0-9a-fA-F]{1,16}[uUlL]{0,3}(?!\w))
    |(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}|[0-9]{1,20})(?:\.[0-9]{1,9})?
        (?:(?P<unit>[ -]?(?:[KMGTkmgt]i?[Bb]|[KMGTk]|(?:[Kk]ilo|[Mm]ega|[Gg]iga|[Tt]era)bytes?))(?!\w)
        |(?=[xX][0-9])|(?!\w)(?!\.[0-9])))
    |(?P<joiner>(?<=[0-9])[xX](?=[0-9])|[xX](?=\s+[0-9])|[*\u00d7])
    |(?P<word>[A-Za-z_](?:\w|\.(?=\w))*)
    |(?P<junk>\w+(?:\.\w+)*)
    |(?P<sign>\.\.+|==|[^\w\s])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a comment; `kind` is the name of its group in the expression above."""

    kind: str
    text: str
    """As written; words in lower case."""
    start: int
    end: int
    unit: str
    """Of a number, with the space or hyphen before it."""

    @property
    def each(self) -> int:
        """Bytes of the unit; 1 without one."""
        return 1 << SHIFTS[self.unit.lstrip(" -")[0].lower()] if self.unit else 1

    @property
    def value(self) -> Fraction:
        """What a number says, its unit included."""
        if self.kind == "hex":
            return Fraction(int(self.text.rstrip("uUlL"), 16))
        return Fraction(self.text.removesuffix(self.unit).replace(",", "")) * self.each


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a comment's text; white space only separates."""
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)  # of a number with a unit, too: the outer group is closed last
        shown = match[0].lower() if kind == "word" else match[0]
        yield Token(kind, shown, match.start(), match.end(), match["unit"] or "")


def spelled(number: int, unit: str) -> str:
    """Bytes as this comment would write them: `8GB` for a unit `GB`; hex where no unit divides them."""
    space, name = unit[: len(unit) - len(unit.lstrip(" -"))], unit.lstrip(" -")
    if name == "pages" and number % PAGE == 0:
        return f"{number // PAGE}{unit}"
    if name[:1].lower() in SHIFTS and number:
        letters = [name[0].upper(), *(letter.upper() for letter in reversed(SHIFTS))]
        for letter in letters:
            each = 1 << SHIFTS[letter.lower()]
            if number % each == 0 and number // each < 10_000:
                return f"{number // each}{space}{letter}{name[1:] if len(name) <= 3 else 'B'}"
    return hex(number)
