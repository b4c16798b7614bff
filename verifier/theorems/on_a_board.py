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
    "aligned": ("aligned",),
    "minimum-size": ("minimum-size",),
    "within-ipa": ("within-ipa",),
    "preconditions": ("preconditions",),
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
_GUESTS = ("avoids-shared-memory", "avoids-xen-reg")
"""What `one-to-one-holes` takes besides where the domain has any."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Whether theorems make a property hold for every placement."""

    holds: bool
    theorems: tuple[str, ...] = ()
    """What it rests on."""
    reason: str = ""
    """Why they do not tell."""


GROWTH = ("rangeset/adding-growth", "rangeset/growth")
"""By these there are not more pieces, and so not more regions, than entries of all lists."""
FEW_FIT = ("minimum-size", "sorted", "inside-host-ram")
"""By these there are not more regions than times 64 MiB in the host's RAM; they hold of what a cap would drop as well."""


def applied(
    prover: Prover, xen: Xen, setting: Setting, property_: str, more: tuple[str, ...] = ()
) -> Applied:
    """Every theorem that a property takes, each in the strongest form that is proved and whose assumptions hold.

    `more` are further ones that it takes here: properties of the producer, or whole names.
    """
    needed = (*_NEEDED[property_], *more)
    if property_ == "one-to-one-holes":
        needed += tuple(
            name for name, entries in zip(_GUESTS, (setting.shared, setting.xen_reg), strict=True) if entries
        )
    found: list[str] = []
    for name in needed:
        forms = _forms(name)
        reasons = [(each, _refused(prover, xen, setting, each)) for each in forms]
        chosen = next((each for each, reason in reasons if not reason), None)
        if chosen is None:
            why = "; ".join(f"{each} {reason}" for each, reason in reasons)
            return Applied(False, reason=why)
        found.append(chosen)
    return Applied(True, tuple(found))


def _forms(name: str) -> Sequence[str]:
    """A theorem and its weaker forms, which assume more."""
    from verifier.theorems.catalogue import theorems

    whole = name if "/" in name else f"unallocated/{name}"
    return [each.name for each in theorems() if each.name == whole or each.name.startswith(f"{whole}-if-")]


def _refused(prover: Prover, xen: Xen, setting: Setting, name: str) -> str:
    """Why a theorem says nothing here; empty if it does."""
    theorem = named(name)
    lacking = next((each for each in theorem.assumptions if not each.admits(setting)), None)
    if lacking is not None:
        return f"takes that {lacking.statement}, which does not hold here"
    verdict = prover.verdict(theorem, xen)
    return "" if verdict.word == "proved" else f"is {verdict.word} for xen {xen.tag}"
