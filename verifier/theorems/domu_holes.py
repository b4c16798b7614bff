"""The rest of a guest's RAM banks: dom0less guests with the guest layout (find_domU_holes)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.assumptions import SENSIBLE, WIDTH, WINDOWS, width, window
from verifier.theorems.completeness import capped, complete, fitting
from verifier.theorems.hypervisor import TAKEN, Breaks, avoids, overlaps, set_theorems, shape, theorem
from verifier.theorems.producer import (
    LAST,
    Pass,
    Producer,
    Way,
    X,
    assigned,
    from_set,
    number_of,
    passes_of,
    span,
    touches,
)
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, regions, stretches
from verifier.xen import domu_holes
from verifier.xen.domu_holes import Guest, rest
from verifier.xen.ext_regions import xen_reg_loops
from verifier.xen.loops import Loop
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Variants, Xen

_CITES = (
    Cite(
        "xen/arch/arm/domain_build.c",
        "find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1), add_ext_regions",
    ),
)
WINDOW, USED = span("window"), word("used")
"""An arbitrary RAM window and what is used of it."""
BANK = (width(LAST), window(WINDOW, USED))
REST = span("rest")
"""The rest of that window, if there is one."""


def _of_bank(left: Span) -> Truth:
    """What theorem domu-holes/rest says of the rest of a window."""
    start, end = left.start, uint64.add(left.start, left.size)
    return both(
        rule.aligned(start, left.size),
        rule.minimum_size(left.size),
        left.size < 1 << 52,
        uint64.add(WINDOW.start, USED) <= start,
        start < end,
        end <= uint64.add(WINDOW.start, WINDOW.size),
        end <= uint64.add(LAST, 1),
    )


OF_BANK = (
    *BANK,
    Assumed(
        "By domu-holes/rest it lies in the unused part of its window, between multiples of 2 MiB.",
        _of_bank(REST),
    ),
)
HEAD_WINDOWS = ((0x40000000, 0xC0000000), (0x200000000, 0xFE00000000))
"""GUEST_RAM0 and GUEST_RAM1 since 4.5.0."""
EXAMPLE = Setting(
    windows=HEAD_WINDOWS,
    used=(0x8000000, 0),
    shared=((0x50000000, 0x10000000),),
    xen_reg=((0xFF0E0000, 0x1000),),
    grant=(0x38000000, 0x1000000),
)
"""128 MiB, and the xen,reg and static shared memory of Xen's own documentation."""
LAYOUT = Assumption(
    "layout-apart",
    "every other region of the guest layout lies outside the RAM windows",
    "xen/include/public/arch-arm.h: property no-overlap of `verifier check`, whole windows from 4.16 on",
    lambda setting: (
        violation.overlapping([(setting.grant[0], sum(setting.grant))], "", stretches(setting.windows))
        is None
    ),
)


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
    return [replace(each, assumed=OF_BANK) if each.over == "rests of banks" else each for each in found]


def _ways(xen: Xen) -> Sequence[Way]:
    direct = Way("bank", OF_BANK, lambda: REST, None)
    return (*((direct,) if _DIRECT.of(xen) else ()), *((from_set(xen),) if _LOOPS.of(xen)(xen) else ()))


PRODUCER = Producer(
    "domu-holes", "dom0less guests with the guest layout", _CITES,
    lambda xen: xen.behaviours["domu-regions"].name != "none", _passes, _ways, outcome, (WIDTH, WINDOWS), (EXAMPLE,),
    "shared memory, xen,reg",
)  # fmt: skip


def unused(space: Span, used: Word, address: Word) -> Truth:
    """Whether an address lies in the part of a window that is not used."""
    return both(uint64.add(space.start, used) <= address, address < uint64.add(space.start, space.size))


def same_or_apart(space: Span, used: Word) -> Assumed:
    """Of an arbitrary window: it is the one of the pass, or shares no address with it."""
    same = both(equal(space.start, WINDOW.start), equal(space.size, WINDOW.size), equal(used, USED))
    return Assumed(WINDOWS, either(same, rule.apart(space.start, space.size, WINDOW.start, WINDOW.size)))


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
    passes = [each for each in _passes(xen) if each.over == "rests of banks"]
    return outside, *(
        each.claims(each.name, added, lambda touched: negate(touches(number, touched)), lemma)
        for each in passes
    )


def _inside_bank(xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(
        "`x` lies in the unused part of no window, so not of this one.", negate(unused(WINDOW, USED, X))
    )
    return never_added(xen, "Nothing else than the unused part of a window is offered.", outside)


def _domain_ram(xen: Xen) -> tuple[Obligation, ...]:
    space, used = span("bank"), word("bank_used")
    watched = Assumed("`x` is RAM of the guest.", rule.has(space.start, used, X))
    return never_added(xen, "No pass adds RAM.", window(space, used), same_or_apart(space, used), watched)


def _layout(xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(LAYOUT, negate(rule.has(WINDOW.start, WINDOW.size, X)))
    return never_added(xen, "No pass adds what lies outside the windows.", outside)


def _rest(_xen: Xen) -> tuple[Obligation, ...]:
    """The code that makes a rest; a chunk of the unused part is one of its parts."""
    return (
        obligation(
            "rest", "The rest of a window lies in its unused part, between multiples of 2 MiB, in the address space.", BANK,
            lambda: rest(LAST, WINDOW, USED), lambda left: Claim(False, False) if left is None else Claim(_of_bank(left)),
        ),
        obligation(
            "chunk", "It has every chunk of the unused part.", (*BANK, _free_chunk()), lambda: rest(LAST, WINDOW, USED),
            lambda left: Claim(False) if left is None
            else Claim(both(left.start <= CHUNK, uint64.add(CHUNK, rule.LEAST) <= uint64.add(left.start, left.size))),
        ),
    )  # fmt: skip


CHUNK = word("chunk")


def _free_chunk() -> Assumed:
    last = uint64.add(CHUNK, rule.LEAST - 1)
    free = both(
        rule.multiple(CHUNK, rule.SUPERPAGE),
        CHUNK <= last,
        last <= LAST,
        unused(WINDOW, USED, CHUNK),
        unused(WINDOW, USED, last),
    )
    return Assumed(
        "`chunk` begins 64 MiB of the unused part, in the address space, at a multiple of 2 MiB.", free
    )


def _two_banks(xen: Xen) -> tuple[Obligation, ...]:
    """Where the rests of two banks are regions as they are, the later one starts above the other."""
    space, used, later = span("next"), word("next_used"), span("later_rest")
    above = Assumed(WINDOWS, uint64.add(WINDOW.start, WINDOW.size) < space.start)
    inside = Assumed("By domu-holes/rest the later rest lies in the unused part of its window.",
                     both(uint64.add(space.start, used) <= later.start, later.size < 1 << 52))  # fmt: skip
    return tuple(
        obligation(
            "two-banks", "The rest of the next window starts above the end of the one before.",
            (*way.assumed, window(space, used), above, inside), lambda: None,
            lambda _: Claim(rule.above(later.start, REST.start, REST.size)),
        )
        for way in _ways(xen) if way.piece is None
    )  # fmt: skip


def _added(xen: Xen) -> tuple[Obligation, ...]:
    """A byte of the rest of a window is added; what is a region as it is has it anyway."""
    number = number_of(xen, X)
    inside = Assumed("`x` is a byte of the rest.", rule.has(REST.start, REST.size, X))
    says = "The pass for a rest is about the number of each of its bytes."
    return tuple(
        each.claims(each.name, says, partial(touches, number), inside)
        for each in _passes(xen) if each.over == "rests of banks"
    ) or _rest(xen)  # fmt: skip


def rests_of(setting: Setting) -> list[tuple[int, int]]:
    """The unused parts of the windows inside the address space, `[start, end)`."""
    last = 1 << setting.ipa_bits
    banks = zip(setting.windows, setting.used, strict=True)
    return [(start + used, min(start + size, last)) for (start, size), used in banks if start + used < last]


def used_of(setting: Setting) -> list[tuple[int, int]]:
    """The used parts, `[start, end)`."""
    return [
        (start, start + used) for (start, _), used in zip(setting.windows, setting.used, strict=True) if used
    ]


def _left_out(setting: Setting, made: Outcome) -> Violation | None:
    return violation.unoffered(made, rests_of(setting), stretches((*setting.shared, *setting.xen_reg)))


def in_bank(setting: Setting, made: Outcome) -> Violation | None:
    """A region that is not inside the unused part of one window."""
    return violation.outside(regions(made), "unused part of a RAM window", rests_of(setting))


def on_ram(setting: Setting, made: Outcome) -> Violation | None:
    """A region that has RAM of the guest."""
    return violation.overlapping(regions(made), "RAM of the guest", used_of(setting))


def _theorems() -> Iterator[Theorem]:
    yield from (replace(each, uses=lambda _xen: ("domu-holes/rest",)) for each in shape(PRODUCER))
    yield Theorem(
        "domu-holes/rest", "What is left of a RAM window is its unused part in the address space, 64 MiB or more of it.",
        rule.PROPERTIES["inside-bank"].why, _CITES, _rest, PRODUCER.applies, PRODUCER.assumptions,
    )  # fmt: skip
    yield from set_theorems(PRODUCER, (SENSIBLE,), _two_banks)
    given, uses = (
        (SENSIBLE,),
        (*TAKEN, "domu-holes/inside-holes", "domu-holes/preconditions-if-sensible"),
    )
    made: tuple[tuple[str, Callable[[Xen], tuple[Obligation, ...]], Breaks, tuple[Assumption, ...]], ...] = (
        ("inside-bank", _inside_bank, in_bank, given),
        ("avoids-domain-ram", _domain_ram, on_ram, given),
        ("avoids-layout", _layout, overlaps("grant region", "grant"), (*given, LAYOUT)),
    )
    for name, obligations, breaks, assumptions in made:
        yield theorem(PRODUCER, name, obligations, breaks, assumptions=assumptions, uses=uses)
    yield avoids(PRODUCER, "avoids-shared-memory", "shared memory", overlaps("shared memory", "shared"))
    yield avoids(PRODUCER, "avoids-xen-reg", "xen,reg", overlaps("xen,reg", "xen_reg"))
    yield complete(PRODUCER, _left_out, more=_added)
    yield from capped(PRODUCER)
    yield theorem(PRODUCER, "registers-fit", lambda xen: fitting(PRODUCER, xen), violation.truncated)


THEOREMS = tuple(_theorems())
