"""Trees with very many regions of one kind: time grows with them, and what is not listed stays refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dense import KINDS, MEMRESERVES, dense
from tests.timing import least_times
from verifier.commands.host_findings import MOST_MENDED
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.board_report import BoardReport
from verifier.reports import board_text
from verifier.rules.boards.rule import MOST

FEW, MANY = 1000, 4000
LIMIT = 8
"""4 where time is linear, 16 where it is quadratic; what does not depend on the number makes both less."""
OTHERS = ("domains",)
"""No more than 256 are judged."""
SETTINGS = (("4.17", True), ("4.22", False))


def asked(kind: str, count: int, release: str, *, iommu: bool) -> Asked:
    return Asked(
        "t.dtb", content=dense(kind, count), release=release, iommu=iommu, ipa_bits=(48,), repairs=False
    )


@pytest.mark.parametrize(("release", "iommu"), SETTINGS)
@pytest.mark.parametrize("kind", [each for each in (*KINDS, *MEMRESERVES) if each not in OTHERS])
def test_time_grows_with_the_regions(kind: str, release: str, iommu: bool) -> None:
    few, many = (asked(kind, count, release, iommu=iommu) for count in (FEW, MANY))
    small, large = least_times(lambda: host(few), lambda: host(many), rounds=1)
    if large > LIMIT * small:  # a slow second of a busy machine is not met twice
        small, large = least_times(lambda: host(few), lambda: host(many), rounds=5)
    assert large < LIMIT * small


def broken(report: BoardReport, name: str) -> list[str]:
    return [each.message for each in report.findings if (each.property, each.verdict) == (name, "refuted")]


@pytest.mark.parametrize(
    ("kind", "release", "iommu", "name"),
    [
        ("apart", "4.17", True, "permissions-match"),
        ("in RAM", "4.22", False, "one-to-one-holes"),
        ("empty", "4.22", True, "preconditions"),
    ],
)
def test_what_is_not_listed_is_told_and_refuted(kind: str, release: str, iommu: bool, name: str) -> None:
    """Of four times as many as are listed as many are, the verdict stays, and a note says that there are others."""
    more = host(asked(kind, 4 * MOST, release, iommu=iommu))
    assert len(broken(more, name)) == MOST
    assert more.verdict == "refuted"
    said = f"{name} of d0 fails in more places than are listed: {MOST} of one width and IOMMU setting are, and the others"
    assert any(each.startswith(said) for each in more.notes)
    few = host(asked(kind, 10, release, iommu=iommu))
    assert not any(each.startswith(f"{name} of d0 fails") for each in few.notes)
    assert 0 < len(broken(few, name)) <= MOST


@pytest.mark.parametrize(("count", "more"), [(MOST, False), (MOST + 1, True)])
def test_pages_too_many_are_told_behind_any_number_of_pages_too_few(count: int, more: bool) -> None:
    """0x200 bytes across the end of a page: 4.17 maps one page of two, and permits, from the next page on, one too many."""
    report = host(asked("astride pages", count, "4.17", iommu=False))
    said = broken(report, "permissions-match")
    assert sum("are not mapped to dom0" in each for each in said) == MOST
    assert sum("are permitted to dom0 that none of its devices has" in each for each in said) == MOST
    (note,) = [each for each in report.notes if each.startswith("permissions-match of d0 fails")] or [""]
    assert (f" {2 * MOST} of one width and IOMMU setting are, and the others are not counted" in note) is more
    lines = board_text.render(report).splitlines()
    (line,) = [each for each in lines if each.endswith("[permissions-match]")]
    least, rest = ("at least ", "those that are listed") if more else ("", "each")
    for what in ("too few are mapped", "too many are permitted"):
        at = f"at /device reg[0], /device reg[1] and {least}{MOST - 2} more"
        assert f": {least}1 MiB {what} to it, {at}" in line.replace("; ", ": ")
    assert line.endswith(f"(-v: {rest})  [permissions-match]")


def test_what_is_listed_is_not_said_to_be_all() -> None:
    """Three refutations of one-to-one-holes are told in full, and of how many more there are only the least is known."""
    for count, told in (
        (10, "and 7 more refutations"),
        (4 * MOST, f"and at least {MOST - 3} more refutations"),
    ):
        lines = board_text.render(host(asked("in RAM", count, "4.22", iommu=False))).splitlines()
        rest = "(-v: each)" if count < MOST else "(-v: those that are listed)"
        assert f"  {told} of one-to-one-holes {rest}" in lines


def helps(kind: str, count: int, name: str) -> list[str]:
    report = host(replace(asked(kind, count, "4.17", iommu=True), repairs=True))
    return [line for each in report.findings if each.property == name for line in each.help]


def test_no_repair_is_told_while_others_are_not_listed() -> None:
    """An empty entry left out repairs what is said of it; among those not listed something may still be, and nobody looks.

    With Xen 4.21 no page too much is permitted to anybody, and all refutations are gone.
    """
    assert "left out of the device tree" in helps("empty", 10, "preconditions")[0]
    assert helps("empty", 2 * MOST, "preconditions") == []
    assert "mended in xen 4.21.0" in helps("apart", 2 * MOST, "permissions-match")[0]


def test_no_repair_is_looked_for_in_a_tree_of_thousands_of_entries() -> None:
    report = host(replace(asked("apart", MOST_MENDED, "4.17", iommu=True), repairs=True))
    assert report.verdict == "refuted"
    assert not any(each.help for each in report.findings)
    assert any(f"what would repair it is looked for up to {MOST_MENDED}" in each for each in report.notes)
