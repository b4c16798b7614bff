"""The verdict about a board as the begin of a line: `refuted: d0 is unsound (one-to-one-holes)`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from verifier.layout.board_finding import EFFECTS, LEAST, BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.units import listing, plural

_NAMED = 3
"""Domains, or things that are open, that are named one by one."""
_IS = {
    "unsound": "is unsound",
    "not built": "is not built",
    "unusable": "is offered nothing usable",
    "space lost": "loses space",
}
_COUNTED = {
    "unsound": "unsound",
    "not built": "not built",
    "unusable": "offered nothing usable",
    "space lost": "losing space",
}

Settings = tuple[tuple[int, bool], ...]


def headline(report: BoardReport) -> str:
    """`refuted: d0 is unsound (one-to-one-holes)`, `sound and complete`, `open: ...`."""
    parts = _refuted(() if report.vacuous else report.findings, len({each.name for each in report.maps}))
    if report.disagrees:
        parts.insert(0, "the log disagrees")
    if parts:
        return f"refuted: {'; '.join(parts)}"
    if report.verdict == "unknown":
        return f"open: {listing(_some(report.open))}" if report.open else "nothing was compared"
    proved = {each.property for each in report.findings if each.verdict == "proved"}
    head = (
        "sound and complete"
        if "complete" in proved
        else "sound: no regions are offered, and none are meant to be"
    )
    return f"{head}{', as logged' if report.log else ''}"


def settings_text(settings: Iterable[tuple[int, bool]], every: Settings) -> str:
    """`32 or 36 ipa bits, with IOMMU; all widths, without IOMMU`; `every` is all that there are."""
    some = set(settings)
    if len(every) > _NAMED and some >= set(every):
        return "all settings"
    parts = []
    for iommu in (True, False):
        widths, known = ([bits for bits, has in each if has is iommu] for each in (sorted(some), every))
        bits = f"{listing([str(each) for each in widths], 'or')} ipa bits"
        if widths:
            what = "all widths" if len(widths) > _NAMED and set(widths) >= set(known) else bits
            parts.append(f"{what}, {'with' if iommu else 'without'} IOMMU")
    return "; ".join(parts)


def every_setting(findings: Iterable[BoardFinding]) -> Settings:
    """Widths and IOMMU settings that anything is said of."""
    return tuple(sorted({setting for each in findings for setting in each.settings}))


def rank(finding: BoardFinding) -> tuple[bool, int]:
    """Of a refutation: what is to be told first has the least."""
    return finding.property == LEAST, EFFECTS.index(finding.effect)


@dataclass(slots=True)
class _Group:
    """Refutations of one domain with the same effect."""

    properties: dict[str, None] = field(default_factory=dict)
    settings: dict[tuple[int, bool], None] = field(default_factory=dict)


def _refuted(findings: Sequence[BoardFinding], domains: int) -> list[str]:
    groups: dict[tuple[str, str], _Group] = {}
    order = {name: index for index, name in enumerate(dict.fromkeys(each.domain for each in findings))}
    found = (each for each in findings if each.verdict == "refuted")
    for each in sorted(found, key=lambda each: (order[each.domain], rank(each))):
        group = groups.setdefault((each.domain, each.effect), _Group())
        group.properties[each.property] = None
        group.settings.update(dict.fromkeys(each.settings))
    if len({name for name, _ in groups}) > _NAMED:
        partly = any(_where(name, group, findings) for (name, _), group in groups.items())
        return [f"{_counted(groups, domains)}{', in some of the settings' if partly else ''}"]
    return [
        f"{name} {_IS[effect]}{_where(name, group, findings)} ({', '.join(group.properties)})"
        for (name, effect), group in groups.items()
    ]


def _where(name: str, group: _Group, findings: Sequence[BoardFinding]) -> str:
    """Nothing where it is so in all settings of the domain that a machine can have."""
    of_domain = [each for each in findings if each.domain == name]
    own = {setting for each in of_domain for setting in each.settings}
    left_out = (each for each in of_domain if each.verdict == "not-applicable" and each.checked)
    own -= {setting for each in left_out for setting in each.settings}
    if own <= group.settings.keys():
        return ""
    return f" for {settings_text(group.settings, every_setting(findings))}"


def _counted(groups: dict[tuple[str, str], _Group], domains: int) -> str:
    """`4 of 7 domains: 3 unsound, 1 not built (built, no-overlap)`."""
    names = {name for name, _ in groups}
    counts = {effect: sum(each == effect for _, each in groups) for effect in EFFECTS}
    told = ", ".join(f"{count} {_COUNTED[effect]}" for effect, count in counts.items() if count)
    properties = dict.fromkeys(each for group in groups.values() for each in group.properties)
    return f"{len(names)} of {domains} domains: {told} ({', '.join(properties)})"


def _some(found: tuple[str, ...]) -> list[str]:
    """The first of them, and how many more there are."""
    if len(found) <= _NAMED:
        return list(found)
    more = len(found) - _NAMED + 1
    return [*found[: _NAMED - 1], f"{more} more {plural(more, 'question')}"]
