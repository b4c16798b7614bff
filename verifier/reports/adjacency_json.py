"""Adjacency as plain JSON values: addresses and sizes are hex strings, ends exclusive; counts are numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from verifier.layout.adjacency import (
    Adjacency,
    Barrier,
    Consumer,
    Edge,
    Hole,
    Join,
    Need,
    Neighbour,
    Pool,
    Shattered,
    Superpages,
    Tables,
)
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.layout.units import hexa


def document(found: Adjacency) -> dict[str, Any]:
    """All of the answer."""
    return {
        "ipa_bits": found.ipa_bits,
        "need": None if found.need is None else _need(found.need),
        "offered": _list(found.offered),
        "largest": _extent(found.largest),
        "holes": [_hole(each) for each in found.holes],
        "edges": [_edge(each) for each in found.edges],
        "joins": [_join(each) for each in found.joins],
        "barriers": [_barrier(each) for each in found.barriers],
        "lost": {"rounding": hexa(found.rounding), "minimum": hexa(found.minimum)},
        "consumers": [_consumer(each) for each in found.consumers],
        "tables": _tables(found.tables),
        "p2m_pool": None if found.pool is None else _pool(found.pool),
        "superpages": _superpages(found.superpages),
    }


def _extent(extent: Extent | None) -> dict[str, str] | None:
    return None if extent is None else {"start": hexa(extent.start), "end": hexa(extent.end)}


def _list(extents: Iterable[Extent | None]) -> list[dict[str, str] | None]:
    return [_extent(each) for each in extents]


def _obstacle(obstacle: Obstacle) -> dict[str, str]:
    return {
        "path": obstacle.path,
        "origin": obstacle.origin,
        "kind": obstacle.kind,
        "start": hexa(obstacle.extent.start),
        "end": hexa(obstacle.extent.end),
    }


def _neighbour(neighbour: Neighbour) -> dict[str, Any]:
    return {
        "obstacles": [_obstacle(each) for each in neighbour.obstacles],
        "lost": None if neighbour.lost is None else hexa(neighbour.lost),
    }


def _hole(hole: Hole) -> dict[str, Any]:
    return {
        "start": hexa(hole.extent.start),
        "end": hexa(hole.extent.end),
        "qualifies": _extent(hole.qualifies),
        "offered": _list(hole.offered),
        "below": _neighbour(hole.below),
        "above": _neighbour(hole.above),
    }


def _edge(edge: Edge) -> dict[str, str]:
    return {"first": edge.first, "second": edge.second, "kind": edge.kind, "size": hexa(edge.size)}


def _join(join: Join) -> dict[str, Any]:
    return {
        "path": join.path,
        "entries": [_obstacle(each) for each in join.entries],
        "fixed": join.fixed,
        "gain": hexa(join.gain),
        "largest": hexa(join.largest),
        "joined": [{"stretch": _extent(whole), "parts": _list(parts)} for whole, parts in join.joined],
    }


def _barrier(barrier: Barrier) -> dict[str, Any]:
    return {
        "below": _extent(barrier.below),
        "above": _extent(barrier.above),
        "size": hexa(barrier.size),
        "paths": None if barrier.paths is None else list(barrier.paths),
    }


def _need(need: Need) -> dict[str, Any]:
    cleared = need.cleared
    return {
        "size": hexa(need.size),
        "regions": _list(need.regions),
        "left": hexa(need.left),
        "missing": hexa(need.missing),
        "cuts": [each.path for each in need.cuts],
        "one_stretch": cleared and {"stretch": _extent(cleared.extent), "without": list(cleared.paths)},
    }


def _consumer(consumer: Consumer) -> dict[str, Any]:
    return {
        "name": consumer.name,
        "section": hexa(consumer.section),
        "usable": _list(consumer.usable),
        "lost": hexa(consumer.lost),
    }


def _tables(tables: Tables) -> dict[str, Any]:
    return {
        "root": {"level": tables.root_level, "tables": tables.root_tables},
        "pages": tables.pages,
        "levels": [
            {"level": each.level, "reach": hexa(each.reach), "tables": each.tables, "shared": each.shared}
            for each in tables.levels
        ],
    }


def _pool(pool: Pool) -> dict[str, Any]:
    return {
        "memory": hexa(pool.memory),
        "vcpus": pool.vcpus,
        "pages": pool.pages,
        "extra": pool.extra,
        "extra_backs": hexa(pool.extra_backs),
        "extra_most": hexa(pool.extra_most),
        "ram_tables": pool.ram_tables,
        "left_backs": hexa(pool.left_backs),
        "missing": pool.missing,
    }


def _superpages(found: Superpages) -> dict[str, Any]:
    return {
        "size": hexa(found.size),
        "in_regions": {"tables": found.tables},
        "in_ram": {
            "size": hexa(found.ram),
            "known": found.ram_is_known,
            "large": found.large,
            "huge": found.huge,
            "best": _shattered(found.best),
            "worst": _shattered(found.worst),
        },
    }


def _shattered(found: Shattered | None) -> dict[str, int] | None:
    if found is None:
        return None
    return {"large": found.large, "huge": found.huge, "tables": found.tables}
