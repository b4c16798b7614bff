"""`verifier find` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.find_report import FindReport
from verifier.layout.finding import Finding
from verifier.layout.placing import Change, Impossible, Placed, Reason, Wish
from verifier.layout.units import hexa
from verifier.reports import c_text_json
from verifier.reports.find_top import assumed, top, when


def render(report: FindReport) -> str:
    """The whole report."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: FindReport) -> dict[str, Any]:
    """The report as plain JSON values."""
    found: dict[str, Any] = {
        **top(report.subject, report.release, report.verdict),
        "asked": [_wish(each) for each in report.wishes],
        "regions": [],
        "changed": [],
        "changes": {name: hexa(value) for name, value in report.changes.items()},
        "defines": {name: hexa(value) for name, value in report.defines.items()},
        "unreached": {name: list(guests) for name, guests in report.unreached.items()},
        "proved": list(report.proved),
        "prices": [_finding(each) for each in report.prices],
        "broken": [_finding(each) for each in report.broken],
        "remaining": [_finding(each) for each in report.remaining],
        "assumptions": assumed(report.assumptions),
    }
    if report.places is not None:
        lost = report.places.lost or {}
        found["regions"] = [_placed(each) for each in report.places.regions]
        found["changed"] = [
            {**_placed(each), "lost": hexa(lost.get(each.name, 0))} for each in report.places.changed
        ]
    if report.impossible is not None:
        found.update(_why_not(report.impossible))
    if report.written is not None:
        found["c"] = c_text_json.document(report.written)
    if report.undecided:
        found["reason"] = report.undecided
    return found


def _why_not(impossible: Impossible) -> dict[str, Any]:
    """Changes that help by themselves are `relaxations`; those that help together are `combinations`."""
    found: dict[str, Any] = {
        "reasons": [_reason(each) for each in impossible.reasons],
        "relaxations": [_change(*each.changes) for each in impossible.relaxations if len(each.changes) == 1],
        "all_tried": impossible.all_tried,
    }
    if impossible.others:
        found["other_reasons"] = [[_reason(each) for each in reasons] for reasons in impossible.others]
    combined = [
        {"price": hexa(each.price), "text": str(each), "changes": [_change(one) for one in each.changes]}
        for each in impossible.relaxations
        if len(each.changes) > 1
    ]
    return {**found, "combinations": combined} if combined else found


def _reason(reason: Reason) -> dict[str, Any]:
    return {"kind": reason.kind, "name": reason.name, "value": hexa(reason.value), "text": reason.text}


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "name": change.reason.name,
        "value": hexa(change.value),
        "price": hexa(change.price),
        "text": change.text,
    }


def _wish(wish: Wish) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": wish.name,
        "size": "max" if wish.size is None else hexa(wish.size),
        "align": hexa(wish.unit),
        "limits": [
            {"address": hexa(each.address), "reason": each.reason} for each in (*wish.upper, *wish.lower)
        ],
    }
    if wish.when is not None:
        found["when"] = when(wish.when)
    return found


def _placed(region: Placed) -> dict[str, Any]:
    return {"name": region.name, "start": hexa(region.start), "end": hexa(region.end)}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "property": finding.property,
        "verdict": finding.verdict,
        "subjects": list(finding.subjects),
        "message": finding.message,
    }
