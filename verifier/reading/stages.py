"""A patch, mail or mailbox over a base: the layout after each of its patches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.layout.change import Application, Note
from verifier.layout.errors import InputError
from verifier.layout.finding import Subject
from verifier.reading import models
from verifier.reading.apply import apply_patch
from verifier.reading.lines import Line, joined, lines_of, release_lines
from verifier.reading.models import Model
from verifier.reading.patch import HEADER, Patch, Series, read_patches
from verifier.reading.source import Source, open_source


@dataclass(frozen=True, slots=True)
class Stage:
    """The layout after some of the patches of an input."""

    source: Source
    application: Application


def stages(content: bytes, name: str, base: Source, *, both: bool) -> tuple[Stage, ...]:
    """One stage for every patch that changes the layout or code that models describe, in order.

    `content` is that of a file called `name`; `base` a header, to whose text each hunk has to fit, or a
    release, whose macros have to have the values that are removed. Raises InputError as
    `read_patches` and `apply_patch` do.
    """
    series = read_patches(content, name, header=base.subject.name)
    return tuple(_stages(series, _subject(content, name), base, both=both))


def _subject(content: bytes, name: str) -> Subject:
    return Subject("patch", name, hashlib.sha256(content).hexdigest())


def _stages(series: Series, subject: Subject, base: Source, *, both: bool) -> Iterator[Stage]:
    lines = _lines(base)
    kept = [patch for patch in series.patches if _speaks(patch)]
    for number, patch in enumerate(kept, 1):
        applied = apply_patch(lines, patch, macro_only=isinstance(base.content, Model))
        lines = applied.lines
        notes = (*(_left_out(series, kept) if number == 1 else ()), *patch.notes)
        source = replace(
            base,
            subject=subject,
            both=both,
            content=joined(lines),
            lines=lines,
            code=patch.code,
            elsewhere=patch.elsewhere,
        )
        on = base.subject.name if number == 1 else f"{base.subject.name} with the patches before it"
        yield Stage(source, Application(patch.name, on, number, applied.steps, notes))


def _speaks(patch: Patch) -> bool:
    return bool(patch.hunks or patch.elsewhere or any(each.modelled for each in patch.code))


def _left_out(series: Series, kept: Sequence[Patch]) -> tuple[Note, ...]:
    """What of the input has no stage of its own."""
    silent = [patch for patch in series.patches if patch not in kept]
    return (
        *series.notes,
        *(Note(f'"{patch.name}" changes nothing that a verdict rests on', patch.origin) for patch in silent),
    )


def _lines(base: Source) -> tuple[Line, ...]:
    if isinstance(base.content, Model):
        return release_lines(base.content)
    return lines_of(base.content, base.subject.name)


def fitting_releases(content: bytes, name: str, *, arch: str) -> list[tuple[Model, Source]]:
    """The release models that the whole input applies to, oldest first, with the layout that it gives."""
    series, subject = read_patches(content, name, header=HEADER), _subject(content, name)
    found = []
    for model in models.releases():
        try:
            *_, last = _stages(series, subject, open_source(model.tags[-1], arch=arch), both=False)
        except InputError:
            continue  # it does not apply there
        found.append((model, last.source))
    return found


def span(model: Model) -> str:
    """The tags of a release model: `4.11.0 to 4.15.7`."""
    first, last = model.tags[0], model.tags[-1]
    return first if first == last else f"{first} to {last}"
