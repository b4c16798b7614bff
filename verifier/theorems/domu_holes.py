"""The rest of a guest's RAM banks: dom0less guests with the guest layout (find_domU_holes)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from verifier.xen.ext_regions import REMOVES_XEN_REG, xen_reg_loops
from verifier.xen.loops import Loop
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range
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


BANKS_IN_ORDER = Assumption(
    "banks-in-order",
    "a guest uses a window only if it uses all of those before it",
    "xen/arch/arm/dom0less-build.c allocate_memory, assign_static_memory: bank 0 is filled first",
    lambda setting: all(
        not used
        or all(
            before == size for before, (_, size) in zip(setting.used[:index], setting.windows, strict=False)
        )
        for index, used in enumerate(setting.used)
    ),
)
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
    return tuple(domu_holes.less_shared(xen, (WINDOW,), _guest()))


def _all(xen: Xen) -> Sequence[Loop]:
    return (
        *xen_reg_loops(xen, (span("xen_reg"),)),
        *domu_holes.loops(xen, (WINDOW,), _guest(), assigned(xen)),
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
    found = []
    loops = {loop.over: loop for loop in _LOOPS.of(xen)(xen)}
    for each in passes_of(xen, loops.values()):
        if each.over != "rests of banks":
            found.append(each)
            continue
        touched = partial(_rest_touched, loops[each.over].touches)
        found.append(Pass(each.over, each.adds, WINDOW, touched, BANK))
    return found


def _rest_touched(touches_: Callable[[Span], Range]) -> Range | None:
    left = rest(LAST, WINDOW, USED)
    return None if left is None else touches_(left)


def _ways(xen: Xen) -> Sequence[Way]:
    direct = Way("bank", BANK, lambda: rest(LAST, WINDOW, USED), None)
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
    found = [
        each.claims(each.name, says, lambda touched: negate(touches(number, touched)), *assumed)
        for each in _passes(xen) if each.over == "rests of banks"
    ]  # fmt: skip
    return (
        *found,
        *(
            obligation(
                way.name, says, (*way.assumed, *assumed), way.make,
                lambda made: Claim(False, False) if made is None else Claim(negate(rule.has(made.start, made.size, X))),
            )
            for way in _ways(xen) if way.piece is None
        ),
    )  # fmt: skip


def _inside_bank(xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(
        "`x` lies in the unused part of no window, so not of this one.", negate(unused(WINDOW, USED, X))
    )
    return never_added(xen, "Nothing else than the unused part of a window is offered.", outside)


def _domain_ram(xen: Xen) -> tuple[Obligation, ...]:
    """RAM lies below all that is added, whichever window has it; by rangeset/canonical nothing left lies there."""
    space, used = span("bank"), word("bank_used")
    same = both(equal(space.start, WINDOW.start), equal(space.size, WINDOW.size), equal(used, USED))
    below = uint64.add(space.start, space.size) < WINDOW.start
    above = both(uint64.add(WINDOW.start, WINDOW.size) < space.start, equal(USED, WINDOW.size))
    given = (
        window(space, used), Assumed(BANKS_IN_ORDER, either(same, below, above)),
        Assumed("`x` is RAM of the guest.", rule.has(space.start, used, X)),
    )  # fmt: skip
    says, number = "What is added starts above every byte of RAM.", number_of(xen, X)
    passes = [each for each in _passes(xen) if each.over == "rests of banks"]
    added = [each.claims(each.name, says, lambda touched: number < touched.start, *given) for each in passes]
    direct = [
        obligation(
            way.name, says, (*way.assumed, *given), way.make,
            lambda made: Claim(False, False) if made is None else Claim(X < made.start),
        )
        for way in _ways(xen) if way.piece is None
    ]  # fmt: skip
    return (*added, *direct)


def _layout(xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(LAYOUT, negate(rule.has(WINDOW.start, WINDOW.size, X)))
    return never_added(xen, "No pass adds what lies outside the windows.", outside)


def _two_banks(xen: Xen) -> tuple[Obligation, ...]:
    """Where the rests of two banks are regions as they are, the later one starts above the other."""
    space, used = span("next"), word("next_used")
    above = Assumed(WINDOWS, uint64.add(WINDOW.start, WINDOW.size) < space.start)
    return tuple(
        obligation(
            "two-banks", "The rest of the next window starts above the end of the one before.",
            (*way.assumed, window(space, used), above), lambda: (rest(LAST, WINDOW, USED), rest(LAST, space, used)),
            lambda made: Claim(False, False) if made[0] is None or made[1] is None
            else Claim(rule.above(made[1].start, made[0].start, made[0].size)),
        )
        for way in _ways(xen) if way.piece is None
    )  # fmt: skip


def _added(xen: Xen) -> tuple[Obligation, ...]:
    """A chunk in the unused part of a window is added, or is in the region as it is."""
    chunk, number = word("chunk"), number_of(xen, X)
    last = uint64.add(chunk, rule.LEAST - 1)
    free = Assumed(
        "`chunk` begins 64 MiB of the unused part, in the address space, at a multiple of 2 MiB.",
        both(rule.multiple(chunk, rule.SUPERPAGE), chunk <= last, last <= LAST, unused(WINDOW, USED, chunk),
             unused(WINDOW, USED, last), rule.has(chunk, rule.LEAST, X)),
    )  # fmt: skip
    says = "Every byte of a chunk of the unused part is offered."
    found = [
        obligation(each.name, says, (*each.assumed, free), each.touched,
                   lambda touched: Claim(False) if touched is None else Claim(touches(number, touched)))
        for each in _passes(xen) if each.over == "rests of banks"
    ]  # fmt: skip
    direct = [
        obligation(way.name, says, (*way.assumed, free), way.make,
                   lambda made: Claim(False) if made is None else Claim(rule.has(made.start, made.size, X)))
        for way in _ways(xen) if way.piece is None
    ]  # fmt: skip
    return (*found, *direct)


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
    yield from shape(PRODUCER)
    yield from set_theorems(PRODUCER, (SENSIBLE,), _two_banks)
    given, uses = (
        (SENSIBLE,),
        (*TAKEN, "domu-holes/inside-holes", "domu-holes/preconditions-if-sensible"),
    )
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
    yield theorem(PRODUCER, "registers-fit", lambda xen: fitting(PRODUCER, xen), violation.truncated)


THEOREMS = tuple(_theorems())
