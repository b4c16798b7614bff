"""A prediction against a boot log: each difference, and which other behaviour of Xen would explain it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from verifier.layout.boot import BootLog, DomainLog
from verifier.layout.domain_map import Agreement, DomainMap, Observed
from verifier.layout.host import Host
from verifier.reading.dt_rules import Rules
from verifier.xen.explanations import Case, explanations
from verifier.xen.host_regions import predict
from verifier.xen.log_differences import differences, observed
from verifier.xen.release import Xen
from verifier.xen.subjects import Given

_STOPS = ("panic", "assertion", "abort", "bug")


def compared(
    host: Host, xen: Xen, given: Given, log: BootLog, reread: Callable[[Rules], Host]
) -> tuple[Agreement, ...]:
    """The domains whose regions were predicted, with what the log says of them, in the order of the prediction.

    `reread` reads the tree of `host` by other rules.
    """
    found = []
    for each in predict(host, xen, given):
        printed = log.domain(each.name)
        if printed is None or _is_open(each) or (each.boots is False and not printed.extended):
            continue
        if _ends_before(printed):
            continue
        differing = differences(each, printed)
        reasons = explanations(Case(host, xen, given, each.name, printed, reread)) if differing else ()
        found.append(Agreement(each.name, observed(printed), differing, reasons))
    return tuple(found)


def _ends_before(printed: DomainLog) -> bool:
    """Whether the log ends before Xen said which regions a domain has: it tells no device tree after them either."""
    return not printed.extended and printed.without is None and printed.tree is None


def uncompared(maps: Sequence[DomainMap], log: BootLog) -> dict[str, Observed]:
    """What the log says of domains whose regions the prediction leaves open, so that no difference can be told."""
    told = {each.name: log.domain(each.name) for each in maps if _is_open(each)}
    return {
        name: observed(printed)
        for name, printed in told.items()
        if printed is not None and not _ends_before(printed)
    }


def _is_open(each: DomainMap) -> bool:
    return each.extended_regions is None and each.boots is not False


def settled(maps: Sequence[DomainMap], log: BootLog) -> tuple[DomainMap, ...]:
    """The prediction; where it leaves open whether a domain with known regions is built, the log tells."""
    stopped = any(each.kind in _STOPS for each in log.troubles)
    last = _at_fault(maps, log)
    found = []
    behind = False
    for each in maps:
        printed = log.domain(each.name)
        if behind and each.boots is not False:
            reasons = (f"Xen stops at {last}: by the log it was not built",)
            found.append(replace(each, boots=False, extended_regions=None, registers=None, reasons=reasons))
            continue
        is_told = each.boots is None and each.extended_regions is not None
        if not is_told or printed is None or not printed.complete:
            found.append(each)
            continue
        built = not (stopped and each.name == last)
        behind = not built
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
