"""What a domain is given while nobody has said where its grant region lies: one answer for each kind of place."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.domain_map import Extent


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest value of an address in bytes, both inclusive."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Place:
    """A set of grant regions: all whole pages whose start and (exclusive) end are in these bounds, of any of the sizes."""

    start: Bounds
    end: Bounds


@dataclass(frozen=True, slots=True)
class Regime:
    """The places with one kind of answer; the regions `below` and `above` end and start where the grant region has them."""

    places: tuple[Place, ...]
    fixed: tuple[Extent, ...]
    """Regions that are the same wherever in these places the grant region lies."""
    below: tuple[int, Bounds] | None = None
    """A region that ends at the grant region's start, less `OpenGrant.lost`, rounded down to 2 MiB: its start, and the
    bounds of its end."""
    above: tuple[Bounds, int] | None = None
    """A region that starts at the grant region's end rounded up to 2 MiB: the bounds of its start, and its end."""

    @property
    def regions(self) -> tuple[Extent, ...] | None:
        """The regions in the order of `reg`, if all places have the same."""
        if (self.below and self.below[1].least < self.below[1].most) or (
            self.above and self.above[0].least < self.above[0].most
        ):
            return None
        below = () if self.below is None else (Extent(self.below[0], self.below[1].least),)
        above = () if self.above is None else (Extent(self.above[0].least, self.above[1]),)
        return tuple(sorted((*self.fixed, *below, *above)))


@dataclass(frozen=True, slots=True)
class OpenGrant:
    """Every answer."""

    sizes: Bounds
    """Of the grant region."""
    whole: tuple[Extent, ...]
    """The regions if the grant region touched none: no place has anything outside them."""
    regimes: tuple[Regime, ...]
    """Together they have every place; no place is in two."""
    certain: tuple[Extent, ...]
    """What is inside a region whatever the place."""
    lost: int
    """Bytes that a region below the grant region loses before its end is rounded down."""
    at_least: int
    """Bytes of all regions together that no place falls below."""

    @property
    def regions(self) -> tuple[Extent, ...] | None:
        """The regions, if every place has the same."""
        answers = {regime.regions for regime in self.regimes}
        return next(iter(answers)) if len(answers) == 1 else None
