"""Device trees of guests, written down from what libxl and Xen write (libxl_arm.c, dom0less-build.c), not from predictions.

256 MiB of RAM, two vCPUs, GICv3, Xen 4.20 in an address space of 40 bits or more. The regions of `DOM0LESS` are those
that a booted guest read (128 MiB, run du-small2-4.20: 0x48000000-0x100000000, 0x200000000-0x10000000000); those of `XL`
begin 128 MiB later, where 256 MiB of RAM end, and end where the banks of arch-arm.h do.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.reading.trees import Description

GIC = 65000
"""The phandle that toolstacks give it (GUEST_PHANDLE_GIC)."""
REST = ((0x50000000, 0xB0000000), (0x200000000, 0xFE00000000))
"""The extended regions of a guest with 256 MiB: address and size."""
GRANT = (0x38000000, 0x1000000)


def reg(*pairs: tuple[int, int], cells: tuple[int, int] = (2, 2)) -> list[int]:
    """Addresses and sizes in cells of 32 bits."""
    found = list[int]()
    for pair in pairs:
        for number, count in zip(pair, cells, strict=True):
            found += [number >> 32 * at & 0xFFFFFFFF for at in reversed(range(count))]
    return found


def _cpus(count: int) -> Description:
    cpus = {
        f"cpu@{index}": {"device_type": "cpu", "compatible": "arm,armv8", "reg": [index]}
        for index in range(count)
    }
    return {"#address-cells": [1], "#size-cells": [0], **cpus}


def _gic(compatible: str, *pairs: tuple[int, int]) -> Description:
    return {
        "compatible": compatible,
        "#interrupt-cells": [3],
        "#address-cells": [0],
        "interrupt-controller": b"",
        "reg": reg(*pairs),
        "phandle": [GIC],
    }


def _interrupts(*numbers: int, flags: int = 0xF08) -> Description:
    """As the binding of the GIC has them: PPIs from 16 are type 1, SPIs from 32 type 0."""
    cells = [
        cell for each in numbers for cell in ((1, each - 16, flags) if each < 32 else (0, each - 32, flags))
    ]
    return {"interrupts": cells, "interrupt-parent": [GIC]}


def _common(version: str) -> Description:
    return {
        "cpus": _cpus(2),
        "psci": {"compatible": ["arm,psci-1.0", "arm,psci-0.2", "arm,psci"], "method": "hvc"},
        "interrupt-controller@3001000": _gic("arm,gic-v3", (0x03001000, 0x10000), (0x03020000, 0x01000000)),
        "timer": {"compatible": "arm,armv8-timer", **_interrupts(29, 30, 27)},
        "hypervisor": {
            "compatible": [f"xen,xen-{version}", "xen,xen"],
            "reg": reg(GRANT, *REST),
            **_interrupts(31),
        },
    }


def _memory(start: int, size: int) -> Description:
    return {"device_type": "memory", "reg": reg((start, size))}


def pci_ranges(type_cell: int) -> list[int]:
    """The windows of vPCI; the cell is the second one's: 0x43000000 since 4.19, 0x42000000 before."""
    return [0x02000000, 0, 0x23000000, 0, 0x23000000, 0, 0x10000000, type_cell, 1, 0, 1, 0, 1, 0]


XL: Description = {
    "model": "XENVM-4.20",
    "compatible": ["xen,xenvm-4.20", "xen,xenvm"],
    "interrupt-parent": [GIC],
    "#address-cells": [2],
    "#size-cells": [2],
    "chosen": {"bootargs": "console=hvc0"},
    "memory@40000000": _memory(0x40000000, 0x10000000),
    **_common("4.20"),
    "sbsa-pl011": {"compatible": "arm,sbsa-uart", "reg": reg((0x22000000, 0x1000)), **_interrupts(32, flags=0xF04)},
    "pcie@10000000": {
        "compatible": "pci-host-ecam-generic",
        "device_type": "pci",
        "reg": reg((0x10000000, 0x10000000)),
        "bus-range": [0, 255],
        "#address-cells": [3],
        "#size-cells": [2],
        "status": "okay",
        "ranges": pci_ranges(0x43000000),
    },
    "virtio@2000000": {"compatible": "virtio,mmio", "reg": reg((0x2000000, 0x200)), **_interrupts(33, flags=0xF01)},
    "virtio@2000200": {"compatible": "virtio,mmio", "reg": reg((0x2000200, 0x200)), **_interrupts(34, flags=0xF01)},
    "passthrough": {
        "compatible": "simple-bus",
        "#address-cells": [2],
        "#size-cells": [2],
        "ranges": b"",
        "serial@30000000": {"compatible": "ns16550a", "reg": reg((0x34000000, 0x1000)), **_interrupts(100)},
    },
}  # fmt: skip
"""With everything that xl can give: console, PCI, two virtio devices, a serial port passed through."""
DOM0LESS: Description = {
    "#address-cells": [2],
    "#size-cells": [2],
    "chosen": {"bootargs": "console=ttyAMA0"},
    "memory@40000000": _memory(0x40000000, 0x10000000),
    **_common("4.20"),
    "sbsa-uart@22000000": {
        "compatible": "arm,sbsa-uart", "reg": reg((0x22000000, 0x1000)), **_interrupts(32, flags=0xF04),
    },
}  # fmt: skip
DOM0LESS["interrupt-controller@3001000"]["#redistributor-regions"] = [1]


def changed(tree: Description, **properties: Any) -> Description:
    """The tree with other properties; `hypervisor__reg` is that of a node, None leaves it out."""
    found = deepcopy(tree)
    for name, value in properties.items():
        *path, last = name.split("__")
        node = found
        for each in path:
            node = node[each]
        if value is None:
            del node[last]
        else:
            node[last] = value
    return found
