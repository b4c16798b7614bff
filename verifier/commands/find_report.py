"""Places new regions in a layout, and verifies the layout that comes of it as `check` would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from verifier.commands.check import Run
from verifier.commands.find_doubt import doubt_of_room
from verifier.layout.c_text import NewRegion, Wanted
from verifier.layout.find_report import FindReport
from verifier.layout.finding import Finding, Verdict
from verifier.layout.layout import Layout
from verifier.layout.placing import Impossible, Places, Wish
from verifier.layout.region import Region
from verifier.layout.units import hexa
from verifier.logic.case import Case
from verifier.logic.reach import limits
from verifier.reading.request import Loaded, Request, load
from verifier.rules.comment_groups import statements
from verifier.search.blocks import bent, blocks_of
from verifier.search.impossible import why_not
from verifier.search.packing import UndecidedError
from verifier.search.place import place
from verifier.search.price import unaffected
from verifier.search.trial import Key, Trial
from verifier.search.wishes import Sought, distinct, wish
from verifier.writing.write import wished, written


@dataclass(frozen=True, slots=True)
class Search:
    """What a user asks of `find`."""

    request: Request
    sought: tuple[Sought, ...]
    may_shrink: Mapping[str, int | None] = field(default_factory=dict)
    """Existing regions that may be cut at their end, and how many bytes stay at least."""
    may_move: tuple[str, ...] = ()


def find(search: Search) -> FindReport:
    """Raises InputError for a request that cannot be understood."""
    distinct(search.sought)
    loaded = load(search.request)
    run = Run(loaded, search.request)
    wishes = tuple(wish(run.case, each) for each in search.sought)
    blocks = bent(run.case, blocks_of(loaded.layout), search.may_shrink, search.may_move)
    report = FindReport(
        loaded.source.subject, loaded.facts.release, wishes, blocks, None, {}, {}, (), (), (), (), {}, loaded.assumptions
    )  # fmt: skip
    if doubt := doubt_of_room(run.case, search.request):
        return replace(report, undecided=doubt)
    timeout = search.request.timeout
    try:
        places = place(blocks, wishes, timeout=timeout)
        if places is None:
            top = 1 << min(each.bits for each in loaded.facts.widths)
            return _refused(report, loaded.layout, why_not(blocks, wishes, top=top, timeout=timeout))
    except UndecidedError as fault:
        return replace(report, undecided=f"the solver gave up: {fault}")
    return _verified(report, places, loaded, run, search)


def _refused(report: FindReport, layout: Layout, impossible: Impossible) -> FindReport:
    """No room is proved, unless a window is in the way of which only the start is known."""
    endless = {bank.name: bank.start for bank in layout.banks if bank.size is None}
    for reason in impossible.reasons:
        if reason.block is not None and reason.name in endless:
            start = hexa(endless[reason.name])
            text = f"{reason.name} has no size: whether there is room above {start} is not known"
            return replace(report, undecided=text)
    return replace(report, impossible=impossible)


def _verified(report: FindReport, places: Places, loaded: Loaded, run: Run, search: Search) -> FindReport:
    wanted = _wanted(loaded.layout, places, report.wishes)
    layout = _with(loaded, wanted, search.sought)
    lies = {each.comment for each in statements(run.case) if not each.holds}
    layout = replace(layout, comments=unaffected(loaded.layout, layout, lies))
    after = Run(replace(loaded, layout=layout), search.request)
    trial = Trial(run.case, run.judgements, timeout=search.request.timeout)
    before = _wrong(run)
    wrong = _wrong(after)
    broken = tuple(each for key, each in wrong.items() if key not in before)
    if not broken:
        broken = tuple(_in_more(trial, trial.new_case(layout), wrong))
    told = {(each.property, each.subjects) for each in broken}
    known = {(each.property, each.message) for each in _compared(run)}
    compared = [(each, (each.property, each.message) in known) for each in _compared(after)]
    return replace(
        report,
        places=places,
        changes=wanted.changes,
        defines={name: value for each in wanted.regions for name, value in each.macros.items()},
        written=written(loaded, wanted),
        proved=tuple(_proved(after)),
        prices=tuple(each for each, is_old in compared if not is_old),
        broken=broken,
        remaining=(
            *(each for key, each in wrong.items() if key in before and key not in told),
            *(each for each, is_old in compared if is_old and each.verdict is not Verdict.NOT_APPLICABLE),
        ),
        unreached=dict(_unreached(run, places)),
    )


def _in_more(trial: Trial, new: Case, wrong: Mapping[Key, Finding]) -> Iterator[Finding]:
    """What was wrong before, and is in more configurations now; something always, if the trial finds anything broken."""
    if trial.breaks_nothing(new):
        return
    told = False
    for key, condition in trial.newly_broken(new):
        if not trial.impossible(new, condition):
            told = True
            yield replace(wrong[key], message=f"{wrong[key].message}: in more configurations than before")
    if not told:
        text = "the changed layout leaves some width without any guest, or more in doubt than before"
        yield Finding("well-formed", Verdict.UNKNOWN, (), text)


def _changes(layout: Layout, places: Places) -> list[tuple[str, int]]:
    """The macros of changed blocks, with their new numbers."""
    parts = {part.name: part for part in layout.parts}
    found = []
    for each in places.changed:
        part = parts[each.name]
        found += [(part.base_macro, each.start)] if each.start != part.start else []
        found += [(part.size_macro, each.size)] if each.size != part.size else []
    return found


def _wanted(layout: Layout, places: Places, wishes: tuple[Wish, ...]) -> Wanted:
    rows = zip(places.regions, wishes, strict=True)
    regions = tuple(
        NewRegion(
            each.name,
            each.start,
            each.size,
            wish.unit,
            wish.upper,
            wish.lower,
            tuple(_condition(wish)),
            wish.when,
        )
        for each, wish in rows
    )
    return Wanted(dict(_changes(layout, places)), regions)


def _condition(wish: Wish) -> Iterator[str]:
    """What the comment has to say of a region that not every guest has: macros cannot."""
    when = wish.when
    if when is not None:
        least = " or more" if when.at_least else ""
        yield f"{wish.name} is there in guests with {when.dimension} = {when.value}{least} only."


def _with(loaded: Loaded, wanted: Wanted, sought: tuple[Sought, ...]) -> Layout:
    """The layout with changed macros and new ones, which are classified as if the header had them."""
    layout = loaded.source.layout(wanted.changes) if wanted.changes else loaded.layout
    read = wished(loaded.source, wanted)
    asked = {each.name: each for each in sought}
    return replace(
        layout,
        defines=read.defines,
        stems=read.stems,
        regions=tuple(_asked(loaded, region, asked.get(region.name)) for region in read.regions),
        unplaced=read.unplaced,
        unclassified=read.unclassified,
    )


def _asked(loaded: Loaded, region: Region, sought: Sought | None) -> Region:
    """A new region is there when that was asked for, and need not be reached by guests that were not named."""
    if sought is None:
        return region
    spared = tuple(guest for guest in loaded.facts.guests if guest not in sought.guests)
    return replace(region, when=sought.when or region.when, unreached_by=spared)


def _wrong(run: Run) -> dict[Key, Finding]:
    """What is refuted or open, but for advice and what only compares with a baseline."""
    return {
        (each.property, each.subjects): each
        for judgement in run.judgements
        if not judgement.rule.relative
        for each in judgement.findings
        if each.verdict in (Verdict.REFUTED, Verdict.UNKNOWN) and each.severity == "error"
    }


def _proved(run: Run) -> Iterator[str]:
    """Properties of which nothing is refuted, open or waived, and something is proved."""
    for judgement in run.judgements:
        verdicts = {each.verdict for each in judgement.findings if each.severity == "error"}
        if verdicts == {Verdict.PROVED}:
            yield judgement.rule.id


def _compared(run: Run) -> Iterator[Finding]:
    """What is less than in the baseline, or elsewhere."""
    for judgement in run.judgements:
        if judgement.rule.relative:
            yield from (each for each in judgement.findings if each.verdict is not Verdict.PROVED)


def _unreached(run: Run, places: Places) -> list[tuple[str, tuple[str, ...]]]:
    reaches = limits(run.case.facts)
    rows = (
        (each.name, tuple(guest for guest, limit in reaches.items() if each.end > limit))
        for each in places.regions
    )
    return [(name, guests) for name, guests in rows if guests]
