"""A counterexample that does not show what it claims has to be refused, whatever is wrong with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verifier.commands.check import check
from verifier.layout.configuration import Space
from verifier.layout.errors import InternalError
from verifier.layout.finding import Counterexample, Finding, Report, Verdict, Witness
from verifier.layout.witness import recheck
from verifier.reading.request import Request


def refutation(report: Report, rule: str) -> Finding:
    return next(
        finding
        for finding in report.findings
        if finding.property == rule and finding.verdict is Verdict.REFUTED
    )


@pytest.fixture(scope="module")
def proposal() -> Report:
    return check(Request("rfc-2021-safe-range"))


def refuse(finding: Finding, example: Counterexample | None, space: Space) -> None:
    with pytest.raises(InternalError):
        recheck(replace(finding, counterexample=example), space)


def test_real_ones_pass(proposal: Report) -> None:
    for finding in proposal.findings:
        if finding.verdict is Verdict.REFUTED:
            recheck(finding, proposal.space)


def test_none_at_all(proposal: Report) -> None:
    refuse(refutation(proposal, "no-overlap"), None, proposal.space)


@pytest.mark.parametrize("address", [None, 0, 0xDDFFFFFFFF, 0xE000000000])
def test_an_address_outside_one_region(proposal: Report, address: int | None) -> None:
    finding = refutation(proposal, "no-overlap")
    assert finding.counterexample is not None
    refuse(
        finding,
        replace(finding.counterexample, witness=Witness("address-in-two-regions", address=address)),
        proposal.space,
    )


def test_one_region_named_twice(proposal: Report) -> None:
    finding = refutation(proposal, "no-overlap")
    assert finding.counterexample is not None
    region = finding.counterexample.regions[0]
    refuse(finding, replace(finding.counterexample, regions=(region, region)), proposal.space)


@pytest.mark.parametrize(
    "change",
    [
        {"memory": 1},
        {"memory": 0},
        {"memory": 1 << 40},
        {"ipa_bits": 36},
        {"ipa_bits": 39},
        {"gic": 2, "vcpus": 9},
        {"guest": 17},
    ],
)
def test_another_or_an_impossible_configuration(proposal: Report, change: dict[str, int]) -> None:
    finding = refutation(proposal, "no-overlap")
    assert finding.counterexample is not None
    configuration = {**finding.counterexample.configuration, **change}
    refuse(finding, replace(finding.counterexample, configuration=configuration), proposal.space)


def test_a_region_that_the_macros_do_not_give(proposal: Report) -> None:
    finding = refutation(proposal, "no-overlap")
    assert finding.counterexample is not None
    one, other = finding.counterexample.regions
    for wrong in (
        replace(other, start=other.start - 4096),
        replace(other, end=other.end + 4096),
        replace(other, base_macro="GUEST_GNTTAB_BASE"),
    ):
        refuse(finding, replace(finding.counterexample, regions=(one, wrong)), proposal.space)


def test_a_bound_that_is_not_the_width(proposal: Report) -> None:
    finding = refutation(proposal, "within-ipa")
    assert finding.counterexample is not None
    witness = finding.counterexample.witness
    for wrong in (
        replace(witness, bound=1 << 31),
        replace(witness, address=(1 << 32) - 1),
        replace(witness, bound=None),
    ):
        refuse(finding, replace(finding.counterexample, witness=wrong), proposal.space)


@pytest.mark.parametrize(
    "witness",
    [
        Witness("too-small", found=2, needed=2),
        Witness("too-small", found=3, needed=2),
        Witness("too-small", found=3),
        Witness("differs", found=2, needed=2),
        Witness("differs", needed=2),
        Witness("missing", macro="GUEST_GICD_BASE"),
        Witness("missing"),
        Witness("no-such-kind"),
    ],
)
def test_numbers_that_show_nothing(proposal: Report, witness: Witness) -> None:
    finding = refutation(proposal, "within-ipa")
    assert finding.counterexample is not None
    refuse(finding, replace(finding.counterexample, witness=witness), proposal.space)
