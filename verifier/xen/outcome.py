"""What comes out of a producer: regions, an error that Xen reports and survives, or the end of Xen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal, ParamSpec

from verifier.layout.domain_map import Extent
from verifier.logic.word import Word

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Span:
    """`size` bytes from `start`: a `struct membank`, or a pair of `reg`. The size may be 0, the end may wrap."""

    start: Word
    size: Word

    @property
    def extent(self) -> Extent:
        """The bytes of a span of plain numbers; the end is not wrapped."""
        assert isinstance(self.start, int)
        assert isinstance(self.size, int)
        return Extent(self.start, self.start + self.size)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the hypervisor stops, here: while it builds the domain, so the machine does not boot."""

    kind: Literal["assertion", "null-dereference", "panic", "bug"]
    function: str
    """Of Xen."""
    reason: str


class FaultError(Exception):
    """Raised where the modelled hypervisor stops."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.function}: {fault.reason}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a producer leaves for `reg[1..N]` of the hypervisor node."""

    regions: tuple[Span, ...] = ()
    """In the order of `reg`."""
    error: str = ""
    """The name of the error number that Xen logs and survives, with no regions; empty if there is none."""
    fault: Fault | None = None
    """Why Xen stops; then there are no regions."""
    dropped: tuple[Span, ...] = ()
    """What would have been a region had the cap not been reached; Xen does not say so."""


def outcome(producer: Callable[P, Outcome]) -> Callable[P, Outcome]:
    """The producer with a stop of Xen as a value."""

    @wraps(producer)
    def told(*args: P.args, **kwargs: P.kwargs) -> Outcome:
        try:
            return producer(*args, **kwargs)
        except FaultError as stop:
            return Outcome(fault=stop.fault)

    return told
