"""Small random descriptors and what they output, bit by bit: shares no code with what it judges."""

from __future__ import annotations

from random import Random

from verifier.layout.page_table import Field, Leaf

HIGHEST = 12
"""No random field writes an address bit above this one, so 2**(HIGHEST + 1) is never reached."""


def random_leaf(source: Random, width: int) -> Leaf:
    """A leaf of `width` bits whose fields have random places, holes included."""
    shift = source.randint(0, 4)
    free, unwritten = set(range(width)), set(range(shift, HIGHEST + 1))
    ones = tuple(sorted(source.sample(sorted(free), source.randint(0, 2))))
    free -= set(ones)
    fields = []
    for _ in range(source.randint(0, 4)):
        size = source.randint(1, 6)
        low, address = source.randrange(width), source.randint(shift, HIGHEST)
        bits, written = set(range(low, low + size)), set(range(address, address + size))
        if bits <= free and written <= unwritten:
            free -= bits
            unwritten -= written
            fields.append(Field(low, low + size - 1, address))
    return Leaf("random", 1 << shift, tuple(fields), ones, (), True, "")


def bases(leaf: Leaf, width: int) -> set[int]:
    """The base that each of the 2**width descriptors of this kind outputs."""
    moves = [
        (field.low + step, field.address + step)
        for field in leaf.fields
        for step in range(field.high - field.low + 1)
    ]
    found = set()
    for descriptor in range(1 << width):
        if all(descriptor >> bit & 1 for bit in leaf.ones):
            found.add(sum(2**address for bit, address in moves if descriptor >> bit & 1))
    return found


def reached(leaves: tuple[Leaf, ...], width: int) -> set[int]:
    """Every byte that some descriptor of some leaf maps."""
    return {base + offset for leaf in leaves for base in bases(leaf, width) for offset in range(leaf.unit)}
