"""How large a range at a fixed base can be: the most that is free in every guest of a release, wherever it lies."""

from __future__ import annotations

from verifier.layout.domain_map import Extent
from verifier.layout.template import Reading, Template
from verifier.logic.reach import limits
from verifier.search.fixed_base import roomiest
from verifier.search.packing import UndecidedError
from verifier.search.scheme_places import case_of_source
from verifier.search.table_pages import LARGE
from verifier.search.templates import Templates


def room(tag: str) -> Extent | None:
    """Beside all that the layout has, at every width, reached by every kind of guest; in whole superpages.

    No larger one is free at any base: each is refuted by some configuration. None if the solver gave up, or there is none.
    """
    case = case_of_source(f"xen-{tag}")
    reading = Reading(bool(case.facts["extended-regions"]), limits(case.facts))
    try:
        start, size = roomiest(Templates(case, "GUEST_NEW_REGION", Template("fixed", LARGE), reading))
    except UndecidedError:
        return None
    return Extent(start, start + size) if size else None
