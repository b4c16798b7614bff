"""The answer of `verifier diff` for people: one sentence first, what is worse, what is better, the numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from verifier.layout import units
from verifier.layout.difference import Delta, Difference, Effect
from verifier.reports import diff_words, findings_text, patches, sentences

_WORST = (Effect.BROKEN, Effect.LOST, Effect.DOUBTED, Effect.STILL_DOUBTED)
_BRIEF = (Effect.MOVED, Effect.STILL_BROKEN, Effect.ACCEPTED, Effect.EASED, Effect.CURED)


def render(report: Difference, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report as text, without colour."""
    return units.printable("\n".join(_lines(report, verbose=verbose, quiet=quiet)) + "\n")


def _lines(report: Difference, *, verbose: bool, quiet: bool) -> Iterator[str]:
    yield diff_words.headline(report)
    if not quiet:
        yield from body(report, verbose=verbose)
        yield from footing([report], verbose=verbose)


def body(report: Difference, *, verbose: bool) -> Iterator[str]:
    """Everything between the first line and what the answer rests on."""
    for each in report.applications:
        yield from patches.steps(each, report.new.name)
    yield from _worse(report, verbose=verbose)
    for effect in _BRIEF:
        yield from _section(report, effect, verbose=verbose)
    yield from _behaviours(report, verbose=verbose)
    yield from _amounts(report)
    if first := diff_words.first(report):
        yield ""
        yield f"first difference: {first}"
    yield ""
    yield from _kept(report, verbose=verbose)


def _worse(report: Difference, *, verbose: bool) -> Iterator[str]:
    told: list[str] = []
    for delta in report.deltas:
        finding = delta.finding
        if delta.effect in (Effect.DOUBTED, Effect.STILL_DOUBTED):
            yield ""
            yield f"{diff_words.effect(delta.effect)}: {finding.message}  [{finding.property}]"
        elif delta.effect in _WORST:
            yield ""
            shown = verbose or len(told) < findings_text.MOST_MAPS
            label = f", {diff_words.effect(delta.effect)}"
            yield from findings_text.refutation(finding, report.new.space, show_map=shown, label=label)
            if finding.property not in told:
                yield from findings_text.why(finding)
            told.append(finding.property)


def _section(report: Difference, effect: Effect, *, verbose: bool) -> Iterator[str]:
    """What is told in one sentence each, and when; what is accepted now as before by its name alone."""
    found = [each for each in report.deltas if each.effect is effect]
    if found:
        yield ""
    for each in found:
        if diff_words.is_old_waiver(each) and not verbose:
            yield diff_words.waived_before(each)
            continue
        yield f"{diff_words.effect(effect)}: {each.finding.message}  [{each.finding.property}]"
        if effect is Effect.MOVED:
            yield from (f"  {line}" for line in each.finding.details)
        else:
            yield from _when(each, report)


def _when(delta: Delta, report: Difference) -> Iterator[str]:
    """In which configurations it fails; of what got better, did."""
    word = "failed" if delta.effect in (Effect.CURED, Effect.EASED) else "fails"
    for index, line in enumerate(sentences.regimes(delta.finding, diff_words.space_of(delta, report))):
        yield f"  {f'{word} when' if not index else 'and'}: {line}"
    if delta.finding.waiver is not None:
        reason = f"accepted by {delta.finding.waiver.origin}: {delta.finding.waiver.reason}"
        yield from textwrap.wrap(reason, findings_text.WIDTH, initial_indent="  ", subsequent_indent="    ")


def _behaviours(report: Difference, *, verbose: bool) -> Iterator[str]:
    """Of Xen's own algorithms: what is worse, what is accepted, what is better, and with -v all else."""
    if not report.behaviours:
        return
    told = [each for each in report.behaviours if verbose or diff_words.matters(each)]
    yield ""
    yield f"Xen's own algorithms, from {report.old.release} to {report.new.release}:"
    for each in sorted(told, key=lambda each: (not each.is_worse, each.is_better)):
        yield from _wrapped(diff_words.behaviour(each), "  ")
        if each.is_worse or verbose:
            yield from _wrapped(diff_words.reason(each), "    ")
        if each.waiver is not None:
            yield from _wrapped(f"accepted by {each.waiver.origin}: {each.waiver.reason}", "    ")
    if others := len(report.behaviours) - len(told):
        yield f"  {others} more {units.plural(others, 'theorem')} of what one of the two does not do"
    if not verbose:
        yield "  -v shows how each failed"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    further = f"{indent}  "
    yield from textwrap.wrap(text, findings_text.WIDTH, initial_indent=indent, subsequent_indent=further)


def _amounts(report: Difference) -> Iterator[str]:
    rows = [("", "before", "after"), *diff_words.amounts(report)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    if len(rows) > 1:
        yield ""
    for row in rows if len(rows) > 1 else ():
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _kept(report: Difference, *, verbose: bool) -> Iterator[str]:
    kept = [each.finding for each in report.deltas if each.effect is Effect.KEPT]
    if kept and not verbose:
        yield f"nothing worse, for every configuration: {units.listing([each.property for each in kept])}"
    for each in kept if verbose else ():
        yield f"nothing worse: {each.property}: {each.message}"
    silent = [each.finding.property for each in report.deltas if each.effect is Effect.SILENT]
    if silent:
        yield f"not-applicable: {units.listing(silent)}"


def footing(reports: Sequence[Difference], *, verbose: bool) -> Iterator[str]:
    """What answers rest on."""
    arithmetic, z3 = sum(each.arithmetic for each in reports), sum(each.z3 for each in reports)
    total = arithmetic + z3
    yield (
        f"{total} {units.plural(total, 'obligation')}: {arithmetic} decided by arithmetic, {z3} by {reports[-1].solver}"
    )
    if any(each.behaviours for each in reports):
        yield "verdicts on Xen's own algorithms are those recorded in proofs/, which `verifier prove` decides anew"
    yield "assumptions:"
    sides = [side for each in reports for side in (each.old, each.new)]
    yield from dict.fromkeys(
        f"  {each.id}: {each.statement} ({each.source})"
        for side in reversed(sides)
        for each in side.assumptions
    )
    if reports[-1].policy != "none":
        yield f"policy: {reports[-1].policy}"
    if verbose:
        yield f"{sum(each.seconds for each in reports):.3f} seconds"
