"""The same with a symbolic guest: each pair of regions by itself, for every memory size, vGIC, device set, from 40 bits on.

It leaves out what a verdict needs besides: which widths there are, what upstream accepts at 32 and 36 bits, all other
properties, the exact sizes for which something fails, and what to do about it.
"""

from itertools import combinations

REGIONS = {
    "VIRTIO_MMIO": (0x02000000, 0x00100000, "virtio"),
    "GICD": (0x03001000, 0x00001000, "gicv2"),
    "GICC": (0x03002000, 0x00002000, "gicv2"),
    "GICV3_GICD": (0x03001000, 0x00010000, "gicv3"),
    "GICV3_GICR0": (0x03020000, 0x01000000, "gicv3"),
    "VPCI_ECAM": (0x10000000, 0x10000000, "vpci"),
    "ACPI": (0x20000000, 0x02000000, "acpi"),
    "PL011": (0x22000000, 0x00001000, "pl011"),
    "VPCI_MEM": (0x23000000, 0x10000000, "vpci"),
    "GNTTAB": (0x38000000, 0x01000000, ""),
    "MAGIC": (0x39000000, 0x01000000, ""),
    "VPCI_PREFETCH_MEM": (0x100000000, 0x100000000, "vpci"),
}
RAM = {"RAM0": (0x40000000, 0xC0000000), "RAM1": (0x200000000, 0xFE00000000)}


def main() -> None:
    """Raises AssertionError unless no pair overlaps and nothing is above the end of the address space."""
    import z3

    memory, end = z3.BitVecs("memory end", 64)
    first, second = (size for _, size in RAM.values())
    solver = z3.Solver()
    solver.add(z3.UGE(memory, 0x1000), z3.ULE(memory, first + second), memory & 0xFFF == 0)
    solver.add(z3.Or(*(end == 1 << bits for bits in (40, 42, 44, 48))))
    solver.add(z3.Bool("gicv2") != z3.Bool("gicv3"))
    parts = [
        (
            z3.BitVecVal(start, 64),
            z3.BitVecVal(start + size, 64),
            z3.Bool(device) if device else z3.BoolVal(True),
        )
        for start, size, device in REGIONS.values()
    ]
    in_first = z3.If(z3.ULT(memory, first), memory, z3.BitVecVal(first, 64))
    for (start, _), used in zip(RAM.values(), (in_first, memory - in_first), strict=True):
        parts.append((z3.BitVecVal(start, 64), start + used, used != 0))
    solver.add(z3.ULE(parts[-1][1], end))  # whoever builds a guest keeps its memory below the width
    for one, other in combinations(parts, 2):
        assert solver.check(one[2], other[2], z3.ULT(one[0], other[1]), z3.ULT(other[0], one[1])) == z3.unsat
    for _, top, present in parts:
        assert solver.check(present, z3.UGT(top, end)) == z3.unsat


if __name__ == "__main__":
    main()
