"""`verifier find --placement` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.placement_report import Failure, PlacementReport, Row, Tried
from verifier.layout.units import hexa
from verifier.reports.find_top import assumed, top, when
from verifier.reports.json_format import box, configuration


def render(report: PlacementReport) -> str:
    """The whole report."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: PlacementReport) -> dict[str, Any]:
    """The report as plain JSON values."""
    found: dict[str, Any] = {
        **top(report.subject, report.release, report.verdict),
        "placement": report.kind,
        "name": report.name,
        "size": "max" if report.size is None else hexa(report.size),
        "align": hexa(report.unit),
        "reading": _reading(windows=report.windows),
        "tried": [_tried(report, each) for each in report.tried],
        "assumptions": assumed(report.assumptions),
    }
    limits = {"below": report.below, "above": report.above}
    found.update({side: hexa(address) for side, address in limits.items() if address is not None})
    if report.when is not None:
        found["when"] = when(report.when)
    if report.undecided:
        found["reason"] = report.undecided
    return found


def _reading(*, windows: bool) -> str:
    return "windows" if windows else "used"


def _tried(report: PlacementReport, tried: Tried) -> dict[str, Any]:
    found: dict[str, Any] = {
        "verdict": "refuted" if tried.failure else "proved",
        "offset": hexa(tried.offset),
        "size": hexa(tried.size),
        "candidates": tried.rounds,
        "unreached": list(tried.unreached),
        "tables": [
            {
                "reading": _reading(windows=table.windows),
                "widths": [_row(report, row) for row in table.rows],
            }
            for table in tried.tables
        ],
    }
    if tried.template.bank:
        found["bank"] = tried.template.bank
    if tried.failure is not None:
        found["counterexample"] = _failure(report, tried.failure)
        found["regimes"] = [box(each, report.space) for each in tried.regimes]
        found["regimes_exact"] = tried.exact
        found["moved"] = None if tried.moved is None else hexa(tried.moved)
    return found


def _row(report: PlacementReport, row: Row) -> dict[str, Any]:
    return {
        "ipa_bits": row.bits,
        "offset": hexa(row.offset),
        "largest": hexa(row.largest),
        "stopped_by": list(row.stopped_by),
        "memory": hexa(row.memory),
        "most_memory": hexa(row.most_memory),
        "by_memory": [
            {"memory": hexa(memory), "largest": hexa(largest)} for memory, largest in row.by_memory
        ],
        "counterexample": None if row.failure is None else _failure(report, row.failure),
    }


def _failure(report: PlacementReport, failure: Failure) -> dict[str, Any]:
    clash = failure.clash
    found: dict[str, Any] = {
        "configuration": configuration(failure.configuration, report.space),
        "region": {"name": report.name, "start": hexa(failure.start), "end": hexa(failure.end)},
        "with": clash.name,
        "shared": {"start": hexa(clash.start), "end": hexa(clash.end), "size": hexa(clash.end - clash.start)},
    }
    if clash.region is not None:
        region = clash.region
        found["other"] = {
            "name": region.name,
            "start": hexa(region.start),
            "end": hexa(region.end),
            "origin": {"file": region.origin.file, "line": region.origin.line},
        }
    return found
