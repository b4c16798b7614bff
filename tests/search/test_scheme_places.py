"""Whether a place is free: what `verifier check` and the recorded theorems say of it, and what is open stays open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verifier.commands.check import check
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict
from verifier.layout.scheme_report import BREAKS, UNDECIDED
from verifier.reading.recorded_verdicts import recorded_verdicts
from verifier.reading.request import Request
from verifier.reading.schemes import schemes
from verifier.search.scheme_places import FREE, by_theorems, of_layout

PROPOSAL, REGION = "rfc-2021-safe-range", "GUEST_SAFE_RANGE"
TAILS = next(each.place for each in schemes().schemes if each.name == "hypercall")


def test_the_mails_range_is_refuted_as_check_refutes_it() -> None:
    """The same messages, in the same order of properties: none is lost, none is another region's."""
    report = check(Request(PROPOSAL, policy="none"), repairs=False)
    expected = {
        each.message
        for each in report.findings
        if each.verdict is Verdict.REFUTED and each.property in FREE and REGION in each.subjects
    }
    found = of_layout(PROPOSAL, REGION)
    assert {each.why.partition("; fails at ")[0] for each in found if each.example} == {
        each.partition("; fails at ")[0] for each in expected
    }
    assert len(found) == len(expected) == 3
    assert {each.word for each in found} == {BREAKS}
    assert [each.bits for each in found if each.bits] == [32]


def test_widths_and_memory_are_told() -> None:
    """T1 and T2: in RAM1 from 883 GiB on, outside of the address space at 32 and 36 bits."""
    told = [each.why.partition("; fails at ")[2] for each in of_layout(PROPOSAL, REGION)]
    assert "ipa bits 32 and 36" in told
    assert "ipa bits 40, 42, 44 and 48, 0xdcc0001000 (~883 GiB) to 0xdec0000000 (891 GiB) of memory" in told


@pytest.mark.parametrize("tag", ["4.4.1", "4.5.0", "4.15.7", "4.22.0"])
def test_reg0_of_releases_is_free(tag: str) -> None:
    assert of_layout(f"xen-{tag}", "GUEST_GNTTAB") == ()


def test_a_region_that_nothing_is_asked_of_is_open() -> None:
    """4.4.1 has no GUEST_MAGIC: that no property fails for it proves nothing."""
    found = of_layout("xen-4.4.1", "GUEST_MAGIC")
    assert {each.word for each in found} == {UNDECIDED}
    assert len(found) == len(FREE)


def test_a_property_that_there_is_not() -> None:
    with pytest.raises(InputError, match="there is no property no-such"):
        of_layout(PROPOSAL, REGION, ("no-overlap", "no-such"))


def test_theorems_of_a_release_without_producers_prove_nothing() -> None:
    (found,) = by_theorems("4.15.7", TAILS.theorems)
    assert (found.word, found.why) == (UNDECIDED, "no theorem speaks of this release")


@pytest.mark.parametrize("names", [TAILS.theorems, TAILS.host_theorems])
@pytest.mark.parametrize("tag", ["4.16.0", "4.19.0", "4.20.4", "head"])
def test_theorems_against_the_record(tag: str, names: tuple[str, ...]) -> None:
    verdicts = recorded_verdicts(tag)
    refuted = [name for name in names if verdicts[name].verdict == "refuted"]
    found = by_theorems(tag, names)
    assert [each.why.rpartition("[")[2][:-1] for each in found] == refuted
    assert (tag == "head" and names == TAILS.theorems) == (not found)


def test_a_theorem_that_is_unknown_leaves_the_place_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an index of proofs in which one is: neither free nor broken."""
    verdicts = dict(recorded_verdicts("head"))
    name = "libxl/within-ipa"
    verdicts[name] = replace(verdicts[name], verdict="unknown", reason="gave up")
    monkeypatch.setattr("verifier.search.scheme_places.recorded_verdicts", lambda _: verdicts)
    (found,) = by_theorems.__wrapped__("head", TAILS.theorems)
    assert (found.word, found.why) == (UNDECIDED, "libxl/within-ipa is unknown: gave up")


def test_every_avoidance_of_the_producers_is_asked_for() -> None:
    """A theorem on what regions avoid, or where they lie, that the list forgot would make a cell sound by silence."""
    head = recorded_verdicts("head")
    for names, producers in (
        (TAILS.theorems, ("libxl", "domu-holes")),
        (TAILS.host_theorems, ("unallocated", "iommu-holes")),
    ):
        for name in head:
            producer, _, property_ = name.partition("/")
            if producer in producers and property_.startswith(
                ("avoids-", "within-", "sorted", "inside-host", "one-to-one")
            ):
                base = name.partition("-if-")[0]
                forms = [each for each in names if each.partition("-if-")[0] == base]
                covered = forms or property_ in COVERED
                assert covered, name


COVERED = {"avoids-host-ram": "in the form that assumes that the device tree describes the RAM"}
