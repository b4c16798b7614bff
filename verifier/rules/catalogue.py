"""What a rule is, and the catalogue: every module of this folder that has a `RULE`."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from verifier.layout.finding import Cite, Counterexample
from verifier.layout.origin import Origin
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.term import Truth


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refutation in words and numbers."""

    message: str
    """One sentence: both parties, both ranges, the size of the conflict."""
    details: tuple[str, ...]
    counterexample: Counterexample
    help: tuple[str, ...] = ()
    """What would repair it, where no search can tell."""
    place: Origin | None = None
    """Where to look, where neither the regions nor the subjects tell it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a rule cannot judge, and why: it makes the verdict unknown."""

    subjects: tuple[str, ...]
    reason: str
    place: Origin | None = None
    """Where to look, where the subjects do not tell it."""


def endless_banks(case: Case, consequence: str) -> list[Doubt]:
    """A doubt for each RAM bank without a size (4.4.0 has one): nothing is known of where its window ends."""
    return [
        Doubt((bank.name,), f"{bank.name} has no size, so {consequence}")
        for bank in case.layout.banks
        if bank.size is None
    ]


@dataclass(frozen=True, slots=True)
class Listing:
    """Configurations that a property asks to list although they break nothing."""

    what: str
    condition: Truth


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule that a layout must satisfy, with everything that is to be said about it."""

    id: str
    position: int
    """Its place in reports."""
    title: str
    statement: str
    why: str
    formula: str
    """The condition that must be impossible."""
    cites: tuple[Cite, ...]
    obligations: Callable[[Case], list[Obligation]]
    explain: Callable[[Case, Fails], Explanation]
    example: tuple[str, ...] = ()
    """A command that shows a refutation; empty if nothing that ships fails."""
    example_header: str = ""
    """The text of a header that fails, where there is no command."""
    example_words: str = ""
    """What is told instead where nothing can be refuted, only doubted."""
    about_regions: bool = True
    """Whether it needs the regions of a layout to be known."""
    doubts: Callable[[Case], list[Doubt]] = lambda _case: []
    listing: Callable[[Case], Listing | None] = lambda _case: None
    advice: bool = False
    """Whether its findings never change the verdict of a run."""
    relative: bool = False
    """Whether it compares with the baseline: what a change costs, not whether a layout is sound."""
    silence: str = "nothing in this layout that it speaks about"
    """Why it is not applicable where it asks nothing."""
    notes: Callable[[], Iterator[str]] = lambda: iter(())
    """Lines that `explain` adds: what the rule rests on, worked out when asked."""


@cache
def catalogue() -> tuple[Rule, ...]:
    """All rules in the order of reports; a rule without a source does not load."""
    folder = str(Path(__file__).parent)
    modules = [import_module(f"verifier.rules.{module.name}") for module in pkgutil.iter_modules([folder])]
    rules: list[Rule] = [module.RULE for module in modules if hasattr(module, "RULE")]
    for rule in rules:
        if not rule.cites:
            raise ImportError(f"rule {rule.id} cites no source")
        if sum(map(bool, (rule.example, rule.example_header, rule.example_words))) != 1:
            raise ImportError(f"rule {rule.id} needs one example: a command, a header, or words")
    return tuple(sorted(rules, key=lambda rule: rule.position))
