"""Whether a witness passes, made by hand: what the guest has or its tree says, and what the finding tells of it."""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import Any

from verifier.layout import guest_witness, tree_witness
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent

CELL = 4096


def party(name: str, start: int, end: int, origin: str = "here") -> Party:
    return Party(name, Extent(start, end), origin)


def shown(
    kind: str, numbers: tuple[int | None, int | None] | None, parties: list[Party], **offer: Any
) -> bool:
    """Whether a finding with this witness and these parties passes; the kinds of both modules are known by name."""
    witness = None if numbers is None else Some(found=numbers[0], needed=numbers[1])
    finding: Any = Some(property=offer.pop("property", "any"), witness=witness, parties=parties)
    kinds = {**guest_witness.KINDS, **tree_witness.KINDS, "memory": guest_witness.is_memory_misaligned}
    offered: Any = Some(**{"tree": None, "guest": None, "given": (), **offer})
    return kinds[kind](finding, offered)
