"""The rest of a guest's RAM banks: dom0less guests with the guest layout (find_domU_holes)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate
from verifier.logic.word import equal
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.producer import Pass, Producer, Way
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, stretches
from verifier.theorems.vocabulary.assumptions import (
    GUEST_CELLS,
    SENSIBLE,
    WIDTH,
    WINDOWS,
    an_arbitrary_window,
    blocks,
)
from verifier.theorems.vocabulary.bank_rest import OF_BANK, OF_PASS, REST, WINDOW, rest_obligations
from verifier.theorems.vocabulary.completeness import capped, complete, fitting
from verifier.theorems.vocabulary.guest_layout import (
    BANKS_IN_ORDER,
    HEAD_WINDOWS,
    LAYOUT,
    in_bank,
    on_ram,
    rests_of,
)
from verifier.theorems.vocabulary.hypervisor import (
    TAKEN,
    Breaks,
    avoids,
    overlaps,
    set_theorems,
    shape,
    theorem,
)
from verifier.theorems.vocabulary.passes import (
    X,
    adding_passes,
    assigned,
    from_set,
    number_of,
    passes_of,
    span,
    touches,
)
from verifier.xen import domu_holes
from verifier.xen.domu_holes import Guest
from verifier.xen.ext_regions import REMOVES_XEN_REG, xen_reg_loops
from verifier.xen.loops import Loop
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Variants, Xen

_CITES = (
    Cite(
        "xen/arch/arm/domain_build.c",
        "find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1), add_ext_regions",
    ),
)
EXAMPLE = Setting(
    windows=HEAD_WINDOWS,
    used=(0x8000000, 0),
    shared=((0x50000000, 0x10000000),),
    xen_reg=((0xFF0E0000, 0x1000),),
    grant=(0x38000000, 0x1000000),
)
"""128 MiB, and the xen,reg and static shared memory of Xen's own documentation."""
FEW_SHARED = Assumption(
    "few-shared",
    "a domain has 32 regions of static shared memory or fewer",
    "NR_SHMEM_BANKS: process_shm_node refuses more",
    lambda setting: len(setting.shared) <= MOST_SHARED,
)
MOST_SHARED = 32


def _most_entries(xen: Xen) -> int | None:
    """Of all lists: two banks and shared memory; xen,reg may have any number."""
    return None if REMOVES_XEN_REG.of(xen) else len(HEAD_WINDOWS) + MOST_SHARED


def outcome(xen: Xen, setting: Setting) -> Outcome:
    """The integer reading."""
    windows, shared, passthrough = (
        [Span(*each) for each in pairs] for pairs in (setting.windows, setting.shared, setting.xen_reg)
    )
    return domu_holes.find(xen, Guest(setting.ipa_bits, windows, setting.used, shared, passthrough))


Loops = Callable[[Xen], Sequence[Loop]]


def _no_loops(_xen: Xen) -> Sequence[Loop]:
    return ()


def _less_shared(xen: Xen) -> Sequence[Loop]:
    return tuple(domu_holes.less_shared(xen, (REST,), _guest()))


def _all(xen: Xen) -> Sequence[Loop]:
    return (
        *xen_reg_loops(xen, (span("xen_reg"),)),
        *domu_holes.loops(xen, (REST,), _guest(), assigned(xen)),
    )


def _guest() -> Guest:
    return Guest(0, (), (), (span("shared"),), (span("xen_reg"),))


_LOOPS: Variants[Loops] = Variants(
    "domu-regions",
    {"none": _no_loops, "per-bank": _no_loops, "per-bank-less-shared": _less_shared, "ranges": _all},
)
_DIRECT = Variants(
    "domu-regions", {"none": False, "per-bank": True, "per-bank-less-shared": True, "ranges": False}
)
"""Whether the rest of a bank can be a region as it is."""


def _passes(xen: Xen) -> Sequence[Pass]:
    found = passes_of(xen, _LOOPS.of(xen)(xen))
    return [replace(each, assumed=OF_PASS) if each.over == "rests of banks" else each for each in found]


def _ways(xen: Xen) -> Sequence[Way]:
    direct = Way("bank", OF_BANK, lambda: REST, None)
    return (*((direct,) if _DIRECT.of(xen) else ()), *((from_set(xen),) if _LOOPS.of(xen)(xen) else ()))


PRODUCER = Producer(
    "domu-holes", "dom0less guests with the guest layout", _CITES,
    lambda xen: xen.behaviours["domu-regions"].name != "none", _passes, _ways, outcome, (WIDTH, WINDOWS),
    (EXAMPLE, replace(EXAMPLE, shared=(), xen_reg=())),
    "shared memory, xen,reg",
)  # fmt: skip


def never_added(xen: Xen, says: str, *assumed: Assumed) -> tuple[Obligation, ...]:
    """`x` is in no rest of a bank: neither in one that is a region as it is, nor is its number added to the set."""
    number = number_of(xen, X)
    outside = obligation(
        "rest",
        says,
        (*OF_BANK, *assumed),
        lambda: None,
        lambda _: Claim(negate(rule.has(REST.start, REST.size, X))),
    )
    lemma = Assumed(
        "`x` is no byte of the rest (obligation rest).", negate(rule.has(REST.start, REST.size, X))
    )
    added = "A pass for a rest that does not have the byte is not about its number."
    passes = adding_passes(_passes(xen))
    return outside, *(
        each.claims(each.name, added, lambda touched: negate(touches(number, touched)), lemma)
        for each in passes
    )


def _inside_bank(xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(
        "`x` lies in the unused part of no window, so not of this one.", negate(WINDOW.unused(X))
    )
    return never_added(xen, "Nothing else than the unused part of a window is offered.", outside)


def _domain_ram(xen: Xen) -> tuple[Obligation, ...]:
    """RAM lies below all that is added, whichever window has it; by rangeset/canonical nothing left lies there."""
    bank = an_arbitrary_window("bank")
    full_below = both(WINDOW.below(bank).truth, equal(WINDOW.used, WINDOW.span.size))
    placed = either(bank.same(WINDOW), bank.below(WINDOW).truth, full_below)
    given = (*OF_BANK, bank.fits, Assumed(BANKS_IN_ORDER, placed))
    watched = Assumed("`x` is RAM of the guest.", both(bank.start <= X, X < bank.top))
    says, number = "What is added starts above every byte of RAM.", number_of(xen, X)
    above = obligation("rest", says, (*given, watched), lambda: None, lambda _: Claim(X < REST.start))
    lemma = Assumed("`x` lies below the rest (obligation rest).", X < REST.start)
    passes = adding_passes(_passes(xen))
    return above, *(
        each.claims(each.name, says, lambda touched: number < touched.start, lemma) for each in passes
    )


def _layout(xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(LAYOUT, negate(both(WINDOW.start <= X, X < WINDOW.end)))
    return never_added(xen, "No pass adds what lies outside the windows.", outside)


def _two_banks(xen: Xen) -> tuple[Obligation, ...]:
    """Where the rests of two banks are regions as they are, the later one starts above the other."""
    following, later = an_arbitrary_window("next"), blocks("later_rest")
    inside = Assumed("By domu-holes/rest the later rest lies in the unused part of its window.",
                     both(later.bounded, following.top <= later.span.start))  # fmt: skip
    return tuple(
        obligation(
            "two-banks", "The rest of the next window starts above the end of the one before.",
            (*way.assumed, following.fits, WINDOW.below(following), inside), lambda: None,
            lambda _: Claim(rule.above(later.span.start, REST.start, REST.size)),
        )
        for way in _ways(xen) if way.piece is None
    )  # fmt: skip


def _added(xen: Xen) -> tuple[Obligation, ...]:
    """A byte of the rest of a window is added; what is a region as it is has it anyway."""
    number = number_of(xen, X)
    inside = Assumed("`x` is a byte of the rest.", rule.has(REST.start, REST.size, X))
    says = "The pass for a rest is about the number of each of its bytes."
    passes = tuple(
        each.claims(each.name, says, partial(touches, number), inside)
        for each in _passes(xen) if each.over == "rests of banks"
    )  # fmt: skip
    return (*passes, *(rest_obligations(xen) if _DIRECT.of(xen) else ()))


def _left_out(setting: Setting, made: Outcome) -> Violation | None:
    return violation.unoffered(made, rests_of(setting), stretches((*setting.shared, *setting.xen_reg)))


def _of_rests(made: Theorem) -> Theorem:
    """The same, resting on theorem rest too."""
    return replace(made, uses=lambda xen: (*made.uses(xen), "domu-holes/rest"))


def _theorems() -> Iterator[Theorem]:
    yield from map(_of_rests, shape(PRODUCER))
    yield Theorem(
        "domu-holes/rest", "What is left of a RAM window is its unused part in the address space, 64 MiB or more of it.",
        rule.PROPERTIES["inside-bank"].why, _CITES, rest_obligations, PRODUCER.applies, PRODUCER.assumptions,
    )  # fmt: skip
    yield from map(_of_rests, set_theorems(PRODUCER, (SENSIBLE,), _two_banks))
    given, uses = (SENSIBLE,), (*TAKEN, "domu-holes/inside-holes", "domu-holes/preconditions-if-sensible")
    made: tuple[tuple[str, Callable[[Xen], tuple[Obligation, ...]], Breaks, tuple[Assumption, ...]], ...] = (
        ("inside-bank", _inside_bank, in_bank, given),
        ("avoids-layout", _layout, overlaps("another region of the layout", "grant"), (*given, LAYOUT)),
    )
    for name, obligations, breaks, assumptions in made:
        yield theorem(PRODUCER, name, obligations, breaks, assumptions=assumptions, uses=uses)
    yield theorem(
        PRODUCER, "avoids-domain-ram", _domain_ram, on_ram, assumptions=(*given, BANKS_IN_ORDER),
        uses=tuple(name for name in uses if name != "rangeset/remove"),
    )  # fmt: skip
    yield avoids(PRODUCER, "avoids-shared-memory", "shared memory", overlaps("shared memory", "shared"))
    yield avoids(PRODUCER, "avoids-xen-reg", "xen,reg", overlaps("xen,reg", "xen_reg"))
    yield complete(PRODUCER, _left_out, more=_added)
    yield from capped(PRODUCER, (SENSIBLE,), _most_entries, FEW_SHARED)
    fits_cells = theorem(
        PRODUCER, "registers-fit", lambda xen: fitting(PRODUCER, xen), violation.truncated, assumptions=(GUEST_CELLS,)
    )  # fmt: skip
    yield _of_rests(fits_cells)


THEOREMS = tuple(_theorems())
