"""RAM of a hardware domain that is not direct-mapped: with cache colouring, or one that the device tree describes.

Model of allocate_memory and add_hwdom_free_regions (xen/arch/arm/domain_build.c since 02975cc383, later
xen/common/device-tree/domain-build.c), and of allocate_hwdom_memory (de99f32635, af11b93e3e). Behaviours:
`hardware-domain-memory`, and those of rangesets and of `region-end`. The pages come from anywhere; their guest addresses
are host addresses that are free, so the banks follow from what is known before boot but for one thing: since de99f32635 the
first bank has to have room for kernel, initrd and device tree. The kernel is taken for an uncompressed 64-bit Image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verifier.layout import units
from verifier.logic.word import Word, equal, holds, smaller, uint64
from verifier.xen import rangeset
from verifier.xen.dom0_memory import LEAST_FIRST
from verifier.xen.ext_regions import SUPERPAGE, add_spans, bytes_of, remove_spans, space
from verifier.xen.outcome import Fault, FaultError, Span
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import Variants, Xen

_LEAST_TREE, _MOST_TREE = SUPERPAGE, 2 * SUPERPAGE
"""Bytes set aside for dom0's device tree: the host's (MAX_FDT_SIZE at most, 2 MiB) and DOM0_FDT_EXTRA_SIZE, rounded up."""
_MOST_TEXT_OFFSET = SUPERPAGE
"""Bytes before a 64-bit kernel in its bank (linux/Documentation/arch/arm64/booting.rst)."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be placed; bytes."""

    amount: Word
    """Memory of the domain."""
    kernel: Word | None
    """Its kernel's boot module; None: there is none, or it is not known."""
    initrd: Word = 0


@dataclass(frozen=True, slots=True)
class Banks:
    """The answer: the banks, or why they are not known."""

    banks: tuple[Span, ...]
    """In the order in which Xen holds them."""
    open: str = ""


def find(
    xen: Xen, *, ipa_bits: int, ram: Sequence[Span], reserved: Sequence[Span], grant: Span, demand: Demand
) -> Banks:
    """The banks. Raises FaultError where Xen stops."""
    whole = space(xen, ipa_bits)
    held = remove_spans(xen, add_spans(xen, Rangeset(), ram), (*reserved, grant))
    pieces = rangeset.report(held, whole.start, whole.end)
    free = [each for piece in pieces if (each := _trimmed(xen, piece)) is not None]
    found = _FILL.of(xen)(free[: xen.value("region-cap")], demand)
    if not found.open and not holds(equal(got := _total(found.banks), demand.amount)):
        reason = f"free host addresses have {_sized(got)}, the domain is to have {_sized(demand.amount)}"
        raise FaultError(Fault("panic", "allocate_memory", reason))
    return found


def _largest_first(free: Sequence[Span], demand: Demand) -> Banks:
    ordered: list[Span] = []
    for each in free:
        at = next(
            (index for index, other in enumerate(ordered) if holds(each.size > other.size)), len(ordered)
        )
        ordered.insert(at, each)
    return Banks(_filled(ordered, demand.amount))


def _lowest_first(free: Sequence[Span], demand: Demand) -> Banks:
    least = smaller(demand.amount, LEAST_FIRST)
    for index, each in enumerate(free):
        size = smaller(each.size, demand.amount)
        if not holds(size >= least):
            continue
        fits = _fits(size, demand)
        if fits is None:
            return Banks((), f"whether kernel, initrd and device tree fit into {size:#x} bytes is not known")
        if fits:
            return Banks(_filled(free[index:], demand.amount))
    raise FaultError(Fault("panic", "allocate_memory", "no free host memory can be the first bank"))


def _direct_mapped(_free: Sequence[Span], _demand: Demand) -> Banks:
    return Banks((), "this release has no hardware domain that is not direct-mapped")


_FILL: Variants[Callable[[Sequence[Span], Demand], Banks]] = Variants(
    "hardware-domain-memory",
    {"direct-mapped": _direct_mapped, "largest-first": _largest_first, "lowest-first": _lowest_first},
)


def _fits(size: Word, demand: Demand) -> bool | None:
    """arch_hwdom_first_bank_can_fit_modules, as far as sizes decide it (first_bank_can_fit_modules)."""
    if demand.kernel is None:
        return None
    modules = uint64.add(uint64.round_up(demand.kernel, SUPERPAGE), uint64.round_up(demand.initrd, SUPERPAGE))
    if holds(uint64.add(modules, _MOST_TREE + _MOST_TEXT_OFFSET + SUPERPAGE) <= size):
        return True
    least = uint64.add(uint64.add(demand.kernel, uint64.round_up(demand.initrd, SUPERPAGE)), _LEAST_TREE)
    return None if holds(least <= size) else False


def _filled(free: Sequence[Span], amount: Word) -> tuple[Span, ...]:
    banks = []
    for each in free:
        size = smaller(each.size, amount)
        if not holds(equal(size, 0)):
            banks.append(Span(each.start, size))
            amount = uint64.subtract(amount, size)
    return tuple(banks)


def _trimmed(xen: Xen, piece: Range) -> Span | None:
    """A free range cut to 2 MiB at both ends; what has no such part stays in the list with a size of 0."""
    first, end = bytes_of(xen, piece)
    start = uint64.round_up(first, SUPERPAGE)
    if holds(start > end):
        return None
    return Span(start, uint64.round_down(uint64.subtract(uint64.add(end, 1), start), SUPERPAGE))


def _sized(word: Word) -> str:
    return units.sized(word) if isinstance(word, int) else "an unknown number of bytes"


def _total(banks: Sequence[Span]) -> Word:
    total: Word = 0
    for bank in banks:
        total = uint64.add(total, bank.size)
    return total
