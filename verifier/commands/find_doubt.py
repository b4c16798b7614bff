"""Why nothing can be proved of what a layout leaves free."""

from __future__ import annotations

from verifier.logic.case import Case
from verifier.logic.decide import Decider
from verifier.reading.request import Request
from verifier.rules import no_overlap, well_formed
from verifier.rules.judge import doubts_of


def doubt_of_room(case: Case, request: Request) -> str:
    """Some region may not be known, or there is no guest; empty if all is known."""
    doubts = [*doubts_of(no_overlap.RULE, case), *doubts_of(well_formed.RULE, case)]
    if doubts:
        return doubts[0].reason
    if not case.layout.banks:
        return f"{case.layout.name} has no RAM: what of the address space is free is not known"
    return Decider(case.symbolic, timeout=request.timeout, seed=request.seed).vacuity()
