"""Every repair that is offered works when it is typed in, breaks nothing, and is priced right."""

from __future__ import annotations

import random
import re
from itertools import product
from pathlib import Path

import pytest

from tests.rules.headers import RELATIVE, SOUND, errors, refuted
from verifier.commands.check import Run, check
from verifier.layout.finding import Finding, Repair, Report
from verifier.reading.request import Request, load
from verifier.search.trial import Trial

MOVABLE = (
    "GUEST_GICV3_GICR0",
    "GUEST_VPCI_ECAM",
    "GUEST_VIRTIO_MMIO",
    "GUEST_GNTTAB",
    "GUEST_MAGIC",
    "GUEST_RAM1",
    "GUEST_RAM0",
)


def checked(path: Path, text: str, **options: str) -> Report:
    path.write_text(text)
    sound = path.parent / "sound.h"
    sound.write_text(SOUND)
    options = {"base": str(sound), "policy": "none", **options}
    return check(Request(str(path), **options))  # type: ignore[arg-type]


def changed(text: str, changes: dict[str, int]) -> str:
    for name, value in changes.items():
        text, count = re.subn(rf"(#define {name}\s+).*", rf"\g<1>xen_mk_ullong({value:#x})", text)
        assert count == 1, name
    return text


def broken_headers(seed: int) -> str:
    """The sound header with one region moved, grown or shrunk onto or near something else."""
    source = random.Random(seed)
    stem = source.choice(MOVABLE)
    values = {
        name: int(value, 16) for name, value in re.findall(r"define (\w+)\s+xen_mk_ullong\((\w+)\)", SOUND)
    }
    edges = sorted(
        {values[f"{each}_BASE"] for each in MOVABLE}
        | {values[f"{each}_BASE"] + values[f"{each}_SIZE"] for each in MOVABLE}
    )
    size = values[f"{stem}_SIZE"]
    if source.random() < 0.7:
        base = source.choice(edges) + source.choice([0, 0x1000, -0x1000, 0x200000, -size, -size // 2])
        return changed(SOUND, {f"{stem}_BASE": max(0, base)})
    factor = source.choice([size // 2, size * 2, size + 0x1000, size - 0x1000, size * 16])
    return changed(SOUND, {f"{stem}_SIZE": factor})


@pytest.mark.parametrize("seed", range(40))
def test_repairs_work_when_typed_in(seed: int, tmp_path: Path) -> None:
    release = ("4.15", "4.22")[seed % 2]
    text = broken_headers(seed)
    before = checked(tmp_path / "before.h", text, xen=release)
    for finding in refuted(before):
        for repair in finding.repairs:
            after = checked(tmp_path / "after.h", changed(text, dict(repair.changes)), xen=release)
            judge_repair(finding, repair, before, after)


def judge_repair(finding: Finding, repair: Repair, before: Report, after: Report) -> None:
    left = {(each.property, each.subjects): each for each in refuted(after)}
    costs = {each.property for each in errors(after) if each.property in RELATIVE}
    assert (finding.property, finding.subjects) not in left
    known = {(each.property, each.subjects): each for each in refuted(before)}
    assert set(left) <= set(known), "something new is refuted"
    for key, each in left.items():
        assert all(holds_in(each, known[key], before, configuration) for configuration in corners(after)), key
    assert set(repair.remaining) == {each.property for each in left.values()} | costs
    assert repair.ram == max(
        0, *(largest(before, bits) - largest(after, bits) for bits in (32, 36, 40, 42, 44, 48))
    )


def largest(report: Report, bits: int) -> int:
    return report.space.pages(bits) * 4096


def corners(report: Report) -> list[dict[str, int]]:
    """Extreme configurations, enough to tell whether a failing set has grown."""
    dimensions = report.space.dimensions
    found = []
    for bits, gic, virtio, vpci in product((32, 40), (2, 3), (0, 11), (0, 1)):
        for pages in (1, report.space.pages(bits) // 2, report.space.pages(bits)):
            plain = {
                name: each.low if each.is_count else each.choices[0] for name, each in dimensions.items()
            }
            chosen = {**plain, "ipa_bits": bits, "gic": gic, "virtio": virtio, "vpci": vpci, "memory": pages}
            found.append({name: chosen[name] for name in dimensions})
    return [each for each in found if report.space.admits(each)]


def holds_in(after: Finding, before: Finding, report: Report, configuration: dict[str, int]) -> bool:
    """Where it fails now, it failed before, if that configuration existed before."""
    fails_now = any(box.holds(configuration) for box in after.regimes)
    failed = any(box.holds(configuration) for box in before.regimes)
    return not fails_now or failed or not report.space.admits(configuration)


def test_most_broken_headers_get_a_repair(tmp_path: Path) -> None:
    """Or the test above would hold for want of repairs."""
    findings = [
        finding
        for seed in range(40)
        for finding in refuted(checked(tmp_path / "x.h", broken_headers(seed), xen="4.22"))
    ]
    cured = [finding for finding in findings if finding.repairs]
    assert len(findings) > 20
    assert len(cured) > len(findings) // 2
    assert all(len(finding.repairs) <= 4 for finding in findings)


def test_cheapest_first(tmp_path: Path) -> None:
    text = changed(SOUND, {"GUEST_GNTTAB_BASE": 0x40000000})
    finding = refuted(checked(tmp_path / "x.h", text))[0]
    assert finding.subjects == ("GUEST_GNTTAB", "GUEST_RAM0")
    prices = [(repair.ram, repair.other) for repair in finding.repairs]
    assert prices == sorted(prices)
    assert prices[0] == (0, 0)


def test_a_sum_that_wraps_in_c_is_cured_by_a_wide_number(tmp_path: Path) -> None:
    text = SOUND.replace(
        "#endif\n", "#define GUEST_FOO_BASE 0xffff0000\n#define GUEST_FOO_SIZE 0x10000\n#endif\n"
    )
    finding = refuted(checked(tmp_path / "x.h", text))[0]
    assert finding.property == "well-formed"
    assert [repair.summary for repair in finding.repairs] == [
        "GUEST_FOO_BASE = xen_mk_ullong(0xffff0000) (nothing lost); nothing else is refuted then"
    ]


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_moved_to_address_zero(seed: int, tmp_path: Path) -> None:
    for finding in refuted(checked(tmp_path / "x.h", broken_headers(seed))):
        for repair in finding.repairs:
            assert 0 not in repair.changes.values()


RAM0 = """\
#define GUEST_RAM_BANKS 2
#define GUEST_RAM0_BASE 0x40000000ULL
#define GUEST_RAM0_SIZE 0xd0000000ULL
#define GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM 0x43000000ULL
#define GUEST_VPCI_PREFETCH_MEM_ADDR 0x100000000ULL
#define GUEST_VPCI_PREFETCH_MEM_SIZE 0x100000000ULL
#define GUEST_RAM1_BASE 0x200000000ULL
#define GUEST_RAM1_SIZE 0xfe00000000ULL
#define GUEST_RAM_BASE GUEST_RAM0_BASE
#define GUEST_RAM_MAX (GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)
#define GUEST_RAM_BANK_BASES { GUEST_RAM0_BASE, GUEST_RAM1_BASE }
#define GUEST_RAM_BANK_SIZES { GUEST_RAM0_SIZE, GUEST_RAM1_SIZE }
"""


def test_ram_that_is_cut_back_costs_what_no_longer_fits(tmp_path: Path) -> None:
    """RAM0 as it has been since 4.5: that RAM1, beyond 36 bits as ever, is used 256 MiB earlier is no new fault."""
    report = checked(tmp_path / "ram0.h", RAM0)
    (overlap,) = (each for each in report.findings if each.property == "no-overlap")
    assert ({"GUEST_RAM0_SIZE": 0xC0000000}, 256 << 20) in [
        (dict(each.changes), each.ram) for each in overlap.repairs
    ]


@pytest.mark.parametrize(
    ("changes", "fine"),
    [
        ({"GUEST_RAM0_SIZE": 0xB0000000}, True),
        (
            {"GUEST_RAM0_SIZE": 0xB0000000, "GUEST_RAM1_BASE": 0x240000000, "GUEST_RAM1_SIZE": 0xFDC0000000},
            False,
        ),
        ({"GUEST_RAM1_BASE": 0x240000000, "GUEST_RAM1_SIZE": 0xFDC0000000}, False),
        ({"GUEST_RAM1_SIZE": 0xFE00200000}, False),
    ],
)
def test_only_a_cut_is_excused(changes: dict[str, int], fine: bool) -> None:
    """RAM1 that begins later, or grows, is beyond 36 or 40 bits for guests that have been built."""
    request = Request("xen-4.22")
    loaded = load(request)
    run = Run(loaded, request)
    trial = Trial(run.case, run.judgements)
    assert trial.breaks_nothing(trial.new_case(loaded.source.layout(changes))) is fine
