"""`verifier explain` of theorems, and the words for a concrete input."""

from __future__ import annotations

from dataclasses import fields

import pytest

from verifier.commands import run
from verifier.commands.explain_theorem import explained
from verifier.reports import theorem_text
from verifier.theorems.catalogue import theorems
from verifier.theorems.selection import chosen
from verifier.theorems.setting import Setting
from verifier.theorems.verdict import Prover
from verifier.theorems.words import example
from verifier.xen.release import xen

Capture = pytest.CaptureFixture[str]
NAMES = [each.name for each in theorems()]


def test_every_part_of_an_input_is_told() -> None:
    """A field of a setting that no words tell would hide what a counterexample hangs on."""
    (theorem,) = chosen(["domu-holes/aligned"])
    pairs = ((0x1000, 0x2000),)
    values = {
        "grant": (0x1000, 0x2000),
        "text": (0x1000, 0x2000),
        "cells": (1, 2),
        "ipa_bits": 36,
        "bits": 32,
        "untranslatable": True,
    }
    for field in fields(Setting):
        if field.name == "used":  # told with the windows
            continue
        value = values.get(field.name, 7 if field.name in ("frames", "amount", "top") else pairs)
        changed = Setting(**{field.name: value})  # type: ignore[arg-type]  # of the type that the field has
        assert (
            example(theorem, xen("4.10.0"), changed).given != example(theorem, xen("4.10.0"), Setting()).given
        )


def test_long_lists_are_cut_and_counted() -> None:
    (theorem,) = chosen(["libxl/aligned"])
    setting = Setting(
        windows=((0x40000000, 0x40000000),), iomem=tuple((0x40000 + 2 * n, 1) for n in range(50))
    )
    lines = list(theorem_text.example(example(theorem, xen("4.10.0"), setting)))
    assert f"      ... {50 - 7} more ..." in lines
    assert sum("in xl's syntax" in line for line in lines) == 7


@pytest.fixture(scope="module")
def prover() -> Prover:
    return Prover()


@pytest.mark.parametrize("name", NAMES)
def test_explain(name: str, prover: Prover) -> None:
    text = " ".join("\n".join(explained(name, prover)).split())
    (theorem,) = chosen([name])
    assert text.startswith(f"{name}: {' '.join(theorem.statement.split())} Why: ")
    for each in theorem.assumptions:
        assert f"{each.id}: {each.statement} ({each.source})" in text
    for cite in theorem.cites:
        assert f"{cite.document}: {cite.clause}" in text
    assert "By release of Xen: " in text
    assert ("Example" in text) or ("Refuted in xen " in text)
    if "By release of Xen: proved" in text:
        assert "Proved for xen head by " in text


def test_explain_on_the_command_line(capsys: Capture) -> None:
    assert run(["explain", "libxl/avoids-iomem"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for words in (
        "For any number of: iomem.",
        "by induction over the passes",
        "It rests on:\n  libxl/sort: ",
    ):
        assert words in " ".join(out.split()) or words in out
