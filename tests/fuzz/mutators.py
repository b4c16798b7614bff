"""Inputs made of others: by their bytes, and by the pieces that a reader takes them apart into."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import cache

Seeds = Callable[[], Sequence[bytes]]
NUMBERS = (
    *(b"0", b"1", b"-1", b"08", b"0x", b"1e9", b"0x7fffffff", b"4294967295", b"0xffffffff", b"4294967296"),
    *(b"0x7fffffffffffffff", b"0x8000000000000000", b"0xffffffffffffffff", b"18446744073709551616"),
    *(b"9" * 25, b"9" * 5000, b"1000000000000000000", b"0x1p3", b"1_000"),
)
PIECES = (
    *(
        b"\0",
        b"\r",
        b"\r\n",
        b"\n",
        b"\t",
        b"\x1b[2J",
        b"\x7f",
        b"\xff",
        b"\xc3\xa9",
        b"\xef\xbb\xbf",
        b"\xed\xb2\x80",
    ),
    *(
        b"\xe2\x80\xae",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\\",
        b'"',
        b"'",
        b" ",
        b"",
        b"%s",
        b"{0}",
        b"../",
        b"-",
        b"\xd9\xa3",
    ),
)
_NUMBER = re.compile(rb"\A(?:0[xX][0-9a-fA-F]+|[0-9]+)\w*\Z")
WORDS = re.compile(rb"[A-Za-z_][\w.]*|[0-9]\w*|\s+|.", re.DOTALL)
LINES = re.compile(rb"[^\n]*\n|[^\n]+")
_MOST = 1 << 17
"""Bytes beyond which an input does not grow by its pieces: repeated 200 times and again, it would take all memory."""


def of_bytes(seeds: Seeds) -> Callable[[bytes, random.Random], bytes]:
    """Bytes changed, dropped, repeated, moved, and joined to those of other seeds."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        found = bytearray(data)
        for _ in range(1 << chance.randrange(4)):
            _change_bytes(found, chance, seeds())
        return bytes(found)

    return mutate


def of_pieces(seeds: Seeds, pieces: re.Pattern[bytes]) -> Callable[[bytes, random.Random], bytes]:
    """Whole pieces (words, lines) changed, dropped, repeated, moved, and taken from other seeds; at times bytes in them."""

    @cache
    def pool() -> list[bytes]:
        words = {piece for seed in seeds() for piece in pieces.findall(seed)}
        return sorted(words)

    by_bytes = of_bytes(seeds)

    def mutate(data: bytes, chance: random.Random) -> bytes:
        if chance.random() < 0.1:
            return by_bytes(data, chance)
        found: list[bytes] = pieces.findall(data)
        for _ in range(1 << chance.randrange(4)):
            _change_pieces(found, chance, pool(), by_bytes)
            if sum(map(len, found)) > _MOST:
                break
        return b"".join(found)

    return mutate


def some_of(
    *mutators: Callable[[bytes, random.Random], bytes],
) -> Callable[[bytes, random.Random], bytes]:
    """One of several, by chance."""
    return lambda data, chance: chance.choice(mutators)(data, chance)


def _change_bytes(found: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = chance.randrange(len(found) + 1)
    match chance.randrange(7):
        case 0:
            found[at : at + 1] = bytes([chance.randrange(256)])
        case 1:
            found[at : at + chance.randint(1, 64)] = b""
        case 2:
            found[at:at] = chance.choice(PIECES + NUMBERS)
        case 3:
            start = chance.randrange(len(found) + 1)
            found[at:at] = found[start : start + chance.randint(1, 200)] * chance.choice((1, 1, 2, 50))
        case 4:
            width = chance.choice((1, 2, 4, 8))
            number = chance.choice((0, 1, 1 << 31, 1 << 63, (1 << 64) - 1, len(found)))
            found[at : at + width] = (number & ((1 << 8 * width) - 1)).to_bytes(
                width, chance.choice(("big", "little"))
            )
        case 5 if at < len(found):
            found[at] ^= 1 << chance.randrange(8)
        case _:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            found[at : at + chance.choice((0, 8, 200))] = other[start : start + chance.randint(1, 400)]


def _change_pieces(
    found: list[bytes],
    chance: random.Random,
    pool: Sequence[bytes],
    by_bytes: Callable[[bytes, random.Random], bytes],
) -> None:
    at = chance.randrange(len(found) + 1)
    match chance.randrange(9):
        case 0:
            del found[at : at + chance.choice((1, 1, 2, 10))]
        case 1:
            found[at:at] = [chance.choice(pool)]
        case 2:
            found[at : at + 1] = [chance.choice(pool)]
        case 3:
            start = chance.randrange(len(found) + 1)
            found[at:at] = found[start : start + chance.choice((1, 3, 20))] * chance.choice((1, 1, 1, 3, 40))
        case 4:
            found[at : at + 1] = [chance.choice(PIECES)]
        case 5:
            places = [place for place, piece in enumerate(found) if _NUMBER.match(piece)]
            if places:
                found[chance.choice(places)] = chance.choice(NUMBERS)
        case 6:
            other = chance.randrange(len(found) + 1)
            one, two = found[at : at + 1], found[other : other + 1]
            found[at : at + 1], found[other : other + 1] = two, one
        case 7:
            found[at : at + 1] = [by_bytes(b"".join(found[at : at + 1]), chance)]
        case _:
            piece, times = b"".join(found[at : at + 1]), chance.choice((2, 200))
            found[at : at + 1] = [piece * min(times, 2 + _MOST // (len(piece) + 1))]
