"""What is predicted of a board for one setting."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.domain_map import DomainMap
from verifier.layout.offer import Offer
from verifier.xen.subjects import Given


@dataclass(frozen=True, slots=True)
class Predicted:
    """What is predicted for one setting."""

    given: Given
    maps: tuple[DomainMap, ...]
    offers: tuple[Offer, ...]
    """Of every domain."""
