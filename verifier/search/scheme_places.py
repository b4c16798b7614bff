"""Whether the space that a scheme names is the guest's to use: for all configurations, or where it is not.

Three kinds of places: a region of a layout, by the rules of `verifier check`; what Xen's producers choose, by the theorems
that are recorded in `proofs/`; and the end of the address space, by the closed form of theorems top-of-space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from verifier.layout.configuration import Configuration, Space
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError, InternalError
from verifier.layout.finding import Finding, Verdict
from verifier.layout.scheme import Place
from verifier.layout.scheme_report import BREAKS, UNDECIDED, Example
from verifier.layout.units import listing, size, sized
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Decider
from verifier.logic.regimes import first_change
from verifier.reading.models import PAGE
from verifier.reading.models import proposal as proposal_of
from verifier.reading.recorded_verdicts import NOT_APPLICABLE, recorded_verdicts
from verifier.reading.request import Request, load
from verifier.rules.catalogue import catalogue
from verifier.rules.judge import Judgement, judge
from verifier.xen import top_of_space
from verifier.xen.bank_fill import filled
from verifier.xen.outcome import Span

FREE = ("no-overlap", "within-ipa", "reachable")
"""Properties that make reg[0] the guest's to use."""
_TIMEOUT = 30.0


_Named = tuple[str, Span]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a place is not free, or why that is open."""

    word: str
    """`BREAKS` or `UNDECIDED`."""
    why: str
    """A clause with ranges and sizes."""
    example: Example | None = None
    bits: int | None = None
    """Only for kernels of so many bits; None for all."""


@cache
def case_of_source(source: str) -> Case:
    """A release, or a proposal that ships, with its configuration space. Raises InputError."""
    loaded = load(Request(source, policy="none"))
    return case_of(loaded.layout, loaded.facts, loaded.baseline)


@cache
def of_layout(source: str, region: str, properties: tuple[str, ...] = FREE) -> tuple[Trouble, ...]:
    """What `verifier check` refutes, or cannot tell, of one region; none if each property is proved of it."""
    case = case_of_source(source)
    rules = [rule for rule in catalogue() if rule.id in properties]
    if missing := sorted(set(properties) - {rule.id for rule in rules}):
        raise InputError(f"there is no property {listing(missing)}", "models/schemes.toml")
    decider = Decider(case.symbolic, timeout=_TIMEOUT, seed=0)
    judged = judge(case, decider, (), rules)
    return tuple(trouble for each in judged for trouble in _of_judgement(each, case.space, region))


def _of_judgement(judgement: Judgement, space: Space, region: str) -> Iterator[Trouble]:
    """What one rule says of a region; open as well where it asked nothing of it."""
    own = [each for each in judgement.findings if each.severity == "error"]
    refuted = [each for each in own if each.verdict is Verdict.REFUTED and region in each.subjects]
    if refuted:
        yield from (_refuted(each, space) for each in refuted)
    elif unknown := next((each for each in own if each.verdict is Verdict.UNKNOWN), None):
        yield Trouble(UNDECIDED, f"{judgement.rule.id}: {unknown.message}")
    elif not any(region in each.subjects for each in judgement.obligations):
        yield Trouble(UNDECIDED, f"{judgement.rule.id} asks nothing of {region}")


def _refuted(finding: Finding, space: Space) -> Trouble:
    counter = finding.counterexample
    assert counter is not None
    regions = tuple((each.name, Extent(each.start, each.end)) for each in counter.regions)
    example = Example(_shown(counter.configuration, space), regions, counter.witness.address)
    bits = 32 if finding.property == "reachable" and _only_32(finding, space) else None
    return Trouble(BREAKS, f"{finding.message}; {_when(finding)}", example, bits)


def _when(finding: Finding) -> str:
    """Of the configurations that fail, the widths and memory sizes."""
    box = finding.fails_when
    widths = () if box is None else box.choices.get("ipa_bits", ())
    said = [f"ipa bits {listing([str(each) for each in widths])}" if widths else "every width"]
    if box is not None and "memory" in box.counts:
        low, high = (count * PAGE for count in box.counts["memory"])
        said.append(f"{sized(low)} to {sized(high)} of memory")
    return f"fails at {', '.join(said)}"


def _only_32(finding: Finding, space: Space) -> bool:
    """Whether only AArch32 kernels have page tables that do not reach."""
    kinds = {value for box in finding.regimes for value in box.choices.get("guest", ())}
    names = {str(space.dimensions["guest"].show(each)) for each in kinds}
    return bool(names) and all(name.startswith("aarch32") for name in names)


def _shown(chosen: Configuration, space: Space) -> dict[str, int | str]:
    found: dict[str, int | str] = {"release": space.facts.release, "ipa_bits": chosen["ipa_bits"]}
    if "memory" in chosen:
        found["memory"] = chosen["memory"] * PAGE
    return {**found, "guest": str(space.dimensions["guest"].show(chosen["guest"]))}


@cache
def by_theorems(tag: str, names: tuple[str, ...]) -> tuple[Trouble, ...]:
    """What is not proved of the producers of a release; none if each theorem that speaks of it is, and one does."""
    verdicts = recorded_verdicts(tag)
    applies = [(name, verdicts[name]) for name in names if name in verdicts]
    applies = [(name, each) for name, each in applies if each.verdict != NOT_APPLICABLE]
    if not applies:
        return (Trouble(UNDECIDED, "no theorem speaks of this release"),)
    found = []
    for name, each in applies:
        if each.verdict == "refuted":
            found.append(
                Trouble(BREAKS, f"{each.reason} [{name}]", Example({"release": tag, "theorem": name}, ()))
            )
        elif each.verdict != "proved":
            found.append(Trouble(UNDECIDED, f"{name} is {each.verdict}: {each.reason}"))
    return tuple(found)


@cache
def at_end(tag: str, count: int, names: tuple[str, ...]) -> tuple[Trouble, ...]:
    """Where the last `count` bytes of some width are not free, for some memory size; the least such size for each width.

    None if they are always free. Undecided if the closed form is not proved of the release, and nothing else refutes.
    """
    case = case_of_source(f"xen-{tag}")
    windows = [Span(bank.start, bank.size) for bank in case.layout.banks if bank.size is not None]
    if len(windows) != 2 or len(windows) < len(case.layout.banks):
        return (Trouble(UNDECIDED, "its layout has no two RAM windows, of which top-of-space speaks"),)
    others = [(each.name, Span(each.start, each.size)) for each in case.layout.regions]
    found = []
    for width in case.facts.widths:
        trouble = _at_width(tag, width.bits, count, windows, others, case.space.pages(width.bits))
        found += [] if trouble is None else [trouble]
    verdicts = recorded_verdicts(tag)
    lacking = [name for name in names if name not in verdicts or verdicts[name].verdict != "proved"]
    if lacking and not found:
        return (Trouble(UNDECIDED, f"{listing(lacking)} is not proved"),)
    return tuple(found)


def _at_width(
    tag: str, bits: int, count: int, windows: Sequence[Span], others: Sequence[_Named], pages: int
) -> Trouble | None:
    limit = 1 << bits
    if count > limit:
        why = f"at {bits} ipa bits the address space has {size(limit)}, and {size(count)} are wanted"
        everything = (("address space", Extent(0, limit)),)
        return Trouble(BREAKS, why, Example({"release": tag, "ipa_bits": bits}, everything, limit))
    top = top_of_space.end_of(limit, [each for _, each in others])

    def fits(number: int) -> bool:
        most = top_of_space.most(limit, windows, number * PAGE, top)
        assert isinstance(most, int)
        return count <= most

    if not pages or fits(pages):  # the end of RAM only grows with it
        return None
    memory = (1 if not fits(1) else first_change(1, pages, fits)) * PAGE
    space = Extent(limit - count, limit)
    taken = [*((f"RAM{number}", each) for number, each in enumerate(filled(windows, memory))),
             *others]  # fmt: skip
    for name, span in taken:
        region = span.extent
        low, high = max(space.start, region.start), min(space.end, region.end)
        if low < high:
            why = (
                f"at {bits} ipa bits the last {size(count)}, {space}, and {name} {region} overlap from "
                f"{sized(memory)} of memory on"
            )
            configuration: dict[str, int | str] = {"release": tag, "ipa_bits": bits, "memory": memory}
            return Trouble(
                BREAKS, why, Example(configuration, (("end of space", space), (name, region)), low)
            )
    raise InternalError(
        f"the last {size(count)} of {bits} bits are free with {size(memory)}, and said not to be"
    )


def troubles(place: Place, tag: str, count: int) -> tuple[Trouble, ...]:
    """Of a place for `count` bytes, under the code and layout of a release; a proposal brings its own."""
    if place.kind == "proposal":
        return of_layout(place.proposal, place.region, place.properties)
    if place.kind == "theorems":
        return by_theorems(tag, place.theorems)
    return at_end(tag, count, place.theorems)


def extent_of(place: Place) -> Extent:
    """The region of a place in a proposal."""
    region = next(each for each in case_of_source(place.proposal).layout.regions if each.name == place.region)
    return Extent(region.start, region.end)


def release_of(place: Place) -> str:
    """The release whose layout a proposal changes."""
    return proposal_of(place.proposal).release
