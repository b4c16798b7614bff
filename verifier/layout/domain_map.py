"""What a domain on one board is given: the answer of `verifier host`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from verifier.layout import units

if TYPE_CHECKING:
    from verifier.layout.open_grant import OpenGrant


@dataclass(frozen=True, slots=True, order=True)
class Extent:
    """`[start, end)` in bytes; `end` can be `start`, where cell truncation leaves a size of 0."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start

    def __str__(self) -> str:
        return units.span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class NamedRegion:
    """Something that Xen puts into a domain's address space beside RAM, grant region and extended regions."""

    name: str
    """`GICD`, `vPL011`, `xenstore page`, ..."""
    extent: Extent | None
    """Guest physical; None where it is not known."""
    origin: str
    """The macro, node or function that it comes from; why it is not known."""


@dataclass(frozen=True, slots=True)
class TreeSize:
    """The device tree that Xen writes for the hardware domain, in bytes; open inputs make ranges."""

    least: int
    most: int
    room: int
    """Bytes of the buffer that it is written into, for the build with the smaller one."""
    most_room: int
    fits: bool | None
    """None where it depends on what is open."""
    open: tuple[str, ...] = ()
    """What is open."""


@dataclass(frozen=True, slots=True)
class SizeRegime:
    """Sizes of a guest's memory, in bytes, for which as many regions are offered; only the start of one depends on them."""

    least: int
    most: int
    """Inclusive."""
    at_least: tuple[Extent, ...]
    """The regions for the least of them."""
    at_most: tuple[Extent, ...]
    """Those for the most."""


@dataclass(frozen=True, slots=True)
class DomainMap:
    """One domain under one width and one IOMMU setting; None is an open input, `reasons` says which."""

    name: str
    """`d0`, `d1`, ... as in Xen's log."""
    path: str | None
    """Of its node `xen,domain`; None for dom0."""
    ipa_bits: int
    iommu: bool
    """Whether this domain has the IOMMU; of a guest that is not the host's setting."""
    producer: str | None
    """The function of Xen that makes its extended regions; None where none runs."""
    banks: tuple[Extent, ...] | None
    """Its RAM, guest physical."""
    grant_region: Extent | None
    extended_regions: tuple[Extent, ...] | None
    """In the order of `reg`; empty where Xen offers none."""
    registers: tuple[Extent, ...] | None
    """What it reads in `reg` of its hypervisor node; empty where it has no such node."""
    boots: bool | None
    """Whether Xen gets past building it, as far as the inputs tell; None: not decided."""
    reasons: tuple[str, ...]
    """Why something is open, missing, or stops Xen."""
    open_grant: OpenGrant | None = None
    """Where the place of the grant region is all that is missing: the regions for every place."""
    regions: tuple[NamedRegion, ...] = ()
    """GIC, console, xenstore page, shared memory, passed-through devices."""
    tree: TreeSize | None = None
    """Of the hardware domain, where its regions are known."""
    dropped: tuple[Extent, ...] = ()
    """What would be regions if Xen took any number of them."""
    sizes: tuple[SizeRegime, ...] = ()
    """Where the memory is open: the regions for every size."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a log says of one domain."""

    grant_region: Extent | None
    extended_regions: tuple[Extent, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A range in which prediction and log differ; None where one side has no such range."""

    domain: str
    index: int
    """Of the extended region, counting from 0."""
    predicted: Extent | None
    observed: Extent | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """A domain's prediction against the log."""

    name: str
    observed: Observed
    differences: tuple[Difference, ...]
    explained_by: tuple[str, ...] = ()
    """What else Xen would have to be, or do, for the log to be what is predicted; one thing each."""
