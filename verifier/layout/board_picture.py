"""What a map of one domain on a board shows, as values: its address space in bands. Renderers only draw them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.obstacle import Obstacle, merged
from verifier.layout.stretches import Thing, covering

SLIVER = 64 << 20
"""Free stretches below this are not offered (b6fe410936): they are folded with what they lie between."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An extended region."""

    name: str
    extent: Extent
    is_logged: bool = False
    """It is what a log has, where that is not what is predicted."""
    doubt: str = ""
    """Why it may not be there as it is drawn."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn."""

    bits: int
    """The width: the space ends at 2^bits."""
    regions: tuple[Drawn, ...]
    obstacles: tuple[Obstacle, ...]
    """What no region may cover; empty ones are not drawn."""
    grounds: tuple[Obstacle, ...] = ()
    """What may have regions in it or need not: RAM windows of a guest, RAM without IOMMU, memory kept for others."""
    inside: str = ""
    """The kind of the grounds in which alone regions may lie; empty where they may lie in all of the space."""
    lost: tuple[Extent, ...] = ()
    """Free space that has to be offered and is not."""
    dropped: tuple[Extent, ...] = ()
    """Free space that would be offered if Xen took any number of regions."""

    @property
    def top(self) -> int:
        """The end of the address space, exclusive."""
        return 1 << self.bits


@dataclass(frozen=True, slots=True)
class Band:
    """`[start, end)`: all of it lies in the same regions and grounds.

    Obstacles need not cover all of it: neighbours of one kind are one band, with the slivers between them.
    """

    start: int
    end: int
    regions: tuple[Drawn, ...]
    """Those that cover all of it."""
    obstacles: tuple[Obstacle, ...]
    """Those that have bytes in it: the first to start first, then the longer."""
    grounds: tuple[Obstacle, ...]
    mark: str = ""
    """`lost` or `dropped`, of free space."""

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start

    @property
    def begun(self) -> tuple[Obstacle, ...]:
        """The obstacles whose first byte lies here; each obstacle is in one band's."""
        return tuple(each for each in self.obstacles if each.extent.start >= self.start)

    def part(self, extent: Extent) -> Extent:
        """What of an extent lies here; empty if nothing does."""
        start = max(self.start, extent.start)
        return Extent(start, max(start, min(self.end, extent.end)))

    def taken(self, obstacles: Iterable[Obstacle]) -> int:
        """Bytes of the band that some obstacles cover, those of several once."""
        return sum(each.size for each in merged(self.part(one.extent) for one in obstacles))


@dataclass(frozen=True, slots=True)
class BoardPicture:
    """The map of one domain."""

    scene: Scene
    bands: tuple[Band, ...]
    """By address and without gaps, from zero to the end of the space, and beyond it to the end of what lies there."""

    @property
    def conflicts(self) -> int:
        """Pairs that share bytes: a region and an obstacle, or two regions of one source."""
        pairs = set[tuple[Drawn, Drawn | Obstacle]]()
        for band in self.bands:
            for index, region in enumerate(band.regions):
                pairs.update((region, each) for each in band.obstacles)
                pairs.update((each, region) for each in rivals(region, band.regions[:index]))
        return len(pairs)

    @property
    def offered(self) -> int:
        """Bytes that are in a predicted region."""
        return sum(each.size for each in self.bands if any(not region.is_logged for region in each.regions))


@dataclass(frozen=True, slots=True)
class BoardDrawing:
    """What `verifier map` shows of a board: the map of one domain under one width and IOMMU setting."""

    file: str
    release: str
    build: str
    domain: DomainMap
    picture: BoardPicture
    notes: tuple[str, ...] = ()
    """What was chosen, what is open, and why."""
    undrawn: tuple[str, ...] = ()
    """What has no place in the picture, and why."""


def board_picture(scene: Scene, *, folded: bool = True) -> BoardPicture:
    """The bands of a scene; not folded, each obstacle that overlaps no other has a band of its own."""
    pieces = _pieces(scene)
    return BoardPicture(scene, tuple(_folded(pieces, scene.top) if folded else pieces))


def _pieces(scene: Scene) -> Iterator[Band]:
    """The space cut at every edge but those of obstacles that overlap one another."""
    groups = list(_groups(scene.obstacles))
    regions = [(each.extent, each) for each in sorted(scene.regions, key=_by_address)]
    grounds = [(each.extent, each) for each in sorted(scene.grounds)]
    marks = [*((each, "lost") for each in scene.lost), *((each, "dropped") for each in scene.dropped)]
    extents = [each for layer in (groups, regions, grounds, marks) for each, _ in layer]
    cuts = sorted({0, scene.top, *(each.start for each in extents), *(each.end for each in extents)})
    for (start, end), over, having, inside, marked in zip(
        pairwise(cuts),
        _on(regions, cuts),
        _on(groups, cuts),
        _on(grounds, cuts),
        _on(marks, cuts),
        strict=True,
    ):
        here = (
            each for group in having for each in group if each.extent.start < end and each.extent.end > start
        )
        yield Band(start, end, over, tuple(here), inside, "".join(marked[:1]))


def _by_address(region: Drawn) -> tuple[int, bool, int]:
    return region.extent.start, region.is_logged, -region.extent.end


def _on(things: Iterable[tuple[Extent, Thing]], cuts: Sequence[int]) -> Iterator[tuple[Thing, ...]]:
    """What covers each piece between two cuts."""
    spans = ((extent.start, extent.end, thing) for extent, thing in things)
    return (covered for _, _, covered in covering(spans, cuts))


def _groups(obstacles: Iterable[Obstacle]) -> Iterator[tuple[Extent, tuple[Obstacle, ...]]]:
    """Obstacles that overlap one another, directly or through others; those that only touch are apart."""
    group: list[Obstacle] = []
    end = 0
    for each in sorted((each for each in obstacles if each.extent.size > 0), key=_outer_first):
        if group and each.extent.start >= end:
            yield Extent(group[0].extent.start, end), tuple(group)
            group = []
        end = max(end, each.extent.end) if group else each.extent.end
        group.append(each)
    if group:
        yield Extent(group[0].extent.start, end), tuple(group)


def _outer_first(obstacle: Obstacle) -> tuple[int, int, str]:
    return obstacle.extent.start, -obstacle.extent.end, obstacle.name


def _folded(pieces: Iterable[Band], top: int) -> Iterator[Band]:
    """Neighbours of one kind as one, with the slivers between them."""
    run: list[Band] = []
    for piece in pieces:
        if run and not _joins(run[0], piece, top):
            yield from _one(run)
            run = []
        run.append(piece)
    yield from _one(run)


def _joins(first: Band, piece: Band, top: int) -> bool:
    """Whether a piece continues what `first` began; a sliver does if obstacles follow it."""
    kinds = {each.kind for each in first.obstacles}
    own = {each.kind for each in piece.obstacles}
    return (
        len(kinds) == 1
        and (own == kinds or (not own and not piece.mark and piece.size < SLIVER))
        and (piece.regions, piece.grounds) == (first.regions, first.grounds)
        and (piece.start >= top) == (first.start >= top)
    )


def _one(run: list[Band]) -> Iterator[Band]:
    """A run as one band; what is free behind its last obstacle is not of it."""
    count = next((index for index in range(len(run), 0, -1) if run[index - 1].obstacles), 0)
    if count:
        obstacles = dict.fromkeys(each for piece in run[:count] for each in piece.obstacles)
        yield Band(run[0].start, run[count - 1].end, run[0].regions, tuple(obstacles), run[0].grounds)
    yield from run[count:]


def rivals(region: Drawn, others: Iterable[Drawn]) -> tuple[Drawn, ...]:
    """The others that must not have its bytes: what is predicted and what is logged are two stories."""
    return tuple(each for each in others if each.is_logged == region.is_logged)
