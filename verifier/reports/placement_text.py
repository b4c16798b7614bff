"""Places that are a function of the configuration, for people: one sentence first, then a table for each reading."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.placement_report import Failure, PlacementReport, Row, Table, Tried
from verifier.layout.template import BELOW, BEYOND, TOO_HIGH, TOO_LOW
from verifier.reports import sentences


def render(report: PlacementReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report as text; `verbose` adds the worst guest of each width."""
    lines = [_headline(report)]
    if not quiet and not report.undecided:
        lines += _asked(report)
        for each in report.tried:
            lines += _details(report, each, verbose=verbose)
    if not quiet and report.assumptions:
        lines.append("assumptions:")
        lines += (f"  {each.id}: {each.statement} ({each.source})" for each in report.assumptions)
    return units.printable("\n".join(lines) + "\n")


def _headline(report: PlacementReport) -> str:
    name = report.subject.name
    if report.undecided:
        return f"{name}: unknown: {report.undecided}"
    best = report.best
    if best.failure is None:
        most = ", and no more" if report.size is None else ""
        return f"{name}: {_judged(report, best)}{most}: proved for every configuration"
    others = len(report.tried) - 1
    more = f", nor are those of {others} other {units.plural(others, 'window')}" if others else ""
    return f"{name}: {_judged(report, best)}{more}: {_conflict(report, best.failure)}"


def _asked(report: PlacementReport) -> Iterator[str]:
    """Within which limits, and in which guests."""
    if report.above is not None:
        yield f"in every configuration it starts at or above {units.sized(report.above)}: --above"
    if report.below is not None:
        yield f"in every configuration it ends at or below {units.sized(report.below)}: --below"
    if report.when is not None:
        yield f"{sentences.having(report.when)} only: the others do not have it"


def _judged(report: PlacementReport, tried: Tried) -> str:
    """Which place of how many bytes is meant, and whether it is free."""
    size, base = units.size(tried.size), units.hexa(tried.offset)
    are = "are not free" if tried.failure else "are free"
    match report.kind:
        case "top":
            return f"the last {size} of the address space {are}"
        case "tail":
            return f"the last {size} of the window of {tried.template.bank} {are}"
        case "after-ram":
            after = (
                "the last RAM window that begins in the address space"
                if report.windows
                else "the RAM that is used"
            )
            return f"{size} behind {after} {are}"
    if tried.failure is None:
        return f"{size} at the fixed base {base} {are}"
    return f"{size} {are} at any fixed base, nor at {base}, where there is most room"


def _short(report: PlacementReport, failure: Failure) -> str:
    """What the region meets."""
    clash, placed = failure.clash, f"{report.name} {units.span(failure.start, failure.end)}"
    bits, shared = failure.configuration["ipa_bits"], units.size(clash.end - clash.start)
    if clash.region is not None:
        return f"{placed} and {clash.region} share {shared}, {units.span(clash.start, clash.end)}"
    if clash.name == BEYOND:
        return f"{placed} passes the end of {bits} ipa bits, {units.sized(1 << bits)}, by {shared}"
    if clash.name == BELOW:
        return f"{placed} has {shared} below {units.sized(report.unit)}, the lowest base there is"
    if clash.name == TOO_HIGH:
        return f"{placed} ends above {units.sized(report.below or 0)}, --below, with {shared} of it"
    if clash.name == TOO_LOW:
        return f"{placed} starts below {units.sized(report.above or 0)}, --above, with {shared} of it"
    return f"{placed} is not reached by the {clash.name}: {shared} of it"


def _conflict(report: PlacementReport, failure: Failure) -> str:
    guest = sentences.configuration(failure.configuration, report.space)
    return f"{_short(report, failure)}, in a guest with {guest}"


def _details(report: PlacementReport, tried: Tried, *, verbose: bool) -> Iterator[str]:
    yield ""
    if len(report.tried) > 1:
        yield _judged(report, tried)
    if tried.failure is not None:
        yield from _failure(report, tried, tried.failure)
    if tried.unreached:
        yield f"not always reached by {units.listing(tried.unreached)} guests, which were not asked for"
    for table in tried.tables:
        yield from _table(report, tried, table, verbose=verbose)


def _failure(report: PlacementReport, tried: Tried, failure: Failure) -> Iterator[str]:
    region = failure.clash.region
    if region is not None:
        yield f"{region} is {units.size(region.size)}, {region.origin}"
    boxes = [sentences.box(each, report.space) for each in tried.regimes]
    yield f"fails when: {'; '.join(boxes)}{'' if tried.exact else '; and elsewhere: not told exactly'}"
    if report.kind == "fixed":
        yield "every base is refuted"
    elif tried.moved is None:
        yield f"no distance {_direction(tried)} serves either: each is refuted"
    else:
        yield f"{units.sized(tried.moved)} {_direction(tried)} it is free: proved for every configuration"


def _direction(tried: Tried) -> str:
    return "further up" if tried.template.is_upward else "further down"


def _table(report: PlacementReport, tried: Tried, table: Table, *, verbose: bool) -> Iterator[str]:
    yield _how(report, table)
    yield from _aligned([_heads(report, tried), *(_cells(report, row) for row in table.rows)])
    told: dict[str, list[str]] = {}
    for row in table.rows:
        if row.failure is not None:
            text = (_conflict if verbose else _short)(report, row.failure)
            told.setdefault(text, []).append(str(row.bits))
    yield from (f"  {units.listing(widths)} ipa bits: {text}" for text, widths in told.items())
    if steps := sorted({memory for row in table.rows for memory, _ in row.by_memory}):
        yield "  largest for guests with no more memory than"
        yield from _aligned(
            [["ipa bits", *map(units.size, steps)], *(_by_memory(row, steps) for row in table.rows)]
        )


def _how(report: PlacementReport, table: Table) -> str:
    how = "counting RAM windows whole" if table.windows else "counting only the part of RAM that a guest uses"
    if report.kind == "after-ram":
        how += ", behind the last window" if table.windows else ", behind that"
    if table.windows != report.windows:
        return f"{how}:"
    offers = "what a guest leaves of them" if table.windows else "nothing else of its windows"
    return f"{how}, as xen {report.release} offers {offers} (this decides):"


def _heads(report: PlacementReport, tried: Tried) -> list[str]:
    base = ["base"] if report.kind == "fixed" else []
    return ["ipa bits", *base, "largest", f"memory with {units.size(tried.size)}", "in the way of more"]


def _cells(report: PlacementReport, row: Row) -> list[str]:
    base = [units.hexa(row.offset)] if report.kind == "fixed" else []
    memory = "any" if row.failure is None else f"up to {units.size(row.memory)}" if row.memory else "none"
    if row.memory == row.most_memory:
        memory = "any"
    return [str(row.bits), *base, _amount(row, row.largest), memory, units.listing(row.stopped_by)]


def _by_memory(row: Row, steps: list[int]) -> list[str]:
    """`-` where no guest of this width has so much."""
    known = dict(row.by_memory)
    return [str(row.bits), *(_amount(row, known[each]) if each in known else "-" for each in steps)]


def _amount(row: Row, size: int) -> str:
    """A size; as what is missing of 2^b where only that has a short form."""
    told, whole = units.size(size), 1 << row.bits
    if told.startswith("~") and not units.size(whole - size).startswith("~"):
        return f"{units.size(whole)} - {units.size(whole - size)}"
    return told if size else "none"


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
