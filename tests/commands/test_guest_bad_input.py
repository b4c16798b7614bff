"""`verifier guest` on what is none: exit status 2 and one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.guest_asked import FOUR, config
from verifier.commands import run


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "guest.cfg: error: nothing in it; expected a configuration of xl or a device tree\n"),
        (b" \n\n", "guest.cfg: error: nothing in it; expected a configuration of xl or a device tree\n"),
        (
            b"hello\n",
            'guest.cfg:1: error: column 6: end of line where xl expects "=" or "+=" behind "hello"\n',
        ),
        (b"\x7fELF\x02\x01", "guest.cfg:1: error: column 1: character U+007F stands for nothing here\n"),
        (
            b"\xed\xfe\x0d\xd0\x00\x01",
            "guest.cfg: error: neither a configuration of xl, for it has zero bytes, nor a device tree blob: "
            "it starts with edfe0dd0, not d00dfeed\n",
        ),
        (b'name="\xff\xfe', "guest.cfg:1: error: "),
        (b"\xd0\x0d\xfe\xed" + b"\xff" * 60, "guest.cfg: error: "),
        (b"/dts-v1/;\n/ { reg = <; };\n", "guest.cfg:2: error: dtc: "),
        (
            b'name="g"\niomem=["zz"]\n',
            'guest.cfg:2: error: iomem "zz" is refused by xl; expected START,COUNT or START,COUNT@GFN, all hexadecimal\n',
        ),
        (b'name="g"\nirqs=["x"]\n', 'guest.cfg:2: error: irq "x" is no decimal number\n'),
    ],
)
def test_bad_files_are_one_line(
    content: bytes, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "guest.cfg").write_bytes(content)
    assert run(["guest", "guest.cfg"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(message)
    assert (said.out, said.err.count("\n")) == ("", 1)


CONTRADICTIONS = "a device tree says itself what its guests are\n"
NO_HOST = "of the device tree of a host, and"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/no/such.cfg"], "/no/such.cfg: error: cannot be read: no such file or directory\n"),
        (["/"], "/: error: cannot be read: is a directory\n"),
        ([""], 'error: "" is no file; expected one, or options alone\n'),
        (["--xen", "4.99"], 'error: no release "4.99"; "verifier list" shows all\n'),
        (["--xen", "nine"], 'error: "nine" is no release; expected xen-4.22, 4.17.3 or head\n'),
        (
            ["--xen", "4.4"],
            "error: --memory: where xen 4.4.4 puts the magic pages depends on it\n",
        ),
        (
            ["--ipa-bits", "39"],
            "error: xen head on arm64 never runs with 39 ipa bits; it has [32, 36, 40, 42, 44, 48]\n",
        ),
        (
            [FOUR],
            f"{FOUR}: error: which guest? there are d1 (domU1), d2 (domU2), d3 (domU3) and d4 (domU4); expected --domain\n",
        ),
        ([FOUR, "--domain=d0"], f"{FOUR}: error: d0 is no guest: verifier host is for hardware domains\n"),
        ([FOUR, "--domain=d9"], f'{FOUR}: error: no domain "d9"; there are d0, d1, d2, d3, d4\n'),
        (
            ["tests/boards/sl28.dtb"],
            "tests/boards/sl28.dtb: error: no guest: the tree has no node with the compatible xen,domain below /chosen\n",
        ),
        ([FOUR, "--memory=1G", "--domain=d1"], f"{FOUR}: error: --memory: {CONTRADICTIONS}"),
        ([FOUR, "--iomem=1,1", "--gic=v2"], f"{FOUR}: error: --gic and --iomem: {CONTRADICTIONS}"),
        (["--domain=d1"], f"error: --domain: {NO_HOST} there is none\n"),
        (["--no-iommu", "--log=x"], f"error: --no-iommu and --log: {NO_HOST} there is none\n"),
        (["--iommu", "--ram=0x0+1G", "--partial=x"], f"error: --iommu, --ram and --partial: {NO_HOST} there is none\n"),
        (["--toolstack=dom0less", "--vpci"], "error: --vpci: a dom0less domain has no such device\n"),
        (["--toolstack=dom0less", "--acpi"], "error: --acpi: a dom0less domain has no such device\n"),
        (["--toolstack=dom0less", "--virtio=1"], "error: --virtio: a dom0less domain has no such device\n"),
        (
            ["--toolstack=dom0less", "--xen=4.11"],
            "error: --toolstack dom0less: xen/arch/arm/domain_build.c: no release before 4.12.0 builds guests of the host's "
            "device tree, and xen 4.11.4 does not\n",
        ),
        (
            ["--gic=v3", "--memory=1G", "--xen=4.4"],
            "error: --gic v3: xen 4.4.4 has no vGICv3, as its arch-arm.h has no GUEST_GICV3_GICD_BASE\n",
        ),
        (
            ["--vuart", "--xen=4.9"],
            "error: --vuart: xen 4.9.4 has no such device, as its arch-arm.h has no GUEST_PL011_BASE\n",
        ),
        (
            ["--virtio=1", "--xen=4.16.0"],
            "error: --virtio: xen 4.16.0 has no such device, as its arch-arm.h has no GUEST_VIRTIO_MMIO_BASE\n",
        ),
        (
            ["--iomem", "zz"],
            '--iomem: error: iomem "zz" is refused by xl; expected START,COUNT or START,COUNT@GFN, all hexadecimal\n',
        ),
        (["--iomem", "1,0"], '--iomem: error: iomem "1,0" is of no page frames, which Xen refuses\n'),
        (["--irq", "x"], '--irq: error: irq "x" is no decimal number\n'),
        (["--kernel-bits=31"], 'error: "31" is no width of this kernel; expected --kernel-bits 32 or 64, once\n'),
        (["--memory=0"], "Error: Invalid value for '--memory': \"0\" is no size: it is 0\n"),
        (["--gic=v4"], "Error: Invalid value for '--gic': 'v4' is not one of 'v2', 'v3'.\n"),
        (["--vcpus=0"], "Error: Invalid value for '--vcpus': 0 is not in the range x>=1.\n"),
    ],
)  # fmt: skip
def test_bad_options(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guest", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(message)
    assert said.err.startswith(message) or message.startswith("Error: ")


def test_a_configuration_takes_no_options_of_a_host(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guest", config(folder), "--domain=d1"]) == 2
    assert capsys.readouterr().err == f"guest.cfg: error: --domain: {NO_HOST} this is a configuration of xl\n"
    assert run(["guest", config(folder), "--toolstack=dom0less"]) == 2
    assert capsys.readouterr().err == (
        "guest.cfg: error: a configuration of xl; --toolstack dom0less is for options without a file\n"
    )
