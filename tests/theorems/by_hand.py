"""What tests of theorems share: outcomes of obligations, and what a concrete input breaks, by release."""

from __future__ import annotations

from collections.abc import Iterable

from verifier.theorems.catalogue import theorems
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Theorem
from verifier.theorems.verdict import Prover
from verifier.theorems.violation import Violation
from verifier.xen.release import Xen, xen

OLDEST = ("4.4.0", "4.5.0", "4.6.0", "4.8.0", "4.9.0", "4.10.0", "4.13.0")
SHARED_PROVER = Prover()
"""One for all tests of a process: what is decided stays decided."""
LATER = ("4.16.0", "4.17.0", "4.18.0", "4.19.0", "4.20.0", "4.21.0", "4.22.0", "head")


def named(name: str) -> Theorem:
    return next(each for each in theorems() if each.name == name)


def proves(name: str, release: Xen | str) -> bool:
    """Whether all obligations are proved; each that is not must fail with numbers."""
    return proves_all(named(name), release)


def proves_all(theorem: Theorem, release: Xen | str) -> bool:
    release = xen(release) if isinstance(release, str) else release
    assert theorem.applies(release)
    obligations = theorem.obligations(release)
    if obligations is None:
        return False
    outcomes = {each.name: SHARED_PROVER.decide(each) for each in obligations}
    assert outcomes
    assert len(outcomes) == len(obligations), "two obligations have one name"
    assert all(each.outcome in ("proved", "fails") for each in outcomes.values()), outcomes
    return all(each.outcome == "proved" for each in outcomes.values())


def proved_in(name: str, tags: Iterable[str]) -> list[str]:
    return [tag for tag in tags if proves(name, tag)]


def broken(name: str, tag: str, setting: Setting) -> Violation | None:
    """What an input, which must satisfy the assumptions, breaks."""
    theorem = named(name)
    assert theorem.violation is not None
    assert all(each.admits(setting) for each in theorem.assumptions), [
        each.id for each in theorem.assumptions if not each.admits(setting)
    ]
    return theorem.violation(xen(tag), setting)


def examples_break_nothing(name: str, tag: str) -> None:
    theorem = named(name)
    assert theorem.examples
    assert not any(broken(name, tag, each) for each in theorem.examples)
