"""Host device trees as source text: nodes that can be put together and taken apart, compiled by dtc."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.machine import smmu
from verifier.machine.emulator import Machine, kernel_at, mib_up_to

MIB = 1 << 20
RAM = 0x40000000
BANK = (RAM, 512 * MIB)
"""Memory of a tree that asks for none: Xen, four kernels and domains of some 100 MiB."""
OPTIONS = "console=dtuart dtuart=/serial@9000000 loglvl=all guest_loglvl=all noreboot bootscrub=0"
"""Without scrubbing, the pages of large memory are never touched."""
KERNEL_SIZE = 0x10000
SMMU_ADDRESS = 0x3E0000000
"""Far from the default bank, below 2^34: a page of QEMU's RAM that no memory node describes."""
_LOW_SMMU = 0xFFF00000
Pair = tuple[int, int]
GIC_V3: tuple[Pair, ...] = ((0x8000000, 0x10000), (0x80A0000, 0xF60000))
MAINTENANCE = "interrupts = <1 9 4>;"


@dataclass(frozen=True, slots=True)
class Node:
    """`lines` are properties with their semicolons."""

    name: str
    lines: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()

    def text(self, depth: int = 0) -> str:
        """Device tree source."""
        pad = "\t" * depth
        inner = "".join(f"{pad}\t{line}\n" for line in self.lines)
        return (
            f"{pad}{self.name} {{\n{inner}{''.join(each.text(depth + 1) for each in self.children)}{pad}}};\n"
        )

    def walk(self) -> Iterator[Node]:
        """It and all below."""
        yield self
        for each in self.children:
            yield from each.walk()


@dataclass(frozen=True, slots=True)
class Scene:
    """What one boot of Xen starts from."""

    machine: Machine
    root: Node
    kernels: int
    """How many kernels are loaded, one for each domain."""
    reserves: tuple[Pair, ...] = ()
    """`/memreserve/`: addresses and sizes."""

    def text(self) -> str:
        """Source of its tree."""
        reserves = "".join(f"/memreserve/ {start:#x} {size:#x};\n" for start, size in self.reserves)
        return f"/dts-v1/;\n{reserves}{self.root.text()}"

    def blob(self) -> bytes:
        """Its tree compiled. Raises ValueError with what dtc said."""
        done = subprocess.run(
            ["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-"],
            input=self.text().encode(),
            capture_output=True,
            check=False,
        )
        if not done.stdout:
            raise ValueError(done.stderr.decode())
        return done.stdout


@dataclass(frozen=True, slots=True)
class Guest:
    """A domU of the device tree."""

    kib: int = 32 << 10
    lines: tuple[str, ...] = ('xen,enhanced = "enabled";',)
    children: tuple[Node, ...] = ()
    kernel: bool = True
    cpus: int = 1


@dataclass(frozen=True, slots=True)
class Board:
    """What distinguishes one host from another; the rest is the least that Xen needs."""

    banks: tuple[Pair, ...] = (BANK,)
    """Memory nodes: address and size."""
    nodes: tuple[Node, ...] = ()
    """Beside the usual ones."""
    options: str = "dom0_mem=128M"
    """Of Xen's command line."""
    guests: tuple[Guest, ...] = ()
    dom0: bool = True
    ipa_bits: int | None = None
    """Of the IOMMU; None: there is none."""
    cpu: str = "cortex-a57"
    chosen: tuple[str, ...] = ()
    """More properties of /chosen."""
    reserves: tuple[Pair, ...] = ()
    cells: Pair = (2, 2)
    """Of the root."""
    load: int = RAM
    """Where Xen and the kernels are put."""
    smmu: int | None = None
    """Where the IOMMU is; None: out of the way."""
    gic: str = "arm,gic-v3"
    gic_lines: tuple[str, ...] | None = None
    """Its addresses and its interrupt; None: as the machine has them."""
    reach: int = 0
    """Where memory ends that is not among `banks`, for QEMU to have it."""

    def reg(self, *pairs: Pair) -> str:
        """A property of a node directly below the root."""
        return reg(*pairs, cells=self.cells)


def reg(*pairs: Pair, cells: Pair = (2, 2)) -> str:
    """`reg = <...>, <...>;`"""
    return f"reg = {', '.join(numbers(*zip(pair, cells, strict=True)) for pair in pairs)};"


def numbers(*words: Pair) -> str:
    """Numbers, each with how many cells it takes: `<0x0 0x1000>`."""
    found = [
        f"{value >> 32 * (count - 1 - place) & 0xFFFFFFFF:#x}"
        for value, count in words
        for place in range(count)
    ]
    return f"<{' '.join(found)}>"


def device(name: str, start: int, size: int, *lines: str, cells: Pair = (2, 2)) -> Node:
    """A device below the root, or below a bus with such cells."""
    return Node(
        f"{name}@{start:x}", (f'compatible = "test,{name}";', reg((start, size), cells=cells), *lines)
    )


def scene(board: Board) -> Scene:
    """A board put before Xen."""
    ends = [board.reach, *(start + size for start, size in board.banks)]
    iommu = None
    if board.ipa_bits is not None:
        place = board.smmu or (_LOW_SMMU if board.ipa_bits == 32 or board.cells[0] == 1 else SMMU_ADDRESS)
        iommu = (place, board.ipa_bits)
        ends.append(place + smmu.SIZE)
    machine = Machine(board.load, mib_up_to(max(ends)), board.cpu, smmu=iommu)
    kernels = board.dom0 + len(board.guests)
    return Scene(machine, _root(board, machine), kernels, board.reserves)


def _root(board: Board, machine: Machine) -> Node:
    lines = (
        'compatible = "linux,dummy-virt";',
        f"#address-cells = <{board.cells[0]}>;",
        f"#size-cells = <{board.cells[1]}>;",
        "interrupt-parent = <1>;",
    )
    memory = [
        Node(f"memory@{start:x}", ('device_type = "memory";', board.reg((start, size))))
        for start, size in board.banks
    ]
    iommu = [] if machine.smmu is None else [_smmu(board, machine.smmu[0])]
    return Node("/", lines, (*memory, *_fixed(board), *iommu, *board.nodes, _chosen(board, machine)))


def _fixed(board: Board) -> Iterator[Node]:
    """Of QEMU's virt machine (hw/arm/virt.c, `base_memmap`), what Xen does not do without."""
    cpu = Node(
        "cpu@0",
        ('device_type = "cpu";', 'compatible = "arm,cortex-a57";', "reg = <0>;", 'enable-method = "psci";'),
    )
    yield Node("cpus", ("#address-cells = <1>;", "#size-cells = <0>;"), (cpu,))
    yield Node("psci", ('compatible = "arm,psci-1.0", "arm,psci-0.2";', 'method = "smc";'))
    yield Node(
        "timer", ('compatible = "arm,armv8-timer";', "interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>;")
    )
    yield Node(
        "interrupt-controller@8000000",
        (
            f'compatible = "{board.gic}";',
            "interrupt-controller;",
            "#interrupt-cells = <3>;",
            "phandle = <1>;",
            *(board.gic_lines or (board.reg(*GIC_V3), MAINTENANCE)),
        ),
    )
    yield Node(
        "serial@9000000",
        (
            'compatible = "arm,pl011", "arm,primecell";',
            board.reg((0x9000000, 0x1000)),
            "interrupts = <0 1 4>;",
        ),
    )


def _smmu(board: Board, address: int) -> Node:
    names = ", ".join(f'"{name}"' for name in smmu.COMPATIBLE)
    return Node(
        f"iommu@{address:x}",
        (
            f"compatible = {names};",
            board.reg((address, smmu.SIZE)),
            "#global-interrupts = <1>;",
            "#iommu-cells = <1>;",
            "interrupts = <0 120 4>, <0 121 4>;",
        ),
    )


def _chosen(board: Board, machine: Machine) -> Node:
    lines = (
        "#address-cells = <2>;",
        "#size-cells = <2>;",
        f'xen,xen-bootargs = "{OPTIONS} {board.options}";',
        *board.chosen,
    )
    modules = [_kernel(machine, 0)] if board.dom0 else []
    return Node("chosen", lines, (*modules, *_guests(board.guests, machine, first=int(board.dom0))))


def _guests(guests: Sequence[Guest], machine: Machine, first: int) -> Iterator[Node]:
    for index, guest in enumerate(guests):
        lines = (
            'compatible = "xen,domain";',
            "#address-cells = <2>;",
            "#size-cells = <2>;",
            f"cpus = <{guest.cpus}>;",
            "vpl011;",
            f"memory = {numbers((guest.kib, 2))};",
            *guest.lines,
        )
        kernel = (_kernel(machine, first + index),) if guest.kernel else ()
        yield Node(f"domU{index + 1}", lines, (*kernel, *guest.children))


def _kernel(machine: Machine, index: int) -> Node:
    place = kernel_at(machine, index)
    return Node(
        f"module@{place:x}",
        ('compatible = "multiboot,kernel", "multiboot,module";', reg((place, KERNEL_SIZE)), 'bootargs = "";'),
    )
