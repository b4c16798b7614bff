"""Colours of the last-level cache: what of them keeps Xen from booting, or from building a domain that asks for some.

From `llc_coloring_init`, `parse_color_config` and `check_colors` (xen/common/llc-coloring.c). The processor is asked for
its ways only where `llc-size` or `llc-nr-ways` are missing; nobody knows beforehand what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from verifier.layout.host import Domain, Host
from verifier.layout.units import sized
from verifier.reading.models import PAGE
from verifier.xen.subjects import coloured

_MOST = 128
"""Colours of a build: 2 to the power of CONFIG_LLC_COLORS_ORDER, as it is by default."""
_RANGES = re.compile(r"(0|[1-9][0-9]{0,9})(?:-(0|[1-9][0-9]{0,9}))?")
"""Of colours, as they are written in all releases; Xen takes more, such as octal numbers, and not always the same."""


def panics(host: Host) -> Iterator[str]:
    """Why llc_coloring_init ends the boot, where Xen's command line tells the ways of the cache."""
    way = _way(host)
    if way is None:
        return
    told = f"llc-size and llc-nr-ways make ways of {sized(way)}"
    count = way // PAGE
    if way % PAGE:
        yield f"llc_coloring_init panics: {told}, which are no whole pages"
    elif count & (count - 1):
        yield f"llc_coloring_init panics: {told}, and {count} colours, one a page, are no power of two"
    elif count < 2:
        yield f"llc_coloring_init panics: {told}, and a cache of fewer than two colours has none to choose from"


def refused(host: Host, domain: Domain) -> Iterator[str]:
    """Colours of a domain that the cache has not (domain_set_llc_colors_from_str): create_domUs panics."""
    way, highest = _way(host), _highest(domain.llc_colors or "")
    if way is not None and highest is not None and highest >= way // PAGE:
        yield f'create_domUs refuses llc-colors "{domain.llc_colors}": the cache has {way // PAGE} colours'


def doubts(host: Host, domain: Domain) -> Iterator[str]:
    """Colours of a domain of which nobody can say whether the cache has them."""
    if domain.llc_colors is None or not coloured(host):
        return
    way, highest = _way(host), _highest(domain.llc_colors)
    if highest is None:
        yield f'whether create_domUs takes llc-colors "{domain.llc_colors}" is not decided; "0-3,8" is no question'
    elif way is None or highest >= min(way // PAGE, _MOST):
        yield (
            f'whether the cache has all of llc-colors "{domain.llc_colors}" is not known: llc-size and llc-nr-ways '
            f"on Xen's command line say so, for up to {_MOST} colours"
        )


def _way(host: Host) -> int | None:
    """Bytes; None where there are no colours, or the processor is asked."""
    options = host.options
    if not coloured(host) or not (options.llc_size and options.llc_ways):
        return None
    return options.llc_size // options.llc_ways


def _highest(colours: str) -> int | None:
    """None for what is not surely read, or has an upper end below the lower."""
    parts = [_RANGES.fullmatch(each) for each in colours.split(",")]
    ends = [(int(first), int(last or first)) for first, last in (part.groups() for part in parts if part)]
    sure = len(ends) == len(parts) and all(first <= last for first, last in ends)
    return max(last for _, last in ends) if sure and _once(ends) else None


def _once(ends: list[tuple[int, int]]) -> bool:
    """No colour twice: as many as there are in all is what Xen has room for."""
    ordered = sorted(ends)
    return all(last < first for (_, last), (first, _) in pairwise(ordered))
