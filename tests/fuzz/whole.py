"""Whole answers, told in every format: a name of an input may break what prints it, not what reads it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from tests.fuzz.frame import any_of, refusable
from tests.reading.runs import runs
from verifier.commands import check_sheet, guest_report, host_report, host_sheet, pictures, sweep_task
from verifier.commands.check import check
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.host_inputs import Asked, tree_of
from verifier.layout.board_report import BoardReport
from verifier.layout.c_text import NewRegion, Wanted
from verifier.layout.define import Number
from verifier.layout.errors import InputError
from verifier.layout.sheet import Sheet
from verifier.layout.sweep import Setting, record_of
from verifier.machine import flat_tree
from verifier.machine.graft import graft
from verifier.machine.reproduce import staged
from verifier.reading.overlay import is_overlay
from verifier.reading.request import Request, load
from verifier.reports import board_json, board_text, json_format, sheets, text
from verifier.writing.write import written

_NUMBER = 0x5000_0000
GUESTS: tuple[tuple[str | None, tuple[str, ...]], ...] = ((None, ()), ("4.14.0", ("32",)))
"""Releases, and what is said of the kernel."""
AS_SHIPPED = Setting("4.17.7", "debug", False, (40,), as_shipped=True)


def told_of_board(report: BoardReport) -> None:
    """In all formats of `host` and `guest`."""
    board_text.render(report, verbose=True, quiet=False)
    board_json.render(report, verbose=True)
    _told(host_sheet.sheet(report))
    if report.offers:
        pictures.page(report)


def _told(sheet: Sheet) -> None:
    for kind in sheets.FORMATS:
        sheets.render(kind, sheet)


def host(data: bytes) -> None:
    """A board."""
    told_of_board(
        host_report.host(Asked("t.dtb", release="head", ipa_bits=(40,), iommu=True, content=data, whole=True))
    )


def grafted(data: bytes) -> None:
    """A board put on QEMU's machine, as `--reproduce` does, and written."""
    made = graft(tree_of(data, "t.dtb"), "4.17.7", iommu=True)
    flat_tree.blob(made.tree)
    if flat_tree.can_be_source(made.tree):
        flat_tree.source(made.tree)
    staged(made)


def swept(data: bytes) -> None:
    """A board of a sweep, which tells whatever is raised as an answer, and keeps it to be read again."""
    is_overlay(data)
    for each in sweep_task.records(sweep_task.Batch(data, (AS_SHIPPED,))):
        assert each.fault != "internal", each.headline
        assert record_of(json.loads(json.dumps(asdict(each)))) == each
        if each.verdict == "error":
            raise InputError(each.headline)


def logged(data: bytes, folder: Path) -> None:
    """A log, behind a byte that says of which board it is said to be."""
    (folder / "log").write_bytes(data[1:])
    trees = _trees()
    content = trees[data[0] % len(trees)] if data else trees[0]
    told_of_board(host_report.host(Asked("t.dtb", content=content, log=str(folder / "log"), repairs=False)))


@cache
def _trees() -> tuple[bytes, ...]:
    return tuple(each.blob for each in runs().values())[::12]


def logs() -> list[bytes]:
    """Logs of boots, each of its own board."""
    found = [each.log for each in runs().values()][::12]
    return [bytes([number]) + log for number, log in enumerate(found)]


def guest(data: bytes, folder: Path) -> None:
    """A configuration of xl, a guest's own tree, or a domain of a host's."""
    (folder / "guest").write_bytes(data)
    asked = [Asked(str(folder / "guest"), release=release, kernel_bits=bits) for release, bits in GUESTS]
    any_of(partial(_guest, GuestAsked(each)) for each in asked)


def _guest(asked: GuestAsked) -> None:
    told_of_board(guest_report.guest(asked))


def layout(data: bytes) -> None:
    """A header, model or patch, proved or refuted."""
    report = check(Request("t.h", content=data, ipa_bits=(40,), timeout=2.0), repairs=False)
    text.render(report, verbose=True, quiet=False)
    json_format.render(report, verbose=True)
    _told(check_sheet.sheet(report))
    pictures.page(report)


def edited(data: bytes) -> None:
    """A header, with another number for its first macros that have one, and a new region: a patch of it."""
    found = load(Request("t.h", content=data, policy="none"))
    names = [name for name, define in found.layout.defines.items() if isinstance(define.value, Number)]
    for changed in (names[:1], names[-2:], []):
        region = NewRegion("GUEST_NEW", _NUMBER, 1 << 20)
        with refusable() if changed else nullcontext():
            written(found, Wanted(dict.fromkeys(changed, _NUMBER), () if changed else (region,)))
