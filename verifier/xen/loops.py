"""The loops that the producers of the hypervisor are made of.

Each of find_memory_holes, find_unallocated_memory, find_host_extended_regions and find_domU_holes is a few
loops over lists of its input, one after the other; each pass adds one range to a rangeset or takes one
away. A producer yields its loops as values, so that a theorem can speak of exactly the loop that runs
here: what one pass does is a function, and how many passes there are does not matter to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from verifier.xen import rangeset
from verifier.xen.outcome import Outcome
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.rangeset_in_place import InPlace
from verifier.xen.release import Xen


class GivesUpError(Exception):
    """Raised where a producer returns an error, which Xen reports and survives: no regions."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error

    @property
    def outcome(self) -> Outcome:
        """What the caller sees."""
        return Outcome(error=self.error)


@dataclass(frozen=True, slots=True)
class Loop:
    """`for each in entries: change the set by touches(each)`."""

    over: str
    """The list, by a name that theorems know: `reg`, `shared memory`, ..."""
    entries: Iterable[Any]
    touches: Callable[[Any], Range]
    """The numbers, ends inclusive, that one pass adds or takes away. Raises GivesUpError."""
    adds: bool = False


def run(xen: Xen, loops: Iterable[Loop], held: Rangeset | None = None) -> Rangeset:
    """The set after all loops, in their order. Raises FaultError and GivesUpError.

    One list is changed in place while all numbers are plain, and from the first unknown word on each pass makes its own.
    """
    held = Rangeset() if held is None else held
    changing = InPlace(held) if all(map(_is_plain, held.ranges)) else None
    for loop in loops:
        for entry in loop.entries:
            touched = loop.touches(entry)
            start, end = touched.start, touched.end
            if changing is not None and isinstance(start, int) and isinstance(end, int):
                (changing.add if loop.adds else changing.remove)(xen, start, end)
                continue
            if changing is not None:
                held, changing = changing.held, None
            held = (rangeset.add if loop.adds else rangeset.remove)(xen, held, start, end)
    return held if changing is None else changing.held


def _is_plain(each: Range) -> bool:
    return isinstance(each.start, int) and isinstance(each.end, int)


def itself(each: Range) -> Range:
    """What a pass over the ranges of another set touches (rangeset_subtract)."""
    return each
