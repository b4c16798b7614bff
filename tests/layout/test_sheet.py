"""Fingerprints: different for different rows, the same when lines move."""

from __future__ import annotations

from dataclasses import replace

from verifier.layout.sheet import Part, Place, Row, Sheet

ROW = Row("no-overlap", "refuted", "error", ("GUEST_A", "GUEST_B"), "they overlap", place=Place("a.h", 7))


def sheet(*parts: tuple[Row, ...]) -> Sheet:
    return Sheet(
        "check",
        "a.h",
        "a.h: refuted",
        "refuted",
        (),
        tuple(Part(str(number), "", "refuted", rows) for number, rows in enumerate(parts)),
    )


def prints(*parts: tuple[Row, ...]) -> list[str]:
    return [fingerprint for _, _, fingerprint in sheet(*parts).entries()]


def test_lines_numbers_and_the_order_of_subjects_change_no_fingerprint() -> None:
    moved = replace(
        ROW, place=Place("./a.h", 9), subjects=("GUEST_B", "GUEST_A"), message="they overlap by 4 KiB"
    )
    assert prints((ROW,)) == prints((moved,))


def test_property_subjects_and_file_do() -> None:
    others = [
        replace(ROW, topic="aligned"),
        replace(ROW, subjects=("GUEST_A",)),
        replace(ROW, place=Place("b.h", 7)),
        replace(ROW, place=None),
    ]
    found = [prints((row,))[0] for row in (ROW, *others)]
    assert len(set(found)) == len(found)


def test_equal_rows_are_told_apart_and_the_first_keeps_its_own() -> None:
    alone = prints((ROW,))
    twice = prints((ROW,), (ROW,))
    assert twice[:1] == alone
    assert len(set(twice)) == 2


def test_joined_names_are_not_confused() -> None:
    one, other = (replace(ROW, subjects=subjects) for subjects in (("A", "B"), ("A B",)))
    assert prints((one,)) != prints((other,))


def test_a_place_knows_whether_the_tool_ships_it() -> None:
    assert Place("models/policies/upstream.toml", 7).shipped
    assert not Place("models/nowhere.toml").shipped
    assert not Place("tests/layout/test_sheet.py").shipped
    assert not Place("arch-arm.h", 3).shipped
