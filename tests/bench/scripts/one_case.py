"""What one writes who wants to be sure of one guest: Xen 4.22's arch-arm.h, 40 bits, 4 GiB, every device, no other case.

z3 over bit-vectors, an arbitrary address: it is in no two regions, and in none above the end of the address space.
"""

from itertools import combinations

BITS = 40
MEMORY = 4 << 30
REGIONS = {
    "VIRTIO_MMIO": (0x02000000, 0x00100000),
    "GICV3_GICD": (0x03001000, 0x00010000),
    "GICV3_GICR0": (0x03020000, 0x01000000),
    "VPCI_ECAM": (0x10000000, 0x10000000),
    "ACPI": (0x20000000, 0x02000000),
    "PL011": (0x22000000, 0x00001000),
    "VPCI_MEM": (0x23000000, 0x10000000),
    "GNTTAB": (0x38000000, 0x01000000),
    "MAGIC": (0x39000000, 0x01000000),
    "RAM0": (0x40000000, 0xC0000000),
    "VPCI_PREFETCH_MEM": (0x100000000, 0x100000000),
    "RAM1": (0x200000000, MEMORY - 0xC0000000),
}


def main() -> None:
    """Raises AssertionError unless both are so."""
    import z3

    address = z3.BitVec("address", 64)
    inside = [
        z3.And(z3.UGE(address, start), z3.ULT(address, start + size)) for start, size in REGIONS.values()
    ]
    solver = z3.Solver()
    solver.add(
        z3.Or(
            *(z3.And(one, other) for one, other in combinations(inside, 2)),
            *(z3.And(each, z3.UGE(address, 1 << BITS)) for each in inside),
        )
    )
    assert solver.check() == z3.unsat


if __name__ == "__main__":
    main()
