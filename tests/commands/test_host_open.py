"""What is not proved for every place of dom0's memory, and repairs that are none: the reason stands beside each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.host_documents import document
from tests.commands.test_host_verdicts import BARE, BOARD, GUEST, HOLES, guests, of, refuted, tree
from tests.reading.trees import Description

OPEN = ("--xen=head", "--no-iommu", "--ipa-bits=40")


def test_a_board_without_surprises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others differ from it in one node each."""
    found = document(capsys, tree(tmp_path, BOARD), *OPEN)
    assert found["verdict"] == "proved"


def test_memory_that_only_xen_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Xen takes the whole pairs of a `reg` and drops the rest; by the specification such a value tells nothing (2.3.6)."""
    memory = {"device_type": "memory", "reg": [0, 0x40000000, 0, 0x40000000, 7]}
    found = document(capsys, tree(tmp_path, {**BARE, "memory@40000000": memory}), *OPEN, status=3)
    assert [of(found, rule) for rule in ("one-to-one-holes", "complete")] == ["unknown", "unknown"]


def test_memory_that_xen_reads_and_dom0_may_leave_free(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """dom0's 512 MiB fit the 520 MiB that only Xen reads, in one piece and nowhere else; in two they fit below."""
    low = {
        "device_type": "memory",
        "reg": [part for start in (0x40000000, 0x60000000, 0x80000000) for part in (0, start, 0, 0x10000000)],
    }
    high = {"device_type": "memory", "reg": [1, 0, 0, 0x20800000, 7]}
    path = tree(tmp_path, {**BARE, "memory@40000000": low, "memory@100000000": high})
    banks = ("--dom0-bank=0x60000000+256M", "--dom0-bank=0x80000000+256M", "--grant-table=0x40000000+256K")
    found = document(capsys, path, *OPEN, *banks, status=1)
    assert refuted(found) == {("one-to-one-holes", "unsound")}
    assert of(document(capsys, path, *OPEN, status=3), "one-to-one-holes") == "unknown"


def test_a_device_in_ram_that_dom0_may_get(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a bank there it is open whether Xen survives copying the kernel; so it is while the place is."""
    path = tree(tmp_path, {**BOARD, "fb@50000000": {"compatible": "x", "reg": [0, 0x50000000, 0, 0x800000]}})
    told = document(
        capsys, path, *OPEN, "--dom0-bank=0x50000000+512M", "--grant-table=0x40000000+256K", status=3
    )
    assert of(told, "built") == "unknown"
    assert of(document(capsys, path, *OPEN, status=1), "built") == "unknown"


@pytest.mark.parametrize(("size", "built"), [(0x10000000, "unknown"), (0x1000000, "proved")])
def test_a_ramdisk_larger_than_the_first_bank(
    size: int, built: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """256 MiB do not fit a first bank of 128 MiB, which allocate_memory_11 takes where no larger block is free."""
    ramdisk = {"compatible": ["multiboot,ramdisk", "multiboot,module"], "reg": [0, 0x70000000, 0, size]}
    memory = {"device_type": "memory", "reg": [0, 0x40000000, 0, 0x80000000]}
    chosen = {**BARE["chosen"], "r": ramdisk}
    path = tree(tmp_path, {**BARE, "memory@40000000": memory, "chosen": chosen})
    small = ("--dom0-bank=0x50000000+128M", "--dom0-bank=0x90000000+384M", "--grant-table=0x40000000+256K")
    if built == "unknown":
        assert refuted(document(capsys, path, *OPEN, *small, status=1)) == {("built", "not built")}
    found = document(capsys, path, *OPEN, status=3 if built == "unknown" else 0)
    assert of(found, "built") == built


def test_a_repair_that_only_gives_the_region_another_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """4.18.0: the subtraction (F1) offers the device at 0x700000000. A hole of 64 MiB below, lost to F2, comes back with
    that fix: the region is the next one then, and covers the device as before.
    """
    spaces = {
        "a": [0, 0, 0, 0x2000000],
        "b": [0, 0x6000000, 0, 0x1000],
        "w": [7, 0, 0, 0x10000000],
        "v": [7, 0x8000000, 0x10, 0],
    }
    board: Description = {
        **BOARD,
        **{name: {"compatible": "x", "reg": reg} for name, reg in spaces.items()},
    }
    found = document(capsys, tree(tmp_path, board), "--xen=4.18.0", *HOLES, status=1)
    (cut,) = [
        each
        for each in found["findings"]
        if (each["property"], each["verdict"]) == ("one-to-one-holes", "refuted")
    ]
    assert ["rangeset_remove_range" in each for each in cut["help"]] == [True]


def test_a_log_with_regions_of_a_domain_that_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log lacks dom0's banks, and has the GIC in its region; that d1 is as predicted says nothing of d0."""
    path = tree(tmp_path, guests(one=GUEST))
    regions = document(capsys, path, *OPEN, "--domain=d1")["domains"][0]["extended_regions"]
    lines = [
        "*** LOADING DOMAIN 0 ***",
        "d0: extended region 0: 0x8000000->0x10000000",
        "*** LOADING DOMU ***",
    ]
    lines += [
        f"d1: extended region {index}: {each['start']}->{each['end']}" for index, each in enumerate(regions)
    ]
    log = tmp_path / "log.txt"
    log.write_text("".join(f"(XEN) {line}\n" for line in lines))
    found = document(capsys, path, *OPEN, f"--log={log}", status=1)
    guest = next(each for each in found["domains"] if each["name"] == "d1")
    assert guest["observed"] == guest["extended_regions"] != []
    assert refuted(found) == {("one-to-one-holes", "unsound")}


@pytest.mark.parametrize(("address", "assumed"), [(1 << 40, True), (0x10000000, False)])
def test_widths_that_do_not_reach_the_devices(
    address: int, assumed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An SMMU can make the address space narrower than the processor's: that none of this board does is assumed."""
    device = {"compatible": "x", "reg": [address >> 32, address & 0xFFFFFFFF, 0, 0x1000]}
    found = document(capsys, tree(tmp_path, {**BOARD, "far": device}), "--xen=head", "--iommu")
    assert ("width-of-board" in {each["id"] for each in found["assumptions"]}) == assumed
