"""The device tree that Xen writes for its hardware domain, as far as the host's tree decides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["nothing", "gic", "timer", "chosen", "shared-memory", "root"]


@dataclass(frozen=True, slots=True)
class Copied:
    """What Xen copies one after the other, and which part of its own it writes next."""

    structure: int
    """Bytes in the structure block."""
    names: tuple[str, ...]
    """Names of properties that are copied for the first time, in order."""
    then: Part


@dataclass(frozen=True, slots=True)
class Frame:
    """A node below the GIC that Xen writes anew: an ITS, or a frame of a GICv2m."""

    name: str
    """Without its unit address."""
    phandle: bool
    reg: int
    """Bytes."""
    addressed: bool
    """Xen can read where it lies."""


@dataclass(frozen=True, slots=True)
class Gic:
    """The primary interrupt controller; None is a property that it has not, numbers of bytes else."""

    name: str
    version: int
    phandle: bool
    address_cells: int | None
    size_cells: int | None
    compatible: int
    pair: int
    """Bytes of one address and size in its `reg`."""
    redistributors: tuple[int, ...]
    """Bytes of address space of each region; empty for a GICv2."""
    ranges: int | None
    frames: tuple[Frame, ...]
    """GICv2m frames of a GICv2, ITSs of a GICv3."""


@dataclass(frozen=True, slots=True)
class Processors:
    """What the first processor below `/cpus` gives to all of the domain's."""

    compatible: int
    """Bytes."""
    clock: bool
    """It has a clock-frequency."""
    count: int
    """How many there are; Xen may use fewer."""
    pooled: bool
    """There are pools of processors: dom0 may have fewer vCPUs than Xen has brought up."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What decides the boot arguments; each is a length in bytes with its NUL, None without."""

    dom0_bootargs: int | None
    """xen,dom0-bootargs: before all others."""
    bootargs: int | None
    """bootargs: after all others."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The boot modules of a hardware domain."""

    path: str | None
    """Of its node; None for dom0."""
    command_line: int | None
    """Bytes of its kernel's boot arguments with their NUL; None without or with empty ones."""
    initrd: bool


@dataclass(frozen=True, slots=True, eq=False)
class Dom0Tree:
    """The tree as handle_node writes it, for one set of drivers that the build of Xen has."""

    drivers: tuple[str, ...]
    """Those of the drivers in doubt that it has."""
    pieces: tuple[Copied, ...]
    """In their order; the last ends at the root's parts."""


@dataclass(frozen=True, slots=True)
class Dom0Trees:
    """All that the host's tree tells about the hardware domain's."""

    size: int
    """Bytes of the host's tree by its header."""
    trees: tuple[Dom0Tree, ...]
    """One for every set of drivers in doubt: a defconfig has none of them. The first is for none."""
    gic: Gic | None
    clock: bool
    """The first timer has a clock-frequency."""
    processors: Processors | None
    bridges: int
    """PCI nodes that may get a linux,pci-domain."""
    chosen: Chosen
    loaded: tuple[Loaded, ...]
