"""aligned: regions begin and end where page tables can cut, RAM and grants where superpages can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from verifier.layout import units
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.memory_map import memory_map, occupied_map, pick
from verifier.layout.region import Region
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.space import Extent
from verifier.rules.catalogue import Doubt, Explanation, Rule, endless_banks

LARGE_PAGE = 1 << 16
"""The largest page of a guest: the 64 KiB granule of VMSAv8-64."""
SUPERPAGED = ("ram", "grant", "extended")


@dataclass(frozen=True, slots=True)
class Edge:
    """A number of a region that has to be a multiple of `unit`, all in bytes."""

    what: str
    number: int
    unit: int
    reason: str


def obligations(case: Case) -> list[Obligation]:
    """One for every region, and for pairs of regions advice about shared large pages."""
    found = [_edges(case, part) for part in case.layout.parts]
    if "aarch64-64k" not in case.facts.guests:
        return found
    devices = {region.name: region.when for region in case.layout.regions if region.when}
    extents = sorted(
        (*case.symbolic.regions(), *case.symbolic.occupied_banks()), key=lambda each: (each.start, each.name)
    )
    found += [
        _large_page(case, one, other)
        for one, other in combinations(extents, 2)
        if devices.get(one.name, one.name) != devices.get(other.name, other.name) and _may_meet(one, other)
    ]
    return found


def _edges(case: Case, region: Region) -> Obligation:
    wrong = [edge for edge in edges(case, region) if edge.number % edge.unit]
    bad = case.symbolic.presence(region) if wrong else False
    return Obligation((region.name,), bad, notes={"wrong": wrong, "region": region})


def edges(case: Case, region: Region) -> Iterator[Edge]:
    """What has to be aligned of a region, the coarsest unit first."""
    if region.kind in SUPERPAGED:
        unit, reason = case.facts["superpage-bytes"], "mapped by superpages, which shatter at any other edge"
        yield Edge("start", region.start, unit, reason)
        yield Edge("end", region.end, unit, reason)
    if region.name == "GUEST_VPCI_ECAM":
        unit = 1 << (region.size - 1).bit_length()
        yield Edge(
            "start", region.start, unit, "an ECAM is aligned to its size: bus numbers replace address bits"
        )
    page, reason = case.facts.page, "Xen maps and traps whole pages"
    yield Edge("start", region.start, page, reason)
    yield Edge("size", region.size, page, reason)


def _may_meet(one: Extent, other: Extent) -> bool:
    """Whether one large page may hold the end of `one` and the start of `other`, without an overlap."""
    if one.start == other.start:
        return False
    return not isinstance(one.end, int) or _page_of(other.start) < one.end <= other.start


def _page_of(address: int) -> int:
    return address // LARGE_PAGE * LARGE_PAGE


def _large_page(case: Case, one: Extent, other: Extent) -> Obligation:
    """Regions of different devices in one large page of a guest that has such pages."""
    page = _page_of(other.start)
    bad = term.both(
        one.present,
        other.present,
        one.end > page,
        one.end <= other.start,
        term.equal(case.symbolic.variables["guest"], case.facts.guests.index("aarch64-64k")),
    )
    return Obligation((one.name, other.name), bad, notes={"page": page}, advice=True)


def explain(case: Case, failure: Fails) -> Explanation:
    """Which edge lies where, and where it may lie."""
    if "page" in failure.obligation.notes:
        return _explain_pair(case, failure)
    region: Region = failure.obligation.notes["region"]
    wrong: list[Edge] = failure.obligation.notes["wrong"]
    first = wrong[0]
    low = first.number // first.unit * first.unit
    message = (
        f"{region}: its {first.what} {units.hexa(first.number)} is no multiple of {units.sized(first.unit)}; "
        f"the nearest are {units.hexa(low)} and {units.hexa(low + first.unit)}"
    )
    details = [f"{region} is {units.size(region.size)}, {region.origin}"]
    details += [
        f"{edge.what} {units.hexa(edge.number)} is {units.size(edge.number % edge.unit)} past a multiple of "
        f"{units.size(edge.unit)}: {edge.reason}"
        for edge in wrong
    ]
    shown = () if region.kind == "ram" else (pick(memory_map(case.space, failure.worst), region.name),)
    witness = Witness("misaligned", found=first.number, needed=first.unit)
    return Explanation(message, tuple(details), Counterexample(failure.worst, witness, shown))


def _explain_pair(case: Case, failure: Fails) -> Explanation:
    present, page = occupied_map(case.space, failure.worst), failure.obligation.notes["page"]
    one, other = (pick(present, name) for name in failure.obligation.subjects)
    message = (
        f"{one} and {other} share the 64 KiB page {units.span(page, page + LARGE_PAGE)}: a guest with 64 KiB pages "
        "cannot map one without the other"
    )
    witness = Witness("same-page", found=page, needed=LARGE_PAGE)
    return Explanation(message, (), Counterexample(failure.worst, witness, (one, other)))


def doubts(case: Case) -> list[Doubt]:
    """A bank whose end is not known cannot be aligned there."""
    return endless_banks(case, "where its window ends is not known")


RULE = Rule(
    id="aligned",
    position=6,
    title="regions begin and end where page tables can cut",
    statement="Every region begins at a multiple of 4 KiB and is a whole number of pages. RAM windows, the grant region "
    "and ranges set aside for extended regions are 2 MiB aligned at both ends; the ECAM is aligned to its size. "
    "Advice: regions of different devices do not share a page of 64 KiB.",
    why="Xen maps whole pages: what shares a page with a region is given to the guest with it, and 0x100 bytes cannot be "
    "mapped at all. Edges off 2 MiB shatter superpages, in Xen's tables and in the guest's.",
    formula="present(A) and (A.start mod unit /= 0 or A.size mod unit /= 0)",
    example=("verifier", "check", "xen-4.6.0"),
    cites=(
        Cite("Arm ARM DDI 0487", "D8.3, VMSAv8-64 descriptors: 4 KiB pages, 2 MiB blocks"),
        Cite("PCI Express Base Specification", "7.2.2: the base of the ECAM is aligned to its size"),
        Cite("xen/arch/arm/p2m.c", "p2m_set_entry: pages and superpages"),
        Cite(
            "tools/libs/light/libxl_arm.c", "finalize_hypervisor_node: EXT_REGION_MIN_SIZE, 2 MiB alignment"
        ),
    ),
    obligations=obligations,
    explain=explain,
    doubts=doubts,
)
