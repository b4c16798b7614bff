"""Counterexamples, checked again on the concrete layout without the property's formula.

A refutation that does not pass is never printed: it is an internal error, exit status 70.
"""

from __future__ import annotations

from verifier.layout.configuration import Space
from verifier.layout.define import Define, Number
from verifier.layout.errors import InternalError
from verifier.layout.finding import Counterexample, Finding
from verifier.layout.layout import Layout
from verifier.layout.page_table import reaches
from verifier.layout.region import Region


def recheck(finding: Finding, space: Space) -> None:
    """Raise InternalError unless the counterexample of a refutation shows what it claims to show."""
    example = finding.counterexample
    if example is None:
        raise InternalError(
            f"{finding.property} of {', '.join(finding.subjects)} is refuted without a counterexample"
        )
    if example.regions and not space.admits(example.configuration):
        raise InternalError(
            f"{finding.property}: {dict(example.configuration)} is no configuration of this space"
        )
    if not all(_present(region, example, space) for region in example.regions):
        raise InternalError(f"{finding.property}: a region of the counterexample is not in its configuration")
    if not _shows(example, space):
        raise InternalError(
            f"{finding.property} of {', '.join(finding.subjects)}: the witness does not re-check"
        )


def _shows(example: Counterexample, space: Space) -> bool:
    witness = example.witness
    match witness.kind:
        case "address-in-two-regions":
            return (
                witness.address is not None
                and len(example.regions) == 2
                and example.regions[0].name != example.regions[1].name
                and all(region.start <= witness.address < region.end for region in example.regions)
            )
        case "address-beyond":
            beyond = 2 ** example.configuration["ipa_bits"]
            return (
                witness.address is not None
                and witness.bound == beyond <= witness.address
                and any(region.start <= witness.address < region.end for region in example.regions)
            )
        case "address-unreachable":
            return _unreachable(example, space)
        case "differs":
            return (
                witness.found is not None and witness.needed is not None and witness.found != witness.needed
            )
        case "too-small":
            return witness.found is not None and witness.needed is not None and witness.found < witness.needed
        case "missing":
            return witness.macro is not None and witness.macro not in space.layout.defines
    return False


def _unreachable(example: Counterexample, space: Space) -> bool:
    """Whether each leaf, written for the address and read back, gives another one."""
    guest = str(space.dimensions["guest"].show(example.configuration["guest"]))
    table, address = space.facts.page_tables.get(guest), example.witness.address
    if table is None or address is None or not table.counted:
        return False
    layout = space.layout
    spared = {region.name for region in layout.regions if guest in region.unreached_by}
    spared |= {bank.name for bank in layout.banks if guest in bank.unreached_by}
    lies = any(
        region.start <= address < region.end for region in example.regions if region.name not in spared
    )
    return lies and not reaches(table, address)


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
    if when is None:
        return True
    value = example.configuration[when.dimension]
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
