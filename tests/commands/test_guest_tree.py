"""A guest's own device tree: valid ones of both toolstacks are accepted, and each seeded fault is found by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.commands.guest_tree_reports import helps, messages, report, verdicts
from tests.guest_trees import DOM0LESS, GRANT, REST, XL, changed, pci_ranges, reg
from tests.reading.trees import Description, blob
from verifier.commands import run

LOW, HIGH = REST
BASES = {"xl": XL, "dom0less": DOM0LESS}
UARTS = {"xl": "/sbsa-pl011 reg[0]", "dom0less": "/sbsa-uart@22000000 reg[0]"}
RESERVED: Description = {
    "#address-cells": [2],
    "#size-cells": [2],
    "ranges": b"",
    "buffer@60000000": {"reg": reg((0x60000000, 0x10000000))},
}
SECOND_BANK: Description = {"device_type": "memory", "reg": reg((0x48000000, 0x10000000))}


@dataclass(frozen=True)
class Seeded:
    """A fault, and what is said of it; in the message `{uart}` is the console's node."""

    name: str
    edit: dict[str, Any]
    rule: str
    message: str
    repair: str = ""


FAULTS = [
    Seeded(
        "region over RAM",
        {"hypervisor__reg": reg(GRANT, (0x48000000, 0xB8000000), HIGH)},
        "no-overlap",
        "/hypervisor reg[1] [0x48000000, 0x100000000) covers 128 MiB of /memory@40000000 reg[0] "
        "[0x40000000, 0x50000000), "
        "RAM of the domain: [0x48000000, 0x50000000)",
        "/hypervisor reg[1] = <0x0 0x50000000 0x0 0xb0000000>",
    ),
    Seeded(
        "region over MMIO",
        {"hypervisor__reg": reg(GRANT, (0x21000000, 0x2000000), *REST)},
        "no-overlap",
        "/hypervisor reg[1] [0x21000000, 0x23000000) covers 4 KiB of {uart} [0x22000000, 0x22001000), "
        "the guest layout: "
        "[0x22000000, 0x22001000)",
        "/hypervisor reg[1] left out",
    ),
    Seeded(
        "region over another",
        {"hypervisor__reg": reg(GRANT, LOW, (0xF0000000, 0x10000000), HIGH)},
        "no-overlap",
        "/hypervisor reg[1] [0x50000000, 0x100000000) and /hypervisor reg[2] [0xf0000000, 0x100000000) "
        "overlap by 256 MiB: "
        "[0xf0000000, 0x100000000)",
        "/hypervisor reg[2] left out",
    ),
    Seeded(
        "regions not sorted",
        {"hypervisor__reg": reg(GRANT, HIGH, LOW)},
        "device-tree-agrees",
        "/hypervisor reg[2] [0x50000000, 0x100000000) lies below /hypervisor reg[1] [0x200000000, "
        "0x10000000000): extended "
        "regions ascend, and Linux refuses all of them where they do not",
        "/hypervisor reg with its extended regions by address",
    ),
    Seeded(
        "region that wraps",
        {"hypervisor__reg": reg(GRANT, LOW, (0x200000000, 0xFFFFFFFF00000000))},
        "device-tree-agrees",
        "/hypervisor reg[2] has 0xffffffff00000000 (~16.0 EiB) from 0x200000000: it ends 4 GiB above "
        "2^64, and the end wraps "
        "to 0x100000000",
        "/hypervisor reg[2] = <0x2 0x0 0xfe 0x0>",
    ),
    Seeded(
        "region of size 0",
        {"hypervisor__reg": reg(GRANT, LOW, (0x200000000, 0))},
        "device-tree-agrees",
        "/hypervisor reg[2] has a size of 0 at 0x200000000: it describes nothing",
        "/hypervisor reg[2] = <0x2 0x0 0xfe 0x0>",
    ),
    Seeded(
        "region above 2^b",
        {"hypervisor__reg": reg(GRANT, LOW, (0x200000000, 0x1FE00000000))},
        "within-ipa",
        "/hypervisor reg[2] [0x200000000, 0x20000000000) does not fit 40 ipa bits: 1 TiB lie at or above "
        "0x10000000000 (1 TiB)",
        "/hypervisor reg[2] = <0x2 0x0 0xfe 0x0>",
    ),
    Seeded(
        "grant region over RAM",
        {"hypervisor__reg": reg((0x40000000, 0x1000000), *REST)},
        "no-overlap",
        "/hypervisor reg[0] [0x40000000, 0x41000000) and /memory@40000000 reg[0] [0x40000000, "
        "0x50000000) share 16 MiB: "
        "[0x40000000, 0x41000000)",
        "/hypervisor reg[0] = <0x0 0x38000000 0x0 0x1000000>",
    ),
    Seeded(
        "grant region too small",
        {"hypervisor__reg": reg((0x38000000, 0x20000), *REST)},
        "minimum-size",
        "the grant region of guest [0x38000000, 0x38020000) has 128 KiB; its 64 grant frames need 256 "
        "KiB, 128 KiB more",
        "/hypervisor reg[0] = <0x0 0x38000000 0x0 0x1000000>",
    ),
    Seeded(
        "reg cut short",
        {"hypervisor__reg": reg(GRANT, *REST)[:-1]},
        "device-tree-agrees",
        "/hypervisor reg has 44 bytes, 12 more than 2 whole entries of 16 (/ has #address-cells 2 and #size-cells 2)",
        "/hypervisor reg with 32 or 48 bytes",
    ),
    Seeded(
        "region over reserved memory",
        {"reserved-memory": RESERVED},
        "no-overlap",
        "/hypervisor reg[1] [0x50000000, 0x100000000) covers 256 MiB of /reserved-memory/buffer@60000000 "
        "reg[0] [0x60000000, "
        "0x70000000), reserved memory: [0x60000000, 0x70000000)",
    ),
    Seeded(
        "memory nodes that overlap",
        {"memory@48000000": SECOND_BANK},
        "no-overlap",
        "/memory@40000000 reg[0] [0x40000000, 0x50000000) and /memory@48000000 reg[0] [0x48000000, "
        "0x58000000) share 128 MiB: "
        "[0x48000000, 0x50000000)",
        "/memory@40000000 reg[0] = <0x0 0x40000000 0x0 0x20000000>",
    ),
    Seeded(
        "region not at 2 MiB",
        {"hypervisor__reg": reg(GRANT, (0x50001000, 0xAFFFF000), HIGH)},
        "aligned",
        "/hypervisor reg[1] [0x50001000, 0x100000000) starts at 0x50001000, 4 KiB above a multiple of 2 MiB",
        "/hypervisor reg[1] = <0x0 0x50000000 0x0 0xb0000000>",
    ),
]


@pytest.mark.parametrize("maker", BASES)
@pytest.mark.parametrize("release", [None, "4.20", "4.17", "4.18"])
def test_a_valid_tree_is_accepted(maker: str, release: str | None) -> None:
    """The regions of 256 MiB are the same in 4.17 to 4.20 but for the width; 4.19 changed a type cell of PCI."""
    tree = BASES[maker]
    if release in ("4.17", "4.18") and maker == "xl":
        tree = changed(tree, **{"pcie@10000000__ranges": pci_ranges(0x42000000)})
    found = report(tree, release)
    assert found.verdict == "proved"
    assert [each.ipa_bits for each in found.maps] == [40, 42, 44, 48]
    assert found.kind == "guest-tree"
    proved = {rule for rule, told in verdicts(found).items() if told == {"proved"}}
    assert proved >= {
        "no-overlap", "within-ipa", "aligned", "minimum-size", "banks", "interrupts", "complete", "device-tree-agrees",
    }  # fmt: skip


@pytest.mark.parametrize("maker", BASES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_found(fault: Seeded, maker: str) -> None:
    found = report(changed(BASES[maker], **fault.edit), "4.20", 40)
    assert found.verdict == "refuted"
    assert fault.message.format(uart=UARTS[maker]) in messages(found, fault.rule)
    assert not fault.repair or fault.repair in helps(found, "device-tree-agrees")


@pytest.mark.parametrize("maker", BASES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_whatever_the_width(fault: Seeded, maker: str) -> None:
    """Nobody says how wide the address space is: the fault must not make the tree one of another width."""
    found = report(changed(BASES[maker], **fault.edit))
    assert found.verdict == "refuted"
    told = messages(found, fault.rule)
    assert fault.message.format(uart=UARTS[maker]) in told or fault.name == "region above 2^b"
    assert told


def test_the_thread_s_node_is_decoded_and_judged(capsys: pytest.CaptureFixture[str]) -> None:
    """0xde00000000 is 888 GiB and 0x200000000 are 8 GiB; it lies above 2^32 and 2^36, and GUEST_RAM1 ends at 2^40."""
    assert run(["guest", "tests/guests/thread-node.dts"]) == 1
    told = capsys.readouterr().out
    assert "[0xde00000000, 0xe000000000)  8 GiB" in told
    assert "guest is unsound (within-ipa, device-tree-agrees)" in told.splitlines()[0]
    assert (
        "/hypervisor reg[1] [0xde00000000, 0xe000000000) does not fit 32 ipa bits: 8 GiB lie at or above "
        "0x100000000 (4 GiB)" in told
    )
    assert (
        "the end of /hypervisor reg[1] is 0xe000000000; the end of the rest of its RAM window, whatever "
        "RAM the guest has, is "
        "0x10000000000 (finalize_hypervisor_node, xen 4.16.7)" in told
    )


@pytest.mark.parametrize(("gib", "shared"), [(896, "8 GiB"), (888, "8 GiB"), (884, "4 GiB"), (880, "")])
def test_the_thread_s_node_beside_ram(gib: int, shared: str) -> None:
    """RAM of bank 1 begins at 8 GiB: 896 GiB of it end at 904, 888 at 896, 884 at 892 and 880 at 888 GiB."""
    tree: Description = {
        "#address-cells": [2],
        "#size-cells": [2],
        "memory@200000000": {"device_type": "memory", "reg": reg((0x200000000, gib << 30))},
        "hypervisor": {
            "compatible": ["xen,xen-4.16", "xen,xen"],
            "reg": reg(GRANT, (0xDE00000000, 0x200000000)),
            "interrupts": [1, 15, 0xF08],
            "interrupt-parent": [65000],
        },
    }
    told = messages(report(tree, None, 40), "no-overlap")
    assert len(told) == bool(shared)
    assert all(f"covers {shared} of /memory@200000000 reg[0]" in each for each in told)


@pytest.mark.parametrize(("version", "rule"), [("4.16", "no-overlap"), ("4.20", "one-to-one-holes")])
def test_a_part_of_a_tree_is_open(version: str, rule: str) -> None:
    """Nothing speaks against it, and nothing is proved of what it does not have.

    From 4.17 on it can be one of a direct-mapped guest, whose regions lie anywhere.
    """
    node = {**XL["hypervisor"], "compatible": [f"xen,xen-{version}", "xen,xen"]}
    found = report({"#address-cells": [2], "#size-cells": [2], "hypervisor": node}, None, 40)
    assert found.verdict == "unknown"
    told = verdicts(found)
    assert told["device-tree-agrees"] == told[rule] == {"unknown"}
    assert "banks" not in told


@pytest.mark.parametrize("grant", [(0x40200000, 0x40000), (0x38000000, 0x40000)])
def test_a_part_of_dom0_s_tree_is_no_wrong_one_of_a_guest(grant: tuple[int, int]) -> None:
    """Its grant region is the begin of Xen's text, and its regions are holes of the board."""
    node = {**XL["hypervisor"], "compatible": ["xen,xen-4.16", "xen,xen"], "interrupts": [1, 0, 0xF08]}
    node["reg"] = reg(grant, (0x8000000, 0x8000000))
    found = report({"#address-cells": [2], "#size-cells": [2], "hypervisor": node}, None, 40)
    assert found.verdict == "unknown"


def test_pages_of_the_toolstack_are_in_no_tree_and_taken_all_the_same() -> None:
    """xenstore's is the second page from GUEST_MAGIC_BASE (XENSTORE_PFN_OFFSET)."""
    tree = changed(XL, **{"passthrough__serial@30000000__reg": reg((0x39001000, 0x1000))})
    (message,) = messages(report(tree, "4.20", 40), "no-overlap")
    assert message == (
        "/passthrough/serial@30000000 reg[0] [0x39001000, 0x39002000) and xenstore page (GUEST_MAGIC) [0x39001000, "
        "0x39002000) share 4 KiB: [0x39001000, 0x39002000)"
    )


def test_the_release_is_that_of_the_tree_unless_one_is_given() -> None:
    assert report(XL).release == "4.20.4"
    other = report(XL, "4.21")
    assert other.release == "4.21.2"
    assert "/hypervisor names xen 4.20, and it is judged as one of xen 4.21.2" in other.notes
    later = changed(XL, hypervisor__compatible=["xen,xen-4.99", "xen,xen"])
    assert report(later).release == "head"
    assert report(changed(XL, hypervisor__compatible=["xen,xen"])).release == "head"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ipa-bits=41"], "xen 4.20.4 on arm64 never runs with 41 ipa bits"),
        (["--memory=1G"], "--memory: this is a guest's own device tree, and says what the guest has"),
        (["--domain=d1", "--no-iommu"], "--domain and --iommu: this is a guest's own device tree"),
        (["--xen=4.3"], 'release "4.3" has no layout macros; the first that has is 4.4.0'),
        (["--kernel-bits=16"], '"16" is no width of this kernel'),
    ],
)
def test_options_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    path = tmp_path / "guest.dtb"
    path.write_bytes(blob(XL))
    assert run(["guest", str(path), *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", BASES)
def test_the_command_takes_a_blob(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = tmp_path / "guest.dtb"
    path.write_bytes(blob(BASES[name]))
    assert run(["guest", str(path), "--xen", "4.20"]) == 0
    assert "sound and complete; 1 domain of xen 4.20.4" in capsys.readouterr().out


def test_the_command_takes_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guest", "tests/guests/xl-4.20.dts", "-q"]) == 0
    assert capsys.readouterr().out == (
        "tests/guests/xl-4.20.dts: sound and complete; 1 domain of xen 4.20.4 (release build)\n"
    )
