"""Host RAM less entries that lie apart: what holds also where a removal can give back what was taken away.

Up to 4.19.2, and in 4.20.0, a removal from a rangeset gives something back where it begins in a hole and ends
in or beyond the next range; elsewhere it is right (rangeset/remove-if-first-there). So it is where each entry
taken away shares no page with any RAM, or begins in RAM, in a page where no other entry has a byte
(assumption `apart`). Induction over the removals shows of each, in turn: its first number is in the set, or no
number of its is (theorem first-there-if-apart).

* After the loop over the banks the set has those numbers that some pass of it was about (rangeset/add). An
  entry that begins in RAM has its first byte in a bank, whose pass is about the number of each of its bytes
  (`pass-host-RAM`), and that is the first number of the entry (`first-...`). An entry that shares no page
  with any bank shares no number with it (`off-ram-...`).
* All removals before were right, by induction and rangeset/remove-if-first-there, and lose nothing that was not
  to be removed (rangeset/keep). None of them was about the first number of an entry that begins in RAM, for no
  other entry has a byte in that page (`alone-...`): it is still in the set. None adds: of which no number was
  there, none is.

So no removal gives anything back, and the arguments of `hypervisor` stand with this in the place of
rangeset/remove. Which entries follow each other, in which order and of which list, plays no part. The ranges
of xen,reg are none of these entries: where a release takes them away, they come last, and removals are right
whatever there is (rangeset/remove).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import either, negate
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.theorems.producer import Pass
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.statements import unallocated
from verifier.theorems.statements.unallocated import PRODUCER, RAM_PAGES
from verifier.theorems.violation import Violation, dropped
from verifier.theorems.vocabulary.assumptions import GRANT, PAGE, SENSIBLE
from verifier.theorems.vocabulary.completeness import takes_most
from verifier.theorems.vocabulary.hypervisor import TAKEN, Breaks, in_guests, overlaps, taken_away, theorem
from verifier.theorems.vocabulary.passes import X, number_of, touches
from verifier.xen import rangeset
from verifier.xen.ext_regions import PAGE_SHIFT, REMOVES_XEN_REG
from verifier.xen.loops import run
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import Xen
from verifier.xen.unallocated import grant_removed, loops


def _pages(pair: Pair) -> tuple[int, int]:
    """First and last page of start and size."""
    start, size = pair
    return start // PAGE, (start + size - 1) // PAGE


def _share_a_page(one: Pair, other: Pair) -> bool:
    (first, last), (low, high) = _pages(one), _pages(other)
    return first <= high and low <= last


def _lie_apart(setting: Setting) -> bool:
    entries = (*setting.domain, *setting.reserved, *setting.shared, setting.grant)
    for index, entry in enumerate(entries):
        in_ram = any(start <= entry[0] < start + size for start, size in setting.ram)
        others = (*entries[:index], *entries[index + 1 :])
        alone = not any(_share_a_page((entry[0], 1), other) for other in others)
        if not (in_ram and alone) and any(_share_a_page(entry, bank) for bank in setting.ram):
            return False
    return True


APART = Assumption(
    "apart",
    "each entry taken away (RAM of the domain, reserved memory, static shared memory, grant region) shares no 4 KiB page "
    "with any RAM, or begins in RAM, in a page where no other entry has a byte",
    "who writes the device tree, and Xen's allocator; Xen does not check it",
    _lie_apart,
)


def _page(address: Word) -> Word:
    return uint64.shift_right(address, PAGE_SHIFT)


def _no_page_of_both(one: Span, other: Span) -> Truth:
    """Of two that are not empty and do not wrap."""
    first, second = (uint64.subtract(uint64.add(each.start, each.size), 1) for each in (one, other))
    return either(_page(first) < _page(other.start), _page(second) < _page(one.start))


def _removals(xen: Xen) -> Sequence[tuple[Pass, Span]] | None:
    """Passes for entries after the loop over RAM; None if the argument does not fit: one adds, or ranges come between."""
    passes = PRODUCER.passes(xen)
    later = passes[[each.over for each in passes].index("host RAM") + 1 :]
    if any(each.adds for each in later) or any(isinstance(each.entry, Range) for each in later[:-1]):
        return None
    return [(each, each.entry) for each in later if isinstance(each.entry, Span)]


def _first_there(xen: Xen) -> tuple[Obligation, ...] | None:
    removals = _removals(xen)
    if removals is None:
        return None
    made = unallocated.added(xen)
    return (*made, *(each for found, entry in removals for each in _of_entry(xen, found, entry)))


def _of_entry(xen: Xen, found: Pass, entry: Span) -> Iterator[Obligation]:
    bank, ram = unallocated.ram_pass(xen)
    kind = found.name.removeprefix("pass-")
    yield found.claims(
        f"first-{kind}", "The first number that a pass is about is that of the entry's first byte.",
        lambda touched: equal(touched.start, number_of(xen, entry.start)),
    )  # fmt: skip
    yield obligation(
        f"off-ram-{kind}", "Passes for an entry and for a bank with which it shares no page share no number.",
        (*found.assumed, *bank.assumed, Assumed(APART, _no_page_of_both(entry, ram))),
        lambda: (found.touched(), bank.touched()), _disjoint,
    )  # fmt: skip
    begins = Assumed(APART, _no_page_of_both(entry, Span(X, 1)))  # of `x`, where another entry begins
    yield found.claims(
        f"alone-{kind}", "A pass is not about the number of a byte in whose page its entry has no byte.",
        lambda touched: negate(touches(number_of(xen, X), touched)), begins,
    )  # fmt: skip


def _disjoint(touched: tuple[Range | None, Range | None]) -> Claim:
    one, other = touched
    if one is None or other is None:
        return Claim(False, False)
    return Claim(either(one.end < other.start, other.end < one.start))


def _begins_beside(xen: Xen, setting: Setting) -> Violation | None:
    """A removal whose first number is not in the set, and another one is."""
    held, taken = Rangeset(), unallocated.taken_of(setting)
    banks = [Span(*each) for each in setting.ram]
    for loop in loops(xen, banks, taken, grant_removed(xen, taken.grant), ()):
        for entry in loop.entries:
            asked = loop.touches(entry)
            there = () if loop.adds else rangeset.report(held, asked.start, asked.end)
            if there and not rangeset.report(held, asked.start, asked.start):
                return Violation(
                    f"{loop.over} at {entry.start:#x} begins where nothing is left, and reaches what is"
                )
            held = run(xen, [replace(loop, entries=(entry,))], held)
    return None


_LEMMA = "unallocated/first-there-if-apart"


def _uses(xen: Xen) -> tuple[str, ...]:
    """What a theorem that something is taken away rests on."""
    passthrough = ("rangeset/remove",) if REMOVES_XEN_REG.of(xen) else ()
    others = ("unallocated/inside-holes", "unallocated/preconditions-if-sensible", _LEMMA)
    return (
        *(each for each in TAKEN if each != "rangeset/remove"),
        "rangeset/remove-if-first-there",
        *passthrough,
        *others,
    )


def _of_apart(
    name: str,
    obligations: Callable[[Xen], Sequence[Obligation] | None],
    breaks: Breaks,
    *more: Assumption,
    applies: Callable[[Xen], bool] | None = None,
    uses: tuple[str, ...] = (),
) -> Theorem:
    made = theorem(
        PRODUCER, name, obligations, breaks, assumptions=(SENSIBLE, GRANT, *more, APART), suffix="-if-apart",
        applies=applies, uses=uses,
    )  # fmt: skip
    return replace(made, uses=lambda xen: (*made.uses(xen), *_uses(xen)))


def _theorems() -> Iterator[Theorem]:
    yield Theorem(
        _LEMMA,
        "Whatever is taken away from host RAM begins in what is left by then, or shares nothing with it, if "
        "sensible-entries and grant-region and apart.",
        "Elsewhere rangeset_remove_range can give back what was taken before: a region then lies on it.",
        (*PRODUCER.cites, Cite("xen/common/rangeset.c", "rangeset_remove_range (e118fc98e7)")),
        _first_there, PRODUCER.applies, (*PRODUCER.assumptions, SENSIBLE, GRANT, APART),
        lambda _: ("rangeset/add", "rangeset/remove-if-first-there", "rangeset/keep", "rangeset/canonical",
                   "unallocated/preconditions-if-sensible"),
        unbounded=PRODUCER.lists, violation=_begins_beside, examples=PRODUCER.examples,
    )  # fmt: skip
    yield _of_apart("inside-host-ram", unallocated.in_ram, unallocated.outside_ram, RAM_PAGES)
    yield _of_apart(
        "cap", unallocated.fits, lambda _, made: dropped(made), RAM_PAGES, unallocated.LITTLE_RAM,
        uses=("unallocated/within-ipa",), applies=takes_most(PRODUCER),
    )  # fmt: skip
    for name, over, field in (
        ("avoids-domain-ram", "domain RAM", "domain"),
        ("avoids-reserved-memory", "reserved memory", "reserved"),
    ):
        yield _of_apart(name, partial(taken_away, PRODUCER, over=over), overlaps(over, field))
    yield _of_apart(
        "avoids-shared-memory", partial(taken_away, PRODUCER, over="shared memory"),
        overlaps("shared memory", "shared"), applies=in_guests(PRODUCER),
    )  # fmt: skip
    yield _of_apart("avoids-grant-region", unallocated.not_skipped, overlaps("grant region", "grant"))


THEOREMS = tuple(_theorems())
