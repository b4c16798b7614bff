"""Host device trees for QEMU's `virt` machine: whether one is, which machine it needs, and what Xen needs of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.host import Entry, Host, Module
from verifier.layout.obstacle import gaps
from verifier.layout.units import hexa, span
from verifier.machine import emulator, smmu
from verifier.machine.emulator import MIB, RAM_START, Blob, Machine
from verifier.machine.flat_tree import blob
from verifier.machine.kernel import IDLE
from verifier.reading.dt_addresses import Buses
from verifier.reading.dt_rules import rules_of
from verifier.reading.handled_nodes import TIMERS, names
from verifier.reading.host_tree import host_of

GIC, UART = 0x8000000, 0x9000000
"""Where the machine has its interrupt controller's distributor and its PL011 (QEMU hw/arm/virt.c, `base_memmap`)."""
PSCI = ("arm,psci-1.0", "arm,psci-0.2", "arm,psci")
PROCESSORS = {"cortex-a53": 40, "cortex-a57": 44, "max": 48}
"""Widths of their physical addresses."""
HIGHEST = RAM_START + (255 << 30)
"""End of the RAM that the machine can have."""
_FILES = emulator.TREE + 2 * MIB
"""From the base of the files to the end of the device tree's place."""


@dataclass(frozen=True, slots=True)
class Bootable:
    """A tree that real Xen boots with on `machine`."""

    tree: Tree
    machine: Machine
    modules: tuple[Module, ...]
    """What has to be in memory beside Xen and the tree, in the order in which Xen finds them: kernels, mostly."""
    needed: tuple[str, ...]
    """Paths of the nodes without which Xen does not boot on the machine."""


def is_bootable(tree: Tree, release: str) -> bool:
    """Whether a tree is one for the machine: its interrupt controller, console, RAM, and some kernel."""
    return next(_unlike(host_of(tree, release)), None) is None


def bootable(tree: Tree, release: str, *, iommu: bool, ipa_bits: int = 48) -> Bootable:
    """A tree for the machine, on one whose processor has at least `ipa_bits`.

    Raises InputError with what the tree has and the machine has not, and where the tree has an SMMU and `iommu` is
    not asked for, or the reverse.
    """
    host = host_of(tree, release)
    for reason in _unlike(host):
        raise InputError(f"no tree for QEMU's virt machine: {reason}", tree.file)
    page = _smmu_page(tree, release, host)
    if (page is not None) != iommu:
        said = "no SMMU" if page is None else "an SMMU, so that Xen has I/O virtualisation"
        raise InputError(f"the device tree has {said}", tree.file)
    assert host.gic is not None
    ends = [bank.end for bank in host.memory]
    machine = Machine(
        _base(host),
        emulator.mib_up_to(max([*ends, 0 if page is None else page + smmu.SIZE])),
        processor(ipa_bits),
        host.gic.version,
        None if page is None else (page, ipa_bits),
    )
    return Bootable(tree, machine, host.modules, tuple(dict.fromkeys(_needed(tree, host))))


def files(
    made: Bootable, xen: Path, contents: Mapping[str, bytes] = MappingProxyType({})
) -> tuple[Blob, ...]:
    """All that has to be in memory, as names in the folder of the machine; `xen` is the file of Xen's image.

    Kernels do nothing (`kernel.IDLE`); `contents` are those of other modules, by their nodes' paths. Raises
    InputError for a module whose content is not there.
    """
    found = emulator.blobs(made.machine, xen, blob(made.tree), ())
    modules = []
    for index, each in enumerate(made.modules):
        content = contents.get(each.path, IDLE if each.kind == "kernel" else None)
        if content is None:
            raise InputError(f"{each.path}: what the module ({each.kind}) holds is not known", made.tree.file)
        name = "kernel.img" if content == IDLE else f"module{index}.bin"
        modules.append(Blob(name, each.start, content))
    return (*found[:3], *modules, *found[3:])


def processor(ipa_bits: int) -> str:
    """The processor with the narrowest addresses that have `ipa_bits`."""
    return next((name for name, bits in PROCESSORS.items() if bits >= ipa_bits), "max")


def starts(tree: Tree, release: str) -> bool:
    """Whether nothing is known of the tree that stops Xen."""
    return host_of(tree, release).boots


def _unlike(host: Host) -> Iterator[str]:
    """What of a tree the machine has not."""
    if host.gic is None or host.gic.distributor.address != GIC:
        yield f"its interrupt controller is not at {hexa(GIC)}"
    if host.uart is None or host.uart.address != UART:
        yield f"its console is not the PL011 at {hexa(UART)}"
    if not any(each.kind == "kernel" for each in host.modules):
        stop = next((each for each in host.faults if each.effect in ("panics", "hangs", "ends-scan")), None)
        yield "it names no kernel" if stop is None else f"Xen finds no kernel in it: {stop}"
    if not host.memory:
        yield "it has no memory"
    for bank in host.memory:
        if not RAM_START <= bank.start <= bank.end <= HIGHEST:
            yield f"{bank} is not inside its RAM, {span(RAM_START, HIGHEST)}"


def _base(host: Host) -> int:
    """Where the files go: the lowest place in RAM of which nothing else has a part."""
    memory = [Extent(each.start, each.end) for each in host.memory]
    taken = [Extent(each.start, each.start + each.size) for each in host.modules]
    taken += [Extent(each.start, each.end) for each in host.reserved]
    taken += [Extent(each.host, each.host + each.size) for each in host.shared if each.host is not None]
    for free in gaps(memory, taken):
        base = -(-free.start // (2 * MIB)) * 2 * MIB
        if base + _FILES <= free.end:
            return base
    raise InputError(f"no {_FILES // MIB} MiB of its memory are free for Xen and the device tree", host.file)


def _smmu_page(tree: Tree, release: str, host: Host) -> int | None:
    """Address of the SMMU that Xen takes; None if there is none. Raises InputError for one outside of RAM's room."""
    for each in host.iommus:
        if not (each.usable and each.driver == "smmu"):
            continue
        node = tree.at(each.path)
        entries = () if node is None else Buses(tree, rules_of(release)).entries(node)
        address = next((entry.address for entry in entries if isinstance(entry, Entry)), None)
        if address is None or not RAM_START <= address <= HIGHEST - smmu.SIZE:
            raise InputError(f"{each.path}: no RAM of the machine can pass for it", tree.file)
        return address
    return None


def _needed(tree: Tree, host: Host) -> Iterator[str]:
    assert host.gic is not None
    assert host.uart is not None
    yield from ("/chosen", "/cpus", host.gic.path, host.uart.path)
    yield from (bank.path for bank in host.memory)
    yield from (each.path for each in host.iommus if each.usable)
    yield from (each.path for each in host.modules if not each.of_domain)
    for node in tree.nodes:
        if node.path.startswith("/cpus/") or not {*TIMERS, *PSCI}.isdisjoint(names(node)):
            yield node.path
