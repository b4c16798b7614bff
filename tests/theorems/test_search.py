"""The search finds, from nothing, counterexamples as small as the recorded ones; what it makes smaller stays one."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.theorems.by_hand import named
from verifier.theorems.recorded import recorded
from verifier.theorems.search import Limits, breaks, search, shrink, without_one
from verifier.theorems.setting import Setting
from verifier.xen.release import xen

LISTS = ("reg", "ranges", "ram", "domain", "reserved", "shared", "xen_reg", "iomem")
REFUTED = [
    ("rangeset/remove", "4.4.0"), ("libxl/aligned", "head"), ("libxl/64-bit-only", "head"), ("libxl/avoids-iomem", "4.20.0"),
    ("domu-holes/avoids-layout", "4.20.0"), ("domu-holes/avoids-shared-memory", "4.19.0"), ("domu-holes/complete", "4.20.4"),
    ("domu-holes/preconditions", "head"), ("iommu-holes/avoids-grant-region", "head"),
    ("iommu-holes/avoids-host-ram", "head"),
    ("iommu-holes/avoids-host-ram-if-described", "4.17.7"), ("iommu-holes/complete", "4.18.0"),
    ("iommu-holes/one-to-one-holes", "4.17.7"), ("iommu-holes/preconditions", "head"), ("iommu-holes/cap", "4.16.0"),
    ("unallocated/avoids-domain-ram", "4.18.0"), ("unallocated/avoids-grant-region", "4.20.0"),
    ("unallocated/inside-host-ram", "head"), ("unallocated/inside-host-ram-if-whole-pages", "4.20.0"),
    ("unallocated/registers-fit", "head"),
]  # fmt: skip


def entries(setting: Setting) -> int:
    return sum(len(getattr(setting, name)) for name in LISTS)


def shown(name: str, tag: str) -> Setting:
    return next(each.setting for each in recorded(name) if breaks(named(name), xen(tag), each.setting))


@pytest.mark.parametrize(("name", "tag"), REFUTED)
def test_found_from_nothing(name: str, tag: str) -> None:
    theorem, release = named(name), xen(tag)
    found = search(theorem, release)
    assert found is not None
    assert breaks(theorem, release, found)
    assert entries(found) <= entries(shown(name, tag))
    assert not any(breaks(theorem, release, fewer) for fewer in without_one(found))


def test_the_same_in_every_run() -> None:
    theorem, release = named("iommu-holes/one-to-one-holes"), xen("4.17.7")
    assert search(theorem, release) == search(theorem, release)


@pytest.mark.parametrize(
    ("name", "tag"),
    [("iommu-holes/one-to-one-holes", "head"), ("domu-holes/avoids-domain-ram", "4.20.0"), ("libxl/sorted", "head"),
     ("unallocated/avoids-grant-region", "4.18.0"), ("unallocated/complete", "4.17.7")],
)  # fmt: skip
def test_nothing_is_found_where_there_is_a_proof(name: str, tag: str) -> None:
    limits = Limits(entries=2, combs=())
    assert search(named(name), xen(tag), limits) is None
    assert limits.label == "bounded: 2 entries, 300000 inputs"


def test_tries_are_limited() -> None:
    """The first input, without entries, breaks nothing; with that the search ends."""
    theorem, release = named("libxl/aligned"), xen("head")
    assert search(theorem, release, Limits(tries=1)) is None
    assert search(theorem, release, Limits()) is not None


def test_what_does_not_satisfy_the_assumptions_is_none() -> None:
    theorem, release = named("iommu-holes/avoids-host-ram-if-described"), xen("4.17.7")
    undescribed = Setting(ram=((0x80000000, 0x40000000),))
    assert not breaks(theorem, release, undescribed)
    with pytest.raises(ValueError, match="does not break"):
        shrink(theorem, release, undescribed)


def test_a_large_one_is_made_small() -> None:
    """Twenty entries of which two matter, with numbers that are not round."""
    theorem, release, rng = named("iommu-holes/one-to-one-holes"), xen("4.17.7"), random.Random(5)
    reg = [(0x900000000 + rng.randrange(1 << 32), rng.randrange(1, 1 << 20)) for _ in range(18)]
    reg[4:4] = [(0x212345678, 0x12345678)]
    reg[9:9] = [(0x219876543, 0x12345678)]
    setting = Setting(reg=tuple(reg), ranges=((0x123456789, 0x1000),))
    assert breaks(theorem, release, setting)
    small = shrink(theorem, release, setting)
    assert breaks(theorem, release, small)
    assert entries(small) == 2
    assert all(bin(number).count("1") <= 4 for pair in small.reg for number in pair)
    assert shrink(theorem, release, small) == small
    assert replace(small, reg=()) == Setting()
