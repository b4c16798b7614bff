"""Whether a guest's kernel is of 32 or 64 bits, as xl tells by its image.

xc_dom_probe_zimage64_kernel and xc_dom_probe_zimage32_kernel (tools/libs/guest/xg_dom_armzimageloader.c, formerly
tools/libxc/xc_dom_armzimageloader.c), of an image that may be compressed with gzip (xc_dom_try_gunzip). What else is
told, a uImage or an ELF file, xl does not load on Arm.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from verifier.layout.errors import InputError

HEAD = 4096
"""Bytes of a file that are enough to tell."""
_GZIP = b"\x1f\x8b\x08"
_OLD_ARM64 = 0x14000008
"""A branch over the header, the first instruction of images before Linux 3.17 (ZIMAGE64_MAGIC_V0)."""
_ARM64 = b"ARM\x64"
_ARM32 = 0x016F2818
_LEAST32, _LEAST64 = 0x30, 0x40
_UIMAGE = 0x27051956
_UIMAGE_BITS = {2: 32, 22: 64}
"""IH_ARCH_ARM and IH_ARCH_ARM64 of U-Boot's include/image.h."""


@dataclass(frozen=True, slots=True)
class Image:
    """What an image is."""

    bits: int
    """32 or 64."""
    format: str
    """`Image`, `zImage`, `uImage`, `ELF`."""
    loaded_by_xl: bool


def image(data: bytes, file: str) -> Image:
    """The kind of a kernel from the first bytes of its file, `HEAD` of them or all. Raises InputError if it is none."""
    head = _inflated(data, file) if data.startswith(_GZIP) else data
    if len(head) >= _LEAST64 and (_word(head, 0) == _OLD_ARM64 or head[0x38:0x3C] == _ARM64):
        return Image(64, "Image", True)
    if len(head) >= _LEAST32 and _word(head, 0x24) == _ARM32:
        return Image(32, "zImage", True)
    if head[:4] == b"\x7fELF" and head[4:5] in (b"\1", b"\2"):
        return Image(32 * head[4], "ELF", False)
    if len(head) >= _LEAST64 and struct.unpack_from(">I", head)[0] == _UIMAGE and head[29] in _UIMAGE_BITS:
        return Image(_UIMAGE_BITS[head[29]], "uImage", False)
    wanted = "an arm64 Image (ARM\\x64 at 0x38), a zImage (0x16f2818 at 0x24), an ELF file or a uImage"
    raise InputError(f"no kernel for Arm; expected {wanted}", file)


def _inflated(data: bytes, file: str) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, HEAD)
    except zlib.error as fault:
        raise InputError(f"gzip that cannot be read: {fault}", file) from None


def _word(data: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", data, place)[0])
