"""A prediction against a boot log: each difference, and which other behaviour of Xen would explain it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from verifier.layout.boot import BootLog, DomainLog
from verifier.layout.domain_map import Agreement, Difference, DomainMap, Extent, Observed
from verifier.layout.host import Host
from verifier.layout.units import listing
from verifier.reading.behaviours import Variant, behaviours
from verifier.xen.host_regions import predict
from verifier.xen.release import Xen
from verifier.xen.subjects import Given

_STOPS = ("panic", "assertion", "abort", "bug")


def compared(host: Host, xen: Xen, given: Given, log: BootLog) -> tuple[Agreement, ...]:
    """The domains whose regions were predicted, with what the log says of them, in the order of the prediction."""
    found = []
    for each in predict(host, xen, given):
        printed = log.domain(each.name)
        is_open = each.extended_regions is None and each.boots is not False
        if printed is None or is_open or (each.boots is False and not printed.extended):
            continue
        differences = _differences(each, printed)
        reasons = tuple(_explanations(host, xen, given, each.name, printed)) if differences else ()
        found.append(Agreement(each.name, _observed(printed), differences, reasons))
    return tuple(found)


def settled(maps: Sequence[DomainMap], log: BootLog) -> tuple[DomainMap, ...]:
    """The prediction; where it leaves open whether a domain with known regions is built, the log tells."""
    stopped = any(each.kind in _STOPS for each in log.troubles)
    last = _at_fault(maps, log)
    found = []
    for each in maps:
        printed = log.domain(each.name)
        is_told = each.boots is None and each.extended_regions is not None and printed is not None
        if not is_told or printed is None or not printed.complete:
            found.append(each)
            continue
        built = not (stopped and each.name == last)
        told = f"by the log it was {'built' if built else 'not built'}"
        found.append(replace(each, boots=built, reasons=(*each.reasons, told)))
    return tuple(found)


def _at_fault(maps: Sequence[DomainMap], log: BootLog) -> str:
    """The domain at which Xen stopped, if it did: the one whose node the message names, else the last that was begun."""
    words = {word for each in log.troubles if each.kind in _STOPS for word in each.text.split()}
    nodes = {each.path.rpartition("/")[2]: each.name for each in maps if each.path}
    named = next((name for node, name in nodes.items() if node in words), None)
    return named or (log.domains[-1].name if log.domains else "")


def contradictions(maps: Sequence[DomainMap], log: BootLog) -> tuple[str, ...]:
    """What stopped Xen by its log, if every domain was predicted to be built."""
    if not all(each.boots for each in maps):
        return ()
    return tuple(
        f"the log has in line {each.line}: {each.text}" for each in log.troubles if each.kind in _STOPS
    )


def _observed(printed: DomainLog) -> Observed:
    grant = printed.grant_table
    return Observed(
        None if grant is None else Extent(grant.start, grant.end),
        tuple(Extent(each.start, each.end) for each in printed.extended),
    )


def _differences(each: DomainMap, printed: DomainLog) -> tuple[Difference, ...]:
    """By index; a log that ends with a region of the domain is compared as far as it goes."""
    predicted = list(each.extended_regions or ())
    observed = list(_observed(printed).extended_regions)
    if not printed.complete:
        predicted = predicted[: len(observed)]
    return tuple(
        Difference(each.name, index, ours, theirs)
        for index, (ours, theirs) in enumerate(zip_longest(predicted, observed))
        if ours != theirs
    )


def _explanations(host: Host, xen: Xen, given: Given, name: str, printed: DomainLog) -> Iterator[str]:
    """Single changes with which the prediction is what was printed."""
    yield from _other_inputs(host, xen, given, name, printed)
    for behaviour in behaviours().values():
        own = xen.behaviours.get(behaviour.name)
        for variant, later in zip_longest(behaviour.variants, behaviour.variants[1:]):
            if own is None or (variant.name, variant.value) == (own.name, own.value):
                continue
            other = replace(xen, behaviours={**xen.behaviours, behaviour.name: variant})
            if _agrees(host, other, given, name, printed):
                yield f"{behaviour.source}: {variant.what} ({_span(variant, later)})"
    if _agrees(host, replace(xen, debug=not xen.debug), given, name, printed):
        yield "a release build of Xen" if xen.debug else "a debug build of Xen"


def _span(variant: Variant, later: Variant | None) -> str:
    """The releases that behave so, and what ended it."""
    if later is None:
        return f"from {variant.since}"
    until = listing([*later.also, later.since])
    fixed = f", by {listing(later.commits)}" if later.commits else ""
    return f"from {variant.since} until {until}{fixed}"


def _other_inputs(host: Host, xen: Xen, given: Given, name: str, printed: DomainLog) -> Iterator[str]:
    if _agrees(host, xen, replace(given, iommu=not given.iommu), name, printed):
        yield f"I/O virtualisation {'disabled' if given.iommu else 'enabled'}"
    bits = 96 - given.bits(name)
    if printed.kernel_bits in (None, bits):
        other_bits = replace(given, kernel_bits={**given.kernel_bits, name: bits})
        if _agrees(host, xen, other_bits, name, printed):
            yield f"a kernel of {bits} bits{_said(printed)}"
    if printed.kernel_bits is None:
        options = replace(host.options, ext_regions=not host.options.ext_regions)
        if _agrees(replace(host, options=options), xen, given, name, printed):
            yield f"ext_regions {'on' if options.ext_regions else 'off'}{_said(printed)}"


def _said(printed: DomainLog) -> str:
    return "" if printed.without is None else f", as line {printed.without.line} says: {printed.without.text}"


def _agrees(host: Host, xen: Xen, given: Given, name: str, printed: DomainLog) -> bool:
    try:
        found = next((each for each in predict(host, xen, given) if each.name == name), None)
    except KeyError:  # a variant of a time when another behaviour did not exist
        return False
    return found is not None and found.extended_regions is not None and not _differences(found, printed)
