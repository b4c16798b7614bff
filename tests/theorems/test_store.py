"""proofs/: what is stored is what would be stored now; a changed verdict needs a reason; the checker alone agrees."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from verifier.layout.data import data_folder
from verifier.layout.errors import InputError
from verifier.theorems.store import Collected, changed, differences, read_index, write
from verifier.theorems.verdict import Prover

PROOFS = data_folder("proofs")


@cache
def collected() -> Collected:
    return Collected(Prover())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROOFS, tmp_path / "proofs", ignore=shutil.ignore_patterns("__pycache__")))


def rewrite(folder: Path, change: Callable[[Any], object]) -> None:
    index = json.loads((folder / "index.json").read_text())
    change(index)
    (folder / "index.json").write_text(json.dumps(index))


def theorem(index: Any, name: str) -> Any:
    return next(each for each in index["theorems"] if each["name"] == name)


def test_what_is_stored_is_what_is_proved_now() -> None:
    assert differences(PROOFS, collected()) == [], "run `make proofs`"


def test_the_checker_alone_agrees() -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(PROOFS / "check.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    index = read_index(PROOFS)
    counted = f"{len(index['theorems'])} theorems, {len(index['obligations'])} obligations"
    assert done.stdout == f"{counted}: no problems\n"


def test_every_obligation_of_every_proved_theorem_is_stored() -> None:
    index = read_index(PROOFS)
    used = {
        name
        for each in index["theorems"]
        for family in each["families"]
        if family["verdict"] == "proved"
        for name in family["obligations"]
    }
    assert used == set(index["obligations"])
    assert all(f["obligations"] for e in index["theorems"] for f in e["families"] if f["verdict"] == "proved")


def test_another_verdict_is_told(folder: Path) -> None:
    def change(index: Any) -> None:
        theorem(index, "libxl/avoids-iomem")["families"][-1]["verdict"] = "refuted"

    rewrite(folder, change)
    assert differences(folder, collected()) == [
        "libxl/avoids-iomem: was refuted, is proved in xen 4.21.0 to head, 5 releases"
    ]


def test_a_changed_verdict_needs_a_reason_which_is_kept(folder: Path) -> None:
    def change(index: Any) -> None:
        theorem(index, "libxl/avoids-iomem")["families"][-1]["verdict"] = "refuted"

    rewrite(folder, change)
    before = read_index(folder)["changes"]
    with pytest.raises(InputError, match="verdicts changed, and no reason is given"):
        write(folder, collected())
    assert read_index(folder)["changes"] == before
    write(folder, collected(), "a test")
    *kept, added = read_index(folder)["changes"]
    assert (kept, added["reason"]) == (before, "a test")
    assert differences(folder, collected()) == []


def test_writing_what_is_there_changes_nothing(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write(folder, collected())
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_new_theorem_is_no_change(folder: Path) -> None:
    stored = read_index(folder)
    fewer = {**stored, "theorems": stored["theorems"][:-1]}
    assert changed(fewer, stored) == []
    assert changed(stored, fewer), "but one that is gone is"


@pytest.mark.parametrize("kind", ["changed", "missing", "more"])
def test_an_obligation_that_is_not_as_stored_is_told(folder: Path, kind: str) -> None:
    name = "libxl.sort.order"
    path = folder / "obligations" / f"{name}.smt2"
    if kind == "changed":
        path.write_text(path.read_text().replace("bvult", "bvule", 1))
    elif kind == "missing":
        path.unlink()
    else:
        rewrite(folder, lambda index: index["obligations"].update(more={}))
        name = "more"
    assert [each.split()[0] for each in differences(folder, collected())] == [name]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "no JSON"), ("[]", "not of the format"), ('{"format": "other/1"}', "not of the format")],
)
def test_an_index_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(InputError, match=message):
        read_index(tmp_path)
    with pytest.raises(InputError, match="there is no index"):
        read_index(tmp_path / "nowhere")
