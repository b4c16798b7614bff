"""`verifier prove --cross-check` and `--export-proof`: what other solvers say of the same text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.commands.test_prove import QUICK, Capture, shown
from verifier.commands import run
from verifier.logic.second_opinion import SOLVERS, Opinion
from verifier.theorems.selection import chosen
from verifier.xen.release import xen


def opinions(result: str) -> Callable[..., Mapping[str, tuple[Opinion, ...]]]:
    """What solvers say of every text: the second of them `result`."""

    def said(texts: Mapping[str, str], *, timeout: float) -> Mapping[str, tuple[Opinion, ...]]:
        assert timeout > 0
        assert all("(check-sat)" in text for text in texts.values())
        results = ("unsat", result)
        return {
            name: tuple(
                Opinion(solver, "1.0", each, 0.5) for solver, each in zip(SOLVERS, results, strict=True)
            )
            for name in texts
        }

    return said


def test_a_contradiction_of_solvers_is_seventy(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("verifier.logic.second_opinion.opinions", opinions("sat"))
    assert run(["prove", QUICK, "--xen", "head", "--cross-check"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert "solvers disagree on obligation libxl.sort." in err
    assert "z3 says unsat, cvc5 unsat and bitwuzla sat" in err


def test_unknown_of_another_solver_is_counted(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("verifier.logic.second_opinion.opinions", opinions("unknown"))
    out = shown([QUICK, "--xen", "head", "--cross-check"], capsys, 0)
    assert "\n  cvc5 1.0 on the same text: 2 unsat, 0 sat, 0 unknown, 1.0 seconds\n" in out
    assert "\n  bitwuzla 1.0 on the same text: 0 unsat, 0 sat, 2 unknown, 1.0 seconds\n" in out
    report = json.loads(shown([QUICK, "--xen", "head", "--cross-check", "--format", "json"], capsys, 0))
    assert report["trust"]["second_opinions"] == [
        {"solver": "cvc5 1.0", "unsat": 2, "sat": 0, "unknown": 0},
        {"solver": "bitwuzla 1.0", "unsat": 0, "sat": 0, "unknown": 2},
    ]


def test_the_real_solvers_agree(capsys: Capture) -> None:
    """The obligation of libxl/aligned fails on head: the others have to find that, too."""
    out = shown(["libxl/aligned", "--xen", "head", "--cross-check"], capsys, 1)
    for solver in SOLVERS:
        assert re.search(rf"^  {solver} \S+ on the same text: 0 unsat, 1 sat, 0 unknown,", out, re.MULTILINE)


def test_proofs_are_exported(tmp_path: Path, capsys: Capture) -> None:
    out = shown(["rangeset/report", "--xen", "head", "--export-proof", str(tmp_path / "new")], capsys, 0)
    count = len(chosen(["rangeset/report"])[0].obligations(xen("head")) or ())
    assert f"{tmp_path / 'new'}: {count} obligations and {count} proofs by cvc5 written" in out
    texts = sorted((tmp_path / "new").glob("*.smt2"))
    assert len(texts) == count
    for text in texts:
        assert "(check-sat)" in text.read_text()
        proof = text.with_suffix(".cpc").read_text()
        assert f'(reference "{text.name}")' in proof
