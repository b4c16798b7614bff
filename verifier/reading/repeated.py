"""The hunks of one mail: which say the same, and which are two versions of one change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from verifier.layout.change import Note
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.hunk import Hunk

_MACRO = re.compile(r"\s*#\s*(?:define|undef)\s+(GUEST_\w+|_*xen_mk_ullong\b)(.*)", re.DOTALL)


def macros_in(hunk: Hunk, signs: str) -> Iterator[tuple[str, str, str, Origin]]:
    """Sign, name and text of the `GUEST_` macros in lines with one of the signs."""
    for line in hunk.lines:
        if line.sign in signs and (found := _MACRO.match(line.text)):
            yield line.sign, found[1], " ".join(found[2].split()), line.origin


def within(one: Iterable[Hunk], other: Iterable[Hunk]) -> bool:
    """Whether all changed lines of `one` are among those of `other`."""
    mine = Counter(change for hunk in one for change in hunk.changes())
    return mine <= Counter(change for hunk in other for change in hunk.changes())


def once(hunks: Sequence[Hunk], notes: list[Note]) -> tuple[Hunk, ...]:
    """The hunks of one mail, without repetitions; InputError for two versions of a change."""
    kept: list[Hunk] = []
    seen: dict[tuple[str, str], tuple[str, Hunk, Origin]] = {}
    for hunk in hunks:
        mine = {(sign, name): (text, origin) for sign, name, text, origin in macros_in(hunk, "+-")}
        rivals = {
            id(seen[key][1]): seen[key][1] for key in mine if key in seen and seen[key][1].diff != hunk.diff
        }
        if not mine:
            rivals = {
                id(old): old for old in kept if old.diff != hunk.diff and old.changes() == hunk.changes()
            }
        others = list(rivals.values())
        if others and within([hunk], others):
            notes.append(Note(f"the same change as at {others[0].origin}: taken once", hunk.origin))
            continue
        if others and all(within([old], [hunk]) for old in others):
            notes += (Note(f"the same change as at {hunk.origin}: taken once", old.origin) for old in others)
            kept = [old for old in kept if id(old) not in rivals]
        elif others:
            raise _two_versions(mine, seen)
        kept.append(hunk)
        seen |= {key: (text, hunk, origin) for key, (text, origin) in mine.items()}
    return tuple(kept)


def _two_versions(
    mine: dict[tuple[str, str], tuple[str, Origin]], seen: dict[tuple[str, str], tuple[str, Hunk, Origin]]
) -> InputError:
    both = [key for key in mine if key in seen]
    sign, name = next((key for key in both if mine[key][0] != seen[key][0]), both[0])
    (text, origin), (before, _, place) = mine[sign, name], seen[sign, name]
    return InputError(
        f'two versions of a hunk: "{sign}{name} {text}" here, "{sign}{name} {before}" at {place}; give one of them',
        origin.file,
        origin.line,
    )
