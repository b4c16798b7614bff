"""How far each number of a layout may go, what stops it there, and what pins it: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from verifier.layout.origin import Origin
from verifier.layout.subject import Subject


class Side(StrEnum):
    """Which way a number goes."""

    DOWN = "down"
    UP = "up"


class Room(StrEnum):
    """What is known of one way."""

    STOPPED = "stopped"
    """It may go to `last`, and the next step breaks something: both are verified."""
    OPEN = "open"
    """It may go to `last`, verified; there is no next step."""
    UNKNOWN = "unknown"
    """It may go to `last`, verified; of the next step nothing is known."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A property that the first failing value breaks, in a configuration that was re-evaluated in plain integers."""

    property: str
    subjects: tuple[str, ...]
    value: int
    """The first failing value."""
    sentence: str
    """The counterexample: who, which ranges, how much."""
    source: str
    """Where the other party or the limit stands: `file:line` or the place in Xen, or in a specification."""
    configuration: Mapping[str, int | str | bool]
    """As reports show it; memory in bytes, hex."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a change says against the baseline. It stops nothing: it is the price."""

    property: str
    subjects: tuple[str, ...]
    value: int
    """The value at which it was seen: that of the first step, or the last."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Way:
    """How far a number may go in one direction, all others as they are."""

    side: Side
    last: int
    """The farthest value, contiguous from that of the layout; that itself where nothing can change."""
    room: Room
    stops: tuple[Stop, ...] = ()
    """Everything that the step after `last` breaks; at least one where the way is stopped."""
    ends: str = ""
    """Why there is no next step, or why nothing is known of it."""
    bisected: bool = False
    """Whether bisection found the stop, between values that arithmetic names."""
    questions: int = 0
    """Values tried."""
    costs: tuple[Cost, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """The values that one macro may have."""

    name: str
    value: int
    unit: int
    """A step: values are multiples of it, but for that of the layout."""
    in_bytes: bool
    """Whether it is an address or a size rather than a count or another number."""
    origin: Origin
    down: Way
    up: Way
    broken: tuple[str, ...] = ()
    """Properties of it, or of its region, that are broken as it is: these cannot stop it."""
    comments: tuple[Origin, ...] = ()
    """Comments that state the number or one of its region, and would have to change with it."""

    @property
    def ways(self) -> tuple[Way, Way]:
        """Down and up."""
        return self.down, self.up

    @property
    def costs(self) -> tuple[Cost, ...]:
        """The first of each property, of both ways."""
        found: dict[str, Cost] = {}
        for each in (*self.down.costs, *self.up.costs):
            found.setdefault(each.property, each)
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Unmoved:
    """A macro that is not changed alone, and why."""

    name: str
    origin: Origin
    why: str


@dataclass(frozen=True, slots=True)
class Headroom:
    """Of every macro of a layout how far it may go."""

    subject: Subject
    release: str
    solver: str
    ranges: tuple[Range, ...]
    """In the order of the header."""
    unmoved: tuple[Unmoved, ...]
    doubts: tuple[tuple[str, str], ...]
    """Properties that cannot judge this layout, and why. With any, no way is known to be good: `last` is at most."""
    seconds: float

    @property
    def questions(self) -> int:
        """Layouts tried."""
        return sum(way.questions for each in self.ranges for way in each.ways)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that pins a number, or a price of changing it."""

    kind: str
    """`equal`: any other value breaks it. `below`, `above`: it stops the number on that side. `needs`: a least or exact
    quantity. `stated`: a comment says the number. `written`: it is written in terms of others, and follows them.
    `relative`: it pins nothing, but a change would be told against the baseline."""
    property: str
    """Empty for `written`."""
    source: str
    sentence: str
    value: int | None = None
    """The farthest good value of `below` and `above`; the quantity of `needs`."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A number and why it is what it is."""

    name: str
    value: tuple[int, ...]
    """One number, or those of a list."""
    in_bytes: bool
    origin: Origin
    reasons: tuple[Reason, ...]
    unknown: str = ""
    """Why more may pin it than is told: it was not moved, or the search ended early."""

    @property
    def free(self) -> bool:
        """Whether nothing that is checked pins it, and that is known."""
        return not self.unknown and all(each.kind == "relative" for each in self.reasons)


@dataclass(frozen=True, slots=True)
class Reasons:
    """What pins every number of a layout."""

    subject: Subject
    release: str
    solver: str
    numbers: tuple[Pinned, ...]
    doubts: tuple[tuple[str, str], ...]
    seconds: float
