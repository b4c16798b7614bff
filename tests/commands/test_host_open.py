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
    """dom0's 512 MiB fit the 520 MiB that only Xen reads, in one piece and nowhere else; in pieces they fit below."""
    low = {
        "device_type": "memory",
        "reg": [part for start in (0x40000000, 0x60000000, 0x80000000) for part in (0, start, 0, 0x10000000)],
    }
    high = {"device_type": "memory", "reg": [1, 0, 0, 0x20800000, 7]}
    path = tree(tmp_path, {**BARE, "memory@40000000": low, "memory@100000000": high})
    banks = ("--dom0-bank=0x60000000+256M", "--dom0-bank=0x80000000+256M", "--grant-table=0x40000000+256K")
    found = document(capsys, path, *OPEN, *banks, status=1)
    assert refuted(found) == {("one-to-one-holes", "unsound")}
    found = document(capsys, path, *OPEN, status=1)
    assert refuted(found) == {("one-to-one-holes", "unsound")}
    (told,) = (each for each in found["findings"] if each["verdict"] == "refuted")
    assert len(told["counterexample"]["configuration"]["banks"]) > 1


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


@pytest.mark.parametrize("iommu", [True, False])
@pytest.mark.parametrize("address", [1 << 40, 0x10000000])
def test_widths_that_do_not_reach_the_devices(
    address: int, iommu: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Xen panics on such a machine, whether processor or SMMU makes it narrow: whoever has it knows."""
    device = {"compatible": "x", "reg": [address >> 32, address & 0xFFFFFFFF, 0, 0x1000]}
    far = address >= 1 << 40
    path = tree(tmp_path, {**BOARD, "far": device})
    found = document(
        capsys,
        path,
        "--xen=head",
        "--iommu" if iommu else "--no-iommu",
        "--dom0-bank=0x50000000+256M",
        "--grant-table=0x40200000+256K",
    )
    assert ("width-of-board" in {each["id"] for each in found["assumptions"]}) == far
    narrow = [
        each for each in found["findings"] if each["property"] == "built" and each["verdict"] != "proved"
    ]
    assert {each["verdict"] for each in narrow} == ({"not-applicable"} if far else set())
    assert {bits["ipa_bits"] for each in narrow for bits in each["settings"]} == (
        {32, 36, 40} if far else set()
    )


RAM_BEYOND: Description = {
    **BOARD,
    "memory@1000000000": {"device_type": "memory", "reg": [0x10, 0, 0, 0x40000000]},
}
"""1 GiB of RAM from 64 GiB on, where 36 bits end."""


@pytest.mark.parametrize(("iommu", "status"), [("--iommu", 1), ("--no-iommu", 0)])
def test_ram_above_the_width_of_an_iommu(
    iommu: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The grant region is wherever Xen's text is: above 64 GiB, a stage 2 of 36 bits has no address for it."""
    found = document(capsys, tree(tmp_path, RAM_BEYOND), "--xen=head", iommu, status=status)
    narrow = [
        each for each in found["findings"] if "within" in each["property"] and each["verdict"] != "proved"
    ]
    assert {each["verdict"] for each in narrow} == {"refuted" if status else "not-applicable"}
    assert {bits["ipa_bits"] for each in narrow for bits in each["settings"]} == {32, 36}
    assert all("--ipa-bits" in each["help"][-1] for each in narrow if status)


def test_a_need_of_open_regions_has_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without IOMMU dom0's regions are what its RAM leaves of the host's; with it they do not depend on that."""
    options = [tree(tmp_path, BOARD), "--xen=head", "--ipa-bits=40", "--need=2G"]
    (note,) = document(capsys, *options)["notes"]
    assert note.startswith(
        "--need has no answer for d0 without IOMMU: its extended regions are open: --dom0-bank"
    )
    given = ("--dom0-bank=0x50000000+256M", "--grant-table=0x40200000+256K")
    assert document(capsys, *options, *given)["notes"] == []


@pytest.mark.parametrize("only", [(), ("--domain=d2",)])
def test_behind_a_domain_that_may_stop_xen_nothing_is_built(
    only: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """create_domUs goes by the order of the tree, and panics at the first that fails; 988 interrupts may be too many."""
    path = tree(tmp_path, guests(one={**GUEST, "nr_spis": [988]}, two=GUEST))
    options = ("--xen=4.17", "--no-iommu", "--ipa-bits=40", "--dom0-bank=0x50000000+512M")
    found = document(capsys, path, *options, "--grant-table=0x40200000+256K", *only, status=3)
    verdicts = {each["domain"]: each["verdict"] for each in found["findings"] if each["property"] == "built"}
    assert verdicts == ({} if only else {"d0": "proved", "d1": "unknown"}) | {"d2": "unknown"}
    assert [each["name"] for each in found["domains"] if each["boots"]] == ([] if only else ["d0"])
