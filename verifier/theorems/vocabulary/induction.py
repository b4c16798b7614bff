"""Why a handful of obligations speaks of lists of any length: the argument of each kind of theorem, in two sentences.

The arguments stand in full in `rangesets`, `hypervisor` and `iomem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from verifier.theorems.statement import Theorem

_EACH = (
    "A region is made of one range by itself, and in the obligations that range is arbitrary. How many ranges "
    "and entries there are plays no part."
)
_WATCHED = (
    "Watched is an arbitrary byte of an arbitrary entry: the pass of Xen's loop for that entry takes it out of "
    "the free numbers, and no later pass puts it back. So, by induction over the passes, no range that is left "
    "has it, and no region, however many entries there are and in whatever order."
)
_APART = (
    "Of an arbitrary entry either the first number is in the set until its own pass, for no other pass is about it, "
    "or no number is, for no bank has one. So, by induction over the passes, every removal is one that is right in "
    "each release: what it leaves was there, and was not to be removed."
)
_WATCHED_APART = f"{_WATCHED} {_APART}"
_ROOM = (
    "Watched are arbitrary 64 MiB that share no byte with any entry: no pass of Xen's loops takes one of their "
    "numbers away. So, by induction over the passes, all of them are left, in one range, and the region made "
    "of that has them."
)
_EVERY = (
    "Each obligation is about an arbitrary pass of one of Xen's loops, whatever the passes before it did. So "
    "it is about every pass."
)
_COUNT = (
    "The set begins empty, and every pass makes at most one range more. So, by induction over the passes, "
    "there are no more ranges than passes, and each makes one region at most."
)
_RANGES = (
    "A change finds its place in the list, puts what it makes of the ranges at its edges there, drops what "
    "lies between, and keeps the rest. An obligation speaks of an arbitrary range in each of these parts, so "
    "together they speak of every range of a list of any length."
)
_HALVING = (
    "One obligation is about an arbitrary step of the search: the half that is given up cannot have the range, "
    "and the other is smaller. So, by induction over the steps, what is left in the end is the range."
)
_TWO = (
    "Two arbitrary ranges, of which a report gives the one after the other, make regions of which the second "
    "starts above the first. So each starts above the one before it, however many there are."
)
_BANKS = (
    "The parts of one bank ascend (libxl/parts), and what is left of an arbitrary bank starts above all of the "
    "one before. So each region starts above the one before it, however many there are."
)
_CUTS = (
    "Watched is an arbitrary byte of an arbitrary iomem entry: a part that an earlier pass cuts off ends below "
    "it, its own pass leaves nothing of it, and no later pass gives it back. So, by induction over the passes, "
    "no part of the bank has it, however many entries there are."
)
_PARTS = (
    "Each pass cuts an arbitrary rest of a bank into a part and a smaller rest, both inside what was left "
    "before. So, by induction over the passes, what holds of the rest of a bank holds of its parts, however "
    "many entries there are."
)
_LEFT = (
    "Watched are 64 MiB of the rest of a bank that share no byte with any iomem entry: a pass leaves them, or "
    "its part has them. So, by induction over the passes, one part has all of them, and the region made of "
    "that."
)
_ORDER = "The comparison of two arbitrary entries is an order. So sorting by it puts a list of any length into that order."
SAID: Mapping[str, str] = {
    "rangeset/find": _HALVING,
    "rangeset/*": _RANGES,
    "libxl/avoids-iomem": _CUTS,
    "libxl/complete": _LEFT,
    "libxl/sort": _ORDER,
    "libxl/sorted": _BANKS,
    "libxl/parts": _PARTS,
    "libxl/inside-bank": _PARTS,
    "libxl/avoids-*": _PARTS,
    "*/complete": _ROOM,
    "*/sorted": _TWO,
    "*/preconditions*": _EVERY,
    "*/cap*": _COUNT,
    "*/aligned": _EACH,
    "*/minimum-size": _EACH,
    "*/within-ipa": _EACH,
    "*/registers-fit": _EACH,
    "*/inside-holes": _EACH,
    "iommu-holes/*": _WATCHED,
    "unallocated/first-there-if-apart": _APART,
    "unallocated/*-if-apart": _WATCHED_APART,
    "unallocated/*": _WATCHED,
    "domu-holes/*": _WATCHED,
}
"""By the pattern of a theorem's name; the first that fits counts."""


def induction(theorem: Theorem) -> str:
    """The argument of a theorem; empty if its input has a fixed size, or its module alone tells."""
    if not theorem.unbounded:
        return ""
    return next((said for pattern, said in SAID.items() if fnmatchcase(theorem.name, pattern)), "")
