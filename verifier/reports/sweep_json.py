"""`verifier sweep` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.sweep import Outcome, Record, Setting, SweepReport
from verifier.layout.units import hexa
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__


def render(report: SweepReport, *, verbose: bool = False) -> str:
    """The whole report; times only when asked for, so that equal inputs give equal bytes."""
    return json.dumps(document(report, verbose=verbose), indent=2, ensure_ascii=False) + "\n"


def document(report: SweepReport, *, verbose: bool = False) -> dict[str, Any]:
    """The report as plain JSON values; the answers of a board are in the order of `settings`."""
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "command": "sweep",
        "verdict": report.verdict,
        "settings": [
            _setting(each) | {"boards": dict(report.counts(position))}
            for position, each in enumerate(report.settings)
        ],
        "boards": [
            {
                "names": list(each.names),
                "sha256": each.sha256,
                "vendor": each.vendor,
                "verdict": each.worst.verdict,
                "answers": [_answer(record, verbose=verbose) for record in each.records],
            }
            for each in report.boards
        ],
        "skipped": [
            {"name": each.name, "reason": each.reason, "may_be_a_board": each.is_doubt}
            for each in report.skipped
        ],
    }
    if verbose:
        found |= {"seconds": round(report.seconds, 3), "known_before": report.kept}
    return found


def _setting(setting: Setting) -> dict[str, Any]:
    return {
        "release": setting.release,
        "build": setting.build,
        "iommu": setting.iommu,
        "ipa_bits": list(setting.ipa_bits),
        "consumers": list(setting.consumers),
        "as_shipped": setting.as_shipped,
    }


def _answer(record: Record, *, verbose: bool) -> dict[str, Any]:
    told = {
        "verdict": record.verdict,
        "headline": record.headline,
        "proved": record.proved,
        "has_empty_banks": record.has_empty_banks,
        "fault": record.fault or None,
        "outcomes": [_outcome(each) for each in record.outcomes],
    }
    return told | ({"seconds": record.seconds} if verbose else {})


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "property": outcome.property,
        "domain": outcome.domain,
        "verdict": outcome.verdict,
        "effect": outcome.effect or None,
        "findings": outcome.count,
        "more": outcome.more,
        "largest": hexa(outcome.size),
        "message": outcome.message,
    }
