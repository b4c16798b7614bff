"""The chart of a layout, or of two side by side, made of the report of `check` or of `diff`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from verifier.layout import units
from verifier.layout.box import Box
from verifier.layout.chart import ALWAYS, Block, Chart, Column, Fill, Limit, Remark
from verifier.layout.configuration import FLAGS, Space
from verifier.layout.difference import GAINS, Delta, Difference
from verifier.layout.finding import Finding, Report, Verdict
from verifier.layout.region import Bank, Region
from verifier.reports import diff_words, finding_words, sentences
from verifier.reports.chart_conflicts import conflicts
from verifier.reports.chart_controls import controls

Titles = Mapping[str, str]
"""What each property says, by its name."""


@dataclass(frozen=True, slots=True)
class Side:
    """One layout, and what was found of it."""

    name: str
    release: str
    space: Space
    findings: tuple[tuple[Finding, str], ...]
    """Each with what a change has to do with it, if there is one."""


def of_report(report: Report, titles: Titles) -> Chart:
    """One column; the overview shows what any guest has."""
    side = Side(
        report.subject.name, report.release, report.space, tuple((each, "") for each in report.findings)
    )
    notes = [f"after the last of {len(report.before) + 1} patches"] if report.before else []
    return _chart(
        (side,), report.subject.name, finding_words.headline(report), str(report.verdict), titles, notes
    )


def of_reports(old: Report, new: Report, titles: Titles) -> Chart:
    """Two columns, each with what is found of its own layout; the verdict is the worse one."""
    sides = tuple(
        Side(each.subject.name, each.release, each.space, tuple((one, "") for one in each.findings))
        for each in (old, new)
    )
    headline = f"{finding_words.headline(old)}; {finding_words.headline(new)}"
    title = f"{old.subject.name} and {new.subject.name}"
    verdict = min(old.verdict, new.verdict, key=_worst)
    return _chart(sides, title, headline, str(verdict), titles, ())


def of_difference(report: Difference, titles: Titles) -> Chart:
    """Two columns: the old layout with what failed and fails no more, the new one with all else."""
    sides = tuple(
        Side(each.name, each.release, each.space, tuple(_told(report.deltas, is_old=is_old)))
        for each, is_old in ((report.old, True), (report.new, False))
    )
    title = f"{report.old.name} \N{RIGHTWARDS ARROW} {report.new.name}"
    return _chart(sides, title, diff_words.headline(report), str(report.verdict), titles, ())


def _told(deltas: Iterable[Delta], *, is_old: bool) -> Iterator[tuple[Finding, str]]:
    for each in deltas:
        if is_old == (each.effect in GAINS):
            yield each.finding, diff_words.effect(each.effect)


def _chart(
    sides: Sequence[Side],
    title: str,
    headline: str,
    verdict: str,
    titles: Titles,
    notes: Iterable[str],
) -> Chart:
    blocks = [block for index, side in enumerate(sides) for block in _blocks(side, index, titles)]
    if len(sides) > 1:
        blocks = list(_compared(blocks))
    guests = tuple(dict.fromkeys(label for side in sides for label in side.space.facts.guests))
    found = [
        conflict
        for index, side in enumerate(sides)
        for conflict in conflicts(side.space, side.findings, index, blocks, guests)
    ]
    widths = sorted({width.bits for side in sides for width in side.space.facts.widths})
    chosen = controls([side.space for side in sides], guests, found)
    undrawn = [
        f"not drawn{f' of {side.name}' if len(sides) > 1 else ''}: {each.reason}"
        for side in sides
        for each in side.space.layout.unplaced
    ]
    banks = [bank for side in sides for bank in side.space.layout.banks if bank.size is None]
    return Chart(
        title,
        headline,
        verdict,
        tuple(_column(side, [each.space for each in sides], guests) for side in sides),
        tuple(blocks),
        tuple(found),
        chosen,
        tuple(widths),
        has_overview=True,
        is_apart=all(_is_decided(side.findings) for side in sides),
        remarks=tuple(
            Remark(each)
            for each in (
                *notes,
                *undrawn,
                *(f"{bank.name} has no size: it is drawn as far as memory can reach" for bank in banks),
            )
        ),
    )


def _is_decided(findings: Iterable[tuple[Finding, str]]) -> bool:
    """Whether `no-overlap` asked about every pair, and nothing of it is open."""
    verdicts = {finding.verdict for finding, _ in findings if finding.property == "no-overlap"}
    return bool(verdicts) and Verdict.UNKNOWN not in verdicts


def _column(side: Side, spaces: Sequence[Space], guests: Sequence[str]) -> Column:
    space = side.space
    has = {name: space.dimensions[name].choices for name in ("ipa_bits", "gic") if name in space.dimensions}
    has["guest"] = tuple(guests.index(each) for each in space.facts.guests)
    counts = (
        {"memory": (space.facts.page, space.facts.page * space.dimensions["memory"].high)}
        if ("memory" in space.dimensions)
        else {}
    )
    note = f"xen {side.release} on {space.facts.arch}"
    return Column(side.name, note, tuple(_limits(space, spaces, guests)), (Box(has, counts),))


def _limits(space: Space, spaces: Sequence[Space], guests: Sequence[str]) -> Iterator[Limit]:
    """What Xen does not build, as `Space.admits` has it."""
    if "memory" in space.dimensions:
        for width in space.facts.widths:
            yield Limit("ipa_bits", width.bits, "memory", space.pages(width.bits) * space.facts.page)
    yield Limit("gic", 2, "vcpus", min(space.facts["gicv2-vcpus"], space.dimensions["vcpus"].high))
    for index, guest in enumerate(guests):
        if not guest.startswith("aarch64"):
            yield Limit("guest", index, "acpi", 0)
    for name in ("vcpus", *FLAGS, "virtio"):
        most = _most(space, name)
        if any(_most(each, name) > most for each in spaces):
            yield from (Limit("ipa_bits", width.bits, name, most) for width in space.facts.widths)


def _most(space: Space, name: str) -> int:
    """Of a device, or of vCPUs."""
    dimension = space.dimensions.get(name)
    if dimension is None:
        return 0
    return dimension.high if dimension.is_count else max(dimension.choices)


def _blocks(side: Side, column: int, titles: Titles) -> Iterator[Block]:
    space = side.space
    for region in space.layout.regions:
        yield _block(region, side, column, titles)
    before = 0
    offers = bool(space.facts["extended-regions"])
    for bank in space.layout.banks:
        size = bank.size if bank.size is not None else _reach(space) - before
        block = _block(bank.part(size), side, column, titles)
        fill = Fill(bank.start, size, before)
        first = "memory lies here" + (f" once {units.size(before)} lie before it" if before else " first")
        yield replace(block, fill=fill, constraint="; ".join(filter(None, (first, block.constraint))))
        if offers and bank.size is not None:
            yield _rest(bank, fill, column)
        before += size


def _reach(space: Space) -> int:
    """Bytes of the largest guest's memory."""
    return max((space.pages(width.bits) for width in space.facts.widths), default=0) * space.facts.page


def _rest(bank: Bank, fill: Fill, column: int) -> Block:
    return Block(
        f"rest of {bank.name}",
        "extended",
        fill.start,
        fill.start + fill.size,
        column,
        f"{bank.origin}; tools/libs/light/libxl_arm.c finalize_hypervisor_node",
        constraint="offered as an extended region: from the next 2 MiB above the memory to the end of the window or of the "
        "address space, if that is 64 MiB or more",
        fill=replace(fill, is_rest=True),
    )


def _block(region: Region, side: Side, column: int, titles: Titles) -> Block:
    when = ALWAYS if region.when is None else (_condition(region, side.space),)
    presence = "" if region.when is None else sentences.presence(region.when)
    return Block(
        region.name,
        region.kind,
        region.start,
        region.end,
        column,
        str(region.origin),
        when,
        presence,
        _constraint(region.name, side.findings, titles),
    )


def _condition(region: Region, space: Space) -> Box:
    """As `When` has it."""
    when = region.when
    assert when is not None
    dimension = space.dimensions.get(when.dimension)
    if dimension is not None and dimension.is_count:
        return Box({}, {when.dimension: (when.value, dimension.high if when.at_least else when.value)})
    return Box({when.dimension: (when.value,)})


def _constraint(name: str, findings: Iterable[tuple[Finding, str]], titles: Titles) -> str:
    """`regions that are present together are disjoint (no-overlap: refuted); proved: aligned and banks`."""
    verdicts: dict[str, Verdict] = {}
    for finding, _ in findings:
        if name in finding.subjects and finding.severity == "error":
            known = verdicts.get(finding.property)
            verdicts[finding.property] = (
                finding.verdict if known is None else min(known, finding.verdict, key=_worst)
            )
    told = [(rule, verdict) for rule, verdict in verdicts.items() if verdict is not Verdict.NOT_APPLICABLE]
    told.sort(key=lambda each: _worst(each[1]))
    open_ones = [
        f"{titles.get(rule, rule)} ({rule}: {verdict})"
        for rule, verdict in told
        if verdict is not Verdict.PROVED
    ]
    proved = [rule for rule, verdict in told if verdict is Verdict.PROVED]
    return "; ".join([*open_ones, *([f"proved: {units.listing(proved)}"] if proved else [])])


_ORDER = (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PROVED, Verdict.NOT_APPLICABLE)


def _worst(verdict: Verdict) -> int:
    return _ORDER.index(verdict)


def _compared(blocks: Sequence[Block]) -> Iterator[Block]:
    """With what became of each from the first column to the second."""
    places = [
        {each.name: (each.start, each.end) for each in blocks if each.column == side} for side in (0, 1)
    ]
    for each in blocks:
        other = places[1 - each.column].get(each.name)
        change = ""
        if other is None:
            change = "gone" if each.column == 0 else "new"
        elif other != (each.start, each.end):
            change = "moved"
        yield replace(each, change=change)
