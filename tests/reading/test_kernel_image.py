"""Kernels by their first bytes, laid out as the documents of Linux and U-Boot have them."""

from __future__ import annotations

import gzip
import struct

import pytest

from verifier.layout.errors import InputError
from verifier.machine.kernel import image as bootable
from verifier.reading.kernel_image import HEAD, Image, image

ARM64 = struct.pack("<IIQQQQQQ4sI", 0x91005A4D, 0x14000000, 0, 0x1000, 0xA, 0, 0, 0, b"ARM\x64", 0)
OLD_ARM64 = struct.pack("<II", 0x14000008, 0) + bytes(0x38)
ZIMAGE = (
    struct.pack("<I", 0xE1A00000) * 8 + struct.pack("<IIII", 0xEA000006, 0x016F2818, 0, 0x1000) + bytes(16)
)
BOTH = ARM64[:0x24] + struct.pack("<I", 0x016F2818) + ARM64[0x28:]


def uimage(arch: int) -> bytes:
    return struct.pack(">IIIIIIIBBBB32s", 0x27051956, 0, 0, 0, 0, 0, 0, 5, arch, 2, 0, b"Linux") + bytes(64)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ARM64, Image(64, "Image", True)),
        (bootable([0]), Image(64, "Image", True)),
        (OLD_ARM64, Image(64, "Image", True)),
        (ZIMAGE, Image(32, "zImage", True)),
        (ZIMAGE[:0x30], Image(32, "zImage", True)),
        (BOTH, Image(64, "Image", True)),
        (gzip.compress(ARM64 + bytes(100_000)), Image(64, "Image", True)),
        (gzip.compress(ZIMAGE + bytes(range(256)) * 400)[:HEAD], Image(32, "zImage", True)),
        (b"\x7fELF\x02\x01\x01" + bytes(57), Image(64, "ELF", False)),
        (b"\x7fELF\x01\x01\x01" + bytes(45), Image(32, "ELF", False)),
        (uimage(22), Image(64, "uImage", False)),
        (uimage(2), Image(32, "uImage", False)),
    ],
)
def test_kinds(data: bytes, expected: Image) -> None:
    assert image(data, "kernel") == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ARM64[:0x3F],
        ZIMAGE[:0x2F],
        b"\x7fELF\x03" + bytes(60),
        b"\x7fELG\x01" + bytes(60),
        uimage(3),
        bytes(64),
        b"#!/bin/sh\n" * 9,
    ],
)
def test_what_is_no_kernel(data: bytes) -> None:
    with pytest.raises(InputError, match="no kernel for Arm; expected an arm64 Image") as error:
        image(data, "kernel")
    assert error.value.file == "kernel"


def test_gzip_that_is_none() -> None:
    with pytest.raises(InputError, match="gzip that cannot be read"):
        image(b"\x1f\x8b\x08" + b"\xff" * 40, "kernel")
