"""`verifier prove` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.domain_map import Extent
from verifier.layout.theorem_report import Judged, Question, Refutation, TheoremFound, TheoremReport
from verifier.layout.units import hexa
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__


def render(report: TheoremReport, *, verbose: bool = False) -> str:
    """The whole report; times only when asked for, so that equal inputs give equal bytes."""
    return json.dumps(document(report, verbose=verbose), indent=2, ensure_ascii=False) + "\n"


def document(report: TheoremReport, *, verbose: bool = False) -> dict[str, Any]:
    """The report as plain JSON values: one finding for each theorem and verdict."""
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"version": __version__, "solver": report.solver},
        "command": "prove",
        "release": report.release,
        "releases": list(report.releases),
        "build": report.build,
        "subject": {"kind": "theorems", "name": " ".join(report.asked) or "all"},
        "verdict": report.verdict,
        "trust": {
            "theorems": len(report.theorems),
            "obligations": report.obligations,
            "decided_by": {"arithmetic": report.arithmetic, "z3": report.z3},
            "assumptions_satisfiable": report.vacuous == 0,
        },
        "notes": list(report.notes),
        "assumptions": [
            {"id": each.id, "statement": each.statement, "source": each.source} for each in report.assumptions
        ],
        "findings": [
            _finding(theorem, judged, verbose=verbose)
            for theorem in report.theorems
            for judged in theorem.judged
        ],
    }
    if report.opinions:
        found["trust"]["second_opinions"] = [
            {"solver": each.solver, "unsat": each.unsat, "sat": each.sat, "unknown": each.unknown}
            | ({"seconds": round(each.seconds, 3)} if verbose else {})
            for each in report.opinions
        ]
    if verbose:
        found["seconds"] = round(report.seconds, 3)
    return found


def _finding(theorem: TheoremFound, judged: Judged, *, verbose: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "property": theorem.name,
        "verdict": judged.verdict,
        "severity": "error",
        "subjects": [theorem.producer],
        "releases": list(judged.releases),
        "message": judged.message,
        "statement": theorem.statement,
        "why": theorem.why,
        "unbounded": theorem.unbounded,
        "assumptions": list(theorem.assumptions),
        "uses": list(judged.uses),
        "obligations": [_obligation(each, verbose=verbose) for each in judged.questions],
    }
    if judged.refutation is not None:
        found["counterexample"] = _counterexample(judged.refutation)
    cites = [{"document": cite.document, "clause": cite.clause} for cite in theorem.cites]
    return found | {"cites": cites, "waiver": None}


def _obligation(each: Question, *, verbose: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": each.name, "says": each.says, "outcome": each.outcome}
    if each.reason:
        found["reason"] = each.reason
    if verbose:
        found["milliseconds"] = round(each.milliseconds, 1)
    return found


def _counterexample(found: Refutation) -> dict[str, Any]:
    made = found.example.regions
    return {
        "configuration": dict(found.example.configuration),
        "what": found.what,
        "file": f"proofs/{found.file}" if found.file else None,
        "message": found.message,
        "address": None if found.address is None else hexa(found.address),
        "regions": [{"name": name, **_extent(extent)} for name, extent in found.regions],
        "extended_regions": None if made is None else [_extent(extent) for extent in made],
        "stops": found.example.stops or None,
    }


def _extent(extent: Extent) -> dict[str, str]:
    return {"start": hexa(extent.start), "end": hexa(extent.end)}
