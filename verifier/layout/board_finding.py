"""What is found about the regions of one domain on a board."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Verdict, Witness

EFFECTS = ("unsound", "not built", "unusable", "space lost")
"""Of refutations, the worst first."""
LEAST = "permissions-match"
"""The property that comes last whatever its effect: nearly every board breaks it before 4.21, by a page a device."""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a finding."""

    name: str
    extent: Extent
    origin: str
    """Where it comes from: a node of the device tree, an option, the function of Xen, a log."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One way in which the open inputs may be: what an integrator types to see it alone."""

    banks: tuple[Extent, ...]
    grant_region: Extent | None

    @property
    def options(self) -> str:
        """`--dom0-bank 0x48000000-0x50000000 --grant-table 0x40200000-0x40240000`."""
        words = [f"--dom0-bank {each.start:#x}-{each.end:#x}" for each in self.banks]
        if self.grant_region is not None:
            words.append(f"--grant-table {self.grant_region.start:#x}-{self.grant_region.end:#x}")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class MemoryRuns:
    """Sizes of a guest's memory, in bytes, counted in units."""

    runs: tuple[tuple[int, int], ...]
    """First and last of each, inclusive, by size."""
    exact: bool
    """Whether these are all."""
    example: int
    """The size that the numbers of the finding are of."""

    @property
    def hull(self) -> tuple[int, int]:
        """The least and the most of all runs."""
        return min(low for low, _ in self.runs), max(high for _, high in self.runs)


@dataclass(frozen=True, slots=True)
class BoardFinding:
    """One property of one domain: holds, fails, could not be told, or does not apply."""

    property: str
    verdict: Verdict
    domain: str
    message: str
    effect: str = ""
    """`unsound`, `not built`, `unusable` or `space lost`, of a refutation."""
    source: str = "predicted"
    """Whether the regions were `predicted` or `logged`."""
    subjects: tuple[str, ...] = ()
    """Node paths and regions, by address."""
    details: tuple[str, ...] = ()
    settings: tuple[tuple[int, bool], ...] = ()
    """The widths and IOMMU settings for which this is said."""
    witness: Witness | None = None
    parties: tuple[Party, ...] = ()
    overlap: Extent | None = None
    placement: Placement | None = None
    """Where an input is open: values of it that break the property."""
    memory: MemoryRuns | None = None
    """Where the memory of a guest is open: the sizes for which this is said."""
    help: tuple[str, ...] = ()
    """What would repair it."""
    more: bool = False
    """Whether the property fails in more places than there are refutations of it for this domain and setting."""
    checked: int = 0
    """Comparisons made; a proof of none is none."""
    cites: tuple[Cite, ...] = field(default=(), compare=False)
    why: str = field(default="", compare=False)
