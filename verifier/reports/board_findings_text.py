"""What the specification says of a board's regions, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.layout import units
from verifier.layout.board_finding import LEAST, BoardFinding, MemoryRuns
from verifier.layout.board_report import BoardReport
from verifier.layout.obstacle import merged
from verifier.layout.units import listing, plural
from verifier.reports.board_headline import Settings, every_setting, rank, settings_text

_SHOWN = 3
"""Refutations of one property that are told in full."""
_RUNS = 3
"""Ranges of sizes of memory that are told."""


def lines(report: BoardReport, *, verbose: bool) -> Iterator[str]:
    """Refutations first, the worst of them first, then what is open, what is proved, and what does not apply; by domain."""
    every = every_setting(report.findings)
    for name in dict.fromkeys(each.domain for each in report.findings):
        findings = [each for each in report.findings if each.domain == name]
        yield ""
        yield from _of_domain(name, findings, every, verbose=verbose)


def _of_domain(name: str, findings: list[BoardFinding], every: Settings, *, verbose: bool) -> Iterator[str]:
    told: set[str] = set()
    refuted = sorted((each for each in findings if each.verdict == "refuted"), key=rank)
    for rule, source in dict.fromkeys((each.property, each.source) for each in refuted):
        same = [each for each in refuted if (each.property, each.source) == (rule, source)]
        same.sort(key=lambda each: -_size(each))
        if rule == LEAST and len(same) > 1 and not verbose:
            yield from _pages(name, same, every)
        else:
            yield from _of_rule(same, told, every, verbose=verbose)
    for each in findings:
        if each.verdict == "unknown":
            yield f"{name}: open: {each.message}  [{each.property}]"
            yield from _details(each, told)
            yield from _when(each.settings, every)
    yield from _proved(name, findings, every)
    for each in findings:
        if each.verdict == "not-applicable" and (verbose or each.checked):
            yield f"{name}: not applicable: {each.message}  [{each.property}]"
            yield from _when(each.settings, every)
    if not verbose:
        yield from _silent(name, findings, every)


def _size(finding: BoardFinding) -> int:
    return 0 if finding.overlap is None else finding.overlap.size


def _of_rule(
    found: Sequence[BoardFinding], told: set[str], every: Settings, *, verbose: bool
) -> Iterator[str]:
    """Refutations of one property, the largest first; of the same subjects at several widths only the first of them."""
    groups: dict[tuple[object, ...], list[BoardFinding]] = {}
    for each in found:
        starts = tuple(party.extent.start for party in each.parties)
        groups.setdefault((each.effect, each.subjects, starts), []).append(each)
    cases = [[each] for each in found] if verbose else list(_apart(groups.values()))
    shown = cases if verbose else cases[:_SHOWN]
    helped: set[str] = set()
    for group in shown:
        yield from _refutation(group, told, every)
        yield from _helps(group, helped, every)
    if more := len(cases) - len(shown):
        yield f"  and {_least(found)}{more} more {plural(more, 'refutation')} of {found[0].property} {_each(found)}"


def _apart(groups: Iterable[list[BoardFinding]]) -> Iterator[list[BoardFinding]]:
    """Groups of which no two are of the same setting: several refutations of one setting are that many."""
    for group in groups:
        settings = [setting for each in group for setting in each.settings]
        if len(set(settings)) == len(settings):
            yield group
        else:
            yield from ([each] for each in group)


def _refutation(group: Sequence[BoardFinding], told: set[str], every: Settings) -> Iterator[str]:
    """The first of a group, and where the others are."""
    first, others = group[0], group[1:]
    logged = " (logged)" if first.source == "logged" else ""
    yield f"{first.domain}: {first.effect}{logged}: {first.message}  [{first.property}]"
    yield from _details(first, told)
    yield from _when(first.settings, every)
    if others:
        settings = dict.fromkeys(setting for each in others for setting in each.settings)
        yield f"  and alike: {settings_text(settings, every)} {_each(group)}"
    if first.memory is not None:
        yield from memory_lines(first.memory)
    if first.placement is not None:
        yield f"  for example: {first.placement.options}"


def memory_lines(found: MemoryRuns) -> Iterator[str]:
    """For which sizes of memory, and of which the numbers are."""
    shown = [_run(run) for run in found.runs[:_RUNS]]
    more = len(found.runs) - len(shown)
    parts = [*shown, f"{more} more {plural(more, 'range')}"] if more else shown
    yield f"  when: memory is {listing(parts, 'or')}{'' if found.exact else ', and perhaps others'}"
    if found.runs != ((found.example, found.example),):
        yield f"  for example: --memory {units.hexa(found.example)}"


def _run(run: tuple[int, int]) -> str:
    low, high = run
    return units.sized(low) if low == high else f"from {units.sized(low)} to {units.sized(high)}"


def _details(finding: BoardFinding, told: set[str]) -> Iterator[str]:
    """Each once for a domain: what many findings have in common is no news."""
    for each in finding.details:
        if each not in told:
            told.add(each)
            yield f"  {each}"


def _helps(found: Sequence[BoardFinding], helped: set[str], every: Settings) -> Iterator[str]:
    """Each once for a property, as the same change repairs many refutations; with its settings if others need another."""
    for line in dict.fromkeys(line for one in found for line in one.help):
        if line not in helped:
            helped.add(line)
            repaired = [one for one in found if line in one.help]
            some = dict.fromkeys(setting for one in repaired for setting in one.settings)
            where = f" ({settings_text(some, every)})" if len(repaired) < len(found) else ""
            yield f"  help: {line}{where}"


def _pages(name: str, found: Sequence[BoardFinding], every: Settings) -> Iterator[str]:
    """permissions-match in one line: before 4.21 nearly every device breaks it."""
    parts: dict[str, list[BoardFinding]] = {}
    for each in found:
        _, pages = each.parties
        assert each.overlap is not None
        is_more = pages.extent.start <= each.overlap.start and each.overlap.end <= pages.extent.end
        done = pages.name.rpartition(" ")[2]
        parts.setdefault(f"too {'many' if is_more else 'few'} are {done} to it", []).append(each)
    told, least = [], _least(found)
    for what, group in sorted(parts.items()):
        size = sum(each.size for each in merged(one.overlap for one in group if one.overlap is not None))
        names = list(dict.fromkeys(each.parties[0].name for each in group))
        rest = f"{least}{len(names) - _SHOWN + 1} more"
        some = names if len(names) <= _SHOWN else [*names[: _SHOWN - 1], rest]
        told.append(f"{least}{units.size(size)} {what}, at {listing(some)}")
    logged = " (logged)" if found[0].source == "logged" else ""
    yield (
        f"{name}: {found[0].effect}{logged}: pages that {name} gets are not those of its devices: {'; '.join(told)} "
        f"{_each(found)}  [{LEAST}]"
    )
    yield from _when(tuple(dict.fromkeys(each for one in found for each in one.settings)), every)
    helped: set[str] = set()
    for each in found:
        yield from _helps([each], helped, every)


def _least(found: Iterable[BoardFinding]) -> str:
    """Before a number that is counted, or added up, from findings: others may not be among them."""
    return "at least " if any(each.more for each in found) else ""


def _each(found: Iterable[BoardFinding]) -> str:
    """Where the rest of them is to be seen."""
    return "(-v: those that are listed)" if any(each.more for each in found) else "(-v: each)"


def _when(settings: Settings, every: Settings) -> Iterator[str]:
    if len(every) > 1:
        yield f"  when: {settings_text(settings, every)}"


def _proved(name: str, findings: list[BoardFinding], every: Settings) -> Iterator[str]:
    """Properties that hold in the same settings, and rest on theorems or not, on one line."""
    groups: dict[tuple[str, Settings, bool], list[BoardFinding]] = {}
    for each in findings:
        if each.verdict == "proved":
            groups.setdefault((each.source, each.settings, bool(each.details)), []).append(each)
    for (source, settings, everywhere), same in groups.items():
        count = sum(each.checked for each in same)
        what = f"{name}: proved{' of the log' if source == 'logged' else ''}"
        where = f", for {settings_text(settings, every)}" if len(every) > 1 else ""
        open_ones = ", wherever dom0's memory and Xen's text lie" if everywhere else ""
        names = listing([each.property for each in same])
        yield f"{what}{open_ones}: {names} ({count} {plural(count, 'comparison')}{where})"
        if everywhere:
            rests = list(dict.fromkeys(detail for each in same for detail in each.details))
            yield f"  by {plural(len(rests), 'theorem')} {listing(rests)}"


def _silent(name: str, findings: list[BoardFinding], every: Settings) -> Iterator[str]:
    """What does not apply, by reason: `no-overlap: the domain has the host's layout`."""
    own = {setting for each in findings for setting in each.settings}
    groups: dict[str, list[BoardFinding]] = {}
    for each in findings:
        if each.verdict == "not-applicable" and not each.checked:
            groups.setdefault(each.message, []).append(each)
    parts = []
    for reason, same in groups.items():
        rules = list(dict.fromkeys(each.property for each in same))
        settings = dict.fromkeys(setting for each in same for setting in each.settings)
        what = listing(rules) if len(rules) <= _SHOWN else f"{len(rules)} properties"
        where = f" ({settings_text(settings, every)})" if settings.keys() != own else ""
        parts.append(f"{what}: {reason}{where}")
    if parts:
        yield f"{name}: not applicable: {'; '.join(parts)} (-v: each)"
