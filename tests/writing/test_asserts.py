"""The assertions compile with the header that the diff gives, and with no number that breaks a relation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.debian import Debian
from tests.writing.headers import XEN_LIKE, compiles, loaded, round_trip
from verifier.layout.c_text import NewRegion, Wanted
from verifier.layout.placing import Limit
from verifier.writing.write import written

GIB = 1 << 30
SAFE = NewRegion("GUEST_SAFE_RANGE", 896 * GIB, 8 * GIB, 2 << 20, (Limit(1 << 40, "the width"),))
CUT = {"GUEST_RAM1_SIZE": 888 * GIB}
LOW = NewRegion("GUEST_NEW", 0x39000000, 0x1000, 4096, (Limit(1 << 32, ""),), (Limit(0x20000000, "devices"),))


def test_as_xen_would_write_them() -> None:
    found = written(loaded(XEN_LIKE), Wanted({}, (LOW,)))
    assert found.asserts == (
        "    BUILD_BUG_ON(GUEST_GNTTAB_BASE + GUEST_GNTTAB_SIZE <= GUEST_GNTTAB_BASE);",
        "    BUILD_BUG_ON(GUEST_NEW_BASE + GUEST_NEW_SIZE <= GUEST_NEW_BASE);",
        "    BUILD_BUG_ON(GUEST_GNTTAB_BASE + GUEST_GNTTAB_SIZE > GUEST_NEW_BASE);",
        "    BUILD_BUG_ON(GUEST_NEW_BASE + GUEST_NEW_SIZE > GUEST_RAM0_BASE);",
        "    BUILD_BUG_ON(GUEST_NEW_BASE < xen_mk_ullong(0x20000000));",
        "    BUILD_BUG_ON(GUEST_NEW_BASE + GUEST_NEW_SIZE > xen_mk_ullong(0x0100000000));",
        "    BUILD_BUG_ON(GUEST_NEW_BASE % xen_mk_ullong(0x00001000));",
        "    BUILD_BUG_ON(GUEST_NEW_SIZE % xen_mk_ullong(0x00001000));",
    )


BREAKING = [
    {"GUEST_SAFE_RANGE_BASE": 894 * GIB},
    {"GUEST_SAFE_RANGE_BASE": 896 * GIB - (2 << 20)},
    {"GUEST_SAFE_RANGE_BASE": 896 * GIB + 4096},
    {"GUEST_SAFE_RANGE_BASE": 1024 * GIB},
    {"GUEST_SAFE_RANGE_SIZE": 128 * GIB + (2 << 20)},
    {"GUEST_SAFE_RANGE_SIZE": 4096},
    {"GUEST_SAFE_RANGE_SIZE": 0},
    {"GUEST_SAFE_RANGE_SIZE": (1 << 64) - 8 * GIB},
    {"GUEST_RAM1_SIZE": 890 * GIB},
    {"GUEST_RAM1_SIZE": (1 << 64) - 2 * GIB},
    {"GUEST_RAM1_BASE": 12 * GIB},
    {"GUEST_RAM1_BASE": 2 * GIB},
    {"GUEST_RAM0_SIZE": 8 * GIB},
]
KEEPING = [
    {},
    {"GUEST_SAFE_RANGE_BASE": 900 * GIB},
    {"GUEST_SAFE_RANGE_SIZE": 128 * GIB},
    {"GUEST_RAM1_SIZE": 880 * GIB},
]


def test_they_compile_and_what_breaks_a_relation_does_not(tmp_path: Path) -> None:
    found, after = round_trip(tmp_path, XEN_LIKE, Wanted(CUT, (SAFE,)))
    assert [each for each in KEEPING if not compiles(tmp_path, after, found.asserts, each)] == []
    assert [each for each in BREAKING if compiles(tmp_path, after, found.asserts, each)] == []


def test_every_line_can_fail(tmp_path: Path) -> None:
    """Each assertion alone refuses some of the broken headers: none is there for show."""
    found, after = round_trip(tmp_path, XEN_LIKE, Wanted(CUT, (SAFE,)))
    text, calls = "\n".join(found.asserts), []
    while text:
        call, _, text = text.partition(");\n")
        calls.append(call.removesuffix(");") + ");")
    assert len(calls) == 10
    more = [
        {"GUEST_RAM1_BASE": 8 * GIB + 4096},
        {"GUEST_RAM1_SIZE": 888 * GIB + 4096},
        {"GUEST_RAM0_SIZE": (1 << 64) - GIB},
    ]
    for call in calls:
        assert any(not compiles(tmp_path, after, (call,), each) for each in (*BREAKING, *more)), call


def test_what_does_not_hold_is_not_pinned() -> None:
    """The mail's own numbers: the range lies in RAM1, and no line says that it does not."""
    inside = NewRegion("GUEST_SAFE_RANGE", 888 * GIB, 8 * GIB, 2 << 20, (Limit(890 * GIB, "too low"),))
    found = written(loaded(XEN_LIKE), Wanted(CUT, (inside,)))
    text = "\n".join(found.asserts)
    assert "GUEST_RAM1_BASE + GUEST_RAM1_SIZE >" not in text
    assert hex(890 * GIB)[2:] not in text
    assert f"{890 * GIB:#x}" not in "\n".join(found.comment)


@pytest.mark.parametrize("wide", [True, False])
def test_sums_are_of_64_bits(tmp_path: Path, *, wide: bool) -> None:
    """Two plain numbers of C would be added in 32 bits, and wrap there."""
    suffix = "ULL" if wide else "U"
    text = f"#define GUEST_X_BASE 0x1000{suffix}\n#define GUEST_X_SIZE 0x1000{suffix}\n\n"
    found, after = round_trip(tmp_path, text, Wanted({}, (NewRegion("GUEST_Y", 0x8000, 0x1000),)))
    assert ("0ULL + GUEST_X_BASE" in "\n".join(found.asserts)) is not wide
    assert compiles(tmp_path, after, found.asserts)
    wrapping = after.replace(
        f"GUEST_X_SIZE 0x1000{suffix}".encode(), f"GUEST_X_SIZE 0xfffff000{suffix}".encode()
    )
    assert wrapping != after
    assert not compiles(tmp_path, wrapping, found.asserts)


def test_lines_and_comments_fit_80_columns() -> None:
    long = NewRegion(
        "GUEST_A_REGION_WITH_A_NAME_THAT_NOBODY_SHOULD_GIVE_IT",
        0x39000000,
        0x1000,
        4096,
        (Limit(1 << 32, "what a short descriptor outputs"),),
        reasons=("word " * 40,),
    )
    found = written(loaded(XEN_LIKE), Wanted({}, (long,)))
    assert max(len(line) for line in (*found.asserts, *found.comment)) <= 80
    assert found.comment[0] == "/*"
    assert found.comment[-1] == " */"
    assert all(line.startswith(" * ") for line in found.comment[1:-1])


def test_the_comment_has_the_constraint_behind_each_number() -> None:
    found = written(loaded(XEN_LIKE), Wanted({}, (LOW,)))
    assert " ".join(line.removeprefix(" * ") for line in found.comment[1:-1]) == (
        "GUEST_NEW_BASE: at or above the end of GUEST_GNTTAB, at or above 0x20000000 (devices) and "
        "a multiple of 0x1000. GUEST_NEW_SIZE: a multiple of 0x1000; the region ends at or below the start of "
        "GUEST_RAM0 and at or below 0x100000000."
    )


def test_against_debians_header(tmp_path: Path, debian: Debian) -> None:
    """The real header needs its own surroundings; its layout alone is compiled."""
    found, after = round_trip(tmp_path, debian.header.read_bytes(), Wanted(CUT, (SAFE,)))
    text = after.decode()
    start = text.index("/* Physical Address Space */")
    layout = text[start : text.index("/* PSCI functions */")].encode()
    assert compiles(tmp_path, layout, found.asserts)
    assert not compiles(tmp_path, layout, found.asserts, {"GUEST_RAM1_SIZE": 889 * GIB})


def test_a_region_that_ends_where_64_bits_do_has_no_sum(tmp_path: Path) -> None:
    """The sum of its base and size is 0 in C: no comparison with it says anything."""
    top = NewRegion("GUEST_TOP", (1 << 64) - 0x1000, 0x1000)
    found, after = round_trip(tmp_path, XEN_LIKE, Wanted({}, (top,)))
    assert "GUEST_TOP_BASE + GUEST_TOP_SIZE" not in "\n".join(found.asserts)
    assert compiles(tmp_path, after, found.asserts)
