"""The chart of a board's domains, or of a guest: what they have beside what they are offered, in every setting reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.layout.board_picture import Band, Scene, board_picture
from verifier.layout.board_report import BoardReport
from verifier.layout.box import Box
from verifier.layout.chart import ALWAYS, Block, Chart, Column, Control, Fill
from verifier.layout.domain_map import Extent, SizeRegime
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer
from verifier.layout.units import plural
from verifier.reports.board_text import headline_of_board
from verifier.reports.chart_board_conflicts import conflicts

_FOLDED = 4
"""Obstacles of one kind, close to each other, that are one block."""
_MUST = {
    "device": "no extended region may cover it: accesses would reach the device",
    "pci-window": "no extended region may cover it: accesses would reach a PCI device",
    "memory": "RAM of the host: with an IOMMU no extended region may cover it, without one they all lie in it",
    "reserved-memory": "no extended region may cover it: it is reserved",
    "disabled-memory": "no extended region may cover it: it is described as memory",
    "memreserve": "no extended region may cover it: it is reserved",
    "domain-ram": "no extended region may cover it: it is RAM of the domain",
    "grant-region": "no extended region may cover it: the guest puts its grant table there",
    "shared-memory": "no extended region may cover it: it is shared memory of the domain",
    "passthrough": "no extended region may cover it: a device of the host is mapped there",
    "layout": "no extended region may cover it: the guest has it there",
    "extended": "must be free: it avoids all that the domain has, begins at a multiple of 2 MiB and has 64 MiB or more",
    "lost": "has to be offered, and is not",
    "dropped": "would be offered if Xen took more regions",
}
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
    notes: tuple[str, ...] = ()

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
    for offer, scene in board.scenes:
        for block in _blocks(offer, scene, is_host=is_host):
            found.setdefault(repr(block), (block, {}))[1][board.setting(offer)] = None
    blocks = [
        replace(block, when=tuple(_with(box, block) for box in boxes(own, board.settings)))
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
        notes=tuple(
            dict.fromkeys((*board.notes, *(note for offer, _ in board.scenes for note in _undrawn(offer))))
        ),
    )


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
        must = region.doubt or _MUST["extended"]
        origin = "the log" if region.is_logged else offer.domain.producer or ""
        yield Block(
            region.name, kind, region.extent.start, region.extent.end, column, origin, constraint=must
        )
    for kind, extents in (("lost", scene.lost), ("dropped", scene.dropped)):
        for extent in extents:
            yield Block(f"({kind})", kind, extent.start, extent.end, int(is_host), "", constraint=_MUST[kind])
    if sizes:
        yield from _of_memory(offer)


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
            constraint=_MUST.get(kind, ""),
        )


def _block(each: Obstacle) -> Block:
    return Block(
        each.path or each.origin,
        each.kind,
        each.extent.start,
        each.extent.end,
        0,
        each.origin,
        constraint=_MUST.get(each.kind, ""),
    )


def _of_memory(offer: Offer) -> Iterator[Block]:
    """RAM, and the regions for every size."""
    fills = list(_fills(offer))
    for index, (window, fill) in enumerate(zip(offer.windows, fills, strict=True)):
        extent = window.extent
        yield Block(f"RAM bank {index}", "domain-ram", extent.start, extent.end, 0, window.name, fill=fill,
                    constraint=_MUST["domain-ram"])  # fmt: skip
    yield from (block for block in _regions_of_memory(offer, fills) if block is not None)


def _fills(offer: Offer) -> Iterator[Fill]:
    """Windows fill in order."""
    before = 0
    for window in offer.windows:
        yield Fill(window.extent.start, window.extent.size, before)
        before += window.extent.size


def _regions_of_memory(offer: Offer, fills: Sequence[Fill]) -> Iterator[Block | None]:
    """A region for all sizes of a regime: fixed, or behind what memory uses of a window; None if it is neither."""
    for regime in offer.domain.sizes:
        for index, (first, last) in enumerate(zip(regime.at_least, regime.at_most, strict=True)):
            block = Block(
                f"extended region {index}",
                "extended",
                first.start,
                last.end,
                0,
                offer.domain.producer or "",
                (Box({}, {"memory": (regime.least, regime.most)}),),
                constraint=_MUST["extended"],
            )
            yield (
                block
                if first == last
                else _moving(block, regime, (first, last), fills, offer.domain.ipa_bits)
            )


def _moving(
    block: Block, regime: SizeRegime, wanted: tuple[Extent, Extent], fills: Sequence[Fill], bits: int
) -> Block | None:
    """The block behind a window's memory, if it is what is wanted for the least and for the most size."""
    ends = [(each.start, each.end) for each in wanted]
    for fill in fills:
        moving = replace(block, fill=replace(fill, is_rest=True))
        if [
            moving.extent({"memory": size, "ipa_bits": bits}) for size in (regime.least, regime.most)
        ] == ends:
            return moving
    return None


def _undrawn(offer: Offer) -> Iterator[str]:
    fills = list(_fills(offer))
    if any(each is None for each in _regions_of_memory(offer, fills)):
        yield "not drawn: extended regions that depend on the memory in another way than by what it uses of a window"
