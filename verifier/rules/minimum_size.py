"""minimum-size: every region holds what Xen puts into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from verifier.layout import units
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.memory_map import memory_map, pick
from verifier.layout.region import Region
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.term import Number, Truth
from verifier.rules.baseline import doubts_of_baseline
from verifier.rules.catalogue import Doubt, Explanation, Rule


@dataclass(frozen=True, slots=True)
class Need:
    """How large a region has to be."""

    region: Region
    amount: Number
    """Bytes; may depend on the configuration."""
    reason: str
    source: str
    exact: bool = False
    per: tuple[str, int] | None = None
    """The dimension that the amount grows with and the bytes for each."""
    more: int = 0
    """Bytes that further regions of the same kind add."""

    @property
    def size(self) -> int:
        """Bytes that count."""
        return self.region.size + self.more


def needs(case: Case) -> Iterator[Need]:
    """All needs of all regions of a layout."""
    for region in case.layout.regions:
        stem = region.name.removeprefix("GUEST_")
        for pattern, make in _NEEDS.items():
            if fnmatchcase(stem, pattern):
                yield from make(case, region)
        if region.kind == "extended":
            yield Need(
                region,
                case.facts["extended-region-minimum"],
                "the smallest extended region that Xen offers",
                case.facts.source("extended-region-minimum"),
            )


def _grant(case: Case, region: Region) -> Iterator[Need]:
    frames = case.facts["grant-frames"]
    yield Need(
        region,
        frames * case.facts.page,
        f"{frames} grant frames of {units.size(case.facts.page)}, the default",
        case.facts.source("grant-frames"),
    )
    original = case.baseline.number("GUEST_GNTTAB_SIZE")
    if original is not None and case.baseline is not case.layout:
        yield Need(
            region,
            original,
            f"the original grant region, that of {case.baseline.name}",
            str(case.baseline.defines["GUEST_GNTTAB_SIZE"].origin),
        )


def _gicc(case: Case, region: Region) -> Iterator[Need]:
    yield Need(
        region,
        case.facts["gicc-bytes"],
        "the GICv2 CPU interface that Xen maps and the architecture defines",
        case.facts.source("gicc-bytes"),
        exact=True,
    )


def _redistributors(case: Case, region: Region) -> Iterator[Need]:
    """Redistributors may be spread over several regions: what counts is their sum."""
    each = case.facts["rdist-bytes"]
    group = [other for other in case.layout.regions if other.name.startswith("GUEST_GICV3_GICR")]
    if region is group[0]:
        more = sum(other.size for other in group[1:])
        yield _per_vcpu(case, region, each, more)


def _per_vcpu(case: Case, region: Region, each: int, more: int) -> Need:
    return Need(
        region,
        each * case.symbolic.variables["vcpus"],
        f"redistributors of {units.size(each)} for every vCPU",
        case.facts.source("rdist-bytes"),
        per=("vcpus", each),
        more=more,
    )


def _magic(case: Case, region: Region) -> Iterator[Need]:
    pages = case.facts["magic-pages"]
    yield Need(region, pages * case.facts.page, f"{pages} magic pages", case.facts.source("magic-pages"))


def _virtio(case: Case, region: Region) -> Iterator[Need]:
    each = case.facts["virtio-device-bytes"]
    yield Need(
        region,
        each * case.symbolic.variables["virtio"],
        f"{each} bytes for every virtio device",
        case.facts.source("virtio-device-bytes"),
        per=("virtio", each),
    )


def _ecam(case: Case, region: Region) -> Iterator[Need]:
    bus, buses = case.facts["ecam-bus-bytes"], case.facts["ecam-buses"]
    whole = min(max(1, region.size // bus), buses) * bus
    yield Need(
        region,
        whole,
        f"configuration space for whole buses of {units.size(bus)}, at most {buses}",
        case.facts.source("ecam-bus-bytes"),
        exact=True,
    )


_NEEDS = {
    "GNTTAB": _grant,
    "GICC": _gicc,
    "GICV3_GICR*": _redistributors,
    "MAGIC": _magic,
    "VIRTIO_MMIO": _virtio,
    "VPCI_ECAM": _ecam,
}


def obligations(case: Case) -> list[Obligation]:
    """One for every need of every region."""
    return [_obligation(case, need) for need in needs(case)]


def _obligation(case: Case, need: Need) -> Obligation:
    size = need.size
    short: Truth = size < need.amount
    wrong = term.negate(term.equal(need.amount, size)) if need.exact else short
    bad = term.both(case.symbolic.presence(need.region), wrong)
    conflict = abs(need.amount - size) if isinstance(need.amount, int) else need.amount - size
    return Obligation((need.region.name,), bad, conflict, notes={"need": need})


def explain(case: Case, failure: Fails) -> Explanation:
    """What is there, what is needed, and for what."""
    need: Need = failure.obligation.notes["need"]
    region = pick(memory_map(case.space, failure.worst), need.region.name)
    needed = term.evaluate(need.amount, failure.worst)
    how = "has to be exactly" if need.exact else "needs"
    count = ""
    if need.per:
        name, each = need.per
        count = f" ({failure.worst[name]} x {units.hexa(each)}, room for {need.size // each})"
    gap = f"{units.size(abs(needed - need.size))} too {'small' if need.size < needed else 'large'}"
    all_of_it = " with the other redistributor regions" if need.more else ""
    message = f"{region} is {units.sized(need.size)}{all_of_it} and {how} {units.sized(needed)}{count}: {gap}"
    place = case.layout.defines[region.size_macro].origin
    details = (
        f"{region.size_macro} is {units.hexa(region.size)}, {place}",
        f"needed for {need.reason}; {need.source}",
    )
    kind = "differs" if need.exact else "too-small"
    return Explanation(
        message,
        details,
        Counterexample(failure.worst, Witness(kind, found=need.size, needed=needed), (region,)),
    )


def doubts(case: Case) -> list[Doubt]:
    """The original grant region is not known where the baseline's cannot be read."""
    return [
        doubt
        for doubt in doubts_of_baseline(case)
        if set(doubt.subjects) & {"GUEST_GNTTAB", "GUEST_GNTTAB_SIZE"}
    ]


RULE = Rule(
    id="minimum-size",
    position=4,
    title="regions hold what Xen puts into them",
    statement="For every configuration: the grant region holds the default number of grant frames and is no smaller than "
    "the baseline's; GICC is exactly 8 KiB; redistributors have 128 KiB for each vCPU; the magic region holds "
    "all magic pages; ECAM is a whole number of buses, at most 256; the virtio window has 512 bytes for each "
    "device; a range set aside for extended regions has at least 64 MiB.",
    why="What does not fit spills into the neighbour, or the guest is told of registers that are not there: a GICC of "
    "0x100 bytes hides GICC_DIR at 0x1000, and a grant region of 32 frames overflows with gnttab_max_nr_frames=33.",
    formula="present(A) and A.size < needed(A)   (GICC and ECAM: A.size /= needed(A))",
    example=("verifier", "check", "xen-4.6.0"),
    cites=(
        Cite("Arm IHI 0048B", "4.1.3, CPU interface register map"),
        Cite("Arm IHI 0069", "12.1, redistributor frames"),
        Cite("PCI Express Base Specification", "7.2.2, enhanced configuration access"),
        Cite(
            "xen/arch/arm/vgic-v2.c, vgic-v3.c", "BUILD_BUG_ON on GUEST_GICC_SIZE and GUEST_GICV3_GICR0_SIZE"
        ),
        Cite("xen/common/grant_table.c", "opt_max_grant_frames"),
    ),
    obligations=obligations,
    explain=explain,
    doubts=doubts,
)
