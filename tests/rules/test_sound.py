"""The sound header is proved by every rule, so that each bad one differs from it in one thing."""

from __future__ import annotations

import pytest

from tests.rules.headers import NO_PATCH, Checker, verdicts
from verifier.layout.finding import Verdict
from verifier.rules.catalogue import catalogue


def test_all_rules_prove_the_sound_header(checked: Checker) -> None:
    report = checked()
    assert verdicts(report) == {rule.id: Verdict.PROVED for rule in catalogue()} | NO_PATCH
    assert report.trust.assumptions_satisfiable
    assert report.trust.z3 > 0


@pytest.mark.parametrize("arch", ["arm64", "arm32"])
@pytest.mark.parametrize("xen", ["4.10", "4.15", "4.16", "4.22"])
def test_and_for_other_releases(checked: Checker, xen: str, arch: str) -> None:
    assert checked(xen=xen, arch=arch).verdict is Verdict.PROVED


def test_one_finding_for_each_proved_property(checked: Checker) -> None:
    report = checked()
    assert [finding.property for finding in report.findings] == [rule.id for rule in catalogue()]
    overlap = report.findings[1]
    assert set(overlap.subjects) == {region.name for region in report.regions}
