"""Theorems about Xen's producers applied to one board: what holds there wherever dom0's memory and Xen's text lie.

A theorem speaks of all lists that satisfy its assumptions. On a board all lists are known but two entries' places:
dom0's banks and its grant region. Of them assumptions say that they are not empty, end below 2^64, lie in RAM, share no
page with anything, and how many there are: what holds of all banks that the allocator can give
(verifier.xen.dom0_memory), if it holds of as many single pages of free RAM. Such pages stand for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verifier.theorems.setting import Setting
from verifier.theorems.verdict import Prover, named
from verifier.xen.release import Xen

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "built": ("minimum-size", "sorted", "inside-host-ram"),
    "aligned": ("aligned",),
    "minimum-size": ("minimum-size",),
    "within-ipa": ("within-ipa",),
    "preconditions": ("preconditions", "cap"),
    "one-to-one-holes": (
        "inside-host-ram",
        "avoids-domain-ram",
        "avoids-reserved-memory",
        "avoids-grant-region",
        "sorted",
    ),
    "registers-fit": ("inside-host-ram", "avoids-reserved-memory"),
    "complete": ("complete",),
}
"""Of a property of the board, the theorems that it takes."""
_IF_ANY: Mapping[str, tuple[tuple[str, str], ...]] = {
    "one-to-one-holes": (("shared", "avoids-shared-memory"), ("xen_reg", "avoids-xen-reg")),
    "registers-fit": (("shared", "avoids-shared-memory"),),
}
"""What it takes besides where a list of the board has any entry: the field of `Setting`, and the theorem."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Whether theorems make a property hold for every placement."""

    holds: bool
    theorems: tuple[str, ...] = ()
    """What it rests on."""
    reason: str = ""
    """Why they do not tell."""


def applied(prover: Prover, xen: Xen, setting: Setting, property_: str) -> Applied:
    """Every theorem that a property takes, each in the strongest form that is proved and whose assumptions hold."""
    more = (name for field, name in _IF_ANY.get(property_, ()) if getattr(setting, field))
    found: list[str] = []
    for name in (*_NEEDED[property_], *more):
        forms = _forms(name)
        reasons = [(each, _refused(prover, xen, setting, each)) for each in forms]
        chosen = next((each for each, reason in reasons if not reason), None)
        if chosen is None:
            why = "; ".join(f"{each} {reason}" for each, reason in reasons)
            return Applied(False, reason=why)
        found.append(chosen)
    return Applied(True, tuple(found))


def _forms(name: str) -> Sequence[str]:
    """A theorem and its weaker forms, what assumes less first."""
    from verifier.theorems.catalogue import theorems

    whole = f"unallocated/{name}"
    forms = [each for each in theorems() if each.name == whole or each.name.startswith(f"{whole}-if-")]
    return [each.name for each in sorted(forms, key=lambda form: len(form.assumptions))]


def _refused(prover: Prover, xen: Xen, setting: Setting, name: str) -> str:
    """Why a theorem says nothing here; empty if it does."""
    theorem = named(name)
    lacking = next((each for each in theorem.assumptions if not each.admits(setting)), None)
    if lacking is not None:
        return f"takes that {lacking.statement}, which does not hold here"
    verdict = prover.verdict(theorem, xen)
    return "" if verdict.word == "proved" else f"is {verdict.word} for xen {xen.tag}"
