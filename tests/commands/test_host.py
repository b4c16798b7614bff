"""`verifier host`: what dom0 and the domains of a board get; open inputs are not proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD, document, files
from tests.reading.trees import CPUS, blob
from verifier.commands import run
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host


def test_holes_and_what_dom0_reads(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All but RAM and the GIC's 256 KiB below 2^36, by hand: the last size has more than the 32 bits of its cell."""
    arguments = [board, "--iommu", "--ipa-bits", "36", "--grant-table", "0x40200000+256K"]
    found = document(capsys, *arguments, status=1)
    (d0,) = found["domains"]
    assert [each["property"] for each in found["findings"] if each["verdict"] == "refuted"] == [
        "registers-fit"
    ]
    assert d0["extended_regions"] == [
        {"start": "0x0", "end": "0x8000000"},
        {"start": "0x8200000", "end": "0x40000000"},
        {"start": "0x80000000", "end": "0x1000000000"},
    ]
    assert d0["registers"] == [
        {"start": "0x40200000", "end": "0x40240000"},
        {"start": "0x0", "end": "0x8000000"},
        {"start": "0x8200000", "end": "0x40000000"},
        {"start": "0x80000000", "end": "0x100000000"},
    ]
    assert (d0["boots"], d0["observed"], d0["producer"]) == (True, None, "find_memory_holes")


def test_unallocated_memory(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [board, "--no-iommu", "--ipa-bits=40", "--grant-table=0x40200000-0x40240000"]
    (d0,) = document(capsys, *arguments, "--dom0-bank=0x50000000+256M")["domains"]
    assert d0["extended_regions"] == [
        {"start": "0x40400000", "end": "0x50000000"},
        {"start": "0x60000000", "end": "0x80000000"},
    ]
    assert d0["banks"] == [{"start": "0x50000000", "end": "0x60000000"}]


def test_what_is_open_and_does_not_matter(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever dom0's memory lies, what it is offered is sound and complete, and it is built."""
    (d0,) = document(capsys, board, "--no-iommu", "--ipa-bits=40")["domains"]
    assert (d0["extended_regions"], d0["registers"], d0["boots"]) == (None, None, True)
    assert d0["reasons"] == ["the RAM banks of the domain are not known"]


def test_an_open_input_that_matters_is_three(in_doubt: str, capsys: pytest.CaptureFixture[str]) -> None:
    (d0,) = document(capsys, in_doubt, "--no-iommu", "--ipa-bits=40", status=3)["domains"]
    assert (d0["extended_regions"], d0["registers"], d0["boots"]) == (None, None, None)


def test_room_in_dom0s_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """DOM0_FDT_EXTRA_SIZE (ad6f396a3f): without the filler that Xen leaves out, 144 bytes are too few, 4240 are not."""
    board = dict(BOARD)
    board["cpus"] = {"cpu": CPUS["cpu"]}
    path = tmp_path / "host.dtb"
    path.write_bytes(blob(board))
    arguments = [
        str(path),
        "--iommu",
        "--ipa-bits=36",
        "--grant-table=0x40200000+256K",
        "--dom0-bank=0x50000000+256M",
    ]
    (old,) = document(capsys, *arguments, "--xen=4.21.2", status=1)["domains"]
    (new,) = document(capsys, *arguments, "--xen=4.22.0", status=1)["domains"]
    assert (old["boots"], new["boots"]) == (False, True)
    assert (old["registers"], old["extended_regions"]) == (None, new["extended_regions"])
    size, room = old["tree"]["size"][0], old["tree"]["room"][0]
    assert room == path.stat().st_size + 144
    assert old["tree"] == {"size": [size, size], "room": [room, room], "fits": False, "open": []}
    assert old["reasons"] == [
        f"prepare_dtb_hwdom: the device tree does not fit: it needs {size} bytes, the buffer has {room}; "
        "from 4.22.0 on there are 4096 more"
    ]


def test_every_width_and_both_settings(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, board, status=1)["domains"]  # sizes do not fit the cell
    assert [(each["ipa_bits"], each["iommu"]) for each in found] == [
        (bits, iommu) for bits in (32, 36, 40, 42, 44, 48) for iommu in (False, True)
    ]


@pytest.mark.parametrize(("arguments", "message"), [
    (["--ipa-bits=39"], "never runs with 39 ipa bits"), (["--ram=1-1"], '"1-1" ends where it starts'),
    (["--dom0-bank=0x10"], '"0x10" is no range'), (["--grant-table=2-1"], '"2-1" ends before it starts'),
    (["--domain=d7"], 'no domain "d7"; there are d0'), (["--xen=4.3"], "no layout macros"),
    (["--log=/no/such/log"], "/no/such/log: error: cannot be read"), (["--xen=4.15"], "is modelled from 4.16.0 on"),
])  # fmt: skip
def test_bad_input(
    board: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["host", board, *arguments]) == 2
    assert message in capsys.readouterr().err


def test_no_device_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "host.dtb"
    path.write_bytes(b"hello")
    assert run(["host", str(path)]) == 2
    assert f"{path}: error: " in capsys.readouterr().err


def test_without_the_place_of_the_grant_region(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The issue's first question. 1 GiB from 1 GiB on, dom0 has its second quarter and a module lies in the first."""
    arguments = [board, "--xen=4.17", "--no-iommu", "--ipa-bits=40", "--dom0-bank=0x50000000-0x70000000"]
    (d0,) = document(capsys, *arguments, status=0)["domains"]
    assert (d0["extended_regions"], d0["registers"], d0["boots"]) == (None, None, True)
    assert d0["every_place"] == {
        "grant_region_size": {"min": "0x1000", "max": "0x40000"},
        "at_most": [
            {"start": "0x40000000", "end": "0x50000000"},
            {"start": "0x70000000", "end": "0x80000000"},
        ],
        "certain": [],
        "lost_before_rounding": "0x0",
        "size_at_least": "0x1be00000",
    }
    high = {"start": "0x70000000", "end": "0x80000000"}
    first, second = [each for each in d0["regimes"] if each["extended_regions"] == [high]][:2]
    assert first == {
        "grant_region": [
            {
                "start": {"min": "0x40000000", "max": "0x43fff000"},
                "end": {"min": "0x40001000", "max": "0x4403f000"},
            }
        ],
        "extended_regions": [high],
        "below": None,
        "above": {"start": {"min": "0x40200000", "max": "0x44200000"}, "end": "0x50000000"},
    }
    # The kernel's 64 KiB at 0x48000000 keep Xen's text out.
    assert [(each["start"]["min"], each["end"]["max"]) for each in second["grant_region"]] == [
        ("0x44000000", "0x48000000"),
        ("0x48010000", "0x4c000000"),
    ]
    assert run(["host", *arguments]) == 0
    said = capsys.readouterr().out
    assert "wherever it lies 446 MiB or more are left (-v: place by place)\n  other regions:\n" in said
    assert run(["host", *arguments, "-v"]) == 0
    said = capsys.readouterr().out
    assert "wherever it lies 446 MiB or more are left:\n    touching [0x40000000, 0x50000000):\n" in said
    assert (
        "      start up to 0x43fff000, end up to 0x4403f000: left [its end rounded up, 0x50000000)\n" in said
    )


def test_the_grant_region_of_few_frames(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        board,
        "--no-iommu",
        "--ipa-bits=40",
        "--dom0-bank=0x50000000+256M",
        "--grant-table=0x40200000+4K",
    ]
    found = document(capsys, *arguments, status=1)
    (d0,) = found["domains"]
    assert (d0["regimes"], d0["every_place"]) == ([], None)
    (short,) = [each for each in found["findings"] if each["verdict"] == "refuted"]
    assert short["property"] == "minimum-size"  # one frame of the 64 that gnttab_max_frames is by default


def test_a_tree_without_memory_is_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Boards' trees as shipped: their boot loader writes the size."""
    path = tmp_path / "host.dtb"
    path.write_bytes(blob({**BOARD, "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0]}}))
    arguments = [str(path), "--no-iommu", "--ipa-bits=40", "--dom0-bank=0x50000000+256M"]
    (d0,) = document(capsys, *arguments, status=3)["domains"]
    assert "the host's memory is not known" in d0["reasons"][0]
    (d0,) = document(capsys, *arguments, "--ram=0x40000000+1G")["domains"]
    assert len(d0["regimes"]) == 6


def test_widths_with_one_answer_are_shown_once(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [board, "--no-iommu", "--dom0-bank=0x50000000+256M", "--grant-table=0x40200000+256K"]
    assert run(["host", *arguments]) == 0
    assert capsys.readouterr().out.count("d0: 32, 36, 40, 42, 44 or 48 ipa bits") == 1


def test_the_regions_of_a_guest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A vGICv3, a console and a page for xenstore; the last is known by name only where dom0 makes it."""
    tree, log, _ = files(tmp_path, "du-small4-head")
    d1 = document(capsys, tree, "--log", log, "--domain=d1")["domains"][0]
    assert d1["regions"] == [
        {"name": "GICD", "start": "0x3001000", "end": "0x3011000", "origin": "GUEST_GICV3_GICD"},
        {"name": "GICR", "start": "0x3020000", "end": "0x4020000", "origin": "GUEST_GICV3_GICR0"},
        {"name": "vPL011", "start": "0x22000000", "end": "0x22001000", "origin": "GUEST_PL011"},
        {
            "name": "xenstore page",
            "start": "0x39001000",
            "end": "0x39002000",
            "origin": "GUEST_MAGIC, by alloc_xenstore_page",
        },
    ]
    assert run(["host", tree, "--log", log, "--domain=d1"]) == 0
    assert "    GICR           [0x3020000, 0x4020000)    GUEST_GICV3_GICR0\n" in capsys.readouterr().out


def test_the_first_line_says_what_is_open(
    board: str, in_doubt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With IOMMU, an open grant region lies in RAM, none of which is offered: that is no open question."""
    arguments = ["host", board, "--dom0-bank=0x50000000+256M", "--quiet"]
    end = "1 domain of xen head (release build)\n"
    assert run([*arguments, "--ipa-bits=32", "--iommu"]) == 0
    assert capsys.readouterr().out == f"{board}: sound and complete; {end}"
    assert run([*arguments, "--ipa-bits=40", "--no-iommu"]) == 0
    assert capsys.readouterr().out == f"{board}: sound and complete; {end}"
    assert run(["host", in_doubt, "--quiet", "--ipa-bits=40", "--no-iommu"]) == 3
    assert capsys.readouterr().out.startswith(f"{in_doubt}: open: built of d0; 1 domain of xen head ")
    assert run([*arguments, "--ipa-bits=40", "--iommu"]) == 1
    assert capsys.readouterr().out == f"{board}: refuted: d0 is unsound (registers-fit); {end}"


@pytest.mark.parametrize(("expect", "status"), [("proved", 3), ("unknown", 0), ("refuted", 3)])
def test_an_expected_verdict(in_doubt: str, expect: str, status: int) -> None:
    arguments = ["host", in_doubt, "--ipa-bits=40", "--no-iommu"]
    assert run([*arguments, f"--expect={expect}"]) == status


def test_a_guest_that_cannot_be_built_below_an_iommu_that_it_does_not_have(tmp_path: Path) -> None:
    """1 KiB is no whole page. The guest's setting is not the host's, and repairs are tried under the host's."""
    kernel = {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0, 0x48100000, 0x10000]}
    guest = {"compatible": "xen,domain", "#size-cells": [1], "memory": [0, 1], "cpus": [1], "k": kernel}
    path = tmp_path / "host.dtb"
    path.write_bytes(blob({**BOARD, "chosen": {**BOARD["chosen"], "d": guest}}))
    report = host(Asked(str(path), release="4.17", iommu=True, ipa_bits=(40,)))
    (found,) = (each for each in report.findings if each.domain == "d1" and each.verdict == "refuted")
    assert found.settings == ((40, False),)
    assert "1024 bytes are no whole pages" in found.message
