"""What a domain on one board is given: the answer of `verifier host`."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout import units


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
