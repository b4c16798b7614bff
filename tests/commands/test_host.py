"""`verifier host`: real boots agree, a wrong release is told with its reason, open inputs are not proved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.reading.runs import Run, release_runs, runs
from tests.reading.trees import CPUS, Description, blob, machine
from tests.schema import valid_document
from tests.timing import growth
from verifier.commands import run
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.domain_map import Extent

BOARD: Description = {
    **machine(2, 1),
    "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0x40000000]},
    "chosen": {
        "k": {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0, 0x48000000, 0x10000]}
    },
}
"""1 GiB of RAM from 1 GiB on; regions of 4 GiB and more lose their high word of the size: `registers-fit` is refuted."""


@pytest.fixture
def board(tmp_path: Path) -> str:
    path = tmp_path / "host.dtb"
    path.write_bytes(blob(BOARD))
    return str(path)


def files(folder: Path, name: str) -> tuple[str, str, Run]:
    found = runs()[name]
    (folder / "host.dtb").write_bytes(found.blob)
    (folder / "log.txt").write_bytes(found.log)
    return str(folder / "host.dtb"), str(folder / "log.txt"), found


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["host", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    assert found["verdict"] == {0: "proved", 1: "refuted", 3: "unknown"}[status]
    return found


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Where the log agrees, whatever the specification says of what Xen did."""
    run(["host", *arguments, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    assert (found["differences"], found["contradictions"]) == ([], [])
    return found


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


@pytest.fixture
def in_doubt(tmp_path: Path) -> str:
    """A ramdisk of 256 MiB does not fit the least first bank that dom0 may have, and none that was tried is so small."""
    ramdisk = {"compatible": ["multiboot,ramdisk", "multiboot,module"], "reg": [0, 0x70000000, 0x10000000]}
    path = tmp_path / "doubt.dtb"
    memory = {"device_type": "memory", "reg": [0, 0x40000000, 0x80000000]}
    chosen = {**BOARD["chosen"], "r": ramdisk}
    path.write_bytes(blob({**BOARD, "memory@40000000": memory, "chosen": chosen}))
    return str(path)


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


@pytest.mark.parametrize("version", ["4.17", "4.18", "4.20", "4.21"])
def test_a_log_tells_whether_dom0_was_built(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(
        name
        for name, each in sorted(runs().items())
        if (each.seen["xen"], each.seen["ended"]) == (version, "done") and "xenreg" not in name
    )
    tree, log, _ = files(tmp_path, name)
    assert compared(capsys, tree, "--log", log)["domains"][0]["boots"] is True


def test_every_width_and_both_settings(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, board, status=1)["domains"]  # sizes do not fit the cell
    assert [(each["ipa_bits"], each["iommu"]) for each in found] == [
        (bits, iommu) for bits in (32, 36, 40, 42, 44, 48) for iommu in (False, True)
    ]


LOGGED = [
    name
    for name, each in sorted(runs().items())
    if each.seen["ended"] == "done" and each.seen["xen"] == "head" and "xenreg" not in name
]


@pytest.mark.parametrize("name", LOGGED[:8])
def test_real_logs_agree(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree, log, ran = files(tmp_path, name)
    found = compared(capsys, tree, "--log", log)
    assert found["build"] == "debug"
    d0 = found["domains"][0]
    assert d0["observed"] == [{"start": start, "end": end} for start, end in ran.seen["ext_regions"]]
    assert d0["observed"] == d0["extended_regions"]


def test_another_release_is_refuted_and_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """4.21.2 booted; 4.20.4 would have lost the last 2 MiB of each region."""
    name = next(name for name, each in sorted(runs().items()) if each.seen["xen"] == "4.21")
    tree, log, _ = files(tmp_path, name)
    found = document(capsys, tree, "--log", log, "--xen", "4.20.4", status=1)
    assert found["verdict"] == "refuted"
    assert any("add_ext_regions" in reason for reason in found["differences"][0]["explained_by"])
    assert run(["host", tree, "--log", log, "--xen", "4.20.4"]) == 1
    assert "extended region 0: predicted [" in capsys.readouterr().out


def test_a_rule_of_reading_the_tree_explains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """4.17 took memory whose node is disabled; c419d2dd35 ended that."""
    tree, log, _ = files(tmp_path, "ft-disabledmem-4.17")
    (difference,) = document(capsys, tree, "--log", log, "--xen", "4.21", status=1)["differences"]
    (reason,) = difference["explained_by"]
    assert "device_tree_get_meminfo" in reason
    assert reason.endswith("not so (from 4.19.0 on, c419d2dd35)")


def test_two_defects_at_once_are_those_of_releases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """4.19.0 gives back what was taken and loses ends of regions; so did 4.18 and 4.20.0, and no others."""
    ran = release_runs()["h-overlap-4.19"]
    tree, log = tmp_path / "host.dtb", tmp_path / "log.txt"
    tree.write_bytes(ran.blob)
    log.write_bytes(ran.log)
    found = document(capsys, str(tree), "--log", str(log), "--xen", "4.21", status=1)
    assert found["differences"][0]["explained_by"] == ["xen 4.18.0 to 4.19.2", "xen 4.20.0"]


def test_a_panic_that_was_not_predicted(
    board: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.txt"
    log.write_text("(XEN) I/O virtualisation enabled\n(XEN) Panic on CPU 0:\n(XEN) out of luck\n")
    arguments = [board, "--log", str(log), "--ipa-bits=40", "--grant-table=0x40200000+256K"]
    found = document(capsys, *arguments, status=1)
    assert found["contradictions"] == ["the log has in line 3: out of luck"]


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


NOT_NEEDED = (
    "z3",
    "networkx",
    "email",
    "rich",
    "tempfile",
    "subprocess",
    "hashlib",
    "verifier.reading.c_header",
)
"""What costs more than reading a tree, and a board with dom0 alone has no use for."""


def test_nothing_is_loaded_that_is_not_needed(board: str) -> None:
    """Theorems, and with them the solver, are for what is open alone."""
    for options in (
        ["--iommu"],
        ["--no-iommu", "--dom0-bank=0x50000000+256M", "--grant-table=0x40200000+256K"],
    ):
        code = (
            f"import sys; from verifier.commands import run; code = run(['host', {board!r}, *{options!r}]); "
            f"loaded = set({NOT_NEEDED!r}) & set(sys.modules); print(loaded, file=sys.stderr); "
            "sys.exit(bool(loaded) or code not in (0, 1))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_no_solver_for_logs_and_guests(tmp_path: Path) -> None:
    tree, log, _ = files(tmp_path, "du-small4-head")
    code = (
        f"import sys; from verifier.commands import run; code = run(['host', {tree!r}, '--log', {log!r}, '--format=json']); "
        "sys.exit('z3' in sys.modules or 'networkx' in sys.modules or code)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("in_one_node", [True, False])
def test_time_grows_with_the_tree_and_no_faster(in_one_node: bool, tmp_path: Path) -> None:
    """Ten times the `reg` entries: a walk over all of them for each would take a hundred times as long."""

    def entries(count: int) -> str:
        pairs = [(2 + number // 32, number % 32 * 0x8000000) for number in range(count)]
        listed = {"x": {"reg": [cell for pair in pairs for cell in (*pair, 0x1000)]}}
        nodes = {f"x@{number}": {"reg": [*pair, 0x1000]} for number, pair in enumerate(pairs)}
        path = tmp_path / f"{count}.dtb"
        path.write_bytes(blob({**BOARD, **(listed if in_one_node else nodes)}))
        return str(path)

    bank = Extent(0x50000000, 0x60000000)
    few, many = (
        Asked(entries(count), iommu=True, ipa_bits=(48,), dom0_banks=(bank,)) for count in (200, 2000)
    )
    assert host(many).maps[0].reasons == (
        "1747 more regions beyond the most that Xen takes",
    )  # 2000 + 3 in all
    assert growth(lambda: host(few), lambda: host(many)) < 32


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


def test_a_log_that_says_where_xen_lies(
    board: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its text begins there: all sizes stay inside the 2 MiB at 0x40200000, so the regions are known, reg[0] is not."""
    log = tmp_path / "log.txt"
    log.write_text(
        "(XEN) MODULE[0]: 0000000040200000 - 0000000040382fff Xen         \n(XEN) I/O virtualisation disabled\n"
    )
    arguments = [board, "--xen=head", "--ipa-bits=40", "--dom0-bank=0x50000000+256M", "--log", str(log)]
    (d0,) = document(capsys, *arguments, status=3)["domains"]
    assert d0["extended_regions"] == [
        {"start": "0x40400000", "end": "0x50000000"},
        {"start": "0x60000000", "end": "0x80000000"},
    ]
    assert (d0["boots"], d0["registers"], len(d0["regimes"])) == (True, None, 1)


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


IMPOSSIBLE = "the banks have 0x1000000 (16 MiB), dom0_mem is 0x20000000 (512 MiB)"


def test_banks_that_dom0_cannot_have_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Typed, they are a note: to explore is no wrong usage. From a log, the log disagrees with tree and model."""
    tree, log, _ = files(tmp_path, "un-resv-head")
    arguments = [tree, "--no-iommu", "--ipa-bits=40", "--grant-table=0x40200000+256K"]
    found = document(capsys, *arguments, "--dom0-bank=0x50000000+16M", status=3)
    assert (found["verdict"], found["contradictions"]) == ("unknown", [])
    # Nothing but whether Xen could copy a kernel to where it maps reserved memory is open.
    assert "copy_to_guest_phys_flush_dcache" in found["domains"][0]["reasons"][0]
    assert found["notes"][0].startswith(
        "dom0 cannot have the banks given: bank 0 [0x50000000, 0x51000000) overlaps"
    )
    assert any(IMPOSSIBLE in each for each in found["notes"])
    lines = Path(log).read_bytes().splitlines(keepends=True)
    at = next(index for index, line in enumerate(lines) if b"BANK[0]" in line)
    lines[at] = b"(XEN) BANK[0] 0x00000060000000-0x00000061000000 (16MB)\n"
    Path(log).write_bytes(b"".join(lines))
    found = document(capsys, tree, "--log", log, status=1)
    assert found["notes"] == []
    assert any(IMPOSSIBLE in each for each in found["contradictions"])
    assert run(["host", tree, "--log", log]) == 1
    assert f"  dom0 cannot have the banks of the log: {IMPOSSIBLE}" in capsys.readouterr().out


def test_the_amount_of_dom0_is_not_compared_without_a_command_line(
    board: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [board, "--no-iommu", "--ipa-bits=40", "--grant-table=0x40200000+256K"]
    assert document(capsys, *arguments, "--dom0-bank=0x50000000+256M")["notes"] == []
    (note,) = document(capsys, *arguments, "--dom0-bank=0x40000000+64M", status=3)["notes"]
    assert "overlaps Xen's text, the grant region [0x40200000, 0x40240000)" in note


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


def test_coloured_banks_need_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree, _, _ = files(tmp_path, "ft-llc-head")
    arguments = [tree, "--no-iommu", "--ipa-bits=44", "--grant-table=0x13e600000+256K"]
    d0 = document(capsys, *arguments)["domains"][0]
    assert d0["banks"] == [{"start": "0x40000000", "end": "0x50000000"}]
    (note,) = document(capsys, *arguments, "--dom0-bank=0x50000000+256M", status=3)["notes"]
    assert (
        "its banks are [0x50000000, 0x60000000); allocate_memory takes the free host addresses [0x40000000"
        in note
    )


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


@pytest.mark.parametrize(("bank", "grant", "said"), [
    ("0x50000000+256M", "0x40200000+256K", ""),
    ("0x50000001-0x60000000", "0x40200000+256K", "the banks given: bank 0 [0x50000001, 0x60000000) is no whole pages"),
    ("0x50000000+256M", "0x7ffc0000+256K", ""),  # the last pages of RAM, and one page beyond
    ("0x50000000+256M", "0x7ffc1000+256K", "the grant region given: [0x7ffc1000, 0x80001000) is not in RAM"),
])  # fmt: skip
def test_what_xen_cannot_have_made_is_vacuous(
    board: str, bank: str, grant: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a boot that cannot be, nothing is predicted, so nothing counts as proved."""
    arguments = [board, "--iommu", "--ipa-bits=32", f"--dom0-bank={bank}", f"--grant-table={grant}"]
    found = document(capsys, *arguments, status=3 if said else 0)
    assert found["verdict"] == ("unknown" if said else "proved")
    assert [note.startswith(f"dom0 cannot have {said}") for note in found["notes"]] == [True] * bool(said)


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
