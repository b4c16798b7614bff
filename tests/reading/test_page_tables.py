"""The bit positions that ship make descriptors; what makes none is refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.test_vocabulary import layout
from verifier.layout.errors import InputError
from verifier.layout.page_table import Field
from verifier.logic.reach import Reach, derive
from verifier.reading import models, vocabulary
from verifier.reading.page_tables import exemptions, of_guests, page_tables, parse
from verifier.reading.toml_file import TomlFile, data_folder

LEAF = """\
[[table.leaf]]
name = "page"
unit = 0x1000
ones = [1]
zeros = [0]
output = [{ bits = [12, 31], address = 12 }, { bits = [4, 7], address = 32 }]
source = "here"
"""
TEXT = f"""\
format = "page-tables/1"
[[table]]
name = "one"
title = "One"
leaves = "pages"
width = 32
linux = "none"
{LEAF}"""


def test_a_table_is_what_the_file_says() -> None:
    table = parse(TomlFile(TEXT, "t.toml"))["one"]
    (leaf,) = table.leaves
    assert (table.title, table.leaves_title, table.width) == ("One", "pages", 32)
    assert leaf.fields == (Field(12, 31, 12), Field(4, 7, 32))
    assert (leaf.unit, leaf.ones, leaf.zeros, leaf.counts) == (4096, (1,), (0,), True)
    assert derive(table.counted, table.width) == Reach(1 << 36, False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("page-tables/1", "page-tables/2", 't.toml:1: error: format is "page-tables/2", not "page-tables/1"'),
        ("[12, 31]", "[12, 32]", "one, page: a descriptor bit outside the 32 that there are"),
        ("[12, 31]", "[31, 12]", "one, page: bits are [first, last], inclusive, not [31, 12]"),
        ("[12, 31]", "[12]", "one, page: bits are [first, last], inclusive, not [12]"),
        (
            "[12, 31]",
            "[12, 1000000000000]",
            "one, page: bits are [first, last], inclusive, not [12, 1000000000000]",
        ),
        ("[12, 31]", "[-1, 31]", "one, page: bits are [first, last], inclusive, not [-1, 31]"),
        ("[12, 31]", "[true, 31]", "one, page: bits are [first, last], inclusive, not [True, 31]"),
        ("[4, 7]", "[4, 12]", "one, page: a descriptor bit with two meanings"),
        ("[4, 7]", "[1, 3]", "one, page: a descriptor bit with two meanings"),
        ("zeros = [0]", "zeros = [1]", "one, page: a descriptor bit with two meanings"),
        ("ones = [1]", "ones = [32]", "one, page: a descriptor bit outside the 32 that there are"),
        ("address = 32", "address = 31", "one, page: two fields give the same address bit"),
        ("address = 32", "address = 62", "one, page: an address bit outside 12 to 63"),
        ("address = 12", "address = 11", "one, page: an address bit outside 12 to 63"),
        ("address = 12", "address = -12", "one, page: an address bit outside 12 to 63"),
        ("0x1000", "0x1001", "one, page: a unit of 0x1001 bytes is no power of two"),
        ("0x1000", "0", "one, page: a unit of 0x0 bytes is no power of two"),
        ("width = 32", "width = 65", "one: a descriptor of 65 bits"),
        ("width = 32", "width = 0", "one: a descriptor of 0 bits"),
        ("width = 32", "width = true", 'a table has a wrong kind of "width"'),
        ('title = "One"', "", 'a table has no "title"'),
        ('title = "One"', 'title = "One"\ntitel = ""', 'a table has an unknown key "titel"'),
        ("unit = 0x1000\n", "", 'one: a leaf has no "unit"'),
        ('source = "here"', "", 'one: a leaf has no "source"'),
        ('source = "here"', 'source = "here"\ncounts = false', "one: no leaf counts"),
        ('linux = "none"', 'linux = "none"\nextends = "two"', 'one: it extends "two", which is no table'),
        (LEAF, LEAF + LEAF, "one: two leaves have one name"),
        (LEAF, LEAF + TEXT[TEXT.index("[[table]]") :], 'two tables are named "one"'),
        (LEAF, "leaf = [1]", "one: a leaf is no table"),
        ("output = [{", "output = [1, {", "one, page: a field is no table"),
    ],
)
def test_what_makes_no_descriptor(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        parse(TomlFile(TEXT.replace(old, new, 1), "t.toml"))
    assert str(caught.value) == (message if message.startswith("t.toml") else f"t.toml: error: {message}")


def test_every_leaf_that_ships_cites_a_clause() -> None:
    for table in page_tables().values():
        assert table.linux
        assert all("DDI 0" in leaf.source for leaf in table.leaves)


def test_a_flipped_bit_in_the_file_moves_the_limit() -> None:
    """The limit comes from the data: each short field one bit shorter, and it is 2^31."""
    text = (data_folder("models") / "page-tables.toml").read_text(encoding="utf-8")
    before = parse(TomlFile(text, "t.toml"))["aarch32-short"]
    head, short, rest = text.partition('name = "aarch32-short"')
    short, end, rest = (short + rest).partition('name = "aarch32-lpae"')
    after = parse(TomlFile(head + short.replace(", 31]", ", 30]") + end + rest, "t.toml"))["aarch32-short"]
    assert derive(before.counted, before.width) == Reach(1 << 32, False)
    assert derive(after.counted, after.width) == Reach(1 << 31, False)


def test_every_guest_kind_has_its_format() -> None:
    for arch in ("arm64", "arm32"):
        facts = models.facts("head", arch)
        assert tuple(facts.page_tables) == facts.guests
    with pytest.raises(InputError, match='guest kind "vax" has no page table'):
        of_guests(["vax"])


def test_who_does_without_what() -> None:
    """Short-descriptor guests, RAM beyond bank 0 and the prefetchable window, and nothing else."""
    found = layout(
        RAM0_BASE=0, RAM0_SIZE=1, RAM1_BASE=9, RAM1_SIZE=1, RAM12_BASE=19, RAM12_SIZE=1,
        VPCI_PREFETCH_MEM_ADDR=29, VPCI_PREFETCH_MEM_SIZE=1, VPCI_MEM_ADDR=39, VPCI_MEM_SIZE=1,
        GNTTAB_BASE=49, GNTTAB_SIZE=1, SAFE_RANGE_BASE=59, SAFE_RANGE_SIZE=1, FOO_BASE=69, FOO_SIZE=1,
    )  # fmt: skip
    spared = {part.name for part in (*found.banks, *found.regions) if part.unreached_by}  # type: ignore[attr-defined]
    assert spared == {"GUEST_RAM1", "GUEST_RAM12", "GUEST_VPCI_PREFETCH_MEM"}
    assert found.banks[1].window().unreached_by == ("aarch32-short",)
    (told,) = exemptions(found, models.facts("head", "arm64"))
    assert told.id == "unreached-aarch32-short"
    assert told.statement == (
        "aarch32-short guests can do without what they cannot reach of GUEST_RAM1, GUEST_RAM12 and "
        "GUEST_VPCI_PREFETCH_MEM"
    )
    assert "arm_add_memory" in told.source
    assert not list(exemptions(layout(RAM_BASE=1, RAM_SIZE=1), models.facts("head", "arm64")))


def test_exemptions_name_formats_that_say_how_guests_live_without() -> None:
    named = {guest for pattern in vocabulary._patterns()[0] for guest in pattern.unreached_by}
    assert named == {"aarch32-short"}
    assert all(page_tables()[guest].spares for guest in named)


def test_the_file_ships_with_the_package() -> None:
    assert (Path(data_folder("models")) / "page-tables.toml").is_file()
