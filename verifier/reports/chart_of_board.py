"""The chart of a board's domains, or of a guest: what they have beside what they are offered, in every setting reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.layout.board_picture import Band, Scene, board_picture
from verifier.layout.board_report import BoardReport
from verifier.layout.box import Box
from verifier.layout.chart import ALWAYS, Block, Chart, Column, Control, Remark
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer
from verifier.layout.units import plural, sized
from verifier.reports.board_headline import settings_text
from verifier.reports.board_text import headline_of_board
from verifier.reports.chart_board_conflicts import conflicts
from verifier.reports.chart_board_folds import folded
from verifier.reports.chart_board_memory import MUST, of_memory, undrawn

_FOLDED = 4
"""Obstacles of one kind, close to each other, that are one block."""
_MANY = {
    "device": "device",
    "pci-window": "PCI window",
    "reserved-memory": "reserved range",
    "memory": "bank of RAM",
}
"""Kinds of which a host has many."""
Setting = tuple[int, int, int]
"""Domain by its place, width, IOMMU."""


@dataclass(frozen=True, slots=True)
class Board:
    """What a chart of boards is made of."""

    report: BoardReport
    scenes: tuple[tuple[Offer, Scene], ...]
    """Each domain under each setting."""
    first: Offer
    """The one that is seen first."""
    notes: tuple[tuple[Offer, str], ...] = ()
    """What is to be said of each setting."""

    @property
    def domains(self) -> tuple[str, ...]:
        """Names in the order of the report."""
        return tuple(dict.fromkeys(offer.name for offer, _ in self.scenes))

    def setting(self, offer: Offer) -> Setting:
        """Of one offer."""
        return self.domains.index(offer.name), offer.domain.ipa_bits, int(offer.domain.iommu)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All that there are."""
        return tuple(dict.fromkeys(self.setting(offer) for offer, _ in self.scenes))


def of_board(board: Board) -> Chart:
    """One column for a guest; for a domain with the host's addresses what is in use, and what Xen offers."""
    report, is_host = board.report, any(offer.host_layout for offer, _ in board.scenes)
    found: dict[str, tuple[Block, dict[Setting, None]]] = {}
    notes = list(board.notes)
    for offer, scene in board.scenes:
        drawn, told = folded([*_blocks(offer, scene, is_host=is_host)])
        notes += ((offer, note) for note in told)
        for block in drawn:
            found.setdefault(repr(block), (block, {}))[1][board.setting(offer)] = None
    blocks = [
        replace(
            block,
            when=tuple(_with(box, block) for box in boxes(own, board.settings)),
            presence=", ".join(filter(None, (_words(own, board), _sizes(block)))),
        )
        for block, own in found.values()
    ]
    controls = tuple(_controls(board))
    return Chart(
        f"a guest of xen {report.release}" if report.kind == "options" else report.file,
        headline_of_board(report),
        report.verdict,
        tuple(_columns(board, is_host=is_host)),
        tuple(blocks),
        tuple(conflicts(report, board.domains, board.settings, blocks, is_host=is_host)),
        controls,
        tuple(sorted({bits for _, bits, _ in board.settings})),
        has_overview=False,
        remarks=tuple(_remarks(board, notes)),
    )


def _remarks(board: Board, notes: Iterable[tuple[Offer, str]]) -> Iterator[Remark]:
    """Each once, with the settings that it is said of, if these are not all."""
    found: dict[str, dict[Setting, None]] = {}
    of_memory = ((offer, note) for offer, _ in board.scenes for note in undrawn(offer))
    for offer, note in (*notes, *of_memory):
        found.setdefault(note, {})[board.setting(offer)] = None
    for note, own in found.items():
        where = _words(own, board)
        yield Remark(f"{where}: {note}" if where else note, boxes(own, board.settings))


def _words(own: Iterable[Setting], board: Board) -> str:
    """`d0: 44 or 48 ipa bits, with IOMMU`; empty if it is all settings."""
    some = set(own)
    if some == set(board.settings):
        return ""
    told = []
    for index, name in enumerate(board.domains):
        every = _of(board.settings, index)
        mine = _of(some, index)
        if mine:
            where = "" if mine == every else settings_text(mine, every)
            told.append(": ".join(filter(None, (name if len(board.domains) > 1 else "", where))))
    return "; ".join(told)


def _of(settings: Iterable[Setting], domain: int) -> tuple[tuple[int, bool], ...]:
    return tuple(sorted((bits, bool(iommu)) for index, bits, iommu in settings if index == domain))


def _sizes(block: Block) -> str:
    """`memory 0x100000 (1 MiB) to 0xbc000000 (3008 MiB)`."""
    low, high = block.when[0].counts.get("memory", (0, 0))
    return f"memory {sized(low)} to {sized(high)}" if high else ""


def boxes(some: Iterable[Setting], every: Sequence[Setting]) -> tuple[Box, ...]:
    """Settings as conditions, as few as there are domains and IOMMU settings."""
    chosen = dict.fromkeys(some)
    if len(chosen) == len(every):
        return ALWAYS
    groups: dict[tuple[int, int], list[int]] = {}
    for domain, bits, iommu in chosen:
        groups.setdefault((domain, iommu), []).append(bits)
    return tuple(
        Box({"domain": (domain,), "iommu": (iommu,), "ipa_bits": tuple(widths)})
        for (domain, iommu), widths in groups.items()
    )


def _with(box: Box, block: Block) -> Box:
    """The condition with the sizes of memory that the block has of its own."""
    return Box(box.choices, block.when[0].counts)


def _columns(board: Board, *, is_host: bool) -> Iterator[Column]:
    release = f"xen {board.report.release} ({board.report.build} build)"
    there = _all(board.settings)
    if not is_host:
        yield Column(board.domains[0] if len(board.domains) == 1 else "the domain", release, has=there)
        return
    yield Column("in use", "devices, RAM, windows", has=there)
    yield Column("offered as extended regions", release, has=there)
    if any(region.is_logged for _, scene in board.scenes for region in scene.regions):
        yield Column("regions of the log", "where they differ", has=there)


def _all(settings: Sequence[Setting]) -> tuple[Box, ...]:
    """As conditions: not every width goes with every domain."""
    return boxes(settings, [*settings, (-1, -1, -1)])


def _controls(board: Board) -> Iterator[Control]:
    domain, bits, iommu = board.setting(board.first)
    yield Control("domain", "domain", domain, tuple(enumerate(board.domains)))
    widths = sorted({width for _, width, _ in board.settings})
    yield Control("ipa_bits", "address width", bits, tuple((width, f"{width} bits") for width in widths))
    settings = sorted({setting for _, _, setting in board.settings})
    words = ("without IOMMU", "with IOMMU")
    yield Control("iommu", "IOMMU", iommu, tuple((setting, words[setting]) for setting in settings))
    sizes = [each for offer, _ in board.scenes for each in offer.domain.sizes]
    if sizes:
        unit = next(offer.guest.memory_unit for offer, _ in board.scenes if offer.guest is not None)
        low, high = min(each.least for each in sizes), max(each.most for each in sizes)
        stops = {border for each in sizes for border in (each.least, each.most)}
        yield Control("memory", "guest memory", min(1 << 30, high), (), low, high, unit, tuple(sorted(stops)))


def _blocks(offer: Offer, scene: Scene, *, is_host: bool) -> Iterator[Block]:
    """Of one setting; what depends on memory has its sizes in `when`."""
    sizes = offer.domain.sizes
    given = tuple(each for each in scene.obstacles if not (sizes and each.kind == "domain-ram"))
    grounds = tuple(each for each in scene.grounds if each.kind != "window")
    for band in board_picture(replace(scene, obstacles=given, regions=(), grounds=grounds)).bands:
        yield from _taken(band)
    yield from (_block(each) for each in grounds)
    for region in scene.regions:
        column = 0 if not is_host else 2 if region.is_logged else 1
        kind = "logged" if region.is_logged else "extended"
        must = region.doubt or MUST["extended"]
        origin = "the log" if region.is_logged else offer.domain.producer or ""
        yield Block(
            region.name, kind, region.extent.start, region.extent.end, column, origin, constraint=must
        )
    for kind, extents in (("lost", scene.lost), ("dropped", scene.dropped)):
        for extent in extents:
            yield Block(f"({kind})", kind, extent.start, extent.end, int(is_host), "", constraint=MUST[kind])
    if sizes:
        yield from of_memory(offer)


def _taken(band: Band) -> Iterator[Block]:
    """What begins in a band: one by one, or many of one kind as one."""
    for kind in dict.fromkeys(each.kind for each in band.begun):
        same = [each for each in band.begun if each.kind == kind]
        if kind not in _MANY or len(same) < _FOLDED:
            yield from map(_block, same)
            continue
        start, end = same[0].extent.start, max(min(each.extent.end, band.end) for each in same)
        names = f"{same[0].name} to {same[-1].name}"
        yield Block(
            f"{len(same)} {plural(len(same), _MANY[kind])}",
            kind,
            start,
            end,
            0,
            names,
            constraint=MUST.get(kind, ""),
        )


def _block(each: Obstacle) -> Block:
    return Block(
        each.path or each.origin,
        each.kind,
        each.extent.start,
        each.extent.end,
        0,
        each.origin,
        constraint=MUST.get(each.kind, ""),
    )
