"""The work of a sweep: one board under some settings. What comes out depends on what goes in and on nothing else.

Both the processes of this machine and those of a cluster call it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from verifier.commands.host_inputs import Asked, tree_of
from verifier.commands.host_machine import Machine, machine_of
from verifier.commands.host_report import host
from verifier.commands.sweep_stamp import stamp
from verifier.layout.board_finding import EFFECTS, BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.device_tree import Tree
from verifier.layout.errors import InputError
from verifier.layout.obstacle import BoardMap
from verifier.layout.sweep import Outcome, Record, Setting
from verifier.layout.units import one_line
from verifier.reading.as_shipped import has_empty_banks, without_empty_banks
from verifier.reading.board_map import board_map
from verifier.reports.board_headline import headline
from verifier.xen.release import Build

REGIONS = "extended-regions"
"""What stands for a property where the regions are open that all of them are about."""
_NAME = "the board"
"""Of every file: two files with one content have one answer."""
_MOST_WORDS = 600
"""Characters of a message that are kept."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One board, and the settings under which it is to be judged: a tree is read once for all of them."""

    content: bytes = field(repr=False)
    settings: tuple[Setting, ...]
    stamp: str = field(default_factory=stamp)
    """Of the tool that asks: another one, or this one changed meanwhile, would give other answers."""
    fault: str = ""
    """Why the content could not be had; then it is empty, and there is nothing to be known of it."""


def records(batch: Batch) -> tuple[Record, ...]:
    """One for each setting, in their order. Raises RuntimeError if this is not the tool that asks."""
    if batch.stamp != stamp():
        raise RuntimeError("the worker has another verifier than the one that asks: install the same")
    return tuple(_record(batch, each) for each in batch.settings)


def _record(batch: Batch, setting: Setting) -> Record:
    """What one setting gives; whatever is raised, but for a lack of memory, is the answer."""
    started = time.process_time()
    if batch.fault:
        return Record("error", one_line(f"no answer: {batch.fault}"), fault="lost")
    try:
        found = _judged(batch.content, setting)
    except InputError as fault:
        place = f"line {fault.line}: " if fault.line else ""
        found = Record("error", one_line(f"cannot be read: {place}{fault.message}"), fault="input")
    except MemoryError:
        raise  # this process has come to its limit, and is not to go on
    except Exception as fault:  # noqa: BLE001  # a defect of this tool must not end a sweep; it is told as one
        said = one_line(f"{type(fault).__name__}: {fault}")[:_MOST_WORDS]
        found = Record("error", f"internal error: {said}", fault="internal")
    return replace(found, seconds=round(time.process_time() - started, 4))


def _judged(content: bytes, setting: Setting) -> Record:
    machine = _machine(content, setting.release, as_shipped=setting.as_shipped)
    build: Build = "debug" if setting.build == "debug" else "release"
    report = host(
        Asked(
            _NAME,
            release=setting.release,
            build=build,
            iommu=setting.iommu,
            ipa_bits=setting.ipa_bits,
            consumers=setting.consumers,
            repairs=False,
            content=content,
            machine=machine,
        )
    )
    told = outcomes(report)
    proved = {(each.domain, each.property) for each in report.findings if each.verdict == "proved"}
    proved -= {(each.domain, each.property) for each in told}
    tree = machine.tree
    return Record(
        report.verdict, one_line(headline(report)), _vendor(tree), len(proved), told, has_empty_banks(tree)
    )


@lru_cache(maxsize=4)
def _machine(content: bytes, release: str, *, as_shipped: bool) -> Machine:
    """The settings of a board come one after the other, and two of them differ in nothing that is read."""
    tree, described = _tree(content, as_shipped=as_shipped)
    return machine_of(tree, release, None, {}, described)


@lru_cache(maxsize=1)
def _tree(content: bytes, *, as_shipped: bool) -> tuple[Tree, BoardMap]:
    tree = tree_of(content, _NAME)
    tree = without_empty_banks(tree) if as_shipped else tree
    return tree, board_map(tree)


def _vendor(tree: Tree) -> str:
    """`fsl` of `kontron,sl28`, `fsl,ls1028a`: the last `compatible` of the root is the most general one."""
    names = [each for each in tree.root.strings("compatible") if "," in each]
    return one_line(names[-1].partition(",")[0][:40]) if names else ""


def outcomes(report: BoardReport) -> tuple[Outcome, ...]:
    """Refuted and open properties by domain, the refuted first; what is open is told as `report.open` tells it."""
    groups: dict[tuple[str, str, str], list[BoardFinding]] = {}
    for each in report.findings:
        if each.verdict in ("refuted", "unknown"):
            groups.setdefault((each.domain, each.property, str(each.verdict)), []).append(each)
    told = [
        _outcome(group) for key, group in groups.items() if key[2] == "refuted" or _refuted(key) not in groups
    ]
    properties = {f"{each.property} of {each.domain}" for each in told}
    others = (each for each in report.open if each not in properties)
    return (*sorted(told, key=lambda each: each.verdict), *(_open(each) for each in others))


def _refuted(key: tuple[str, str, str]) -> tuple[str, str, str]:
    return *key[:2], "refuted"


def _open(words: str) -> Outcome:
    """What is open and no property: `the extended regions of d0`."""
    what, _, domain = words.rpartition(" of ")
    return Outcome(REGIONS, domain if what else "", "unknown", "", 1, 0, f"{words} are open")


def _outcome(group: Sequence[BoardFinding]) -> Outcome:
    """Of findings of one property, domain and verdict."""
    largest = max(group, key=_size)
    effects = [each.effect for each in group if each.effect]
    return Outcome(
        largest.property,
        largest.domain,
        str(largest.verdict),
        min(effects, key=EFFECTS.index, default=""),
        len(group),
        _size(largest),
        one_line(largest.message)[:_MOST_WORDS],
        any(each.more for each in group),
    )


def _size(finding: BoardFinding) -> int:
    return 0 if finding.overlap is None else finding.overlap.size
