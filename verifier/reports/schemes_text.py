"""`verifier schemes` as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from verifier.layout.adjacency import Shattered
from verifier.layout.domain_map import Extent
from verifier.layout.scheme_report import (
    BREAKS,
    GUESTS,
    HOST,
    SOUND,
    STEALS,
    XENS,
    Cell,
    Cost,
    Example,
    HeuristicFound,
    Part,
    SchemeFound,
    SchemesReport,
)
from verifier.layout.theorem_report import runs
from verifier.layout.units import hexa, listing, printable, size, sized

WIDTH = 120
_MOST_NAMES = 4


def render(report: SchemesReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report, or its first line; `verbose` adds every kernel and release, sources, obligations and times."""
    lines = [headline(report), *(() if quiet else _Text(report, verbose=verbose).lines())]
    return printable("\n".join(lines) + "\n")


def headline(report: SchemesReport) -> str:
    """One sentence: which schemes break nothing, and what the others break."""
    if report.undecided:
        return (
            f"schemes: {report.undecided} of the cells and heuristics are open, so no scheme is called sound"
        )
    good = [each for each in report.schemes if not each.breaks]
    first = "each scheme breaks something"
    if good:
        rules = sorted({each.scheme.rule for each in good if not each.scheme.known})
        to_come = f", if their guests, still to be written, follow {listing(rules)}" if rules else ""
        first = f"{listing([each.scheme.name for each in good])} break no cell{to_come}"
    bad = sorted((each for each in report.schemes if each.breaks), key=lambda each: -len(each.breaks))
    said = [f"{each.scheme.name} breaks {_broken(each)}" for each in bad]
    return "; ".join([f"schemes: {first}", *([listing(said)] if said else [])])


def _broken(found: SchemeFound) -> str:
    cells = f"{len(found.breaks)} of {len(found.cells)} cells"
    cured = found.repaired is not None and found.repaired.word != BREAKS and found.breaks == found.cells[-1:]
    return f"{cells} (none if new guests follow {found.repair})" if cured else cells


def example(found: Example) -> str:
    """`xen 4.15.0, ipa bits 40, memory 0x1000 (4 KiB), reg[0] [0x38000000, 0x39000000) (16 MiB), address 0x39000000`."""
    said = [_setting(name, value) for name, value in found.configuration.items()]
    said += [f"{name} {region} ({size(region.size)})" for name, region in found.regions]
    return ", ".join(said) + ("" if found.address is None else f", address {hexa(found.address)}")


_SAID = {"release": "xen", "ipa_bits": "ipa bits", "cpu_bits": "CPU bits", "iommu_bits": "IOMMU bits"}


def _setting(name: str, value: int | str) -> str:
    is_bytes = name in ("memory", "unit") and isinstance(value, int)
    return f"{_SAID.get(name, name)} {sized(int(value)) if is_bytes else value}"


def _wrapped(text: str, indent: str) -> list[str]:
    more = indent + "  "
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return listing(list(names)) if more <= 1 else f"{', '.join(names[:_MOST_NAMES])} and {more} more"


class _Text:
    """One report; a cell whose reasons were told already points there."""

    def __init__(self, report: SchemesReport, *, verbose: bool) -> None:
        self._report, self._verbose = report, verbose
        self._told: dict[frozenset[tuple[str, str, tuple[str, ...]]], str] = {}
        self._width = max((len(each.scheme.name) for each in report.schemes), default=0) + 2

    def lines(self) -> Iterator[str]:
        """All but the headline."""
        yield ""
        yield from self._matrix()
        for found in self._report.schemes:
            yield ""
            yield from self._scheme(found)
        yield ""
        yield "when a guest may trust what is advertised, and when it has to give up RAM:"
        for each in self._report.heuristics:
            yield from self._heuristic(each)
        yield ""
        yield from self._costs()
        yield ""
        yield from self._footing()

    def _matrix(self) -> Iterator[str]:
        heads = [(xen, guest) for xen in XENS for guest in GUESTS]
        yield f"  {'':{self._width}}" + "".join(f"{f'{xen} Xen':16}" for xen, _ in heads).rstrip()
        yield f"  {'':{self._width}}" + "".join(f"{f'{guest} guest':16}" for _, guest in heads).rstrip()
        notes: list[str] = []
        for found in self._report.schemes:
            words = []
            for cell in found.cells:
                note = self._note(cell)
                notes += [note] if note and note not in notes else []
                words.append(f"{cell.word} [{notes.index(note) + 1}]" if note else cell.word)
            yield f"  {found.scheme.name:{self._width}}" + "".join(f"{word:16}" for word in words).rstrip()
        for number, note in enumerate(notes, start=1):
            yield from _wrapped(f"[{number}] {note}", "  ")
        yield from _wrapped(
            f"old Xen: {self._span(self._report.old)}, without extended regions; new Xen: with the scheme. sound: the "
            "guest uses space that is free; steals RAM: it works, and gives up its own RAM; breaks: in some configuration. "
            "A cell is that of its newest release.",
            "  ",
        )

    def _note(self, cell: Cell) -> str:
        said = []
        for word, tags in cell.elsewhere:
            why = next(
                each.why for each in cell.parts if each.word == word and set(tags) & set(each.releases)
            )
            said.append(f"{word} under xen {self._span(tags)}: {why}")
        return "; ".join(said)

    def _span(self, tags: tuple[str, ...]) -> str:
        found = runs(tags, self._report.old + self._report.new)
        return listing([first if first == last else f"{first}..{last}" for first, last in found])

    def _scheme(self, found: SchemeFound) -> Iterator[str]:
        scheme = found.scheme
        yield f"{scheme.name}: {scheme.title}"
        yield f"  new Xen: {scheme.new}; old Xen: {scheme.old_says}"
        yield f"  the space: {scheme.place.title}; new guests: rule {scheme.rule}"
        for cell in found.cells:
            yield from self._cell(cell, f"{cell.xen} Xen, {cell.guest} guest", scheme.name)
        if found.host is not None:
            yield from self._cell(found.host, "dom0 and direct-mapped domains, new Xen", scheme.name)
        if found.repaired is not None:
            note = self._note(found.repaired)
            said = f"help: new guests that follow {found.repair} make the last cell {found.repaired.word}"
            yield from _wrapped(f"{said}, but {note}" if note else said, "  ")
        if found.room is not None:
            yield from _wrapped(self._room(*found.room), "  ")
        if self._verbose:
            theorems = (
                *scheme.place.theorems,
                *(scheme.place.host_theorems if found.host is not None else ()),
            )
            yield from _wrapped(f"rests on: {listing(theorems or scheme.place.properties)}", "  ")
            yield from (f"  source: {each}" for each in (*scheme.sources, scheme.place.source))

    def _room(self, release: str, free: Extent) -> str:
        wanted = self._report.need.total
        enough = "enough for" if free.size >= wanted else "less than"
        return (
            f"help: at whatever fixed base, beside what xen {release} has, no more than {size(free.size)} are free in "
            f"every guest, {free}: {enough} the {size(wanted)} wanted"
        )

    def _cell(self, cell: Cell, title: str, scheme: str) -> Iterator[str]:
        parts = cell.parts if self._verbose else _telling(cell)
        key = frozenset((part.word, part.why, part.who if part.word == STEALS else ()) for part in parts)
        before = self._told.setdefault(key, f"{title} of {scheme}")
        if before != f"{title} of {scheme}":
            yield f"  {title}: {cell.word}, as {before.removesuffix(f' of {scheme}')}"
        elif self._verbose or cell.word not in (SOUND, STEALS):
            yield f"  {title}: {cell.word}"
            for part in parts:
                yield from self._part(part, cell)
        elif len(parts) == 1:
            yield from _wrapped(f"{title}: {cell.word}: {parts[0].why}", "  ")
        else:
            yield from _wrapped(f"{title}: {cell.word}: {_kernels(cell, parts)}", "  ")

    def _part(self, part: Part, cell: Cell) -> Iterator[str]:
        yield from _wrapped(f"{part.word}: {part.why}", "    ")
        names = listing(list(part.who)) if self._verbose else _names(part.who)
        where = f" under xen {self._span(part.releases)}" if part.releases != cell.releases else ""
        if part.who != (HOST,) or where:
            yield from _wrapped(f"{names}{where}", "      ")
        if part.example is not None and part.example.regions:
            yield from _wrapped(f"for example: {example(part.example)}", "      ")

    def _heuristic(self, found: HeuristicFound) -> Iterator[str]:
        yield f"  {found.verdict}: {found.heuristic.name}: {found.heuristic.title}"
        yield from _wrapped(found.statement, "    ")
        yield from _wrapped(found.message, "    ")
        if found.example is not None:
            yield from _wrapped(f"for example: {example(found.example)}", "    ")
        if self._verbose:
            for says, outcome in found.decided:
                yield from _wrapped(f"{outcome}: {says}", "    ")
            yield f"    source: {found.heuristic.source}"

    def _costs(self) -> Iterator[str]:
        need = self._report.need
        yield (
            f"stage 2 tables, for {size(need.grant)} of grant frames and {size(need.foreign)} of foreign pages, in a guest "
            f"of {size(need.guest)} at 40 ipa bits:"
        )
        costs = [each.cost for each in self._report.schemes if each.cost is not None]
        for each in self._report.schemes:
            yield f"  {each.scheme.name:{self._width}}{_cost(each.cost)}"
        if costs:
            yield "  no superpage of RAM is shattered by these; by RAM that the guest gives up instead:"
            for what, one in (("grant frames", costs[0].grant), ("foreign pages", costs[0].foreign)):
                yield from _wrapped(f"{what}: {_shattered(one.best, one.worst)}", "    ")

    def _footing(self) -> Iterator[str]:
        report = self._report
        cells = sum(len(each.cells) for each in report.schemes)
        yield (
            f"{cells} cells and {len(report.heuristics)} heuristics, {report.undecided} undecided, over "
            f"{len(report.old) + len(report.new)} releases; {report.solver}"
        )
        yield "assumptions:"
        for each in report.assumptions:
            yield from _wrapped(f"{each.id}: {each.statement} ({each.source})", "  ")
        if self._verbose:
            yield f"{report.seconds:.3f} seconds"


def _telling(cell: Cell) -> tuple[Part, ...]:
    """The parts with the word of the cell; of dom0 those of the newest release, as older ones have many."""
    own = (each for each in cell.parts if each.word == cell.word)
    return tuple(each for each in own if cell.guest != HOST or cell.releases[-1] in each.releases)


def _kernels(cell: Cell, parts: Sequence[Part]) -> str:
    names = tuple(dict.fromkeys(name for part in parts for name in part.who))
    spared = [name for part in cell.parts if part.word == SOUND for name in part.who if name not in names]
    rest = f"; {listing(spared)} map none" if spared else ""
    return f"{_names(names)} give up RAM for each foreign page{rest}"


def _cost(cost: Cost | None) -> str:
    if cost is None:
        return "the space is too small, or not below 2^40"
    grant, foreign = cost.grant.tables, cost.foreign.tables
    return (
        f"{grant} new tables for grant frames, {foreign} for foreign pages from {hexa(cost.where.start)} on"
    )


def _shattered(best: Shattered | None, worst: Shattered | None) -> str:
    if best is None or worst is None:
        return "it has not that much RAM"
    return (
        f"{best.tables} new tables for {best.large} superpages of 2 MiB and {best.huge} of 1 GiB, if side by side; "
        f"{worst.tables} for {worst.large} and {worst.huge}, if scattered"
    )
