"""Least changes of numbers that make a layout sound, verified as `check` would."""

from __future__ import annotations

from functools import partial

from verifier.commands.check import Run
from verifier.layout.c_text import Wanted
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict
from verifier.layout.repair_report import RepairPlan, RepairReport
from verifier.reading.request import Request, load
from verifier.rules.catalogue import catalogue
from verifier.search.repair_plan import Plan, plans
from verifier.writing.write import written


def repair(request: Request, properties: tuple[str, ...] = ()) -> RepairReport:
    """Of the properties named, or of all. Raises InputError."""
    known = [rule.id for rule in catalogue()]
    for name in properties:
        if name not in known:
            raise InputError(f'no property "{name}"; there are {", ".join(known)}')
    loaded = load(request)
    run = Run(loaded, request)
    findings = [
        each for judgement in run.judgements for each in judgement.findings if each.severity == "error"
    ]
    asked = [each for each in findings if not properties or each.property in properties]
    targets = tuple(
        dict.fromkeys((each.property, each.subjects) for each in asked if each.verdict is Verdict.REFUTED)
    )
    rebuild = partial(loaded.source.layout, once=not loaded.layout.differing)
    found = plans(
        run.case, run.judgements, rebuild, loaded.policy.waivers_for(loaded.named),
        properties=properties, timeout=request.timeout,
    )  # fmt: skip
    opens = [each.message for each in asked if each.verdict is Verdict.UNKNOWN]
    if not found.searched_all:
        opens.append("there are more changes than were tried")
    if not run.judgements:
        opens.append(f"no layout macro (GUEST_...) in {loaded.source.subject.name}: nothing was checked")
    first = found.plans[0] if found.plans else None
    return RepairReport(
        loaded.source.subject, loaded.facts.release, properties, targets,
        tuple(map(_plan, found.plans)), found.incurable, tuple(opens),
        None if first is None else written(loaded, Wanted(dict(first.changes))), loaded.assumptions,
    )  # fmt: skip


def _plan(plan: Plan) -> RepairPlan:
    return RepairPlan(dict(plan.changes), plan.ram, plan.other, plan.cured, plan.remaining, plan.summary)
