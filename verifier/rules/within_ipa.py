"""within-ipa: everything that a guest has lies in its address space."""

from __future__ import annotations

from verifier.layout import units
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.memory_map import memory_map, pick
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.space import Extent
from verifier.rules.catalogue import Explanation, Rule


def obligations(case: Case) -> list[Obligation]:
    """One for every region, and one for the used part of every bank."""
    parts = sorted(
        (*case.symbolic.regions(), *case.symbolic.used_banks()), key=lambda part: (part.start, part.name)
    )
    return [_below(case, part) for part in parts]


def _below(case: Case, part: Extent) -> Obligation:
    limit = case.symbolic.limit
    beyond = part.end - term.larger(part.start, limit)
    return Obligation((part.name,), term.both(part.present, part.end > limit), beyond)


def explain(case: Case, failure: Fails) -> Explanation:
    """The region, the width, and how much of the one lies beyond the other."""
    bits = failure.worst["ipa_bits"]
    limit = 1 << bits
    region = pick(memory_map(case.space, failure.worst), failure.obligation.subjects[0])
    first = max(region.start, limit)
    which = "all" if region.start >= limit else units.size(region.end - first)
    message = (
        f"{region} does not fit {bits} ipa bits: {which} of it lies at or above {units.hexa(limit)} "
        f"({units.size(limit)})"
    )
    used = "; the part that this memory size uses" if region.kind == "ram" else ""
    details = (
        f"{region} is {units.size(region.size)}, {region.origin}{used}",
        f"{region.end:#x} is needed and {limit:#x} is there: {units.size(region.end - limit)} too far",
    )
    example = Counterexample(failure.worst, Witness("address-beyond", address=first, bound=limit), (region,))
    return Explanation(message, details, example)


RULE = Rule(
    id="within-ipa",
    position=3,
    title="what is present lies below 2^b",
    statement="For every configuration, each region that is present, and of each RAM bank the part that the memory size "
    "uses, ends at or below 2^b, where b is the width of the intermediate physical address space.",
    why="Stage 2 translation has no entry at or above 2^b: the guest takes a fault on its first access. Toolstacks do "
    "not compare what they place with 2^b, and the P2M accepts mappings up to the reach of its root, which is more.",
    formula="present(A) and A.end > 2^b",
    example=("verifier", "check", "xen-4.22", "--ipa-bits", "36", "--policy", "none"),
    cites=(
        Cite("Arm ARM DDI 0487", "D8.2, stage 2 input address size, VTCR_EL2.T0SZ"),
        Cite(
            "xen/arch/arm/p2m.c", "setup_virt_paging: p2m_ipa_bits; p2m_get_root_pointer: reach of the root"
        ),
    ),
    obligations=obligations,
    explain=explain,
)
