"""`verifier map` of a board as text, in ASCII: one row for each band, region and kind of obstacle."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.board_picture import Band, BoardDrawing, BoardPicture, Drawn, rivals
from verifier.layout.obstacle import Obstacle
from verifier.layout.units import one_line, plural
from verifier.reports import rows
from verifier.reports.rows import FREE, WIDTH, Row

MOST_OF_NAME = 64
"""Columns of a name; of a longer one the middle is left out, but for --verbose."""
_MOST_PADDED = 40
_FEW = 3
"""Things that are not drawn and told all the same."""
_ONE = {
    "pci-window": "PCI window",
    "memory": "RAM",
    "disabled-memory": "disabled memory",
    "reserved-memory": "reserved memory",
    "shared-memory": "shared memory",
    "passthrough": "passed through",
}
_MANY = {
    "device": ("ranges", "device", "devices"),
    "pci-window": ("windows", "PCI host bridge", "PCI host bridges"),
    "memory": ("banks", "node of RAM", "nodes of RAM"),
    "disabled-memory": ("banks", "node of disabled memory", "nodes of disabled memory"),
    "reserved-memory": ("ranges", "node of reserved memory", "nodes of reserved memory"),
    "memreserve": ("entries", "memory reserve map", ""),
    "domain-ram": ("RAM banks", "", ""),
    "shared-memory": ("ranges", "shared memory", "shared memories"),
    "passthrough": ("ranges passed through", "", ""),
    "layout": ("ranges of the guest layout", "", ""),
}
"""Of a kind: its entries, and the nodes that have them."""
_FOLDED = 3
"""From so many of a kind on, fewer rows tell them than one for each."""
_SPACES = {"memory": "the host's RAM", "window": "the RAM windows of the guest layout"}


def render(drawing: BoardDrawing, *, verbose: bool = False) -> str:
    """A sentence, the picture, how to read it, what is not drawn; `verbose` shortens no name and no list."""
    return units.printable("\n".join(_document(drawing, verbose=verbose)) + "\n")


def _document(drawing: BoardDrawing, *, verbose: bool) -> Iterator[str]:
    yield _headline(drawing)
    yield from (f"  {one_line(note)}" for note in drawing.notes)
    yield ""
    yield from lines(drawing.picture, verbose=verbose)
    yield ""
    yield rows.HOW_TO_READ
    yield from _legend(drawing.picture, verbose=verbose)
    shown = drawing.undrawn if verbose else drawing.undrawn[:_FEW]
    yield from (f"not drawn: {one_line(each)}" for each in shown)
    if len(shown) < len(drawing.undrawn):
        yield f"not drawn: {len(drawing.undrawn) - len(shown)} more (-v)"


def _headline(drawing: BoardDrawing) -> str:
    domain, picture = drawing.domain, drawing.picture
    count = sum(not each.is_logged for each in picture.scene.regions)
    offered = f"{count} extended {plural(count, 'region')}"
    if domain.extended_regions is None:
        offered = "extended regions open"
    elif count:
        offered += f", {units.size(picture.offered)} of {units.size(picture.scene.top)} offered"
    lost = sum(each.size for each in picture.scene.lost)
    conflicts = picture.conflicts
    return (
        f"{one_line(drawing.file)}: {domain.name} of xen {drawing.release} ({drawing.build} build), {domain.ipa_bits} ipa "
        f"bits, {'with' if domain.iommu else 'without'} IOMMU: {offered}"
        + (f", {units.size(lost)} lost" if lost else "")
        + (f", {conflicts} {plural(conflicts, 'conflict')}" if conflicts else "")
    )


def _legend(picture: BoardPicture, *, verbose: bool) -> Iterator[str]:
    where = _SPACES.get(picture.scene.inside)
    doubts = any(each.doubt for each in picture.scene.regions)
    yield (
        f"In a bar : is offered, # taken, . neither{', ! both' if picture.conflicts else ''}"
        f"{', ? perhaps offered' if doubts else ''}."
    )
    if where:
        yield f"Regions are offered in {where} alone."
    if not verbose and any(len(each.obstacles) >= _FOLDED for each in picture.bands):
        yield "Neighbours of one kind are one row, with the free space below 64 MiB between them (-v: each)."


def lines(picture: BoardPicture, room: int = WIDTH, *, verbose: bool = False) -> Iterator[str]:
    """The rows of a picture by address, and a line at the end of the address space.

    A row has range (end exclusive), size, bar, name, what there is to say of it, and `!` (`?` where it is not known)
    with what is wrong. A mark that does not fit into `room` columns has a row of its own.
    """
    top = picture.scene.top
    bands = [each for each in picture.bands if each.start < top or each.regions or each.obstacles]
    told = [list(_rows(band, picture, verbose=verbose)) for band in bands]
    names = (row.name for each in told for row in each if row.note and len(row.name) <= _MOST_PADDED)
    columns = rows.columns([(each.start, each.end) for each in bands], top, names)
    is_below = True
    for band, each in zip(bands, told, strict=True):
        if is_below and band.start >= top:
            yield rows.end_of_space(picture.scene.bits, columns)
            is_below = False
        yield from rows.drawn(band.start, band.end, _character(band, each), each, columns, room)
    if is_below:
        yield rows.end_of_space(picture.scene.bits, columns)


def _character(band: Band, told: list[Row]) -> str:
    """What a bar is made of: `:` offered, `#` taken, `.` neither, `!` wrong, `?` perhaps wrong."""
    marks = {row.mark[:1] for row in told}
    if "!" in marks or "?" in marks:
        return "!" if "!" in marks else "?"
    if band.obstacles:
        return "#"
    return ":" if band.regions else "."


def _rows(band: Band, picture: BoardPicture, *, verbose: bool) -> Iterator[Row]:
    for index, region in enumerate(band.regions):
        yield _region(region, index, band, picture)
    for kind in dict.fromkeys(each.kind for each in band.obstacles):
        same = [each for each in band.obstacles if each.kind == kind]
        if verbose or len(same) < _FOLDED:
            yield from (_obstacle(each, band, verbose=verbose) for each in same)
        else:
            yield from _folded(same, band)
    if not band.regions and not band.obstacles:
        yield _free(band)


def _free(band: Band) -> Row:
    inside = _inside(band)
    if band.mark == "lost":
        return Row("(lost)", ", ".join(filter(None, ("has to be offered, and is not", inside))))
    if band.mark == "dropped":
        return Row("(dropped)", ", ".join(filter(None, ("Xen takes no more regions", inside))))
    return Row(FREE, inside)


def _inside(band: Band) -> str:
    names = [_short(each.name) for each in band.grounds]
    return f"in {units.listing(names)}" if names else ""


def _region(region: Drawn, index: int, band: Band, picture: BoardPicture) -> Row:
    scene = picture.scene
    note = ", ".join(filter(None, (_part(band, region.extent.start, region.extent.end), _inside(band))))
    found = [
        f"overlaps {each.name} by {units.size(band.size)}" for each in rivals(region, band.regions[:index])
    ]
    if band.start >= scene.top:
        found.append(f"{units.size(band.size)} beyond the end")
    elif scene.inside and all(each.kind != scene.inside for each in band.grounds):
        found.append(f"{units.size(band.size)} outside {_SPACES[scene.inside]}")
    marks = [f"! {', '.join(found)}"] if found else []
    return Row(region.name, note, "  ".join([*marks, *([f"? {region.doubt}"] if region.doubt else [])]))


def _obstacle(each: Obstacle, band: Band, *, verbose: bool) -> Row:
    own = band.part(each.extent)
    where = (
        _part(band, each.extent.start, each.extent.end)
        if own.size == band.size
        else f"{each.extent} ({units.size(each.extent.size)})"
    )
    note = ", ".join(filter(None, (_ONE.get(each.kind, ""), where, "" if band.regions else _inside(band))))
    name = one_line(each.name) if verbose else _short(each.name)
    return Row(name, note, _conflict(band, [each]))


def _folded(same: list[Obstacle], band: Band) -> Iterator[Row]:
    """Several of one kind: how many, how much of the band is theirs, the first and the last."""
    taken = band.taken(same)
    old = sum(each.extent.start < band.start for each in same)
    notes = (
        f"{units.size(taken)} of it" if taken < band.size else "",
        f"{old} continued" if old else "",
        "" if band.regions else _inside(band),
    )
    yield Row(_counted(same), ", ".join(filter(None, notes)))
    yield Row(f"  {_short(same[0].name)} to {_short(same[-1].name)}", "", _conflict(band, same))


def _counted(same: list[Obstacle]) -> str:
    """`37 devices`, `7 windows of 1 PCI host bridge`."""
    entries, node, several = _MANY.get(same[0].kind, ("ranges", "", ""))
    nodes = len({each.path for each in same})
    if several and nodes == len(same):
        return f"{nodes} {several}"
    return f"{len(same)} {entries}" + (f" of {nodes} {node if nodes == 1 else several}" if several else "")


def _part(band: Band, start: int, end: int) -> str:
    return rows.part_of(band.size, band.start, start, end - start)


def _conflict(band: Band, obstacles: list[Obstacle]) -> str:
    """Which regions lie over some obstacles of a band, and by how much."""
    shared = units.size(band.taken(obstacles))
    return "  ".join(
        f"? may overlap {each.name} by {shared}" if each.doubt else f"! overlaps {each.name} by {shared}"
        for each in band.regions
    )


def _short(name: str) -> str:
    """On one line, and without its middle if it is long."""
    name = one_line(name)
    if len(name) <= MOST_OF_NAME:
        return name
    return f"{name[:20]}...{name[23 - MOST_OF_NAME :]}"
