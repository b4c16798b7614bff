"""A guest's own device tree: what it says, and beside it what header, toolstack and the tree itself make one expect."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import Extent
from verifier.layout.guest_facts import Interrupt
from verifier.layout.obstacle import Obstacle, Unplaced

XL, DOM0LESS, DOM0 = "xl", "dom0less", "dom0"
"""Who makes the tree of a guest: libxl, Xen for a domain of its own device tree, Xen for dom0 out of the board's."""

HYPERVISOR = "xen,xen"
"""What the node that tells a guest of Xen is compatible with (docs/misc/arm/device-tree/guest.txt)."""


def is_guests(tree: Tree) -> bool:
    """Whether it is the tree of a guest, dom0 or another: it tells of a Xen that runs."""
    return any(HYPERVISOR in each.strings("compatible") for each in tree.nodes)


@dataclass(frozen=True, slots=True)
class Entry:
    """An address and a size in a property, in bytes: the end is their sum, also where that is above 2^64."""

    path: str
    origin: str
    """`reg[0]`, `ranges[1]`; counts from 0."""
    extent: Extent

    @property
    def name(self) -> str:
        """`/hypervisor reg[1]`."""
        return f"{self.path} {self.origin}"


@dataclass(frozen=True, slots=True)
class Line:
    """An interrupt of a node, by the binding of the GIC."""

    number: int
    """As the GIC numbers it: PPIs from 16, SPIs from 32."""
    kind: str
    """`ppi` or `spi`, as its first cell says; the number may be none of these."""
    trigger: int
    """1 edge rising, 2 edge falling, 4 level high, 8 level low."""


@dataclass(frozen=True, slots=True)
class Device:
    """A node with the whole entries of its `reg`."""

    path: str
    registers: tuple[Entry, ...]
    lines: tuple[Line, ...] = ()
    """Those that another controller than the GIC takes are left out."""
    interrupt_parent: int | None = None
    """The phandle of its controller, its own or that of the next node above that has one."""


@dataclass(frozen=True, slots=True)
class Gic:
    """The interrupt controller; `registers` are the distributor's, then GICC or the redistributor regions."""

    device: Device
    version: int
    """2 or 3."""
    phandle: int | None
    cells: int | None
    """`#interrupt-cells`."""
    stride: int | None
    """`redistributor-stride` in bytes, if it is there."""
    regions: int | None
    """`#redistributor-regions`, if it is there."""


@dataclass(frozen=True, slots=True)
class PciWindow:
    """An entry of `ranges` of the PCI host bridge."""

    type_cell: int
    """The first cell: bits 25 and 24 are the space, bit 30 says prefetchable."""
    bus: int
    """Its address on the PCI side."""
    entry: Entry
    """Its addresses on the side of the CPU."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A property whose length is no whole number of entries; those that are whole are read."""

    path: str
    origin: str
    """`reg`."""
    length: int
    """Bytes."""
    unit: int
    """Bytes of one entry."""
    cells: str
    """Why an entry has so many: `/ has #address-cells 2 and #size-cells 2`."""


@dataclass(frozen=True, slots=True)
class GuestTree:
    """What a guest's tree says."""

    file: str
    maker: str | None
    """`xl`, `dom0less` or `dom0`; None where the tree does not tell."""
    cells: tuple[int, int]
    """Of the root: of an address and of a size, 1 or 2 each."""
    version: str | None
    """`4.20` of `xen,xen-4.20`."""
    hypervisor: Device
    """The first of its registers is the grant region."""
    memory: tuple[Entry, ...]
    """RAM, without the shared memory that Xen lists there too."""
    shared: tuple[Entry, ...]
    """Static shared memory (`xen,shared-memory-v1`)."""
    gic: Gic | None
    timer: Device | None
    uart: Device | None
    pcie: Device | None
    windows: tuple[PciWindow, ...]
    virtio: tuple[Device, ...]
    acpi: Device | None
    vcpus: int
    """0 where there is no /cpus."""
    kernel_bits: int | None
    """32 or 64, by the timer's binding."""
    others: tuple[Obstacle, ...]
    """What else has addresses; reserved memory inside RAM is not among it."""
    interrupts: tuple[Interrupt, ...]
    cuts: tuple[Cut, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    """What has an address that leads nowhere."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One place of the tree: what stands there, and what is expected. None: nothing."""

    place: str
    """`/hypervisor reg[1]`, `/timer interrupts[0]`."""
    found: Extent | int | None
    expected: Extent | int | None
    what: str
    """What is expected there: `the grant region`."""
    origin: str
    """The macro, or the function that writes it."""
    extent: Extent
    """Where that lies in the address space; empty where it is nowhere."""


@dataclass(frozen=True, slots=True)
class TreeFacts:
    """What `device-tree-agrees` compares, for one width."""

    path: str
    """Of the hypervisor node."""
    release: str
    maker: str | None
    cells: tuple[int, int]
    registers: tuple[Entry, ...]
    """Of the hypervisor node."""
    entries: tuple[Entry, ...]
    """Of every node whose addresses are read, those of the hypervisor node first."""
    cuts: tuple[Cut, ...]
    statements: tuple[Statement, ...]
    doubts: tuple[str, ...] = ()
    """What cannot be expected, each with what would tell it."""
