"""`verifier guest`: the whole map of a guest of xl, of options, or of a domain of a host's tree, as a user types it."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.guest_asked import CONFIG, FOUR, GIB, MIB, config, document, offered, refuted
from tests.commands.test_host_consumers import GUESTS
from tests.commands.test_host_inputs import module
from tests.reading.trees import Description, blob
from verifier.commands import run


def test_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 GiB of RAM at 1 GiB; what both windows have above it is offered."""
    arguments = (config(folder), "--xen", "4.21", "--ipa-bits", "40")
    found = document(capsys, *arguments)
    assert (found["subject"]["kind"], found["subject"]["name"]) == ("xl-config", "guest.cfg")
    (domain,) = found["domains"]
    assert (domain["name"], domain["banks"]) == ("domd", [{"start": "0x40000000", "end": "0x80000000"}])
    assert offered(domain) == [(2 * GIB, 4 * GIB), (8 * GIB, 1 << 40)]
    assert {each["name"]: (each["start"], each["end"]) for each in domain["regions"]} == {
        "GICD": ("0x3001000", "0x3011000"),
        "GICR": ("0x3020000", "0x4020000"),
        "console page": ("0x39000000", "0x39001000"),
        "xenstore page": ("0x39001000", "0x39002000"),
        "memory access page": ("0x39002000", "0x39003000"),
        "vuart page": ("0x39003000", "0x39004000"),
    }
    assert run(["guest", *arguments]) == 0
    said = capsys.readouterr().out
    assert said.startswith("guest.cfg: sound and complete; 1 domain of xen 4.21.2 (release build)\n")
    for line in ("    [0x40000000, 0x80000000)  1 GiB\n", "    [0x200000000, 0x10000000000)  1016 GiB\n"):
        assert line in said


def test_a_domain_of_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    """Sound at the widths that a machine with this board can have; the PCI window ends at 2^40."""
    found = document(capsys, FOUR, "--domain", "d1", "--xen", "4.22")
    assert found["subject"]["kind"] == "device-tree"
    assert {each["name"] for each in found["domains"]} == {"d1"}
    assert {each["ipa_bits"] for each in found["domains"] if each["boots"]} == {40, 42, 44, 48}
    proved = {each["property"] for each in found["findings"] if each["verdict"] == "proved"}
    assert {"no-overlap", "banks", "interrupts", "complete", "within-ipa"} <= proved
    by_name = document(capsys, FOUR, "--domain", "domU1", "--xen", "4.22")
    assert by_name["findings"] == found["findings"]


def test_of_a_width_at_which_xen_does_not_boot_nothing_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    """It is not built, and so nothing is offered; but no space is lost."""
    found = document(capsys, FOUR, "--domain", "d1", "--xen", "4.22", "--ipa-bits", "36", status=1)
    assert [name for name, _ in refuted(found)] == ["built"]
    assert {each["verdict"] for each in found["findings"]} == {"refuted", "not-applicable"}


@pytest.mark.parametrize("bits", ["64", "32"])
def test_options_are_the_same_as_the_tree(bits: str, capsys: pytest.CaptureFixture[str]) -> None:
    """d1 of the board has 64 MiB and an emulated console; with a kernel of 32 bits it is offered no regions."""
    arguments = ("--xen", "4.22", "--ipa-bits", "40", "--kernel-bits", bits)
    (tree,) = document(capsys, FOUR, "--domain", "d1", "--no-iommu", *arguments)["domains"]
    options = ("--toolstack", "dom0less", "--memory", "64M", "--vuart", "--gic", "v3")
    (typed,) = document(capsys, *options, *arguments)["domains"]
    for key in ("banks", "grant_region", "extended_regions", "registers", "producer", "boots", "iommu"):
        assert tree[key] == typed[key], key
    assert [(each["name"], each["start"], each["end"]) for each in tree["regions"]] == [
        (each["name"], each["start"], each["end"]) for each in typed["regions"]
    ]


def test_options_are_the_same_as_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And change one where both say something."""
    options = ["--memory", "1G", "--vcpus", "2", "--gic", "v3", "--iomem", "fe200,4", "--irq", "112", "--vuart",
               "--vpci", "--acpi", "--virtio", "1", "--max-grant-frames", "128"]  # fmt: skip
    text = (
        'name="guest"\nmemory=1024\nvcpus=2\ngic_version="v3"\niomem=["fe200,4"]\nirqs=[112]\nvuart="sbsa_uart"\n'
        'pci=["01:00.0"]\nacpi=1\nvirtio=["type=virtio,device22,transport=mmio"]\nmax_grant_frames=128\n'
    )
    typed = document(capsys, *options, "--ipa-bits", "40")
    written = document(capsys, config(folder, text), "--ipa-bits", "40")

    def without_names(found: dict[str, Any]) -> list[Any]:
        return [
            (each["extended_regions"], each["banks"], each["boots"], each["iommu"],
             [(region["start"], region["end"]) for region in each["regions"]]) for each in found["domains"]
        ]  # fmt: skip

    assert without_names(typed) == without_names(written)
    assert typed["domains"][0]["iommu"] is True
    changed = document(capsys, config(folder), "--memory", "2G", "--ipa-bits", "40")
    assert changed["domains"][0]["banks"] == [{"start": "0x40000000", "end": "0xc0000000"}]


def test_iomem_of_a_guest_of_options(capsys: pytest.CaptureFixture[str]) -> None:
    """L07: since 108308feef what is offered begins behind the page. Before, the page is offered too."""
    arguments = ("--memory", "1G", "--iomem", "a0000,1", "--toolstack", "xl", "--ipa-bits", "40")
    found = document(capsys, *arguments, "--xen", "4.21", status=1)
    assert found["subject"]["kind"] == "options"
    assert refuted(found) == [
        (
            "aligned",
            "extended region 1 of guest [0xa0001000, 0x100000000) starts at 0xa0001000, 4 KiB above a multiple of 2 MiB",
        )
    ]
    assert offered(found["domains"][0])[:2] == [(0x80000000, 0xA0000000), (0xA0001000, 0x100000000)]
    found = document(capsys, *arguments, "--xen", "4.20", status=1)
    assert refuted(found) == [
        (
            "no-overlap",
            "extended region 0 of guest [0x80000000, 0x100000000) covers 4 KiB of iomem[0] (--iomem) [0xa0000000, "
            "0xa0001000), passed through to the domain: [0xa0000000, 0xa0001000)",
        )
    ]


def test_a_consumer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Linux with 64 KiB pages plugs 512 MiB at multiples of it: of 2940 MiB above 132 MiB five, of 440 MiB none."""
    arguments = ("--consumer", "linux-arm64-64k", "--xen", "4.21", "--ipa-bits", "32")
    found = document(capsys, config(folder, 'name="g"\nmemory=132\n'), *arguments)
    assert ("consumer-usable", "proved") in [
        (each["property"], each["verdict"]) for each in found["findings"]
    ]
    (usable,) = [
        each
        for each in found["domains"][0]["consumers"]
        if each["name"] == "linux-arm64-64k" and each["named"]
    ]
    assert int(usable["usable"], 16) == 5 * 512 * MIB
    found = document(capsys, config(folder, 'name="g"\nmemory=2632\n'), *arguments, status=1)
    assert [name for name, _ in refuted(found)] == ["consumer-usable"]


def test_no_kernel_takes_regions_of_a_guest_that_is_built_with_no_memory(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without --memory every size is answered; what stops all of them leaves nothing to a kernel."""
    arguments = ("--irq=40", "--irq=40", "--consumer=linux-arm64-64k", "--xen=4.20", "--ipa-bits=40")
    found = document(capsys, *arguments, status=1)
    assert [name for name, _ in refuted(found)] == ["built"]
    assert document(capsys, "--irq=993", "--ipa-bits=40", status=3)["domains"][0]["boots"] is None


def test_the_version_of_the_vgic(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both where nobody says, as one if the same is found of both."""
    text = CONFIG.replace('gic_version = "v3"\n', "")
    alike = document(capsys, config(folder, text), "--ipa-bits", "40")
    assert [each["name"] for each in alike["domains"]] == ["domd"]
    assert any("the same is found of v3 and v2" in note for note in alike["notes"])
    differ = document(
        capsys, config(folder, text.replace("vcpus = 2", "vcpus = 9")), "--ipa-bits=40", status=1
    )
    assert [each["name"] for each in differ["domains"]] == ["domd (vGICv3)", "domd (vGICv2)"]
    assert [each["domain"] for each in differ["findings"] if each["verdict"] == "refuted"] == [
        "domd (vGICv2)"
    ]
    for option, distributor in (("v2", "0x3002000"), ("v3", "0x3011000")):
        (one,) = document(capsys, config(folder, text), "--ipa-bits=40", "--gic", option)["domains"]
        assert one["regions"][0]["end"] == distributor


def test_what_xl_does_not_read_is_noted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(
        capsys, config(folder, f'{CONFIG}vurat="sbsa_uart"\non_crash="destroy"\n'), "--ipa-bits=40"
    )
    notes = "\n".join(found["notes"])
    assert 'guest.cfg:5: xl of this release does not read vurat (did you mean "vuart")' in notes
    assert "1 key without bearing on the map: on_crash" in notes


def test_what_is_open_is_three(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(folder, f"{CONFIG}nr_spis=961\n")
    document(capsys, path, "--ipa-bits=40", status=3)
    assert run(["guest", path, "--ipa-bits=40", "--expect", "unknown", "-q"]) == 0
    assert run(["guest", path, "--ipa-bits=40", "--expect", "proved", "-q"]) == 3


def test_expect(folder: Path) -> None:
    good = ["guest", config(folder), "--ipa-bits=40", "-q"]
    assert [run([*good, "--expect", each]) for each in ("proved", "refuted")] == [0, 1]
    bad = ["guest", "--iomem", "38000,1", "--ipa-bits=40", "-q"]
    assert [run([*bad, "--expect", each]) for each in ("proved", "refuted")] == [1, 0]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration and a blob alike; a file that is a device tree only in a comment is a configuration."""
    for content, kind, more in (
        (CONFIG.encode(), "xl-config", []),
        (b"# made of /dts-v1/\n" + CONFIG.encode(), "xl-config", []),
        (Path(FOUR).read_bytes(), "device-tree", ["--domain=d1"]),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        found = document(capsys, "-", "--ipa-bits=40", "--xen=4.22", *more)
        assert found["subject"]["kind"] == kind
        assert found["subject"]["name"] == "<stdin>"


SOURCE = """\
// A board with one guest, which has its RAM where Xen puts it.
/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;
    gic: interrupt-controller@8000000 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
        reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0xf60000>; interrupts = <1 9 4>; };
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 1 0>; };
    cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; reg = <0>; compatible = "arm,armv8"; }; };
    chosen { #address-cells = <2>; #size-cells = <2>;
        one { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; cpus = <1>; memory = <0 0x20000>;
            kernel@50000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x50000000 0 0x10000>; }; };
    };
};
"""


def test_source_of_a_tree_with_one_guest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has to say which. It is not enhanced: it has no grant region, and nothing is offered or open."""
    (folder / "host.dts").write_text(SOURCE, encoding="utf-8")
    found = document(capsys, "host.dts", "--ipa-bits=40", "--xen=4.22")
    for domain in found["domains"]:
        assert (domain["name"], domain["grant_region"], domain["extended_regions"]) == ("d1", None, [])


def with_reg(*cells: int) -> Description:
    """The board of one guest whose partial tree passes registers through."""
    return {
        "#address-cells": [2],
        "#size-cells": [2],
        "gic": {"phandle": [0xFDE8]},
        "passthrough": {
            "compatible": "simple-bus",
            "ranges": b"",
            "#address-cells": [2],
            "#size-cells": [2],
            "uart": {"reg": [0, cells[2], 0, cells[1]], "xen,reg": [0, cells[0], 0, cells[1], 0, cells[2]],
                     "xen,path": "/uart", "xen,force-assign-without-iommu": b""},
        },
    }  # fmt: skip


def guest_with_reg(folder: Path, *cells: int, **more: bytes) -> tuple[str, ...]:
    """Arguments for a guest of 2 GiB with `xen,reg` of host address, size and guest address; `more` has its node."""
    chosen = GUESTS["chosen"]
    partial = module("device-tree", 0x4A000000)
    (folder / "host.dtb").write_bytes(
        blob(
            {**GUESTS, "uart": {}, "chosen": {**chosen, "one": {**chosen["one"], **more, "partial": partial}}}
        )
    )
    (folder / "partial.dtb").write_bytes(blob(with_reg(*cells)))
    return ("host.dtb", "--domain=d1", "--partial=partial.dtb", "--xen=4.22", "--ipa-bits=40", "--iommu")


def test_xen_reg_over_ram_and_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RAM is [0x40000000, 0xc0000000). One page too many is permitted wherever it lies."""
    name = "xen,reg /passthrough/uart xen,reg[0]"
    found = refuted(document(capsys, *guest_with_reg(folder, 0xFE200000, 0x1000, 0x50000000), status=1))
    assert (
        "no-overlap",
        f"{name} [0x50000000, 0x50001000) and RAM bank 0 of d1 [0x40000000, 0xc0000000) share 4 KiB: "
        "[0x50000000, 0x50001000)",
    ) in found
    page = (
        "permissions-match",
        "4 KiB are permitted to d1 that none of its devices has: [0xfe201000, 0xfe202000); iomem_permit_access takes "
        f"[0xfe200000, 0xfe202000) for {name} [0xfe200000, 0xfe201000)",
    )
    assert page in found
    found = refuted(document(capsys, *guest_with_reg(folder, 0xFE200000, 0x1000, 0x10000000), status=1))
    assert found == [page]


def test_devices_of_the_host_and_the_console(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Interrupts of the host have their own numbers in the guest, where 32 is the console's: nobody reads which they are."""

    def verdict(arguments: tuple[str, ...]) -> dict[str, str]:
        (found,) = (
            each
            for each in document(capsys, *arguments, status=1)["findings"]
            if each["property"] == "interrupts"
        )
        return {found["verdict"]: found["message"]}

    place = (0xFE200000, 0x1000, 0x10000000)
    assert verdict(guest_with_reg(folder, *place, vpl011=b"")) == {
        "unknown": "the interrupts of the devices that its partial device tree passes through are not read: one may be "
        "that of the emulated PL011 (map_device_irqs_to_domain)"
    }
    assert list(verdict(guest_with_reg(folder, *place))) == ["proved"]


def test_acpi_and_a_kernel_of_32_bits(capsys: pytest.CaptureFixture[str]) -> None:
    """No guest: libxl makes tables for kernels of 64 bits only, which the kernel's width alone decides."""
    arguments = ("--acpi", "--memory=1G", "--ipa-bits=40", "--gic=v3")
    document(capsys, *arguments, "--kernel-bits=64", status=0)
    found = document(capsys, *arguments, "--kernel-bits=32", status=1)
    reason = "libxl refuses the guest: acpi is for kernels of 64 bits, and this one has 32 (--acpi)"
    assert ("built", reason) in refuted(found)


@pytest.mark.parametrize(("toolstack", "offered"), [("xl", 1), ("dom0less", 0)])
def test_regions_that_no_kernel_takes(
    toolstack: str, offered: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """libxl offers regions whatever the kernel's width, Xen to kernels of 64 bits alone; Linux for arm32 takes none."""
    run(["guest", "--memory=1G", "--ipa-bits=40", "--kernel-bits=32", f"--toolstack={toolstack}"])
    line = "  none: they are not taken by linux-arm32, linux-arm32-4.8, linux-arm32-3.7 and mini-os"
    assert capsys.readouterr().out.splitlines().count(line) == offered


@pytest.mark.parametrize("toolstack", ["xl", "dom0less"])
def test_what_no_option_tells(toolstack: str, capsys: pytest.CaptureFixture[str]) -> None:
    """How large kernel and initrd are; and no build of Xen for Arm has PCI passthrough that is not asked for it."""
    arguments = ("--memory=1M", "--ipa-bits=40", f"--toolstack={toolstack}")
    found = {each["id"] for each in document(capsys, *arguments)["assumptions"]}
    assert "kernel-fits" in found
    assert "pci-passthrough" not in found
    if toolstack == "xl":
        found = {each["id"] for each in document(capsys, *arguments, "--vpci")["assumptions"]}
        assert "pci-passthrough" in found
