"""The heuristic "use regions if one has a whole unit, else give up RAM", for every region and every unit of a kernel.

Model of fill_list (Linux drivers/xen/unpopulated-alloc.c) as `verifier.xen.consumers` has it. A guest that asks
`whole_units` of each stretch first has a unit for its first mapping, and maps nothing outside of what is on offer. What it
does not show is that what is on offer is free: that is what the theorems on producers say. A stretch alone is enough, as
the guest looks at one after the other; that touching regions make one stretch is `joined`.
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.consumer import Takes
from verifier.layout.domain_map import Extent
from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.theorems.prove import Decided, discharge
from verifier.theorems.statement import Assumed, Claim, Obligation, obligation
from verifier.xen.consumers import whole_units

_START, _END, _ADDRESS, _MEETS = (word(name) for name in ("start", "end", "address", "meets"))
_ORDERED = Assumed("The stretch does not wrap: its end, exclusive, is not below its start.", _START <= _END)
_EVERYWHERE = Extent(0, 1 << 64)
"""A kernel that looks only below its linear map sees stretches that end there: they are stretches as well."""


def proof(takes: Takes) -> tuple[Decided, ...]:
    """What was decided for the unit of one kernel; the heuristic is proved if all of it is."""
    return tuple(discharge(each) for each in obligations(takes))


def obligations(takes: Takes) -> Iterator[Obligation]:
    """For a stretch `[start, end)` anywhere, of any size."""
    unit = takes.unit

    def found() -> tuple[Word, Word] | None:
        return whole_units(takes, _START, _END, _EVERYWHERE)

    yield obligation(
        "inside", "What it uses is whole units, one or more, and lies in the stretch.", (_ORDERED,), found,
        lambda used: Claim(True if used is None else _inside(used, unit), used is not None),
    )  # fmt: skip
    yield obligation(
        "none-missed", "Where it gives up RAM instead, no whole unit lies in the stretch.", (_ORDERED,), found,
        lambda used: Claim(negate(_unit_at(_ADDRESS, unit)), used is None),
    )  # fmt: skip
    if takes.joins:
        both_regions = either(_between(_START, _ADDRESS, _MEETS), _between(_MEETS, _ADDRESS, _END))
        ordered = Assumed("Two regions meet inside the stretch.", both(_START <= _MEETS, _MEETS <= _END))
        yield obligation(
            "joined", "A byte of two regions that touch is a byte of one of them.", (ordered,), lambda: None,
            lambda _: Claim(both_regions, _between(_START, _ADDRESS, _END)),
        )  # fmt: skip


def _inside(used: tuple[Word, Word], unit: int) -> Truth:
    first, last = used
    whole = (equal(uint64.round_down(each, unit), each) for each in used)
    return both(_START <= first, first < last, last <= _END, *whole)


def _unit_at(address: Word, unit: int) -> Truth:
    """Whether a whole unit begins at an address, and lies in the stretch."""
    end = uint64.add(address, unit)
    return both(
        equal(uint64.round_down(address, unit), address), _START <= address, address < end, end <= _END
    )


def _between(start: Word, address: Word, end: Word) -> Truth:
    return both(start <= address, address < end)
