"""What the specification says of a board's regions, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.units import listing, plural

_SHOWN = 3
"""Refutations of one property that are told in full."""


def headline(report: BoardReport) -> str:
    """`refuted: d0 is unsound (one-to-one-holes)`, `sound and complete`, `open: ...`."""
    parts = [
        f"{name} {_IS[effect]} ({', '.join(properties)})"
        for (name, effect), properties in _refuted(() if report.vacuous else report.findings).items()
    ]
    if report.disagrees:
        parts.insert(0, "the log disagrees")
    if parts:
        return f"refuted: {'; '.join(parts)}"
    if report.verdict == "unknown":
        return f"open: {listing(report.open)}" if report.open else "nothing was compared"
    proved = {each.property for each in report.findings if each.verdict == "proved"}
    head = (
        "sound and complete"
        if "complete" in proved
        else "sound: no regions are offered, and none are meant to be"
    )
    return f"{head}{', as logged' if report.log else ''}"


_IS = {"unsound": "is unsound", "space lost": "loses space", "not built": "is not built"}


def _refuted(findings: Iterable[BoardFinding]) -> dict[tuple[str, str], dict[str, None]]:
    """Properties by domain and effect."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for each in findings:
        if each.verdict == "refuted":
            found.setdefault((each.domain, each.effect), {})[each.property] = None
    return found


def lines(report: BoardReport, *, verbose: bool) -> Iterator[str]:
    """Refutations first, then what is open, then what is proved; each domain on its own."""
    several = len({setting for each in report.findings for setting in each.settings}) > 1
    for name in dict.fromkeys(each.domain for each in report.findings):
        findings = [each for each in report.findings if each.domain == name]
        yield ""
        yield from _of_domain(name, findings, several=several, verbose=verbose)


def _of_domain(name: str, findings: list[BoardFinding], *, several: bool, verbose: bool) -> Iterator[str]:
    refuted = [each for each in findings if each.verdict == "refuted"]
    for rule, source in dict.fromkeys((each.property, each.source) for each in refuted):
        same = [each for each in refuted if (each.property, each.source) == (rule, source)]
        same.sort(key=lambda each: -(0 if each.overlap is None else each.overlap.size))
        for each in same if verbose else same[:_SHOWN]:
            yield from _refutation(each, several=several)
        if len(same) > _SHOWN and not verbose:
            more = len(same) - _SHOWN
            yield f"  and {more} more {plural(more, 'refutation')} of {rule} (-v)"
    for each in findings:
        if each.verdict == "unknown":
            yield f"{name}: open: {each.message}  [{each.property}]"
            yield from (f"  {detail}" for detail in each.details)
            yield from _when(each, several=several)
    yield from _proved(name, findings, several=several)
    for each in findings:
        if each.verdict == "not-applicable" and (verbose or each.checked):
            yield f"{name}: not applicable: {each.message}  [{each.property}]"
            yield from _when(each, several=several)


def _refutation(each: BoardFinding, *, several: bool) -> Iterator[str]:
    logged = " (logged)" if each.source == "logged" else ""
    yield f"{each.domain}: {each.effect}{logged}: {each.message}  [{each.property}]"
    yield from (f"  {detail}" for detail in each.details)
    yield from _when(each, several=several)
    if each.placement is not None:
        yield f"  for example: {each.placement.options}"
    yield from (f"  help: {line}" for line in each.help)


def _when(each: BoardFinding, *, several: bool) -> Iterator[str]:
    if several:
        yield f"  when: {_settings(each.settings)}"


def _settings(settings: tuple[tuple[int, bool], ...]) -> str:
    """`32 or 36 ipa bits with IOMMU; 40 ipa bits without`."""
    parts = []
    for iommu in (True, False):
        widths = [str(bits) for bits, has in settings if has is iommu]
        if widths:
            parts.append(f"{listing(widths, 'or')} ipa bits, {'with' if iommu else 'without'} IOMMU")
    return "; ".join(parts)


def _proved(name: str, findings: list[BoardFinding], *, several: bool) -> Iterator[str]:
    """Properties that hold in the same settings, and rest on theorems or not, on one line."""
    groups: dict[tuple[str, tuple[tuple[int, bool], ...], bool], list[BoardFinding]] = {}
    for each in findings:
        if each.verdict == "proved":
            groups.setdefault((each.source, each.settings, bool(each.details)), []).append(each)
    for (source, settings, everywhere), same in groups.items():
        count = sum(each.checked for each in same)
        what = f"{name}: proved{' of the log' if source == 'logged' else ''}"
        where = f", for {_settings(settings)}" if several else ""
        open_ones = ", wherever dom0's memory and Xen's text lie" if everywhere else ""
        names = listing([each.property for each in same])
        yield f"{what}{open_ones}: {names} ({count} {plural(count, 'comparison')}{where})"
        if everywhere:
            rests = list(dict.fromkeys(detail for each in same for detail in each.details))
            yield f"  by {plural(len(rests), 'theorem')} {listing(rests)}"
