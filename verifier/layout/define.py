"""The macros of a header, evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.origin import Origin


@dataclass(frozen=True, slots=True)
class Number:
    """The value of a C integer constant expression and the type C gives it.

    `value` is the mathematical value, already wrapped to the type; `bits` is 32 or 64.
    """

    value: int
    bits: int = 64
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Define:
    """An object-like macro whose replacement is a number or a brace list of numbers."""

    name: str
    value: Number | tuple[Number, ...]
    text: str
    """The replacement list as written: no comments, single spaces."""
    origin: Origin
    """The first physical line of the `#define`."""
    previous: Origin | None = None
    """An earlier definition with another replacement list, not removed by `#undef`."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a header and the macros it may speak of."""

    text: str
    """Without delimiters and leading asterisks, white space collapsed to single spaces."""
    origin: Origin
    defines: tuple[str, ...]
    """Macros defined on the comment's own lines or below it, up to the next blank line."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """A macro that some builds of the header define, or evaluate, differently from others.

    `undecided` are the names in the conditions around it that neither the header, its companions
    nor the tool defines.
    """

    name: str
    origin: Origin
    undecided: tuple[str, ...]
