"""Two layouts that were read, compared: what `verifier diff` answers, and `verifier ci` for each commit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from verifier.layout.change import Application
from verifier.layout.difference import Behaviour, Delta, Difference, Effect, Side
from verifier.layout.policy import Waiver
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Decider
from verifier.logic.solver import solver_name
from verifier.reading.recorded_verdicts import recorded_verdicts
from verifier.reading.request import Loaded, Request
from verifier.rules.amounts import amounts
from verifier.rules.catalogue import catalogue
from verifier.rules.compare import Comparison
from verifier.rules.judge import judge
from verifier.rules.waive import concerned, expired
from verifier.search.repair import Repairer


def compared(
    before: Loaded,
    after: Loaded,
    request: Request,
    *,
    stable: bool = False,
    same: bool = False,
    applications: Sequence[Application] = (),
) -> Difference:
    """What became of the layout `before`; `request` has the limits of the solver.

    Raises InputError for a waiver of a user's policy that has expired; that one is not needed, `check` tells.
    `same`: both have the same text and release, so no property of the one can differ from that of the other.
    """
    started = time.perf_counter()
    waivers = after.policy.waivers_for(after.named)
    for fault in expired(after.policy, waivers, date.today()):
        raise fault
    old = case_of(before.layout, before.facts, before.layout)
    new = case_of(after.layout, after.facts, before.layout)
    rules = [rule for rule in catalogue() if rule.id in OF_TEXT] if same else None
    comparison = Comparison(
        old, new, waivers,
        rules=rules, stable=stable, timeout=request.timeout, seed=request.seed,
    )  # fmt: skip
    deltas = _repaired(comparison.deltas(), new, after, request)
    deciders = comparison.forward, comparison.backward
    return Difference(
        _side(before, old), _side(after, new), solver_name(), after.policy.name, stable, deltas,
        () if same else tuple(amounts(old, new)), tuple(_behaviours(before, after)),
        None if same else comparison.first(),
        sum(each.arithmetic for each in deciders), sum(each.z3 for each in deciders),
        time.perf_counter() - started, tuple(applications), same,
    )  # fmt: skip


OF_TEXT = ("well-formed", "model-current")
"""Rules that speak of how a layout came about as well as of its numbers."""


def _side(loaded: Loaded, case: Case) -> Side:
    return Side(loaded.source.subject, loaded.facts.release, case.space, loaded.assumptions)


def _repaired(deltas: Sequence[Delta], case: Case, loaded: Loaded, request: Request) -> tuple[Delta, ...]:
    """With repairs of what is newly refuted: they are looked for as `check` does, in the new layout by itself."""
    if all(each.effect is not Effect.BROKEN for each in deltas):
        return tuple(deltas)
    waivers = loaded.policy.waivers_for(loaded.named)
    decider = Decider(case.symbolic, timeout=request.timeout, seed=request.seed, explores=False)
    rebuild = partial(loaded.source.layout, once=not loaded.layout.differing)
    repairer = Repairer(case, judge(case, decider, waivers), rebuild, waivers, timeout=request.timeout)
    return tuple(
        replace(each, finding=repairer.repaired(each.finding)) if each.effect is Effect.BROKEN else each
        for each in deltas
    )


def _behaviours(before: Loaded, after: Loaded) -> Iterator[Behaviour]:
    """Theorems on Xen's own algorithms whose verdict differs between the two releases, or is unknown in both."""
    releases = before.facts.release, after.facts.release
    if releases[0] == releases[1]:
        return
    old, new = map(recorded_verdicts, releases)
    waivers = after.policy.waivers_for(after.named)
    for name in new if old else ():
        was, now = old[name], new[name]
        if was.verdict == now.verdict != "unknown":
            continue
        producer, _, asked = name.partition("/")
        accepted = concerned(waivers, asked, (producer,)) if now.verdict == "refuted" else ()
        waiver = next((each for each in accepted if _is_everywhere(each)), None)
        yield Behaviour(name, now.statement, was.verdict, now.verdict, now.reason or was.reason, waiver)


def _is_everywhere(waiver: Waiver) -> bool:
    """Whether it holds in every configuration: what a theorem needs, which has none."""
    return any(not each.choices and not each.counts for each in waiver.regimes)
