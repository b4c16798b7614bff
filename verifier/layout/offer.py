"""What one domain is offered, and the facts by which the specification judges it."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.consumer import Use
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.guest_facts import GuestFacts
from verifier.layout.guest_tree import TreeFacts
from verifier.layout.obstacle import BoardMap, Obstacle


@dataclass(frozen=True, slots=True)
class Operation:
    """One range operation of a producer: it adds or takes away the pages of `size` bytes from `start`."""

    name: str
    """The entry of the device tree, or the option, that it comes from."""
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class DevicePages:
    """A device that Xen hands to dom0. `mapped` and `permitted` are whole pages; empty where there are none."""

    name: str
    described: Extent
    """As its `reg` entry has it; any bytes."""
    mapped: Extent
    permitted: Extent
    """What dom0 may manage (iomem_permit_access)."""


@dataclass(frozen=True, slots=True)
class Window:
    """A RAM window of the guest layout; the part that no bank uses may be offered."""

    name: str
    """`GUEST_RAM0`."""
    extent: Extent


@dataclass(frozen=True, slots=True)
class Offer:
    """Extended regions of one domain under one width and one IOMMU setting, with what they are judged by."""

    domain: DomainMap
    regions: tuple[Extent, ...]
    """In the order of `reg`: the predicted ones, or those of a log."""
    source: str
    """`predicted`, `logged`, or `read` in the guest's own device tree."""
    hardware: bool
    """dom0, or a hardware domain in its place."""
    host_layout: bool
    """Its address space is the host's: hardware domains and direct-mapped ones."""
    cells: tuple[int, int]
    """Of an address and of a size in its `reg`."""
    board: BoardMap
    ram: tuple[Extent, ...]
    """The host's RAM: the boot memory map where one is given, else the device tree's; empty where neither tells."""
    ram_origin: str
    windows: tuple[Window, ...] = ()
    """Where regions may lie; of a domain with the guest layout."""
    given: tuple[Obstacle, ...] = ()
    """What the domain is given beside the host's own devices: its RAM, grant region, shared memory, devices."""
    excused: tuple[Obstacle, ...] = ()
    """What need not be offered, though it may be: memory promised to other domains or to Xen's heap."""
    operations: tuple[Operation, ...] = ()
    devices: tuple[DevicePages, ...] = ()
    grant_frames: int = 0
    """How many frames its grant table may have."""
    grant_places: tuple[Extent, ...] = ()
    """Where its grant region may lie, while nobody says where it does: whole pages in any of these stretches."""
    text_pages: int = 0
    """Pages that Xen's text, of which dom0's grant region is the begin, has at least."""
    uses: tuple[Use, ...] = ()
    """What guest kernels make of the regions."""
    guest: GuestFacts | None = None
    """Of a guest whose whole map is to be judged, all of `given` too; None where only what is offered is."""
    tree: TreeFacts | None = None
    """Of what is read in the guest's own device tree: what stands there, and what is expected."""

    @property
    def name(self) -> str:
        """Of the domain, `d0`."""
        return self.domain.name

    @property
    def is_told(self) -> bool:
        """Whether the regions are known, or that the domain is not built: else there is nothing to judge yet."""
        return self.domain.extended_regions is not None or self.domain.boots is False

    @property
    def top(self) -> int:
        """The end of the address space, `2^b`."""
        return 1 << self.domain.ipa_bits

    def called(self, index: int) -> str:
        """What a message calls a region; counts from 0 as Xen's log does. In a guest's tree it follows the grant region."""
        if self.tree is not None:
            return f"{self.tree.path} reg[{index + 1}]"
        return f"extended region {index} of {self.name}"
