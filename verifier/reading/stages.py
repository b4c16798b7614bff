"""A patch, mail or mailbox over a base: the layout after each of its patches."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.layout.change import Application, Note
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.subject import Subject
from verifier.reading import models
from verifier.reading.apply import apply_patch
from verifier.reading.c_directives import PREFIX
from verifier.reading.hunk_macros import defined_name
from verifier.reading.lines import Line, joined, lines_of, release_lines
from verifier.reading.models import Model
from verifier.reading.patch import HEADER, read_patches
from verifier.reading.series import Patch, Series
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
    doubts: list[Note] = []
    for number, patch in enumerate(kept, 1):
        applied = apply_patch(lines, patch, macro_only=isinstance(base.content, Model))
        lines = applied.lines
        notes = (*(_left_out(series, kept) if number == 1 else ()), *patch.notes)
        source = replace(
            base, subject=subject, both=both, content=joined(lines), lines=lines, code=patch.code
        )
        doubts += _doubts(patch, [*notes, *(note for step in applied.steps for note in step.notes)])
        doubts += _without_effect(patch, source)
        source = replace(source, doubts=tuple(dict.fromkeys(doubts)))
        on = base.subject.name if number == 1 else f"{base.subject.name} with the patches before it"
        yield Stage(source, Application(patch.name, on, number, applied.steps, notes))


def _doubts(patch: Patch, notes: Sequence[Note]) -> list[Note]:
    """What keeps the layout from being known: also for the patches that follow."""
    return [*(note for note in notes if note.doubt), *foreign(patch)]


def foreign(patch: Patch) -> Iterator[Note]:
    """A doubt for each macro that the patch changes in another file than the header."""
    for note in patch.elsewhere:
        yield Note(f"{note.text}, which is no part of the layout that was read", note.origin, doubt=True)


def _without_effect(patch: Patch, source: Source) -> Iterator[Note]:
    """Macros that a patch adds or removes, but not for the layout that results.

    The text was patched by its lines: a macro may have come into a comment, or to a place where it is not
    compiled. Where the result cannot be read at all, reading it says why.
    """
    added, removed = _last_defines(patch)
    try:
        layout = source.layout()
    except InputError:
        return
    pairs = (*layout.differing, *layout.by_arch)
    both = [(name, each) for name, *pair in pairs for each in pair if each is not None]
    there = {(name, each.origin) for name, each in (*layout.defines.items(), *both)}
    there |= {(each.name, each.origin) for each in layout.conditionals} | set(layout.others)
    names = {name for name, _ in there}
    for name, origin in added.items():
        if (name, origin) not in there:
            said = f"{name} is added, but is no macro of the layout that results: in a comment or condition, or undefined"
            yield Note(said, origin, doubt=True)
    for name, origin in removed.items():
        if name not in added and name in names:
            yield Note(f"{name} is removed, but the layout that results has it still", origin, doubt=True)


def _last_defines(patch: Patch) -> tuple[dict[str, Origin], dict[str, Origin]]:
    """The last line that adds, and that removes, each `GUEST_` macro that has no parameters."""
    found: dict[str, dict[str, Origin]] = {"+": {}, "-": {}, " ": {}}
    for hunk in patch.hunks:
        for line in hunk.lines:
            name = defined_name(line.text)
            if name.startswith(PREFIX) and not re.match(rf"\s*#\s*define\s+{name}\(", line.text):
                found[line.sign][name] = line.origin
    return found["+"], found["-"]


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
            done = tuple(_stages(series, subject, open_source(model.tags[-1], arch=arch), both=False))
        except InputError:
            continue  # it does not apply there
        code = tuple(dict.fromkeys(change for stage in done for change in stage.source.code))
        found.append((model, replace(done[-1].source, code=code)))
    return found


def span(model: Model) -> str:
    """The tags of a release model: `4.11.0 to 4.15.7`."""
    first, last = model.tags[0], model.tags[-1]
    return first if first == last else f"{first} to {last}"
