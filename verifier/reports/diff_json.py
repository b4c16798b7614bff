"""The answer of `verifier diff` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.difference import Amount, Behaviour, Difference, Side
from verifier.layout.subject import Subject
from verifier.layout.units import hexa
from verifier.reports import diff_words
from verifier.reports.json_format import SCHEMA, configuration, finding_values, region_values, waiver_values
from verifier.version import __version__


def render(report: Difference, *, verbose: bool = False) -> str:
    """The whole report; times only when asked for, so that equal inputs give equal bytes."""
    found = document(report)
    if verbose:
        found["seconds"] = round(report.seconds, 3)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def document(report: Difference) -> dict[str, Any]:
    """The report as plain JSON values."""
    total = report.arithmetic + report.z3
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__, "solver": report.solver},
        "command": "diff",
        "release": report.new.release,
        "baseline": report.old.name,
        "arch": report.new.space.facts.arch,
        "old": _side(report.old),
        "new": _side(report.new),
        "subject": _subject(report.new.subject),
        "verdict": str(report.verdict),
        "policy": report.policy,
        "stable": report.stable,
        "trust": {"obligations": total, "decided_by": {"arithmetic": report.arithmetic, "z3": report.z3}},
        "assumptions": _assumptions(report.new),
        "findings": [
            {"change": str(each.effect), **finding_values(each.finding, diff_words.space_of(each, report))}
            for each in report.deltas
        ],
        "regions": [region_values(each) | {"kind": each.kind} for each in report.new.space.layout.parts],
        "amounts": [_amount(each) for each in report.amounts],
        "theorems": [_behaviour(each) for each in report.behaviours],
        "first_difference": _first(report),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "subject": _subject(side.subject),
        "release": side.release,
        "assumptions": _assumptions(side),
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {"kind": subject.kind, "name": subject.name, "sha256": subject.sha256}


def _assumptions(side: Side) -> list[dict[str, Any]]:
    return [{"id": each.id, "statement": each.statement, "source": each.source} for each in side.assumptions]


def _amount(each: Amount) -> dict[str, Any]:
    def said(number: int | None) -> int | str | None:
        return number if number is None or each.unit else hexa(number)

    return {
        "what": each.what,
        "where": each.where,
        "unit": each.unit or "byte",
        "before": said(each.before),
        "after": said(each.after),
    }


def _behaviour(each: Behaviour) -> dict[str, Any]:
    return {
        "theorem": each.theorem,
        "statement": each.statement,
        "before": each.before,
        "after": each.after,
        "reason": each.reason,
        "waiver": waiver_values(each.waiver),
    }


def _first(report: Difference) -> dict[str, Any] | None:
    found = report.first
    if found is None:
        return None
    return {
        "configuration": configuration(found.configuration, found.space),
        "property": found.property,
        "subjects": list(found.subjects),
        "before": str(found.before),
        "after": str(found.after),
    }
