"""A kernel that tells what it was given: it prints its own device tree, byte by byte, and waits.

A compiler is not needed for so little: the program stands here as words, beside what an assembler calls them.
It tries the console hypercall (CONSOLEIO_write, xen/include/public/xen.h), which some builds refuse to all but
dom0, and then writes to the vPL011 of a domU (`GUEST_PL011_BASE`). A byte is two letters of `a` to `p`, high half
first; a line is `TREE `, 32 bytes, and a newline, so that Xen's buffers for one line suffice.
"""

from __future__ import annotations

import re
import struct

from verifier.machine.kernel import BACK, WAIT, image

_BYTES = 32
"""Of the tree, on a line."""
_BEGIN = b"TREE "
_LINE = len(_BEGIN) + 2 * _BYTES + 1
_CODE = (
    0xAA0003F3,  # mov  x19, x0            the tree, at its first byte
    0xB9400674,  # ldr  w20, [x19, #4]     its size, big endian
    0x5AC00A94,  # rev  w20, w20
    0x8B140274,  # add  x20, x19, x20      its end
    # line:
    0x100003B5,  # adr  x21, text
    0x910016B5,  # add  x21, x21, #5       behind TREE and the space
    0x52800416,  # mov  w22, #32
    # byte:
    0x38401660,  # ldrb w0, [x19], #1
    0x53047C01,  # lsr  w1, w0, #4
    0x12000C00,  # and  w0, w0, #15
    0x11018421,  # add  w1, w1, #'a'
    0x11018400,  # add  w0, w0, #'a'
    0x380016A1,  # strb w1, [x21], #1
    0x380016A0,  # strb w0, [x21], #1
    0x710006D6,  # subs w22, w22, #1
    0x54FFFF01,  # b.ne byte
    0xD2800000,  # mov  x0, #0             CONSOLEIO_write
    0xD28008C1,  # mov  x1, #70            so many characters
    0x100001E2,  # adr  x2, text
    0xD2800250,  # mov  x16, #18           __HYPERVISOR_console_io
    0xD401D422,  # hvc  #0xea1
    0xB6F80100,  # tbz  x0, #63, next      it was not refused
    0x10000162,  # adr  x2, text
    0x528008C1,  # mov  w1, #70
    0xD2A44003,  # movz x3, #0x2200, lsl #16
    # letter:
    0x38401440,  # ldrb w0, [x2], #1
    0xB9000060,  # str  w0, [x3]           UARTDR
    0x71000421,  # subs w1, w1, #1
    0x54FFFFA1,  # b.ne letter
    # next:
    0xEB14027F,  # cmp  x19, x20
    0x54FFFCC3,  # b.lo line
    WAIT,
    BACK,
    # text:
)
WITNESS = image(_CODE, _BEGIN.ljust(_LINE - 1) + b"\n")
_LINES = re.compile(rb"(?:DOM(\d+): |\(d(\d+)\) )?TREE ([a-p]{64})\r?\n")
_VALUES = {
    high << 8 | low: (high - 97) << 4 | (low - 97)
    for high in b"abcdefghijklmnop"
    for low in b"abcdefghijklmnop"
}


def trees(log: bytes) -> dict[str, bytes]:
    """The device tree of each domain that has printed the whole of it, by the domain's name in Xen's log."""
    found: dict[str, bytearray] = {}
    for console, hypercall, letters in _LINES.findall(log):
        content = found.setdefault(f"d{int(console or hypercall or b'0')}", bytearray())
        content += bytes(_VALUES[pair] for (pair,) in struct.iter_unpack(">H", letters))
    sizes = {name: int.from_bytes(content[4:8], "big") for name, content in found.items()}
    return {
        name: bytes(content[: sizes[name]]) for name, content in found.items() if len(content) >= sizes[name]
    }


def without_trees(log: bytes) -> bytes:
    """What Xen itself has printed: a log without the lines of the witness."""
    return re.sub(rb"[^\n]*TREE [a-p]{64}\r?\n", b"", log)
