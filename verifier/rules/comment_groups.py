"""What the amounts of a header's comments can be of: the regions and numbers beside each comment.

A comment speaks about the macros on its lines and below, up to the next blank line, and about all
of a region if about one of its macros. What an amount is, `quantities` says; what becomes of it:

| the amount | the finding |
|---|---|
| equals a base, size, end or count that it can mean | it holds |
| is plain and equals none | refuted |
| is not plain ("up to 8GB", "leave 64KB for it") and equals none | unknown |
| stands on a region's own line and equals only another region of the group | unknown |
| is no whole number of bytes (0.3GB), or the region lacks its base or size, and equals none | unknown |
| is plain, and the group has nothing of its kind to compare it with | unknown |
| is not plain, and the group has nothing of its kind | nothing is asked |

A size may also be the sum of all regions in the group, if the comment adds up or says so ("in all"). A
size given with a base (`8GB @ 1GB`) must be that of a region with this base, if there is one in the
group; likewise the end of a range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from verifier.layout import units
from verifier.layout.define import Comment, Define, Number
from verifier.layout.layout import Layout, Stem
from verifier.logic.case import Case
from verifier.rules.quantities import Amount, amounts
from verifier.rules.quantity_words import Role

MOST_AMOUNTS = 1000
LONGEST = 10_000
"""Xen's header has 12 amounts, and its longest comment 450 characters. What exceeds this is reported as
unread, so that a hostile file takes bounded time."""
_SUM = re.compile(r"\b(?:in (?:all|total|sum)|total|together|altogether|sum)\b", re.IGNORECASE)
_MEANINGS = {
    "ram-base": "base",
    "bank-bases": "base",
    "ram-maximum": "size",
    "bank-sizes": "size",
    "rdist-stride": "size",
}
"""Meanings of numbers that are no part of a region, yet bytes."""
_ROLES = {
    Role.ANY: ("base", "size"),
    Role.SIZE: ("size",),
    Role.BASE: ("base",),
    Role.END: ("end",),
}


@dataclass(frozen=True, slots=True)
class Value:
    """Something that a comment can say of a group of macros."""

    number: int
    what: str
    """`base`, `size`, `end`, or `count`."""
    of: str
    """A stem, a macro, or several of them."""


@dataclass(frozen=True, slots=True)
class Group:
    """The regions and numbers that a comment may speak of."""

    stems: tuple[Stem, ...]
    scalars: tuple[Define, ...]
    own: str
    """The stem on whose line the comment stands; empty if none."""

    def macros(self) -> Iterator[tuple[str, Define]]:
        """Every macro involved and the name that values are of: those of a region together."""
        for stem in self.stems:
            yield from ((stem.name, define) for define in (*stem.bases, *stem.sizes))
        yield from ((define.name, define) for define in self.scalars)


@dataclass(frozen=True, slots=True)
class Statement:
    """An amount of a comment beside what it can be of."""

    comment: Comment
    amount: Amount
    group: Group
    values: tuple[Value, ...]
    doubt: str
    """Why nobody can tell, where it equals none of the values; empty if it is a lie then."""

    @property
    def holds(self) -> bool:
        """Whether it equals one of them."""
        return any(value.number == self.amount.value for value in self.values)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The regions and macros spoken of."""
        named = [value.of for value in self.values] or [name for name, _ in self.group.macros()]
        return tuple(dict.fromkeys(named))


def group_of(layout: Layout, comment: Comment) -> Group:
    """The regions that have at least one macro beside the comment, whole, and the other numbers there."""
    beside = {name: layout.defines[name] for name in comment.defines}
    stems, parts, own = [], set[str](), ""
    for stem in layout.stems:
        macros = [*stem.bases, *stem.sizes]
        if any(define.name in beside for define in macros):
            stems.append(stem)
            parts.update(define.name for define in macros)
        if any(define.origin == comment.origin for define in macros):
            own = stem.name
    scalars = tuple(define for name, define in beside.items() if name not in parts)
    return Group(tuple(stems), scalars, own)


def statements(case: Case) -> Iterator[Statement]:
    """Every amount of every comment that is of a kind that its group has, at most MOST_AMOUNTS."""
    for comment, amount in islice(_amounts(case.layout.comments), MOST_AMOUNTS):
        group = group_of(case.layout, comment)
        everything = tuple(_values(case, group, amount, comment.text))
        own = tuple(value for value in everything if value.of == group.own) or everything
        values = tuple(value for value in own if _based(group, value, amount)) or own
        if values:
            doubt = _doubt(group, amount, [value for value in everything if value not in own])
            yield Statement(comment, amount, group, values, doubt)
        elif amount.plain:
            yield Statement(comment, amount, group, (), "nothing beside it is known to compare it with")


def _amounts(comments: tuple[Comment, ...]) -> Iterator[tuple[Comment, Amount]]:
    short = (comment for comment in comments if len(comment.text) <= LONGEST)
    return ((comment, amount) for comment in short for amount in _read(comment.text))


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Amount, ...]:
    return tuple(amounts(text))


def _values(case: Case, group: Group, amount: Amount, text: str) -> Iterator[Value]:
    """What an amount of this kind and role can be, of all that the group has."""
    if amount.noun != "bytes":
        yield from _counts(case, group, amount.noun)
        return
    for value in _bytes(case.layout, group, summed="+" in amount.text or bool(_SUM.search(text))):
        if value.what in _ROLES[amount.role]:
            yield value


def _bytes(layout: Layout, group: Group, *, summed: bool) -> Iterator[Value]:
    sizes = []
    for stem in group.stems:
        base, size = _number(stem.bases), _number(stem.sizes)
        if base is not None:
            yield Value(base, "base", stem.name)
        if size is not None:
            sizes.append(size)
            yield Value(size, "size", stem.name)
        if base is not None and size is not None:
            yield Value(base + size, "end", stem.name)
    if len(sizes) > 1 and summed:
        yield Value(sum(sizes), "size", units.listing([stem.name for stem in group.stems if stem.sizes]))
    for define in group.scalars:
        what = _MEANINGS.get(layout.scalars.get(define.name, ""))
        for number in define.value if isinstance(define.value, tuple) else (define.value,):
            if what is not None:
                yield Value(number.value, what, define.name)
            elif define in layout.unclassified:
                yield Value(number.value, "base", define.name)
                yield Value(number.value, "size", define.name)


def _counts(case: Case, group: Group, noun: str) -> Iterator[Value]:
    """The counts that a group has: its own numbers, and how many of a thing its regions hold."""
    layout, facts = case.layout, case.facts
    per_region = {
        "vcpus": ("GUEST_GICV3_GICR", "rdist-bytes"),
        "devices": ("GUEST_VIRTIO_MMIO", "virtio-device-bytes"),
        "buses": ("GUEST_VPCI_ECAM", "ecam-bus-bytes"),
    }
    if noun in per_region:
        prefix, each = per_region[noun]
        for stem in group.stems:
            size = _number(stem.sizes)
            if stem.name.startswith(prefix) and size is not None:
                yield Value(size // facts[each], "count", stem.name)
    names = {define.name for define in group.scalars}
    stated = {"vcpus": "max-vcpus", "banks": "bank-count"}.get(noun)
    for name, meaning in layout.scalars.items():
        number = layout.number(name)
        if number is not None and name in names and meaning == stated:
            yield Value(number, "count", name)
    if noun == "banks" and any(stem.kind == "ram" for stem in group.stems):
        banks = [stem.name for stem in layout.stems if stem.kind == "ram"]
        yield Value(len(banks), "count", units.listing(banks))
    first, last = layout.meaning("spi-first"), layout.meaning("spi-last")
    if noun in ("interrupts", "devices"):
        low, high = _number(first), _number(last)
        here = any(stem.name.startswith("GUEST_VIRTIO") for stem in group.stems)
        if low is not None and high is not None and (here or names & {first[0].name, last[0].name}):
            yield Value(high - low + 1, "count", f"{first[0].name} to {last[0].name}")


def _number(defines: tuple[Define, ...]) -> int | None:
    return defines[0].value.value if len(defines) == 1 and isinstance(defines[0].value, Number) else None


def _based(group: Group, value: Value, amount: Amount) -> bool:
    """Whether the value is of a region with the base that the comment gives, if it gives one."""
    return amount.at is None or any(
        stem.name == value.of and _number(stem.bases) == amount.at for stem in group.stems
    )


def _doubt(group: Group, amount: Amount, others: list[Value]) -> str:
    """Why an amount that equals none of its values may be no lie; `others` stand below its own line."""
    for value in others:
        if value.number == amount.value:
            return f"it is the {value.what} of {value.of}, on whose line it does not stand"
    if amount.value.denominator != 1:
        return "it is no whole number of bytes"
    for stem in group.stems:
        if amount.noun == "bytes" and (_number(stem.bases) is None or _number(stem.sizes) is None):
            return f"{stem.name} does not have one base and one size"
    return "" if amount.plain else "it may speak of something else"


def unread(layout: Layout) -> Iterator[tuple[Comment, str]]:
    """Comments whose amounts are not looked at, each with the reason; of too many the first only."""
    for comment in layout.comments:
        if len(comment.text) > LONGEST:
            yield comment, f"it has more than {LONGEST} characters"
    beyond = next(islice(_amounts(layout.comments), MOST_AMOUNTS, None), None)
    if beyond is not None:
        yield beyond[0], f"it and all after it follow {MOST_AMOUNTS} amounts"
