"""`verifier schemes` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.adjacency import Shattered, Superpages
from verifier.layout.domain_map import Extent
from verifier.layout.scheme_report import (
    Cell,
    Cost,
    Example,
    HeuristicFound,
    Part,
    SchemeFound,
    SchemesReport,
)
from verifier.layout.units import hexa
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__

_BYTES = ("memory", "unit")


def render(report: SchemesReport, *, verbose: bool = False) -> str:
    """The whole report; times only when asked for, so that equal inputs give equal bytes."""
    return json.dumps(document(report, verbose=verbose), indent=2, ensure_ascii=False) + "\n"


def document(report: SchemesReport, *, verbose: bool = False) -> dict[str, Any]:
    """The report as plain JSON values: `schemes` with their cells, and a finding for each heuristic."""
    need = report.need
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"version": __version__, "solver": report.solver},
        "command": "schemes",
        "subject": {"kind": "schemes", "name": "all"},
        "verdict": report.verdict,
        "undecided": report.undecided,
        "need": {"grant": hexa(need.grant), "foreign": hexa(need.foreign), "guest": hexa(need.guest)},
        "releases": {"old": list(report.old), "new": list(report.new)},
        "assumptions": [
            {"id": each.id, "statement": each.statement, "source": each.source} for each in report.assumptions
        ],
        "schemes": [_scheme(each) for each in report.schemes],
        "findings": [_heuristic(each) for each in report.heuristics],
    }
    return found | ({"seconds": round(report.seconds, 3)} if verbose else {})


def _scheme(found: SchemeFound) -> dict[str, Any]:
    scheme = found.scheme
    return {
        "name": scheme.name,
        "title": scheme.title,
        "new": scheme.new,
        "old": scheme.old,
        "place": {"name": scheme.place.name, "kind": scheme.place.kind, "source": scheme.place.source},
        "rule": scheme.rule,
        "cells": [_cell(each) for each in found.cells],
        "repair": None if found.repaired is None else {"rule": found.repair, "cell": _cell(found.repaired)},
        "host": None if found.host is None else _cell(found.host),
        "room": None if found.room is None else {"release": found.room[0], **_extent(found.room[1])},
        "cost": None if found.cost is None else _cost(found.cost),
        "sources": list(scheme.sources),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "xen": cell.xen,
        "guest": cell.guest,
        "word": cell.word,
        "elsewhere": [{"word": word, "releases": list(tags)} for word, tags in cell.elsewhere],
        "parts": [_part(each) for each in cell.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "word": part.word,
        "why": part.why,
        "who": list(part.who),
        "releases": list(part.releases),
        "example": _example(part.example),
    }


def _heuristic(found: HeuristicFound) -> dict[str, Any]:
    return {
        "property": found.heuristic.name,
        "verdict": found.verdict,
        "severity": "error",
        "title": found.heuristic.title,
        "statement": found.statement,
        "message": found.message,
        "example": _example(found.example),
        "obligations": [{"says": says, "outcome": outcome} for says, outcome in found.decided],
        "source": found.heuristic.source,
    }


def _example(found: Example | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "configuration": {
            name: hexa(value) if name in _BYTES and isinstance(value, int) else value
            for name, value in found.configuration.items()
        },
        "regions": [{"name": name, **_extent(region)} for name, region in found.regions],
        "address": None if found.address is None else hexa(found.address),
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {"where": _extent(cost.where), "grant": _pages(cost.grant), "foreign": _pages(cost.foreign)}


def _pages(found: Superpages) -> dict[str, Any]:
    return {
        "size": hexa(found.size),
        "tables": found.tables,
        "instead": {"side_by_side": _shattered(found.best), "scattered": _shattered(found.worst)},
    }


def _shattered(found: Shattered | None) -> dict[str, int] | None:
    if found is None:
        return None
    return {"large": found.large, "huge": found.huge, "tables": found.tables}


def _extent(extent: Extent) -> dict[str, str]:
    return {"start": hexa(extent.start), "end": hexa(extent.end)}
