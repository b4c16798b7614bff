"""What a patch changes, and how it was applied."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.origin import Origin


@dataclass(frozen=True, slots=True)
class Note:
    """A doubt, or something that was made good or left out: what, and where."""

    text: str
    origin: Origin
    doubt: bool = False
    """The layout may not be the one that was meant, so its verdict is unknown."""

    def __str__(self) -> str:
        return f"{self.origin}: {self.text}"


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A function or constant that a patch changes."""

    file: str
    """The path that the patch gives; empty if it gives none."""
    function: str
    """Function or constant; empty if it cannot be told."""
    origin: Origin
    """The first changed line."""
    modelled: str
    """What in models/ rests on it, where the function cannot be told on the file; empty if nothing does."""
    commit: str
    """The commit of Xen that models/ describe."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one hunk was applied."""

    origin: Origin
    """The hunk."""
    level: str
    """`exact`, `white-space` or `macro`."""
    place: str
    """Where in the base, as file:line."""
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class OtherBase:
    """Another release that a patch applies to, and what becomes of it there."""

    first: str
    """Tags of the first and last release with these macros."""
    last: str
    verdict: str
    alone: str
    """The verdict of these releases without the patch."""


@dataclass(frozen=True, slots=True)
class Application:
    """One patch of a file, mail or mailbox, applied to a layout."""

    name: str
    """Its subject, or the name of the file."""
    base: str
    """What it was applied to: `xen-4.15.0`, `arch-arm.h`, in a series with the patches before it."""
    number: int
    """Its place among those of the input that were applied, from 1."""
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]
    """Doubts and repairs of reading it, and for the first patch those of the whole input."""
