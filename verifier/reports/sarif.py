"""SARIF 2.1.0, as the OASIS standard of 2023 (with errata 01) has it; section numbers are of that text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from posixpath import isabs, normpath
from typing import Any
from urllib.parse import quote

from verifier.layout.errors import InputError
from verifier.layout.sheet import Mark, Part, Place, Row, Sheet, Topic
from verifier.layout.units import span
from verifier.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "xenLayoutVerifier/v1"
_SHIPPED = "VERIFIER"
"""The base of files that ship with the tool: whoever reads the report has none of them."""
_KINDS = {
    "proved": "pass",
    "refuted": "fail",
    "unknown": "open",
    "not-applicable": "notApplicable",
    "waived": "fail",
}
"""3.27.9: `open` is for a tool that had too little information to decide."""
Values = dict[str, Any]


def render(sheet: Sheet) -> str:
    """One run, with a result for every row, those that hold included."""
    rules = {topic.id: index for index, topic in enumerate(sheet.topics)}
    run = _run([_rule(topic) for topic in sheet.topics]) | {
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": list(_notes(sheet))}],
        "originalUriBaseIds": {
            _SHIPPED: {"description": {"text": "data that ships with xen-layout-verifier"}}
        },
        "results": [
            _result(part, row, fingerprint) | {"ruleIndex": rules[row.topic]}
            for part, row, fingerprint in sheet.entries()
        ],
        "properties": {
            "command": sheet.command,
            "subject": sheet.subject,
            "verdict": sheet.verdict,
            "headline": sheet.headline,
            "solver": sheet.solver,
            "assumptions": [
                {"id": each.id, "statement": each.statement, "source": each.source}
                for each in sheet.assumptions
            ],
        },
    }
    return _text(run)


def render_error(command: str, fault: InputError) -> str:
    """A run that did not come to results (3.20.14), with the fault as a notification (3.20.21)."""
    note: Values = {"level": "error", "message": {"text": fault.message}}
    if fault.file is not None:
        note["locations"] = [_location(Place(fault.file, fault.line))]
    invocation = {"executionSuccessful": False, "exitCode": 2, "toolExecutionNotifications": [note]}
    return _text(_run([]) | {"invocations": [invocation], "results": [], "properties": {"command": command}})


def _text(run: Values) -> str:
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _run(rules: list[Values]) -> Values:
    driver = {"name": "xen-layout-verifier", "version": __version__, "rules": rules}
    return {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints"}


def _notes(sheet: Sheet) -> Iterator[Values]:
    for part in sheet.parts:
        for note in part.notes:
            context = f"{part.context}: " if part.context else ""
            yield {"level": "note", "message": {"text": f"{context}{note}"}}


def _rule(topic: Topic) -> Values:
    sources = [f"{cite.document}, {cite.clause}" for cite in topic.cites]
    text = "\n".join([topic.statement, topic.why, *(f"Source: {each}" for each in sources)])
    marked = "\n".join([topic.statement, "", f"**Why.** {topic.why}", "", *(f"* {each}" for each in sources)])
    return {
        "id": topic.id,
        "name": "".join(word.capitalize() for word in topic.id.replace("/", "-").split("-")),
        "shortDescription": {"text": topic.title},
        "fullDescription": {"text": topic.why},
        "help": {"text": text, "markdown": marked},
        "defaultConfiguration": {"level": "error"},
    }


def _result(part: Part, row: Row, fingerprint: str) -> Values:
    kind = _KINDS[row.verdict]
    failing = "note" if row.advises else "error"
    found: Values = {
        "ruleId": row.topic,
        "kind": kind,
        "level": failing if kind == "fail" else "none",  # 3.27.10: none, unless it fails
        "message": {"text": "\n".join([part.said(row), *row.lines])},
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "properties": {"verdict": row.verdict, "severity": row.severity, "subjects": list(row.subjects)},
    }
    if row.place is not None or row.subjects:
        found["locations"] = [_location(row.place, names=row.subjects)]
    if row.marks:
        found["relatedLocations"] = [_mark(mark, number) for number, mark in enumerate(row.marks, 1)]
    if row.verdict == "waived":
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": row.waiver}]
    return found


def _location(place: Place | None, *, names: tuple[str, ...] = ()) -> Values:
    """A place, with the macros or nodes that it is about."""
    found: Values = {}
    if place is not None and place.named:
        found["physicalLocation"] = _physical(place)
    if names:
        found["logicalLocations"] = [{"name": name} for name in names]
    return found


def _mark(mark: Mark, number: int) -> Values:
    """A region: where its macros are, and the addresses that it takes (3.29.6)."""
    address = {"absoluteAddress": mark.start, "length": mark.end - mark.start, "name": mark.name}
    physical = {} if mark.place is None or not mark.place.named else _physical(mark.place)
    return {
        "id": number,
        "message": {"text": f"{mark.name} {span(mark.start, mark.end)}"},
        "physicalLocation": physical | {"address": address},
    }


def _physical(place: Place) -> Values:
    artifact = {"uri": uri(place.file)} | ({"uriBaseId": _SHIPPED} if place.shipped else {})
    region = {} if place.line is None else {"region": {"startLine": place.line}}
    return {"artifactLocation": artifact, **region}


def uri(file: str) -> str:
    """Of a file: relative as it was given (RFC 3986), or with the scheme `file` (RFC 8089)."""
    path = quote(normpath(file))
    return f"file://{path}" if isabs(file) else path
