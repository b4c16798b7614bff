"""How real Xen is put into an emulated machine; that it works is shown by the boots in tests/live."""

from __future__ import annotations

import shlex
import struct
from itertools import pairwise
from pathlib import Path

import pytest

from verifier.machine import smmu
from verifier.machine.emulator import MIB, Machine, blobs, command, kernel_at, mib_up_to, shell_text, stub
from verifier.machine.kernel import IDLE, image

MACHINE = Machine(0x140000000, 8192, "max", smmu=(0x200000000, 40))
FILES = blobs(MACHINE, Path("/boot/xen"), b"tree", [IDLE, IDLE])


def test_files_lie_apart_where_the_boot_protocol_wants_them() -> None:
    """Xen 2 MiB aligned (Documentation/arm64/booting.rst); a tree has 2 MiB and more (MAX_FDT_SIZE)."""
    at = {each.file: each.address for each in FILES}
    assert at["xen"] % (2 * MIB) == 0
    assert at["kernel0.img"] - at["host.dtb"] >= 2 * MIB
    assert at["kernel1.img"] - at["kernel0.img"] >= len(IDLE)
    assert [at["kernel0.img"], at["kernel1.img"]] == [kernel_at(MACHINE, 0), kernel_at(MACHINE, 1)]
    assert all(before < after for before, after in pairwise(each.address for each in FILES))


def test_a_kernel_that_has_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="kernel 0 has 2097153 bytes; there is room for 2097152"):
        blobs(MACHINE, Path("xen"), b"", [bytes(2 * MIB + 1)])


def test_the_stub_holds_both_addresses_where_its_loads_look() -> None:
    """`ldr x, label` has the distance in words in bits 23 to 5 (Arm ARM C6.2.167)."""
    code = stub(0x1122334455667788, 0x99AABBCCDDEEFF00)
    words = struct.unpack_from("<8I", code)
    for index, register, value in ((0, 0, 0x1122334455667788), (4, 4, 0x99AABBCCDDEEFF00)):
        assert words[index] >> 24 == 0x58
        assert words[index] & 31 == register
        place = 4 * (index + (words[index] >> 5 & 0x7FFFF))
        assert struct.unpack_from("<Q", code, place) == (value,)


def test_the_command_line_loads_every_file_and_starts_at_the_stub() -> None:
    words = command(MACHINE, FILES, "/usr/bin/qemu")
    assert words[0] == "/usr/bin/qemu"
    loaded = [word for word in words if word.startswith("loader,file=")]
    assert loaded == [f"loader,file={each.file},addr={each.address:#x},force-raw=on" for each in FILES]
    assert words[-1] == "loader,addr=0x140180000,cpu-num=0"
    assert not any("/" in word for word in words[1:])
    assert "-kernel" not in words
    assert "-dtb" not in words


def test_shell_text_is_the_same_command() -> None:
    words = command(MACHINE, FILES)
    assert shlex.split(shell_text(words).replace("\\\n", " ")) == words


@pytest.mark.parametrize(
    ("end", "size"), [(0, 1), (0x40000001, 1), (0x40100000, 1), (0x40100001, 2), (1 << 32, 3072)]
)
def test_ram_reaches_the_end(end: int, size: int) -> None:
    assert mib_up_to(end) == size


def test_an_image_has_the_header_that_xen_looks_for() -> None:
    """kernel_zimage64_probe (xen/arch/arm/kernel.c): magic at 56, text_offset at 8, image_size at 16."""
    made = image((0xD503207F,), b"data")
    assert made[56:60] == b"ARM\x64"
    assert struct.unpack_from("<2Q", made, 8) == (0, len(made))
    assert made[64:72] == struct.pack("<I", 0xD503207F) + b"data"
    branch = struct.unpack_from("<I", made)[0]
    assert branch >> 26 == 0b000101
    assert (branch & 0x3FFFFFF) * 4 == 64


@pytest.mark.parametrize(("bits", "number"), [(32, 0), (36, 1), (40, 2), (42, 3), (44, 4), (48, 5)])
def test_the_smmu_has_the_widths_asked_for(bits: int, number: int) -> None:
    """SMMU_IDR2.IAS and .OAS (IHI 0062D.c, 9.6.3)."""
    page = smmu.page(bits, 44)
    assert len(page) == 0x10000
    (second,) = struct.unpack_from("<I", page, 0x28)
    assert second & 0xFF == number | 4 << 4
    (first,) = struct.unpack_from("<I", page, 0x20)
    assert first >> 29 & 1, "stage 2 translation (S2TS)"
    assert not page[:0x20].strip(b"\0")
    assert not page[0x2C:].strip(b"\0")


def test_a_width_without_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        smmu.page(39)
