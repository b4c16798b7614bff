"""Findings on a board's domains as conflicts of a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.box import Box
from verifier.layout.chart import Block, Conflict, Mark
from verifier.layout.domain_map import Extent
from verifier.layout.units import listing, sized
from verifier.reports.board_headline import every_setting, settings_text

_KINDS = {
    "one-to-one-holes": "overlap of",
    "no-overlap": "overlap of",
    "within-ipa": "beyond the end by",
    "complete": "not offered,",
    "minimum-size": "too small,",
    "aligned": "misaligned,",
    "registers-fit": "cut off in reg,",
}
"""Properties of places, and what their labels begin with; others are told in words only."""
_TOP = 1 << 64


def conflicts(
    report: BoardReport,
    domains: Sequence[str],
    settings: Sequence[tuple[int, int, int]],
    blocks: Sequence[Block],
    *,
    is_host: bool,
) -> Iterator[Conflict]:
    """Those that are refuted or open; of a boot that cannot be there are none."""
    every = every_setting(report.findings)
    for finding in () if report.vacuous else report.findings:
        if finding.verdict not in ("refuted", "unknown"):
            continue
        own = [
            each
            for each in settings
            if domains[each[0]] == finding.domain and (each[1], bool(each[2])) in finding.settings
        ]
        if not own:
            continue
        when = tuple(_when(finding, own))
        words = [settings_text(finding.settings, every), *_sizes(finding)]
        if finding.placement is not None:
            words.append(f"for some places, such as {finding.placement.options}")
        yield Conflict(
            finding.property,
            str(finding.verdict),
            _KINDS.get(finding.property, finding.property),
            listing([each.name for each in finding.parties[:2]]) or finding.domain,
            _message(finding),
            when,
            (", ".join(words),),
            finding.memory is None or finding.memory.exact,
            tuple(_marks(finding, blocks)),
            (0, 1) if is_host else (0,),
            next(iter(finding.help), ""),
            _example(finding, own[0]),
        )


def _message(finding: BoardFinding) -> str:
    """As the sheet of the report has it."""
    logged = " (logged)" if finding.source == "logged" else ""
    if finding.verdict == "refuted":
        return f"{finding.effect}{logged}: {finding.message}"
    return f"{finding.message}{logged}"


def _when(finding: BoardFinding, settings: Sequence[tuple[int, int, int]]) -> Iterator[Box]:
    """Of every size of memory, where not all that fail are known."""
    widths: dict[tuple[int, int], list[int]] = {}
    for domain, bits, iommu in settings:
        widths.setdefault((domain, iommu), []).append(bits)
    runs = finding.memory.runs if finding.memory is not None and finding.memory.exact else (None,)
    for (domain, iommu), bits_of in widths.items():
        for run in runs:
            counts = {} if run is None else {"memory": run}
            yield Box({"domain": (domain,), "iommu": (iommu,), "ipa_bits": tuple(bits_of)}, counts)


def _sizes(finding: BoardFinding) -> Iterator[str]:
    if finding.memory is not None:
        runs = [f"{sized(low)} to {sized(high)}" for low, high in finding.memory.runs]
        yield f"memory {listing(runs, 'or')}"


def _example(finding: BoardFinding, setting: tuple[int, int, int]) -> dict[str, int]:
    domain, bits, iommu = setting
    found = {"domain": domain, "ipa_bits": bits, "iommu": iommu}
    return {**found, "memory": finding.memory.example} if finding.memory is not None else found


def _marks(finding: BoardFinding, blocks: Sequence[Block]) -> Iterator[Mark]:
    """Where memory is open by the blocks that follow it, else what is shared, else the parties."""
    if finding.property not in _KINDS:
        return
    if finding.memory is not None:
        following = [_following(each.name, blocks) for each in finding.parties]
        if finding.property == "within-ipa":
            yield from (Mark((index,), 0, _TOP, beyond=True) for index in following if index is not None)
            return
        fixed = [each.extent for each, index in zip(finding.parties, following, strict=True) if index is None]
        moving = tuple(index for index in following if index is not None)
        if moving:
            low = max((each.start for each in fixed), default=0)
            yield Mark(moving, low, min((each.end for each in fixed), default=_TOP))
            return
    extents = (
        [finding.overlap] if finding.overlap is not None else [each.extent for each in finding.parties[:1]]
    )
    yield from (_fixed(each) for each in extents if each.size > 0)


def _following(name: str, blocks: Sequence[Block]) -> int | None:
    """The block of a RAM bank that follows memory; parties are called `RAM bank 0 of guest`."""
    for index, each in enumerate(blocks):
        if each.fill is not None and not each.fill.is_rest and name.partition(" of ")[0] == each.name:
            return index
    return None


def _fixed(extent: Extent) -> Mark:
    return Mark((), extent.start, extent.end)
