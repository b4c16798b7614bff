"""A patch and the lines of a header -> the lines of the patched header, and how each hunk was applied.

Three levels, the first that fits counts: `exact`; `white-space`, where runs of spaces and blank lines do
not matter; `macro`, where macros are replaced by name and what else the hunk shows is not compared.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from verifier.layout.change import Note, Step
from verifier.layout.errors import InputError
from verifier.reading.hunk import Hunk, HunkLine
from verifier.reading.hunk_macros import names_of, there_already
from verifier.reading.lines import Line
from verifier.reading.macro_level import apply_macros
from verifier.reading.series import Patch

EXACT, WHITE_SPACE, MACRO = "exact", "white-space", "macro"
MAX_WORK = 20_000_000
"""Lines of the header times hunks."""
MAX_MACRO_WORK = 100_000
"""Lines that are read for macros, again for every hunk that needs it: about three seconds."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A patched header."""

    lines: tuple[Line, ...]
    """The origin of each is in the base, or in the patch that adds it."""
    steps: tuple[Step, ...]


def apply_patch(base: Sequence[Line], patch: Patch, *, macro_only: bool) -> Applied:
    """Apply the hunks of a patch for the header, in order.

    `macro_only` is for a base that is a release, not a header: there is no text to compare, so a
    removed macro must exist with the same value, and context is not looked at. Raises InputError at
    the hunk that does not apply, saying what it expects and what the base has, and for a hunk that
    fits two places.
    """
    if len(base) * len(patch.hunks) > MAX_WORK:
        raise InputError(
            f"{len(patch.hunks)} hunks for a header of {len(base)} lines are too many",
            patch.origin.file,
            patch.origin.line,
        )
    state = _State(list(base), patch)
    for hunk in patch.hunks:
        state.apply(hunk, macro_only=macro_only)
    return Applied(tuple(state.lines), tuple(state.steps))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Lines `first` to `last` of the base, exclusive, are the old side of a hunk."""

    first: int
    last: int
    pairs: tuple[int | None, ...]
    """For each line of the old side its line in the base, None for a blank line that it lacks."""
    unique: bool = False
    """It fits nowhere else."""


class _State:
    """The header as it is after some hunks."""

    def __init__(self, lines: list[Line], patch: Patch) -> None:
        self.lines = lines
        self.steps: list[Step] = []
        self.shift = 0
        """Lines that hunks with line numbers have added in front of what follows them."""
        self.anchor: int | None = None
        """The line after the last one that was touched."""
        self.names = names_of(patch)
        self.unique = False
        """Whether what was looked for last stands in one place only."""
        self.work = 0

    def apply(self, hunk: Hunk, *, macro_only: bool) -> None:
        """Apply one hunk at the first level that fits."""
        if hunk.creates and any(line.text.strip() for line in self.lines):
            raise InputError("hunk creates a file that is there", hunk.origin.file, hunk.origin.line)
        if not macro_only:
            for level in (EXACT, WHITE_SPACE):
                for old, notes in _old_sides(hunk):
                    fit = self._fit(hunk, old, level)
                    if fit is not None:
                        self._replace(hunk, fit, level, notes)
                        return
        self._spend(hunk)
        try:
            result = apply_macros(self.lines, self.names, hunk, self.anchor, compare=not macro_only)
        except InputError as error:
            if not self._applied_already(hunk, macro_only=macro_only):
                raise
            raise InputError(f"{error.message}: already applied", error.file, error.line) from None
        self.lines, self.anchor = result.lines, result.anchor
        self.steps.append(
            Step(hunk.origin, MACRO, result.place, (*result.notes, *_counted(hunk, sure=False)))
        )

    def _spend(self, hunk: Hunk) -> None:
        """Raise InputError once the header was read too often for the macros in it."""
        self.work += len(self.lines)
        if self.work > MAX_MACRO_WORK:
            raise InputError(
                f"too many hunks without fitting context for a header of {len(self.lines)} lines",
                hunk.origin.file,
                hunk.origin.line,
            )

    def _applied_already(self, hunk: Hunk, *, macro_only: bool) -> bool:
        """Whether the new side stands where the old side should."""
        if macro_only:
            return there_already(self.lines, hunk)
        new = hunk.side("+")
        return any(line.sign == "+" for line in new) and any(
            self._fit(hunk, new, level) for level in (EXACT, WHITE_SPACE)
        )

    def _fit(self, hunk: Hunk, old: Sequence[HunkLine], level: str) -> _Fit | None:
        """Where the old side stands in the base, nearest to where the hunk says it does."""
        if not old:
            return self._inserted(hunk) if level == EXACT else None
        if level == EXACT:
            if hunk.start is None and not any(line.text.strip() for line in old):
                return None
            texts = [line.text for line in self.lines]
            first = self._find(texts, [line.text for line in old], hunk, range(len(texts)))
            if first is None:
                return None
            return _Fit(first, first + len(old), tuple(range(first, first + len(old))), self.unique)
        keys = [" ".join(line.text.split()) for line in self.lines]
        kept = [at for at, key in enumerate(keys) if key]
        wanted = [key for line in old if (key := " ".join(line.text.split()))]
        index = self._find([keys[at] for at in kept], wanted, hunk, kept) if wanted else None
        if index is None:
            return None
        return replace(_paired(kept, index, old, len(self.lines)), unique=self.unique)

    def _inserted(self, hunk: Hunk) -> _Fit | None:
        """Where a hunk without context goes, if it has a line number: behind that line (`diff -U0`)."""
        if hunk.start is None or hunk.trimmed:
            return None
        at = hunk.start + self.shift
        return _Fit(at, at, ()) if 0 <= at <= len(self.lines) else None

    def _find(
        self, texts: Sequence[str], wanted: Sequence[str], hunk: Hunk, lines: Sequence[int]
    ) -> int | None:
        """The index in `texts` where `wanted` stands; InputError when there are two as good.

        `lines` gives for each text its line in the base, ascending.
        """
        whole, needle = "\n" + "\n".join(texts) + "\n", "\n" + "\n".join(wanted) + "\n"
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        if hunk.start is None:
            at, expected = 0, 0
            offsets = [whole.find(needle)]
            offsets.append(whole.find(needle, offsets[0] + 1) if offsets[0] >= 0 else -1)
        else:
            expected = min(max(bisect_left(lines, hunk.start - 1 + self.shift), 0), len(texts))
            at = starts[expected]
            offsets = [whole.rfind(needle, 0, at + len(needle)), whole.find(needle, at)]
        found = sorted({bisect_left(starts, offset) for offset in offsets if offset >= 0})
        self.unique = whole.find(needle) == whole.rfind(needle)
        if len(found) == 2 and hunk.start is not None:
            one, other = (abs(index - expected) for index in found)
            found = found if one == other else found[:1] if one < other else found[1:]
        if len(found) == 2:
            one_place, other_place = (self.lines[lines[index]].origin for index in found)
            raise InputError(
                f"hunk fits two places equally well, {one_place} and {other_place}",
                hunk.origin.file,
                hunk.origin.line,
            )
        return found[0] if found else None

    def _replace(self, hunk: Hunk, fit: _Fit, level: str, notes: tuple[Note, ...]) -> None:
        """Put the new side in place of the old one; context keeps the words of the base."""
        lines = self.lines
        result: list[Line] = []
        at = fit.first
        pairs = iter(fit.pairs)
        size = len(fit.pairs)
        for line in hunk.lines:
            if line.sign == "+":
                result.append(Line(line.text, line.origin))
                continue
            if size == 0:
                break  # context that was left out, at the end
            size -= 1
            place = next(pairs)
            if place is None:
                if result and result[-1].origin.file == line.origin.file and line.sign == " ":
                    result.append(Line("", line.origin))  # it ends the group of what was added
                continue
            while at < place:
                result.append(lines[at])
                at += 1
            if line.sign == " ":
                result.append(lines[place])
            at = place + 1
        result += lines[at : fit.last]
        place_text = self._place(fit.first)
        moved = self._moved(hunk, fit)
        sure = hunk.changed and not notes and (not moved or fit.unique)
        notes = (*notes, *moved, *_counted(hunk, sure=sure))
        self.lines = [*lines[: fit.first], *result, *lines[fit.last :]]
        self.anchor = fit.first + len(result)
        self.shift += len(result) - (fit.last - fit.first)
        self.steps.append(Step(hunk.origin, level, place_text, notes))

    def _moved(self, hunk: Hunk, fit: _Fit) -> tuple[Note, ...]:
        if not fit.pairs:
            return (Note("placed by line number only", hunk.origin),)
        if hunk.start is None:
            return ()
        away = fit.first - (hunk.start - 1 + self.shift)
        if not away:
            return ()
        self.shift += away
        count = f"{abs(away)} line{'' if abs(away) == 1 else 's'}"
        return (Note(f"applied {count} {'below' if away > 0 else 'above'} the line it gives", hunk.origin),)

    def _place(self, at: int) -> str:
        if not self.lines:
            return "the empty header"
        return str(self.lines[min(at, len(self.lines) - 1)].origin)


def _counted(hunk: Hunk, *, sure: bool) -> tuple[Note, ...]:
    """The doubt that wrong counts leave, unless all that the hunk shows has been found in its place."""
    if sure or not hunk.miscounted:
        return ()
    return (Note(f"{hunk.miscounted}: lines of it may be missing", hunk.origin, doubt=True),)


def _old_sides(hunk: Hunk) -> list[tuple[tuple[HunkLine, ...], tuple[Note, ...]]]:
    """The old side; where its end is in doubt also without the context behind the last change."""
    whole = hunk.side("-")
    sides: list[tuple[tuple[HunkLine, ...], tuple[Note, ...]]] = [(whole, ())]
    if hunk.trimmed:
        end = max((at for at, line in enumerate(hunk.lines) if line.sign != " "), default=-1)
        short = tuple(line for line in hunk.lines[: end + 1] if line.sign != "+")
        if short and len(short) < len(whole):
            sides.append((short, (Note("context at the end of the hunk left out", hunk.origin),)))
    return sides


def _paired(kept: Sequence[int], index: int, old: Sequence[HunkLine], total: int) -> _Fit:
    """Line up the old side with the base from `kept[index]` on: a blank line pairs with any in its place."""
    leading = next(at for at, line in enumerate(old) if line.text.strip())
    above = kept[index - 1] + 1 if index else 0
    first = max(above, kept[index] - leading)
    pairs: list[int | None] = [None] * (leading - (kept[index] - first))
    pairs += range(first, kept[index])
    before = first - 1
    for line in old[leading:]:
        if line.text.strip():
            before = kept[index]
            pairs.append(before)
            index += 1
        elif before + 1 < (kept[index] if index < len(kept) else total):
            before += 1
            pairs.append(before)
        else:
            pairs.append(None)
    return _Fit(first, before + 1, tuple(pairs))
