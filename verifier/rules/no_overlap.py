"""no-overlap: regions that a guest has at the same time share no byte."""

from __future__ import annotations

from itertools import combinations

from verifier.layout import units
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.memory_map import occupied_map, pick
from verifier.layout.region import Region
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.space import Extent
from verifier.rules.catalogue import Explanation, Rule


def obligations(case: Case) -> list[Obligation]:
    """One for every pair; those whose ranges are constant and disjoint need no solver."""
    parts = sorted(
        (*case.symbolic.regions(), *case.symbolic.occupied_banks()), key=lambda part: (part.start, part.name)
    )
    return [_pair(one, other) for one, other in combinations(parts, 2)]


def _pair(one: Extent, other: Extent) -> Obligation:
    """`one` starts first, so they meet where `other` starts, until the first of the two ends."""
    meet = term.both(other.start < one.end, other.start < other.end)
    shared = term.smaller(one.end, other.end) - other.start
    return Obligation((one.name, other.name), term.both(one.present, other.present, meet), shared)


def explain(case: Case, failure: Fails) -> Explanation:
    """Both regions as the guest of the counterexample has them."""
    present = occupied_map(case.space, failure.worst)
    one, other = (pick(present, name) for name in failure.obligation.subjects)
    start, end = max(one.start, other.start), min(one.end, other.end)
    message = f"{one} and {other} overlap by {units.size(end - start)}, {units.span(start, end)}"
    example = Counterexample(
        failure.worst, Witness("address-in-two-regions", address=start), (one, other), (start, end)
    )
    return Explanation(message, tuple(_described(case, region) for region in (one, other)), example)


def _described(case: Case, region: Region) -> str:
    size = case.layout.defines.get(region.size_macro)
    window = ""
    if region.kind == "ram":
        whole = "whole window, whose unused part Xen offers as extended regions"
        window = f"; {whole if case.facts['extended-regions'] else 'the part that this memory size uses'}"
    place = f"{region.origin}" + (
        f" and {size.origin.line}" if size and size.origin.file == region.origin.file else ""
    )
    return f"{region} is {units.size(region.size)}, {place}{window}"


RULE = Rule(
    id="no-overlap",
    position=2,
    title="regions that are present together are disjoint",
    statement="For every configuration, no two regions of the guest's map share a byte. Regions whose ranges do "
    "overlap, such as those of vGICv2 and vGICv3, are proved never to be present together.",
    why="An access to a shared address reaches only one of the two. RAM under a device's registers is lost or trapped; "
    "a grant mapped over a UART stops it; an extended region over RAM hands out memory that is in use.",
    formula="present(A) and present(B) and A.start < B.end and B.start < A.end",
    example=("verifier", "check", "rfc-2021-safe-range"),
    cites=(
        Cite(
            "xen/include/public/arch-arm.h",
            'guest physical address space; "Only one set of mapping is used by the guest"',
        ),
        Cite(
            "tools/libs/light/libxl_arm.c",
            "finalize_hypervisor_node (57f87857dc): window tails become extended regions",
        ),
    ),
    obligations=obligations,
    explain=explain,
)
