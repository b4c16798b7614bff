"""`verifier host`: what Xen gives the domains that it builds on a board, and whether a log agrees."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import click

from verifier.commands.options import FORMATS, UNDECIDED, deliver, targets_of
from verifier.layout.boot import BootLog, DomainLog, Stretch
from verifier.layout.domain_map import Agreement, BoardReport, DomainMap, Extent
from verifier.layout.errors import InputError
from verifier.layout.host import Host
from verifier.reading import models
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.reading.ranges import range_of
from verifier.reports import board_json, board_text
from verifier.xen.against_log import compared, contradictions, settled
from verifier.xen.host_regions import predict
from verifier.xen.release import Build, xen
from verifier.xen.subjects import Given

_EXITS = {"proved": 0, "refuted": 1, "unknown": UNDECIDED}
_MOST_BYTES = 1 << 27


@dataclass(frozen=True, slots=True)
class Asked:
    """The options; None and empty where they leave it to the log or to the release."""

    tree: str
    release: str | None = None
    build: Build | None = None
    iommu: bool | None = None
    ipa_bits: tuple[int, ...] = ()
    dom0_banks: tuple[Extent, ...] = ()
    grant_table: Extent | None = None
    ram: tuple[Extent, ...] = ()
    log: str | None = None
    domain: str | None = None


def host(asked: Asked) -> BoardReport:
    """Predict every domain for each width and IOMMU setting; compare with the log. Raises InputError."""
    content = _read(asked.tree)
    log = None if asked.log is None else read_boot_log(_read(asked.log), asked.log)
    tag = models.tag_of(asked.release or _logged_release(log) or "head")
    build: Build = asked.build or ("debug" if log is not None and log.debug else "release")
    board, model = host_of(read_dtb(content, asked.tree), tag), xen(tag, build)
    maps: list[DomainMap] = []
    agreements: list[Agreement] = []
    for given in _settings(asked, log, tag):
        predicted = predict(board, model, given)
        maps += predicted if log is None else settled(predicted, log)
        agreements += [] if log is None else compared(board, model, given, log)
    wanted = _wanted(board, asked.domain)
    return BoardReport(
        asked.tree,
        hashlib.sha256(content).hexdigest(),
        tag,
        build,
        tuple(each for each in maps if wanted in (None, each.name)),
        asked.log,
        tuple(each for each in agreements if wanted in (None, each.name)),
        tuple(f"{fault}" for fault in board.faults if fault.effect in ("ends-scan", "ignored")),
        () if log is None else contradictions(maps, log),
    )


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise InputError(f"cannot be read: {reason[:1].lower()}{reason[1:]}", name) from None
    if len(content) > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES >> 20} MiB", name)
    return content


def _logged_release(log: BootLog | None) -> str | None:
    """The release that a log names; head for one that was not released."""
    if log is None or log.version is None:
        return None
    return log.version if models.is_release(log.version) else "head"


def _settings(asked: Asked, log: BootLog | None, tag: str) -> tuple[Given, ...]:
    """One for each width and IOMMU setting. Raises InputError for a width that the release never has."""
    known = [width.bits for width in models.facts(tag, "arm64").widths]
    logged = () if log is None or log.ipa_bits is None else (log.ipa_bits.value,)
    widths = asked.ipa_bits or logged or tuple(known)
    for bits in widths:
        if bits not in known:
            raise InputError(f"xen {tag} on arm64 never runs with {bits} ipa bits; it has {known}")
    logged_iommu = None if log is None else log.iommu
    iommu = asked.iommu if asked.iommu is not None else logged_iommu
    d0 = (log.domain("d0") if log is not None else None) or DomainLog("d0")
    grant = asked.grant_table or (None if d0.grant_table is None else _extents((d0.grant_table,))[0])
    ram = asked.ram or (() if log is None else _extents(log.memory))
    return tuple(
        Given(bits, each, ram or None, asked.dom0_banks or _extents(d0.banks) or None, grant)
        for bits, each in product(widths, (False, True) if iommu is None else (iommu,))
    )


def _extents(stretches: tuple[Stretch, ...]) -> tuple[Extent, ...]:
    return tuple(Extent(each.start, each.end) for each in stretches)


def _wanted(board: Host, domain: str | None) -> str | None:
    """The name in Xen's log of the domain asked for. Raises InputError for one that is not there."""
    if domain is None:
        return None
    names = [] if board.dom0less else ["d0"]
    for each in board.domains:
        names.append(f"d{each.number}")
        if each.name == domain:
            return names[-1]
    if domain not in names:
        raise InputError(f'no domain "{domain}"; there are {", ".join(names)}', board.file)
    return domain


@click.command()
@click.argument("tree", metavar="HOST.dtb")
@click.option("--xen", "release", metavar="RELEASE", help="Release of Xen (default: the log's, else head).")
@click.option(
    "--build",
    type=click.Choice(["release", "debug"]),
    help="A debug build stops at failed assertions (default: the log's, else release).",
)
@click.option("--iommu/--no-iommu", default=None, help="I/O virtualisation (default: the log's, else both).")
@click.option(
    "--ipa-bits",
    type=int,
    multiple=True,
    metavar="N",
    help="Width of the address space; repeatable (default: the log's, else all of the release).",
)
@click.option(
    "--dom0-bank",
    "banks",
    multiple=True,
    metavar="RANGE",
    help="A RAM bank of dom0, START-END or START+SIZE; repeatable (default: the log's).",
)
@click.option("--grant-table", metavar="RANGE", help="dom0's grant region (default: the log's).")
@click.option(
    "--ram",
    multiple=True,
    metavar="RANGE",
    help="A bank of host memory; repeatable (default: the log's, else the device tree's).",
)
@click.option("--log", metavar="FILE", help="Boot log of Xen (serial or xl dmesg) to compare with.")
@click.option("--domain", metavar="dN|NAME", help="Only this domain (default: all).")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=FILE]",
    help=f"{' or '.join(FORMATS)}; with =FILE into a file; repeatable (default: text).",
)
@click.option("-o", "--output", "target", metavar="FILE", help="Write to FILE instead of standard output.")
def command(
    tree: str,
    banks: tuple[str, ...],
    grant_table: str | None,
    ram: tuple[str, ...],
    formats: tuple[str, ...],
    target: str | None,
    **options: Any,
) -> None:
    """Predict what Xen gives to dom0 and to the domains of a host device tree.

    Extended regions, grant region, what the domain reads of them, and whether Xen gets so far; with
    --log, whether Xen did so. Exit status: 0 predicted, and as logged; 1 the log disagrees; 3 an input
    is open.
    """
    targets = targets_of(formats, target)
    asked = Asked(
        tree,
        dom0_banks=tuple(map(range_of, banks)),
        grant_table=None if grant_table is None else range_of(grant_table),
        ram=tuple(map(range_of, ram)),
        **options,
    )
    report = host(asked)
    for kind, name in targets:
        render = board_json.render if kind == "json" else board_text.render
        deliver(name, render(report), coloured=kind == "text")
    raise SystemExit(_EXITS[report.verdict])
