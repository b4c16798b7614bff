"""The free stretches of an address space, and which one node of the device tree is in the way of more.

The space is cut at every edge of an obstacle into pieces. A piece is free, or one node's alone, or several nodes'. Were a
node somewhere else, the free stretches would be the runs of pieces that are free or its alone; so a graph in which two such
pieces are linked where they touch, one copy of a free piece for each node next to it, has these runs as its connected
components, for all nodes at once. Its size is that of the input: a free piece has two neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from verifier.layout.adjacency import Hole, Join, Neighbour
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle, merged
from verifier.rules.boards import facts
from verifier.rules.boards.rule import PAGE


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the space between two edges that follow each other."""

    extent: Extent
    owner: str | None
    """Path of the only node that has it; None where it is free."""


def qualifying(extent: Extent) -> Extent | None:
    """The longest region in a free stretch, by the rule of 2 MiB and 64 MiB; None if there is none."""
    return next(iter(facts.qualifying((extent,))), None)


def to_pages(obstacles: Iterable[Obstacle]) -> tuple[Obstacle, ...]:
    """Obstacles as the whole pages that they have bytes of, by address; those of no bytes are left out."""
    return tuple(
        sorted(
            replace(each, extent=facts.outward(each.extent))
            for each in obstacles
            if each.extent.start < each.extent.end
        )
    )


def usable_space(space: Iterable[Extent], ipa_bits: int) -> tuple[Extent, ...]:
    """The whole pages of `space` below `2**ipa_bits`, apart from each other and by address."""
    below = (Extent(each.start, min(each.end, 1 << ipa_bits)) for each in merged(space))
    return merged(facts.inward(each, PAGE) for each in below)


def pieces(obstacles: Sequence[Obstacle], space: Sequence[Extent]) -> Iterator[Piece]:
    """By address, every free piece, as long as it can be, and every piece that one node has alone.

    `obstacles` and `space` in whole pages (`to_pages`, `usable_space`).
    """
    edges: dict[int, list[tuple[str | None, int]]] = {}
    for each in obstacles:
        edges.setdefault(each.extent.start, []).append((each.path, 1))
        edges.setdefault(each.extent.end, []).append((each.path, -1))
    for extent in space:
        edges.setdefault(extent.start, []).append((None, 1))
        edges.setdefault(extent.end, []).append((None, -1))
    here: dict[str | None, int] = {}
    found: Piece | None = None
    for start, end in pairwise(sorted(edges)):
        for path, step in edges[start]:
            here[path] = here.get(path, 0) + step
            if not here[path]:
                del here[path]
        if None not in here or len(here) > 2:
            continue
        owner = next((path for path in here if path is not None), None)
        if found is not None and found.extent.end == start and found.owner == owner:
            found = Piece(Extent(found.extent.start, end), owner)
            continue
        if found is not None:
            yield found
        found = Piece(Extent(start, end), owner)
    if found is not None:
        yield found


def holes(cut: Iterable[Piece], obstacles: Sequence[Obstacle], offered: Sequence[Extent]) -> tuple[Hole, ...]:
    """The free pieces with what is next to them; `offered` by address and apart from each other."""
    ending: dict[int, list[Obstacle]] = {}
    starting: dict[int, list[Obstacle]] = {}
    for each in obstacles:
        ending.setdefault(each.extent.end, []).append(each)
        starting.setdefault(each.extent.start, []).append(each)
    found = []
    for extent in (piece.extent for piece in cut if piece.owner is None):
        part = qualifying(extent)
        below = None if part is None else part.start - extent.start
        above = None if part is None else extent.end - part.end
        found.append(
            Hole(
                extent,
                part,
                (),
                Neighbour(tuple(ending.get(extent.start, ())), below),
                Neighbour(tuple(starting.get(extent.end, ())), above),
            )
        )
    shared = _shared([each.extent for each in found], offered)
    return tuple(replace(each, offered=tuple(shared[index])) for index, each in enumerate(found))


def _shared(extents: Sequence[Extent], others: Sequence[Extent]) -> list[list[Extent]]:
    """For each extent what others have of it; both by address and apart from each other."""
    found: list[list[Extent]] = [[] for _ in extents]
    index = 0
    for other in others:
        while index < len(extents) and extents[index].end <= other.start:
            index += 1
        at = index
        while at < len(extents) and extents[at].start < other.end:
            found[at].append(Extent(max(extents[at].start, other.start), min(extents[at].end, other.end)))
            at += 1
    return found


def joins(cut: Sequence[Piece], obstacles: Iterable[Obstacle]) -> tuple[Join, ...]:
    """The nodes without which more would qualify, the biggest gain first; then by path.

    Only the runs with a piece of the node's own change, so gain and largest stretch follow from these alone.
    """
    entries: dict[str, list[Obstacle]] = {}
    for each in obstacles:
        entries.setdefault(each.path, []).append(each)
    parts = [qualifying(each.extent) for each in cut if each.owner is None]
    largest = max((each.size for each in parts if each is not None), default=0)
    found = [Join(path, tuple(entries[path]), *_grown(runs, largest)) for path, runs in _runs(cut).items()]
    return tuple(sorted((each for each in found if each.gain), key=lambda join: (-join.gain, join.path)))


def _grown(
    runs: Iterable[Sequence[Piece]], largest: int
) -> tuple[int, int, tuple[tuple[Extent, tuple[Extent, ...]], ...]]:
    """What a node is in the way of: bytes gained, the largest stretch, and each stretch with what it was."""
    gain, joined = 0, []
    for run in runs:
        whole = qualifying(Extent(run[0].extent.start, run[-1].extent.end))
        if whole is None:
            continue
        before = [qualifying(piece.extent) for piece in run if piece.owner is None]
        parts = tuple(each for each in before if each is not None)
        more = whole.size - sum(each.size for each in parts)
        if more:
            gain, largest = gain + more, max(largest, whole.size)
            joined.append((whole, parts))
    return gain, largest, tuple(joined)


def _runs(cut: Sequence[Piece]) -> Mapping[str, list[list[Piece]]]:
    """For each node the runs of pieces that would be free without it and are not all free now, by address."""
    import networkx  # it takes longer to load than most boards to look at

    graph = networkx.Graph()
    graph.add_nodes_from((piece.owner, index) for index, piece in enumerate(cut) if piece.owner is not None)
    for index, (lower, upper) in enumerate(pairwise(cut)):
        owners = {lower.owner, upper.owner} - {None}
        if lower.extent.end == upper.extent.start and len(owners) == 1:
            owner = owners.pop()
            graph.add_edge((owner, index), (owner, index + 1))
    found: dict[str, list[list[Piece]]] = {}
    for component in networkx.connected_components(graph):  # in the order of their first nodes
        path = next(iter(component))[0]
        found.setdefault(path, []).append([cut[index] for _, index in sorted(component)])
    return found
