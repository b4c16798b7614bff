"""`verifier find --placement`: the end of the address space and other places that follow from the configuration.

Expected numbers are from the layouts by hand: since 4.5 RAM0 is [1 GiB, 4 GiB) and RAM1 [8 GiB, 1 TiB); since 4.15 PCI has
[4 GiB, 8 GiB); 4.16 and later offer what a guest leaves of the windows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.schema import valid_document
from verifier.commands import run
from verifier.layout.region import When
from verifier.logic.solver import Answer, Solver
from verifier.logic.term import Truth
from verifier.reading.request import Request, load
from verifier.xen import top_of_space
from verifier.xen.outcome import Span

M, G, T = 1 << 20, 1 << 30, 1 << 40
WIDTHS = (32, 36, 40, 42, 44, 48)


def found(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["find", *arguments, "--format", "json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(document)
    assert document["verdict"] == {0: "proved", 1: "refuted", 3: "unknown"}[status]
    return document


def rows(document: dict[str, Any], reading: str) -> dict[int, dict[str, Any]]:
    """By width."""
    (table,) = (each for each in document["tried"][0]["tables"] if each["reading"] == reading)
    return {row["ipa_bits"]: row for row in table["widths"]}


def numbers(document: dict[str, Any], reading: str, key: str) -> list[int]:
    return [int(row[key], 16) for row in rows(document, reading).values()]


def test_the_last_two_gib_with_extended_regions(capsys: pytest.CaptureFixture[str]) -> None:
    """Whole windows: RAM0 is the end of 32 bits, RAM1 that of 36 and 40; above 1 TiB is nothing."""
    document = found(capsys, "--in=xen-4.22", "--placement=top", "--size=2G", status=1)
    assert document["reading"] == "windows"
    (tried,) = document["tried"]
    assert tried["regimes"] == [{"ipa_bits": [32, 36, 40]}]
    assert tried["moved"] is None
    worst = tried["counterexample"]
    assert worst["configuration"]["ipa_bits"] == 32
    assert (worst["region"]["start"], worst["region"]["end"]) == ("0x80000000", "0x100000000")
    assert (worst["other"]["name"], worst["shared"]["size"]) == ("GUEST_RAM0", hex(2 * G))
    assert numbers(document, "windows", "largest") == [0, 0, 0, 3 * T, 15 * T, 255 * T]
    met = [row["counterexample"] for row in rows(document, "windows").values()]
    assert [each and each["with"] for each in met] == [
        "GUEST_RAM0",
        "GUEST_RAM1",
        "GUEST_RAM1",
        None,
        None,
        None,
    ]
    assert [each and each["shared"]["start"] for each in met[:3]] == [
        hex((1 << bits) - 2 * G) for bits in WIDTHS[:3]
    ]


@pytest.mark.parametrize("release", ["4.22", "4.15"])
def test_the_last_two_gib_beside_used_ram(release: str, capsys: pytest.CaptureFixture[str]) -> None:
    """RAM0 reaches 2 GiB with 1 GiB of memory; RAM1 the last 2 GiB of 36 and 40 bits with 57 and 1017 GiB."""
    document = found(capsys, f"--in=xen-{release}", "--placement=top", "--size=2G", status=1)
    assert document["reading"] == ("windows" if release == "4.22" else "used")
    most = [int(row["most_memory"], 16) for row in rows(document, "used").values()]
    assert numbers(document, "used", "memory") == [1 * G, 57 * G, 1017 * G, *most[3:]]
    stops = [row["stopped_by"] for row in rows(document, "used").values()]
    assert stops == [["GUEST_RAM0"], *[["GUEST_RAM1"]] * 5]


@pytest.mark.parametrize("release", ["4.8", "4.15", "4.22"])
def test_largest_sizes_are_those_of_the_theorem(release: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The closed form that `verifier prove` proves, rounded down to 2 MiB."""
    document = found(capsys, f"--in=xen-{release}", "--placement=top", "--size=2G", status=1)
    layout = load(Request(f"xen-{release}")).layout
    windows = [Span(bank.start, bank.size or 0) for bank in layout.banks]
    compared = 0
    for bits, row in rows(document, "used").items():
        others = top_of_space.end_of(1 << bits, [Span(each.start, each.size) for each in layout.regions])
        for pair in row["by_memory"]:
            memory, largest = int(pair["memory"], 16), int(pair["largest"], 16)
            most = top_of_space.most(1 << bits, windows, memory, others)
            assert isinstance(most, int)
            assert largest == most // (2 * M) * 2 * M, (bits, memory)
            compared += 1
    assert compared >= 25


@pytest.mark.parametrize(("bits", "size"), [(42, 3 * T), (44, 15 * T), (48, 255 * T)])
def test_the_most_there_is(bits: int, size: int, capsys: pytest.CaptureFixture[str]) -> None:
    """All above RAM1; a unit more meets it. 32-bit guests do not reach it."""
    top = ("--in=xen-4.22", "--placement=top", f"--ipa-bits={bits}")
    (tried,) = found(capsys, *top, "--size=max")["tried"]
    assert int(tried["size"], 16) == size
    assert tried["unreached"] == ["aarch32-short", "aarch32-lpae"]
    found(capsys, *top, f"--size={size}")
    (tried,) = found(capsys, *top, f"--size={size + 2 * M}", status=1)["tried"]
    assert tried["counterexample"]["with"] == "GUEST_RAM1"
    assert int(tried["counterexample"]["shared"]["size"], 16) == 2 * M
    (tried,) = found(capsys, *top, "--size=2M", "--guests=aarch64-4k,aarch32-lpae", status=1)["tried"]
    assert tried["counterexample"]["with"] == "page tables of aarch32-lpae guests"


def test_not_the_end_but_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    """With 40 bits the least distance is down to the ECAM, at 256 MiB: between it and GICv3 are 190 MiB."""
    asked = ("--in=xen-4.22", "--placement=top", "--ipa-bits=40")
    (tried,) = found(capsys, *asked, "--size=190M", status=1)["tried"]
    assert tried["moved"] == hex(T - 256 * M)
    (tried,) = found(capsys, *asked, "--size=192M", status=1)["tried"]
    assert tried["moved"] is None


def test_behind_ram(capsys: pytest.CaptureFixture[str]) -> None:
    """Behind whole windows that is 1 TiB; behind used RAM, in 4.22, PCI's window at 4 GiB: 2 GiB with 1 GiB of memory."""
    after = ("--in=xen-4.22", "--placement=after-ram", "--size=2G")
    document = found(capsys, *after, status=1)
    assert numbers(document, "windows", "largest") == [0, 0, 0, 3 * T, 15 * T, 255 * T]
    assert numbers(document, "used", "memory") == [G] * 6
    assert rows(document, "used")[48]["stopped_by"] == ["GUEST_VPCI_PREFETCH_MEM"]
    found(capsys, *after, "--ipa-bits=42", "--ipa-bits=48")
    asked = ("--in=xen-4.12", "--placement=after-ram")  # without PCI nothing is from 4 GiB to 8 GiB
    (tried,) = found(capsys, *asked, "--ipa-bits=44", "--size=max")["tried"]
    assert int(tried["size"], 16) == 15 * T  # behind most memory, RAM1 whole
    found(capsys, *asked, "--ipa-bits=40", "--size=2M", status=1)


def test_tails(capsys: pytest.CaptureFixture[str]) -> None:
    """The last of 1019 GiB of memory are in RAM1's tail; RAM0's is used from 1 GiB on. 32 and 36 bits do not have RAM1's."""
    document = found(capsys, "--in=xen-4.15", "--placement=tail", "--size=2G", status=1)
    assert [each["bank"] for each in document["tried"]] == ["GUEST_RAM1", "GUEST_RAM0"]
    assert numbers(document, "used", "memory") == [0, 0, *[1017 * G] * 4]
    assert numbers(document, "windows", "memory") == [0] * 6
    assert rows(document, "used")[36]["counterexample"]["with"] == "end of the address space"
    low = document["tried"][1]["tables"][0]["widths"]
    assert [int(row["memory"], 16) for row in low] == [G] * 6


@pytest.mark.parametrize("bits", WIDTHS)
def test_a_fixed_base_is_that_of_find(bits: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Two searches that share no code: there, blocks of address space are packed."""
    asked = ("--in=xen-4.22", "--size=max", f"--ipa-bits={bits}")
    (placed,) = found(capsys, *asked, "--region=GUEST_X")["regions"]
    (tried,) = found(capsys, *asked, "--placement=fixed")["tried"]
    assert (tried["offset"], int(tried["size"], 16)) == (
        placed["start"], int(placed["end"], 16) - int(placed["start"], 16),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("release", "size"), [("4.22", "2M"), ("4.15", "2G"), ("4.22", "1000G"), ("4.8", "1M")]
)
def test_what_is_met_is_in_the_address_space_of_the_guest(
    release: str, size: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """RAM1 ends at 1 TiB: a guest of 32 bits has nothing there, and a region there is beyond its end."""
    asked = (f"--in=xen-{release}", "--placement=tail", f"--size={size}", "--align=1M")
    for tried in found(capsys, *asked, status=1)["tried"]:
        told = [
            tried["counterexample"],
            *(row["counterexample"] for table in tried["tables"] for row in table["widths"]),
        ]
        for each in filter(None, told):
            limit = 1 << each["configuration"]["ipa_bits"]
            if each["with"] != "end of the address space":
                assert int(each["shared"]["end"], 16) <= limit, each
            else:
                assert int(each["shared"]["start"], 16) >= limit, each


def test_no_fixed_base(capsys: pytest.CaptureFixture[str]) -> None:
    """2 GiB: in RAM1's tail a base serves guests with up to 57 GiB in 36 bits, 1017 GiB in 40."""
    document = found(capsys, "--in=xen-4.22", "--placement=fixed", "--size=2G", status=1)
    most = int(rows(document, "used")[42]["most_memory"], 16)
    assert numbers(document, "used", "memory") == [G, 57 * G, 1017 * G, most, most, most]
    assert numbers(document, "windows", "largest") == [190 * M] * 3 + [3 * T, 15 * T, 255 * T]


def test_regions_that_only_some_guests_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A region of GICv2 is in the way, of GICv2 guests alone."""
    header = tmp_path / "arch-arm.h"
    header.write_text(
        "#define GUEST_GICD_BASE 0xff000000\n#define GUEST_GICD_SIZE 0x1000\n"
        "#define GUEST_GICV3_GICD_BASE 0x3001000\n#define GUEST_GICV3_GICD_SIZE 0x10000\n"
        "#define GUEST_RAM0_BASE 0x40000000\n#define GUEST_RAM0_SIZE 0x20000000\n"
    )
    asked = (f"--in={header}", "--placement=top", "--ipa-bits=32", "--align=4K")
    assert [each.when for each in load(Request(str(header))).layout.regions] == [
        When("gic", 3),
        When("gic", 2),
    ]
    (tried,) = found(capsys, *asked, "--size=16M", status=1)["tried"]
    assert tried["regimes"] == [{"gic": ["v2"]}]
    assert tried["counterexample"]["configuration"]["gic"] == "v2"
    (tried,) = found(capsys, *asked, "--size=max")["tried"]
    assert int(tried["size"], 16) == 16 * M - 4096


def test_what_is_not_known_is_not_free(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = tmp_path / "arch-arm.h"
    ram = "#define GUEST_RAM0_BASE 0x40000000\n#define GUEST_RAM0_SIZE 0x20000000\n"
    for text, reason in (
        (ram + "#define GUEST_FOO_THING 0x1000\n", "GUEST_FOO_THING 0x1000"),
        (ram + "#define GUEST_GNTTAB_BASE 0xff000000\n", "so it is on no map"),
        ("#define GUEST_GNTTAB_BASE 0xff000000\n#define GUEST_GNTTAB_SIZE 0x1000\n", "has no RAM"),
        ("#define GUEST_RAM0_BASE 0x40000000\n#define GUEST_RAM1_BASE 0x200000000\n", "GUEST_RAM"),
        (ram + "#define GUEST_RAM_BANKS 2\n", "GUEST_RAM_BANKS"),
        (ram.replace("0x40000000", "0x10000000000000", 1), "no guest can be built"),
        ("\n", "has no RAM"),
    ):
        header.write_text(text)
        document = found(capsys, f"--in={header}", "--placement=top", "--size=2M", status=3)
        assert reason in document["reason"]
        assert document["tried"] == []


@pytest.mark.parametrize("kind", ["fixed", "top", "after-ram", "tail"])
@pytest.mark.parametrize("size", ["2M", "max"])
@pytest.mark.parametrize("patience", [0, 3, 9])
def test_a_solver_that_gives_up_proves_nothing(
    kind: str, size: str, patience: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sooner or later; with 48 bits alone `top` and `fixed` would be proved."""

    class Tired(Solver):
        def ask(self, condition: Truth) -> Answer:
            return super().ask(condition) if self.questions < patience else Answer("unknown", {}, "tired")

    monkeypatch.setattr("verifier.search.templates.Solver", Tired)
    asked = ("--in=xen-4.22", f"--placement={kind}", f"--size={size}", "--ipa-bits=48")
    document = found(capsys, *asked, status=3)
    assert (document["reason"], document["tried"]) == ("the solver gave up: tired", [])


def test_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", "--in=xen-4.22", "--placement=top", "--size=2G"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "xen-4.22.0: the last 2 GiB of the address space are not free: GUEST_NEW_REGION [0x80000000, 0x100000000) and "
        "GUEST_RAM0 [0x40000000, 0x100000000) share 2 GiB, [0x80000000, 0x100000000), in a guest with ipa bits 32, memory "
        "0x1000 (4 KiB), GICv3, 1 vCPU, no optional device, guest aarch64-4k"
    )
    assert "fails when: ipa bits 32, 36 or 40" in lines
    assert "no distance further down serves either: each is refuted" in lines
    whole = lines.index(
        "counting RAM windows whole, as xen 4.22.0 offers what a guest leaves of them (this decides):"
    )
    used = lines.index("counting only the part of RAM that a guest uses:")
    assert whole < used
    cells = [line.split() for line in lines]
    assert ["36", "none", "up", "to", "57", "GiB", "GUEST_RAM1"] in cells[used:]
    assert ["48", "255", "TiB", "any", "GUEST_RAM1"] in cells[whole:used]
    # 64 GiB less the end of RAM1 for 1, 4 and 16 GiB of memory: PCI's window, 9 GiB, 21 GiB
    assert ["36", "56", "GiB", "55", "GiB", "43", "GiB", "none", "none"] in cells[used:]


@pytest.mark.parametrize(
    ("asked", "base", "size"),
    [
        (["--below=1G"], 0x4200000, 190 * M),  # from the end of GICv3's redistributors to the ECAM
        (["--below=1G", "--when=gic=2"], 0x3200000, 206 * M),  # from the end of GICv2's interface
        (["--below=1G", "--when=vpci=1"], 0x4200000, 190 * M),
        (["--below=1G", "--above=512M"], 0x3A000000, 96 * M),  # from the end of the magic pages to RAM
        (["--below=1000M", "--above=512M"], 0x33000000, 80 * M),  # from PCI's window to the grant table
        (["--below=32M"], 0x200000, 30 * M),  # up to virtio's
    ],
)
def test_limits_and_guests(
    asked: list[str], base: int, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    document = found(capsys, "--in=xen-4.22", "--placement=fixed", "--size=max", *asked)
    (tried,) = document["tried"]
    assert (int(tried["offset"], 16), int(tried["size"], 16)) == (base, size)
    assert int(document["below"], 16) < T
    assert ("when" in document) == any("--when" in each for each in asked)


def test_a_limit_that_the_end_of_the_space_passes(capsys: pytest.CaptureFixture[str]) -> None:
    """2^42 is beyond 3 TiB, 2^40 is not; above 1 TiB the address space of 40 bits has nothing."""
    asked = ("--in=xen-4.22", "--placement=top", "--size=2G", "--ipa-bits=42")
    (tried,) = found(capsys, *asked, "--below=3T", status=1)["tried"]
    assert tried["counterexample"]["with"] == "--below"
    assert int(tried["moved"], 16) == T
    assert found(capsys, *asked, "--below=4T", "--above=3T")["above"] == hex(3 * T)
    (tried,) = found(capsys, *asked, "--above=8T", status=1)["tried"]
    assert (tried["counterexample"]["with"], tried["moved"]) == ("--above", None)
    assert run(["find", *asked, "--below=3T"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "ends above 0x30000000000 (3 TiB), --below, with 2 GiB of it" in lines[0]
    assert "in every configuration it ends at or below 0x30000000000 (3 TiB): --below" in lines


def test_the_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["find", "--in=xen-4.22", "--placement=top", "--ipa-bits=48", "-q"]
    assert run([*asked, "--size=max", "--region=GUEST_SAFE_RANGE"]) == 0
    assert capsys.readouterr().out == (
        "xen-4.22.0: the last 255 TiB of the address space are free, and no more: proved for every configuration\n"
    )
    assert run([*asked, "--size=1024T"]) == 1
    assert "has ~768 TiB below 0x200000 (2 MiB), the lowest base there is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size=3M"], "GUEST_NEW_REGION: a size of 0x300000 (3 MiB) is no multiple of the alignment"),
        (["--size=2M", "--region=FOO"], '"FOO" cannot be a region'),
        (["--size=2M", "--region=GUEST_A", "--region=GUEST_B"], "--placement is of one region."),
        (["--size=2M", "--size=4M"], "--size is given 2 times for 1 region"),
        (["--in=xen-4.4.0", "--placement=fixed", "--size=2M", "--when=gic=3"], "no guest with 40 ipa bits has"),
        (["--size=2M", "--may-shrink=GUEST_RAM1"], "--may-shrink and --placement exclude each other."),
        (["--size=2M", "--may-move=GUEST_RAM1"], "--may-move and --placement exclude each other."),
        (["--size=8G", "--align=8G"], "an alignment of 0x200000000 (8 GiB) is more than 32 ipa bits have"),
        (["--size=2M", "--guests=linux"], 'no guest "linux" whose reach is known'),
        (["--size=2M", "--placement=middle"], "'middle' is not one of 'fixed', 'top', 'after-ram', 'tail'"),
        (["--in=xen-4.4.0", "--placement=tail", "--size=2M"], "no RAM window whose end is known, so none with a tail"),
        ([], "Missing option '--size'"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", "--in=xen-4.22", "--placement=top", *arguments]) == 2
    assert message in capsys.readouterr().err
