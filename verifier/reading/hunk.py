"""A hunk of a unified diff."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.layout.change import Note
from verifier.layout.origin import Origin

MAX_LINES = 20_000
"""Lines of a hunk that are kept; a header has 500."""


@dataclass(frozen=True, slots=True)
class HunkLine:
    """A line of a hunk: `sign` is " ", "-" or "+"."""

    sign: str
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk of a unified diff, or a run of +/- lines that nothing introduces."""

    paths: tuple[str, ...]
    """Old and new file without `a/` and `b/`, one if they are equal; empty if no file is named."""
    origin: Origin
    """The `@@` line, or the first line of a bare run."""
    lines: tuple[HunkLine, ...]
    start: int | None
    """The line of the old file, from 1, at which the hunk says it starts; None if it does not say."""
    section: str
    """What stands behind the second `@@`."""
    diff: int
    """The same for hunks that one file header introduces, else different."""
    trimmed: bool
    """Its counts are wrong or missing: its last context lines may not be of it."""
    notes: tuple[Note, ...] = ()
    miscounted: str = ""
    """How its counts are wrong; empty if they are right or missing."""
    creates: bool = False
    """Its old file is `/dev/null`, or it names none, has no old lines and starts at line 0."""

    @property
    def changed(self) -> bool:
        """Whether any line is added or removed."""
        return any(line.sign != " " for line in self.lines)

    def side(self, sign: str) -> tuple[HunkLine, ...]:
        """The lines of the old ("-") or new ("+") text, context included."""
        return tuple(line for line in self.lines if line.sign in {" ", sign})

    def changes(self) -> tuple[tuple[str, str], ...]:
        """Sign and text of the changed lines, white space collapsed, blank lines left out."""
        found = ((line.sign, " ".join(line.text.split())) for line in self.lines if line.sign != " ")
        return tuple((sign, text) for sign, text in found if text)


@dataclass(slots=True)
class OpenHunk:
    """A hunk as it grows."""

    prefix: str
    depth: int
    origin: Origin
    start: int | None = None
    left: list[int] | None = None
    """Lines that the counts still promise, of the old and of the new text."""
    section: str = ""
    doubtful: bool = False
    """The counts are wrong, so they do not say where the hunk ends."""
    lines: list[HunkLine] = field(default_factory=list)
    notes: dict[str, Note] = field(default_factory=dict)
    miscounted: str = ""
    old: int = -1
    """Lines of the old text that the counts promise, -1 if they do not say."""

    def add(self, sign: str, text: str, origin: Origin) -> None:
        if len(self.lines) < MAX_LINES:
            self.lines.append(HunkLine(sign, text, origin))
        else:
            self.note(f"hunk has more than {MAX_LINES} lines: the rest left out", origin, doubt=True)
        if self.left is not None:
            self.left[0] -= sign != "+"
            self.left[1] -= sign != "-"

    def note(self, text: str, origin: Origin, *, doubt: bool = False) -> None:
        self.notes.setdefault(text, Note(text, origin, doubt))

    def closed(self, paths: tuple[str, ...], diff: int, *, trimmed: bool, creates: bool) -> Hunk:
        """The hunk as it has become."""
        return Hunk(
            paths,
            self.origin,
            tuple(self.lines),
            self.start,
            self.section,
            diff,
            trimmed,
            tuple(self.notes.values()),
            self.miscounted,
            creates or (not paths and self.start == self.old == 0),
        )

    @property
    def more(self) -> bool:
        """Whether the counts promise more lines, or say nothing."""
        return self.left is None or max(self.left) > 0
