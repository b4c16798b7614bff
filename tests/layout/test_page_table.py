"""Descriptors written and read back, against words worked out by hand and against enumeration."""

from __future__ import annotations

from random import Random

import pytest

from tests.page_tables import bases, random_leaf
from verifier.layout.page_table import Leaf, decode, encode, outputs, reaches
from verifier.reading.page_tables import page_tables


def leaf(table: str, name: str) -> Leaf:
    return next(each for each in page_tables()[table].leaves if each.name == name)


@pytest.mark.parametrize(
    ("table", "name", "address", "descriptor"),
    [
        # bits [1:0] are 1x for a small page, 01 for a large one, 10 for a section (DDI 0406C, B3.5.1)
        ("aarch32-short", "small page", 0x12345000, 0x12345002),
        ("aarch32-short", "large page", 0x12340000, 0x12340001),
        ("aarch32-short", "section", 0x12300000, 0x12300002),
        # PA[31:24] = 0x56, PA[35:32] = 0xe at 23:20, PA[39:36] = 0xf at 8:5, bits 18 and 1 set
        ("aarch32-short", "supersection", 0xFE56000000, 0x56E401E2),
        # bits [1:0] are 11 for a page, 01 for a block (DDI 0487, D8.3)
        ("aarch32-lpae", "level 3 page", 0xFF_FFFF_F000, 0xFF_FFFF_F003),
        ("aarch64-4k", "level 1 block", 0x8000_4000_0000, 0x8000_4000_0001),
        ("aarch64-16k", "level 2 block", 0x2000000, 0x2000001),
        # FEAT_LPA: OA[51:48] at 15:12; FEAT_LPA2: OA[51:50] at 9:8 and OA[49:48] in place
        ("aarch64-64k-52", "level 3 page", 0xF_0000_0001_0000, 0x1F003),
        ("aarch64-4k-52", "level 3 page", 0xD_0000_0000_1000, 0x1_0000_0000_1303),
    ],
)
def test_descriptors_are_those_of_the_manual(table: str, name: str, address: int, descriptor: int) -> None:
    kind = leaf(table, name)
    assert encode(kind, address) == descriptor
    assert decode(kind, descriptor) == address
    assert outputs(kind, address)
    assert outputs(kind, address + kind.unit - 1)


def test_attributes_are_no_address() -> None:
    """All bits that no field has may be anything: the output stays."""
    for table in page_tables().values():
        for kind in table.leaves:
            attributes = (1 << table.width) - 1
            for field in kind.fields:
                attributes &= ~(field.mask << field.low)
            assert decode(kind, attributes) == 0
            assert decode(kind, attributes | encode(kind, kind.unit)) == kind.unit


@pytest.mark.parametrize(("name", "bits"), [("section", 32), ("supersection", 40)])
def test_the_first_byte_out_of_reach(name: str, bits: int) -> None:
    kind = leaf("aarch32-short", name)
    assert outputs(kind, (1 << bits) - 1)
    assert not outputs(kind, 1 << bits)
    assert not outputs(kind, (1 << 63) + 1)


def test_supersections_do_not_count() -> None:
    assert not reaches(page_tables()["aarch32-short"], 1 << 32)
    assert reaches(page_tables()["aarch32-short"], (1 << 32) - 1)


def test_outputs_against_every_descriptor() -> None:
    source = Random(5)
    for _ in range(80):
        width = source.randint(4, 10)
        kind = random_leaf(source, width)
        reached = bases(kind, width)
        for address in range(1 << 14):
            assert outputs(kind, address) == (address - address % kind.unit in reached), (kind, address)
