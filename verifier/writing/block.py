"""The two `#define` lines of a new region, in the style of a region beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from verifier.layout.c_text import NewRegion
from verifier.layout.define import Comment
from verifier.rules.quantities import amounts
from verifier.rules.quantity_words import SHIFTS, spelled
from verifier.writing.numbers import Manner, padded

LIKE_XEN = ("#define ", "   ")
"""What stands before and after the name."""


def block(
    region: NewRegion, manner: Manner, *, unit: str, frame: tuple[str, str] = LIKE_XEN
) -> tuple[str, str]:
    """Base and size, without line ends, of equal width; `unit` is that of the sizes in the comment."""
    digits = max(len(padded(value, 8)) for value in (region.start, region.size))
    width = digits if digits == 8 else max(10, digits)
    lines = [
        f"{frame[0]}{name}{frame[1]}{manner.wide(value, width)}" for name, value in region.macros.items()
    ]
    said = sizes(region, unit)
    return (f"{lines[0]} /* {said} */" if said else lines[0]), lines[1]


def sizes(region: NewRegion, unit: str) -> str:
    """`8GB @ 896GB`; the size alone, or nothing, where a unit does not divide them."""
    size, start = spelled(region.size, unit), spelled(region.start, unit)
    if size.startswith("0x"):
        return ""
    return size if start.startswith("0x") or not region.start else f"{size} @ {start}"


def usual_unit(comments: Iterable[Comment]) -> str:
    """How most comments write a unit, as of GB: `GB`, ` GiB`; as Xen does where they have none."""
    found = Counter[str]()
    for comment in comments:
        for amount in amounts(comment.text):
            letters = amount.unit.lstrip(" -")
            if letters[:1].lower() in SHIFTS and len(letters) in (2, 3):
                found[f"{amount.unit[: len(amount.unit) - len(letters)]}G{letters[1:]}"] += 1
    return max(found, key=lambda text: (found[text], text), default="GB")
