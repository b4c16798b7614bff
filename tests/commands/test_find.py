"""`verifier find`: the issue's examples by hand, and everything that is refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.schema import valid_document
from verifier.commands import run

M, G = 1 << 20, 1 << 30


def found(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["find", *arguments, "--format", "json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(document)
    assert document["verdict"] == {0: "proved", 1: "refuted", 3: "unknown"}[status]
    return document


def region(name: str, start: int, size: int) -> dict[str, str]:
    return {"name": name, "start": hex(start), "end": hex(start + size)}


def test_the_largest(capsys: pytest.CaptureFixture[str]) -> None:
    """Below 4 GiB: from the end of GICv3's redistributors, rounded up, to the ECAM at 256 MiB."""
    document = found(capsys, "--in=xen-4.22", "--region=GUEST_SAFE_RANGE", "--size=max", "--align=2M")
    assert document["regions"] == [region("GUEST_SAFE_RANGE", 0x4200000, 190 * M)]
    assert document["defines"] == {"GUEST_SAFE_RANGE_BASE": "0x4200000", "GUEST_SAFE_RANGE_SIZE": "0xbe00000"}
    assert "no-overlap" in document["proved"]
    assert {each["property"] for each in document["remaining"]} == {
        "within-ipa"
    }  # RAM1 and a vPCI window at 32 bits


@pytest.mark.parametrize(
    ("bits", "start", "size"),
    [
        # Above RAM1, which ends at 1 TiB, to the end of the address space.
        (42, 1 << 40, (1 << 42) - (1 << 40)),
        (48, 1 << 40, (1 << 48) - (1 << 40)),
        # RAM1 fills 40 bits; between the vPCI windows and RAM nothing is larger than 190 MiB.
        (40, 0x4200000, 190 * M),
    ],
)
def test_the_largest_by_width(bits: int, start: int, size: int, capsys: pytest.CaptureFixture[str]) -> None:
    document = found(capsys, "--in=xen-4.22", "--region=GUEST_X", "--size=max", f"--ipa-bits={bits}")
    assert document["regions"] == [region("GUEST_X", start, size)]
    assert document["unreached"] == ({} if bits == 40 else {"GUEST_X": ["aarch32-short", "aarch32-lpae"]})


def test_guests_that_have_to_reach_it(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--in=xen-4.22", "--region=GUEST_X", "--size=64G", "--ipa-bits=48")
    (free,) = found(capsys, *arguments)["regions"]
    assert int(free["start"], 16) == 1 << 40
    found(capsys, *arguments, "--guests=aarch64-4k,aarch32-lpae", status=1)
    found(capsys, *arguments, "--guests=aarch32-short", status=1)


def test_ram_gives_way(capsys: pytest.CaptureFixture[str]) -> None:
    """128 GiB off the end of RAM1, which is the end of 40 bits: what the mail of 2021 meant."""
    document = found(
        capsys,
        "--in=xen-4.22",
        "--region=GUEST_SAFE",
        "--size=128G",
        "--may-shrink=GUEST_RAM1",
        "--ipa-bits=40",
    )
    assert document["regions"] == [region("GUEST_SAFE", 0xE000000000, 128 * G)]
    assert document["changed"] == [{**region("GUEST_RAM1", 0x200000000, 888 * G), "lost": hex(128 * G)}]
    assert document["changes"] == {"GUEST_RAM1_SIZE": "0xde00000000"}
    assert "capacity" not in document["proved"]
    prices = {
        each["property"]: each["message"] for each in document["prices"] if each["verdict"] == "refuted"
    }
    assert "891 GiB" in prices["capacity"]  # of 1019 GiB: T13
    kept = ("--may-shrink=GUEST_RAM1=900G",)
    found(capsys, "--in=xen-4.22", "--region=GUEST_SAFE", "--size=128G", *kept, "--ipa-bits=40", status=1)


def test_a_region_moves(capsys: pytest.CaptureFixture[str]) -> None:
    """256 MiB below 1 GiB: the ECAM has to make room, and finds none below 4 GiB unless RAM makes some."""
    asked = ("--in=xen-4.22", "--region=GUEST_FOO", "--size=256M", "--below=1G")
    assert found(capsys, *asked, status=1)["regions"] == []
    moving = ("--may-move=GUEST_VPCI_ECAM",)
    found(capsys, *asked, *moving, status=1)
    document = found(capsys, *asked, *moving, "--may-shrink=GUEST_RAM0", "--ipa-bits=40")
    assert document["regions"] == [region("GUEST_FOO", 0x4200000, 256 * M)]
    assert {each["name"]: each["lost"] for each in document["changed"]} == {
        "GUEST_RAM0": hex(256 * M),
        "GUEST_VPCI_ECAM": "0x0",
    }
    assert document["changes"] == {"GUEST_RAM0_SIZE": "0xb0000000", "GUEST_VPCI_ECAM_BASE": "0xf0000000"}


def test_less_ram_below_4_gib_costs_guests_where_there_is_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    """With 32 bits all RAM that a guest can use is in RAM0, whatever lies beyond: what is cut is the price, told so."""
    asked = (
        "--in=xen-4.22",
        "--region=GUEST_FOO",
        "--size=256M",
        "--above=1G",
        "--below=4G",
        "--may-shrink=GUEST_RAM0",
    )
    document = found(capsys, *asked)
    assert document["changes"] == {"GUEST_RAM0_SIZE": "0xb0000000"}
    (price,) = (each["message"] for each in document["prices"] if each["property"] == "capacity")
    assert price.startswith(
        "the largest guest shrinks from 0xc0000000 (3 GiB) to 0xb0000000 (2816 MiB), by 256 MiB"
    )
    assert price.endswith("with 32 ipa bits")
    assert ("within-ipa", ["GUEST_RAM1"]) in [
        (each["property"], each["subjects"]) for each in document["remaining"]
    ]


def test_several_regions(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("--region=GUEST_A", "--region=GUEST_B")
    document = found(capsys, "--in=xen-4.22", *names, "--size=64M", "--size=max", "--below=4G", "--align=2M")
    assert document["regions"] == [
        region("GUEST_A", 0x33000000, 64 * M),  # so that the largest stretch is left to the other
        region("GUEST_B", 0x4200000, 190 * M),
    ]


def test_regions_of_different_guests_share(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is as large as the one stretch: no guest has GICv2 and GICv3."""
    names = ("--region=GUEST_V2", "--region=GUEST_V3", "--when=gic=2", "--when=gic=3")
    document = found(capsys, "--in=xen-4.22", *names, "--size=190M", "--above=0x4200000")
    assert len({(each["start"], each["end"]) for each in document["regions"]}) == 1
    assert [each["when"]["value"] for each in document["asked"]] == [2, 3]
    assert run(["find", "--in=xen-4.22", *names, "--size=190M"]) == 0
    text = capsys.readouterr().out
    assert "\nGUEST_V2 is there in guests with GICv2 only; no header says so" in text
    assert "\nGUEST_V3 is there in guests with GICv3 only; no header says so" in text


def test_ram_without_a_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The header of 4.4.0 tells only where RAM starts: below it there is room, above it nothing is known."""
    header = tmp_path / "arch-arm.h"
    header.write_text(
        "#define GUEST_GNTTAB_BASE 0x400000\n#define GUEST_GNTTAB_SIZE 0x200000\n#define GUEST_RAM_BASE 0x80000000\n"
    )
    arguments = (f"--in={header}", "--xen=4.4", "--region=GUEST_X", "--size=2M")
    assert found(capsys, *arguments)["regions"] == [region("GUEST_X", 2 * M, 2 * M)]
    document = found(capsys, *arguments, "--above=3G", status=3)
    assert document["reason"] == "GUEST_RAM has no size: whether there is room above 0x80000000 is not known"
    assert run(["find", *arguments, "--may-shrink=GUEST_RAM"]) == 2


def test_address_0_is_no_place(capsys: pytest.CaptureFixture[str]) -> None:
    """[0, 2 MiB) would satisfy all that was asked, so that it is not given has to be told; nowhere else."""
    assert run(["find", "--in=xen-4.22", "--region=GUEST_X", "--size=2M", "--below=2M", "--above=0"]) == 1
    told = "GUEST_X cannot start at 0 either: no guest has anything there\n"
    assert told in capsys.readouterr().out
    assert run(["find", "--in=xen-4.22", "--region=GUEST_X", "--size=2M", "--above=4G"]) == 1
    assert told not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("latin", "end", "applies"), [("", "\n", True), ("", "\r\n", True), (" /* caf\xe9 */", "\n", False)]
)
def test_the_diff_as_it_is_printed(latin: str, end: str, applies: bool, tmp_path: Path) -> None:
    """With the line ends of its header; what cannot be printed is told, and JSON has it byte by byte."""
    lines = [
        "#define GUEST_GNTTAB_BASE 0x38000000ULL",
        f"#define GUEST_GNTTAB_SIZE 0x01000000ULL{latin}",
        "#define GUEST_RAM0_BASE 0x40000000ULL",
        "#define GUEST_RAM0_SIZE 0xc0000000ULL",
        "",
    ]
    header, report, told = tmp_path / "a.h", tmp_path / "out.txt", tmp_path / "out.json"
    header.write_bytes(end.join(lines).encode("latin-1"))
    formats = (f"--format=text={report}", f"--format=json={told}")
    assert run(["find", f"--in={header}", "--region=GUEST_FOO", "--size=2M", "--align=64K", *formats]) == 0
    text = report.read_bytes()
    printed = text[text.index(b"diff --git") : text.index(b"\n/*\n * GUEST_FOO_BASE")]
    assert (b"not printed: take the diff from --format json" in text) is not applies
    exact = json.loads(told.read_text(encoding="utf-8"))["c"]["diff"].encode("latin-1")
    assert (printed.rstrip() == exact.rstrip()) is applies
    for diff in [exact, printed] if applies else [exact]:
        apply = ["git", "apply", "--check", "-"]
        subprocess.run(apply, input=diff, cwd=tmp_path, check=True)


def test_what_differs_from_the_baseline_anyway_is_no_price(capsys: pytest.CaptureFixture[str]) -> None:
    """4.15 has no PCI, as 4.22 has; only what gives way for the region is its price."""
    asked = ("--in=xen-4.15", "--base=xen-4.22", "--region=GUEST_FOO", "--size=128M")
    document = found(capsys, *asked)
    assert document["prices"] == []
    gone = [each["subjects"] for each in document["remaining"] if each["property"] == "stable"]
    assert ["GUEST_VPCI_ECAM"] in gone
    document = found(capsys, *asked, "--ipa-bits=40", "--above=8G", "--may-shrink=GUEST_RAM1")
    assert {each["property"] for each in document["prices"]} == {"capacity", "stable"}
    assert {subject for each in document["prices"] for subject in each["subjects"]} <= {
        "GUEST_RAM1",
        "GUEST_RAM_MAX",
    }


def test_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", "--in", "xen-4.22", "--region", "GUEST_FOO", "--size", "256M", "--below", "1G"]) == 1
    text = capsys.readouterr().out
    assert text.startswith("xen-4.22.0: GUEST_FOO (256 MiB) fits nowhere: proved\n")
    assert "  GUEST_FOO ends at or below 0x40000000: --below\n" in text
    assert "  GUEST_VPCI_ECAM [0x10000000, 0x20000000) is taken, models/releases/4.19.0.toml:28\n" in text
    assert "  GUEST_FOO has only 0xbe00000 (190 MiB), 66 MiB less than 256 MiB\n" in text
    assert run(["find", "--in", "xen-4.22", "--region", "GUEST_FOO", "--size", "2M", "-q"]) == 0
    assert capsys.readouterr().out == (
        "xen-4.22.0: GUEST_FOO [0x200000, 0x400000) (2 MiB) fits, proved for every configuration\n"
    )


def test_two_conflicts(capsys: pytest.CaptureFixture[str]) -> None:
    """256 MiB below 1 GiB have 190 MiB at most; above 4 GiB a vPCI window and RAM1 fill 40 bits: no change helps both."""
    asked = ("--in=xen-4.22", "--region=GUEST_A", "--region=GUEST_B", "--size=256M", "--size=8G", "--ipa-bits=40",
             "--below=1G", "--below=1T", "--above=0", "--above=4G")  # fmt: skip
    document = found(capsys, *asked, status=1)
    assert {each["name"] for each in document["reasons"]} >= {"GUEST_A"}
    assert [
        {each["name"] for each in reasons} & {"GUEST_A", "GUEST_B"} for reasons in document["other_reasons"]
    ] == [{"GUEST_B"}]
    assert document["relaxations"] == []
    assert document["all_tried"]
    prices = {
        tuple((one["name"], one["kind"]) for one in each["changes"]): int(each["price"], 16)
        for each in document["combinations"]
    }
    assert prices[("GUEST_A", "smaller"), ("GUEST_RAM1", "cut")] == 66 * M + 8 * G
    assert run(["find", *asked]) == 1
    text = capsys.readouterr().out
    assert text.startswith("xen-4.22.0: GUEST_A (256 MiB) and GUEST_B (8 GiB) do not both fit: proved\n")
    assert "\nnor can these, whatever becomes of those:\n  GUEST_B has 0x200000000 (8 GiB)\n" in text
    assert "\nno single change makes room; each of these lines does:\n" in text
    assert (
        "  GUEST_A has only 0xbe00000 (190 MiB), 66 MiB less than 256 MiB; and "
        "GUEST_RAM1 [0x200000000, 0x10000000000) gives up its last 0x200000000 (8 GiB)\n"
    ) in text


def test_neighbours_are_there_at_the_same_time(capsys: pytest.CaptureFixture[str]) -> None:
    """In a GICv2 guest nothing of GICv3 is beside the region, though it lies in [0x3001000, 0x4020000)."""
    asked = ("--in=xen-4.22", "--region=GUEST_V2", "--size=2M", "--above=0x3000000")
    document = found(capsys, *asked, "--when=gic=2")
    assert document["regions"] == [region("GUEST_V2", 0x3200000, 2 * M)]
    told = "\n".join(document["c"]["comment"] + document["c"]["asserts"])
    assert "at or above the end of GUEST_GICC" in told.replace("\n * ", " ")
    assert "the start of GUEST_VPCI_ECAM" in told.replace("\n * ", " ")
    assert "GICV3" not in told
    for condition, below in (("gic=3", "GUEST_GICV3_GICR0"), ("vpci=1", "GUEST_GICV3_GICR0")):
        document = found(capsys, *asked, f"--when={condition}")
        assert document["regions"] == [region("GUEST_V2", 0x4200000, 2 * M)]
        assert f"at or above the end of {below}" in "\n".join(document["c"]["comment"]).replace("\n * ", " ")


def test_a_condition_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    (asked,) = found(capsys, "--in=xen-4.22", "--region=GUEST_V", "--size=2M", "--when=virtio=1")["asked"]
    assert asked["when"] == {"dimension": "virtio", "value": 1, "at_least": True}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--region=FOO", "--size=2M"], '"FOO" cannot be a region: expected GUEST_ and capitals'),
        (["--region=GUEST_FOO_BASE", "--size=2M"], "cannot be a region"),
        (["--region=GUEST_RAM2", "--size=2M"], "GUEST_RAM2 would be a RAM window"),
        (["--region=GUEST_GNTTAB", "--size=2M"], "GUEST_GNTTAB_BASE is defined already (models/releases/"),
        (["--region=GUEST_A", "--region=GUEST_A", "--size=2M"], "GUEST_A is asked for twice"),
        (["--region=GUEST_A", "--size=3M"], "is no multiple of the alignment, 0x200000 (2 MiB)"),
        (["--region=GUEST_A", "--size=0"], "Invalid value for '--size': "),
        (["--region=GUEST_A", "--size=2M", "--align=3K"], "an alignment of 0xc00 (3 KiB) is no power of two"),
        (["--region=GUEST_A", "--size=2M", "--align=2K"], "is less than a page, 0x1000 (4 KiB): no guest can map it"),
        (["--region=GUEST_A", "--size=2M", "--size=4M"], "--size is given 2 times for 1 region: once, or once for each."),
        (["--region=GUEST_A", "--size=huge"], "Invalid value for '--size': "),
        (["--region=GUEST_A", "--size=2M", "--guests=linux"], 'no guest "linux" whose reach is known; there are '),
        (["--region=GUEST_A", "--size=2M", "--when=gic=4"], '"gic=4" is no condition; expected gic=2, gic=3'),
        (["--region=GUEST_A", "--size=2M", "--may-shrink=GUEST_B"], "no region GUEST_B; there are GUEST_ACPI"),
        (["--region=GUEST_A", "--size=2M", "--may-shrink=GUEST_RAM0=8G"], "it cannot keep 0x200000000 (8 GiB)"),
        (["--region=GUEST_A", "--size=2M", "--may-move=GUEST_B"], "no region GUEST_B; there are GUEST_ACPI"),
        (["--region=GUEST_A"], "Missing option '--size'"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", "--in=xen-4.22", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_region_is_cut_to_one_bound(capsys: pytest.CaptureFixture[str]) -> None:
    twice = ("--may-shrink=GUEST_RAM1=1G", "--may-shrink=GUEST_RAM1=2G")
    assert run(["find", "--in=xen-4.22", "--region=GUEST_A", "--size=128G", *twice]) == 2
    assert "--may-shrink names GUEST_RAM1 twice" in capsys.readouterr().err


def test_a_region_in_the_way_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = tmp_path / "small.h"
    ram = "#define GUEST_RAM0_BASE 0x40000000ULL\n#define GUEST_RAM0_SIZE 0x40000000ULL\n"
    header.write_text(f"\n#define GUEST_OTHER_BASE 0x200000\n#define GUEST_OTHER_SIZE 0x1000\n{ram}")
    asked = ("--region=GUEST_A", "--size=2M", "--below=4M", "--above=2M")
    document = found(capsys, f"--in={header}", *asked, status=1)
    taken = [each["text"] for each in document["reasons"] if each["kind"] == "block"]
    assert taken == [f"GUEST_OTHER [0x200000, 0x201000) is taken, {header}:2"]
