"""What comments say against what their macros are worth: the reference's part for `comments-agree`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.mutants.header import Amount, Header, Note
from tests.mutants.world import GIB, MIB, PAGE, REDISTRIBUTOR, World, subject


def disagreeing(header: Header, here: World) -> Iterator[set[str]]:
    """The macros beside each comment with an amount that is none of their bases, sizes and counts."""
    for note in header.notes():
        sizes, bases = _worth(here, note)
        if any(not _is_one_of(amount, sizes + bases) for amount in note.sizes + note.bases):
            yield {subject(name) for name in note.macros}


def lacking_macros(header: Header, here: World) -> bool:
    """Whether an amount that agrees with nothing stands beside a region that lacks a macro, or both."""
    for stems in disagreeing(header, here):
        whole = any(stem in here.devices or stem.startswith("GUEST_RAM") for stem in stems)
        if stems & here.lone or not (whole or stems & (here.gone | {"GUEST_MAX_VCPUS"})):
            return True
    return False


def in_another_role(header: Header, here: World) -> bool:
    """Whether an amount is right only as a base where it speaks of a size, or the reverse.

    The statement takes it for right; a stricter reader of the words would not.
    """
    for note in header.notes():
        sizes, bases = _worth(here, note)
        if not all(_is_one_of(amount, sizes) for amount in note.sizes):
            return True
        if not all(_is_one_of(amount, bases) for amount in note.bases):
            return True
    return False


def _worth(here: World, note: Note) -> tuple[list[int], list[int]]:
    """The sizes and bases of a comment's macros; a number of vCPUs is the size of their redistributors."""
    worth = {name: here.number(name) for name in note.macros if not name.startswith("GUEST_RAM_")}
    sizes = [value for name, value in worth.items() if name.endswith("_SIZE")]
    counts = [value * REDISTRIBUTOR for name, value in worth.items() if name.endswith("_VCPUS")]
    return sizes + counts, [value for name, value in worth.items() if name.endswith(("_BASE", "_ADDR"))]


def _is_one_of(amount: Amount, worth: list[int]) -> bool:
    """A size in its unit exactly; of vCPUs as many as there is room for."""
    if amount.unit in ("vCPUs", "vCPU0.."):
        return any(value // REDISTRIBUTOR == amount.number for value in worth)
    bytes_of = {"K": 1 << 10, "KB": 1 << 10, "M": MIB, "MB": MIB, "G": GIB, "GB": GIB, "pages": PAGE}
    return amount.number * bytes_of[amount.unit] in worth
