"""comments-agree: what comments say about sizes, bases and counts is what the macros say.

A comment speaks about the macros on its lines and below, up to the next blank line, and about all
of a region if about one of its macros. What an amount is, `quantities` says; what becomes of it:

| the amount | the finding |
|---|---|
| equals a base, size, end or count that it can mean | it holds |
| is plain and equals none | refuted |
| is not plain ("up to 8GB", "leave 64KB for it") and equals none | unknown |
| stands on a region's own line and equals only another region of the group | unknown |
| is a count that only macros elsewhere have (128 vCPUs beside redistributors for 256) | unknown |
| is no whole number of bytes (0.3GB), or the region lacks its base or size, and equals none | unknown |
| speaks of bytes where the group has none, or counts what the group has not | nothing is asked |

A size may also be the sum of all regions in the group. A size given with a base (`8GB @ 1GB`) must
be that of a region with this base, if there is one in the group; likewise the end of a range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from verifier.layout import units
from verifier.layout.define import Comment, Define, Number
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.layout import Layout, Stem
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.rules.catalogue import Doubt, Explanation, Rule
from verifier.rules.quantities import Amount, amounts
from verifier.rules.quantity_words import Role, spelled

MOST_AMOUNTS = 1000
"""Xen's header has 12; more are reported as unread, so that a hostile file takes bounded time."""
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
        return tuple(dict.fromkeys(value.of for value in self.values))


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
        everything = tuple(_values(case, group, amount))
        values = tuple(value for value in everything if value.of == group.own) or everything
        values = tuple(value for value in values if _based(group, value, amount)) or values
        if values:
            doubt = _doubt(case, group, amount, values, everything)
            yield Statement(comment, amount, group, values, doubt)


def _amounts(comments: tuple[Comment, ...]) -> Iterator[tuple[Comment, Amount]]:
    return ((comment, amount) for comment in comments for amount in _read(comment.text))


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Amount, ...]:
    return tuple(amounts(text))


def _values(case: Case, group: Group, amount: Amount) -> Iterator[Value]:
    """What an amount of this kind and role can be, of all that the group has."""
    if amount.noun != "bytes":
        yield from _counts(case, group, amount.noun)
        return
    for value in _bytes(case.layout, group):
        if value.what in _ROLES[amount.role]:
            yield value


def _bytes(layout: Layout, group: Group) -> Iterator[Value]:
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
    if len(sizes) > 1:
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
    if noun in ("interrupts", "devices") and len(first) == len(last) == 1:
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


def _doubt(
    case: Case, group: Group, amount: Amount, values: tuple[Value, ...], everything: tuple[Value, ...]
) -> str:
    others = [value for value in everything if value.number == amount.value]
    if others:
        return f"it is the {others[0].what} of {others[0].of}, on whose line it does not stand"
    if amount.value.denominator != 1:
        return "it is no whole number of bytes"
    for stem in group.stems:
        if amount.noun == "bytes" and (_number(stem.bases) is None or _number(stem.sizes) is None):
            return f"{stem.name} does not have one base and one size"
    if amount.noun == "vcpus" and any(
        _number((define,)) == amount.value for define in case.layout.meaning("max-vcpus")
    ):
        return f"it is {case.layout.meaning('max-vcpus')[0].name}, which stands elsewhere"
    return "" if amount.plain else "it may speak of something else"


def _sentence(statement: Statement) -> str:
    """What was said and what is."""
    amount, values = statement.amount, statement.values
    said = f'the comment "{_short(amount.text)}" ({statement.comment.origin})'
    if amount.noun != "bytes":
        each = [
            f"{value.of} {'is' if _is_macro(statement, value) else 'has'} {value.number}" for value in values
        ]
        return f"{said} says {amount.value}, but {units.listing(each[:4])}"
    subjects = statement.subjects
    if len(subjects) == 1 and len(values) == 2:
        base, size = values
        return (
            f"{said} is neither the base nor the size of {subjects[0]}: its {base.what} is {units.sized(base.number)}, "
            f"its {size.what} {units.sized(size.number)}"
        )
    if len(values) == 1:
        return (
            f"{said} is not the {values[0].what} of {values[0].of}, which is {units.sized(values[0].number)}"
        )
    shown = [f"{value.what} of {value.of} is {units.sized(value.number)}" for value in values]
    more = f", and {len(shown) - 4} more" if len(shown) > 4 else ""
    return f"{said} is no {amount.role.replace(' or ', ', no ')} of what it stands on: {', '.join(shown[:4])}{more}"


def _is_macro(statement: Statement, value: Value) -> bool:
    return any(define.name == value.of for define in statement.group.scalars)


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}..."


def obligations(case: Case) -> list[Obligation]:
    """One for each amount that is true or a lie."""
    return [
        Obligation(each.subjects, not each.holds, notes={"statement": each})
        for each in statements(case)
        if each.holds or not each.doubt
    ]


def doubts(case: Case) -> list[Doubt]:
    """Amounts that equal nothing and may not have to."""
    found = [
        Doubt(each.subjects, f"{_sentence(each)}; {each.doubt}")
        for each in statements(case)
        if each.doubt and not each.holds
    ]
    beyond = next(islice(_amounts(case.layout.comments), MOST_AMOUNTS, None), None)
    if beyond is not None:
        reason = f"more than {MOST_AMOUNTS} amounts in comments: none was read from {beyond[0].origin} on"
        found.append(Doubt((), reason))
    return found


def explain(_case: Case, failure: Fails) -> Explanation:
    """The comment, the macros, and what to write."""
    statement: Statement = failure.obligation.notes["statement"]
    amount, found = statement.amount, int(statement.amount.value)
    needed = min((value.number for value in statement.values), key=lambda number: abs(number - found))
    whole = statement.comment.text
    details = tuple(
        f"{define.name} {define.text}, {define.origin}"
        for name, define in statement.group.macros()
        if name in statement.subjects
    )
    if whole != amount.text:
        details = (f"the whole comment: {_short(whole)}", *details)
    return Explanation(
        _sentence(statement),
        details,
        Counterexample(failure.worst, Witness("differs", found=found, needed=needed), ()),
        help=(_help(statement),),
    )


def _help(statement: Statement) -> str:
    """What the comment would truly say."""
    amount = statement.amount
    written: dict[str, str] = {}
    for value in sorted(statement.values, key=lambda value: value.what != "size"):
        text = spelled(value.number, amount.unit) if amount.noun == "bytes" else str(value.number)
        where = f" of {value.of}" if len(statement.subjects) > 1 else ""
        written.setdefault(text, f'"{text}" (the {value.what}{where})')
    return f"write {units.listing(list(written.values())[:4], 'or')}"


RULE = Rule(
    id="comments-agree",
    position=10,
    title="comments give the sizes, bases and counts of the macros",
    statement="An amount of bytes (K, M, G, T, also with B or iB, binary; pages of 4 KiB) or a count of vCPUs, banks, "
    "devices, buses or interrupts in a comment equals a base, size, end or count of the macros that it stands on or "
    'above, up to the next blank line; in "3GB @ 1GB" both are of one region.',
    why="People read the comment and not the hex digits. The safe range proposed in 2021 was 8 GiB at 888 GiB, and its "
    "comment said 128GB: reviewers discussed a range that was not there.",
    formula="amount /= base(A), size(A), end(A), count(A) for every A beside the comment",
    example_header="#define GUEST_SAFE_RANGE_BASE xen_mk_ullong(0xDE00000000) /* 128GB */\n"
    "#define GUEST_SAFE_RANGE_SIZE xen_mk_ullong(0x0200000000)\n",
    cites=(
        Cite("xen/include/public/arch-arm.h", '"3GB of low RAM @ 1GB", "16MB == 4096 pages", "vCPU0..127"'),
        Cite(
            "xen-devel, 4 August 2021",
            "proposed GUEST_SAFE_RANGE_BASE: 128GB in the comment, 8 GiB in the macro",
        ),
    ),
    obligations=obligations,
    explain=explain,
    about_regions=False,
    doubts=doubts,
)
