"""`verifier host --reproduce DIR`: a refutation made small, with what shows it in real Xen."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict
from verifier.layout.reproduction import Reproduction
from verifier.layout.units import plural
from verifier.machine.graft import graft
from verifier.machine.reproduce import expected_lines, marks, run, shrunk, staged, write
from verifier.reading.board_map import board_map
from verifier.reading.host_tree import host_of
from verifier.rules.boards.catalogue import board_rules, judged_by
from verifier.xen.host_regions import predict
from verifier.xen.offers import offers
from verifier.xen.release import Build, xen
from verifier.xen.subjects import Given

_SHOWN = (
    "one-to-one-holes",
    "no-overlap",
    "registers-fit",
    "within-ipa",
    "aligned",
    "minimum-size",
    "complete",
    "preconditions",
)
"""Properties whose refutation can be seen in the regions that Xen prints, the worst first."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a tree shows: the same refutation, and the regions that Xen prints."""

    finding: BoardFinding
    regions: tuple[Extent, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """What has to stay as it is while the tree is made small."""

    tag: str
    build: Build
    ipa_bits: int
    iommu: bool
    """Of the host."""
    property: str
    domain: str
    effect: str

    def shown(self, tree: Tree) -> _Shown | None:
        """What a tree shows, if the property still fails of the same domain in the same way."""
        host, model = host_of(tree, self.tag), xen(self.tag, self.build)
        given = Given(self.ipa_bits, self.iommu)
        rule = next(each for each in board_rules() if each.id == self.property)
        for offer in offers(host, model, given, board_map(tree), predict(host, model, given)):
            if offer.name != self.domain or not offer.is_told or offer.domain.boots is False:
                continue
            found = (each for each in judged_by(rule, offer) if each.verdict is Verdict.REFUTED)
            finding = next((each for each in found if each.effect == self.effect), None)
            if finding is not None:
                return _Shown(finding, offer.regions)
        return None


def reproduce(report: BoardReport, tree: Tree, folder: Path, said: str) -> str:
    """Write the folder; one sentence of what is there, and of how Xen did if `XEN` names its image, or why there is nothing.

    Raises InputError for a folder that holds something else.
    """
    finding = _chosen(report)
    if finding is None:
        return f"nothing to reproduce: {_why_nothing(report)}"
    case = _case(report, finding)
    try:
        made = graft(tree, case.tag, iommu=case.iommu, ipa_bits=case.ipa_bits)
    except InputError as fault:
        return f"nothing to reproduce: the board cannot be put on QEMU's machine: {fault}"
    if case.shown(made.tree) is None:
        return (
            f"nothing to reproduce: {case.property} of {case.domain} does not fail on QEMU's machine, which has other "
            "RAM and "
            "another interrupt controller than the board"
        )
    small = shrunk(made, case.tag, lambda each: case.shown(each) is not None)
    shown = case.shown(small.tree)
    assert shown is not None
    command, files = staged(small)
    write(
        folder,
        Reproduction(
            said,
            _arguments(case),
            case.tag,
            case.property,
            shown.finding.message,
            small.tree,
            expected_lines(case.tag, case.domain, shown.regions),
            marks(case.tag, case.domain),
            command,
            files,
        ),
    )
    return _told(folder, case, small.tree)


def _chosen(report: BoardReport) -> BoardFinding | None:
    """The worst refutation that a boot shows."""
    found = [
        each
        for each in report.findings
        if each.verdict is Verdict.REFUTED
        and each.source == "predicted"
        and each.placement is None
        and each.property in _SHOWN
    ]
    return min(found, key=lambda each: _SHOWN.index(each.property), default=None)


def _why_nothing(report: BoardReport) -> str:
    others = [each for each in report.findings if each.verdict is Verdict.REFUTED]
    if not others:
        return "nothing is refuted"
    if others[0].placement is not None:
        return "where dom0's memory will lie is open, and with it what Xen prints"
    return f"{others[0].property} of {others[0].domain} is refuted, which no line of a boot log shows"


def _case(report: BoardReport, finding: BoardFinding) -> _Case:
    """At the widest address space at which it fails; a guest's own IOMMU is not the host's."""
    offer = next(
        each
        for each in report.offers
        if each.name == finding.domain and (each.domain.ipa_bits, each.domain.iommu) in finding.settings
    )
    bits = max(bits for bits, iommu in finding.settings if iommu == offer.domain.iommu)
    build: Build = "debug" if report.build == "debug" else "release"
    return _Case(
        report.release, build, bits, offer.domain.iommu, finding.property, finding.domain, finding.effect
    )


def _arguments(case: _Case) -> tuple[str, ...]:
    iommu = "--iommu" if case.iommu else "--no-iommu"
    build = ("--build", "debug") if case.build == "debug" else ()
    return (
        "host", "host.dtb", "--xen", case.tag, *build, iommu, "--ipa-bits", str(case.ipa_bits), "--domain", case.domain,
    )  # fmt: skip


def _told(folder: Path, case: _Case, small: Tree) -> str:
    nodes = len(small.nodes)
    made = f"{folder}: {case.property} of {case.domain} in a tree of {nodes} {plural(nodes, 'node')}"
    image = os.environ.get("XEN")
    if not image:
        return f"{made}; XEN=path of xen {case.tag}'s image sh {folder}/run.sh boots it"
    ran = run(folder, Path(image))
    said = ran.text.strip().splitlines()[:1] or [f"exit status {ran.status}"]
    return f"{made}; booted: {said[0].rstrip(':')}"
