"""`verifier guest` on what nobody should boot: each is one sentence with its ranges, sizes and places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.guest_asked import CONFIG, config, document, refuted
from verifier.commands import run

BAD: list[tuple[str, str, str, str]] = [
    (
        'iomem=["50000,8"]',
        "no-overlap",
        "iomem[0] (guest.cfg:5) [0x50000000, 0x50008000) and RAM bank 0 of domd [0x40000000, 0x80000000) share 32 KiB: "
        "[0x50000000, 0x50008000)",
        "domd is unsound (no-overlap)",
    ),
    (
        'iomem=["38000,8"]',
        "no-overlap",
        "iomem[0] (guest.cfg:5) [0x38000000, 0x38008000) and grant region of domd [0x38000000, 0x39000000) share 32 KiB: "
        "[0x38000000, 0x38008000)",
        "domd is unsound (no-overlap)",
    ),
    (
        'iomem=["fe200,1@39003"]',
        "no-overlap",
        "iomem[0] (guest.cfg:5) [0x39003000, 0x39004000) and vuart page (GUEST_MAGIC) [0x39003000, 0x39004000) share 4 KiB: "
        "[0x39003000, 0x39004000)",
        "domd is unsound (no-overlap)",
    ),
    (
        "max_grant_frames=4097",
        "minimum-size",
        "the grant region of domd [0x38000000, 0x39000000) has 16 MiB; its 4097 grant frames need ~16.0 MiB, 4 KiB more",
        "domd is unsound (minimum-size)",
    ),
    (
        "vuart='sbsa_uart'\nirqs=[32]",
        "interrupts",
        "vPL011 and irqs[0] both have interrupt 32 (GUEST_VPL011_SPI; guest.cfg:6)",
        "domd is unsound (interrupts); domd is not built (built)",
    ),
]


@pytest.mark.parametrize(("more", "rule", "message", "headline"), BAD)
def test_bad_configurations(
    more: str, rule: str, message: str, headline: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one sentence that says who, which ranges, how much and where from, in text and JSON."""
    arguments = [config(folder, f"{CONFIG}{more}\n"), "--xen", "4.22", "--ipa-bits", "40"]
    found = refuted(document(capsys, *arguments, status=1))
    assert (rule, message) in found
    assert run(["guest", *arguments]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"guest.cfg: refuted: {headline}; 1 domain of xen 4.22.0 (release build)\n")
    assert f"domd: unsound: {message}  [{rule}]\n" in said


@pytest.mark.parametrize(("toolstack", "unit"), [("xl", "1 MiB"), ("dom0less", "4 KiB")])
def test_memory_of_no_whole_units(toolstack: str, unit: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "--memory", "1025K", "--toolstack", toolstack, "--ipa-bits=40", status=1)
    message = f"guest asks for 0x100400 bytes of memory (--memory), 1 KiB more than whole units of {unit}"
    assert ("banks", message) in refuted(found)


def test_ram_beyond_the_address_space(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """80 GiB: 3 in the first bank, 77 from 8 GiB on, so 21 above 64 GiB."""
    text = 'name="g"\nmemory=81920\n'
    found = document(capsys, config(folder, text), "--ipa-bits", "36", "--xen", "4.22", status=1)
    assert refuted(found) == [
        (
            "within-ipa",
            "RAM bank 1 of g [0x200000000, 0x1540000000) does not fit 36 ipa bits: 21 GiB lie at or above 0x1000000000 "
            "(64 GiB)",
        )
    ]
    document(capsys, config(folder, text), "--ipa-bits", "40", "--xen", "4.22")


def test_the_same_pages_twice_are_no_conflict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two entries that name one page of the host at one place; at another one it is another page."""
    start = f'{CONFIG}iomem=["fe200,4@10000", "fe201,1@'
    document(capsys, config(folder, f'{start}10001"]\n'), "--ipa-bits", "40")
    found = document(capsys, config(folder, f'{start}10002"]\n'), "--ipa-bits", "40", status=1)
    assert [name for name, _ in refuted(found)] == ["no-overlap"]


def test_a_repair_is_that_of_its_width(capsys: pytest.CaptureFixture[str]) -> None:
    """One refutation for two widths, each with another size: 4 GiB and 64 GiB less the 1 and 5 GiB that have no RAM."""
    assert run(["guest", "--memory", "80G", "--xen", "4.22", "--ipa-bits", "32", "--ipa-bits", "36"]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  help: memory")]
    assert lines == [
        "  help: memory of 0xc0000000 (3 GiB) at most (32 ipa bits, without IOMMU)",
        "  help: memory of 0xec0000000 (59 GiB) at most (36 ipa bits, without IOMMU)",
    ]
