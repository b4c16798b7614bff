"""How far a page-table format reaches: z3 derives it from the bits of the descriptors.

For each kind of leaf the text defines the descriptor that holds an address and the address that this
descriptor outputs, by extraction and concatenation of bits. Bisection over z3's answers gives the
first address that no leaf outputs; each address that z3 names is looked at again in plain integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from verifier.layout.errors import InternalError
from verifier.layout.facts import Facts
from verifier.layout.page_table import ADDRESS_BITS, Field, Leaf, outputs
from verifier.logic.solver import BitVectors

TOP = 1 << ADDRESS_BITS


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses that leaves output: all below `limit`, and not `limit` itself."""

    limit: int
    """`2**64` where they output every address."""
    gaps: bool
    """Whether they output some address above the limit as well."""


@dataclass(frozen=True, slots=True)
class Underived:
    """The solver gave up, so nothing is known."""

    reason: str


Derived: TypeAlias = Reach | Underived


class _GaveUpError(Exception):
    pass


@cache
def derive(leaves: tuple[Leaf, ...], width: int) -> Derived:
    """How far these kinds of leaf reach together, with descriptors of `width` bits.

    Raises InternalError if integers and solver disagree.
    """
    session = _Session(leaves, width)
    try:
        limit = session.first_unreached()
        above = f"(and reached (bvugt address {_number(limit)}))"
        gaps = limit < TOP and session.find(above, reached=True) is not None
    except _GaveUpError as given:
        return Underived(f"the solver gave up: {given}")
    if limit and not session.reached(limit - 1):
        raise InternalError(f"{limit - 1:#x} is below the derived limit and no descriptor outputs it")
    if session.reached(limit):  # of integers `TOP` is one too: it is output by no descriptor
        raise InternalError(f"{limit:#x} is the derived limit and a descriptor outputs it")
    return Reach(limit, gaps)


def derive_guests(facts: Facts) -> Mapping[str, Derived]:
    """What the leaves that count reach, for each guest kind that has a page table."""
    return {guest: derive(table.counted, table.width) for guest, table in facts.page_tables.items()}


def limits(facts: Facts) -> Mapping[str, int]:
    """For each guest kind the address, exclusive, up to which it reaches everything and nothing more.

    A kind whose reach is not known, or has gaps, is not in it.
    """
    return {
        guest: reach.limit
        for guest, reach in derive_guests(facts).items()
        if isinstance(reach, Reach) and not reach.gaps
    }


class _Session:
    """Questions about one set of leaves, each answer checked in plain integers."""

    def __init__(self, leaves: tuple[Leaf, ...], width: int) -> None:
        self._leaves = leaves
        self._solver = BitVectors("".join(_script(leaves, width)), "address", ADDRESS_BITS)

    def reached(self, address: int) -> bool:
        """The integer reading."""
        return any(outputs(leaf, address) for leaf in self._leaves)

    def find(self, condition: str, *, reached: bool) -> int | None:
        """An address that satisfies the condition, None if there is none.

        Raises InternalError if integers do not find it reached, or not, as expected.
        """
        answer = self._solver.ask(condition)
        if answer.impossible:
            return None
        if not answer.possible:
            raise _GaveUpError(answer.reason)
        found = answer.model["address"]
        if self.reached(found) is not reached:
            raise InternalError(f"z3 and integers disagree on whether a descriptor outputs {found:#x}")
        return found

    def first_unreached(self) -> int:
        """Between `low`, below which all is reached, and `found`, which is not: until they meet."""
        found = self.find("(not reached)", reached=False)
        low = 0
        while found is not None and low < found:
            middle = low + (1 << (found - low).bit_length() - 1)
            below = f"(and (not reached) (bvult address {_number(middle)}))"
            smaller = self.find(below, reached=False)
            if smaller is None:
                low = middle
            else:
                found = smaller
        return TOP if found is None else found


def _script(leaves: tuple[Leaf, ...], width: int) -> Iterator[str]:
    """Declares `address` and defines `reached`: some leaf outputs the unit that holds the address.

    "No descriptor outputs it" needs no quantifier: fields share no bit, so what any descriptor
    outputs, the one with the address in its fields outputs.
    """
    yield f"(declare-const address (_ BitVec {ADDRESS_BITS}))\n"
    for index, leaf in enumerate(leaves):
        descriptor = [_piece(field.low, field.address, field, "address") for field in leaf.fields]
        descriptor += [(bit, bit, "#b1") for bit in leaf.ones]
        output = [_piece(field.address, field.low, field, f"descriptor{index}") for field in leaf.fields]
        yield f"(define-fun descriptor{index} () (_ BitVec {width}) {_placed(descriptor, width)})\n"
        yield f"(define-fun output{index} () (_ BitVec {ADDRESS_BITS}) {_placed(output, ADDRESS_BITS)})\n"
    mapped = " ".join(
        f"(= output{index} (bvand address {_number(TOP - leaf.unit)}))" for index, leaf in enumerate(leaves)
    )
    yield f"(define-fun reached () Bool (or false {mapped}))\n"


_Piece: TypeAlias = tuple[int, int, str]
"""First and last bit, inclusive, that a text takes."""


def _piece(to: int, start: int, field: Field, name: str) -> _Piece:
    """The field's bits, taken from `start` of what is named, put at `to`."""
    more = field.high - field.low
    return to, to + more, f"((_ extract {start + more} {start}) {name})"


def _number(value: int) -> str:
    return f"(_ bv{value} {ADDRESS_BITS})"


def _placed(pieces: Iterable[_Piece], width: int) -> str:
    """A bit-vector of `width` bits: the pieces at their places, zeros everywhere else."""
    parts: list[str] = []
    below = width
    for low, high, text in sorted(pieces, reverse=True):
        parts += [f"(_ bv0 {below - high - 1})"] if high + 1 < below else []
        parts.append(text)
        below = low
    parts += [f"(_ bv0 {below})"] if below else []
    return parts[0] if len(parts) == 1 else f"(concat {' '.join(parts)})"
