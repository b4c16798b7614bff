"""Requests whose times are told and bounded: many fixed regions, and none with hardly any room to spare."""

from __future__ import annotations

import random

from verifier.layout.placing import Block, Limit, Wish

Request = tuple[tuple[Block, ...], tuple[Wish, ...]]
_PAGE, _MIB = 1 << 12, 1 << 20


def among(fixed: int, new: int, seed: int) -> Request:
    """New regions among fixed ones below the end of 40 bits: gaps of random sizes, some of them just too small."""
    dice, at, blocks = random.Random(seed), 0, []
    for number in range(fixed):
        at += dice.randrange(1, 512) * _PAGE
        end = at + dice.randrange(1, 2048) * _PAGE
        blocks.append(Block(f"B{number}", at, end))
        at = end
    units = [dice.choice([_PAGE, 16 * _PAGE, 128 * _PAGE]) for _ in range(new)]
    room = Limit(min(at + 8 * _MIB, 1 << 40), "40 bits")
    wishes = [
        Wish(f"W{number}", dice.randrange(1, 3) * 128 * _PAGE, unit, (room,))
        for number, unit in enumerate(units)
    ]
    return tuple(blocks), tuple(wishes)


def all_free(new: int, seed: int) -> Request:
    """Nothing fixed, and one cell of 2 MiB for each that the regions need: only some orders fit, or none."""
    dice = random.Random(seed)
    units = [dice.choice([1, 1, 2, 4, 8]) for _ in range(new)]
    sizes = [unit * dice.randint(1, 5) for unit in units]
    room = Limit((1 + sum(sizes)) * 2 * _MIB, "asked")
    wishes = [
        Wish(f"W{number}", size * 2 * _MIB, unit * 2 * _MIB, (room,))
        for number, (size, unit) in enumerate(zip(sizes, units, strict=True))
    ]
    return (), tuple(wishes)


def scattered(existing: int, new: int, seed: int, *, shrinks: int) -> Request:
    """Existing regions that may all move, and some shrink, with gaps between them that are too small for the new ones."""
    dice, at, blocks = random.Random(seed), 1, []
    for number in range(existing):
        at += dice.randint(1, 6)
        end = at + dice.randint(2, 8)
        blocks.append(
            Block(
                f"B{number}", at * 2 * _MIB, end * 2 * _MIB, least=2 * _MIB, unit=2 * _MIB,
                shrinks=dice.random() < 0.3 * shrinks, moves=True, high=800 * _MIB,
            )
        )  # fmt: skip
        at = end
    room = Limit(at * 2 * _MIB, "asked")
    wishes = [Wish(f"W{number}", dice.randint(7, 10) * 2 * _MIB, 2 * _MIB, (room,)) for number in range(new)]
    return tuple(blocks), tuple(wishes)
