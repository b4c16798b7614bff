"""QEMU's `virt` machine with real Xen in it: what lies where in memory, and the command line.

Nothing is given with `-kernel`: QEMU would then write its own memory nodes into the device tree. All files are put
into memory with `-device loader`, and a stub of a few instructions enters Xen as a boot loader does
(Linux Documentation/arm64/booting.rst: x0 is the device tree's address, x1 to x3 are zero).
"""

from __future__ import annotations

import shlex
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verifier.machine import smmu
from verifier.machine.kernel import IDLE

MIB = 1 << 20
RAM_START = 0x40000000
"""Where RAM of the virt machine starts (QEMU hw/arm/virt.c, `VIRT_MEM`)."""
QEMU = "qemu-system-aarch64"
STUB, XEN, TREE, KERNELS = 0x180000, 0x200000, 0x800000, 0x1000000
"""Offsets from `ram_base`. Xen's image takes less than 2 MiB and must be 2 MiB aligned, a tree at most 2 MiB."""
KERNEL_ROOM = 0x200000
"""From one kernel to the next."""


@dataclass(frozen=True, slots=True)
class Machine:
    """An emulated machine; addresses and sizes are in bytes unless said otherwise."""

    ram_base: int
    """Where the files are put: the tree must describe memory from here to the last kernel; 2 MiB aligned."""
    ram_size: int
    """MiB of RAM that QEMU has from `RAM_START` on, whether the tree describes it or not; it is taken lazily."""
    cpu: str = "cortex-a57"
    """`cortex-a53`, `cortex-a57` and `max` have physical addresses of 40, 44 and 48 bits."""
    gic: int = 3
    smmu: tuple[int, int] | None = None
    """Address of a page of RAM that passes for an SMMUv2, and the width of what it translates (`smmu.WIDTHS`)."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file to be put into memory: `file` is relative to the folder that QEMU runs in."""

    file: str
    address: int
    content: bytes | Path


def mib_up_to(end: int) -> int:
    """The least `ram_size` with which RAM reaches the address `end` (exclusive)."""
    return -(-(max(end, RAM_START + MIB) - RAM_START) // MIB)


def kernel_at(machine: Machine, index: int) -> int:
    """Where the kernel number `index` is put, counting from 0: dom0's if there is one, then those of the domUs."""
    return machine.ram_base + KERNELS + index * KERNEL_ROOM


def blobs(machine: Machine, xen: Path, tree: bytes, kernels: Sequence[bytes] = (IDLE,)) -> tuple[Blob, ...]:
    """All files in the order of their addresses, the SMMU's page last.

    `xen` is the file of Xen's image, `tree` the blob of the host device tree, whose modules must be at `kernel_at`.
    Raises ValueError for a file that would lie in the next one's place.
    """
    entry = stub(machine.ram_base + TREE, machine.ram_base + XEN)
    found = [
        Blob("stub.bin", machine.ram_base + STUB, entry),
        Blob("xen", machine.ram_base + XEN, xen),
        Blob("host.dtb", machine.ram_base + TREE, tree),
    ]
    for index, kernel in enumerate(kernels):
        if len(kernel) > KERNEL_ROOM:
            raise ValueError(f"kernel {index} has {len(kernel)} bytes; there is room for {KERNEL_ROOM}")
        found.append(Blob(f"kernel{index}.img", kernel_at(machine, index), kernel))
    if machine.smmu is not None:
        address, bits = machine.smmu
        found.append(Blob("smmu.bin", address, smmu.page(bits)))
    return tuple(found)


def stub(tree: int, xen: int) -> bytes:
    """Code that enters Xen at `xen` with the device tree at `tree`."""
    code = (
        0x58000100,  # ldr x0, tree
        0xAA1F03E1,  # mov x1, xzr
        0xAA1F03E2,  # mov x2, xzr
        0xAA1F03E3,  # mov x3, xzr
        0x580000C4,  # ldr x4, xen
        0xD61F0080,  # br  x4
        0xD503201F,  # nop
        0xD503201F,  # nop, so that what follows is aligned
    )
    return struct.pack("<8I2Q", *code, tree, xen)


def command(machine: Machine, files: Sequence[Blob], qemu: str = QEMU) -> list[str]:
    """The command line of QEMU, to be run in the folder of the files. Xen's console is its standard output."""
    memory = f"{machine.ram_size}M"
    words = [
        *(qemu, "-machine", f"virt,virtualization=on,gic-version={machine.gic},memory-backend=ram"),
        # Without a reservation the host gives pages only when they are written.
        *("-object", f"memory-backend-ram,id=ram,reserve=off,size={memory}", "-m", memory),
        *("-cpu", machine.cpu, "-smp", "1"),
        *("-nodefaults", "-display", "none", "-serial", "stdio", "-monitor", "none"),
    ]
    for each in files:
        words += ["-device", f"loader,file={each.file},addr={each.address:#x},force-raw=on"]
    return [*words, "-device", f"loader,addr={machine.ram_base + STUB:#x},cpu-num=0"]


def shell_text(words: Sequence[str]) -> str:
    """A command line for a shell, an option a line."""
    lines = [shlex.quote(words[0])]
    for word in words[1:]:
        if word.startswith("-"):
            lines.append(word)
        else:
            lines[-1] += f" {shlex.quote(word)}"
    return " \\\n    ".join(lines) + "\n"
