"""What an obligation takes from elsewhere: lemmas name a theorem that is rested on, and assumptions are stated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.theorems.by_hand import SHARED_PROVER
from verifier.theorems.catalogue import theorems
from verifier.theorems.families import Family, families
from verifier.theorems.statement import Assumption, Theorem
from verifier.theorems.verdict import named
from verifier.xen.release import Xen

_LEMMA = re.compile(r"[Bb]y ([a-z0-9-]+/[a-z0-9-]+)")
DISCHARGED = {
    "start-not-above-end": "preconditions-if-sensible",
    "below-top": "preconditions-if-sensible",
    "canonical-list": "canonical",
    "first-there": "first-there-if-apart",
}
"""Assumptions about rangesets, and the property of a theorem that sees to them."""
EVERY_REPORT_IS_IN_ORDER = {"rangeset/report-bounds"}
"""Reports are asked for the whole space, or from the first rest of a bank to the last: in order, whatever the lists."""
SAME_SAID_OTHERWISE = {"sensible-entries": {"grant-region", "shared-memory-checked"}}
"""The grant region is an entry of a loop, and no entry of a list: its own assumption says the same of it."""


def rested_on(theorem: Theorem, xen: Xen) -> set[str]:
    """Names of all theorems that one rests on, itself included."""
    found, open_ = {theorem.name}, [theorem]
    while open_:
        for name in open_.pop().uses(xen):
            if name not in found:
                found.add(name)
                open_.append(named(name))
    return found


def proved() -> Iterator[tuple[Theorem, Family]]:
    for family in families():
        for theorem in theorems():
            if SHARED_PROVER.verdict(theorem, family.xen).word == "proved":
                yield theorem, family


def test_each_lemma_names_a_theorem_that_is_rested_on_and_proved() -> None:
    wrong = set()
    for theorem, family in proved():
        for each in theorem.obligations(family.xen) or ():
            for given in each.assumed:
                for name in _LEMMA.findall(given.what) if isinstance(given.what, str) else ():
                    if name not in rested_on(theorem, family.xen) - {theorem.name}:
                        wrong.add(f"{theorem.name} does not rest on {name} (obligation {each.name})")
                    elif SHARED_PROVER.verdict(named(name), family.xen).word != "proved":
                        wrong.add(f"{theorem.name}: {name} is not proved in {family.name}")
    assert not wrong, "\n".join(sorted(wrong))


def test_each_assumption_of_an_obligation_is_one_of_the_theorem() -> None:
    wrong = set()
    for theorem, family in proved():
        stated = {each.id for each in theorem.assumptions}
        for each in theorem.obligations(family.xen) or ():
            for given in each.assumed:
                if not isinstance(given.what, Assumption):
                    continue
                known = {given.what.id} | SAME_SAID_OTHERWISE.get(given.what.id, set())
                if not known & stated:
                    wrong.add(f"{theorem.name} does not assume {given.what.id} (obligation {each.name})")
    assert not wrong, "\n".join(sorted(wrong))


def test_what_a_theorem_rests_on_assumes_no_more() -> None:
    wrong = set()
    for theorem, family in proved():
        stated, rests = {each.id for each in theorem.assumptions}, rested_on(theorem, family.xen)
        properties = {name.split("/")[1] for name in rests}
        if theorem.producer == "rangeset":
            continue
        for name in rests:
            for each in named(name).assumptions if name not in EVERY_REPORT_IS_IN_ORDER else ():
                if each.id not in stated and DISCHARGED.get(each.id) not in properties:
                    wrong.add(f"{theorem.name} rests on {name}, which assumes {each.id}")
    assert not wrong, "\n".join(sorted(wrong))
