"""capacity: nothing that a release could do is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.configuration import space_of
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.origin import Origin
from verifier.layout.region import Bank
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.term import Number
from verifier.rules.amounts import GRANT, grant_bytes, largest_guest, most_vcpus
from verifier.rules.baseline import doubts_of_baseline
from verifier.rules.catalogue import Explanation, Rule

VIRTIO = "virtio"
"""The dimension that counts virtio-mmio devices."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How much of something a layout offers."""

    what: str
    subjects: tuple[str, ...]
    before: int
    after: int
    unit: str
    """What is counted."""

    def said(self, number: int) -> str:
        """The number with its unit."""
        return f"{number} {units.plural(number, self.unit)}"


def obligations(case: Case) -> list[Obligation]:
    """The largest guest at each width, grant frames, vCPUs, devices; nothing where there is nothing to compare."""
    if case.baseline is case.layout:
        return []
    guest = [_largest_guest(case)] if case.baseline.banks else []
    return guest + [
        Obligation(figure.subjects, figure.after < figure.before, notes={"figure": figure})
        for figure in _figures(case)
    ]


def _largest_guest(case: Case) -> Obligation:
    """Of RAM that the guest can address and the P2M can map, at the width where most is lost."""
    before = space_of(case.baseline, case.facts)
    bits = case.symbolic.variables["ipa_bits"]
    amounts = {
        width.bits: (largest_guest(before, width.bits), largest_guest(case.space, width.bits))
        for width in case.facts.widths
    }
    losing = [width for width, (old, new) in amounts.items() if new < old]
    lost: Number = 0
    for width in losing:
        lost = term.choose(term.equal(bits, width), amounts[width][0] - amounts[width][1], lost)
    bad = term.either(*(term.equal(bits, width) for width in losing))
    stated = case.baseline.meaning("ram-maximum")
    subjects = tuple(define.name for define in stated) or tuple(bank.name for bank in case.baseline.banks)
    return Obligation(subjects, bad, lost, notes={"amounts": amounts})


def _figures(case: Case) -> Iterator[Figure]:
    page = case.facts.page
    grants = grant_bytes(case.baseline), grant_bytes(case.layout)
    if grants[0]:
        yield Figure("the grant region holds", (GRANT,), grants[0] // page, grants[1] // page, "frame")
    before = most_vcpus(case.facts, case.baseline)
    if before:
        yield Figure(
            "a guest has up to", ("GUEST_MAX_VCPUS",), before, most_vcpus(case.facts, case.layout), "vCPU"
        )
    old = space_of(case.baseline, case.facts).dimensions.get(VIRTIO)
    new = case.space.dimensions.get(VIRTIO)
    if old is not None and new is not None:  # a window that is gone is told by its region
        windows = (each for each in case.baseline.regions if each.when and each.when.dimension == VIRTIO)
        subjects = tuple(each.name for each in windows)
        yield Figure("a guest has up to", subjects, old.high, new.high, "virtio-mmio device")


def explain(case: Case, failure: Fails) -> Explanation:
    """Before, after, and the difference."""
    name = case.baseline.name
    notes = failure.obligation.notes
    if "figure" in notes:
        figure: Figure = notes["figure"]
        gone = figure.before - figure.after
        message = (
            f"{figure.what} {figure.said(figure.after)}, {figure.said(gone)} less than the "
            f"{figure.said(figure.before)} of {name}"
        )
        witness = Witness("too-small", found=figure.after, needed=figure.before)
        return Explanation(message, (), Counterexample(failure.worst, witness, ()), help=_HELP)
    bits = failure.worst["ipa_bits"]
    before, after = notes["amounts"][bits]
    message = (
        f"the largest guest shrinks from {units.sized(before)} to {units.sized(after)}, "
        f"by {units.size(before - after)}, against {name}, with {bits} ipa bits"
    )
    details = (
        *_moved(case),
        *(
            f"{width} ipa bits: {units.size(old)} before, {units.size(new)} now"
            for width, (old, new) in notes["amounts"].items()
        ),
    )
    witness = Witness("too-small", found=after, needed=before)
    example = Counterexample(failure.worst, witness, ())
    return Explanation(message, details, example, help=_HELP, place=_changed(case))


def _changed(case: Case) -> Origin | None:
    """The first macro of a RAM bank that is not what it was."""
    macros = [macro for bank in case.layout.banks for macro in (bank.base_macro, bank.size_macro)]
    return next(
        (
            case.layout.defines[macro].origin
            for macro in macros
            if macro in case.layout.defines and case.layout.number(macro) != case.baseline.number(macro)
        ),
        None,
    )


def _moved(case: Case) -> Iterator[str]:
    """The RAM windows that are not what they were."""
    now = {bank.name: bank for bank in case.layout.banks}
    for bank in case.baseline.banks:
        was, found = f"{bank.name} was {_range(bank)}, {bank.origin}", now.get(bank.name)
        if found is None:
            yield f"{was}, and is gone"
        elif (found.start, found.size) != (bank.start, bank.size):
            yield f"{was}, and is {_range(found)}, {found.origin}"


def _range(bank: Bank) -> str:
    return (
        f"{units.hexa(bank.start)} and up"
        if bank.size is None
        else units.span(bank.start, bank.start + bank.size)
    )


_HELP = ("a loss that is meant can be waived, with its reason, in a policy (--policy FILE)",)

RULE = Rule(
    id="capacity",
    position=11,
    title="nothing that the baseline could do is lost",
    statement="Against the baseline the largest guest, of RAM below both 2^b and the reach of the P2M, and below the "
    "next region where no end is given, loses nothing at any width; the grant region holds no fewer frames; no fewer "
    "vCPUs or virtio-mmio devices are possible.",
    why="A guest that ran on the last release has to run on the next: a smaller maximum is a regression for whoever used "
    "what was there, and is accepted only with a reason.",
    formula="largest(layout, b) < largest(baseline, b), or frames, vCPUs or devices below the baseline's",
    example=("verifier", "check", "rfc-2021-safe-range"),
    cites=(
        Cite(
            "xen-devel, 2021-08-04, Julien Grall", '"technically this will be a regression, but it may be OK"'
        ),
        Cite("xen/include/public/arch-arm.h", "GUEST_RAM_MAX, GUEST_MAX_VCPUS, GUEST_GNTTAB_SIZE"),
    ),
    obligations=obligations,
    explain=explain,
    relative=True,
    doubts=doubts_of_baseline,
    silence="nothing to compare with: a release is its own baseline",
)
