"""What the comments of a header say once its numbers are changed and they with them, read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from verifier.layout.c_text import Reworded, Wanted
from verifier.logic.case import Case
from verifier.reading.source import Source
from verifier.rules.comment_groups import Statement, statements
from verifier.writing.edit import edited
from verifier.writing.reread import case_with

Subjects = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """The comments of a header as it would be."""

    reworded: tuple[Reworded, ...]
    notes: tuple[str, ...]
    """What has to be changed or looked at by hand."""
    lies: frozenset[Subjects]
    """Of whom something is said that is not so."""
    doubtful: frozenset[Subjects]
    """Of whom something is said that may not be so."""


def mended(case: Case, source: Source, wanted: Wanted) -> Mended:
    """`case` is that of the source's layout. Raises UnwrittenError where no such text can be made."""
    done = edited(case, source, wanted, {})
    untrue = list(untruths(case_with(case, done.source.layout())))
    return Mended(
        done.reworded,
        done.notes,
        _subjects(each for each in untrue if not each.doubt),
        _subjects(each for each in untrue if each.doubt),
    )


def untruths(case: Case) -> Iterable[Statement]:
    """Amounts of comments that equal nothing they can be of: lies, and what may be about something else."""
    return (each for each in statements(case) if not each.holds)


def _subjects(found: Iterable[Statement]) -> frozenset[Subjects]:
    return frozenset(each.subjects for each in found)
