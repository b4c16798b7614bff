"""What pins each number of a layout: what stops it on both sides, what it repeats, what Xen needs, what comments say.

A number that stands at the same property on both sides is equal to what that property asks. All that is told of a side
comes from `verifier.search.headroom`, so it was verified; the rest is read off the layout.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.define import Define
from verifier.layout.headroom import Headroom, Pinned, Range, Reason, Reasons, Room, Side, Stop
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.reading.request import Loaded
from verifier.rules.minimum_size import Need, needs
from verifier.search.attempt import parts_of
from verifier.search.headroom import stating
from verifier.search.marks import IN_BYTES, Part, part_of

_LISTS = {
    "bank-bases": "the bases of all RAM banks, in order",
    "bank-sizes": "the sizes of all RAM banks, in order",
}


def reasons(loaded: Loaded, found: Headroom) -> Reasons:
    """What pins the macros whose head-room was looked for, in the same layout."""
    started = time.perf_counter()
    case = case_of(loaded.layout, loaded.facts, loaded.layout)
    ranges = {each.name: each for each in found.ranges}
    unmoved = {each.name: each.why for each in found.unmoved}
    numbers = tuple(
        _pinned(case, define, ranges.get(name), unmoved.get(name, ""), found)
        for name, define in loaded.layout.defines.items()
        if name in ranges or name in unmoved
    )
    return Reasons(
        found.subject,
        found.release,
        found.solver,
        numbers,
        found.doubts,
        found.seconds + time.perf_counter() - started,
    )


def _pinned(case: Case, define: Define, range_: Range | None, why: str, found: Headroom) -> Pinned:
    values = define.value if isinstance(define.value, tuple) else (define.value,)
    meaning = case.layout.scalars.get(define.name, "")
    part = part_of(case, define)
    told = [*_listed(case, define, meaning), *_written(case, define)]
    unknown = why
    if range_ is not None and isinstance(part, Part):
        told = [*_sides(range_), *_needed(case, part), *_stated(case, part), *told, *_relative(range_)]
        unknown = _unknown(range_, found)
    if meaning in _LISTS:
        unknown = ""
    in_bytes = meaning in (*IN_BYTES, *_LISTS) or (isinstance(part, Part) and part.in_bytes)
    return Pinned(
        define.name,
        tuple(each.value for each in values),
        in_bytes,
        define.origin,
        tuple(dict.fromkeys(told)),
        unknown,
    )


def _unknown(range_: Range, found: Headroom) -> str:
    """Why more may pin it."""
    if found.doubts:
        return f"{found.doubts[0][0]} cannot judge the layout: {found.doubts[0][1]}"
    return next((way.ends for way in range_.ways if way.room is Room.UNKNOWN), "")


def _sides(range_: Range) -> Iterator[Reason]:
    """What stops it; what stops it on both sides at once is an equality."""
    stuck = all(way.last == range_.value and way.room is Room.STOPPED for way in range_.ways)
    both = {_key(each) for each in range_.down.stops} & {_key(each) for each in range_.up.stops}
    equal = both if stuck else set()
    for each in range_.up.stops if equal else ():
        if _key(each) in equal:
            yield Reason("equal", each.property, each.source, each.sentence)
    for way in range_.ways:
        kind = "below" if way.side is Side.DOWN else "above"
        for each in way.stops:
            if _key(each) not in equal:
                yield Reason(kind, each.property, each.source, each.sentence, way.last)


def _key(stop: Stop) -> tuple[str, tuple[str, ...]]:
    return stop.property, tuple(sorted(stop.subjects))


def _needed(case: Case, part: Part) -> Iterator[Reason]:
    """What Xen puts into the region whose size this is."""
    for need in needs(case) if part.what == "size" else ():
        if need.region is part.region:
            amount = _amount(case, need)
            how = "exactly" if need.exact else "at least"
            more = " with the other redistributor regions" if need.more else ""
            sentence = f"{need.region.name} needs {how} {units.sized(amount)}{more}: {need.reason}"
            yield Reason("needs", "minimum-size", need.source, sentence, amount)


def _amount(case: Case, need: Need) -> int:
    """Bytes that the largest guest needs."""
    if need.per is not None:
        name, each = need.per
        return each * case.space.dimensions[name].high
    return term.evaluate(need.amount, {})


def _stated(case: Case, part: Part) -> Iterator[Reason]:
    """The comments that give the number."""
    for each in stating(case, part.define, part.subjects):
        sentence = f'the comment "{each.amount.text}" says it, and would be a lie'
        yield Reason("stated", "comments-agree", str(each.comment.origin), sentence)


def _listed(case: Case, define: Define, meaning: str) -> Iterator[Reason]:
    """Lists have to be those of the RAM banks."""
    if meaning in _LISTS:
        source = ", ".join(str(each) for each in parts_of(case.layout, define.name))
        yield Reason("equal", "well-formed", source, f"{define.name} lists {_LISTS[meaning]}")


def _written(case: Case, define: Define) -> Iterator[Reason]:
    """Other macros that its own text names."""
    names = [each for each in re.findall(r"\w+", define.text) if each in case.layout.defines]
    if names:
        places = ", ".join(str(case.layout.defines[each].origin) for each in dict.fromkeys(names))
        yield Reason("written", "", places, f"{define.name} is written as {define.text}, and follows it")


def _relative(range_: Range) -> Iterator[Reason]:
    """What a change would be told against the baseline, each property once."""
    for cost in range_.costs:
        yield Reason("relative", cost.property, str(range_.origin), cost.sentence)
