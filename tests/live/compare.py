"""What `verifier host` predicts from a tree and a log of real Xen, against that log and what the domains read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from tests.live.boot import Booted
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.boot import BootLog
from verifier.layout.device_tree import Node, Tree
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.heap_left import most_banks
from verifier.xen.release import xen
from verifier.xen.subjects import Given, subjects

RELEASE = "4.17"
_TAG = "4.17.7"
_STARVED = b"Failed to allocate requested dom0 memory"
Predict = Callable[[Asked], BoardReport]
_SOLVER = Lock()
"""The solver is for one thread at a time, and many trees are booted at once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One boot against its prediction."""

    built: bool
    """Whether Xen built every domain."""
    domains: int
    """Whose regions were predicted and compared."""
    regions: int
    """Extended regions among them, by the log."""
    read: int
    """Domains whose own reading was compared."""
    open: tuple[str, ...]
    """What was not predicted, in words."""
    mismatches: tuple[Mismatch, ...]
    starved: bool = False
    """dom0 did not get its memory, for the heap was in pieces: only compared with what is said of every heap."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A sentence, and the kind by which it is recognised again while its tree shrinks."""

    kind: str
    """`built`, `regions`, `reg`, `memory`, `log`, `banks` or `refused`."""
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


def compare(blob: bytes, booted: Booted, predict: Predict = host) -> Comparison:
    """Predict from the files, as a user would, and look for what is not as predicted."""
    if _STARVED in booted.log:
        printed = read_boot_log(booted.log, "xen.log")
        return Comparison(False, 0, 0, 0, (), tuple(_beforehand(blob, printed, booted)), starved=True)
    with tempfile.TemporaryDirectory(prefix="xen-") as name:
        tree, log = Path(name) / "host.dtb", Path(name) / "xen.log"
        tree.write_bytes(blob)
        log.write_bytes(booted.log)
        silent = b"(XEN)" not in booted.log
        asked = Asked(str(tree), release=RELEASE) if silent else Asked(str(tree), log=str(log))
        try:
            report = predict(asked)
            printed = BootLog("xen.log") if silent else read_boot_log(booted.log, "xen.log")
        except InputError as error:
            refusal = Mismatch("refused", f"verifier host refuses its input: {error}")
            return Comparison(booted.ended == "built", 0, 0, 0, (), (refusal,))
    found = _against(report, printed, booted)
    more = (*_many_banks(blob, printed), *(() if silent else _beforehand(blob, printed, booted)))
    return replace(found, mismatches=(*found.mismatches, *more))


def _many_banks(blob: bytes, printed: BootLog) -> Iterator[Mismatch]:
    """More banks of dom0 than it is said to have at most, on a heap of which Xen takes little (`heap-whole`)."""
    dom0 = printed.domain("d0")
    if dom0 is None or not dom0.banks:
        return
    board, model = host_of(read_dtb(blob, "host.dtb"), _TAG), xen(_TAG)
    given = Given(40, iommu=False)
    for subject in subjects(board, model, given):
        if subject.path is None and len(dom0.banks) > (most := most_banks(board, model, given, subject)):
            yield Mismatch("banks", f"at most {most} predicted, {len(dom0.banks)} printed")


def _beforehand(blob: bytes, log: BootLog, booted: Booted) -> Iterator[Mismatch]:
    """What is said to be built wherever dom0's memory lies, without a log, is built; so nothing starves."""
    widths = () if log.ipa_bits is None else (log.ipa_bits.value,)
    asked = Asked("host.dtb", RELEASE, iommu=bool(log.iommu), ipa_bits=widths, content=blob)
    with _SOLVER:
        report = host(asked)
    if any(each.id == "built-with" for each in report.assumptions):
        return  # Debian's Xen is not
    for each in report.maps:
        printed = log.domain(each.name)
        answers = {found.verdict for found in report.findings if _is_built(found, each)}
        if answers != {Verdict.PROVED}:
            return  # what comes after it may not be reached
        if booted.ended != "built" and (printed is None or printed.tree is None):
            yield Mismatch(
                "built", f"{each.name} was said to be in every place, and its tree was not written"
            )
            return


def _is_built(found: BoardFinding, domain: DomainMap) -> bool:
    return found.property == "built" and found.domain == domain.name


def _against(report: BoardReport, log: BootLog, booted: Booted) -> Comparison:
    built = booted.ended == "built"
    wrong = [Mismatch("log", each) for each in (*report.contradictions, *report.impossible)]
    wrong += _building(report, log, built)
    domains = regions = read = 0
    for each in report.maps:
        printed = log.domain(each.name)
        if each.extended_regions is None or printed is None or not (printed.tree or printed.extended):
            continue  # Xen stopped before the domain's regions, which is compared above
        seen = tuple(Extent(one.start, one.end) for one in printed.extended)
        domains += 1
        regions += len(seen)
        if seen != each.extended_regions:
            message = f"predicted {_shown(each.extended_regions)}, printed {_shown(seen)}"
            wrong.append(Mismatch("regions", f"{each.name}: {message}"))
        content = booted.trees.get(each.name)
        if content is not None:
            read += 1
            wrong += _reading(each, read_dtb(content, f"{each.name}.dtb"))
    return Comparison(built, domains, regions, read, report.open, tuple(wrong))


def _building(report: BoardReport, log: BootLog, built: bool) -> Iterator[Mismatch]:
    """Whether all domains were built, and those that are said to be."""
    answers = {each.boots for each in report.maps}
    if False in answers and built:
        reason = next(each.reasons[0] for each in report.maps if each.boots is False)
        yield Mismatch("built", f"every domain was; predicted was: {reason}")
    if built:
        return
    if answers == {True}:
        troubles = "; ".join(each.text for each in log.troubles) or "it says nothing"
        yield Mismatch("built", f"predicted, but Xen did not get so far: {troubles}")
    elif not log.lines and False not in answers:
        yield Mismatch("built", "Xen hangs before it has a console, and nothing that stops it was predicted")
    for each in report.maps:
        printed = log.domain(each.name)
        if each.boots and (printed is None or printed.tree is None) and False in answers:
            yield Mismatch("built", f"{each.name} was predicted to be, and its tree was not written")


def _reading(predicted: DomainMap, tree: Tree) -> Iterator[Mismatch]:
    """What a domain reads of `reg` of its hypervisor node and of its memory."""
    node = tree.at("/hypervisor")
    registers = () if node is None else _reg(tree, node)
    if predicted.registers is not None and registers != predicted.registers:
        message = f"{predicted.name} reads {_shown(registers)}, predicted {_shown(predicted.registers)}"
        yield Mismatch("reg", message)
    nodes = (each for each in tree.children(tree.root) if each.text("device_type") == "memory")
    memory = _reg(tree, next(nodes))  # of dom0 a second one holds reserved memory
    if predicted.banks is not None and _cells(tree) == (2, 2) and memory != predicted.banks:
        message = f"{predicted.name} reads {_shown(memory)}, predicted {_shown(predicted.banks)}"
        yield Mismatch("memory", message)


def _cells(tree: Tree) -> tuple[int, int]:
    """Of the root, which Xen always writes."""
    words = [tree.root.properties[f"#{kind}-cells"] for kind in ("address", "size")]
    return int.from_bytes(words[0], "big"), int.from_bytes(words[1], "big")


def _reg(tree: Tree, node: Node) -> tuple[Extent, ...]:
    address, size = (4 * count for count in _cells(tree))
    content = node.properties["reg"]
    found = []
    for at in range(0, len(content), address + size):
        start = int.from_bytes(content[at : at + address], "big")
        found.append(
            Extent(start, start + int.from_bytes(content[at + address : at + address + size], "big"))
        )
    return tuple(found)


def _shown(extents: tuple[Extent, ...]) -> str:
    return ", ".join(map(str, extents)) or "nothing"
