"""The JSON report, schema `xen-layout-verifier/1` (see `schema.json` beside this file)."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.box import Box
from verifier.layout.change import Note
from verifier.layout.configuration import Configuration, Space
from verifier.layout.errors import InputError
from verifier.layout.finding import Counterexample, Finding, Repair, Report, Verdict
from verifier.layout.origin import Origin
from verifier.layout.policy import Waiver
from verifier.layout.region import Region
from verifier.layout.units import hexa
from verifier.version import __version__

SCHEMA = "xen-layout-verifier/1"


def render(report: Report, *, verbose: bool = False) -> str:
    """The whole report; times only when asked for, so that equal inputs give equal bytes."""
    return json.dumps(document(report, verbose=verbose), indent=2, ensure_ascii=False) + "\n"


def render_error(command: str, fault: InputError) -> str:
    """What stands on standard output when the input could not be read."""
    error = {"file": fault.file, "line": fault.line, "message": fault.message}
    return (
        json.dumps(
            {"schema": SCHEMA, "command": command, "verdict": "error", "error": error},
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def document(report: Report, *, verbose: bool = False) -> dict[str, Any]:
    """The report as plain JSON values: addresses are hex strings, ends exclusive."""
    trust = report.trust
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"version": __version__, "solver": report.solver},
        "command": report.command,
        "release": report.release,
        "baseline": report.baseline,
        "arch": report.space.facts.arch,
        "subject": {
            "kind": report.subject.kind,
            "name": report.subject.name,
            "sha256": report.subject.sha256,
        },
        "verdict": str(report.verdict),
        "policy": report.policy,
        "trust": {
            "defines_found": trust.defines_found,
            "defines_classified": trust.defines_found - len(trust.unclassified),
            "unclassified": list(trust.unclassified),
            "not_numbers": list(trust.not_numbers),
            "properties": trust.properties,
            "obligations": trust.obligations,
            "decided_by": {"arithmetic": trust.arithmetic, "z3": trust.z3},
            "assumptions_satisfiable": trust.assumptions_satisfiable,
        },
        "assumptions": [
            {"id": each.id, "statement": each.statement, "source": each.source} for each in report.assumptions
        ],
        "findings": [*_earlier(report), *(_numbered(finding, report) for finding in report.findings)],
        "regions": [region_values(region) | {"kind": region.kind} for region in report.regions],
    }
    if report.application is not None:
        found["patches"] = [_patch(each) for each in (*report.before, report)]
        found["other_bases"] = [
            {"first": each.first, "last": each.last, "verdict": each.verdict, "alone": each.alone}
            for each in report.others
        ]
    if verbose:
        found["seconds"] = round(report.seconds, 3)
    return found


def _earlier(report: Report) -> list[dict[str, Any]]:
    """What is wrong or unknown after the earlier patches of a series, whether or not a later one mends it."""
    return [
        _numbered(finding, each)
        for each in report.before
        for finding in each.findings
        if finding.verdict in (Verdict.REFUTED, Verdict.UNKNOWN)
    ]


def _numbered(finding: Finding, report: Report) -> dict[str, Any]:
    """A finding, in a series with the number of the patch."""
    number = {"patch": report.application.number} if report.application and report.in_series else {}
    return finding_values(finding, report.space) | number


def _patch(report: Report) -> dict[str, Any]:
    application = report.application
    assert application is not None
    return {
        "number": application.number,
        "name": application.name,
        "base": application.base,
        "verdict": str(report.own_verdict),
        "hunks": [
            {
                "origin": _origin(step.origin),
                "level": step.level,
                "place": step.place,
                "notes": [_note(note) for note in step.notes],
            }
            for step in application.steps
        ],
        "notes": [_note(note) for note in application.notes],
    }


def _note(note: Note) -> dict[str, Any]:
    return {"message": note.text, "origin": _origin(note.origin)}


def finding_values(finding: Finding, space: Space) -> dict[str, Any]:
    """One finding on a layout with that space."""
    found: dict[str, Any] = {
        "property": finding.property,
        "verdict": str(finding.verdict),
        "severity": finding.severity,
        "subjects": list(finding.subjects),
        "message": finding.message,
    }
    if finding.details:
        found["details"] = list(finding.details)
    if finding.help:
        found["help"] = list(finding.help)
    if finding.listed:
        found["listing"] = {
            "what": finding.listed,
            "regimes": [box(regime, space) for regime in finding.listing],
            "regimes_exact": finding.listing_exact,
        }
    if finding.counterexample is not None:
        found |= {
            "details": list(finding.details),
            "why": finding.why,
            "fails_when": box(finding.fails_when or Box(), space),
            "regimes": [box(regime, space) for regime in finding.regimes],
            "regimes_exact": finding.regimes_exact,
            "counterexample": _counterexample(finding.counterexample, space),
            "repairs": [_repair(repair) for repair in finding.repairs],
            "repairs_searched": finding.repairs_searched,
        }
    if finding.help:
        found["help"] = list(finding.help)
    cites = [{"document": cite.document, "clause": cite.clause} for cite in finding.cites]
    return found | {"cites": cites, "waiver": waiver_values(finding.waiver)}


def waiver_values(waiver: Waiver | None) -> dict[str, Any] | None:
    """Who accepts it, where and why; None if nobody does."""
    if waiver is None:
        return None
    return {
        "reason": waiver.reason,
        "owner": waiver.owner or None,
        "expires": waiver.expires.isoformat() if waiver.expires else None,
        "origin": _origin(waiver.origin),
    }


def box(regime: Box, space: Space) -> dict[str, Any]:
    """A part of the configuration space: lists of values, and `min`/`max`, inclusive, of counts."""
    found: dict[str, Any] = {}
    for name, dimension in space.dimensions.items():
        if name in regime.choices:
            found[name] = [dimension.show(value) for value in regime.choices[name]]
        elif name in regime.counts:
            low, high = regime.counts[name]
            found[name] = {"min": dimension.show(low), "max": dimension.show(high)}
    return found


def configuration(chosen: Configuration, space: Space) -> dict[str, Any]:
    """One value for every dimension."""
    return {name: dimension.show(chosen[name]) for name, dimension in space.dimensions.items()}


def _counterexample(example: Counterexample, space: Space) -> dict[str, Any]:
    witness = example.witness
    found: dict[str, Any] = {
        "configuration": configuration(example.configuration, space),
        "witness": witness.kind,
    }
    for key, number in (
        ("address", witness.address),
        ("bound", witness.bound),
        ("found", witness.found),
        ("needed", witness.needed),
    ):
        if number is not None:
            found[key] = hexa(number)
    if witness.macro is not None:
        found["macro"] = witness.macro
    found["regions"] = [region_values(region) for region in example.regions]
    if example.overlap is not None:
        start, end = example.overlap
        found["overlap"] = {"start": hexa(start), "end": hexa(end), "size": hexa(end - start)}
    return found


def region_values(region: Region) -> dict[str, Any]:
    """A region, and where its start is defined."""
    return {
        "name": region.name,
        "start": hexa(region.start),
        "end": hexa(region.end),
        "origin": _origin(region.origin),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"file": origin.file, "line": origin.line}


def _repair(repair: Repair) -> dict[str, Any]:
    cost = {"ram": hexa(repair.ram)} | ({"other": hexa(repair.other)} if repair.other else {})
    return {
        "changes": {name: hexa(value) for name, value in repair.changes.items()},
        "cost": cost,
        "remaining": list(repair.remaining),
    }
