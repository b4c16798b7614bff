"""`verifier host` on boards where the right verdict is known for a reason of its own, which stands beside each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.commands.host_documents import document
from tests.commands.test_host_inputs import DOMAIN, module
from tests.reading.trees import CPUS, Description, blob, machine
from verifier.commands import run

SL28 = "tests/boards/sl28.dtb"
HOLES = ("--iommu", "--ipa-bits=40", "--grant-table=0x40200000+256K")
UNALLOCATED = (
    "--no-iommu",
    "--ipa-bits=40",
    "--dom0-bank=0x50000000-0x60000000",
    "--grant-table=0x40200000+256K",
)
MEMORY: Description = {"memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0, 0x40000000]}}
BARE: Description = {
    **machine(2, 2),
    "cpus": {**CPUS, "more": {"filler": 5000 * "."}},  # dom0's tree has room (F3)
    "chosen": {
        "k": {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0, 0x48000000, 0, 0x10000]}
    },
}
BOARD: Description = {**BARE, **MEMORY}
"""1 GiB of RAM from 1 GiB on, two cells each."""


def tree(folder: Path, description: Description, reserved: tuple[tuple[int, int], ...] = ()) -> str:
    path = folder / "host.dtb"
    path.write_bytes(blob(description, reserved=reserved))
    return str(path)


def refuted(found: dict[str, Any], domain: str = "d0") -> set[tuple[str, str]]:
    """Property and effect. Before 9568ceb287 dom0 may manage a page behind every device (`permissions-match`)."""
    return {
        (each["property"], each["effect"])
        for each in found["findings"]
        if each["verdict"] == "refuted"
        and each["domain"] == domain
        and each["property"] != "permissions-match"
    }


def overlaps(found: dict[str, Any], rule: str) -> set[tuple[str, str]]:
    """What is shared, by refutations of a rule."""
    return {
        (each["counterexample"]["overlap"]["start"], each["counterexample"]["overlap"]["end"])
        for each in found["findings"]
        if (each["property"], each["verdict"]) == (rule, "refuted")
    }


def of(found: dict[str, Any], rule: str, domain: str = "d0") -> str:
    return "/".join(
        sorted({e["verdict"] for e in found["findings"] if (e["property"], e["domain"]) == (rule, domain)})
    )


def test_a_pci_window_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    """Real Xen 4.17 gave dom0 of this board 700200000-8800000000, right is -8000000000: rangeset subtraction, F1."""
    found = document(capsys, SL28, "--xen=4.17", "--iommu", "--ipa-bits=48", status=1)
    assert refuted(found) == {("one-to-one-holes", "unsound")}
    assert ("0x8040000000", "0x8080000000") in overlaps(found, "one-to-one-holes")


def test_no_pci_window_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    """From 4.21 on subtraction is right, and pages permitted are those of the device."""
    found = document(capsys, SL28, "--xen=4.22", "--iommu", "--ipa-bits=48")
    assert (found["verdict"], refuted(found)) == ("proved", set())


def test_a_register_of_size_0_at_address_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Raspberry Pi 4: a disabled node with `reg = <0 0 0>`; head removes all space there is, and offers nothing, Z2."""
    zero = {"compatible": "x", "status": "disabled", "reg": [0, 0, 0, 0]}
    found = document(capsys, tree(tmp_path, {**BOARD, "x@0": zero}), "--xen=head", *HOLES, status=1)
    assert found["domains"][0]["extended_regions"] == []
    assert ("complete", "space lost") in refuted(found)
    assert "preconditions" in {rule for rule, _ in refuted(found)}
    # All of 1 TiB but RAM and the GIC's 256 KiB.
    assert overlaps(found, "complete") == {
        ("0x0", "0x8000000"),
        ("0x8200000", "0x40000000"),
        ("0x80000000", "0x10000000000"),
    }


def test_one_size_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hole of 1022 GiB does not fit 32 bits."""
    one = {
        **BARE,
        **machine(2, 1),
        "cpus": BARE["cpus"],
        "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0x40000000]},
    }
    one["chosen"] = {"k": {**BARE["chosen"]["k"], "reg": [0, 0x48000000, 0x10000]}}
    found = document(capsys, tree(tmp_path, one), "--xen=head", *HOLES, status=1)
    assert refuted(found) == {("registers-fit", "unsound")}
    (cut,) = [each for each in found["findings"] if each["verdict"] == "refuted"]
    assert (cut["counterexample"]["found"], cut["counterexample"]["needed"]) == ("0x80000000", "0xff80000000")


@pytest.mark.parametrize(("release", "lost"), [
    ("4.17.5", 0), ("4.18.0", 1), ("4.20.4", 1), ("4.21.2", 0), ("head", 0),
])  # fmt: skip
def test_the_last_2_mib_of_each_region(
    release: str, lost: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """4.18 to 4.20 round a last page down once too often, F2: all three holes end where 2 MiB do."""
    found = document(capsys, tree(tmp_path, BOARD), f"--xen={release}", *HOLES, status=1 if lost else 0)
    assert refuted(found) == ({("complete", "space lost")} if lost else set())
    assert overlaps(found, "complete") == (
        {("0x7e00000", "0x8000000"), ("0x3fe00000", "0x40000000"), ("0xffffe00000", "0x10000000000")}
        if lost
        else set()
    )


MEMRESERVE = ((0x70000000, 0x8000000),)


@pytest.mark.parametrize(("release", "offered"), [("4.16.6", 1), ("4.18.5", 1), ("4.19.0", 0), ("4.21.2", 0)])
def test_the_memory_reserve_map(
    release: str, offered: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until 53dc37829c (4.19.0) Xen does not hold back what /memreserve/ names where there is no IOMMU."""
    path = tree(tmp_path, BOARD, MEMRESERVE)
    found = document(capsys, path, f"--xen={release}", *UNALLOCATED, status=1 if release < "4.21" else 0)
    assert (("one-to-one-holes", "unsound") in refuted(found)) == bool(offered)
    assert overlaps(found, "one-to-one-holes") == ({("0x70000000", "0x78000000")} if offered else set())


def test_no_memory_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """UEFI gives RAM apart; find_memory_holes looks at the tree only, and offers RAM as well."""
    path = tree(tmp_path, BARE)
    found = document(capsys, path, "--xen=head", "--iommu", "--ipa-bits=40", status=3)
    assert [of(found, rule) for rule in ("one-to-one-holes", "complete", "aligned")] == [
        "unknown",
        "unknown",
        "proved",
    ]
    found = document(capsys, path, "--xen=head", *HOLES, "--ram=0x40000000+1G", status=1)
    assert refuted(found) == {("one-to-one-holes", "unsound")}
    assert ("0x40000000", "0x80000000") in overlaps(found, "one-to-one-holes")


def test_no_memory_node_and_no_regions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is offered, and dom0 has a grant region all the same: where, and how large, nobody knows."""
    chosen = {**BARE["chosen"], "xen,xen-bootargs": "ext_regions=0"}
    path = tree(tmp_path, {**BARE, "chosen": chosen})
    options = ("--xen=head", "--iommu", "--ipa-bits=40")
    rules = ("registers-fit", "minimum-size", "within-ipa")
    found = document(capsys, path, *options, status=3)
    assert [of(found, rule) for rule in (*rules, "aligned")] == [*3 * ["unknown"], "not-applicable"]
    for grant, verdict in (("0x40200000+256K", "proved"), ("0x40200000+128K", "refuted")):
        found = document(
            capsys, path, *options, f"--grant-table={grant}", status=0 if verdict == "proved" else 1
        )
        assert [of(found, rule) for rule in rules] == ["proved", verdict, "proved"]


def test_memory_that_is_less_than_the_boot_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RAM that only the boot loader knows of is RAM all the same."""
    found = document(
        capsys,
        tree(tmp_path, BOARD),
        "--xen=head",
        *HOLES,
        "--ram=0x40000000+1G",
        "--ram=0x100000000+1G",
        status=1,
    )
    assert overlaps(found, "one-to-one-holes") == {("0x100000000", "0x140000000")}


GUEST: Description = {**DOMAIN, "k": module("kernel", 0x49000000)}
ONE: Description = {"#address-cells": [1], "#size-cells": [1]}


def guests(**domains: Description) -> Description:
    chosen = {**ONE, "kernel": module("kernel", 0x48000000), **domains}
    return {**BOARD, "chosen": chosen}


PARTIAL: Description = {
    "#address-cells": [2],
    "#size-cells": [2],
    "passthrough": {
        **ONE,
        "uart": {"xen,force-assign-without-iommu": b"", "xen,reg": [0x9000000, 0x1000, 0x60000000]},
    },
}


@pytest.mark.parametrize(("release", "covers"), [("4.20.4", 1), ("4.21.2", 0), ("head", 0)])
def test_a_passed_through_device_is_offered(
    release: str, covers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until 4.21 xen,reg is not removed from a guest's regions, F5; unknown guest addresses are open, not proved."""
    guest = {**GUEST, "t": module("device-tree", 0x4A100000)}
    path = tree(tmp_path, guests(one=guest))
    partial = tmp_path / "partial.dtb"
    partial.write_bytes(blob(PARTIAL))
    arguments = [path, f"--xen={release}", *HOLES, "--domain=d1"]
    found = document(capsys, *arguments, f"--partial={partial}", status=covers)
    assert refuted(found, "d1") == ({("no-overlap", "unsound")} if covers else set())
    # One commit for two behaviours: find_domU_holes works on ranges, and xen,reg is taken out of them.
    helps = [each for finding in found["findings"] for each in finding.get("help", ())]
    assert [each[:37] for each in helps] == ["mended in xen 4.21.0 (fba1b0974d and "] * covers
    assert overlaps(found, "no-overlap") == ({("0x60000000", "0x60001000")} if covers else set())
    found = document(capsys, *arguments, status=3)
    assert found["verdict"] == "unknown"


DIRECT: Description = {
    **GUEST,
    "direct-map": b"",
    "xen,static-mem": [0x70000000, 0x10000000],
    "#xen,static-mem-address-cells": [1],
    "#xen,static-mem-size-cells": [1],
    "memory": [0, 0x40000],
}


def test_the_grant_region_of_a_direct_mapped_guest_is_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is GUEST_GNTTAB_BASE whatever the host has there, and find_memory_holes looks at the host only (head)."""
    path = tree(tmp_path, guests(one={**DIRECT, "passthrough": "enabled"}))
    found = document(capsys, path, "--xen=head", *HOLES, "--domain=d1", status=1)
    assert found["domains"][0]["producer"] == "find_memory_holes"
    assert refuted(found, "d1") == {("one-to-one-holes", "unsound")}
    assert ("0x38000000", "0x39000000") in overlaps(found, "one-to-one-holes")


SHARED: Description = {
    "compatible": "xen,domain-shared-memory-v1",
    "xen,shm-id": "a",
    "xen,shared-mem": [0x70000000, 0x60000000, 0x10000000],
    "role": "owner",
    "#xen,shared-mem-address-cells": [1],
    "#xen,shared-mem-size-cells": [1],
}


@pytest.mark.parametrize(("release", "covers"), [("4.18.5", 1), ("4.19.0", 0), ("head", 0)])
def test_shared_memory_of_a_guest_is_offered(
    release: str, covers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before 4.19 static shared memory is not removed from a guest's regions, F4. With head d0 may lack RAM."""
    path = tree(tmp_path, guests(one={**GUEST, "shm": SHARED}))
    found = document(
        capsys, path, f"--xen={release}", *HOLES, "--domain=d1", status=3 if release == "head" else 1
    )
    rules = refuted(found, "d1")
    assert (("no-overlap", "unsound") in rules) == bool(covers)
    assert overlaps(found, "no-overlap") == ({("0x60000000", "0x70000000")} if covers else set())


def test_a_log_that_ends_before_the_regions_is_compared_with_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut after the grant region, before the first region: it cannot disagree."""
    whole = Path("tests/boards/sl28-4.17.log").read_text()
    cut = tmp_path / "cut.log"
    cut.write_text(whole[: whole.index("(XEN) d0: extended region 0")])
    assert run(["host", SL28, "--log", str(cut), "-q"]) == 1  # by what 4.17 offers there
    assert "the log disagrees" not in capsys.readouterr().out
    later = ["host", SL28, "--xen", "4.22", "--iommu", "--ipa-bits", "48", "--log", str(cut), "-q"]
    assert run(later) == 3
    assert "nothing was compared" in capsys.readouterr().out


def test_widths_of_machines_that_cannot_have_the_boards_devices(capsys: pytest.CaptureFixture[str]) -> None:
    """The SL28's tree has devices above 512 GiB: no page table of 32 bits reaches them, and Xen panics at that."""
    options = ["--xen", "4.22", "--dom0-bank", "0x148000000+128M", "--grant-table", "0x140200000+256K"]
    assert run(["host", SL28, *options, "--no-iommu", "--ipa-bits", "32", "-q"]) == 1
    capsys.readouterr()
    assert run(["host", SL28, *options, "--no-iommu", "-v"]) == 0
    assert (
        "not applicable: no machine of this width that Xen boots reaches these devices"
        in capsys.readouterr().out
    )
    assert run(["host", SL28, *options, "--iommu"]) == 0


@pytest.mark.parametrize("iommu", ["--iommu", "--no-iommu"])
@pytest.mark.parametrize(
    ("memory", "ram", "status"),
    [
        (
            "64G",
            (),
            1,
        ),  # 4.17: "Failed to allocate requested dom0 memory. 65252MB unallocated" (sl28, booted)
        ("1G", (), 1),  # all of the RAM, of which the kernel's module has some
        ("256M", (), 0),
        ("256M", ("--ram=0x48000000+128M",), 1),
    ],
)
def test_dom0_with_more_memory_than_is_free_is_not_built(
    memory: str,
    ram: tuple[str, ...],
    status: int,
    iommu: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = {**BOARD["chosen"], "xen,xen-bootargs": f"dom0_mem={memory}"}
    path = tree(tmp_path, {**BOARD, "chosen": chosen})
    found = document(capsys, path, "--xen=4.22", "--ipa-bits=40", iommu, *ram, status=status)
    assert of(found, "built") == ("refuted" if status else "proved")


def test_a_repair_is_a_release_of_xen_not_an_option_of_its_build(capsys: pytest.CaptureFixture[str]) -> None:
    """4.22.0 has 4 KiB more for dom0's tree (ad6f396a3f); CONFIG_STATIC_SHM, which is off by default, 5632 bytes more."""
    options = ["--xen=4.20", "--iommu", "--ipa-bits=44"]
    found = document(capsys, "tests/boards/many-holes.dtb", *options, status=1)
    (built,) = [each for each in found["findings"] if each["property"] == "built"]
    assert [each[: len("mended in xen 4.22.0 (ad6f396a3f)")] for each in built["help"]] == [
        "mended in xen 4.22.0 (ad6f396a3f)"
    ]
    assert "CONFIG_STATIC_SHM" not in built["help"][0]
    later = document(capsys, "tests/boards/many-holes.dtb", "--xen=4.22", *options[1:])
    assert of(later, "built") == "proved"
