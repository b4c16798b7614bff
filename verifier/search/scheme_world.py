"""The facts that a delivery scheme is judged by, in one value: change one of them, and see which cells change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from verifier.layout.consumer import Consumer
from verifier.layout.domain_map import Extent
from verifier.layout.scheme import Schemes
from verifier.reading import models
from verifier.reading.consumers import consumers
from verifier.reading.schemes import schemes
from verifier.xen.subjects import numbers_of

ARCH = "arm64"


@dataclass(frozen=True, slots=True)
class World:
    """Schemes, guests and releases."""

    schemes: Schemes
    consumers: tuple[Consumer, ...]
    old: tuple[str, ...]
    """Releases without extended regions, oldest first."""
    new: tuple[str, ...]
    """Those with them."""
    grant: Mapping[str, Extent]
    """reg[0] of a guest that a toolstack builds, by release."""

    @property
    def releases(self) -> tuple[str, ...]:
        """All, oldest first."""
        return self.old + self.new


def world() -> World:
    """As the models have it. Raises InputError for a model that cannot be read."""
    tags = [(model.name, tag) for model in models.releases() for tag in model.tags]
    regions = {name: _grant(tag) for name, tag in tags}
    offers = {tag: bool(models.numbers(tag, ARCH)["extended-regions"].value) for _, tag in tags}
    return World(
        schemes(),
        consumers(),
        tuple(tag for _, tag in tags if not offers[tag]),
        tuple(tag for _, tag in tags if offers[tag]),
        {tag: regions[name] for name, tag in tags},
    )


def _grant(tag: str) -> Extent:
    numbers = numbers_of(tag)
    start = numbers["GUEST_GNTTAB_BASE"]
    return Extent(start, start + numbers["GUEST_GNTTAB_SIZE"])


@cache
def alike(tag: str) -> str:
    """The oldest release with the same layout and the same widths, so that each is judged once."""
    model, widths = models.release(tag), models.widths(tag, ARCH)
    return next(each for each in model.tags if models.widths(each, ARCH) == widths)
