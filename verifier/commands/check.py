"""`verifier check`: one layout, all rules, every configuration."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import click

from verifier.commands.options import layout_options
from verifier.commands.output import Output, output_options
from verifier.layout.change import OtherBase
from verifier.layout.errors import InputError
from verifier.layout.finding import Finding, Report, Trust, Verdict
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.logic.solver import solver_name
from verifier.reading import models
from verifier.reading.request import Loaded, Reader, Request
from verifier.rules.catalogue import catalogue
from verifier.rules.judge import judge
from verifier.rules.waive import expired, idle
from verifier.search.repair import Repairer


def check(request: Request, *, repairs: bool = True) -> Report:
    """Read what the request names, decide every rule, look for repairs. Raises InputError.

    Of a series of patches the report is on the layout after the last; the others are in `before`.
    """
    reader = Reader(request)
    loaded = reader.layouts()
    runs = [Run(each, request) for each in loaded]
    _refuse_idle(runs)
    series = len(runs) > 1
    reports = [replace(run.report(repairs=repairs), in_series=series) for run in runs]
    others = tuple(_elsewhere(reader, reports[-1].own_verdict)) if reader.is_patch else ()
    return replace(reports[-1], before=tuple(reports[:-1]), others=others)


def _refuse_idle(runs: Sequence[Run]) -> None:
    """Raise InputError for a waiver of a user's policy that no layout of the run needs."""
    idle = [run.idle() for run in runs]
    for fault in idle[0]:
        if all(str(fault) in map(str, faults) for faults in idle):
            raise fault


def _elsewhere(reader: Reader, mine: Verdict) -> Iterator[OtherBase]:
    """The verdicts of a patch on the other releases that it applies to, equal neighbours as one.

    Where a verdict is not that of the base asked for, what the release has without the patch is told.
    """
    last: OtherBase | None = None
    for model, loaded in reader.others():
        verdict = alone = Run(loaded, reader.request, verdict_only=True).report(repairs=False).own_verdict
        if verdict is not mine:
            release = Reader(replace(reader.request, source=model.tags[-1], base=None, xen=None))
            plain = Run(release.layouts()[0], reader.request, verdict_only=True)
            alone = plain.report(repairs=False).own_verdict
        found = OtherBase(model.tags[0], model.tags[-1], str(verdict), str(alone))
        if last is not None and _is_next(last, found):
            last = replace(last, last=found.last)
            continue
        if last is not None:
            yield last
        last = found
    if last is not None:
        yield last


def _is_next(one: OtherBase, other: OtherBase) -> bool:
    """Whether the releases of `other` follow those of `one` and nothing sets them apart."""
    tags = [tag for model in models.releases() for tag in model.tags]
    return tags.index(one.last) + 1 == tags.index(other.first) and (one.verdict, one.alone) == (
        other.verdict,
        other.alone,
    )


class Run:
    """One layout, decided; `verdict_only` leaves out what changes no verdict: advice, and when exactly what fails."""

    def __init__(self, loaded: Loaded, request: Request, *, verdict_only: bool = False) -> None:
        self._started = time.perf_counter()
        self._loaded, self._request = loaded, request
        self.case = case_of(loaded.layout, loaded.facts, loaded.baseline)
        self._decider = Decider(
            self.case.symbolic, timeout=request.timeout, seed=request.seed, explores=not verdict_only
        )
        self._waivers = loaded.policy.waivers_for(loaded.named)
        rules = [rule for rule in catalogue() if not (verdict_only and rule.advice)]
        self.judgements = (
            judge(self.case, self._decider, self._waivers, rules) if loaded.layout.defines else []
        )

    def idle(self) -> list[InputError]:
        """Waivers of a user's policy that are expired or not needed here."""
        if not self.judgements:
            return []
        outcomes = {
            judgement.rule.id: None if judgement.is_open else judgement.outcomes
            for judgement in self.judgements
        }
        policy, waivers = self._loaded.policy, self._waivers
        found = [
            *expired(policy, waivers, date.today()),
            *idle(policy, waivers, outcomes, self.case, self._decider),
        ]
        return sorted(found, key=lambda fault: fault.line or 0)

    def report(self, *, repairs: bool) -> Report:
        """Everything that is to be said about the layout."""
        loaded, case, layout = self._loaded, self.case, self._loaded.layout
        findings = self._findings(repairs=repairs)
        trust = Trust(
            defines_found=len(layout.defines),
            unclassified=tuple(define.name for define in layout.unclassified),
            not_numbers=tuple(name for name, _ in layout.others),
            properties=len(self.judgements),
            arithmetic=self._decider.arithmetic,
            z3=self._decider.z3,
            assumptions_satisfiable=not case.space.empty_widths(),
        )
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
            layout.parts,
            loaded.policy.name,
            time.perf_counter() - self._started,
            loaded.application,
        )

    def _findings(self, *, repairs: bool) -> tuple[Finding, ...]:
        if not self.judgements:
            name = self._loaded.source.subject.name
            nothing = f"no layout macro (GUEST_...) in {name}: nothing was checked"
            return (Finding("well-formed", Verdict.UNKNOWN, (), nothing),)
        found = [finding for judgement in self.judgements for finding in judgement.findings]
        if not repairs:
            return tuple(found)
        source = self._loaded.source
        rebuild = partial(source.layout, once=not self._loaded.layout.differing)
        timeout = self._request.timeout
        repairer = Repairer(self.case, self.judgements, rebuild, self._waivers, timeout=timeout)
        return tuple(repairer.repaired(finding) for finding in found)


@click.command()
@click.argument("source")
@layout_options
@output_options("check", "Every map, and times.")
def command(source: str, output: Output, **options: object) -> None:
    """Prove each property of a layout for every configuration, or refute it.

    SOURCE is a header file (or - for standard input), a patch, mail or mailbox over --base, a release
    such as xen-4.22 or head, a model file, or the name of a proposal that ships (see `verifier list`).
    """
    request = replace(Request(source), **options)  # type: ignore[arg-type]  # click gives the fields' types
    report = check(request)
    output.report(report, text="text", values="json_format", sheet="check_sheet")
    raise SystemExit(output.status(report.verdict))
