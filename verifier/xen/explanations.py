"""What else Xen would have to be, or do, for a log to be what is predicted.

Single changes first: an input, a behaviour, a rule of reading the tree, the build. If none of them is enough, another
release: two may differ in several things at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest

from verifier.layout.boot import DomainLog
from verifier.layout.host import Host
from verifier.layout.units import listing
from verifier.reading import models
from verifier.reading.behaviours import Variant, behaviours
from verifier.reading.dt_rules import FIRST, Difference, Rules, rules_of
from verifier.reading.dt_rules import differences as readings
from verifier.xen.host_regions import predict
from verifier.xen.log_differences import differences
from verifier.xen.release import Xen, xen
from verifier.xen.subjects import Given


@dataclass(frozen=True, slots=True)
class Case:
    """One domain of a log, and what the prediction that differs from it was made of."""

    host: Host
    xen: Xen
    given: Given
    name: str
    printed: DomainLog
    reread: Callable[[Rules], Host]
    """The same tree, read by other rules."""

    def agrees(self, *, host: Host | None = None, xen: Xen | None = None, given: Given | None = None) -> bool:
        """Whether the log is what is predicted with something else in the place of ours."""
        try:
            maps = predict(host or self.host, xen or self.xen, given or self.given)
        except KeyError:  # a variant of a time when another behaviour did not exist
            return False
        found = next((each for each in maps if each.name == self.name), None)
        return (
            found is not None and found.extended_regions is not None and not differences(found, self.printed)
        )


def explanations(case: Case) -> tuple[str, ...]:
    """One sentence for each change that is enough."""
    single = (*_inputs(case), *_behaviours(case), *_readings(case), *_builds(case))
    return single or tuple(_releases(case))


def _inputs(case: Case) -> Iterator[str]:
    given, printed = case.given, case.printed
    if case.agrees(given=replace(given, iommu=not given.iommu)):
        yield f"I/O virtualisation {'disabled' if given.iommu else 'enabled'}"
    bits = 96 - given.bits(case.name)
    if printed.kernel_bits in (None, bits):
        other_bits = replace(given, kernel_bits={**given.kernel_bits, case.name: bits})
        if case.agrees(given=other_bits):
            yield f"a kernel of {bits} bits{_said(printed)}"
    if printed.kernel_bits is None:
        options = replace(case.host.options, ext_regions=not case.host.options.ext_regions)
        if case.agrees(host=replace(case.host, options=options)):
            yield f"ext_regions {'on' if options.ext_regions else 'off'}{_said(printed)}"


def _said(printed: DomainLog) -> str:
    return "" if printed.without is None else f", as line {printed.without.line} says: {printed.without.text}"


def _behaviours(case: Case) -> Iterator[str]:
    for behaviour in behaviours().values():
        own = case.xen.behaviours.get(behaviour.name)
        for variant, later in zip_longest(behaviour.variants, behaviour.variants[1:]):
            if own is None or (variant.name, variant.value) == (own.name, own.value):
                continue
            other = replace(case.xen, behaviours={**case.xen.behaviours, behaviour.name: variant})
            if case.agrees(xen=other):
                yield f"{behaviour.source}: {variant.what} ({_span(variant, later)})"


def _span(variant: Variant, later: Variant | None) -> str:
    """The releases that behave so, and what ended it."""
    if later is None:
        return f"from {variant.since}"
    until = listing([*later.also, later.since])
    fixed = f", by {listing(later.commits)}" if later.commits else ""
    return f"from {variant.since} until {until}{fixed}"


def _readings(case: Case) -> Iterator[str]:
    """Rules of what counts in the tree, one turned the other way; what has several stretches of releases once."""
    rules = rules_of(case.host.tag)
    firsts: dict[str, Difference] = {}
    for each in readings():
        firsts.setdefault(each.what, each)
    for what, first in firsts.items():
        turned = replace(rules, holding=rules.holding ^ {what})
        if case.agrees(host=case.reread(turned)):
            verb = "not so" if rules.has(what) else "so"
            since = f"from {first.since}" if first.since else "from the first release"
            until = f" until {first.until}" if first.until else " on"
            yield f"{first.source}: {first.says}: {verb} ({since}{until}, {first.commit})"


def _builds(case: Case) -> Iterator[str]:
    if case.agrees(xen=replace(case.xen, debug=not case.xen.debug)):
        yield "a release build of Xen" if case.xen.debug else "a debug build of Xen"


def _releases(case: Case) -> Iterator[str]:
    """Runs of releases that would have printed it."""
    tags = [
        tag
        for model in models.releases()
        for tag in model.tags
        if models.version(tag) >= models.version(FIRST)
    ]
    known: dict[object, bool] = {}
    for agrees, run in groupby(tags, key=lambda tag: _would(case, tag, known)):
        if agrees:
            first, *others = run
            yield f"xen {first} to {others[-1]}" if others else f"xen {first}"


def _would(case: Case, tag: str, known: dict[object, bool]) -> bool:
    """Whether a release would have printed it; what behaves and reads alike is asked once."""
    other, rules = xen(tag, "debug" if case.xen.debug else "release"), rules_of(tag)
    alike = (tuple((name, each.name, each.value) for name, each in other.behaviours.items()), rules.holding)
    if alike not in known:
        known[alike] = case.agrees(host=case.reread(rules), xen=other)
    return known[alike]
