"""A guest as its xl configuration asks for it: what shapes its address map, and what the file says beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.layout.origin import Origin

PV, PVH = "pv", "pvh"


@dataclass(frozen=True, slots=True)
class Iomem:
    """An entry of `iomem`: page frames of the host that the guest gets; below 2**64, as is the last of them."""

    start: int
    """The first frame of the host."""
    count: int
    """Frames, at least one."""
    gfn: int
    """The guest's first frame: `start` where the entry has no `@`."""
    origin: Origin


@dataclass(frozen=True, slots=True)
class Irq:
    """An entry of `irqs`: an interrupt of the host as the GIC numbers it, SPIs from 32."""

    number: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class VirtioDevice:
    """A device at a virtio-mmio region."""

    what: str
    """`disk xvda`, or the type of an entry of `virtio`: `virtio,device22`."""
    backend: str | None
    """Name of the domain that serves it; None is dom0."""
    origin: Origin
    fault: str = ""
    """Why libxl makes no such device, which it finds once the file is read: `has format qcow2, …`; empty if it does."""


@dataclass(frozen=True, slots=True)
class PciDevice:
    """An entry of `pci`."""

    spec: str
    """As the file has it."""
    address: tuple[int, int, int, int | None] | None
    """Segment, bus, device and function, None for all of them; None for a device by name."""
    origin: Origin


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A path, of the machine that runs xl: a kernel, a device tree, a node of one."""

    path: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Remark:
    """What xl says of a configuration or does unsaid, so that it means something other than it seems to."""

    text: str
    """A short phrase without capital or full stop."""
    origin: Origin
    refused: bool = False
    """xl, or what it calls, builds no such guest."""


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key that xl of the release does not read, which xl does not say."""

    name: str
    origin: Origin
    hint: str
    """`known from 4.18.0 on`, `did you mean "memory"`; empty if there is none."""


@dataclass(frozen=True, slots=True)
class GuestConfig:
    """One configuration, with xl's defaults filled in where xl itself fills them in."""

    file: str
    name: str | None
    """None is refused by xl; there is a remark then."""
    kind: str | None
    """`pv` or `pvh`; None where the file does not say, and the release decides."""
    memory: int
    """Bytes that the guest starts with: `memory`, else `maxmem`, else 32 MiB."""
    maxmem: int
    """Bytes: `maxmem`, else as `memory`."""
    vcpus: int
    maxvcpus: int
    videoram: int = 0
    """Bytes that libxl takes off RAM, with no device to use them on Arm."""
    iomem: tuple[Iomem, ...] = ()
    irqs: tuple[Irq, ...] = ()
    gic: int | None = None
    """2 or 3; None is the version of the host's."""
    vuart: bool = False
    """An emulated PL011."""
    virtio: tuple[VirtioDevice, ...] = ()
    """In the order in which libxl gives them regions: the disks, then the entries of `virtio`."""
    pci: tuple[PciDevice, ...] = ()
    dtdev: tuple[NamedFile, ...] = ()
    """Nodes of the host's device tree whose devices are behind the guest's IOMMU tables."""
    passthrough: str | None = None
    """`disabled`, `enabled`, `sync_pt` or `share_pt`; None is as the devices ask for."""
    max_grant_frames: int | None = None
    """None is xl.conf's, else Xen's."""
    max_maptrack_frames: int | None = None
    max_grant_version: int | None = None
    """None is xl.conf's, else the highest that Xen supports."""
    shadow_memory: int | None = None
    """Bytes for the guest's page tables (its P2M); None is a number that libxl computes."""
    nr_spis: int | None = None
    kernel: NamedFile | None = None
    ramdisk: NamedFile | None = None
    device_tree: NamedFile | None = None
    """A partial device tree, copied into the guest's."""
    acpi: bool = False
    hap: bool = True
    """Guest addresses are translated by the processor: without it there are no guests on Arm."""
    oos: bool = True
    """Shadow page tables may lag behind the guest's, which Arm has none of."""
    kernel_bits: int = 64
    """Of its kernel, which the file does not say: 32 or 64."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where each key that the values come from stands; a default has none."""
    remarks: tuple[Remark, ...] = ()
    unknown: tuple[UnknownKey, ...] = ()
    irrelevant: tuple[str, ...] = ()
    """Keys that xl reads and that do not matter for the address map, by name."""
