"""`verifier find --repair` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.repair_report import Key, RepairReport
from verifier.layout.units import hexa
from verifier.reports import c_text_json
from verifier.reports.find_top import assumed, top


def render(report: RepairReport) -> str:
    """The whole report."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: RepairReport) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        **top(report.subject, report.release, report.verdict),
        "properties": list(report.properties),
        "targets": _keys(report.targets),
        "repairs": [
            {
                "changes": {name: hexa(value) for name, value in each.changes.items()},
                "cost": {"ram": hexa(each.ram), "other": hexa(each.other)},
                "cured": _keys(each.cured),
                "remaining": [
                    {**key, **({"ipa_bits": list(each.widths[left])} if left in each.widths else {})}
                    for left, key in zip(each.remaining, _keys(each.remaining), strict=True)
                ],
                "gives_up": each.gives_up,
                "comments": [
                    {
                        "origin": {"file": said.origin.file, "line": said.origin.line},
                        "from": said.old,
                        "to": said.new,
                    }
                    for said in each.reworded
                ],
                "notes": list(each.notes),
                "summary": each.summary,
            }
            for each in report.plans
        ],
        "incurable": _keys(report.incurable),
        "remaining": [
            {"property": each.property, "subjects": list(each.subjects), "message": each.message}
            for each in report.beyond
        ],
        "open": list(report.open),
        "c": None if report.written is None else c_text_json.document(report.written),
        "assumptions": assumed(report.assumptions),
    }


def _keys(keys: tuple[Key, ...]) -> list[dict[str, Any]]:
    return [{"property": name, "subjects": list(subjects)} for name, subjects in keys]
