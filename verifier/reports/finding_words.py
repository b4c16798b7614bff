"""What is said of a layout and of one finding, whatever the format: headline, place, help, waiver."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.configuration import Space
from verifier.layout.finding import Finding, Report, Verdict
from verifier.layout.origin import Origin
from verifier.layout.policy import Waiver


def series(report: Report) -> str:
    """One sentence about all patches of a series."""
    verdicts = [each.own_verdict for each in (*report.before, report)]
    counts = [(verdicts.count(verdict), verdict) for verdict in Verdict if verdict in verdicts]
    said = ", ".join(f"{count} {verdict}" for count, verdict in counts)
    return f"{report.subject.name}: {report.verdict} ({len(verdicts)} patches: {said})"


def headline(report: Report) -> str:
    """One sentence about one layout; of a series, about the one after one of its patches."""
    counts: dict[str, set[str]] = {name: set() for name in (*map(str, Verdict), "advised")}
    for finding in report.findings:
        advised = finding.severity == "advice" and finding.verdict is Verdict.REFUTED
        counts["advised" if advised else str(finding.verdict)].add(finding.property)
    said = ", ".join(f"{len(names)} {verdict}" for verdict, names in counts.items() if names)
    facts = report.space.facts
    bits = units.listing([str(width.bits) for width in facts.widths])
    number = f" patch {report.application.number}" if report.application and report.in_series else ""
    return (
        f"{report.subject.name}{number}: {report.own_verdict} ({report.trust.properties} properties: {said}) "
        f"for xen {report.release} on {facts.arch}, ipa bits {bits}"
    )


def in_order(report: Report) -> list[Finding]:
    """Errors before advice; what is waived comes after both."""
    return sorted(
        report.findings,
        key=lambda finding: (finding.verdict is Verdict.WAIVED, finding.severity != "error"),
    )


def place(finding: Finding, space: Space) -> Origin | None:
    """Where to look first: the last defined of the regions involved, or the macro itself."""
    example = finding.counterexample
    if finding.place is not None:
        return finding.place
    if example is not None and example.regions:
        return max(region.origin for region in example.regions)
    if not finding.subjects:
        return None
    for stem in space.layout.stems:
        if stem.name == finding.subjects[0]:
            return min(define.origin for define in (*stem.bases, *stem.sizes))
    define = space.layout.defines.get(finding.subjects[0])
    return define.origin if define else None


def help_lines(finding: Finding, space: Space) -> Iterator[str]:
    """What would repair a refutation, or that nothing was found; `GUEST_RAM1_SIZE = ... (costs 8 GiB of RAM)`."""
    yield from (*(repair.summary for repair in finding.repairs), *finding.help)
    if not finding.repairs_searched:
        yield "repairs were not searched for: too many refutations"
    elif finding.counterexample and finding.counterexample.witness.kind == "missing":
        yield f"define {finding.counterexample.witness.macro}"
    elif not finding.repairs and not finding.help and finding.severity == "error":
        yield "no change was found that cures this without breaking something else"
    example = finding.counterexample
    if example is None or example.witness.kind != "address-beyond" or finding.partly_waived:
        return
    failing = finding.fails_when.choices.get("ipa_bits", ()) if finding.fails_when else ()
    holding = [str(width.bits) for width in space.facts.widths if width.bits not in failing]
    if failing and holding:
        yield f"it holds for ipa bits {units.listing(holding)} as it stands"


def accepted(waiver: Waiver) -> str:
    """`accepted by policy.toml:7: the reason; the owner; until 2026-12-31`."""
    owner = f"; {waiver.owner}" if waiver.owner else ""
    until = f"; until {waiver.expires.isoformat()}" if waiver.expires else ""
    return f"accepted by {waiver.origin}: {waiver.reason}{owner}{until}"
