"""What guest kernels make of a domain's regions, and what these cost, as JSON values."""

from __future__ import annotations

from typing import Any

from verifier.layout.board_report import RegionTables
from verifier.layout.consumer import Use
from verifier.layout.offer import Offer
from verifier.layout.units import hexa


def document(offer: Offer | None, tables: RegionTables | None) -> dict[str, Any]:
    """`consumers` and `page_tables` of a domain under one setting."""
    return {
        "consumers": [] if offer is None else [_use(each) for each in offer.uses],
        "page_tables": None if tables is None else _tables(tables),
    }


def _use(each: Use) -> dict[str, Any]:
    return {
        "name": each.consumer.name,
        "title": each.consumer.title,
        "verdict": str(each.verdict),
        "usable": None if each.usable is None else hexa(each.usable),
        "lost": None if each.usable is None else hexa(each.lost),
        "at_least": each.at_least,
        "regions": [
            {"start": hexa(region.start), "end": hexa(region.end), "usable": hexa(part)}
            for region, part in zip(each.read, each.parts, strict=True)
            if each.usable is not None
        ],
        "reason": each.reason,
        "named": each.named,
    }


def _tables(found: RegionTables) -> dict[str, Any]:
    pool = found.pool
    return {
        "pages": found.pages,
        "large": found.large,
        "p2m_pool": pool
        and {
            "pages": pool.pages,
            "ram_tables": pool.ram_tables,
            "maps": hexa(pool.left_backs),
            "missing": pool.missing,
        },
    }
