"""The kernels that ship are read; what describes none is refused, with its line."""

from __future__ import annotations

import re

import pytest

from verifier.layout.consumer import LinearMap, Takes
from verifier.layout.errors import InputError
from verifier.reading.consumers import consumers, named, parse, unit_of
from verifier.reading.toml_file import TomlFile

TAKES = """\
unit = 0x8000000
touching = "one"
order = "ascending"
refuses = ["zero-start"]
linear = 47
linear-start = 0x40000000
unusable = "fails"
refused = "gives up"
"""
TEXT = f"""\
format = "consumers/1"

[[consumer]]
name = "one"
title = "One"
bits = 64
reads = "grant-and-regions"
{TAKES}none = "balloons"
missing = "stops"
limits = ["a limit"]
sources = ["here"]
"""
SECOND = """
[[consumer]]
name = "two"
title = "Two"
bits = 32
reads = "nothing"
none = "balloons"
missing = "stops"
limits = []
sources = ["there"]
"""


def test_a_kernel_is_what_the_file_says() -> None:
    one, two = parse(TomlFile(TEXT + SECOND, "t.toml"))
    assert one.takes == Takes(
        0x8000000, True, True, ("zero-start",), LinearMap(47, 0x40000000), "fails", "gives up"
    )
    assert (one.name, one.title, one.bits, one.grant, one.none, one.missing, one.limits, one.sources) == (
        "one", "One", 64, True, "balloons", "stops", ("a limit",), ("here",),
    )  # fmt: skip
    assert (two.takes, two.grant, two.bits) == (None, False, 32)
    apart = TEXT.replace('"one"\norder = "ascending"', '"apart"\norder = "any"')
    (other,) = parse(TomlFile(apart, "t.toml"))
    assert other.takes is not None
    assert (other.takes.joins, other.takes.ascending) == (False, False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("consumers/1", "consumers/2", 't.toml:1: error: format is "consumers/2", not "consumers/1"'),
        ("bits = 64", "bits = 48", 't.toml:3: error: "bits" is 48, not 32 or 64'),
        ('"grant-and-regions"', '"all"', "t.toml:3: error: "),
        ('reads = "grant-and-regions"\n', "", "t.toml:3: error: "),
        ("0x8000000", "0x8001000", '"unit" is 0x8001000: no power of two from a page of 4 KiB to 2^47'),
        ("0x8000000", "0x800", '"unit" is 0x800: no power of two'),
        ("0x8000000", "-4096", '"unit" is -0x1000: no power of two'),
        ("0x8000000", "0x1000000000000", "no power of two"),
        ("unit =", "units =", 't.toml:3: error: unknown key "units"; did you mean "unit"'),
        ('touching = "one"', 'touching = "both"', '"touching" is both, not one or apart'),
        ('"ascending"', '"descending"', '"order" is descending, not ascending or any'),
        ("zero-start", "odd-start", '"refuses" has "odd-start", not zero-start or parts-of-pages'),
        ("linear = 47\n", "", '"linear-start" is without its other half: linear and linear-start'),
        ("linear = 47", "linear = 30", '"linear" is 30: not from 31 to 63 bits'),
        ("linear = 47", "linear = 64", '"linear" is 64: not from 31 to 63 bits'),
        ("linear = 47", "linear = true", '"linear" is a truth value, not an integer'),
        ('unusable = "fails"\n', "", 'key "unusable" is missing'),
        ('"balloons"', '""', '"none" is empty'),
        ('["here"]', "[]", '"sources" is empty'),
        ('["a limit"]', "[3]", '"limits" has something that is no text'),
        ('name = "one"', 'name = "One Two"', '"One Two" is no name'),
        ('name = "one"', 'name = "two"', 't.toml:21: error: two consumers are named "two"'),
        ('reads = "nothing"', 'reads = "nothing"\nunit = 4096', 't.toml:21: error: unknown key "unit"'),
    ],
)
def test_what_describes_no_kernel(old: str, new: str, message: str) -> None:
    assert old in TEXT + SECOND
    with pytest.raises(InputError) as caught:
        parse(TomlFile((TEXT + SECOND).replace(old, new, 1), "t.toml"))
    assert message in str(caught.value)
    assert str(caught.value).startswith("t.toml:")


def test_no_table() -> None:
    with pytest.raises(InputError, match="a consumer is no table"):
        parse(TomlFile('format = "consumers/1"\nconsumer = [3]\n', "t.toml"))


def test_names() -> None:
    assert named(("zephyr", "u-boot", "zephyr")) == ("zephyr", "u-boot")
    with pytest.raises(InputError, match=r'no consumer "zephir"; did you mean "zephyr"'):
        named(("zephir",))
    with pytest.raises(InputError, match=r'no consumer "xyz"; there are linux-arm64-4k, .* and mini-os'):
        named(("xyz",))
    assert unit_of("linux-arm64-64k") == 1 << 29
    for name in ("u-boot", "xyz"):
        with pytest.raises(InputError, match="that takes regions"):
            unit_of(name)


def test_every_source_names_a_file_and_every_kernel_a_commit() -> None:
    for each in consumers():
        assert all("/" in source for source in each.sources), each.name
        assert any(re.search(r"\b[0-9a-f]{12}\b", source) for source in each.sources), each.name
