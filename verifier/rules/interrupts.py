"""interrupts: every number is of its kind, no two users share one, every device has its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from verifier.layout.configuration import partner
from verifier.layout.define import Define
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.term import Number, Truth
from verifier.rules.catalogue import Doubt, Explanation, Rule

KINDS = {
    "sgi": ("software-generated interrupt", 0, 15),
    "ppi": ("private peripheral interrupt", 16, 31),
    "spi": ("shared peripheral interrupt", 32, 1019),
}
"""First and last number of each, inclusive: Arm IHI 0048B 2.2.1, Arm IHI 0069 2.2.1."""
MEANINGS = {"sgi": "sgi", "ppi": "ppi", "spi": "spi", "spi-first": "spi", "spi-last": "spi"}


@dataclass(frozen=True, slots=True)
class User:
    """What uses an interrupt, or one for each of its devices from `first` on."""

    macro: str
    first: int
    last: Number
    """Inclusive; grows with the number of devices where each has its own."""
    present: Truth


def users(case: Case) -> list[User]:
    """Everything that has an interrupt number, by macro; a range that ends before it begins has none."""
    layout, found = case.layout, list[User]()
    for name, meaning in layout.scalars.items():
        number = layout.number(name)
        if meaning not in MEANINGS or meaning == "spi-last" or number is None:
            continue
        when = layout.uses.get(name)
        last: Number = number
        if meaning == "spi-first":
            end = layout.number(partner(name))
            if end is not None and end < number:
                continue
            last = _last(case, name, number)
        found.append(User(name, number, last, case.symbolic.holds(when)))
    return sorted(found, key=lambda user: (user.first, user.macro))


def _last(case: Case, macro: str, first: int) -> Number:
    """One interrupt for each device, as many as are set aside; all of those where nothing counts devices."""
    last = case.layout.number(partner(macro))
    if last is None:
        return first
    when = case.layout.uses.get(macro)
    if when is None or when.dimension not in case.symbolic.variables:
        return last
    return term.smaller(first - 1 + case.symbolic.variables[when.dimension], last)


def obligations(case: Case) -> list[Obligation]:
    """Kind of each number, order of each range, disjointness of all, one for each device."""
    layout = case.layout
    found = [
        _in_range(define, meaning)
        for meaning in MEANINGS
        for define in layout.meaning(meaning)
        if layout.number(define.name) is not None
    ]
    found += [_ordered(case, define) for define in layout.meaning("spi-first") if _range(case, define)]
    found += [_apart(one, other) for one, other in combinations(users(case), 2)]
    for region in layout.regions:
        for macro in region.interrupts:
            missing = macro not in layout.defines
            bad = case.symbolic.presence(region) if missing else False
            found.append(Obligation((region.name, macro), bad, notes={"missing": macro, "region": region}))
    return found


def _range(case: Case, first: Define) -> bool:
    return case.layout.number(first.name) is not None and case.layout.number(partner(first.name)) is not None


def _in_range(define: Define, meaning: str) -> Obligation:
    assert not isinstance(define.value, tuple)
    what, low, high = KINDS[MEANINGS[meaning]]
    number = define.value.value
    bad = not low <= number <= high
    witness = Witness("too-small", found=min(number, high), needed=max(number, low))
    message = f"{define.name} is {number}, but a {what} has a number from {low} to {high}"
    return Obligation((define.name,), bad, notes={"message": message, "witness": witness})


def _ordered(case: Case, define: Define) -> Obligation:
    end = case.layout.defines[partner(define.name)]
    first, last = case.layout.number(define.name), case.layout.number(end.name)
    assert first is not None
    assert last is not None
    message = f"{define.name} is {first} and {end.name} is {last}: no interrupt is set aside"
    witness = Witness("too-small", found=last, needed=first)
    notes = {"message": message, "witness": witness}
    return Obligation((define.name, end.name), last < first, notes=notes)


def _apart(one: User, other: User) -> Obligation:
    """`one` begins first, so they meet if it lasts to where `other` begins."""
    bad = term.both(one.present, other.present, one.last >= other.first)
    return Obligation((one.macro, other.macro), bad, notes={"shared": other.first})


def explain(case: Case, failure: Fails) -> Explanation:
    """Whose number it is, and what is free."""
    notes = failure.obligation.notes
    if "missing" in notes:
        region, macro = notes["region"], notes["missing"]
        message = f"{region} has no interrupt: {macro} is not defined"
        witness = Witness("missing", macro=macro)
        return Explanation(
            message, (f"{region} is at {region.origin}",), Counterexample(failure.worst, witness, ())
        )
    defines = tuple(case.layout.defines[name] for name in failure.obligation.subjects)
    details = tuple(f"{define.name} {define.text}, {define.origin}" for define in defines)
    if "shared" in notes:
        return _explain_shared(case, failure, details)
    return Explanation(notes["message"], details, Counterexample(failure.worst, notes["witness"], ()))


def _explain_shared(case: Case, failure: Fails, details: tuple[str, ...]) -> Explanation:
    number = failure.obligation.notes["shared"]
    one, other = (
        next(user for user in users(case) if user.macro == name) for name in failure.obligation.subjects
    )
    message = f"{_said(one, number)} and {_said(other, number)} are both interrupt {number}"
    witness = Witness("same-interrupt", found=number)
    taken = {figure for user in users(case) for figure in _all(case, user)}
    free = next((figure for figure in range(32, 1020) if figure not in taken), None)
    help_text = (f"interrupt {free} is the lowest shared one that nothing uses",) if free is not None else ()
    return Explanation(message, details, Counterexample(failure.worst, witness, ()), help=help_text)


def _said(user: User, number: int) -> str:
    return user.macro if number == user.first else f"{user.macro} with device {number - user.first + 1}"


def _all(case: Case, user: User) -> range:
    ranged = case.layout.scalars[user.macro] == "spi-first"
    last = case.layout.number(partner(user.macro)) if ranged else user.first
    return range(user.first, (user.first if last is None else last) + 1)


def doubts(case: Case) -> list[Doubt]:
    """A list, or half a range, has no number that could be judged."""
    layout, found = case.layout, list[Doubt]()
    for name, meaning in layout.scalars.items():
        if meaning not in MEANINGS:
            continue
        if layout.number(name) is None:
            found.append(Doubt((name,), f"{name} is a list, not the number of an interrupt"))
        other = {"spi-first": ("_FIRST", "_LAST"), "spi-last": ("_LAST", "_FIRST")}.get(meaning)
        if other and name.removesuffix(other[0]) + other[1] not in layout.defines:
            missing = name.removesuffix(other[0]) + other[1]
            found.append(
                Doubt((name,), f"{missing} is not defined, so how many interrupts {name} begins is unknown")
            )
    return found


RULE = Rule(
    id="interrupts",
    position=9,
    title="interrupt numbers are of their kind and nobody shares one",
    statement="Software-generated interrupts have numbers 0 to 15, private ones 16 to 31, shared ones 32 to 1019. In every "
    "configuration the numbers in use are distinct: the n-th virtio device has the n-th number of its range. A "
    "range is not empty, and a device that signals has its interrupt.",
    why="Two devices on one line: each sees the other's interrupts, and an edge of one is lost behind the level of the "
    "other. libxl refuses `irqs=` that hit these numbers, but never compares the numbers with each other.",
    formula="present(A) and present(B) and number(A) = number(B), or number outside the range of its kind",
    example_header="#define GUEST_VPL011_SPI             33\n"
    "#define GUEST_VIRTIO_MMIO_SPI_FIRST  33\n"
    "#define GUEST_VIRTIO_MMIO_SPI_LAST   43\n",
    cites=(
        Cite("Arm IHI 0048B", "2.2.1, interrupt IDs"),
        Cite("Arm IHI 0069", "2.2.1, INTIDs"),
        Cite("tools/libs/light/libxl_arm.c", "alloc_virtio_mmio_irq: SPI_FIRST to SPI_LAST; make_timer_node"),
        Cite("xen/include/public/arch-arm.h", "Interrupts"),
    ),
    obligations=obligations,
    explain=explain,
    doubts=doubts,
)
