"""Random terms and numbers for them."""

from __future__ import annotations

import random

from verifier.logic.bits import both, choose, either, negate, truth, word
from verifier.logic.word import Truth, Word, equal, uint64

TOP = 2**64 - 1
EDGES = (0, 1, 2, 4095, 4096, 2**21 - 1, 2**21, 2**32, 2**52, 2**63, TOP - 4095, TOP - 1, TOP)
WORDS = ("a", "b", "c")
TRUTHS = ("p", "q")


def random_word(rng: random.Random, depth: int) -> Word:
    """Of the whole grammar; a constant now and then."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(EDGES) if rng.random() < 0.25 else word(rng.choice(WORDS))
    left = random_word(rng, depth - 1)
    match rng.randrange(7):
        case 0:
            return uint64.add(left, random_word(rng, depth - 1))
        case 1:
            return uint64.subtract(left, random_word(rng, depth - 1))
        case 2:
            return uint64.shift_left(left, rng.choice((0, 1, 12, 21, 63)))
        case 3:
            return uint64.shift_right(left, rng.choice((0, 1, 12, 21, 63)))
        case 4:
            return uint64.round_down(left, 1 << rng.choice((0, 1, 12, 21, 63)))
        case 5:
            unit = 1 << rng.choice((0, 1, 12, 21, 63))
            return left & (unit - 1) if isinstance(left, int) else left.compute("&", left, unit - 1, 64)
        case _:
            return choose(random_truth(rng, depth - 1), left, random_word(rng, depth - 1))


def random_truth(rng: random.Random, depth: int) -> Truth:
    """Of the whole grammar."""
    if depth == 0:
        return truth(rng.choice(TRUTHS))
    match rng.randrange(6):
        case 0:
            return negate(random_truth(rng, depth - 1))
        case 1:
            return both(*(random_truth(rng, depth - 1) for _ in range(rng.randrange(1, 4))))
        case 2:
            return either(*(random_truth(rng, depth - 1) for _ in range(rng.randrange(1, 4))))
    left, right = random_word(rng, depth - 1), random_word(rng, depth - 1)
    return rng.choice((left < right, left <= right, equal(left, right)))


def random_numbers(rng: random.Random) -> dict[str, int]:
    """For every name, often at an edge or near another one."""
    found = {
        name: rng.choice((rng.choice(EDGES), rng.randrange(2**64), rng.randrange(1 << 34))) for name in WORDS
    }
    if rng.random() < 0.5:
        found["b"] = (found["a"] + rng.choice((-1, 0, 1, 4096, -4096))) & TOP
    return {**found, **{name: rng.randrange(2) for name in TRUTHS}}
