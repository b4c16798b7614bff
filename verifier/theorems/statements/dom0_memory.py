"""Memory of a direct-mapped dom0: what its allocator tries, and what every list of banks that it can give satisfies."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.finding import Cite
from verifier.layout.units import size as sized
from verifier.logic.bits import both, either, implies, negate, word
from verifier.logic.word import Truth, equal, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, shown, stretches
from verifier.theorems.vocabulary.assumptions import PAGE, SENSIBLE, sensible
from verifier.xen import dom0_memory
from verifier.xen.dom0_memory import LEAST_FIRST, Kept, Memory
from verifier.xen.outcome import Span
from verifier.xen.release import Xen

_CITES = (Cite("xen/arch/arm/domain_build.c", "allocate_memory_11, insert_11_bank, get_allocation_size"),)
_MOST = 1 << 48

AMOUNT = Assumption(
    "some-memory",
    "dom0 has a page or more, and less than 2^48 bytes",
    "whoever gives dom0_mem",
    lambda setting: PAGE <= setting.amount < _MOST,
)
ROUND = Assumption(
    "round-memory",
    "dom0's memory is 128 MiB or more, or a power of two",
    "whoever gives dom0_mem",
    lambda setting: setting.amount >= LEAST_FIRST or setting.amount.bit_count() == 1,
)
EXAMPLE = Setting(
    amount=0x10000000,
    ram=((0x40000000, 0x40000000),),
    domain=((0x50000000, 0x10000000),),
    reserved=((0x40200000, 0x200000),),
)
"""256 MiB in one bank of a host with 1 GiB; Xen is kept out."""

WANTED, X = word("amount"), word("x")
BANK, HOST, KEPT = (Span(word(f"{name}_start"), word(f"{name}_size")) for name in ("bank", "ram", "kept"))
_SOME = Assumed(AMOUNT, both(PAGE <= WANTED, WANTED < _MOST))


def _memory(setting: Setting) -> Memory:
    kept = [Kept(Span(*each), "what is kept") for each in setting.reserved]
    return Memory(setting.amount, [Span(*each) for each in setting.ram], kept, setting.bits)


def _accepted(xen: Xen, setting: Setting) -> list[Pair]:
    """The banks as `[start, end)` where Xen can have given them; none where it cannot."""
    banks = [Span(*each) for each in setting.domain]
    wrong = dom0_memory.violations(xen, _memory(setting), banks)
    return [] if wrong else stretches(setting.domain)


def _tried(*more: Assumed) -> tuple[Obligation, ...]:
    return (
        obligation(
            "sizes", "At least one size is tried.", (_SOME, *more),
            lambda: dom0_memory.searches_low(WANTED), Claim,
        ),
    )  # fmt: skip


def _round() -> Assumed:
    powers = (equal(WANTED, 1 << bits) for bits in range(12, 27))
    return Assumed(ROUND, either(LEAST_FIRST <= WANTED, *powers))


def _sum(_xen: Xen) -> tuple[Obligation, ...]:
    return (
        obligation(
            "no-more", "A block is not larger than what is missing, so what is missing does not wrap.", (_SOME,),
            lambda: dom0_memory.largest(WANTED), lambda block: Claim(block <= WANTED),
        ),
        obligation(
            "smaller", "What is missing after the largest block is less than that: no size is met again.", (_SOME,),
            lambda: dom0_memory.largest(WANTED), lambda block: Claim(uint64.subtract(WANTED, block) < block),
        ),
    )  # fmt: skip


def _whole(bank: Span) -> Assumed:
    what = "A bank is whole pages and does not wrap (_ill_formed)."
    ends = uint64.add(bank.start, bank.size)
    return Assumed(
        what, both(rule.multiple(bank.start, PAGE), rule.multiple(bank.size, PAGE), bank.start < ends)
    )


def _inside(_xen: Xen) -> tuple[Obligation, ...]:
    covered = word("covered")
    return (
        obligation(
            "step", "What one bank of the host adds to what is covered lies in it; nothing is lost.", (sensible(HOST),),
            lambda: dom0_memory.further(covered, HOST),
            lambda after: Claim(both(
                covered <= after, implies(both(covered <= X, X < after), rule.has(HOST.start, HOST.size, X)))),
        ),
    )  # fmt: skip


def _off_kept(_xen: Xen) -> tuple[Obligation, ...]:
    kept = Memory(None, None, (Kept(KEPT, "kept"),))
    return (
        obligation(
            "kept", "A bank against which nothing is said shares no byte with what is kept.",
            (sensible(KEPT), _whole(BANK)), lambda: tuple(dom0_memory.kept(kept, (BANK,))),
            lambda said: Claim(negate(_both(BANK, KEPT)), not said),
        ),
    )  # fmt: skip


def _both(one: Span, other: Span) -> Truth:
    return both(rule.has(one.start, one.size, X), rule.has(other.start, other.size, X))


def _never_tried(_xen: Xen, setting: Setting) -> Violation | None:
    """Sizes in plain integers: orders of pages, as get_order_from_bytes has them."""
    pages = -(-setting.amount // PAGE)
    least = (min(pages, LEAST_FIRST // PAGE) - 1).bit_length()
    most = (setting.amount // PAGE).bit_length() - 1
    if most >= least:
        return None
    return Violation(
        f"of {sized(setting.amount)} the largest block is {sized(PAGE << most)}, the least that is looked for below "
        f"2^lowmem {sized(PAGE << least)}: none is",
    )


def _unlike(xen: Xen, setting: Setting) -> Violation | None:
    banks = _accepted(xen, setting)
    total = sum(end - start for start, end in banks)
    if not banks or total == setting.amount:
        return None
    return Violation(f"the banks have {sized(total)}, dom0_mem is {sized(setting.amount)}")


def _not_in_ram(xen: Xen, setting: Setting) -> Violation | None:
    for bank in _accepted(xen, setting):
        at = bank[0]
        for start, end in sorted(stretches(setting.ram)):
            at = end if start <= at < end else at
        if at < bank[1]:
            return Violation(f"bank {shown(bank)} has {at:#x}, which is not in RAM", (("bank", bank),), at)
    return None


def _in_kept(xen: Xen, setting: Setting) -> Violation | None:
    for bank in _accepted(xen, setting):
        for kept in stretches(setting.reserved):
            at = max(bank[0], kept[0])
            if at < min(bank[1], kept[1]):
                return Violation(
                    f"bank {shown(bank)} and what is kept {shown(kept)} overlap", (("bank", bank),), at
                )
    return None


def _applies(xen: Xen) -> bool:
    return xen.behaviours["extended-regions"].name != "none"


def _theorems() -> Iterator[Theorem]:
    tried = "Dom0's allocator looks for at least one size of block below 2^lowmem, for the first bank"
    why = (
        "Below 128 MiB, where the memory is no power of two, the largest block that fits is less than the least that is "
        "looked for: a 32-bit dom0 is a panic; a 64-bit one gets what the allocator takes, low or not, and where a later "
        "block comes to lie below the first Xen panics too (dom0_mem=100M on 1 GiB, seen from 4.16 to head)."
    )
    yield Theorem(
        "dom0-memory/low-bank", f"{tried}.", why, _CITES, lambda _: _tried(), _applies, (AMOUNT,),
        violation=_never_tried, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "dom0-memory/low-bank-if-round", f"{tried}, if it has 128 MiB or more, or a power of two.", why, _CITES,
        lambda _: _tried(_round()), _applies, (AMOUNT, ROUND), violation=_never_tried, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "dom0-memory/sum",
        "Dom0's banks have together what was asked for: no block exceeds what is missing, and a rest is a panic.",
        "A dom0 with more or less would be told of RAM that it has not, or Xen would count pages that are not there.",
        (*_CITES, Cite("6341a67457", "the panic")), _sum, _applies, (AMOUNT,), unbounded="blocks",
        violation=_unlike, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "dom0-memory/inside-ram", "Each bank that dom0 can have lies in the RAM that the heap has.",
        "What the model lets pass is taken for RAM of dom0, and regions are made around it.",
        _CITES, _inside, _applies, (SENSIBLE,), unbounded="RAM banks of the host",
        violation=_not_in_ram, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "dom0-memory/avoids-kept", "No bank that dom0 can have shares a byte with what is kept from the heap.",
        "Reserved memory and modules would be handed to dom0 as RAM.",
        _CITES, _off_kept, _applies, (SENSIBLE,), unbounded="banks, what is kept",
        violation=_in_kept, examples=(EXAMPLE,),
    )  # fmt: skip


THEOREMS = tuple(_theorems())
