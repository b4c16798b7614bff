"""`verifier map` of boards: against what real Xen printed, against numbers by hand; which options are for what."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.test_map import drawn
from tests.reading.trees import GIC, Description, blob, machine
from verifier.commands import run
from verifier.commands.board_map import draw
from verifier.commands.host_inputs import Asked
from verifier.reading.board_map import board_map
from verifier.reading.dtb import read_dtb

BOARDS = Path("tests/boards")
SL28, FOUR, MANY = (str(BOARDS / f"{name}.dtb") for name in ("sl28", "four-domains", "many-holes"))
GIVEN = ("--dom0-bank", "0x48000000+128M", "--grant-table", "0x40200000+256K")
BOARD: Description = {
    **machine(2, 2),
    "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0, 0x40000000]},
    "uart@9000000": {"reg": [0, 0x9000000, 0, 0x1000]},
    "timer@9100000": {"reg": [0, 0x9100000, 0, 0x100]},
    "watchdog@9200000": {"status": "disabled", "reg": [0, 0x9200000, 0, 0x1000]},
    "rtc@a000000": {"reg": [0, 0xA000000, 0, 0x1000]},
    "empty@b000000": {"reg": [0, 0xB000000, 0, 0]},
    "pcie@100000000": {
        "device_type": "pci",
        "#address-cells": [3],
        "#size-cells": [2],
        "reg": [1, 0, 0, 0x100000],
        "ranges": [0x02000000, 0, 0, 2, 0, 1, 0],
    },
    "reserved-memory": {
        "#address-cells": [2],
        "#size-cells": [2],
        "ranges": b"",
        "buffer@50000000": {"reg": [0, 0x50000000, 0, 0x100000]},
    },
}
"""A PCIe window of 4 GiB at 8 GiB."""


@pytest.fixture
def board(tmp_path: Path) -> str:
    path = tmp_path / "board.dtb"
    path.write_bytes(blob(BOARD))
    return str(path)


def test_a_board_by_hand(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Golden: every edge is one of the description, or rounded to 2 MiB; regions are holes of 64 MiB and more.

    The empty entry cuts the hole above the RTC, as Xen's release builds do: the 14 MiB below it are too few for a region,
    and by the specification they belong to one. Offered are 128 + 848 + 2048 + 4094 + 53248 MiB; the GIC has four
    ranges of 64 KiB, the four other devices have 3 pages and 256 bytes. Between GIC and UART there are 14 MiB.
    """
    lines = drawn(capsys, board, "--xen", "4.22", "--iommu", "--ipa-bits", "36", *GIVEN)
    assert lines[0] == (
        f"{board}: d0 of xen 4.22.0 (release build), 36 ipa bits, with IOMMU: 5 extended regions, ~59.0 GiB of 64 GiB "
        "offered, 14 MiB lost"
    )
    assert (
        lines[1:]
        == """
0x0000000000-0x0008000000    128 MiB  ::::::::::    extended region 0
0x0008000000-0x000a001000  ~32.0 MiB  #########     8 ranges of 5 devices                    ~268 KiB of it
                                                      /intc reg[0] to /rtc@a000000 reg[0]
0x000a001000-0x000a200000   2044 KiB  .......       (free)
0x000a200000-0x000b000000     14 MiB  ........      (lost)                                   has to be offered, and is not
0x000b000000-0x0040000000    848 MiB  ::::::::::    extended region 1
0x0040000000-0x0080000000      1 GiB  ###########   /memory@40000000 reg[0]                  RAM
                                                    grant region of d0                       [0x40200000, 0x40240000) (256 KiB)
                                                    RAM bank 0 of d0                         [0x48000000, 0x50000000) (128 MiB)
                                                    /reserved-memory/buffer@50000000 reg[0]  reserved memory, [0x50000000, 0x50100000) (1 MiB)
0x0080000000-0x0100000000      2 GiB  :::::::::::   extended region 2
0x0100000000-0x0100100000      1 MiB  #######       /pcie@100000000 reg[0]
0x0100100000-0x0100200000      1 MiB  .......       (free)
0x0100200000-0x0200000000   4094 MiB  :::::::::::   extended region 3
0x0200000000-0x0300000000      4 GiB  ###########   /pcie@100000000 ranges[0]                PCI window
0x0300000000-0x1000000000     52 GiB  ::::::::::::  extended region 4
0x1000000000  ===== end of 36 ipa bits =====

Ends are exclusive. A bar is one character longer for each factor of 8 in size.
In a bar : is offered, # taken, . neither.
Neighbours of one kind are one row, with the free space below 64 MiB between them (-v: each).
not drawn: /empty@b000000 reg[0] [0xb000000, 0xb000000), which is empty
""".removesuffix("\n").split("\n")  # noqa: E501 - as wide as it is printed
    )


def logged_regions() -> list[tuple[int, int]]:
    """What real Xen 4.17 printed; its ends are exclusive."""
    text = (BOARDS / "sl28-4.17.log").read_text()
    found = re.findall(r"d0: extended region \d+: (\S+)->(\S+)", text)
    return [(int(start, 16), int(end, 16)) for start, end in found]


def rows(lines: list[str], name: str) -> list[tuple[int, int]]:
    """The ranges of the rows of a name; the parts of a thing that is cut are one."""
    found: list[tuple[int, int]] = []
    head = (0, 0)
    for line in lines:
        if match := re.match(r"0x([0-9a-f]+)-0x([0-9a-f]+) ", line):
            head = int(match[1], 16), int(match[2], 16)
        if re.search(rf"  {re.escape(name)}(?:  |$)", line):
            if found and found[-1][1] == head[0]:
                head = found.pop()[0], head[1]
            found.append(head)
    return found


def test_real_xen_offers_a_window_of_sl28(capsys: pytest.CaptureFixture[str]) -> None:
    """Every region that Xen 4.17 printed is drawn; each pair that shares bytes, by the tree itself, is a conflict."""
    lines = drawn(capsys, SL28, "--xen", "4.17", "--iommu", "--ipa-bits", "48")
    logged = logged_regions()
    assert len(logged) == 7
    for index, region in enumerate(logged):
        assert rows(lines, f"extended region {index}") == [region]
    described = board_map(read_dtb(Path(SL28).read_bytes(), SL28)).obstacles
    shared = [
        each
        for each in described
        for low, high in logged
        if low < each.extent.end and each.extent.start < high
    ]
    assert lines[0].endswith(f", {len(shared)} conflicts")
    assert len([line for line in lines if "! overlaps extended region 5 by" in line]) == len(shared)
    text = "\n".join(lines)
    assert "0x0008000000000-0x0008800000000     32 GiB  !!!!!!!!!!!!      extended region 5 " in text
    assert all(each.name in text for each in shared)


def test_sl28_is_right_since_4_21(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(drawn(capsys, SL28, "--xen", "4.22", "--iommu"))
    assert "!" not in text
    assert "conflict" not in text
    assert "48 ipa bits, with IOMMU" in text
    assert (
        "the widest that Xen can build it with of 32, 36, 40, 42, 44 and 48 ipa bits (--ipa-bits N: another)"
        in text
    )


def test_a_log_stands_beside_the_prediction(capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(capsys, SL28, "--xen", "4.21", "--log", str(BOARDS / "sl28-4.17.log"))
    assert rows(lines, "extended region 5 of the log") == [logged_regions()[5]]
    assert rows(lines, "extended region 5 as predicted") == [(0x700200000, 0x8000000000)]
    assert rows(lines, "extended region 4") == [logged_regions()[4]]
    assert len([line for line in lines if "! overlaps extended region 5 of the log by" in line]) == 4


def test_lost_space(capsys: pytest.CaptureFixture[str]) -> None:
    """4.18 loses the last 2 MiB of a region whose hole ends at a multiple of 2 MiB.

    Of sl28's seven that of region 4 ends at 0x700100000 instead, and region 5 ends where a window lies: five are left.
    """
    lines = drawn(capsys, SL28, "--xen", "4.18", "--iommu", "--ipa-bits", "40")
    lost = [line for line in lines if "(lost)" in line]
    assert len(lost) == 5
    assert all("  2 MiB  ........ " in line for line in lost)
    assert ", 10 MiB lost" in lines[0]


@pytest.mark.parametrize(
    ("name", "used"), [("d1", 0x44000000), ("d2", 0x48000000), ("d3", 0x7E800000), ("d4", 0x80000000)]
)
def test_guests_have_the_guest_layout(name: str, used: int, capsys: pytest.CaptureFixture[str]) -> None:
    """By hand from arch-arm.h: RAM0 [0x40000000, 0x100000000), RAM1 from 8 GiB to 1 TiB, the grant region at 0x38000000."""
    lines = drawn(capsys, FOUR, "--xen", "4.22", "--ipa-bits", "40", "--domain", name)
    assert rows(lines, f"RAM bank 0 of {name}") == [(0x40000000, used)]
    assert rows(lines, "extended region 0") == [(used, 1 << 32)]
    assert rows(lines, "extended region 1") == [(8 << 30, 1 << 40)]
    assert rows(lines, f"grant region of {name}") == [(0x38000000, 0x39000000)]
    assert sum(" in GUEST_RAM0" in line for line in lines) == 2
    text = "\n".join(lines)
    assert "GICD GUEST_GICV3_GICD" in text
    assert "/memory@40000000" not in text


def test_many_holes(capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(capsys, MANY, "--xen", "4.22", "--iommu", "--ipa-bits", "44", *GIVEN)
    assert lines[0].endswith(": 64 extended regions, ~15.5 TiB of 16 TiB offered")
    for index in range(2, 60):  # one page of a device every 128 MiB from 8 GiB on
        assert rows(lines, f"extended region {index}") == [
            (0x200200000 + (index - 2) * 0x8000000, 0x208000000 + (index - 2) * 0x8000000)
        ]


def test_without_iommu_the_banks_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(
        capsys,
        *(FOUR, "--xen", "4.22", "--no-iommu", "--ipa-bits", "40", "--dom0-bank", "0x50000000-0x58000000"),
        *("--grant-table", "0x40200000+256K"),
    )
    assert rows(lines, "RAM bank 0 of d0") == [(0x50000000, 0x58000000)]
    assert rows(lines, "grant region of d0") == [(0x40200000, 0x40240000)]
    assert rows(lines, "extended region 0") == [(0x40400000, 0x50000000)]
    assert rows(lines, "extended region 1") == [(0x58000000, 0x240000000)]
    assert "Regions are offered in the host's RAM alone." in lines
    assert "!" not in "\n".join(lines)


def test_an_open_grant_region_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(
        capsys,
        *(FOUR, "--xen", "4.22", "--no-iommu", "--ipa-bits", "40", "--dom0-bank", "0x50000000-0x58000000"),
    )
    assert lines[0].endswith(": extended regions open")
    assert rows(lines, "extended region 0") == [(0x40000000, 0x50000000)]
    assert sum("? less what the grant region touches, wherever it lies" in line for line in lines) == 2


def test_what_is_not_built_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(capsys, MANY, "--xen", "4.17", "--iommu", "--ipa-bits", "44", *GIVEN)
    assert lines[1] == "  Xen does not build this domain"


@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("name", [SL28, FOUR, MANY])
def test_every_obstacle_of_a_board_is_told_once(name: str, folded: bool) -> None:
    """The counts of the rows add up to what the tree describes, dom0's RAM and grant region unknown."""
    described = board_map(read_dtb(Path(name).read_bytes(), name)).obstacles
    drawing = draw(Asked(name, release="4.22", iommu=True, ipa_bits=(48,)), folded=folded)
    begun = [each for band in drawing.picture.bands for each in band.begun]
    assert sorted(begun) == sorted(each for each in described if each.extent.size)


def test_verbose_names_every_device(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(drawn(capsys, SL28, "--xen", "4.22", "--iommu", "--ipa-bits", "48", "-v"))
    described = board_map(read_dtb(Path(SL28).read_bytes(), SL28)).obstacles
    assert len(described) > 90
    for each in described:
        assert len(re.findall(rf"  {re.escape(each.name)}(?:  |$)", text, re.M)) == 1


def test_content_tells_the_kind_and_no_suffix(
    board: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, tree = tmp_path / "header.dtb", tmp_path / "tree.h"
    header.write_text("#define GUEST_A_BASE 0x1000ULL\n#define GUEST_A_SIZE 0x1000ULL\n")
    tree.write_bytes(Path(board).read_bytes())
    assert "GUEST_A" in "\n".join(drawn(capsys, str(header)))
    assert "/pcie@100000000 reg[0]" in "\n".join(drawn(capsys, str(tree), "--iommu"))


@pytest.mark.parametrize("kind", ["blob", "source", "header"])
def test_standard_input(
    kind: str, board: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = Path(board).read_bytes()
    if kind == "source":
        content = subprocess.run(
            ["dtc", "-q", "-I", "dtb", "-O", "dts", board], check=True, capture_output=True
        ).stdout
    if kind == "header":
        content = b"#define GUEST_A_BASE 0x1000ULL\n#define GUEST_A_SIZE 0x1000ULL\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    lines = drawn(capsys, "-", "--ipa-bits", "40")
    assert lines[0].startswith("<stdin>: ")
    assert ("GUEST_A" if kind == "header" else "/intc reg[0] to /rtc@a000000") in "\n".join(lines)


def test_nothing_to_draw_is_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tree without addresses: without an interrupt controller Xen does not boot, and nothing is offered."""
    path = tmp_path / "bare.dtb"
    path.write_bytes(blob({**machine(2, 2), "intc": GIC}))
    assert run(["map", str(path), "--no-iommu"]) == 3
    assert capsys.readouterr().out.startswith(f"{path}: d0 of xen head")
    path.write_bytes(blob(machine(2, 2)))
    assert run(["map", str(path), "--iommu"]) == 0  # all of the space but the interrupt controller is offered


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["xen-4.22", "--iommu"],
            "xen-4.22: error: --iommu/--no-iommu is for device trees, and this is a layout",
        ),
        (["xen-4.22", "--domain=d0"], "xen-4.22: error: --domain is for device trees, and this is a layout"),
        ([SL28, "--base=xen-4.15"], f"{SL28}: error: --base is for layouts, and this is a device tree"),
        ([SL28, "--timeout=3"], f"{SL28}: error: --timeout is for layouts, and this is a device tree"),
        ([SL28, "--ipa-bits=39"], "error: xen head on arm64 never runs with 39 ipa bits"),
        ([SL28, "--domain=d7"], f'{SL28}: error: no domain "d7"'),
        ([SL28, "--log=no-such.log"], "no-such.log: error: cannot be read: no such file or directory"),
        (["no-such.dtb"], "no-such.dtb: error: cannot be read: no such file or directory"),
    ],
)
def test_bad_input_is_one_line_and_two(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["map", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(words)
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("size", [0, 3, 4, 40, 200, -1])
def test_a_broken_blob_is_two(
    size: int, board: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut anywhere; what has not even the magic number is taken for a header that says nothing."""
    path = tmp_path / "cut"
    path.write_bytes(Path(board).read_bytes()[:size])
    status = run(["map", str(path)])
    out, err = capsys.readouterr()
    assert status == (3 if 0 <= size < 4 else 2)
    assert "Traceback" not in err
    assert bool(out) == (0 <= size < 4)
