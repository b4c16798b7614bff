"""Text as lines that know where they come from: what a patch turns one layout into another as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.layout.origin import Origin
from verifier.reading.c_tokens import decode
from verifier.reading.models import Model, replacements_of


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line end."""

    text: str
    origin: Origin
    """Where it stands: in the header that was given, or in the mail that adds it."""


def lines_of(content: bytes, file: str) -> tuple[Line, ...]:
    """The lines of a header. Raises InputError when it is no text, or longer than a header may be."""
    texts = decode(content, file).split("\n")
    if texts[-1] == "":
        texts.pop()
    return tuple(Line(text, Origin(file, number)) for number, text in enumerate(texts, 1))


def joined(lines: Sequence[Line]) -> bytes:
    """The text of a header in UTF-8: line n of it is `lines[n - 1]`."""
    return "".join(f"{line.text}\n" for line in lines).encode()


def release_lines(model: Model) -> tuple[Line, ...]:
    """A release or proposal as a header would put it: one `#define` a line, without comments.

    Each line's origin is its place in the model file; where that file leaves lines out between two
    macros, there is a blank line. Raises InputError as `replacements_of` does.
    """
    return tuple(_release_lines(model))


def _release_lines(model: Model) -> Iterator[Line]:
    before: Origin | None = None
    for name, (text, origin) in replacements_of(model).items():
        if before is not None and origin != Origin(before.file, before.line + 1):
            yield Line("", origin)
        yield Line(f"#define {name} {text}", origin)
        before = origin
