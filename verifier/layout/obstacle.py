"""What stands in the way of an extended region: everything that the address space of a domain already has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from verifier.layout.domain_map import Extent


@dataclass(frozen=True, slots=True, order=True)
class Obstacle:
    """One described stretch of address space that no extended region may cover; bytes as described, not rounded."""

    extent: Extent
    kind: str
    """`device`, `pci-window`, `memory`, `disabled-memory`, `reserved-memory`, `memreserve`, `domain-ram`, `grant-region`,
    `shared-memory`, `passthrough` or `layout`."""
    path: str
    """Node of the device tree; a macro's stem or a plain name where no node describes it."""
    origin: str
    """`reg[0]`, `ranges[1]`, `--dom0-bank`, `the log`: where in the node, or else where from."""

    @property
    def name(self) -> str:
        """`/soc/pcie@1f0000000 ranges[1]`."""
        return f"{self.path} {self.origin}".strip()

    def __str__(self) -> str:
        return f"{self.name} {self.extent}"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A described stretch that has no address of the host: which it is cannot be told from the tree."""

    path: str
    origin: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path} {self.origin}: {self.reason}"


@dataclass(frozen=True, slots=True)
class BoardMap:
    """A host device tree by the Devicetree Specification, whatever Xen makes of it."""

    obstacles: tuple[Obstacle, ...]
    """By address; RAM is among them (`memory`), and so are empty stretches and stretches that wrap."""
    unplaced: tuple[Unplaced, ...] = ()

    def of_kind(self, *kinds: str) -> tuple[Obstacle, ...]:
        """Those of some kinds, by address."""
        return tuple(each for each in self.obstacles if each.kind in kinds)


def merged(extents: Iterable[Extent]) -> tuple[Extent, ...]:
    """The same bytes as extents apart from each other, by address; empty ones are left out."""
    found: list[Extent] = []
    for each in sorted(extents, key=_start):
        if each.end <= each.start:
            continue
        if found and each.start <= found[-1].end:
            found[-1] = Extent(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return tuple(found)


def gaps(space: Iterable[Extent], taken: Iterable[Extent]) -> tuple[Extent, ...]:
    """What of `space` no extent of `taken` covers, by address."""
    blocks = merged(taken)
    return tuple(part for each in merged(space) for part in uncovered(each, blocks))


def uncovered(extent: Extent, blocks: Sequence[Extent]) -> Iterator[Extent]:
    """What of an extent no block covers, by address; `blocks` are by address and apart, as `merged` has them."""
    start = extent.start
    for index in range(bisect_right(blocks, start, key=_end), len(blocks)):
        block = blocks[index]
        if block.start >= extent.end:
            break
        if start < block.start:
            yield Extent(start, block.start)
        start = max(start, block.end)
    if start < extent.end:
        yield Extent(start, extent.end)


_start = attrgetter("start")
_end = attrgetter("end")
