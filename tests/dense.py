"""Device trees with as many regions of one kind as are asked for: what no board has, and what no answer may hang on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tests.reading.trees import CPUS, GIC, GIC_PART, GIC_START, Description, blob

RAM = 0x4000_0000
"""Where the board has a gibibyte of it."""
FREE = 0x1_0000_0000
"""Where there is nothing else."""
PAGE = 0x1000
Entry = tuple[int, int]
"""Start and size in bytes."""


def pair(number: int) -> list[int]:
    """A number in two cells."""
    return [number >> 32, number & 0xFFFF_FFFF]


def cells(entries: Iterable[Entry]) -> list[int]:
    """`reg` of some entries, two cells for each number."""
    return [cell for start, size in entries for cell in (*pair(start), *pair(size))]


def board() -> Description:
    """What all of them have: a gibibyte of RAM, an interrupt controller, a processor, and a kernel for dom0."""
    gic = cells((GIC_START + GIC_PART * part, GIC_PART) for part in range(4))
    kernel = {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": cells([(0x4800_0000, 0x10000)])}
    return {
        "#address-cells": [2],
        "#size-cells": [2],
        "interrupt-parent": [1],
        "intc": {**GIC, "reg": gic},
        "cpus": CPUS,
        "memory@40000000": {"device_type": "memory", "reg": cells([(RAM, 0x4000_0000)])},
        "chosen": {"#address-cells": [2], "#size-cells": [2], "k": kernel},
    }


def _device(entries: Iterable[Entry]) -> Description:
    return {**board(), "device": {"reg": cells(entries)}}


def _every(step: int, size: int, start: int = FREE) -> Callable[[int], list[Entry]]:
    return lambda count: [(start + step * index, size) for index in range(count)]


def _nested(count: int) -> list[Entry]:
    return [(FREE + PAGE * index, 2 * PAGE * (count - index)) for index in range(count)]


def _nodes(count: int) -> Description:
    nodes = {
        f"d@{start:x}": {"reg": cells([(start, size)]), "interrupts": [0, index % 900, 4]}
        for index, (start, size) in enumerate(_every(2 * PAGE, PAGE)(count))
    }
    return {**board(), "soc": {"#address-cells": [2], "#size-cells": [2], "ranges": b"", **nodes}}


def _bus(count: int) -> Description:
    entries = _every(PAGE, PAGE)(count)
    nodes = {f"d@{start:x}": {"reg": cells([(start, size)])} for start, size in entries}
    ranges = [cell for start, size in entries for cell in (*pair(start), *pair(start), *pair(size))]
    return {**board(), "soc": {"#address-cells": [2], "#size-cells": [2], "ranges": ranges, **nodes}}


def _pci_bus(count: int) -> Description:
    """Windows that overlap, and functions with an address in each."""
    entries = _every(PAGE, 2 * PAGE)(count)
    nodes = {
        f"d@{index:x}": {"assigned-addresses": [0x0300_0000, *pair(start), *pair(PAGE)]}
        for index, (start, _) in enumerate(entries)
    }
    ranges = [
        cell for start, size in entries for cell in (0x0300_0000, *pair(start), *pair(start), *pair(size))
    ]
    cells_of = {"#address-cells": [3], "#size-cells": [2]}
    return {**board(), "pcie": {"device_type": "pci", **cells_of, "ranges": ranges, **nodes}}


def _reserved(entries: list[Entry]) -> Description:
    nodes = {f"r@{start:x}": {"reg": cells([(start, size)])} for start, size in entries}
    return {
        **board(),
        "reserved-memory": {"#address-cells": [2], "#size-cells": [2], "ranges": b"", **nodes},
    }


def _reserved_in_one(entries: list[Entry]) -> Description:
    return {
        **board(),
        "reserved-memory": {
            "#address-cells": [2],
            "#size-cells": [2],
            "ranges": b"",
            "r": {"reg": cells(entries)},
        },
    }


def _banks(entries: list[Entry]) -> Description:
    return {**board(), "memory": {"device_type": "memory", "reg": cells(entries)}}


def _windows(step: int, size: int) -> Callable[[int], Description]:
    def made(count: int) -> Description:
        ranges = [
            cell
            for start, length in _every(step, size)(count)
            for cell in (0x0300_0000, *pair(start), *pair(start), *pair(length))
        ]
        pci = {
            "device_type": "pci",
            "compatible": "pci-host-ecam-generic",
            "#address-cells": [3],
            "#size-cells": [2],
            "reg": cells([(0x2000_0000, 0x1000_0000)]),
            "ranges": ranges,
        }
        return {**board(), "pcie": pci}

    return made


def _interrupts(count: int) -> Description:
    lines = [cell for index in range(count) for cell in (0, index % 900, 4)]
    return {**board(), "device": {"reg": cells([(FREE, PAGE)]), "interrupts": lines}}


def _domains(count: int) -> Description:
    made = board()
    for index in range(count):
        made["chosen"][f"d{index}"] = {
            "compatible": "xen,domain",
            "#address-cells": [2],
            "#size-cells": [2],
            "cpus": [1],
            "memory": [0, 0x8000],
            "k": {
                "compatible": ["multiboot,kernel", "multiboot,module"],
                "reg": cells([(0x4900_0000 + 0x10000 * index, 0x10000)]),
            },
        }
    return made


def _static(step: int) -> Callable[[int], Description]:
    def made(count: int) -> Description:
        found = _domains(1)
        found["chosen"]["d0"] |= {
            "direct-map": b"",
            "#xen,static-mem-address-cells": [2],
            "#xen,static-mem-size-cells": [2],
            "xen,static-mem": cells(_every(step, PAGE, 0x5000_0000)(count)),
        }
        return found

    return made


KINDS: Mapping[str, Callable[[int], Description]] = {
    "apart": lambda count: _device(_every(2 * PAGE, PAGE)(count)),
    "far apart": lambda count: _device(_every(0x0800_0000, PAGE)(count)),
    "touching": lambda count: _device(_every(PAGE, PAGE)(count)),
    "astride pages": lambda count: _device(_every(4 * PAGE, 0x200, FREE + 0xF00)(count)),
    "sharing pages": lambda count: _device(_every(0x800, 0x400)(count)),
    "overlapping": lambda count: _device((FREE + PAGE * index, PAGE * count) for index in range(count)),
    "the same": lambda count: _device([(FREE, PAGE)] * count),
    "nested": lambda count: _device(_nested(count)),
    "empty": lambda count: _device(_every(PAGE, 0)(count)),
    "empty, far apart": lambda count: _device(_every(0x0800_0000, 0)(count)),
    "empty inside pages": lambda count: _device(_every(PAGE, 0, FREE + 8)(count)),
    "empty, the same": lambda count: _device([(FREE, 0)] * count),
    "wrapping": lambda count: _device(((1 << 64) - PAGE, 2 * PAGE + index) for index in range(count)),
    "downwards": lambda count: _device([*_every(2 * PAGE, PAGE)(count)][::-1]),
    "nodes": _nodes,
    "bus": _bus,
    "PCI bus": _pci_bus,
    "in RAM": lambda count: _device(_every(2 * PAGE, PAGE, RAM)(count)),
    "reserved": lambda count: _reserved(_every(2 * PAGE, PAGE, RAM)(count)),
    "reserved in one": lambda count: _reserved_in_one(_every(2 * PAGE, PAGE, RAM)(count)),
    "reserved, overlapping": lambda count: _reserved_in_one(
        [(RAM + PAGE * index, PAGE * count) for index in range(count)]
    ),
    "reserved, empty": lambda count: _reserved_in_one(_every(PAGE, 0, RAM)(count)),
    "banks": lambda count: _banks(_every(0x0800_0000, 0x0400_0000)(count)),
    "banks, touching": lambda count: _banks(_every(0x0400_0000, 0x0400_0000)(count)),
    "banks, overlapping": lambda count: _banks(
        [(FREE + PAGE * index, PAGE * count) for index in range(count)]
    ),
    "banks, empty": lambda count: _banks(_every(PAGE, 0)(count)),
    "windows": _windows(0x0800_0000, 0x10000),
    "windows, overlapping": _windows(PAGE, 0x0800_0000),
    "interrupts": _interrupts,
    "domains": lambda count: _domains(min(count, 256)),
    "static memory": _static(2 * PAGE),
}
"""By what there is so much of."""
MEMRESERVES: Mapping[str, Callable[[int], list[Entry]]] = {
    "memreserves": _every(2 * PAGE, PAGE, RAM),
    "memreserves, overlapping": lambda count: [(RAM + PAGE * index, PAGE * count) for index in range(count)],
}


def dense(kind: str, count: int) -> bytes:
    """A blob of `count` regions of a kind."""
    if kind in MEMRESERVES:
        return blob(board(), reserved=MEMRESERVES[kind](count))
    return blob(KINDS[kind](count))
