"""A page of RAM that passes for an SMMUv2, so that Xen finds an IOMMU on a machine that has none.

Xen reads the identification registers and sets up the rest (xen/drivers/passthrough/arm/smmu.c,
`arm_smmu_device_cfg_probe`); as long as no device translates through it, what is written is not acted upon.
Fields are those of the Arm SMMU architecture version 2 (IHI 0062D.c, 9.6.1 to 9.6.3, SMMU_IDR0 to SMMU_IDR2).
"""

from __future__ import annotations

import struct

SIZE = 0x10000
"""Bytes: by SMMU_IDR1 eight pages of 4 KiB with global registers, and eight for context banks."""
WIDTHS = (32, 36, 40, 42, 44, 48)
"""Bits of an address, by the number that stands for them in SMMU_IDR2."""
COMPATIBLE = ("arm,mmu-500", "arm,smmu-v2")
_IDR0 = 0x20
_STAGES = 0b1111 << 27
"""S1TS, S2TS, NTS and SMS: stages 1 and 2, nested, stream matching."""
_COHERENT = 1 << 14
_STREAM_BITS = 8 << 9
_STREAM_GROUPS = 8
_CONTEXTS = 1
"""NUMCB: one context bank."""
_INDEX_BITS = 2 << 28
"""NUMPAGENDXB: 2^(2 + 1) pages in each half; PAGESIZE is 0, 4 KiB."""
_PAGES_4K_64K = 1 << 12 | 1 << 14
_UPSTREAM_49 = 5 << 8


def page(input_bits: int, output_bits: int = 48) -> bytes:
    """The registers of an SMMU for intermediate addresses of `input_bits` and physical ones of `output_bits`.

    Xen takes the smaller of `input_bits` and the processor's width. Raises ValueError for a width that has no number.
    """
    registers = bytearray(SIZE)
    struct.pack_into(
        "<3I",
        registers,
        _IDR0,
        _STAGES | _COHERENT | _STREAM_BITS | _STREAM_GROUPS,
        _CONTEXTS | _INDEX_BITS,
        WIDTHS.index(input_bits) | WIDTHS.index(output_bits) << 4 | _UPSTREAM_49 | _PAGES_4K_64K,
    )
    return bytes(registers)
