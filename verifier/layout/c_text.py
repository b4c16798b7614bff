"""What is to be written into a layout header, and the C that was written for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.layout.origin import Origin
from verifier.layout.placing import Limit
from verifier.layout.region import When


@dataclass(frozen=True, slots=True)
class NewRegion:
    """A region `[start, start + size)` that the header does not have yet, in bytes."""

    name: str
    """The stem of its macros: `GUEST_SAFE_RANGE` becomes `GUEST_SAFE_RANGE_BASE` and `GUEST_SAFE_RANGE_SIZE`."""
    start: int
    size: int
    unit: int = 1
    """What start and size were asked to be multiples of."""
    upper: tuple[Limit, ...] = ()
    """It ends at or below these."""
    lower: tuple[Limit, ...] = ()
    """It starts at or above these."""
    reasons: tuple[str, ...] = ()
    """What the comment says of it before the constraints, one paragraph each."""
    when: When | None = None
    """In which guests it is."""

    @property
    def end(self) -> int:
        """Exclusive."""
        return self.start + self.size

    @property
    def macros(self) -> dict[str, int]:
        """Its macros and their values."""
        return {f"{self.name}_BASE": self.start, f"{self.name}_SIZE": self.size}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Other values for macros that exist, and regions to add."""

    changes: Mapping[str, int] = field(default_factory=dict)
    regions: tuple[NewRegion, ...] = ()
    mends: bool = False
    """Amounts of comments that were a lie before become true as well; else only those that the changes make untrue."""

    @property
    def values(self) -> dict[str, int]:
        """Every macro that is new or changed, and its value."""
        found = dict(self.changes)
        for region in self.regions:
            found.update(region.macros)
        return found


@dataclass(frozen=True, slots=True)
class Reworded:
    """An amount of a comment that becomes another."""

    origin: Origin
    """Where the comment begins."""
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Written:
    """The C that makes a layout the wanted one."""

    defines: tuple[str, ...]
    """The `#define` lines that are new or changed, without line ends."""
    diff: bytes | None
    """A unified diff with `a/` and `b/` paths, in the header's own encoding and line ends; None where there is none."""
    asserts: tuple[str, ...]
    """Lines of C: `BUILD_BUG_ON(...)` for each relation that holds and has to stay so."""
    comment: tuple[str, ...]
    """A comment in Xen's style: the constraint behind each number."""
    notes: tuple[str, ...] = ()
    """What could not be written and why, and what is left to do by hand."""
