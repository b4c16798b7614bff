"""In what a domain's regions by a log differ from the predicted ones."""

from __future__ import annotations

from itertools import zip_longest

from verifier.layout.boot import DomainLog
from verifier.layout.domain_map import Difference, DomainMap, Extent, Observed


def observed(printed: DomainLog) -> Observed:
    """What a log says of one domain."""
    grant = printed.grant_table
    return Observed(
        None if grant is None else Extent(grant.start, grant.end),
        tuple(Extent(each.start, each.end) for each in printed.extended),
    )


def differences(each: DomainMap, printed: DomainLog) -> tuple[Difference, ...]:
    """By index; a log that ends with a region of the domain is compared as far as it goes."""
    predicted = list(each.extended_regions or ())
    logged = list(observed(printed).extended_regions)
    if not printed.complete:
        predicted = predicted[: len(logged)]
    return tuple(
        Difference(each.name, index, ours, theirs)
        for index, (ours, theirs) in enumerate(zip_longest(predicted, logged))
        if ours != theirs
    )
