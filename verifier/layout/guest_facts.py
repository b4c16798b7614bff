"""What is known of one guest beside its regions, where its whole map is to be judged and not only what it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Interrupt:
    """An interrupt of the guest."""

    name: str
    """Who has it: `vPL011`, `virtio disk xvda`, `irqs[0]`."""
    number: int
    """As the GIC numbers it: SGIs from 0, PPIs from 16, SPIs from 32."""
    kind: str
    """`sgi`, `ppi` or `spi`."""
    origin: str
    """The macro, or the line of a file, that it comes from."""


@dataclass(frozen=True, slots=True)
class Need:
    """How large a region of the guest has to be."""

    name: str
    """Of the region, as in its obstacle; regions of one name count together."""
    amount: int
    """Bytes."""
    reason: str
    """`4 redistributors of 128 KiB`."""
    source: str
    exact: bool = False
    """More is wrong as well."""


@dataclass(frozen=True, slots=True)
class GuestFacts:
    """One guest under one width."""

    memory: int
    """Bytes asked for."""
    memory_unit: int
    """Bytes that who builds the guest counts memory in."""
    memory_origin: str
    vcpus: int
    gic: int
    """2 or 3."""
    interrupts: tuple[Interrupt, ...] = ()
    spis: int | None = None
    """How many SPIs it has; None where Xen gives it as many as it takes."""
    needs: tuple[Need, ...] = ()
    hosts: Mapping[str, int] = field(default_factory=dict)
    """Of what is passed through, by name: the host address less the guest address. Two that share a page with the same
    difference are the same page of the host."""
    untold: tuple[str, ...] = ()
    """Of whose interrupts nobody tells the numbers; each a sentence."""
