"""The named regions and numbers of one release, proposal or header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.layout.change import CodeChange, Note
from verifier.layout.define import Comment, Conditional, Define
from verifier.layout.origin import Origin
from verifier.layout.region import Bank, Region, When


@dataclass(frozen=True, slots=True)
class Stem:
    """The macros that together describe one region, complete or not."""

    name: str
    kind: str
    bases: tuple[Define, ...]
    sizes: tuple[Define, ...]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A stem that gives no region: properties about regions cannot speak for it."""

    stem: Stem
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that a header says about the guest's physical address space."""

    name: str
    defines: Mapping[str, Define]
    stems: tuple[Stem, ...]
    regions: tuple[Region, ...]
    """All but RAM, sorted by start."""
    banks: tuple[Bank, ...]
    """In the order in which memory fills them."""
    unplaced: tuple[Unplaced, ...]
    scalars: Mapping[str, str]
    """Macro name to its meaning in the vocabulary, for all that are no part of a region."""
    unclassified: tuple[Define, ...]
    uses: Mapping[str, When] = field(default_factory=dict)
    """When a guest uses the interrupt of a scalar macro; always, for those not named here."""
    comments: tuple[Comment, ...] = ()
    conditionals: tuple[Conditional, ...] = ()
    others: tuple[tuple[str, Origin], ...] = ()
    """`GUEST_` macros that are no numbers."""
    differing: tuple[tuple[str, Define | None, Define | None], ...] = ()
    """Macros on which the toolstack's and the hypervisor's reading of the header differ."""
    by_arch: tuple[tuple[str, Define | None, Define | None], ...] = ()
    """Macros that differ between arm64 and arm32, where the layout has to serve both."""
    assumed: tuple[str, ...] = ()
    """Macros of other headers that were taken to have their usual meaning."""
    unread: tuple[tuple[str, Origin], ...] = ()
    """Files that were included somewhere and not read, and where."""
    code: tuple[CodeChange, ...] = ()
    """What a patch that the layout comes from changes of Xen's code."""
    doubts: tuple[Note, ...] = ()
    """Why it may not be the layout that the patch was meant to give."""

    def number(self, name: str) -> int | None:
        """The value of a scalar macro, None if it is not defined or is a list."""
        define = self.defines.get(name)
        if define is None or isinstance(define.value, tuple):
            return None
        return define.value.value

    def meaning(self, wanted: str) -> tuple[Define, ...]:
        """All macros with that meaning in the vocabulary, in order of definition."""
        return tuple(self.defines[name] for name, meaning in self.scalars.items() if meaning == wanted)

    @property
    def parts(self) -> tuple[Region, ...]:
        """Regions and RAM windows by start; a bank whose end is not known is none of them."""
        windows = (bank.window() for bank in self.banks if bank.size is not None)
        return tuple(sorted((*self.regions, *windows), key=lambda part: (part.start, part.name)))

    @property
    def ram_maximum(self) -> int | None:
        """The largest memory size in bytes: `GUEST_RAM_MAX`, else the sum of all windows.

        None where the header sets no bound.
        """
        stated = self.meaning("ram-maximum")
        if stated and not isinstance(stated[0].value, tuple):
            return stated[0].value.value
        total = 0
        for bank in self.banks:
            if bank.size is None:
                return None
            total += bank.size
        return total
