"""Recorded counterexamples: each breaks its theorem, has nothing to spare, and the set model says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.theorems.wanted import FREE, as_read, wanted
from verifier.layout.data import data_folder
from verifier.theorems import violation
from verifier.theorems.catalogue import theorems
from verifier.theorems.families import Family, families
from verifier.theorems.recorded import Recorded, file_of, recorded
from verifier.theorems.search import breaks, without_one
from verifier.theorems.setting import from_json
from verifier.theorems.statement import Theorem
from verifier.theorems.statements import domu_holes, iommu_holes, libxl, unallocated
from verifier.theorems.verdict import refutation

THEOREMS = {each.name: each for each in theorems()}
FILES = sorted((data_folder("proofs") / "counterexamples").glob("*.json"))
NAMES = [name for name in THEOREMS if recorded(name)]
PRODUCERS = {each.PRODUCER.name: each.PRODUCER for each in (domu_holes, iommu_holes, libxl, unallocated)}


def used(theorem: Theorem) -> list[tuple[Family, Recorded]]:
    """The families in which it is refuted, each with the counterexample that its verdict shows."""
    found = [
        (family, refutation(theorem, family.xen)) for family in families() if theorem.applies(family.xen)
    ]
    return [(family, hit[0]) for family, hit in found if hit is not None]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_of_a_theorem_and_says_what_to_see(path: Path) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert file_of(data["theorem"]) == f"counterexamples/{path.name}"
    assert data["theorem"] in THEOREMS
    for each in recorded(data["theorem"]):
        assert from_json(each.setting.to_json()) == each.setting
        assert each.what.isascii()
        assert len(each.what) > 20


def test_there_are_files() -> None:
    assert len(FILES) == len(NAMES) >= 35


@pytest.mark.parametrize("name", NAMES)
def test_each_is_used(name: str) -> None:
    """One that breaks nothing is stale; one that breaks only where an earlier one is shown is needless."""
    theorem = THEOREMS[name]
    for each in recorded(name):
        assert any(
            breaks(theorem, family.xen, each.setting) for family in families() if theorem.applies(family.xen)
        )
    if name not in SEVERAL:
        assert {each.what for _, each in used(theorem)} == {each.what for each in recorded(name)}


SEVERAL = ("top-of-space/any-memory",)
"""One for each width."""


@pytest.mark.parametrize("name", NAMES)
def test_no_entry_can_be_spared(name: str) -> None:
    theorem = THEOREMS[name]
    seen: set[tuple[str, str]] = set()
    for family, each in used(theorem):
        for fewer in without_one(each.setting):
            assert not breaks(theorem, family.xen, fewer), (family.name, each.what, fewer)
        seen.add((family.name, each.what))
    assert seen


BEYOND = ("iommu-holes/wrapping-windows",)
"""What sets of addresses below 2^64 cannot say: a window that wraps."""
OF_PRODUCERS = [name for name in NAMES if name.split("/")[0] in FREE and name not in BEYOND]


@pytest.mark.parametrize("name", OF_PRODUCERS)
def test_the_set_model_would_offer_something_else(name: str) -> None:
    """What a guest reads is not what the set model offers, or Xen stops, or the guest is offered less because of the cap."""
    theorem = THEOREMS[name]
    producer = PRODUCERS[theorem.producer]
    for family, each in used(theorem):
        outcome = producer.outcome(family.xen, each.setting)
        if outcome.fault is not None:
            assert theorem.property in STOPS, family.name
            continue
        offered = as_read(each.setting, violation.regions(outcome))
        assert offered != wanted(theorem.producer, each.setting), (family.name, each.what)


STOPS = ("preconditions", "empty-grant-region")

MENDED = [name for name in OF_PRODUCERS if refutation(THEOREMS[name], families()[-1].xen) is None]


@pytest.mark.parametrize("name", MENDED)
def test_head_offers_what_the_set_model_does_where_the_defect_is_mended(name: str) -> None:
    """But that libxl does not align what iomem cuts (libxl/aligned)."""
    theorem, head = THEOREMS[name], families()[-1].xen
    for each in recorded(name):
        outcome = PRODUCERS[theorem.producer].outcome(head, each.setting)
        assert outcome.fault is None
        offered = violation.regions(outcome)
        if theorem.producer == "libxl":
            offered = [(start + -start % SUPERPAGE, end - end % SUPERPAGE) for start, end in offered]
        assert offered == wanted(theorem.producer, each.setting), each.what


SUPERPAGE = 2 << 20


def test_some_are_mended() -> None:
    assert len(MENDED) >= 12


@pytest.mark.parametrize(
    ("name", "tag", "says"),
    [
        (
            "libxl/aligned",
            "head",
            "extended region [0xa0001000, 0x100000000) (~1.50 GiB) starts at 0xa0001000, 4 KiB above",
        ),
        ("iommu-holes/preconditions", "4.18.0", "Xen stops in rangeset_remove_range (null-dereference)"),
        (
            "iommu-holes/preconditions",
            "head",
            "[0x80000000, 0x10000000000) (1022 GiB) follows [0x0, 0x80000000)",
        ),
        ("unallocated/registers-fit", "head", "read as 0x100000000 with a size of 0x0"),
        ("unallocated/inside-host-ram", "4.17.0", "holds 0x80000000, which is in no bank of RAM"),
        ("domu-holes/avoids-layout", "4.20.0", "overlap by 2046 MiB, [0x100000000, 0x17fe00000)"),
        ("rangeset/remove", "4.4.0", "0x1000 is in the set, and must not be"),
    ],
)
def test_what_some_of_them_say(name: str, tag: str, says: str) -> None:
    """Worked out by hand from the input."""
    family = next(each for each in families() if tag in each.tags)
    hit = refutation(THEOREMS[name], family.xen)
    assert hit is not None
    assert says in hit[1].message
