"""What the specification says of a board's regions, as JSON values: findings of the contract's shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.units import hexa

_MOST = 32
"""Regimes that are told: more are no explanation."""


def finding(each: BoardFinding) -> dict[str, Any]:
    """One finding; addresses are hex strings, ends exclusive."""
    found: dict[str, Any] = {
        "property": each.property,
        "verdict": str(each.verdict),
        "severity": "error",
        "domain": each.domain,
        "source": each.source,
        "subjects": list(each.subjects),
        "message": each.message,
        "settings": [{"ipa_bits": bits, "iommu": iommu} for bits, iommu in each.settings],
        "comparisons": each.checked,
    }
    if each.details:
        found["details"] = list(each.details)
    if each.verdict == "refuted":
        found |= _refutation(each)
    if each.help:
        found["help"] = list(each.help)
    cites = [{"document": cite.document, "clause": cite.clause} for cite in each.cites]
    return found | {"cites": cites, "waiver": None}


def _refutation(each: BoardFinding) -> dict[str, Any]:
    """Every setting is a regime: what is refuted is refuted of concrete regions."""
    more = {"more": True} if each.more else {}
    return more | {
        "effect": each.effect,
        "details": list(each.details),
        "why": each.why,
        "fails_when": {
            "ipa_bits": sorted({bits for bits, _ in each.settings}),
            "iommu": sorted({iommu for _, iommu in each.settings}),
        }
        | ({} if each.memory is None else {"memory": _range(each.memory.hull)}),
        "regimes": list(_regimes(each)),
        "regimes_exact": each.memory is None or (each.memory.exact and len(each.memory.runs) <= _MOST),
        "counterexample": _counterexample(each),
        "repairs": [],
    }


def _regimes(each: BoardFinding) -> Iterator[dict[str, Any]]:
    """One for each setting, and for each run of sizes where the memory is open."""
    runs = [None] if each.memory is None else each.memory.runs[:_MOST]
    for bits, iommu in each.settings:
        for run in runs:
            setting: dict[str, Any] = {"ipa_bits": [bits], "iommu": [iommu]}
            yield setting if run is None else setting | {"memory": _range(run)}


def _range(run: tuple[int, int]) -> dict[str, str]:
    return {"min": hexa(run[0]), "max": hexa(run[1])}


def _counterexample(each: BoardFinding) -> dict[str, Any]:
    witness = each.witness
    assert witness is not None
    bits, iommu = each.settings[0]
    configuration: dict[str, Any] = {"ipa_bits": bits, "iommu": iommu}
    if each.memory is not None:
        configuration["memory"] = hexa(each.memory.example)
    if each.placement is not None:
        configuration["banks"] = [
            {"start": hexa(bank.start), "end": hexa(bank.end)} for bank in each.placement.banks
        ]
        grant = each.placement.grant_region
        configuration["grant_region"] = grant and {"start": hexa(grant.start), "end": hexa(grant.end)}
    found: dict[str, Any] = {"configuration": configuration, "witness": witness.kind}
    for key in ("address", "bound", "found", "needed"):
        number = getattr(witness, key)
        if number is not None:
            found[key] = hexa(number)
    found["regions"] = [_party(party) for party in each.parties]
    if each.overlap is not None:
        found["overlap"] = {
            "start": hexa(each.overlap.start),
            "end": hexa(each.overlap.end),
            "size": hexa(each.overlap.size),
        }
    return found


def _party(party: Party) -> dict[str, Any]:
    return {
        "name": party.name,
        "start": hexa(party.extent.start),
        "end": hexa(party.extent.end),
        "origin": party.origin,
    }
