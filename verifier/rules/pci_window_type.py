"""pci-window-type: the first cell of a PCI window says what the window is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.define import Define
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.region import Region
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.rules.catalogue import Doubt, Explanation, Rule

SPACE_32, SPACE_64, PREFETCHABLE = 2 << 24, 3 << 24, 1 << 30
"""Open Firmware's phys.hi cell: space code in bits 25:24, prefetchable in bit 30."""
FOUR_GIB = 1 << 32


@dataclass(frozen=True, slots=True)
class Window:
    """A PCI window, and the macro of its type cell if there is one."""

    region: Region
    macro: str
    cell: Define | None

    @property
    def needed(self) -> int:
        """The only right cell: 64-bit iff the window ends above 4 GiB, prefetchable iff its name says so."""
        space = SPACE_64 if self.region.end > FOUR_GIB else SPACE_32
        return space | (PREFETCHABLE if "PREFETCH" in self.region.name else 0)


def windows(case: Case) -> list[Window]:
    """All windows, with each macro that types them: `GUEST_X_ADDR_TYPE_Y` is the type of `GUEST_X_Y`."""
    types = case.layout.meaning("pci-window-type")
    found = []
    for region in case.layout.regions:
        cells = [define for define in types if _window_of(define.name) == region.name]
        found += [Window(region, cell.name, cell) for cell in cells]
        if region.kind == "pci" and not cells:
            found.append(Window(region, re.sub(r"^(GUEST_[A-Z0-9]+)_", r"\1_ADDR_TYPE_", region.name), None))
    return found


def _window_of(macro: str) -> str:
    return macro.replace("_ADDR_TYPE_", "_", 1)


def obligations(case: Case) -> list[Obligation]:
    """One for every window whose type, if there is one, is a number, and for every type without a window."""
    typed = [_obligation(case, window) for window in windows(case) if not _is_list(window)]
    return typed + [
        Obligation((define.name,), True, notes={"alone": define})
        for define in case.layout.meaning("pci-window-type")
        if not _defined(case, _window_of(define.name))
    ]


def _defined(case: Case, window: str) -> bool:
    """Whether any macro of that window is there, on the map or not."""
    return any(stem.name == window for stem in case.layout.stems)


def _is_list(window: Window) -> bool:
    return window.cell is not None and isinstance(window.cell.value, tuple)


def _obligation(case: Case, window: Window) -> Obligation:
    found = None if window.cell is None else case.layout.number(window.cell.name)
    bad = case.symbolic.presence(window.region) if found != window.needed else False
    return Obligation((window.macro, window.region.name), bad, notes={"window": window})


def explain(_case: Case, failure: Fails) -> Explanation:
    """What the cell says, and what the window is."""
    if "alone" in failure.obligation.notes:
        return _explain_alone(failure)
    window: Window = failure.obligation.notes["window"]
    region, needed, cell = window.region, window.needed, window.cell
    what = f"{region} is {_spoken(needed)}"
    if cell is None:
        message = f"{what}, but nothing says so: {window.macro} is not defined"
        witness = Witness("missing", macro=window.macro)
        return Explanation(message, (_place(region),), Counterexample(failure.worst, witness, ()))
    assert not isinstance(cell.value, tuple)
    found = cell.value.value
    message = f"{window.macro} is {units.hexa(found)}, {_spoken(found)}, but {what}: it has to be {units.hexa(needed)}"
    end = (
        f"it ends {units.size(region.end - FOUR_GIB)} above"
        if region.end > FOUR_GIB
        else "it ends at or below"
    )
    details = (
        f"{window.macro} {cell.text}, {cell.origin}",
        f"{_place(region)}; {end} 4 GiB ({units.hexa(FOUR_GIB)})",
    )
    witness = Witness("differs", found=found, needed=needed)
    return Explanation(message, details, Counterexample(failure.worst, witness, ()))


def _explain_alone(failure: Fails) -> Explanation:
    define: Define = failure.obligation.notes["alone"]
    window = _window_of(define.name)
    message = f"{define.name} ({define.origin}) is the type of {window}, which is not defined"
    witness = Witness("missing", macro=f"{window}_ADDR")
    return Explanation(message, (), Counterexample(failure.worst, witness, ()))


def _place(region: Region) -> str:
    return f"{region} is {units.size(region.size)}, {region.origin}"


def _spoken(cell: int) -> str:
    """A cell in words."""
    space = {0: "configuration space", 1: "I/O space", 2: "32-bit memory", 3: "64-bit memory"}[cell >> 24 & 3]
    other = cell & ~(SPACE_64 | PREFETCHABLE)
    named = f"{'prefetchable ' if cell & PREFETCHABLE else ''}{space}"
    return f"{named} with bits {units.hexa(other)} that a window has not" if other else named


def doubts(case: Case) -> list[Doubt]:
    """A type whose window is not on the map says nothing."""
    known = {region.name for region in case.layout.regions}
    found = [
        Doubt(
            (define.name,),
            f"{define.name} ({define.origin}) is the type of {_window_of(define.name)}, which is on no map",
        )
        for define in case.layout.meaning("pci-window-type")
        if _defined(case, _window_of(define.name)) and _window_of(define.name) not in known
    ]
    lists = [window for window in windows(case) if _is_list(window)]
    return found + [
        Doubt((each.macro, each.region.name), f"{each.macro} is a list, not a cell") for each in lists
    ]


RULE = Rule(
    id="pci-window-type",
    position=8,
    title="the type cell of a PCI window says what it is",
    statement="For each PCI window the first cell of its `ranges` entry says 64-bit memory if and only if the window ends "
    "above 4 GiB, prefetchable if and only if it is, and nothing else; each window has such a cell.",
    why="A guest does not use a window above 4 GiB that calls itself 32-bit memory, or cuts its addresses to 32 bits: the "
    "BARs of an assigned device end up in RAM bank 0 or nowhere.",
    formula="present(W) and type(W) /= (W.end > 2^32 ? 0x03000000 : 0x02000000) + (prefetchable(W) ? 0x40000000 : 0)",
    example=("verifier", "check", "xen-4.18"),
    cites=(
        Cite("IEEE 1275-1994 PCI Bus Binding", "2.2.1.1, phys.hi: npt000ss"),
        Cite(
            "tools/libs/light/libxl_arm.c",
            "make_vpci_node: ranges; 232ee07c23 made the prefetchable window 64-bit",
        ),
    ),
    obligations=obligations,
    explain=explain,
    doubts=doubts,
)
