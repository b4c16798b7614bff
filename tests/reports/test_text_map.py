"""Pictures in text, written out by hand from the numbers that they show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from verifier.commands.check import check
from verifier.layout.finding import Finding, Report, Verdict
from verifier.layout.origin import Origin
from verifier.layout.picture import Overlap, Picture, guest_picture
from verifier.layout.region import Region
from verifier.layout.stretches import overlapping, stretches
from verifier.reading.request import Request
from verifier.reports import text_map
from verifier.reports.rows import WIDTH

GIB, TIB = 1 << 30, 1 << 40


def region(name: str, start: int, end: int, kind: str = "other") -> Region:
    return Region(name, start, end, kind, Origin("a.h", 1), f"{name}_BASE", f"{name}_SIZE")


def picture(*regions: Region, bits: int = 32, verdict: Verdict = Verdict.REFUTED, about: str = "") -> Picture:
    pairs = tuple(Overlap(one, other, verdict) for one, other in overlapping(regions))
    return Picture(stretches(regions, [1 << bits]), (bits,), pairs, about=tuple(about.split()))


def drawn(*regions: Region, bits: int = 32, verdict: Verdict = Verdict.REFUTED, about: str = "") -> list[str]:
    return list(text_map.lines(picture(*regions, bits=bits, verdict=verdict, about=about)))


def failing(report: Report) -> list[Finding]:
    """All that have a map, accepted or not."""
    return [finding for finding in report.findings if finding.counterexample]


def first(report: Report, rule: str) -> Finding:
    return next(finding for finding in failing(report) if finding.property == rule)


def example(report: Report, finding: Finding) -> list[str]:
    assert finding.counterexample is not None
    return list(text_map.lines(guest_picture(finding.counterexample, report.space)))


def test_a_byte_a_page_and_a_tebibyte_in_one_map() -> None:
    """A bar has as many characters as its size has octal digits: 2**0, 2**12 and 2**40 have 1, 5 and 14."""
    assert drawn(region("A", 0, 1), region("B", 4096, 8192), region("C", TIB, 2 * TIB), bits=41) == [
        "0x00000000000-0x00000000001      1 byte  #               A",
        "0x00000000001-0x00000001000  4095 bytes  ....            (free)",
        "0x00000001000-0x00000002000       4 KiB  #####           B",
        "0x00000002000-0x10000000000   ~1024 GiB  ..............  (free)",
        "0x10000000000-0x20000000000       1 TiB  ##############  C",
        "0x20000000000  ===== end of 41 ipa bits =====",
    ]


def test_an_overlap_is_a_row_of_its_own() -> None:
    assert drawn(region("A", 0, 3 * GIB), region("B", 2 * GIB, 4 * GIB)) == [
        "0x000000000-0x080000000  2 GiB  ###########  A  3 GiB in all",
        "0x080000000-0x0c0000000  1 GiB  !!!!!!!!!!!  A  continued",
        "                                             B  2 GiB in all  ! overlaps A by 1 GiB",
        "0x0c0000000-0x100000000  1 GiB  ###########  B  continued",
        "0x100000000  ===== end of 32 ipa bits =====",
    ]


def test_what_cannot_be_told_is_no_conflict_and_no_alternative() -> None:
    rows = drawn(region("A", 0, GIB), region("B", 0, GIB), verdict=Verdict.UNKNOWN)
    assert rows[:2] == [
        "0x000000000-0x040000000  1 GiB  ???????????  A",
        "                                             B  ? may overlap A by 1 GiB",
    ]


def test_alternatives_have_no_mark() -> None:
    rows = drawn(region("A", 0, GIB), region("B", 0, GIB), verdict=Verdict.PROVED)
    assert rows[:2] == [
        "0x000000000-0x040000000  1 GiB  ###########  A",
        "                                             B",
    ]


def test_beyond_the_end() -> None:
    """Of A one GiB is too much; B is, all of it; the hole between them is no free space."""
    assert drawn(region("A", 3 * GIB, 5 * GIB), region("B", 8 * GIB, 9 * GIB)) == [
        "0x000000000-0x0c0000000  3 GiB  ...........  (free)",
        "0x0c0000000-0x100000000  1 GiB  ###########  A  2 GiB in all",
        "0x100000000  ===== end of 32 ipa bits =====",
        "0x100000000-0x140000000  1 GiB  !!!!!!!!!!!  A  continued  ! 1 GiB beyond the end",
        "0x200000000-0x240000000  1 GiB  !!!!!!!!!!!  B  ! 1 GiB beyond the end",
    ]


def test_beyond_the_end_is_told_once_and_seen_in_every_bar() -> None:
    rows = drawn(region("A", 5 * GIB, 8 * GIB), region("B", 6 * GIB, 7 * GIB), verdict=Verdict.PROVED)
    assert rows[2:] == [
        "0x140000000-0x180000000  1 GiB  !!!!!!!!!!!  A  3 GiB in all  ! 3 GiB beyond the end",
        "0x180000000-0x1c0000000  1 GiB  !!!!!!!!!!!  A  continued",
        "                                             B  ! 1 GiB beyond the end",
        "0x1c0000000-0x200000000  1 GiB  !!!!!!!!!!!  A  continued",
    ]


def test_only_what_is_below_the_end_can_be_unused() -> None:
    assert picture(region("A", 0, GIB), region("B", 8 * GIB, 9 * GIB)).unused == 3 * GIB


def test_what_is_needed_is_told_once() -> None:
    one = picture(region("A", 0, 3 * GIB), region("B", GIB, 2 * GIB), verdict=Verdict.PROVED)
    rows = list(text_map.lines(replace(one, needed={"A": 4 * GIB})))
    assert rows[0].endswith("  !!!!!!!!!!!  A  3 GiB in all  ! 4 GiB needed")
    assert [row for row in rows if "needed" in row] == rows[:1]


def test_names_at_a_width_are_as_many_as_have_room() -> None:
    regions = [region(f"GUEST_REGION_{letter}", GIB, 2 * GIB) for letter in "ABCDEFGHIJ"]
    one = Picture(stretches(regions, [GIB, 4 * GIB]), (30, 32), ())
    line = next(line for line in text_map.lines(one, room=110) if "end of 30" in line)
    assert line == (
        "0x040000000  ===== end of 30 ipa bits; "
        "reaching beyond: GUEST_REGION_A, GUEST_REGION_B and 8 more ====="
    )  # 103 columns; a third name would make it 119


def test_the_last_page_of_64_bits_and_no_bytes_at_all() -> None:
    rows = drawn(region("Z", 2**32, 2**32), region("LAST", 2**64 - 4096, 2**64))
    assert rows == [
        "0x00000000000000000-0x00000000100000000    4 GiB  ...........  (free)",
        "0x00000000100000000  ===== end of 32 ipa bits =====",
        "0x00000000100000000-0x00000000100000000  0 bytes               Z  ! 0 bytes beyond the end",
        "0x0fffffffffffff000-0x10000000000000000    4 KiB  !!!!!        LAST  ! 4 KiB beyond the end",
    ]


def test_many_in_one_place_are_counted_and_the_ones_it_is_about_shown() -> None:
    rows = drawn(*(region(f"R{index:02}", 0, GIB) for index in range(20)), about="R18 R19")
    names = [row.split()[-1] if row.startswith("0x") else row.split()[0] for row in rows[:8]]
    assert names == ["R00", "R01", "R02", "R03", "R04", "R18", "R19", "and"]
    assert rows[6].endswith("R19  ! overlaps R00 by 1 GiB and 5 more")
    assert rows[7].split() == ["and", "13", "more"]


def test_a_mark_without_room_has_its_own_row() -> None:
    regions = (region("A" * 40, 0, GIB), region("B" * 40, 0, GIB))
    rows = list(text_map.lines(picture(*regions), room=110))
    column = rows[0].index("A" * 40)
    assert rows[1] == f"{'':{column}}{'B' * 40}"
    assert rows[2] == f"{'':{column}}! overlaps {'A' * 40} by 1 GiB"


def test_the_2021_proposal() -> None:
    """Thread rows T1 and T2: RAM1 [8 GiB, 896 GiB), of it the last 8 GiB are the safe range."""
    report = check(Request("rfc-2021-safe-range", ipa_bits=(40,)))
    rows = example(report, first(report, "no-overlap"))
    assert rows[-5:] == [
        "0x00200000000-0x0de00000000    880 GiB  ##############  GUEST_RAM1  888 GiB in all",
        "0x0de00000000-0x0e000000000      8 GiB  !!!!!!!!!!!!    GUEST_RAM1  continued",
        "                                                        GUEST_SAFE_RANGE  ! overlaps GUEST_RAM1 by 8 GiB",
        "0x0e000000000-0x10000000000    128 GiB  .............   (free)",
        "0x10000000000  ===== end of 40 ipa bits =====",
    ]


def test_what_is_needed() -> None:
    """GICC of 4.6.0 has 0x100 bytes; the architecture has 8 KiB."""
    report = check(Request("xen-4.6.0", ipa_bits=(40,)))
    rows = example(report, first(report, "minimum-size"))
    assert "0x00003002000-0x00003002100  256 bytes  !!!             GUEST_GICC  ! 8 KiB needed" in rows


def test_tails_of_windows_are_on_the_map_where_they_are_offered(tmp_path: Path) -> None:
    """From 4.16 on the plainest guest shows it; before, one whose RAM reaches as far."""
    path = tmp_path / "layout.h"
    path.write_text(
        "#define GUEST_RAM0_BASE 0x40000000ULL\n#define GUEST_RAM0_SIZE 0x80000000ULL\n"
        "#define GUEST_GNTTAB_BASE 0x80000000ULL\n#define GUEST_GNTTAB_SIZE 0x1000000ULL\n"
    )
    report = check(Request(str(path), xen="4.17", ipa_bits=(40,)))
    assert example(report, first(report, "no-overlap")) == [
        "0x00000000000-0x00040000000      1 GiB  ...........     (free)",
        "0x00040000000-0x00040001000      4 KiB  #####           GUEST_RAM0",
        "0x00040001000-0x00080000000  ~1024 MiB  ::::::::::      GUEST_RAM0  unused part, offered as extended region",
        "0x00080000000-0x00081000000     16 MiB  !!!!!!!!!       GUEST_RAM0  unused part, offered as extended region",
        "                                                        GUEST_GNTTAB  ! overlaps GUEST_RAM0 by 16 MiB",
        "0x00081000000-0x000c0000000   1008 MiB  ::::::::::      GUEST_RAM0  unused part, offered as extended region",
        "0x000c0000000-0x10000000000   1021 GiB  ..............  (free)",
        "0x10000000000  ===== end of 40 ipa bits =====",
    ]
    before = check(Request(str(path), xen="4.15", ipa_bits=(40,)))
    assert example(before, first(before, "no-overlap")) == [
        "0x00000000000-0x00040000000      1 GiB  ...........     (free)",
        "0x00040000000-0x00080000000      1 GiB  ###########     GUEST_RAM0  1040 MiB in all",
        "0x00080000000-0x00081000000     16 MiB  !!!!!!!!!       GUEST_RAM0  continued",
        "                                                        GUEST_GNTTAB  ! overlaps GUEST_RAM0 by 16 MiB",
        "0x00081000000-0x10000000000  ~1022 GiB  ..............  (free)",
        "0x10000000000  ===== end of 40 ipa bits =====",
    ]


def test_tails_are_offered_below_the_limit_only(tmp_path: Path) -> None:
    """libxl bounds extended regions by gpaddr_bits: of RAM1 nothing is offered at 32 bits, at 36 a part."""
    path = tmp_path / "layout.h"
    path.write_text(
        "#define GUEST_GICC_BASE 0x1000ULL\n#define GUEST_GICC_SIZE 0x100ULL\n"
        "#define GUEST_RAM0_BASE 0x40000000ULL\n#define GUEST_RAM0_SIZE 0x40000000ULL\n"
        "#define GUEST_RAM1_BASE 0x200000000ULL\n#define GUEST_RAM1_SIZE 0x8000000000ULL\n"
    )
    offered = {32: ["0x040001000-0x080000000"]}
    offered[36] = ["0x0040001000-0x0080000000", "0x0200000000-0x1000000000"]
    for bits, expected in offered.items():
        report = check(Request(str(path), ipa_bits=(bits,)))
        rows = example(report, first(report, "minimum-size"))
        assert [row.split()[0] for row in rows if "unused part" in row] == expected
        assert rows[-1].endswith(f"===== end of {bits} ipa bits =====")


def test_a_window_that_is_all_in_use_has_no_tail() -> None:
    """A guest of head whose RAM1 reaches beyond 36 bits has filled the 3 GiB of RAM0."""
    report = check(Request("head", ipa_bits=(36,)))
    finding = next(each for each in failing(report) if each.subjects == ("GUEST_RAM1",))
    assert not [row for row in example(report, finding) if "unused part" in row]


@pytest.mark.parametrize(
    ("source", "bits"),
    [
        ("xen-4.4.0", ()),
        ("xen-4.6.0", ()),
        ("xen-4.15", ()),
        ("xen-4.22", ()),
        ("xen-4.22", (36,)),
        ("rfc-2021-safe-range", ()),
        ("rfc-2021-safe-range", (40,)),
        ("rfc-2021-safe-range", (48,)),
    ],
)
def test_columns_are_aligned_and_narrow(source: str, bits: tuple[int, ...]) -> None:
    report = check(Request(source, ipa_bits=bits))
    maps = [example(report, finding) for finding in failing(report)]
    maps.append(text_map.render(report).split("\n\n")[1].splitlines())
    for rows in maps:
        assert all(len(row) <= WIDTH for row in rows)
        names = {row.index(row.split()[-1]) for row in rows if row.endswith("(free)")}
        assert len(names) == 1, rows
        column = names.pop()
        for row in rows:
            if "=====" not in row:
                assert row[column - 2 : column] == "  "
                assert row[column] != " "


def test_the_map_of_a_layout(tmp_path: Path) -> None:
    path = tmp_path / "layout.h"
    path.write_text(
        "#define GUEST_GICD_BASE 0x1000ULL\n#define GUEST_GICD_SIZE 0x1000ULL\n"
        "#define GUEST_GICV3_GICD_BASE 0x1000ULL\n#define GUEST_GICV3_GICD_SIZE 0x10000ULL\n"
        "#define GUEST_VIRTIO_MMIO_BASE 0x10000ULL\n#define GUEST_VIRTIO_MMIO_SIZE 0x1000ULL\n"
        "#define GUEST_RAM0_BASE 0x80000000ULL\n#define GUEST_RAM0_SIZE 0x100000000ULL\n"
    )
    report = check(Request(str(path), ipa_bits=(32, 36)), repairs=False)
    assert text_map.render(report) == (
        f"{path}: 4 regions for xen head on arm64, ~60.0 GiB of 64 GiB unused (36 ipa bits), 1 overlap\n\n"
        + LAYOUT
    )


LAYOUT = """\
0x0000000000-0x0000001000      4 KiB  .....         (free)
0x0000001000-0x0000002000      4 KiB  #####         GUEST_GICV3_GICD   GICv3, 64 KiB in all
                                                    GUEST_GICD         GICv2
0x0000002000-0x0000010000     56 KiB  ######        GUEST_GICV3_GICD   GICv3, continued
0x0000010000-0x0000011000      4 KiB  !!!!!         GUEST_GICV3_GICD   GICv3, continued
                                                    GUEST_VIRTIO_MMIO  with a virtio device
                                                    ! overlaps GUEST_GICV3_GICD by 4 KiB
0x0000011000-0x0080000000  ~2.00 GiB  ...........   (free)
0x0080000000-0x0100000000      2 GiB  ###########   GUEST_RAM0         4 GiB in all
0x0100000000  ===== end of 32 ipa bits; reaching beyond: GUEST_RAM0 =====
0x0100000000-0x0180000000      2 GiB  ###########   GUEST_RAM0         continued
0x0180000000-0x1000000000     58 GiB  ............  (free)
0x1000000000  ===== end of 36 ipa bits =====

Ends are exclusive. A bar is one character longer for each factor of 8 in size.
RAM windows are drawn whole; a guest uses as much of them, from the start, as it has memory.
Regions that share addresses without a mark are never present together.
"""
"""GICD and GICV3_GICD never meet; GICv3 and virtio do, in the last page of the distributor."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#define GUEST_RAM0_BASE 0x80000000ULL\n", "not drawn: GUEST_RAM0 has no size"),
        ("#define GUEST_FOO_BASE 0x8000ULL\n", "not drawn: GUEST_FOO has no size"),
    ],
)
def test_what_is_on_no_map_is_said(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "layout.h"
    path.write_text(GICS + text)
    assert told in text_map.render(check(Request(str(path)), repairs=False)).splitlines()


def test_without_all_ram_windows_nobody_knows_what_meets(tmp_path: Path) -> None:
    """`no-overlap` asks about no pair then, so the two distributors are not said to be alternatives."""
    path = tmp_path / "layout.h"
    path.write_text(GICS)
    known = text_map.render(check(Request(str(path)), repairs=False))
    assert "never present together" in known
    assert "?" not in known
    path.write_text(GICS + "#define GUEST_RAM0_BASE 0x80000000ULL\n")
    unknown = text_map.render(check(Request(str(path)), repairs=False))
    assert "never present together" not in unknown
    assert "? may overlap GUEST_GICD by 4 KiB" in unknown


@pytest.mark.parametrize(
    ("verdict", "mark"),
    [(Verdict.REFUTED, "! overlaps"), (Verdict.WAIVED, "! overlaps"), (Verdict.UNKNOWN, "? may")],
)
def test_only_what_is_proved_apart_is_drawn_so(verdict: Verdict, mark: str, tmp_path: Path) -> None:
    """An overlap that a policy accepts is still one; what the solver gave up on is open."""
    path = tmp_path / "layout.h"
    path.write_text(GICS)
    report = check(Request(str(path)), repairs=False)
    pair = ("GUEST_GICD", "GUEST_GICV3_GICD")
    for subjects in (pair, pair[::-1]):
        finding = Finding("no-overlap", verdict, subjects, "")
        drawn_so = text_map.render(replace(report, findings=(finding,)))
        assert f"{mark} " in drawn_so
        assert "never present together" not in drawn_so
    vacuous = Finding("no-overlap", Verdict.UNKNOWN, (*pair, "GUEST_GNTTAB"), "")
    for findings in ((), (Finding("no-overlap", Verdict.UNKNOWN, (), ""),), (vacuous,)):
        assert "? may overlap" in text_map.render(replace(report, findings=findings))


GICS = (
    "#define GUEST_GICD_BASE 0x1000ULL\n#define GUEST_GICD_SIZE 0x1000ULL\n"
    "#define GUEST_GICV3_GICD_BASE 0x1000ULL\n#define GUEST_GICV3_GICD_SIZE 0x1000ULL\n"
)


def test_a_bank_without_a_size_is_drawn_as_far_as_memory_goes() -> None:
    """4.4.0: RAM from 2 GiB; the P2M of 40 bits reaches 2**40, so there are 1022 GiB of it."""
    rows = text_map.render(check(Request("xen-4.4.0"), repairs=False)).splitlines()
    assert "0x00080000000-0x000b0000000    768 MiB  ##########      GUEST_RAM   1022 GiB in all" in rows
    assert "GUEST_RAM has no size: it is drawn as far as memory can reach." in rows
