"""The tool and an integer reference that shares no code with it agree on every mutant of head.

`MUTANTS=all` compares all of them; without it every sixth, from a different first one for each property.
"""

from __future__ import annotations

from pathlib import Path

from tests.mutants.every import mutants
from tests.mutants.header import HEAD
from tests.mutants.mutants import Mutant
from tests.mutants.reference import PROPERTIES, Answer, judge
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.reading.source import Request, load
from verifier.rules import judge as rules
from verifier.rules.catalogue import catalogue

MUTANTS = mutants()
CHUNKS = 24
KNOWN = [rule.id for rule in catalogue() if rule.id in PROPERTIES]


def verdicts(made: Mutant, path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """What the tool says of each property: the worst verdict, and all that refutations name."""
    path.write_text(made.header.text(), encoding="ascii")
    loaded = load(Request(str(path), xen="head", base="xen-head", ipa_bits=made.widths))
    case = case_of(loaded.layout, loaded.facts, loaded.baseline)
    found = {}
    for judgement in rules.judge(case, Decider(case.symbolic)):
        name = judgement.rule.id
        counted = [each for each in judgement.findings if name == "stable" or each.severity == "error"]
        said = {each.verdict.value for each in counted}
        worst = next(
            verdict for verdict in ("refuted", "unknown", "proved", "none") if verdict in {*said, "none"}
        )
        subjects = (each.subjects for each in counted if each.verdict.value == "refuted")
        found[name] = worst, frozenset(subject for names in subjects for subject in names)
    return found


def disagreements(made: Mutant, path: Path) -> list[str]:
    """Every property on which tool and reference differ."""
    expected = judge(made.header, HEAD, made.widths)
    found = verdicts(made, path)
    return [
        f"{made.name}: {name}: {found[name]}, expected {expected[name]}"
        for name in KNOWN
        if not agrees(found[name], expected[name])
    ]


def agrees(found: tuple[str, frozenset[str]], expected: Answer) -> bool:
    """Whether a verdict is the expected one, and a refutation names everything that breaks the property."""
    verdict, subjects = found
    if expected.verdict == "any":
        return True
    if expected.verdict == "any-but-proved":
        return verdict in ("refuted", "unknown")
    named = {subject for names in expected.subjects for subject in names}
    return verdict == expected.verdict and (verdict != "refuted" or named <= subjects)
