"""Counterexamples that are kept: `proofs/counterexamples`, one file for each theorem that fails somewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from verifier.layout.errors import InputError
from verifier.reading.toml_file import data_folder
from verifier.theorems.setting import Setting, from_json

FORMAT = "xen-layout-counterexamples/1"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An input that a theorem fails on in some release."""

    what: str
    """In words: what a reader should see in the numbers."""
    setting: Setting
    file: str
    """Where it stands, below `proofs`."""


def file_of(theorem: str) -> str:
    """The file of a theorem, below `proofs`."""
    return f"counterexamples/{theorem.replace('/', '.')}.json"


@cache
def recorded(theorem: str) -> tuple[Recorded, ...]:
    """Those of a theorem, in the order of their file. Raises InputError for a file that is not as it should be."""
    name = file_of(theorem)
    path = data_folder("proofs") / name
    if not path.is_file():
        return ()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT or data["theorem"] != theorem:
            raise ValueError(f"it is no {FORMAT} of {theorem}")
        if not all(isinstance(each["what"], str) for each in data["counterexamples"]):
            raise ValueError("what one of them shows is no text")
        return tuple(
            Recorded(each["what"], from_json(each["input"]), name) for each in data["counterexamples"]
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise InputError(f"no counterexamples can be read: {fault}", f"proofs/{name}") from None
