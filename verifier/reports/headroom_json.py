"""How far numbers may go, and what pins them, as JSON: schema `xen-layout-verifier/1`.

Addresses and sizes are hex strings, as are all values of macros; ends are exclusive.
"""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.headroom import Headroom, Pinned, Range, Reason, Reasons, Way
from verifier.layout.origin import Origin
from verifier.layout.units import hexa
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__


def render(found: Headroom, *, verbose: bool = False) -> str:
    """How far every number may go; times only when asked for, so that equal inputs give equal bytes."""
    document = _top(found) | {
        "headroom": [_range(each) for each in found.ranges],
        "unmoved": [
            {"name": each.name, "origin": _origin(each.origin), "why": each.why} for each in found.unmoved
        ],
    }
    return _text(document, found.seconds, verbose=verbose)


def render_reasons(found: Reasons, *, verbose: bool = False) -> str:
    """What pins every number."""
    document = _top(found) | {"reasons": [_pinned(each) for each in found.numbers]}
    return _text(document, found.seconds, verbose=verbose)


def _text(document: dict[str, Any], seconds: float, *, verbose: bool) -> str:
    if verbose:
        document["seconds"] = round(seconds, 3)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _top(found: Headroom | Reasons) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__, "solver": found.solver},
        "command": "find",
        "release": found.release,
        "subject": {
            "kind": found.subject.kind,
            "name": found.subject.name,
            "sha256": found.subject.sha256,
        },
        "doubts": [{"property": name, "message": reason} for name, reason in found.doubts],
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"file": origin.file, "line": origin.line}


def _range(each: Range) -> dict[str, Any]:
    return {
        "name": each.name,
        "value": hexa(each.value),
        "step": hexa(each.unit),
        "bytes": each.in_bytes,
        "origin": _origin(each.origin),
        "down": _way(each.down),
        "up": _way(each.up),
        "broken": list(each.broken),
        "comments": [_origin(place) for place in each.comments],
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "last": hexa(way.last),
        "room": str(way.room),
        "stops": [
            {
                "property": each.property,
                "subjects": list(each.subjects),
                "value": hexa(each.value),
                "message": each.sentence,
                "source": each.source,
                "configuration": dict(each.configuration),
            }
            for each in way.stops
        ],
        "ends": way.ends or None,
        "bisected": way.bisected,
        "tried": way.questions,
        "costs": [
            {
                "property": each.property,
                "subjects": list(each.subjects),
                "value": hexa(each.value),
                "message": each.sentence,
            }
            for each in way.costs
        ],
    }


def _pinned(each: Pinned) -> dict[str, Any]:
    return {
        "name": each.name,
        "values": [hexa(value) for value in each.value],
        "bytes": each.in_bytes,
        "origin": _origin(each.origin),
        "free": each.free,
        "reasons": [_reason(reason) for reason in each.reasons],
        "unknown": each.unknown or None,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "property": reason.property or None,
        "value": None if reason.value is None else hexa(reason.value),
        "message": reason.sentence,
        "source": reason.source,
    }
