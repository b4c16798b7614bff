"""stable: nothing that a guest can see has moved."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.configuration import Space, space_of
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.layout.region import Bank, When
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.term import Truth
from verifier.rules.baseline import doubts_of_baseline
from verifier.rules.catalogue import Explanation, Rule

DERIVED = ("ram-maximum", "ram-base", "bank-bases", "bank-sizes")
"""Macros that repeat what the banks say: told only where they move and no bank does."""


_INTERRUPTS = ("ppi", "spi", "sgi", "spi-first", "spi-last")


@dataclass(frozen=True, slots=True)
class Thing:
    """A region or number that a guest can see."""

    name: str
    numbers: tuple[int, ...]
    """Start and end, exclusive, of a region; else the number, or those of a list."""
    macro: str
    origin: Origin
    when: When | None = None

    @property
    def said(self) -> str:
        """The range or the number."""
        if self.is_range:
            return units.span(*self.numbers)
        shown = [units.hexa(number) for number in self.numbers]
        return shown[0] if len(shown) == 1 else f"{{ {', '.join(shown)} }}"

    @property
    def is_range(self) -> bool:
        """A region rather than a number or a list of them."""
        return self.name != self.macro and len(self.numbers) == 2


def things(layout: Layout) -> dict[str, Thing]:
    """All that a guest can see of a layout, by name."""
    found = [
        Thing(region.name, (region.start, region.end), region.base_macro, region.origin, region.when)
        for region in layout.regions
    ]
    for bank in layout.banks:
        window = (bank.start,) if bank.size is None else (bank.start, bank.start + bank.size)
        found.append(Thing(bank.name, window, bank.base_macro, bank.origin))
    for name in layout.scalars:
        define = layout.defines[name]
        values = define.value if isinstance(define.value, tuple) else (define.value,)
        numbers = tuple(number.value for number in values)
        found.append(Thing(name, numbers, name, define.origin, layout.uses.get(name)))
    return {thing.name: thing for thing in found}


def is_lost(name: str, old: Layout, new: Layout) -> bool:
    """Whether a region or interrupt of the old layout has no successor: nothing of the same range, or number and kind.

    A bank of RAM lives on in one of another name that has all of it, and in nothing else, also where nothing says how
    long it was; how much guests can have, `capacity` tells.
    Other numbers (strides, counts) describe what is there; without them nothing is lost.
    """
    before, now = things(old)[name], things(new)
    if name in now:
        return False
    bank = next((bank for bank in old.banks if bank.name == name), None)
    if bank is not None:
        return not _has(new, bank)
    if before.is_range:
        return all(thing.numbers != before.numbers for thing in now.values() if thing.is_range)
    meaning = old.scalars.get(name)
    return meaning in _INTERRUPTS and all(
        now[other].numbers != before.numbers for other, what in new.scalars.items() if what == meaning
    )


def _has(layout: Layout, bank: Bank) -> bool:
    """Whether a bank of the layout covers another's range, or its start where nothing says how long that is."""
    last = bank.start + (bank.size or 1) - 1
    return any(
        each.start <= bank.start and (each.size is None or last < each.start + each.size)
        for each in layout.banks
    )


def obligations(case: Case) -> list[Obligation]:
    """One for everything that the baseline shows to guests."""
    if case.baseline is case.layout:
        return []
    before, now = things(case.baseline), things(case.layout)
    moved = {name for name in before if name not in now or now[name].numbers != before[name].numbers}
    if moved & {bank.name for bank in case.baseline.banks}:
        moved -= {name for name, meaning in case.baseline.scalars.items() if meaning in DERIVED}
    known = space_of(case.baseline, case.facts)
    return [
        Obligation(
            (name,),
            _seen(case, known, thing.when) if name in moved else False,
            notes={"before": thing, "after": now.get(name)},
        )
        for name, thing in before.items()
    ]


def _seen(case: Case, known: Space, when: When | None) -> Truth:
    """When a guest misses what has moved: whenever it would have it; always, if only `known` has such guests.

    Without the regions of GICv2 there are no guests with one, and none of those is left that would miss them.
    """
    if when is not None and _admits(known, when) and not _admits(case.space, when):
        return True
    return case.symbolic.holds(when)


def _admits(space: Space, when: When) -> bool:
    dimension = space.dimensions.get(when.dimension)
    return dimension is not None and dimension.admits(when.value)


def explain(case: Case, failure: Fails) -> Explanation:
    """Where it was, where it is."""
    before: Thing = failure.obligation.notes["before"]
    after: Thing | None = failure.obligation.notes["after"]
    base = case.baseline.name
    if after is None:
        gone = f"{before.name} is gone: {base} has it at {before.said}"
        number = before.macro not in case.layout.defines
        witness = Witness("missing", macro=before.macro) if number else Witness("differs", found=0, needed=1)
        return Explanation(gone, (f"{base}: {before.origin}",), Counterexample(failure.worst, witness, ()))
    message = f"{before.name} is {after.said} and was {before.said} in {base}{_by(before, after)}"
    pairs = [pair for pair in zip(after.numbers, before.numbers, strict=False) if pair[0] != pair[1]]
    found, needed = pairs[0] if pairs else (len(after.numbers), len(before.numbers))
    witness = Witness("differs", found=found, needed=needed)
    details = (f"now {after.origin}, before {before.origin}",)
    return Explanation(message, details, Counterexample(failure.worst, witness, ()))


def noticed_by(subject: str, layout: Layout) -> str:
    """Who notices that something of a layout is elsewhere, or gone."""
    kinds = {region.name: region.kind for region in layout.regions}
    kinds |= {bank.name: "ram" for bank in layout.banks}
    return _NOTICED.get(kinds.get(subject, layout.scalars.get(subject, "")), _NOTICED_ELSE)


_NOTICED_ELSE = "a guest that was built, or was started, with the old value"
_NOTICED = {
    "ram": "a saved or migrated guest, whose memory is recorded by frame number; one linked to run at a fixed address",
    "grant": "a saved or migrated guest, whose grant table stays mapped where it was",
    "mmio": "a saved or migrated guest, whose drivers keep the old address; one built with a device tree of its own",
    "pci": "a saved or migrated guest, whose devices keep their BARs; firmware that knows the window",
    "magic": "a saved or migrated guest, whose console and xenstore rings stay where they were",
    "tables": "firmware that looks for the tables at the old address",
    **dict.fromkeys(
        _INTERRUPTS,
        "a saved or migrated guest, whose handler is bound to the old interrupt; one built with a device tree of its own",
    ),
}
"""By the kind of a region or the meaning of a number: domains keep what they were started with."""


def _by(before: Thing, after: Thing) -> str:
    """How far each end moved."""
    if not before.is_range or not after.is_range:
        return ""
    said = []
    for index, what in enumerate(("start", "end")):
        old, new = before.numbers[index], after.numbers[index]
        if new != old:
            said.append(f"its {what} moved {'up' if new > old else 'down'} by {units.size(abs(new - old))}")
    return f": {units.listing(said)}"


RULE = Rule(
    id="stable",
    position=12,
    title="nothing guest-visible moved",
    statement="Against the baseline every region has the same start and end, and every other number (interrupts, type "
    "cells, counts) the same value; what is new is no move. Advice: most changes are meant to move something.",
    why="A guest that was saved, or is migrated, keeps the addresses and interrupts that it was started with; a stable "
    "branch moves none of them.",
    formula="present(A) and (A.start, A.end) of the layout /= (A.start, A.end) of the baseline",
    example=("verifier", "check", "rfc-2021-safe-range"),
    cites=(
        Cite("xen/include/public/arch-arm.h", '"Guests must not rely on these hardcoded values"'),
        Cite("MAINTAINERS, stable branches", "backports fix, and move nothing that a guest can see"),
    ),
    obligations=obligations,
    explain=explain,
    advice=True,
    relative=True,
    doubts=doubts_of_baseline,
    silence="nothing to compare with: a release is its own baseline",
)
