"""What a domain's regions are judged by: obstacles of stored boards as `dtc -O dts` shows them, and of trees made here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.test_host_inputs import module
from tests.commands.test_host_verdicts import BOARD, DIRECT, GUEST, MEMRESERVE, PARTIAL, SHARED, guests
from tests.reading.trees import Description, blob
from verifier.layout.domain_map import Extent
from verifier.layout.host import Passthrough
from verifier.layout.offer import Offer
from verifier.reading.board_map import board_map
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict
from verifier.xen.offers import offers
from verifier.xen.release import xen
from verifier.xen.subjects import Given

GRANT = Extent(0x40200000, 0x40240000)
BANK = Extent(0x50000000, 0x60000000)


def offered(
    content: bytes,
    tag: str = "head",
    *,
    iommu: bool = True,
    xen_reg: dict[str, tuple[Passthrough, ...]] | None = None,
) -> dict[str, Offer]:
    tree = read_dtb(content, "t.dtb")
    host, model = host_of(tree, tag), xen(tag, "release")
    given = Given(40, iommu, dom0_banks=(BANK,), grant_region=GRANT, passthrough=xen_reg or {})
    found = offers(host, model, given, board_map(tree), predict(host, model, given))
    return {each.name: each for each in found}


def stored(name: str) -> dict[str, set[tuple[str, int, int]]]:
    """Obstacles of a stored board by kind: name, start and size."""
    board = board_map(read_dtb(Path(f"tests/boards/{name}.dtb").read_bytes(), name))
    found: dict[str, set[tuple[str, int, int]]] = {}
    for each in board.obstacles:
        found.setdefault(each.kind, set()).add((each.name, each.extent.start, each.extent.size))
    return found


@pytest.mark.parametrize("name", ["four-domains", "many-holes"])
def test_the_emulated_machine(name: str) -> None:
    """QEMU's virt: ranges of /pcie@10000000 are I/O, 32-bit and 64-bit memory, each on the parent's side."""
    found = stored(name)
    assert found["pci-window"] == {
        ("/pcie@10000000 ranges[0]", 0x3EFF0000, 0x10000),
        ("/pcie@10000000 ranges[1]", 0x10000000, 0x2EFF0000),
        ("/pcie@10000000 ranges[2]", 0x8000000000, 0x8000000000),
    }
    assert ("/pl011@9000000 reg[0]", 0x9000000, 0x1000) in found["device"]


def test_ram_of_the_emulated_machine() -> None:
    assert stored("four-domains")["memory"] == {("/memory@40000000 reg[0]", 0x40000000, 0x200000000)}


def test_windows_of_ls1028a() -> None:
    """`ranges = <0x81000000 0 0 0x80 0x10000 0 0x10000 0x82000000 0 0x40000000 0x80 0x40000000 0 0x40000000>`."""
    found = stored("sl28")
    windows = {each for each in found["pci-window"] if each[0].startswith("/soc/pcie@3400000")}
    assert windows == {
        ("/soc/pcie@3400000 ranges[0]", 0x8000010000, 0x10000),
        ("/soc/pcie@3400000 ranges[1]", 0x8040000000, 0x40000000),
    }
    assert {each for each in found["device"] if each[0].startswith("/soc/pcie@3400000")} == {
        ("/soc/pcie@3400000 reg[0]", 0x3400000, 0x100000),
        ("/soc/pcie@3400000 reg[1]", 0x8000000000, 0x2000),  # status = "disabled" matters not
    }


def kinds(offer: Offer) -> set[tuple[str, int, int]]:
    return {(each.kind, each.extent.start, each.extent.end) for each in offer.given}


def test_dom0_has_its_banks_and_its_grant_region() -> None:
    d0 = offered(blob(BOARD, reserved=MEMRESERVE))["d0"]
    assert (d0.hardware, d0.host_layout, d0.cells, d0.grant_frames) == (True, True, (2, 2), 64)
    assert kinds(d0) == {
        ("domain-ram", BANK.start, BANK.end),
        ("grant-region", GRANT.start, GRANT.end),
    }
    assert [each.extent for each in d0.board.of_kind("memreserve")] == [Extent(0x70000000, 0x78000000)]
    assert (d0.ram, d0.ram_origin) == ((Extent(0x40000000, 0x80000000),), "the device tree")


def test_a_guest_has_nothing_of_the_host() -> None:
    """Its windows, RAM from the first on, grant region and xenstore page are those of public/arch-arm.h."""
    d1 = offered(blob(guests(one={**GUEST, "shm": SHARED})))["d1"]
    assert (d1.hardware, d1.host_layout) == (False, False)
    assert [each.extent for each in d1.windows] == [
        Extent(0x40000000, 0x100000000),
        Extent(0x200000000, 0x10000000000),
    ]
    assert kinds(d1) >= {
        ("domain-ram", 0x40000000, 0x48000000),
        ("grant-region", 0x38000000, 0x39000000),
        ("shared-memory", 0x60000000, 0x70000000),  # at its guest address
        ("layout", 0x39001000, 0x39002000),
    }


def test_xen_reg_is_at_its_guest_address() -> None:
    guest: Description = {**GUEST, "t": module("device-tree", 0x4A100000)}
    entry = Passthrough("/passthrough/uart", 0, 0x9000000, 0x60000000, 0x1000)
    d1 = offered(blob(guests(one=guest)), xen_reg={"/chosen/one": (entry,)})["d1"]
    assert PARTIAL["passthrough"]["uart"]["xen,reg"][2] == entry.guest
    assert ("passthrough", 0x60000000, 0x60001000) in kinds(d1)


def test_a_direct_mapped_guest_has_the_layout_of_the_host() -> None:
    """Static memory 1:1, and its GIC where the host's is; the grant region where all guests have it."""
    d1 = offered(blob(guests(one=DIRECT)))["d1"]
    assert (d1.host_layout, d1.hardware, d1.windows) == (True, False, ())
    assert kinds(d1) >= {
        ("domain-ram", 0x70000000, 0x80000000),
        ("grant-region", 0x38000000, 0x39000000),
        ("layout", 0x8000000, 0x8001000),
    }


def test_memory_of_other_domains_is_excused_without_iommu_alone() -> None:
    """It may be offered to dom0, as all RAM that is not its own, and need not be; with IOMMU no RAM may."""
    content = blob(
        guests(one={**DIRECT, "shm": {**SHARED, "xen,shared-mem": [0x60000000, 0x60000000, 0x8000000]}})
    )
    d0 = offered(content, iommu=False)["d0"]
    assert {(each.extent.start, each.extent.end) for each in d0.excused} == {
        (0x70000000, 0x80000000),
        (0x60000000, 0x68000000),
    }
    assert not kinds(d0) & {("shared-memory", 0x60000000, 0x68000000)}
    assert offered(content)["d0"].excused == ()
