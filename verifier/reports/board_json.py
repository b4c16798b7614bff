"""`verifier host` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import Any

from verifier.layout.domain_map import BoardReport, Difference, DomainMap, Extent
from verifier.layout.units import hexa
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__


def render(report: BoardReport) -> str:
    """The whole report."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: BoardReport) -> dict[str, Any]:
    """The report as plain JSON values: addresses are hex strings, ends exclusive."""
    agreements = {each.name: each for each in report.agreements}
    domains = []
    for each in report.maps:
        agreement = agreements.get(each.name)
        observed = None if agreement is None else agreement.observed.extended_regions
        domains.append(_domain(each) | {"observed": _list(observed)})
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "command": "host",
        "release": report.release,
        "build": report.build,
        "subject": {"kind": "device-tree", "name": report.file, "sha256": report.sha256},
        "log": report.log,
        "verdict": report.verdict,
        "notes": list(report.notes),
        "contradictions": list(report.contradictions),
        "domains": domains,
        "differences": [
            _difference(each) | {"explained_by": list(agreement.explained_by)}
            for agreement in report.agreements
            for each in agreement.differences
        ],
    }


def _domain(each: DomainMap) -> dict[str, Any]:
    return {
        "name": each.name,
        "path": each.path,
        "ipa_bits": each.ipa_bits,
        "iommu": each.iommu,
        "producer": each.producer,
        "grant_region": _extent(each.grant_region),
        "extended_regions": _list(each.extended_regions),
        "registers": _list(each.registers),
        "banks": _list(each.banks),
        "boots": each.boots,
        "reasons": list(each.reasons),
    }


def _difference(each: Difference) -> dict[str, Any]:
    return {
        "domain": each.domain,
        "index": each.index,
        "predicted": _extent(each.predicted),
        "observed": _extent(each.observed),
    }


def _extent(extent: Extent | None) -> dict[str, str] | None:
    return None if extent is None else {"start": hexa(extent.start), "end": hexa(extent.end)}


def _list(extents: tuple[Extent, ...] | None) -> list[dict[str, str] | None] | None:
    return None if extents is None else [_extent(each) for each in extents]
