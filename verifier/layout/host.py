"""What Xen takes from a host device tree; every value names the node it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.layout import units
from verifier.layout.dom0_tree import Dom0Trees


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of physical address space that a node describes: an address and a size in bytes, as Xen reads them.

    Nothing is rounded or checked: the size can be 0, and the sum can exceed 2^64.
    """

    path: str
    kind: str
    """The property: `reg`, `assigned-addresses`, or `ranges` for an aperture of a PCI host bridge."""
    index: int
    """Counting from 0 within the property."""
    address: int
    size: int

    def __str__(self) -> str:
        return f"{self.path} {self.kind}[{self.index}] {units.span(self.address, self.address + self.size)}"


@dataclass(frozen=True, slots=True)
class Untranslated:
    """Where Xen's walk over all addresses ends with an error: it then advertises no region."""

    path: str
    kind: str
    index: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path} {self.kind}[{self.index}]: {self.reason}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """All addresses of a tree in the order in which `find_memory_holes` removes them."""

    entries: tuple[Entry, ...]
    failure: Untranslated | None = None
    """Why the walk ended before the last node; entries are those before it."""

    @property
    def apertures(self) -> tuple[Entry, ...]:
        """The windows of PCI host bridges among them."""
        return tuple(entry for entry in self.entries if entry.kind == "ranges")


@dataclass(frozen=True, slots=True)
class Bank:
    """A stretch `[start, start + size)` of memory that a node gives to Xen, in bytes."""

    path: str
    """Its node; `/memreserve/` for an entry of the memory reserve map."""
    index: int
    start: int
    size: int
    kind: str
    """`memory`, `reserved-memory`, `memreserve`, `static-heap`, `static-domain` or `shared-memory`."""

    @property
    def end(self) -> int:
        """Exclusive; may exceed 2^64."""
        return self.start + self.size

    def __str__(self) -> str:
        return f"{self.path} [{self.index}] {units.span(self.start, self.end)}"


@dataclass(frozen=True, slots=True)
class Module:
    """A boot module `[start, start + size)`."""

    path: str
    kind: str
    """`kernel`, `ramdisk`, `xsm`, `device-tree`, `microcode` or `unknown`."""
    start: int
    size: int
    of_domain: bool
    """It belongs to a node `xen,domain`; else it is Xen's or dom0's."""


@dataclass(frozen=True, slots=True)
class SharedBank:
    """Static shared memory of the host, as the early scan knows it."""

    path: str
    id: str
    host: int | None
    """Physical address; None where Xen takes the memory from its heap."""
    size: int


@dataclass(frozen=True, slots=True)
class SharedMemory:
    """Static shared memory as one domain sees it: `[guest, guest + size)`."""

    path: str
    id: str
    host: int | None
    guest: int
    size: int
    role: str | None


@dataclass(frozen=True, slots=True)
class Passthrough:
    """One entry of `xen,reg`: host memory `[host, host + size)` at guest address `guest`, in bytes."""

    path: str
    index: int
    host: int
    guest: int
    size: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """A node of a partial device tree that hands a device of the host to its domain, or memory alone."""

    path: str
    """In the partial tree."""
    device: str | None
    """xen,path: a node of the host's tree; None where there is none, and `forced` then stands in for it."""
    forced: bool
    """xen,force-assign-without-iommu."""
    stops: bool
    """What goes wrong with it ends the building of the domain; else the release goes on inside the node."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A node `xen,domain`."""

    path: str
    name: str
    number: int
    """Counting from 1 in the order of the tree: Xen's log calls it d1, d2, ..."""
    memory: int | None
    """Bytes; None where the property is missing, and then Xen panics."""
    cpus: int | None
    static_memory: tuple[Bank, ...]
    direct_map: bool
    shared: tuple[SharedMemory, ...]
    wants_iommu: bool
    """It has the IOMMU if there is one: passthrough enabled, a device tree of its own, or the hardware domain."""
    device_tree: Module | None
    """The module with its partial device tree."""
    enhanced: str | None
    """`enabled`, `legacy` or `no-xenstore`; None: it has no hypervisor node, so no extended regions."""
    vpl011: bool
    llc_colors: str | None
    capabilities: int
    max_grant_frames: int | None
    p2m_mib: int | None
    """xen,domain-p2m-mem-mb: MiB for its page tables."""
    nr_spis: int | None
    max_grant_version: int | None

    @property
    def hardware(self) -> bool:
        """It is the hardware domain (`DOMAIN_CAPS_HARDWARE`, public/bootfdt.h)."""
        return bool(self.capabilities & 2)

    @property
    def xenstore(self) -> bool:
        """It is the xenstore domain (`DOMAIN_CAPS_XENSTORE`)."""
        return bool(self.capabilities & 4)


@dataclass(frozen=True, slots=True)
class Iommu:
    """A node that one of Xen's IOMMU drivers would take; whether a build has the driver is not known."""

    path: str
    compatible: str
    driver: str
    """`smmu`, `smmu-v3` or `ipmmu`."""
    usable: bool
    """Its status is okay and it is not passed through."""


@dataclass(frozen=True, slots=True)
class Gic:
    """The interrupt controller that one of Xen's GIC drivers takes; stretches are of host physical address space."""

    path: str
    version: int
    """2 or 3."""
    distributor: Entry
    interfaces: tuple[Entry, ...]
    """Of version 2 the CPU interface (GICC), of version 3 the redistributor regions."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of Xen's command line; None is Xen's own default."""

    line: str | None
    """What the tree gives to Xen; None where it gives nothing."""
    ext_regions: bool = True
    dom0_mem: int | None = None
    """Bytes."""
    dom0_max_vcpus: int | None = None
    dtuart: str | None = None
    """Path or alias of the console, and settings after a colon."""
    gnttab_max_frames: int | None = None
    iommu: bool = True
    dom0_iommu_none: bool = False
    llc_coloring: bool | None = None
    llc_size: int = 0
    """Bytes."""
    llc_ways: int = 0
    """As an unsigned number of 32 bits, whatever was written."""
    pci_passthrough: bool = False
    uses_uart: bool = True
    """`console` names dtuart, as it does by default."""
    dom0_llc_colors: str | None = None
    invalid: tuple[str, ...] = ()
    """Options that were recognised and whose value Xen rejects, as they stand there."""

    @property
    def colours(self) -> bool:
        """Whether Xen colours the last-level cache, in a release that can: asked for, or its size and ways are told.

        By `llc_coloring_init` these two are enough, unless `llc-coloring` is off.
        """
        return bool(self.llc_size and self.llc_ways) if self.llc_coloring is None else self.llc_coloring


@dataclass(frozen=True, slots=True)
class Fault:
    """Something about a tree that keeps Xen from doing what it asks for."""

    path: str
    effect: str
    """`panics` and `hangs`: Xen does not boot. `asserts`: a debug build does not. `ends-scan`: what follows is not
    seen. `ignored`: it alone is not.

    `nests`: what Xen writes after it into a domain's tree stands inside the wrong node.
    """
    message: str
    domain: str = ""
    """Node of the domain whose building it ends, `/chosen` for dom0; empty for what ends the boot before any is built."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message} ({self.effect})"


@dataclass(frozen=True, slots=True)
class Host:
    """A host device tree as one release of Xen reads it."""

    file: str
    tag: str
    address_cells: int
    """Of the root: dom0's hypervisor node is written with these."""
    size_cells: int
    memory: tuple[Bank, ...]
    """By address."""
    reserved: tuple[Bank, ...]
    """In the order in which Xen finds them."""
    shared: tuple[SharedBank, ...]
    modules: tuple[Module, ...]
    options: Options
    dom0_shared: tuple[SharedMemory, ...]
    domains: tuple[Domain, ...]
    addresses: Addresses
    mapped: Addresses
    """What Xen maps to dom0; where it fails dom0 is not built."""
    dom0: Dom0Trees
    """The tree that Xen writes for the hardware domain."""
    iommus: tuple[Iommu, ...]
    faults: tuple[Fault, ...]
    gic: Gic | None = None
    """None: none that Xen's drivers take, or its addresses cannot be read; then Xen panics."""
    uart: Entry | None = None
    """The registers of Xen's console; None: there is none in the tree."""
    dma_bits: int = 32
    """Of the platform (`arch_get_dma_bitsize`)."""
    devices: Mapping[str, bool] = field(default_factory=dict, repr=False)
    """Every node, by its path in lower case, and whether it is behind an IOMMU that one of Xen's drivers takes."""

    @property
    def boots(self) -> bool:
        """Nothing was found that stops Xen; no promise that nothing else does."""
        return not any(fault.effect in ("panics", "hangs") for fault in self.faults)

    @property
    def places(self) -> int:
        """How many stretches of addresses Xen reads of the tree."""
        return len(self.memory) + len(self.reserved) + len(self.addresses.entries)

    @property
    def dom0less(self) -> bool:
        """There are kernels of domains and none of dom0 (`is_dom0less_mode`)."""
        kernels = [module for module in self.modules if module.kind == "kernel"]
        return bool(kernels) and all(module.of_domain for module in kernels)
