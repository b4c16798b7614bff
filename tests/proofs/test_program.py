"""How the checker is begun, with a folder or without, in this process, where `tests/mutation` can plant faults."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.proofs.test_index import CHECK, digest
from verifier.logic.certify import checker

GOOD = "1 theorems, 1 obligations: no problems\n"


def write(folder: Path, name: str = "one") -> None:
    """An obligation that is impossible at once, 1 <= 0, and a theorem of it."""
    files = {
        f"obligations/{name}.smt2": "(set-logic QF_BV)\n(assert false)\n(check-sat)\n",
        f"certificates/{name}.json": json.dumps(
            {"format": "xen-layout-certificate/1", "proof": {"farkas": [[0, 1]]}}
        ),
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    obligation, certificate = files
    entry = {"file": obligation, "sha256": digest(folder / obligation)}
    entry |= {"certificate": certificate, "certificate_sha256": digest(folder / certificate)}
    family = {"releases": ["head"], "verdict": "proved", "obligations": [name], "uses": []}
    theorems = [{"name": "frames/one", "families": [family]}]
    index = {"format": "xen-layout-proofs/1", "obligations": {name: entry}, "theorems": theorems}
    (folder / "index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("name", ["one", "frames/one", "xen/frames/one"])
def test_obligations_may_lie_in_folders_of_their_own(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of which the index says nothing: it names files."""
    write(tmp_path, name)
    assert checker().main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == GOOD


def test_without_a_folder_it_is_that_of_the_checker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    monkeypatch.setattr(checker(), "__file__", str(tmp_path / "check.py"))
    assert checker().main([]) == 0
    assert capsys.readouterr().out == GOOD


@pytest.mark.parametrize("good", [True, False])
def test_as_a_program_it_takes_the_folder_from_its_arguments_and_ends_with_the_status(
    good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    if not good:
        (tmp_path / "certificates" / "two.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", [str(CHECK), str(tmp_path)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # proofs/ is data
    spec = importlib.util.spec_from_file_location("__main__", CHECK)
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(SystemExit) as ended:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert ended.value.code == (0 if good else 1)
    assert (capsys.readouterr().out == GOOD) == good
