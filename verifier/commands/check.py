"""`verifier check`: one layout, all rules, every configuration."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import click

from verifier.commands.options import Output, expected, layout_options, output_options
from verifier.layout.finding import Finding, Report, Trust, Verdict
from verifier.layout.policy import Waiver
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Decider
from verifier.logic.solver import solver_name
from verifier.reading.request import Loaded, Request, load
from verifier.rules.judge import Judgement, judge
from verifier.rules.waive import refuse_idle
from verifier.search.repair import Repairer


def check(request: Request, *, repairs: bool = True) -> Report:
    """Read what the request names, decide every rule, look for repairs. Raises InputError."""
    started = time.perf_counter()
    loaded = load(request)
    case = case_of(loaded.layout, loaded.facts, loaded.baseline)
    decider = Decider(case.symbolic, timeout=request.timeout, seed=request.seed)
    waivers = loaded.policy.waivers_for(loaded.source.subject.kind, loaded.source.subject.name)
    judgements = judge(case, decider, waivers) if loaded.layout.defines else []
    outcomes = {judgement.rule.id: judgement.outcomes for judgement in judgements}
    if judgements:
        refuse_idle(loaded.policy, waivers, outcomes, case, decider, date.today())
    findings = _findings(case, judgements, waivers, loaded, request, repairs=repairs)
    trust = Trust(
        defines_found=len(loaded.layout.defines),
        unclassified=tuple(define.name for define in loaded.layout.unclassified),
        not_numbers=tuple(name for name, _ in loaded.layout.others),
        properties=len(judgements),
        arithmetic=decider.arithmetic,
        z3=decider.z3,
        assumptions_satisfiable=not case.space.empty_widths(),
    )
    windows = [bank.window() for bank in loaded.layout.banks if bank.size is not None]
    regions = sorted((*loaded.layout.regions, *windows), key=lambda region: (region.start, region.name))
    return Report(
        "check",
        loaded.source.subject,
        loaded.facts.release,
        loaded.baseline_release,
        solver_name(),
        case.space,
        trust,
        loaded.assumptions,
        findings,
        tuple(regions),
        loaded.policy.name,
        time.perf_counter() - started,
    )


def _findings(
    case: Case,
    judgements: list[Judgement],
    waivers: Sequence[Waiver],
    loaded: Loaded,
    request: Request,
    *,
    repairs: bool,
) -> tuple[Finding, ...]:
    if not judgements:
        name = loaded.source.subject.name
        return (
            Finding(
                "well-formed",
                Verdict.UNKNOWN,
                (),
                f"no layout macro (GUEST_...) in {name}: nothing was checked",
            ),
        )
    if not repairs:
        return tuple(finding for judgement in judgements for finding in judgement.findings)
    rebuild = partial(loaded.source.layout, once=not loaded.layout.differing)
    repairer = Repairer(case, judgements, rebuild, waivers, timeout=request.timeout)
    return tuple(repairer.repaired(finding) for judgement in judgements for finding in judgement.findings)


@click.command()
@click.argument("source")
@layout_options
@output_options
def command(source: str, output: Output, **options: object) -> None:
    """Prove each property of a layout for every configuration, or refute it.

    SOURCE is a header file (or - for standard input), a release such as xen-4.22 or head, a model
    file, or the name of a proposal that ships (see `verifier list`).
    """
    request = replace(Request(source), **options)  # type: ignore[arg-type]  # click gives the fields' types
    report = check(request)
    output.write(report)
    raise SystemExit(expected(output.expect, report))
