"""`verifier host` as JSON, schema `xen-layout-verifier/1`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from verifier.layout.board_report import BoardReport
from verifier.layout.domain_map import Difference, DomainMap, Extent, NamedRegion, SizeRegime, TreeSize
from verifier.layout.units import hexa
from verifier.reports import adjacency_json, board_consumers_json, board_findings_json
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__

if TYPE_CHECKING:
    from verifier.layout.open_grant import Bounds, OpenGrant, Regime


def render(report: BoardReport, *, verbose: bool = False) -> str:  # noqa: ARG001  # as all reports
    """The whole report."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: BoardReport) -> dict[str, Any]:
    """The report as plain JSON values: addresses are hex strings, ends exclusive."""
    agreements = {each.name: each for each in report.agreements}
    neighbours = {(each.domain, each.ipa_bits, each.iommu): each.adjacency for each in report.neighbourhoods}
    offers = {(each.name, each.domain.ipa_bits, each.domain.iommu): each for each in report.offers}
    tables = {(each.domain, each.ipa_bits, each.iommu): each for each in report.tables}
    domains = []
    for each in report.maps:
        agreement = agreements.get(each.name)
        observed = None if agreement is None else agreement.observed.extended_regions
        setting = (each.name, each.ipa_bits, each.iommu)
        near = neighbours.get(setting)
        domains.append(
            _domain(each)
            | {"observed": _list(observed)}
            | board_consumers_json.document(offers.get(setting), tables.get(setting))
            | ({} if near is None else {"adjacency": adjacency_json.document(near)})
        )
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "command": report.command,
        "release": report.release,
        "build": report.build,
        "subject": {"kind": report.kind, "name": report.file, "sha256": report.sha256},
        "log": report.log,
        "verdict": report.verdict,
        "assumptions": [
            {"id": each.id, "statement": each.statement, "source": each.source} for each in report.assumptions
        ],
        "findings": [board_findings_json.finding(each) for each in report.findings],
        "notes": list(report.notes),
        "contradictions": [*report.contradictions, *report.impossible],
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
        "regimes": [*_grant_regimes(each), *(_size_regime(regime) for regime in each.sizes)],
        "every_place": None if each.open_grant is None else _every_place(each.open_grant),
        "regions": [_named(region) for region in each.regions],
        "tree": None if each.tree is None else _tree(each.tree),
    }


def _grant_regimes(each: DomainMap) -> list[dict[str, Any]]:
    return [] if each.open_grant is None else [_regime(regime) for regime in each.open_grant.regimes]


def _size_regime(regime: SizeRegime) -> dict[str, Any]:
    return {
        "memory": {"min": hexa(regime.least), "max": hexa(regime.most)},
        "at_least": _list(regime.at_least),
        "at_most": _list(regime.at_most),
    }


def _named(region: NamedRegion) -> dict[str, str | None]:
    extent = region.extent
    return {
        "name": region.name,
        "start": None if extent is None else hexa(extent.start),
        "end": None if extent is None else hexa(extent.end),
        "origin": region.origin,
    }


def _tree(tree: TreeSize) -> dict[str, Any]:
    """Sizes in bytes: `[least, most]` of the device tree, and of the room for it."""
    return {
        "size": [tree.least, tree.most],
        "room": [tree.room, tree.most_room],
        "fits": tree.fits,
        "open": list(tree.open),
    }


def _every_place(found: OpenGrant) -> dict[str, Any]:
    return {
        "grant_region_size": _bounds(found.sizes),
        "at_most": _list(found.whole),
        "certain": _list(found.certain),
        "lost_before_rounding": hexa(found.lost),
        "size_at_least": hexa(found.at_least),
    }


def _regime(regime: Regime) -> dict[str, Any]:
    below = regime.below and {"start": hexa(regime.below[0]), "end": _bounds(regime.below[1])}
    above = regime.above and {"start": _bounds(regime.above[0]), "end": hexa(regime.above[1])}
    return {
        "grant_region": [
            {"start": _bounds(place.start), "end": _bounds(place.end)} for place in regime.places
        ],
        "extended_regions": _list(regime.fixed),
        "below": below,
        "above": above,
    }


def _bounds(bounds: Bounds) -> dict[str, str]:
    return {"min": hexa(bounds.least), "max": hexa(bounds.most)}


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
