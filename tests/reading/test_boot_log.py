"""Logs: what is read is what Xen printed; what is lost, garbled or contradictory is told with its lines."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.reading.runs import runs
from tests.timing import HANG
from verifier.layout.boot import BootLog, DomainLog, Stretch
from verifier.layout.errors import InputError
from verifier.reading import boot_log
from verifier.reading.boot_log import read_boot_log

LOG = """\
(XEN) RAM: 0000000040000000 - 000000013fffffff
(XEN) Command line: console=dtuart dom0_mem=128M
(XEN) Xen version 4.17.7 (Debian 4.17.7+13) (gcc 12.2.0) debug=n Wed Nov  4 16:52:28 UTC 2026
(XEN) I/O virtualisation enabled
(XEN) P2M: 44-bit IPA with 44-bit PA and 8-bit VMID
(XEN) P2M: 4 levels with order-0 root, VTCR 0x0000000080043594
(XEN) *** LOADING DOMAIN 0 ***
(XEN) Loading d0 kernel from boot module @ 0000000041000000
(XEN) Allocating 1:1 mappings totalling 128MB for dom0:
(XEN) BANK[0] 0x00000048000000-0x00000050000000 (128MB)
(XEN) Grant table range: 0x00000040200000-0x00000040240000
(XEN) d0: extended region 0: 0->0x8000000
(XEN) d0: extended region 1: 0x50000000->0x90000000
(XEN) *** LOADING DOMU cpus=1 memory=0x40000KB ***
(XEN) Loading d1 kernel from boot module @ 0000000041400000
(XEN) d1: STATIC BANK[0] 0x00000080000000-0x00000090000000
(XEN) d1 BANK[0] 0x00000040000000-0x00000050000000 (256MB)
(XEN) d1: extended regions support is disabled
(XEN) Freed 448kB init memory.
"""


def read(text: str) -> BootLog:
    return read_boot_log(text.encode(), "log")


def shown(stretches: tuple[Stretch, ...]) -> list[list[str]]:
    return [[hex(each.start), hex(each.end)] for each in stretches]


def test_everything_has_its_line() -> None:
    log = read(LOG)
    assert (log.version, log.debug, log.iommu, log.lines) == ("4.17.7", False, True, 19)
    assert log.command_line == "console=dtuart dom0_mem=128M"
    assert log.memory == (Stretch(0x40000000, 0x140000000, 1),)
    assert log.ipa_bits is not None
    assert log.pa_bits is not None
    assert (log.ipa_bits.value, log.ipa_bits.line, log.pa_bits.value) == (44, 5, 44)
    d0, d1 = log.domains
    assert d0.banks == (Stretch(0x48000000, 0x50000000, 10),)
    assert d0.grant_table == Stretch(0x40200000, 0x40240000, 11)
    assert d0.extended == (Stretch(0, 0x8000000, 12), Stretch(0x50000000, 0x90000000, 13))
    assert (d0.without, d0.complete) == (None, True)
    assert (d1.name, d1.banks, d1.extended) == ("d1", (Stretch(0x40000000, 0x50000000, 17),), ())
    assert d1.static_banks == (Stretch(0x80000000, 0x90000000, 16),)
    assert d1.without is not None
    assert (d1.without.kind, d1.without.line) == ("no-regions", 18)
    assert (log.domain("d1"), log.domain("d2")) == (d1, None)


DRESSES: dict[str, Callable[[str], str]] = {
    "bare": lambda line: line.removeprefix("(XEN) "),
    "seconds": lambda line: line.replace("(XEN) ", "(XEN) [    0.012345] "),
    "date": lambda line: line.replace("(XEN) ", "(XEN) [2026-11-24 14:59:03.123] "),
    "raw": lambda line: line.replace("(XEN) ", "(XEN) [0000000123456abc] "),
    "terminal": lambda line: f"[14:59:03] {line}\x1b[0m\r",
    "colour": lambda line: f"\x1b[1;33m{line}",
    "after others": lambda line: f"[    1.5] dom0 was speaking{line}",
    "no space": lambda line: line.replace("(XEN) ", "(XEN)"),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_dress_does_not_matter(dress: str) -> None:
    dressed = "\n".join(DRESSES[dress](line) for line in LOG.splitlines())
    plain, log = read(LOG), read(dressed)
    assert (log.version, log.ipa_bits, log.iommu) == (plain.version, plain.ipa_bits, plain.iommu)
    assert (log.memory, log.domains) == (plain.memory, plain.domains)


def test_other_output_does_not_count() -> None:
    """Guests (`(d1) `) could print anything, and so could dom0 between Xen's lines."""
    noise = "(d1) (XEN) d0: extended region 2: 0x1000->0x2000\nd0: extended region 3: 0x1->0x2\n\x00\xff\n"
    text = "".join(f"{noise}{line}\n" for line in LOG.splitlines())
    assert [shown(each.extended) for each in read(text).domains] == [
        shown(each.extended) for each in read(LOG).domains
    ]


def test_two_messages_on_a_line() -> None:
    text = LOG.replace("(128MB)\n(XEN) Grant", "(128MB)(XEN) Grant")
    d0 = read(text).domains[0]
    assert (len(d0.banks), d0.grant_table) == (1, Stretch(0x40200000, 0x40240000, 10))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "(XEN) d0: extended region 1: 0x50000000->0x80000000",
            "two values of extended region of d0 1: [0x50000000, 0x90000000) in line 13, "
            "[0x50000000, 0x80000000) in line 20",
        ),
        ("(XEN) I/O virtualisation disabled", "two values of I/O virtualisation: True in line 4, False in line 20"),
        ("(XEN) P2M: 40-bit IPA with 40-bit PA and 8-bit VMID", "two values of ipa: 44 in line 5, 40 in line 20"),
        ("(XEN) Xen version 4.18.0 (x) debug=y", "two values of version: 4.17.7 in line 3, 4.18.0 in line 20"),
        (
            "(XEN) d1 BANK[0] 0x40000000-0x60000000 (512MB)",
            "two values of bank of d1 0: [0x40000000, 0x50000000) in line 17, [0x40000000, 0x60000000) in line 20",
        ),
        ("(XEN) d0: extended region 3: 0x1->0x2", "extended region 2 of d0 is missing, 3 is there"),
        ("(XEN) d2: STATIC BANK[1] 0x1000-0x2000", "static bank 0 of d2 is missing, 1 is there"),
        ("(XEN) d0: extended region 2: 0x90000000", "garbled line: 'd0: extended region 2: 0x90000000'"),
        ("(XEN) d0: extended reg[  1.2] tty", "garbled line: 'd0: extended reg[  1.2] tty'"),
        ("(XEN) d1 BANK[1] 0x00000040000000-0x00", "garbled line: 'd1 BANK[1] 0x00000040000000-0x00'"),
        ("(XEN) P2M: 44-bit", "garbled line: 'P2M: 44-bit'"),
        ("(XEN) d0: extended region 2: 0x20->0x10", "[0x20, 0x10) ends before it starts"),
        ("(XEN) d0: extended region 99999: 0x1->0x2", "extended region of d0 99999; Xen has fewer than 4096"),
    ],
)  # fmt: skip
def test_what_does_not_fit(line: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(LOG + line)
    assert str(caught.value) == f"log:20: error: {message}"


def test_a_line_of_nobody() -> None:
    """Between the start of a domain and its name: of a hardware domain, but which?"""
    text = LOG.replace(
        "(XEN) Loading d1 kernel", "(XEN) Grant table range: 0x1000-0x2000\n(XEN) Loading d1 kernel"
    )
    with pytest.raises(InputError, match="log:15: error: a line of a domain before the log says which"):
        read(text)


def test_a_lost_beginning_is_told() -> None:
    """The ring buffer of `xl dmesg` wraps."""
    lines = LOG.splitlines()[12:]
    with pytest.raises(InputError, match="log:1: error: extended region 0 of d0 is missing, 1 is there"):
        read("\n".join(lines))


def test_two_equal_boots_are_one() -> None:
    assert read(LOG + LOG).domains == read(LOG).domains


@pytest.mark.parametrize(("last", "complete"), [(13, False), (14, True), (19, True)])
def test_a_log_that_ends_among_regions_is_not_complete(last: int, complete: bool) -> None:
    log = read("\n".join(LOG.splitlines()[:last]) + "\n")
    assert log.domains[0].complete == complete


@pytest.mark.parametrize("text", ["", "\n", "hello", "(XEN) hello", "\x7fELF\x00\x01"])
def test_what_is_no_log(text: str) -> None:
    with pytest.raises(InputError, match="log: error: no boot log of Xen"):
        read(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Assertion 's <= e' failed at common/rangeset.c:121", "assertion"),
        ("Data Abort Trap. Syndrome=0x5", "abort"),
        ("CPU0: Unexpected Trap: Data Abort", "abort"),
        ("Xen BUG at p2m.c:1", "bug"),
        ("d0: failed to allocate extended regions", "no-regions"),
        ("d1: extended regions not supported for 32-bit guests", "no-regions"),
        ("Unable to retrieve address 0 for /soc/u@5000000", "failure"),
        ("fdt: node `memory@0': parsing failed", "failure"),
    ],
)
def test_troubles(text: str, kind: str) -> None:
    *_, last = read(LOG + f"(XEN) {text}\n").troubles
    assert (last.kind, last.text, last.line) == (kind, text, 20)


def test_a_panic_has_its_reason() -> None:
    stars = "*" * 40
    text = f"(XEN) {stars}\n(XEN) Panic on CPU 0:\n(XEN) \n(XEN) Could not set up DOM0 (rc = -22)\n(XEN) {stars}\n"
    *_, last = read(LOG + text).troubles
    assert (last.kind, last.text, last.line) == ("panic", "Could not set up DOM0 (rc = -22)", 23)


@pytest.mark.parametrize("text", [
    "The extended regions support is disabled", "Failed to allocate extended regions",
    "The extended regions are only supported for 64-bit guest currently", "The extended regions cannot be allocated",
])  # fmt: skip
def test_4_16_knows_only_dom0(text: str) -> None:
    """xen/arch/arm/domain_build.c make_hypervisor_node of 4.16."""
    d0 = read(LOG + f"(XEN) {text}\n").domain("d0")
    assert d0 is not None
    assert d0.without is not None
    assert d0.without.text == text


def test_an_arm32_width() -> None:
    """4.16 and 4.17 on arm32 print no PA."""
    log = read("(XEN) P2M: 40-bit IPA\n")
    assert log.ipa_bits is not None
    assert (log.ipa_bits.value, log.pa_bits) == (40, None)


def seen(log: BootLog) -> dict[str, Any]:
    """In the words of the other reader, which the runs' files come from."""
    d0 = log.domain("d0") or DomainLog("d0")
    return {
        "xen_version": log.version,
        "ipa_bits": log.ipa_bits and log.ipa_bits.value,
        "pa_bits": log.pa_bits and log.pa_bits.value,
        "iommu": log.iommu,
        "host_ram": shown(log.memory),
        "dom0_banks": shown(d0.banks),
        "gnttab": shown((d0.grant_table,))[0] if d0.grant_table else None,
        "ext_regions": shown(d0.extended),
    }


def test_real_logs_read_as_another_reader_read_them() -> None:
    domains = troubles = 0
    for name, run in runs().items():
        log = read_boot_log(run.log, name)
        ours = seen(log)
        assert {key: run.seen[key] for key in ours} == ours, name
        assert {each.name for each in log.domains} >= set(run.seen["domus"])
        for each, values in run.seen["domus"].items():
            domain = log.domain(each)
            assert domain is not None
            assert shown(domain.banks) == values["banks"], name
            assert shown(domain.extended) == values["ext_regions"], name
            assert shown(domain.static_banks) == values.get("static_host_banks", []), name
            domains += 1
        told = {f"(XEN) {trouble.text}" for trouble in log.troubles}
        expected = {error for error in run.seen["errors"] if not error.startswith("(XEN) Panic on CPU")}
        assert expected <= told, name
        troubles += len(expected)
    assert domains >= 15
    assert troubles >= 8


def test_damaged_logs_give_the_values_or_less_or_a_sentence() -> None:
    """A character changed, a line lost, doubled or cut: no region that was not printed, and no gap."""
    chance = random.Random(1)
    refused = 0
    names = list(runs())
    for _ in range(1500):
        run = runs()[chance.choice(names)]
        lines = run.log.decode("utf-8", "replace").split("\n")
        at = chance.randrange(len(lines))
        kind = chance.randrange(5)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        elif kind == 2:
            lines[at:at] = [lines[at]]
        elif kind == 3:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)] + "[ 0.5] tty0"
        else:
            del lines[at:]
        began = time.process_time()
        log = None
        with suppress(InputError):
            log = read_boot_log("\n".join(lines).encode(), "log")
        assert time.process_time() - began < HANG
        if log is None:
            refused += 1
            continue
        d0 = log.domain("d0")
        regions = shown(d0.extended) if d0 else []
        assert regions == run.seen["ext_regions"][: len(regions)]
        lost = len(regions) < len(run.seen["ext_regions"])
        assert not lost or kind in (0, 1, 3, 4)
    assert refused > 20


def test_noise_ends_soon() -> None:
    """Long lines, many lines, any bytes."""
    chance = random.Random(2)
    hostile = [
        b"(XEN) " * 200_000,
        b"(XEN) Allocating " + b"mappings " * 100_000,
        b"(XEN) Xen version " + b"debug=" * 100_000,
        b"\x1b[" * 400_000,
        b"(XEN) [" + b"0" * 500_000,
        b"[" * 500_000 + b"(d1)",
        b"\n".join(b"(XEN) d%d: extended region 0: 0x1->0x2" % number for number in range(30_000)),
        b"\n".join(b"(XEN) RAM: %016x - %016x" % (number, number) for number in range(5_000)),
        chance.randbytes(1 << 20),
        b"(XEN) " + chance.randbytes(1 << 20).replace(b"\n", b"\n(XEN) "),
    ]
    for content in hostile:
        began = time.process_time()
        with suppress(InputError):
            assert read_boot_log(content, "log").lines < 1_000_000
        assert time.process_time() - began < 3


@pytest.mark.parametrize("between", ["\n(XEN) ", "\r\n(XEN) ", "\r(XEN) ", "(XEN) ", "\n", "\r\n", "\r"])
def test_as_many_lines_as_are_read_and_one_more(monkeypatch: pytest.MonkeyPatch, between: str) -> None:
    """Of Xen's and of others; in one line there may be several. Whether the last one ends makes no difference."""
    monkeypatch.setattr(boot_log, "MOST_LINES", 5)
    prefix = "(XEN) " if "(XEN) " in between else ""
    lines = ["I/O virtualisation enabled", *"abcd"]
    for end in ("", "\n", "\r\n", "\r"):
        assert read(prefix + between.join(lines) + end).lines == 5
        with pytest.raises(InputError, match="a log of more than 5 lines: give those of one boot"):
            read(prefix + between.join([*lines, "e"]) + end)


def test_regions_of_4_16_are_those_of_dom0() -> None:
    """It prints `Extended region 0: ...` and not whose they are (make_hypervisor_node of RELEASE-4.16.0)."""
    log = read_boot_log(
        b"(XEN) Extended region 0: 0x40400000->0x48000000\n(XEN) Extended region 1: 0->0x1\n", "l"
    )
    (d0,) = log.domains
    assert [(each.start, each.end) for each in d0.extended] == [(0x40400000, 0x48000000), (0, 1)]
    with pytest.raises(InputError, match="garbled"):
        read_boot_log(b"(XEN) Extended region 0: 0x40400000-\n", "l")
