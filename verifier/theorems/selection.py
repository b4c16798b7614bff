"""The theorems that a user names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from verifier.layout.errors import InputError
from verifier.theorems.catalogue import theorems
from verifier.theorems.statement import Theorem


def chosen(names: Iterable[str]) -> tuple[Theorem, ...]:
    """Those that one of the names means, in the order of the catalogue; all if there is no name.

    A name is a theorem, a producer, a property, or a pattern of one of them (`libxl/avoids-*`). Raises
    InputError for a name that means nothing.
    """
    patterns = tuple(names)
    found = [each for each in theorems() if not patterns or any(_means(name, each) for name in patterns)]
    for name in patterns:
        if not any(_means(name, each) for each in found):
            raise InputError(f'no theorem "{name}"{nearest(name)}')
    return tuple(found)


def one(name: str) -> Theorem:
    """The theorem of a full name. Raises InputError if there is none."""
    found = next((each for each in theorems() if each.name == name), None)
    if found is None:
        raise InputError(f'no theorem "{name}"{nearest(name)}')
    return found


def nearest(name: str, *others: str) -> str:
    """What may have been meant, to end an error with: a theorem, producer or property, or one of `others`."""
    full = [each.name for each in theorems()]
    parts = [part for each in theorems() for part in (each.producer, each.property)]
    near = get_close_matches(
        name, [*dict.fromkeys([*others, *(full if "/" in name else [*parts, *full])])], 1
    )
    return f'; did you mean "{near[0]}"' if near else '; "verifier list" shows all'


def _means(pattern: str, theorem: Theorem) -> bool:
    return any(fnmatchcase(name, pattern) for name in (theorem.name, theorem.producer, theorem.property))
