"""The tool and an integer reference that shares no code with it agree on every mutant of head."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.every import mutants
from tests.mutants.header import HEAD
from tests.mutants.mutants import Mutant
from tests.mutants.reference import PROPERTIES, Answer, judge
from verifier.layout.layout import Layout
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.reading.request import Request, load
from verifier.rules import judge as rules
from verifier.rules.catalogue import catalogue

MUTANTS = mutants()
CHUNKS = 24
KNOWN = [rule.id for rule in catalogue() if rule.id in PROPERTIES]

EXACT = ("no-overlap", "within-ipa", "minimum-size", "reachable", "aligned")
"""Properties that are refuted once for each region or pair of regions, and of no others."""

Found = tuple[str, frozenset[frozenset[str]]]


def verdicts(made: Mutant, path: Path) -> dict[str, Found]:
    """What the tool says of each property: the worst verdict, and what its refutations are about."""
    path.write_text(made.header.text(), encoding="ascii")
    loaded = load(Request(str(path), xen="head", base="xen-head", ipa_bits=made.widths))
    case = case_of(loaded.layout, loaded.facts, loaded.baseline)
    found = {}
    for judgement in rules.judge(case, Decider(case.symbolic)):
        name = judgement.rule.id
        counted = [each for each in judgement.findings if name == "stable" or each.severity == "error"]
        said = {each.verdict.value for each in counted}
        worst = next((verdict for verdict in ("refuted", "unknown", "proved") if verdict in said), "none")
        refuted = (each.subjects for each in counted if each.verdict.value == "refuted")
        found[name] = worst, frozenset(frozenset(subjects) for subjects in refuted)
    return found


def disagreements(made: Mutant, path: Path) -> list[str]:
    """Every property on which tool and reference differ."""
    expected = judge(made.header, HEAD, made.widths)
    found = verdicts(made, path)
    return [
        f"{made.name}: {name}: {found[name]}, expected {expected[name]}"
        for name in KNOWN
        if not agrees(name, found[name], expected[name])
    ]


def agrees(name: str, found: Found, expected: Answer) -> bool:
    """Whether a verdict is the expected one, and a refutation names what breaks the property."""
    verdict, subjects = found
    if expected.verdict == "any":
        return True
    if expected.verdict == "any-but-proved":
        return verdict in ("refuted", "unknown")
    if expected.verdict == "any-but-refuted":
        return verdict in ("proved", "unknown")
    if name in EXACT:
        return verdict == expected.verdict and subjects == expected.subjects
    mentioned = {subject for each in subjects for subject in each}
    return verdict == expected.verdict and all(not names or names & mentioned for names in expected.subjects)


@pytest.mark.parametrize("first", range(CHUNKS))
def test_tool_and_reference_agree(first: int, tmp_path: Path) -> None:
    path = tmp_path / "layout.h"
    found = [line for made in MUTANTS[first::CHUNKS] for line in disagreements(made, path)]
    assert not found, "\n".join(found)


def test_the_reference_knows_every_property() -> None:
    about_patches = {"model-current"}
    assert {rule.id for rule in catalogue()} == PROPERTIES.keys() | about_patches


def test_the_header_says_what_head_says(tmp_path: Path) -> None:
    path = tmp_path / "layout.h"
    path.write_text(HEAD.text(), encoding="ascii")
    loaded = load(Request(str(path), xen="head", base="xen-head"))
    assert numbers(loaded.layout) == numbers(loaded.baseline) == HEAD.all_values()


def numbers(layout: Layout) -> dict[str, int | tuple[int, ...]]:
    """Macro to value; the types that C gives them are another matter."""
    return {
        name: tuple(each.value for each in define.value)
        if isinstance(define.value, tuple)
        else define.value.value
        for name, define in layout.defines.items()
    }


@pytest.mark.parametrize(
    ("name", "found", "expected", "same"),
    [
        ("banks", ("proved", frozenset()), Answer("proved"), True),
        ("banks", ("unknown", frozenset()), Answer("proved"), False),
        ("banks", ("proved", frozenset()), Answer("any-but-proved"), False),
        ("banks", ("none", frozenset()), Answer("any-but-proved"), False),
        ("banks", ("refuted", frozenset()), Answer("refuted", frozenset({frozenset({"GUEST_RAM0"})})), False),
        ("aligned", ("refuted", frozenset({frozenset({"GUEST_ACPI"})})), Answer("refuted"), False),
    ],
)
def test_the_comparison_tells_apart(name: str, found: Found, expected: Answer, same: bool) -> None:
    assert agrees(name, found, expected) == same
