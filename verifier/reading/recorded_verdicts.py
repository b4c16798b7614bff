"""The verdicts on Xen's own algorithms that ship in `proofs/index.json`, by release: no solver, some milliseconds.

They are what `make proofs` stored and CI decides again on every change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from verifier.layout.data import data_folder
from verifier.layout.errors import InputError

_NAME = "proofs/index.json"
NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class RecordedVerdict:
    """Of one theorem in one release."""

    statement: str
    verdict: str
    reason: str
    """How it fails, or why it is unknown."""


def recorded_verdicts(tag: str) -> Mapping[str, RecordedVerdict]:
    """By theorem, every theorem. Empty for a release that nothing is recorded of. Raises InputError."""
    theorems = _theorems()
    found = {each["name"]: _of(each, tag) for each in theorems}
    return found if any(each.verdict != NOT_APPLICABLE for each in found.values()) else {}


def theorems() -> frozenset[str]:
    """The names of all theorems. Raises InputError."""
    return frozenset(each["name"] for each in _theorems())


def _of(theorem: Mapping[str, Any], tag: str) -> RecordedVerdict:
    family = next((each for each in theorem["families"] if tag in each["releases"]), None)
    if family is None:
        return RecordedVerdict(theorem["statement"], NOT_APPLICABLE, "")
    return RecordedVerdict(theorem["statement"], family["verdict"], family["reason"])


@cache
def _theorems() -> list[dict[str, Any]]:
    try:
        data = json.loads((data_folder("proofs") / "index.json").read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = data["theorems"]
        if not all(map(_is_whole, found)):
            raise ValueError("a theorem in it is not as `make proofs` writes one")
    except FileNotFoundError:
        raise InputError("there is no index of proofs", _NAME) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as fault:
        raise InputError(f"no index of proofs can be read: {fault}", _NAME) from None
    return found


def _is_whole(theorem: Mapping[str, Any]) -> bool:
    """Whether all is there that is read of a theorem, each of its type. Raises KeyError and TypeError where it is not."""
    families = theorem["families"]
    texts = (
        theorem["name"],
        theorem["statement"],
        *(each[key] for each in families for key in ("verdict", "reason")),
    )
    return all(isinstance(each, str) for each in texts) and all(
        isinstance(each["releases"], list) for each in families
    )
