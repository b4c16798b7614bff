"""What a map shows, as values: of one guest, or of a whole layout. Renderers only draw them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from verifier.layout.configuration import Space
from verifier.layout.finding import Counterexample, Report, Verdict
from verifier.layout.memory_map import memory_map, unused_parts
from verifier.layout.region import Region, fill
from verifier.layout.stretches import Stretch, overlapping, stretches


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two regions whose ranges share bytes, in the order in which a stretch lists them."""

    one: Region
    other: Region
    verdict: Verdict
    """Refuted: some guest has both, accepted or not. Proved: none has. Unknown: that could not be told."""

    @property
    def size(self) -> int:
        """Bytes shared."""
        return min(self.one.end, self.other.end) - max(self.one.start, self.other.start)


@dataclass(frozen=True, slots=True)
class Picture:
    """One map."""

    stretches: tuple[Stretch, ...]
    widths: tuple[int, ...]
    """IPA widths whose ends, `2**b`, are edges; ascending. What lies above the last one fits none."""
    overlaps: tuple[Overlap, ...]
    of_layout: bool = False
    """All that any guest has, rather than what one guest has."""
    needed: Mapping[str, int] = field(default_factory=dict)
    """Bytes that a region would have to have, where it has not."""
    unreached: Mapping[str, int] = field(default_factory=dict)
    """First address of a region that the guest's page tables cannot output; it is an edge."""
    about: tuple[str, ...] = ()
    """Regions that must be seen where not all can be shown."""

    @property
    def limit(self) -> int:
        """The end of the largest address space, exclusive."""
        return 1 << self.widths[-1]

    @property
    def unused(self) -> int:
        """Bytes below the limit that no region covers."""
        return sum(each.size for each in self.stretches if not each.regions and each.start < self.limit)


def guest_picture(example: Counterexample, space: Space) -> Picture:
    """What the guest of a counterexample has: of RAM the part used and, where they are offered, the tails.

    Xen offers tails below the limit only (libxl_arm.c `finalize_hypervisor_node`, `gpaddr_bits`); for an
    overlap windows count whole, as in the property.
    """
    bits = example.configuration["ipa_bits"]
    tails = unused_parts(space, example.configuration)
    if example.witness.kind != "address-in-two-regions":
        tails = tuple(_below(tails, 1 << bits))
    regions = (*memory_map(space, example.configuration), *tails)
    pairs = tuple(Overlap(one, other, Verdict.REFUTED) for one, other in overlapping(regions))
    about = tuple(region.name for region in example.regions)
    sized = example.witness.kind in ("too-small", "differs")
    needed = dict.fromkeys(about, example.witness.needed) if sized else {}
    out = example.witness.address if example.witness.kind == "address-unreachable" else None
    return Picture(
        stretches(regions, [1 << bits] if out is None else [1 << bits, out]),
        (bits,),
        pairs,
        needed={name: size for name, size in needed.items() if size is not None},
        unreached={} if out is None else dict.fromkeys(about, out),
        about=about,
    )


def _below(regions: Iterable[Region], limit: int) -> Iterator[Region]:
    for region in regions:
        if region.start < limit:
            yield replace(region, end=min(region.end, limit))


def layout_picture(report: Report) -> Picture:
    """Every region of a layout, RAM windows whole, and what `no-overlap` says of those that share bytes."""
    space = report.space
    widths = tuple(width.bits for width in space.facts.widths)
    regions = (*space.layout.regions, *_windows(space))
    pairs = tuple(_judged(overlapping(regions), report))
    return Picture(stretches(regions, [1 << bits for bits in widths]), widths, pairs, of_layout=True)


def _windows(space: Space) -> Iterator[Region]:
    """Banks whole; one without a size as far as any guest's memory goes."""
    banks = space.layout.banks
    most = max((space.pages(width.bits) for width in space.facts.widths), default=0) * space.facts.page
    for bank, used in zip(banks, fill(banks, most), strict=True):
        yield bank.window() if bank.size is not None else bank.part(used)


def _judged(pairs: Iterable[tuple[Region, Region]], report: Report) -> Iterator[Overlap]:
    """Proved only where `no-overlap` asked about the pair and nothing is open.

    It asks about no pair at all while a RAM window is unknown or no guest exists; such a doubt names
    the bank alone, or nothing.
    """
    judged = [finding for finding in report.findings if finding.property == "no-overlap"]
    failing = (Verdict.REFUTED, Verdict.WAIVED)
    refuted = {frozenset(each.subjects) for each in judged if each.verdict in failing}
    doubts = {frozenset(each.subjects) for each in judged if each.verdict is Verdict.UNKNOWN}
    ram = {stem.name for stem in report.space.layout.stems if stem.kind == "ram"}
    nothing_asked = not judged or any(not doubt or (len(doubt) == 1 and doubt <= ram) for doubt in doubts)
    broad = [doubt for doubt in doubts if len(doubt) > 2]
    for one, other in pairs:
        pair = frozenset((one.name, other.name))
        verdict = Verdict.PROVED
        if pair in refuted:
            verdict = Verdict.REFUTED
        elif nothing_asked or pair in doubts or any(pair <= doubt for doubt in broad):
            verdict = Verdict.UNKNOWN
        yield Overlap(one, other, verdict)
