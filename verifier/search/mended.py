"""Which later behaviour of Xen mends something: each variant is tried, by itself and with all that its commit changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from verifier.layout.units import listing
from verifier.reading.behaviours import Behaviour, Variant, behaviours
from verifier.xen.release import Xen

Change: TypeAlias = Mapping[str, Variant]
"""Behaviours of a release that become others."""
_CONFIGURED = ("dom0-shared-room",)
"""Behaviours of builds with an option that is off by default (CONFIG_STATIC_SHM): no newer Xen by itself has them."""


def mended(xen: Xen, mends: Callable[[Xen], bool]) -> Iterator[str]:
    """A sentence for each behaviour that a later release has and that mends something, `mends` told of it.

    Where none does it alone, one with all that the same commits changed.
    """
    told = [*_changed(xen, mends, _alone)] or [*_changed(xen, mends, _with_its_commits)]
    seen = set[str]()
    for behaviour, variant in told:
        if seen.isdisjoint(variant.commits):
            releases = listing([*variant.also, variant.since])
            commits = listing(variant.commits)
            yield f"mended in xen {releases} ({commits}): {variant.what} ({behaviour.source})"
        seen.update(variant.commits)


def _changed(
    xen: Xen, mends: Callable[[Xen], bool], change: Callable[[Xen, Behaviour, Variant], Change]
) -> Iterator[tuple[Behaviour, Variant]]:
    for behaviour in behaviours().values():
        for variant in _later(behaviour, xen):
            if mends(replace(xen, behaviours={**xen.behaviours, **change(xen, behaviour, variant)})):
                yield behaviour, variant
                break


def _alone(_xen: Xen, behaviour: Behaviour, variant: Variant) -> Change:
    return {behaviour.name: variant}


def _with_its_commits(xen: Xen, behaviour: Behaviour, variant: Variant) -> Change:
    others = {
        each.name: later
        for each in behaviours().values()
        for later in _later(each, xen)
        if not set(later.commits).isdisjoint(variant.commits)
    }
    return {**others, behaviour.name: variant}


def _later(behaviour: Behaviour, xen: Xen) -> Iterator[Variant]:
    """The variants after that of a release, the first of them first."""
    own = xen.behaviours.get(behaviour.name)
    if own is None or behaviour.name in _CONFIGURED:
        return
    passed = False
    for variant in behaviour.variants:
        if passed and (variant.name, variant.value) != (own.name, own.value):
            yield variant
        passed = passed or variant is own or variant == own
