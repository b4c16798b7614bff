"""What stands in proofs/, damaged: as the commands read it, and as the stand-alone checker does."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from unittest import mock

from tests.fuzz.frame import ROOT
from verifier.reading import recorded_verdicts

PROOFS = ROOT / "proofs"
_BY_SIZE = sorted((path.stat().st_size, path.stem) for path in (PROOFS / "certificates").glob("*.json"))
SMALL = tuple(name for _, name in _BY_SIZE[:400:40])
"""Obligations that are read soon, of several shapes."""


def verdicts(data: bytes, folder: Path) -> None:
    """`proofs/index.json` as an installation may have it, damaged."""
    (folder / "index.json").write_bytes(data)
    recorded_verdicts._theorems.cache_clear()
    try:
        with mock.patch.object(recorded_verdicts, "data_folder", return_value=folder):
            recorded_verdicts.recorded_verdicts("4.18.0")
            recorded_verdicts.theorems()
    finally:
        recorded_verdicts._theorems.cache_clear()


@cache
def _checker() -> ModuleType:
    """proofs/check.py, imported by name so that its edges can be counted; nothing is added to proofs/."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return import_module("proofs.check")
    finally:
        sys.dont_write_bytecode = before


def certificate(data: bytes, folder: Path) -> None:
    """The stand-alone checker on a folder with one obligation: it says what is wrong, with status 1 or 2."""
    text, _, proof = data.partition(b"\0")
    folder, name = folder / "proofs", "a"
    files = f"obligations/{name}.smt2", f"certificates/{name}.json"
    for file, content in zip(files, (text, proof), strict=True):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    check = _checker()
    hashes = [check.hashlib.sha256(each).hexdigest() for each in (text, proof)]
    entry = {"file": files[0], "certificate": files[1], "sha256": hashes[0], "certificate_sha256": hashes[1]}
    family = {"releases": ["head"], "obligations": [name], "verdict": "proved", "uses": []}
    theorems = [{"name": "t", "families": [family]}]
    index = {"format": check.FORMAT, "theorems": theorems, "obligations": {name: entry}}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    _checked(folder)


def index(data: bytes, folder: Path) -> None:
    """The same with some real obligations and an index of anybody's."""
    folder = folder / "indexed"
    if not folder.is_dir():
        for name in SMALL:
            for file in (f"obligations/{name}.smt2", f"certificates/{name}.json"):
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes((PROOFS / file).read_bytes())
    (folder / "index.json").write_bytes(data)
    _checked(folder)


def _checked(folder: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = _checker().main([str(folder)])
    assert status in (0, 1, 2), status
    assert said.getvalue().isascii(), "the checker's words are no ASCII"
