"""How far numbers may go, and what pins them, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.layout import units
from verifier.layout.headroom import (
    Headroom,
    Pinned,
    Range,
    Reason,
    Reasons,
    Room,
    Stop,
    Unmoved,
    Way,
)
from verifier.layout.units import listing, plural

_KINDS = {
    "equal": "exactly this",
    "needs": "quantity",
    "stated": "stated",
    "written": "written",
    "relative": "against the baseline",
}
_SMALL = 10_000


def render(found: Headroom, *, verbose: bool = False) -> str:
    """How far every number may go; `verbose` has all that stops it, where, and what it costs against the baseline."""
    lines = [_headline(found), *_doubts(found.doubts)]
    for each in found.ranges:
        lines += ["", *_range(each, doubtful=bool(found.doubts), verbose=verbose)]
    if found.unmoved:
        lines += ["", *(_unmoved(each) for each in found.unmoved)]
    if verbose:
        lines += ["", f"{found.questions} layouts tried, {found.solver}; {found.seconds:.3f} seconds"]
    return units.printable("\n".join(lines) + "\n")


def render_reasons(found: Reasons, *, verbose: bool = False) -> str:
    """What pins every number; `verbose` has what a change would be told against the baseline."""
    free = sum(each.free for each in found.numbers)
    count = len(found.numbers)
    lines = [
        f"{found.subject.name}: what pins {count} {plural(count, 'number')} for xen {found.release}; {free} free",
        *_doubts(found.doubts),
    ]
    for each in found.numbers:
        lines += ["", *_pinned(each, verbose=verbose)]
    if verbose:
        lines += ["", f"{found.solver}; {found.seconds:.3f} seconds"]
    return units.printable("\n".join(lines) + "\n")


def _headline(found: Headroom) -> str:
    stuck = sum(all(way.last == each.value for way in each.ways) for each in found.ranges)
    count = len(found.ranges)
    return (
        f"{found.subject.name}: how far {count} {plural(count, 'number')} may go, each alone, with nothing newly broken "
        f"for xen {found.release}; {stuck} cannot move"
    )


def _doubts(doubts: tuple[tuple[str, str], ...]) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for name, reason in doubts:
        names.setdefault(reason, []).append(name)
    for reason, properties in names.items():
        yield f"unknown: {reason}  [{', '.join(properties)}]"
    if doubts:
        yield "so no step is known to be good: what stops a number is verified, how far it may go is not"


def _range(found: Range, *, doubtful: bool, verbose: bool) -> Iterator[str]:
    steps = f", in steps of {units.size(found.unit)}" if found.in_bytes else ""
    yield f"{found.name} {_shown(found, found.value)}, {found.origin}{steps}"
    if found.broken:
        yield f"  broken as it is, so stopped by none of it: {listing(found.broken)}"
    for way in found.ways:
        yield from (f"  {line}" for line in _way(found, way, doubtful=doubtful, verbose=verbose))
    if verbose:
        yield from (f"  against the baseline: {each.sentence}  [{each.property}]" for each in found.costs)
    elif found.costs:
        yield f"  against the baseline, for its price: {listing([each.property for each in found.costs])}"
    if found.comments:
        places = listing([str(each) for each in found.comments])
        yield f"  to be changed with it: the {plural(len(found.comments), 'comment')} at {places}"


def _way(found: Range, way: Way, *, doubtful: bool, verbose: bool) -> Iterator[str]:
    far = abs(way.last - found.value)
    by = f", by {units.size(far) if found.in_bytes else far}"
    how = "at most to" if doubtful else "to"
    text = f"{way.side}: {how} {_shown(found, way.last)}{by}" if far else f"{way.side}: not at all"
    if doubtful and not far and way.room is not Room.STOPPED:
        text = f"{way.side}: not known"
    if way.room is Room.OPEN:
        yield f"{text}; nothing stops it: {way.ends}"
    elif way.room is Room.UNKNOWN:
        yield f"{text}; beyond that nothing is known: {way.ends}"
    else:
        first, *others = way.stops
        bisected = " (found by bisection)" if way.bisected else ""
        yield f"{text}{bisected}; at {_shown(found, first.value)} {_stop(first)}"
        if verbose:
            yield f"  seen with {_configuration(first.configuration)}"
            yield from (f"  and {_stop(each)}" for each in others)
        elif others:
            yield f"  and {len(others)} more {plural(len(others), 'reason')} (-v: all)"


def _stop(stop: Stop) -> str:
    return f"{stop.sentence}  [{stop.property}; {stop.source}]"


def _configuration(shown: Mapping[str, int | str | bool]) -> str:
    """`ipa bits 40, memory 0x1000, gic v3, vcpus 1, vpci, guest aarch64-4k`: devices only where they are there."""
    said = []
    for name, value in shown.items():
        if value is True:
            said.append(name)
        elif value is not False and not (name == "virtio" and value == 0):
            said.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(said)


def _shown(found: Range | Pinned, number: int) -> str:
    return units.sized(number) if found.in_bytes else str(number) if number < _SMALL else units.hexa(number)


def _unmoved(each: Unmoved) -> str:
    return f"not moved: {each.name} ({each.origin}): {each.why}"


def _pinned(found: Pinned, *, verbose: bool) -> Iterator[str]:
    shown = [_shown(found, each) for each in found.value]
    value = shown[0] if len(shown) == 1 else f"{{ {', '.join(shown)} }}"
    yield f"{found.name} {value}, {found.origin}{': free, nothing that is checked pins it' if found.free else ''}"
    for each in found.reasons:
        if verbose or each.kind != "relative":
            yield f"  {_reason(found, each)}"
    if found.unknown:
        yield f"  not known whether more pins it: {found.unknown}"


def _reason(found: Pinned, reason: Reason) -> str:
    said = _KINDS.get(reason.kind, "")
    if reason.kind in ("below", "above") and reason.value is not None:
        what = "not below" if reason.kind == "below" else "not above"
        said = f"{what} {_shown(found, reason.value)}"
    place = f"{reason.property}; {reason.source}" if reason.property else reason.source
    return f"{said}: {reason.sentence}  [{place}]"
