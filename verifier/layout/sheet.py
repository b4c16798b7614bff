"""One list of what a run found, in words: the value that every format for machines is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from posixpath import normpath

from verifier.layout.data import data_folder
from verifier.layout.finding import Assumption, Cite
from verifier.layout.origin import Origin
from verifier.layout.units import listing


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader should look."""

    file: str
    """As it was given; below `models` or `proofs` for what ships with the tool."""
    line: int | None = None
    """From 1; None for the whole file."""

    @classmethod
    def of(cls, origin: Origin | None) -> Place | None:
        """That of an origin, if there is one."""
        return None if origin is None else cls(origin.file, origin.line)

    @property
    def shipped(self) -> bool:
        """Whether the file is data of the tool: nothing that its user could open or change."""
        folder, _, name = self.file.partition("/")
        return folder in ("models", "proofs") and (data_folder(folder) / name).is_file()

    @property
    def named(self) -> bool:
        """Whether it is a file at all, and not `<stdin>`."""
        return not self.file.startswith("<")

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A region `[start, end)` that a row speaks of, and where it is defined."""

    name: str
    start: int
    end: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A property or theorem that was asked about."""

    id: str
    title: str
    statement: str
    why: str
    cites: tuple[Cite, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding in words."""

    topic: str
    """The id of the property or theorem."""
    verdict: str
    """One of those of `verifier.layout.finding.Verdict`."""
    severity: str
    """`error`, or `advice`, which changes no verdict."""
    subjects: tuple[str, ...]
    message: str
    """One sentence."""
    details: tuple[str, ...] = ()
    """The numbers behind it."""
    fails_when: tuple[str, ...] = ()
    """The configurations that fail, one line for each block of them."""
    example: str = ""
    """The configuration of the counterexample, and the address."""
    help: tuple[str, ...] = ()
    """What would repair it, the least first."""
    place: Place | None = None
    """Where to look first."""
    marks: tuple[Mark, ...] = ()
    """The regions of the counterexample."""
    waiver: str = ""
    """Who accepts it and why, for a verdict of `waived`."""

    @property
    def advises(self) -> bool:
        """Whether it changes no verdict."""
        return self.severity == "advice"

    @property
    def about(self) -> str:
        """`no-overlap of GUEST_RAM1 and GUEST_SAFE_RANGE`."""
        return f"{self.topic} of {listing(self.subjects)}" if self.subjects else self.topic

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything beside the message."""
        fails = [f"{'and' if index else 'fails when'}: {line}" for index, line in enumerate(self.fails_when)]
        example = [f"for example: {self.example}"] if self.example else []
        helps = [f"help: {line}" for line in self.help]
        return (*self.details, *fails, *example, *helps, *([self.waiver] if self.waiver else []))

    @property
    def key(self) -> str:
        """What stays the same when lines move: topic, subjects and file."""
        file = "" if self.place is None else normpath(self.place.file)
        return "\0".join([self.topic, file, *sorted(self.subjects)])


@dataclass(frozen=True, slots=True)
class Part:
    """What was found of one layout, one board or one commit."""

    context: str
    """What sets it apart from the others: `patch 2 of 3`, `commit 32d8c7f9a0`; empty if there is one part."""
    headline: str
    """One sentence."""
    verdict: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    """How the input was read, what was made good, what else holds: one line each, no findings."""
    unlisted: tuple[str, ...] = ()
    """Those of the notes that tell of findings for which there are no rows."""

    def said(self, row: Row) -> str:
        """The message of one of the rows, with what sets the part apart."""
        return f"{self.context}: {row.message}" if self.context else row.message


@dataclass(frozen=True, slots=True)
class Sheet:
    """The result of one run."""

    command: str
    subject: str
    """The name of what was looked at."""
    headline: str
    """One sentence."""
    verdict: str
    topics: tuple[Topic, ...]
    """At least those of the rows."""
    parts: tuple[Part, ...]
    assumptions: tuple[Assumption, ...] = ()
    solver: str = ""

    def entries(self) -> Iterator[tuple[Part, Row, str]]:
        """Each row with its part and its fingerprint: no two are the same, and none depends on line numbers.

        Of rows with the same key the second and later ones are told apart by their number.
        """
        seen: Counter[str] = Counter()
        for part in self.parts:
            for row in part.rows:
                seen[row.key] += 1
                text = f"{row.key}\0{seen[row.key]}"
                yield part, row, sha256(text.encode(errors="surrogateescape")).hexdigest()


DECIDED = Topic(
    "decided",
    "something is proved, and nothing else is open",
    "What is asked about follows from what is given, and at least one property of it is proved.",
    "What is not known is not proved: a check of nothing would be green and blind.",
    (Cite("manual/proved.md", "What the verdicts rest on"),),
)
"""The topic of what no other speaks of."""
_NOTHING = Row(DECIDED.id, "unknown", "error", (), "nothing is proved")


def with_doubts(sheet: Sheet) -> Sheet:
    """The sheet, with a row that says so where nothing is proved and no other row is unknown.

    Else a reader that counts rows would see none that is wrong.
    """
    parts = tuple(
        replace(part, rows=(*part.rows, _NOTHING)) if _is_silent(part) else part for part in sheet.parts
    )
    whole = Part("", sheet.headline, sheet.verdict, tuple(row for part in parts for row in part.rows))
    if _is_silent(whole):
        parts = (replace(whole, rows=(_NOTHING,)), *parts)
    return replace(sheet, topics=(*sheet.topics, DECIDED), parts=parts)


def _is_silent(part: Part) -> bool:
    """Whether no row says why the verdict is unknown."""
    return part.verdict == "unknown" and not any(
        row.verdict == "unknown" and not row.advises for row in part.rows
    )
