"""The page of findings speaks of every theorem that fails, quotes what its counterexample gives, and its table is right."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.theorems.test_boots import RUNS
from verifier.theorems.catalogue import theorems
from verifier.theorems.families import families, tags
from verifier.theorems.verdict import refutation

TEXT = (Path(__file__).parents[2] / "manual" / "findings.md").read_text(encoding="utf-8")
HEAD, _, TABLE = TEXT.partition("## Mended since")
ROW = re.compile(r"^\| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)


@cache
def failing() -> dict[str, dict[str, str]]:
    """What each theorem that fails somewhere breaks, by release."""
    found: dict[str, dict[str, str]] = {}
    for theorem in theorems():
        for family in families():
            hit = refutation(theorem, family.xen) if theorem.applies(family.xen) else None
            if hit is not None:
                found.setdefault(theorem.name, {}).update(dict.fromkeys(family.tags, hit[1].message))
    return found


def spans(bad: set[str]) -> str:
    """`4.16.0..4.19.2, 4.20.0`."""
    runs: list[list[str]] = [[]]
    for tag in tags():
        if tag in bad:
            runs[-1].append(tag)
        else:
            runs.append([])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs if run)


def test_each_theorem_that_fails_on_head_is_quoted() -> None:
    at_head = {name: found["head"] for name, found in failing().items() if "head" in found}
    quoted = re.findall(r"^([a-z0-9-]+/[a-z0-9-]+): (.*)$", HEAD, re.MULTILINE)
    assert dict(quoted) == at_head
    assert len(quoted) == len(at_head) >= 15


@pytest.mark.parametrize("name", [name for name, found in failing().items() if "head" in found])
def test_its_section_names_it_and_has_all_parts(name: str) -> None:
    (section,) = (each for each in re.split(r"^## ", HEAD, flags=re.MULTILINE) if f"\n{name}: " in each)
    assert f"`{name}`" in section
    for part in ("* Cause:", "* Trigger", "* Shown by:"):
        assert part in section
    if not name.startswith("top-of-space"):
        assert "* Effect:" in section
        assert "* Fix:" in section
        assert "ince 4." in section


def test_the_table_of_what_is_mended() -> None:
    rows = [row for row in ROW.findall(TABLE) if "`" in row[1]]
    found = {name: releases for _, names, releases, _ in rows for name in re.findall(r"`([^`]+)`", names)}
    assert found == {name: spans(set(bad)) for name, bad in failing().items() if "head" not in bad}


def test_every_kind_of_boot_is_named() -> None:
    kinds = {re.sub(r"^fi-(.*)-[^-]*$", r"\1", name) for name in RUNS}
    assert len(kinds) >= 12
    assert all(f"`{kind}`" in TEXT for kind in kinds)


def test_it_is_plain() -> None:
    assert TEXT.isascii()
    assert " -- " not in TEXT
