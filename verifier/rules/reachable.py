"""reachable: a guest's own page tables can map everything that it must map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.layout import units
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.memory_map import memory_map, pick
from verifier.layout.page_table import PageTable
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.reach import TOP, Derived, Reach, derive, derive_guests, limits
from verifier.logic.space import Extent
from verifier.logic.term import Number, Truth
from verifier.reading.page_tables import page_tables
from verifier.rules.catalogue import Doubt, Explanation, Rule


def obligations(case: Case) -> list[Obligation]:
    """One for every region and for the used part of every bank, about all guests that must map it.

    None where no guest's page tables are known, or all guests do without the region.
    """
    layout, symbolic, reaches = case.layout, case.symbolic, limits(case.facts)
    regions = zip(symbolic.regions(), [region.unreached_by for region in layout.regions], strict=True)
    banks = zip(symbolic.used_banks(), [bank.unreached_by for bank in layout.banks], strict=True)
    found = []
    for part, spared in sorted((*regions, *banks), key=lambda each: (each[0].start, each[0].name)):
        known = {guest: limit for guest, limit in reaches.items() if guest not in spared}
        if known:
            found.append(_within(case, part, known))
    return found


def _within(case: Case, part: Extent, known: Mapping[str, int]) -> Obligation:
    """`known`: for each guest that must map the part, where its reach ends."""
    beyond: list[Truth] = []
    nearest: Number = TOP
    for guest, limit in known.items():
        this = term.equal(case.symbolic.variables["guest"], case.facts.guests.index(guest))
        beyond.append(term.both(this, part.end > limit))
        nearest = term.choose(this, limit, nearest)
    bad = term.both(part.present, term.either(*beyond))
    return Obligation((part.name,), bad, part.end - term.larger(part.start, nearest))


def doubts(case: Case) -> list[Doubt]:
    """Guest kinds of which it is not known exactly what they reach."""
    reasons = []
    for guest, reach in derive_guests(case.facts).items():
        if not isinstance(reach, Reach):
            reasons.append(f"how far {guest} guests reach is not derived: {reach.reason}")
        elif reach.gaps:
            reasons.append(
                f"{guest} guests do not reach {units.hexa(reach.limit)} but some address above it, "
                "which this property cannot judge"
            )
    if case.facts.page_tables:
        missing = [guest for guest in case.facts.guests if guest not in case.facts.page_tables]
        reasons += [f"the page tables of {guest} guests are not known" for guest in missing]
    return [Doubt((), reason) for reason in reasons]


def explain(case: Case, failure: Fails) -> Explanation:
    """The region, the guest, the first byte out of reach and why no leaf gets there."""
    guest = str(case.space.dimensions["guest"].show(failure.worst["guest"]))
    table, limit = case.facts.page_tables[guest], limits(case.facts)[guest]
    region = pick(memory_map(case.space, failure.worst), failure.obligation.subjects[0])
    first = max(region.start, limit)
    whole = "" if region.start >= limit else " whole"
    message = (
        f"{region} cannot be mapped{whole} by {guest} guests: {units.hexa(first)} is at or above "
        f"{units.sized(limit)}, the end of what {table.title} {table.leaves_title} output"
        + "".join(_uncounted(table))
    )
    used = "; the part that this memory size uses" if region.kind == "ram" else ""
    fields = [
        f"{leaf.name}: {units.listing([str(field) for field in leaf.fields])}" for leaf in table.counted
    ]
    details = (
        f"{region} is {units.size(region.size)}, {region.origin}{used}",
        f"{units.size(region.end - first)} of it out of reach; {'; '.join(fields)} "
        f"(Arm ARM {table.counted[0].source})",
    )
    example = Counterexample(failure.worst, Witness("address-unreachable", address=first), (region,))
    return Explanation(message, details, example)


def _uncounted(table: PageTable) -> Iterator[str]:
    for leaf in table.leaves:
        reach = derive((leaf,), table.width)
        if not leaf.counts and isinstance(reach, Reach):
            unit = units.size(leaf.unit)
            yield f"; {leaf.name}s ({unit} units) reach {units.sized(reach.limit)} but do not count"


def notes() -> Iterator[str]:
    """How far each leaf of each format reaches, what Linux uses, and what follows for safe ranges."""
    tables = page_tables()
    yield "What each leaf reaches, derived by z3 from its bits (models/page-tables.toml, Arm ARM):"
    yield f"  {'format':<14} {'leaf':<13} {'unit':>7}  {'first out of reach':<23} source"
    for table in tables.values():
        for leaf in table.leaves:
            end = _end(derive((leaf,), table.width))
            note = "" if leaf.counts else "; does not count"
            unit = units.size(leaf.unit)
            yield f"  {table.name:<14} {leaf.name:<13} {unit:>7}  {end:<23} {leaf.source}{note}"
    yield ""
    for table in tables.values():
        yield f"{table.name}: {table.title} {table.leaves_title} reach {_end(_reach(table))}. {table.linux}"
    yield ""
    yield from (_covered(table, tables[table.extends]) for table in tables.values() if table.extends)
    yield ""
    short = tables["aarch32-short"]
    yield (
        f"A safe range that {short.name} guests are to use must end at or below {_end(_reach(short))}. Grants and "
        f"foreign pages are mapped page by page, and no {short.title} page or section gets above. A supersection "
        "does, but it maps 16 MiB at once, and Linux has it for ioremap and static maps alone."
    )
    yield ""


def _reach(table: PageTable) -> Derived:
    return derive(table.counted, table.width)


def _end(reach: Derived) -> str:
    if not isinstance(reach, Reach):
        return f"not derived: {reach.reason}"
    power = reach.limit.bit_length() - 1
    shown = f"2^{power}" if reach.limit == 1 << power else units.size(reach.limit)
    return f"{units.hexa(reach.limit)} ({shown})" + (" and some above" if reach.gaps else "")


def _covered(wide: PageTable, narrow: PageTable) -> str:
    one, other = _reach(wide), _reach(narrow)
    known = isinstance(one, Reach) and isinstance(other, Reach) and not other.gaps
    if known and one.limit >= other.limit:  # type: ignore[union-attr]  # known: both are Reach
        return f"{wide.name} reaches everything that {narrow.name} does: what is proved for it holds too."
    return f"{wide.name} is not shown to reach everything that {narrow.name} does."


RULE = Rule(
    id="reachable",
    position=5,
    title="guests' page tables reach what they must map",
    statement="For every configuration and every guest kind, each byte of each region that is present, and of each RAM "
    "bank the part that the memory size uses, lies in a unit that a page, section or block of the guest's page-table "
    "format can output. Guests with short descriptors may do without RAM beyond bank 0 and without the prefetchable "
    "vPCI window. Supersections do not count. A region need not start on the guest's granule.",
    why="A guest cannot touch what its page tables cannot name: a grant placed there faults or, where the address is "
    "cut to 32 bits, lands on something else. Kernels with short descriptors are still in use, and nothing tells "
    "Xen which format a 32-bit guest will use.",
    formula="present(A) and for an x in A and every leaf: decode(encode(x)) /= x - x mod leaf.unit",
    example=("verifier", "check", "rfc-2021-safe-range"),
    cites=(
        Cite("Arm ARM DDI 0406C", "B3.5.1, short descriptors; B3.6.1, long descriptors"),
        Cite("Arm ARM DDI 0487", "D8.3, VMSAv8-64 descriptors; G5.4 and G5.5, AArch32 descriptors"),
        Cite("xen-devel, 4 August 2021", "usable for domain short page tables: what is the limit there"),
    ),
    obligations=obligations,
    explain=explain,
    doubts=doubts,
    notes=notes,
)
