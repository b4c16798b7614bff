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
from verifier.xen.dom0less_facts import with_facts
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
    # find_domU_holes: the banks that it starts from, and what it takes away
    assert [(each.start, each.size) for each in d1.operations] == [
        (0x40000000, 0x8000000),
        (0x60000000, 0x1000),
    ]
    assert d1.operations[1].name == "xen,reg"


@pytest.mark.parametrize(
    ("vpl011", "has_tree", "entries", "is_told"),
    [
        (True, True, None, True),  # nobody read the partial tree
        (True, True, 1, True),
        (True, True, 0, False),  # it passes nothing through
        (True, False, None, False),
        (False, True, 1, False),
    ],
)
def test_interrupts_that_are_not_read_may_be_the_console_s(
    entries: int | None, *, vpl011: bool, has_tree: bool, is_told: bool
) -> None:
    """map_device_irqs_to_domain: those of the devices of a partial tree keep the number that they have at the host."""
    guest: Description = {name: value for name, value in GUEST.items() if name != "vpl011"}
    guest |= {"vpl011": b""} if vpl011 else {}
    guest |= {"t": module("device-tree", 0x4A100000)} if has_tree else {}
    entry = Passthrough("/passthrough/uart", 0, 0x9000000, 0x60000000, 0x1000)
    known: dict[str, tuple[Passthrough, ...]] = {} if entries is None else {"/chosen/one": (entry,) * entries}
    content = blob(guests(one=guest))
    host, given = host_of(read_dtb(content, "t.dtb"), "head"), Given(40, iommu=True, passthrough=known)
    facts = with_facts(offered(content, xen_reg=known)["d1"], host, xen("head"), given).guest
    assert facts is not None
    assert [each.startswith("the interrupts of the devices") for each in facts.untold] == [True] * is_told


@pytest.mark.parametrize(("size", "built"), [(1 << 29, True), (1 << 30, None)])
def test_page_tables_for_what_is_passed_through_are_of_the_pool(size: int, built: bool | None) -> None:
    """A guest of 64 MiB: its pool has 512 pages, and RAM and GIC can take 44 of them with two tables more at each level.

    512 MiB at a guest address, wherever it is, are 256 tables and six, 1 GiB 513 and six (p2m_pool).
    """
    guest: Description = {
        **GUEST,
        "memory": [0, 0x10000],
        "cpus": [1],
        "t": module("device-tree", 0x4A100000),
    }
    entry = Passthrough("/passthrough/x", 0, 0x80000000, 0x800000000, size)
    d1 = offered(blob(guests(one=guest)), xen_reg={"/chosen/one": (entry,)})["d1"]
    assert d1.domain.boots is built
    assert any("pages for page tables suffice" in each for each in d1.domain.reasons) is (built is None)


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
