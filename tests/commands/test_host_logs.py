"""`verifier host` and what a boot tells: real boots agree, a wrong release is told with its reason, banks that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD, compared, document, files
from tests.reading.runs import release_runs, runs
from tests.reading.trees import Description, blob
from verifier.commands import run


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
    ends = "add_ext_regions, add_hwdom_free_regions: a piece ends with its last byte"
    told = [each for each in found["differences"][0]["explained_by"] if ends in each]
    assert [each.partition(ends)[2] for each in told] == [
        " (from 4.16.0 until 4.18.0, by f37a598139)",  # the commit that lost them
        " (from 4.21.0)",
    ]
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


def test_coloured_banks_need_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree, _, _ = files(tmp_path, "ft-llc-head")
    arguments = [tree, "--no-iommu", "--ipa-bits=44", "--grant-table=0x13e600000+256K"]
    d0 = document(capsys, *arguments, status=3)["domains"][0]
    assert d0["banks"] == [{"start": "0x40000000", "end": "0x50000000"}]
    assert ["dom0's colours hangs on the heap" in each for each in d0["reasons"]] == [
        True
    ]  # dom0-llc-colors=0-7
    (note,) = document(capsys, *arguments, "--dom0-bank=0x50000000+256M", status=3)["notes"]
    assert (
        "its banks are [0x50000000, 0x60000000); allocate_memory takes the free host addresses [0x40000000"
        in note
    )


COLOURED: Description = {
    **BOARD,
    "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0x20000000]},
}


@pytest.mark.parametrize(("release", "options", "verdict"), [
    ("4.20.4", "dom0_mem=508M", "refuted"),
    ("4.21.0", "dom0_mem=508M", "unknown"),  # the addresses are there, but not the pages: Xen has some
    ("4.21.0", "dom0_mem=399M", "proved"),
    ("4.21.0", "dom0_mem=399M buddy-alloc-size=96M", "unknown"),
    ("4.21.0", "dom0_mem=399M dom0-llc-colors=0", "unknown"),
    ("4.21.0", "dom0_mem=400M", "unknown"),
    ("4.21.0", "dom0_mem=409280K", "proved"),  # all but a page of that
    ("4.21.0", "dom0_mem=409284K", "unknown"),
])  # fmt: skip
def test_whether_a_coloured_dom0_gets_its_memory(
    release: str, options: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """512 MiB of RAM but for 256 KiB of Xen's text: 2 and 508 MiB are free addresses, less 2 of each before 245e47cf8d.

    Of the pages Xen has 32 and a 32nd, 16, and 64 with colouring; the kernel's module 64 KiB.
    """
    chosen = {**BOARD["chosen"], "xen,xen-bootargs": f"llc-coloring=on {options}"}
    path = tmp_path / "coloured.dtb"
    path.write_bytes(blob({**COLOURED, "chosen": chosen}))
    given = [str(path), f"--xen={release}", "--iommu", "--ipa-bits=32", "--grant-table=0x40200000+256K"]
    run(["host", *given, "--format=json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    (built,) = [each for each in findings if each["property"] == "built"]
    assert built["verdict"] == verdict
    lacking = "free host addresses have 0x1fa00000 (506 MiB), the domain is to have 0x1fc00000 (508 MiB)"
    if verdict == "refuted":
        assert built["message"] == f"allocate_memory panics: {lacking}"
    elif verdict == "unknown":
        assert "of dom0's colours hangs on the heap" in built["message"]


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
