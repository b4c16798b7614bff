"""Verdict, regimes and counterexample of the rules against enumeration, on random small worlds.

The oracle shares no code with the rules, the solver or the integer reading: it lists every
configuration and looks at every byte. LAYOUTS sets how many worlds are compared (10,000), SEED which.
"""

from __future__ import annotations

import os

import pytest

from tests.oracle.brute_force import Refutation, World, drawn, expand, judge, project, random_world
from tests.oracle.world import case_for, speakable
from verifier.layout.box import Box
from verifier.layout.finding import Finding, Verdict
from verifier.logic.case import Case
from verifier.logic.decide import Decider
from verifier.reports import json_format
from verifier.rules.catalogue import catalogue
from verifier.rules.judge import judge as judge_rules

LAYOUTS = int(os.environ.get("LAYOUTS", "10000"))
CHUNK = 250
RULES = ("no-overlap", "within-ipa", "minimum-size")
"""What the oracle can judge; `tests/mutants/` has another for all properties."""
ORACLED = [rule for rule in catalogue() if rule.id in RULES]


@pytest.mark.parametrize("seed", range((LAYOUTS + CHUNK - 1) // CHUNK))
def test_rules_agree_with_enumeration(seed: int) -> None:
    source = drawn(seed)
    for _ in range(CHUNK):
        compare(speakable(random_world(source)))


def compare(world: World) -> None:
    case = case_for(world)
    expected = judge(world)
    judged = judge_rules(case, Decider(case.symbolic), rules=ORACLED)
    found = {judgement.rule.id: judgement.findings for judgement in judged}
    assert case.space.empty_widths() == expected.empty_widths, world
    for rule in RULES:
        refuted = [finding for finding in found[rule] if finding.verdict is Verdict.REFUTED]
        assert _verdict(found[rule], refuted) in (expected.verdicts[rule], "not-applicable"), (rule, world)
        wanted = expected.refutations[rule]
        assert sorted(finding.subjects for finding in refuted) == sorted(
            subjects for subjects, _ in wanted
        ), world
        by_subjects = {subjects: refutation for (subjects, _), refutation in wanted.items()}
        for finding in refuted:
            compare_refutation(finding, by_subjects[finding.subjects], case, world)
    if world.needs:
        assert found["minimum-size"][0].verdict is not Verdict.NOT_APPLICABLE, world


def _verdict(findings: tuple[Finding, ...], refuted: list[Finding]) -> str:
    if refuted:
        return "refuted"
    finding = findings[0]
    return "vacuous" if finding.message.startswith("vacuous") else str(finding.verdict)


def compare_refutation(finding: Finding, wanted: Refutation, case: Case, world: World) -> None:
    example = finding.counterexample
    assert example is not None
    assert finding.regimes_exact, world
    boxes = [json_format.box(regime, case.space) for regime in finding.regimes]
    assert expand(boxes, world) == wanted.failing, (finding.subjects, boxes, world)
    compare_projection(_plain(json_format.box(finding.fails_when or Box(), case.space)), wanted, world)
    configuration, address, conflict = wanted.best
    bits, memory, gic, vcpus, vpci, vuart, acpi, virtio, guest = configuration
    assert json_format.configuration(example.configuration, case.space) == {
        "ipa_bits": bits,
        "memory": hex(memory),
        "gic": gic,
        "vcpus": vcpus,
        "vpci": vpci,
        "vuart": vuart,
        "acpi": acpi,
        "virtio": virtio,
        "guest": guest,
    }, (finding.subjects, world)
    assert example.witness.address == address, (finding.subjects, world)
    assert _conflict(finding) == conflict, (finding.subjects, world)


def compare_projection(shown: dict[str, object], wanted: Refutation, world: World) -> None:
    """An absent key means any value that the rest of the projection allows: memory depends on the width."""
    projected = project(wanted.failing, world)
    absent = {name: limits for name, limits in projected.items() if name not in shown}
    assert {name: limits for name, limits in projected.items() if name in shown} == shown, (
        wanted.subjects,
        world,
    )
    if absent:
        allowed = project(expand([shown], world), world)
        assert absent == {name: allowed.get(name) for name in absent}, (wanted.subjects, world)


def _conflict(finding: Finding) -> int:
    example = finding.counterexample
    assert example is not None
    if example.overlap is not None:
        return example.overlap[1] - example.overlap[0]
    if example.witness.address is not None:
        return example.regions[0].end - example.witness.address
    assert example.witness.found is not None
    assert example.witness.needed is not None
    return abs(example.witness.found - example.witness.needed)


def _plain(box: dict[str, object]) -> dict[str, object]:
    """Hex strings as numbers, as the oracle writes them."""
    return {
        name: {key: int(value, 16) if isinstance(value, str) else value for key, value in limits.items()}
        if isinstance(limits, dict)
        else limits
        for name, limits in box.items()
    }
