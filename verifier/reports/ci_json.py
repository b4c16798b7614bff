"""The answer of `verifier ci` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.series import Judged, Series
from verifier.reports import ci_words, diff_json
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__


def render(report: Series, *, verbose: bool = False) -> str:
    """The whole report; times only when asked for, so that equal inputs give equal bytes."""
    found = document(report)
    if verbose:
        found["seconds"] = round(report.seconds, 3)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def document(report: Series) -> dict[str, Any]:
    """The report as plain JSON values: what `diff` says, for each commit that was judged."""
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__, "solver": report.solver},
        "command": "ci",
        "subject": {"kind": "commits", "name": report.range, "repository": report.repository},
        "verdict": str(report.verdict),
        "headline": ci_words.headline(report),
        "commits": report.commits,
        "judged": [_judged(each) for each in report.judged],
        "merged": None if report.merged is None else _judged(report.merged),
    }


def _judged(judged: Judged) -> dict[str, Any]:
    fault = judged.fault
    return {
        "id": judged.id,
        "title": judged.title,
        "author": judged.author,
        "verdict": str(judged.verdict),
        "error": None
        if fault is None
        else {"file": fault.file, "line": fault.line, "message": fault.message},
        "difference": None if judged.difference is None else diff_json.document(judged.difference),
    }
