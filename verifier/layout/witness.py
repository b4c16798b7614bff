"""Counterexamples, checked again on the concrete layout without the property's formula.

A refutation that does not pass is never printed: it is an internal error, exit status 70.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verifier.layout.configuration import Space
from verifier.layout.define import Define, Number
from verifier.layout.errors import InternalError
from verifier.layout.finding import Counterexample, Finding
from verifier.layout.layout import Layout
from verifier.layout.page_table import reaches
from verifier.layout.region import Region, When


def recheck(finding: Finding, space: Space) -> None:
    """Raise InternalError unless the counterexample of a refutation shows what it claims to show."""
    example = finding.counterexample
    if example is None:
        raise InternalError(
            f"{finding.property} of {', '.join(finding.subjects)} is refuted without a counterexample"
        )
    # Where Xen builds no guest at all, what is wrong with the numbers alone is told all the same.
    if not space.admits(example.configuration) and (example.regions or space.possible("ipa_bits")):
        raise InternalError(
            f"{finding.property}: {dict(example.configuration)} is no configuration of this space"
        )
    if not all(_present(region, example, space) for region in example.regions):
        raise InternalError(f"{finding.property}: a region of the counterexample is not in its configuration")
    if not _shows(finding, example, space):
        raise InternalError(
            f"{finding.property} of {', '.join(finding.subjects)}: the witness does not re-check"
        )


def _shows(finding: Finding, example: Counterexample, space: Space) -> bool:
    """Whether the numbers of the witness say what its kind says; a kind that nobody knows says nothing."""
    check = _KINDS.get(example.witness.kind)
    return check is not None and check(finding, example, space)


def _differs(_finding: Finding, example: Counterexample, _space: Space) -> bool:
    found, needed = example.witness.found, example.witness.needed
    return found is not None and needed is not None and found != needed


def _too_small(_finding: Finding, example: Counterexample, _space: Space) -> bool:
    found, needed = example.witness.found, example.witness.needed
    return found is not None and needed is not None and found < needed


def _missing(_finding: Finding, example: Counterexample, space: Space) -> bool:
    return example.witness.macro is not None and example.witness.macro not in space.layout.defines


def _in_two_regions(_finding: Finding, example: Counterexample, _space: Space) -> bool:
    address, regions = example.witness.address, example.regions
    return _are_two(regions) and address is not None and all(_holds(region, address) for region in regions)


def _beyond(_finding: Finding, example: Counterexample, _space: Space) -> bool:
    address, limit = example.witness.address, 2 ** example.configuration["ipa_bits"]
    if address is None or example.witness.bound != limit:
        return False
    return limit <= address and any(_holds(region, address) for region in example.regions)


def _unreachable(_finding: Finding, example: Counterexample, space: Space) -> bool:
    """Whether each leaf, written for the address and read back, gives another one."""
    guest = str(space.dimensions["guest"].show(example.configuration["guest"]))
    table, address = space.facts.page_tables.get(guest), example.witness.address
    if table is None or address is None or not table.counted:
        return False
    layout = space.layout
    spared = {region.name for region in layout.regions if guest in region.unreached_by}
    spared |= {bank.name for bank in layout.banks if guest in bank.unreached_by}
    lies = any(_holds(region, address) for region in example.regions if region.name not in spared)
    return lies and not reaches(table, address)


def _misaligned(finding: Finding, example: Counterexample, space: Space) -> bool:
    """Whether the number is start, end or size of the subject, and no multiple of the unit."""
    found, unit = example.witness.found, example.witness.needed
    stem = next(stem for stem in space.layout.stems if stem.name == finding.subjects[0])
    start, size = (_number(space.layout, defines[0].name) for defines in (stem.bases, stem.sizes))
    if not unit or start is None or size is None:
        return False
    return found in (start, start + size, size) and found % unit != 0


def _same_page(_finding: Finding, example: Counterexample, _space: Space) -> bool:
    start, size = example.witness.found, example.witness.needed
    if start is None or size is None or not _are_two(example.regions):
        return False
    return all(region.start < start + size and start < region.end for region in example.regions)


def _same_interrupt(finding: Finding, example: Counterexample, space: Space) -> bool:
    found, two = example.witness.found, len(set(finding.subjects)) == 2
    return two and all(found in _interrupts(each, example, space.layout) for each in finding.subjects)


def _interrupts(subject: str, example: Counterexample, layout: Layout) -> range:
    """The interrupts that a macro stands for in this guest: one, a range, or one for each device; without it none."""
    first, used = _number(layout, subject), layout.uses.get(subject)
    devices: int | None = None
    if used is not None and used.dimension in example.configuration:
        devices = example.configuration[used.dimension]
        if not _is_met(used, devices):
            return range(0)
    if first is None:
        return range(0)
    if layout.scalars.get(subject) != "spi-first":
        return range(first, first + 1)
    last = _number(layout, subject.removesuffix("_FIRST") + "_LAST")
    whole = range(first, first + 1 if last is None else last + 1)
    return whole[:devices]


_KINDS: Mapping[str, Callable[[Finding, Counterexample, Space], bool]] = {
    "differs": _differs,
    "too-small": _too_small,
    "missing": _missing,
    "address-in-two-regions": _in_two_regions,
    "address-beyond": _beyond,
    "address-unreachable": _unreachable,
    "misaligned": _misaligned,
    "same-page": _same_page,
    "same-interrupt": _same_interrupt,
}


def _are_two(regions: tuple[Region, ...]) -> bool:
    return len(regions) == 2 and regions[0].name != regions[1].name


def _holds(region: Region, address: int) -> bool:
    return region.start <= address < region.end


def _present(region: Region, example: Counterexample, space: Space) -> bool:
    """Whether the macros give this region in this configuration."""
    layout = space.layout
    if region.kind == "ram":
        return _is_ram(region, example, space)
    if _number(layout, region.base_macro) != region.start:
        return False
    if _number(layout, region.size_macro) != region.end - region.start:
        return False
    when = region.when
    return when is None or _is_met(when, example.configuration[when.dimension])


def _is_met(when: When, value: int) -> bool:
    """Whether a guest with this value of its dimension has what is there `when` so."""
    return value >= when.value if when.at_least else value == when.value


def _is_ram(region: Region, example: Counterexample, space: Space) -> bool:
    """Either the part of the bank that the memory size uses or, where tails are offered, the window."""
    layout, rest = space.layout, example.configuration["memory"] * space.facts.page
    for bank in layout.banks:
        size = _number(layout, bank.size_macro)
        used = rest if size is None else min(rest, size)
        rest -= used
        if bank.name == region.name:
            lengths = {used, size} if space.facts["extended-regions"] else {used}
            return _number(layout, bank.base_macro) == region.start and region.end - region.start in lengths
    return False


def _number(layout: Layout, macro: str) -> int | None:
    match layout.defines.get(macro):
        case Define(value=Number(value=value)):
            return value
    return None
