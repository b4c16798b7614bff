"""What is said of a difference, whatever the format: headline, sections, sentences."""

from __future__ import annotations

from verifier.layout import units
from verifier.layout.configuration import Space
from verifier.layout.difference import GAINS, Amount, Behaviour, Delta, Difference, Effect
from verifier.layout.finding import Verdict
from verifier.reports import sentences

_COUNTED = (
    *(Effect.BROKEN, Effect.LOST, Effect.DOUBTED, Effect.STILL_DOUBTED, Effect.STILL_BROKEN, Effect.MOVED),
    *GAINS,
)
_ONE = {
    Verdict.REFUTED: "it breaks or loses something",
    Verdict.UNKNOWN: "something cannot be told",
    Verdict.PROVED: "nothing that was sound is lost, in any configuration",
}


def headline(report: Difference) -> str:
    """One sentence: `xen-4.15.7 -> new.h: refuted: it breaks or loses something (1 newly refuted, 2 moved)`."""
    return f"{report.old.name} -> {report.new.name}: {outcome(report)}"


def outcome(report: Difference) -> str:
    """The same without the names."""
    counts = [(sum(each.effect is kind for each in report.deltas), kind) for kind in _COUNTED]
    said = [f"{count} {effect(kind)}" for count, kind in counts if count]
    worse = sum(each.is_worse for each in report.behaviours)
    better = sum(each.is_better for each in report.behaviours)
    if worse:
        said.append(f"{worse} {units.plural(worse, 'theorem')} newly refuted")
    if accepted := sum(each.waiver is not None and each.before == "proved" for each in report.behaviours):
        said.append(f"{accepted} {units.plural(accepted, 'theorem')} waived")
    if better:
        said.append(f"{better} {units.plural(better, 'theorem')} newly proved")
    told = f" ({', '.join(said)})" if said else " (no difference)"
    return f"{report.verdict}: {_reason(report)}{told}"


def _reason(report: Difference) -> str:
    moved = any(each.effect is Effect.MOVED for each in report.deltas)
    if report.verdict is Verdict.REFUTED and report.stable and moved:
        return "it moves, breaks or loses something"
    if report.verdict is Verdict.UNKNOWN and not any(each.effect is Effect.KEPT for each in report.deltas):
        return "nothing was compared"
    if report.same and report.verdict is Verdict.PROVED:
        return "the layout is the same"
    return _ONE[report.verdict]


def effect(kind: Effect) -> str:
    """`newly refuted`."""
    return str(kind).replace("-", " ")


def is_old_waiver(delta: Delta) -> bool:
    """Whether it was accepted to fail before the change, too."""
    return delta.effect is Effect.ACCEPTED and delta.finding.severity == "advice"


def waived_before(delta: Delta) -> str:
    """`waived as before: within-ipa of GUEST_RAM1, accepted by policy.toml:7`."""
    finding, waiver = delta.finding, delta.finding.waiver
    by = "" if waiver is None else f", accepted by {waiver.origin}"
    return f"waived as before: {finding.property} of {units.listing(list(finding.subjects))}{by}"


def space_of(delta: Delta, report: Difference) -> Space:
    """Whose configurations the finding speaks of."""
    return report.old.space if delta.effect in GAINS else report.new.space


def amounts(report: Difference) -> list[tuple[str, str, str]]:
    """What, before and after: `largest guest, 40 or 42 ipa bits`, `1019 GiB`, `891 GiB`; equal ones in one row."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in report.amounts:
        key = each.what, _number(each, each.before), _number(each, each.after)
        found.setdefault(key, []).append(each.where.removesuffix(_WIDTH))
    return [
        (f"{what}, {units.listing(where, 'or')}{_WIDTH}" if where[0] else what, before, after)
        for (what, before, after), where in found.items()
    ]


_WIDTH = " ipa bits"


def _number(each: Amount, number: int | None) -> str:
    if number is None:
        return "no such width"
    return str(number) if each.unit else units.size(number)


def behaviour(each: Behaviour) -> str:
    """`newly proved: libxl/aligned: Every region ...`."""
    change = _CHANGES.get((each.before, each.after), f"{each.before}, now {each.after}")
    return f"{change}{', waived' if each.waiver else ''}: {each.theorem}: {each.statement}"


def matters(each: Behaviour) -> bool:
    """Whether both releases do what it speaks of."""
    return "not-applicable" not in (each.before, each.after)


def reason(each: Behaviour) -> str:
    """`before: extended region ...`, where there is one."""
    return f"{'before' if each.is_better else 'now'}: {each.reason}" if each.reason else ""


_CHANGES = {
    ("refuted", "proved"): "newly proved",
    ("unknown", "proved"): "newly proved",
    ("proved", "refuted"): "newly refuted",
    ("not-applicable", "refuted"): "refuted, of what the old release did not do",
    ("not-applicable", "proved"): "proved, of what the old release did not do",
}


def notes(report: Difference) -> list[str]:
    """The numbers before and after, and the first difference: what is no finding."""
    found = [f"{what}: {before} before, {after} now" for what, before, after in amounts(report)]
    return [*found, f"first difference: {first(report)}"] if report.first else found


def first(report: Difference) -> str:
    """The first configuration in which the answers differ; empty if there is none."""
    found = report.first
    if found is None:
        return ""
    what = f"{found.property} of {units.listing(list(found.subjects))}" if found.subjects else found.property
    return f"{sentences.configuration(found.configuration, found.space)}: {what} is {found.before}, then {found.after}"
