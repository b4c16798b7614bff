"""Diffs that git and patch apply, after which the reader finds exactly what was wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.debian import Debian
from tests.writing.headers import PLAIN, XEN_LIKE, applied, loaded, round_trip, values, wanted_values
from verifier.layout.c_text import NewRegion, Wanted
from verifier.layout.errors import InputError
from verifier.layout.placing import Limit
from verifier.writing.diff import path_of
from verifier.writing.write import written

GIB = 1 << 30
SAFE = NewRegion(
    "GUEST_SAFE_RANGE", 896 * GIB, 8 * GIB, 2 << 20, (Limit(1 << 40, "what 40 bits can address"),)
)
CUT = {"GUEST_RAM1_SIZE": 888 * GIB}


def lines(diff: bytes | None, sign: str) -> list[str]:
    assert diff is not None
    found = diff.decode("latin-1").split("\n")
    return [line[1:] for line in found if line.startswith(sign) and not line.startswith(sign * 3)]


def test_what_the_mail_of_2021_meant_as_a_maintainer_would_write_it(tmp_path: Path) -> None:
    """Xen's own hand: its header of 4.16 has RAM1 written so, and the mail its new size."""
    found, _ = round_trip(tmp_path, XEN_LIKE, Wanted(CUT, (SAFE,)))
    assert lines(found.diff, "-") == [
        "#define GUEST_RAM1_BASE   xen_mk_ullong(0x0200000000) /* 1016GB of RAM @ 8GB */",
        "#define GUEST_RAM1_SIZE   xen_mk_ullong(0xfe00000000)",
    ]
    added = lines(found.diff, "+")
    assert added[:3] == [
        "#define GUEST_RAM1_BASE   xen_mk_ullong(0x0200000000) /* 888GB of RAM @ 8GB */",
        "#define GUEST_RAM1_SIZE   xen_mk_ullong(0xde00000000)",
        "",
    ]
    assert added[-2:] == [
        "#define GUEST_SAFE_RANGE_BASE   xen_mk_ullong(0xe000000000) /* 8GB @ 896GB */",
        "#define GUEST_SAFE_RANGE_SIZE   xen_mk_ullong(0x0200000000)",
    ]
    assert not found.notes


def test_it_stands_between_its_neighbours(tmp_path: Path) -> None:
    _, after = round_trip(tmp_path, XEN_LIKE, Wanted({}, (NewRegion("GUEST_NEW", 0x39000000, 0x1000),)))
    names = [line.split()[1] for line in after.decode().splitlines() if line.startswith("#define")]
    place = names.index("GUEST_NEW_BASE")
    assert names[place - 1 : place + 3] == [
        "GUEST_GNTTAB_SIZE",
        "GUEST_NEW_BASE",
        "GUEST_NEW_SIZE",
        "GUEST_RAM_BANKS",
    ]


@pytest.mark.parametrize(
    ("changes", "comment"),
    [
        ({"GUEST_RAM0_SIZE": 2 * GIB}, "/* 2GB of low RAM @ 1GB */"),
        ({"GUEST_RAM0_BASE": 2 * GIB, "GUEST_RAM0_SIZE": 2 * GIB}, "/* 2GB of low RAM @ 2GB */"),
        ({"GUEST_RAM1_BASE": 16 * GIB, "GUEST_RAM1_SIZE": GIB // 2}, "/* 512MB of RAM @ 16GB */"),
        ({"GUEST_GNTTAB_SIZE": 32 << 20}, "32MB == 8192 pages reserved"),
        ({"GUEST_GICV3_GICR0_SIZE": 64 * 0x20000}, "/* vCPU0..63 */"),
    ],
)
def test_comments_say_the_new_numbers(tmp_path: Path, changes: dict[str, int], comment: str) -> None:
    found, after = round_trip(tmp_path, XEN_LIKE, Wanted(changes))
    assert comment in after.decode()
    assert not found.notes


def test_a_comment_that_was_a_lie_stays_and_one_that_is_a_product_is_told(tmp_path: Path) -> None:
    text = XEN_LIKE.replace("3GB of low RAM @ 1GB", "128GB").replace(
        "/* vCPU0..127 */", "/* 128 vCPUs x 128 KB */"
    )
    found, after = round_trip(
        tmp_path, text, Wanted({"GUEST_RAM0_SIZE": 2 * GIB, "GUEST_GICV3_GICR0_SIZE": 0x800000})
    )
    assert "/* 128GB */" in after.decode()
    assert found.notes == (
        'arch-arm.h:8: the comment "128 vCPUs x 128 KB" is not true then and has to be changed by hand',
    )


def test_an_amount_that_may_be_base_or_size_is_not_guessed(tmp_path: Path) -> None:
    text = PLAIN.replace("(0x40000000)", "(0x40000000) /* 1GB */").replace("(0x80000000)", "(0x40000000)", 1)
    found, after = round_trip(tmp_path, text, Wanted({"GUEST_RAM0_SIZE": 2 * GIB}))
    assert "/* 1GB */" in after.decode()
    assert not found.notes, "it is still the base"
    found, after = round_trip(
        tmp_path, text, Wanted({"GUEST_RAM0_BASE": 3 * GIB // 2, "GUEST_RAM0_SIZE": GIB // 2})
    )
    line = text.split("/* 1GB */")[0].count("\n") + 1
    assert [f'arch-arm.h:{line}: the comment "1GB"' in note for note in found.notes] == [True]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_tabs_and_the_lack_of_a_last_one_stay(tmp_path: Path, end: str, *, last: bool) -> None:
    text = XEN_LIKE.replace("   xen_mk", "\txen_mk").replace("\n", end)
    text = text if last else text.removesuffix(end)
    found, after = round_trip(tmp_path, text, Wanted(CUT, (SAFE,)))
    shown = after.decode()
    assert f"#define GUEST_RAM1_SIZE\txen_mk_ullong(0xde00000000){end}" in shown
    assert f"#define GUEST_SAFE_RANGE_SIZE\txen_mk_ullong(0x0200000000){end}" in shown
    assert shown.count("\n") == shown.count(end)
    assert shown.endswith(f"#endif{end}" if last else "#endif")
    assert not any("\r" in line for line in found.defines)


def test_a_change_of_the_last_line_that_has_no_end(tmp_path: Path) -> None:
    text = "#define GUEST_X_BASE 0x1000\n#define GUEST_X_SIZE 0x1000"
    found, after = round_trip(
        tmp_path, text, Wanted({"GUEST_X_SIZE": 0x3000}, (NewRegion("GUEST_Y", 0x8000, 0x1000),))
    )
    assert after.startswith(b"#define GUEST_X_BASE 0x1000\n#define GUEST_X_SIZE 0x3000\n\n/*")
    assert found.diff is not None
    assert found.diff.count(b"\\ No newline at end of file") == 1


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("0x3000", 0x5000, "0x5000"),
        ("0x3000", 1 << 31, "xen_mk_ullong(0x80000000)"),
        ("0x00003000ULL", 1 << 36, "0x1000000000ULL"),
        ("12288", 4096, "4096"),
        ("UINT64_C(0x0000abc000)", 0xDEF000, "UINT64_C(0x0000def000)"),
        ("xen_mk_ullong(0x0000ABC000)", 0xDEF000, "xen_mk_ullong(0x0000DEF000)"),
        ("(0x1000 + \\\n     0x2000)", 1 << 32, "xen_mk_ullong(0x0100000000)"),
        ("(3 << 12)", 4096, "4096"),
    ],
)
def test_a_number_is_written_as_the_one_before(tmp_path: Path, old: str, value: int, new: str) -> None:
    text = f"#define GUEST_X_BASE xen_mk_ullong(0x1000)\n#define GUEST_X_SIZE {old} /* here */\n\n"
    _, after = round_trip(tmp_path, text, Wanted({"GUEST_X_SIZE": value}))
    assert f"#define GUEST_X_SIZE {new} /* here */\n\n" in after.decode()


def test_a_comment_that_is_set_apart_keeps_its_column(tmp_path: Path) -> None:
    text = "#define GUEST_X_BASE 0x1000   /* a */\n#define GUEST_X_SIZE 0x10000  /* b */\n"
    _, after = round_trip(tmp_path, text, Wanted({"GUEST_X_BASE": 0x20000}))
    assert after.decode() == text.replace("0x1000   /*", "0x20000  /*")


def test_latin_1_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    text = "/* caf\xe9 */\n" + XEN_LIKE
    _, after = round_trip(tmp_path, text.encode("latin-1"), Wanted(CUT))
    assert after.startswith(b"/* caf\xe9 */\n")
    text = "#define GUEST_X_BASE 0x1000\n#define GUEST_X_SIZE 0x1000\n"
    _, after = round_trip(tmp_path, b"\xef\xbb\xbf" + text.encode(), Wanted({"GUEST_X_BASE": 0x2000}))
    assert after == b"\xef\xbb\xbf" + text.replace("BASE 0x1000", "BASE 0x2000").encode()


def test_reasons_stand_in_the_header_unless_they_would_be_read_as_sizes(tmp_path: Path) -> None:
    told = NewRegion("GUEST_SAFE_RANGE", 896 * GIB, 8 * GIB, reasons=("Nothing of the guest lies here. */",))
    _, after = round_trip(tmp_path, XEN_LIKE, Wanted(CUT, (told,)))
    assert " * Nothing of the guest lies here. *\n" in after.decode()
    lying = NewRegion("GUEST_SAFE_RANGE", 896 * GIB, 8 * GIB, reasons=("16GB for mappings.",))
    found, after = round_trip(tmp_path, XEN_LIKE, Wanted(CUT, (lying,)))
    assert "16GB" not in after.decode()
    assert [
        note.startswith("the comment on GUEST_SAFE_RANGE is not in the diff") for note in found.notes
    ] == [True]
    assert " * 16GB for mappings." in found.comment


def test_a_header_that_has_no_xen_mk_ullong_is_given_none(tmp_path: Path) -> None:
    """4.4.0 writes 0x2c001000ULL; nothing there promises the other."""
    text = "#define GUEST_X_BASE 0x1000ULL\n#define GUEST_X_SIZE 0x1000\n\n"
    wanted = Wanted(
        {"GUEST_X_SIZE": 1 << 32}, (NewRegion("GUEST_Y", 1 << 40, 0x1000, 1, (Limit(1 << 48, ""),)),)
    )
    found, after = round_trip(tmp_path, text, wanted)
    assert b"xen_mk_ullong" not in after
    assert "xen_mk_ullong" not in "".join(found.asserts)
    assert "#define GUEST_X_SIZE 0x0100000000ULL" in found.defines


def test_headers_without_blank_lines(tmp_path: Path) -> None:
    found, after = round_trip(tmp_path, PLAIN, Wanted({}, (NewRegion("GUEST_NEW", 0x3A000000, 0x1000),)))
    text = after.decode()
    assert text.index("GUEST_MAGIC_SIZE") < text.index("GUEST_NEW_BASE") < text.index("GUEST_RAM_BANKS")
    assert not found.notes


def test_a_release_gives_definitions_only() -> None:
    before = loaded(b"", "xen-4.15")
    found = written(before, Wanted(CUT, (SAFE,)))
    assert found.diff is None
    assert "text does not ship" in found.notes[0]
    assert found.defines == (
        "#define GUEST_RAM1_SIZE   xen_mk_ullong(0xde00000000)",
        "#define GUEST_SAFE_RANGE_BASE   xen_mk_ullong(0xe000000000) /* 8GB @ 896GB */",
        "#define GUEST_SAFE_RANGE_SIZE   xen_mk_ullong(0x0200000000)",
    )
    text = "\n".join(line for line in found.defines)
    have = {name: value for name, value in values(loaded(text)).items() if name != "GUEST_RAM1_BASE"}
    assert have == {name: wanted_values(before, Wanted(CUT, (SAFE,)))[name] for name in have}
    assert len(have) == 3


MAIL = Path("tests/reading/data/2021-08-04-safe-range.txt")


def test_the_mail_on_a_release_and_on_a_header(tmp_path: Path) -> None:
    wanted = Wanted({"GUEST_SAFE_RANGE_BASE": 896 * GIB, "GUEST_SAFE_RANGE_SIZE": 128 * GIB})
    on_release = written(loaded(MAIL.read_bytes(), str(MAIL), base="xen-4.15"), wanted)
    assert on_release.diff is None
    assert "the patch was applied to the values of xen-4.15.7" in on_release.notes[0]
    header = tmp_path / "arch-arm.h"
    header.write_text(XEN_LIKE)
    before = loaded(MAIL.read_bytes(), str(MAIL), base=str(header))
    found = written(before, wanted)
    assert found.diff is not None
    assert f"the diff is against {header} as it was given: the patch is in it" in found.notes
    after = applied(tmp_path, XEN_LIKE.encode(), found.diff)
    assert values(loaded(after)) == wanted_values(before, wanted)
    assert lines(found.diff, "+")[-2:] == [
        "#define GUEST_SAFE_RANGE_BASE   xen_mk_ullong(0xE000000000) /* 128GB */",
        "#define GUEST_SAFE_RANGE_SIZE   xen_mk_ullong(0x2000000000)",
    ]


def test_a_patch_on_a_header_with_carriage_returns(tmp_path: Path) -> None:
    """The patched header has the line ends of the header, as git would leave it."""
    header = tmp_path / "arch-arm.h"
    header.write_bytes(XEN_LIKE.replace("\n", "\r\n").encode())
    before = loaded(MAIL.read_bytes(), str(MAIL), base=str(header))
    found = written(before, Wanted({"GUEST_SAFE_RANGE_BASE": 896 * GIB}))
    assert found.diff is not None
    after = applied(tmp_path, header.read_bytes(), found.diff)
    assert after.count(b"\n") == after.count(b"\r\n")
    assert b"GUEST_SAFE_RANGE_BASE   xen_mk_ullong(0xE000000000)" in after


def test_a_patch_on_a_header_without_a_last_line_end(tmp_path: Path) -> None:
    header = tmp_path / "arch-arm.h"
    header.write_text(XEN_LIKE.rstrip("\n"))
    found = written(
        loaded(MAIL.read_bytes(), str(MAIL), base=str(header)), Wanted({"GUEST_RAM1_SIZE": 880 * GIB})
    )
    assert found.diff is not None
    assert not applied(tmp_path, header.read_bytes(), found.diff).endswith(b"\n")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [(b"\n", b"\r\n", "the line ends of {} are mixed"), (b"/*", b"/* \xff", "{} is no plain UTF-8")],
)
def test_a_patch_on_a_header_that_it_would_change_elsewhere(
    tmp_path: Path, old: bytes, new: bytes, why: str
) -> None:
    """One line end of another kind, a byte that is no UTF-8: the definitions alone, and why."""
    header = tmp_path / "arch-arm.h"
    header.write_bytes(XEN_LIKE.encode().replace(old, new, 1))
    found = written(
        loaded(MAIL.read_bytes(), str(MAIL), base=str(header)), Wanted({"GUEST_RAM1_SIZE": 880 * GIB})
    )
    assert (found.diff, found.notes) == (None, (f"no diff: {why.format(header)}",))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted({"GUEST_NO": 1}), "arch-arm.h has no GUEST_NO to change"),
        (Wanted({"GUEST_RAM0_BASE": 1 << 64}), "0x10000000000000000 is no value for GUEST_RAM0_BASE"),
        (
            Wanted({}, (NewRegion("GUEST_RAM1", 0, 1),)),
            "GUEST_RAM1_BASE and GUEST_RAM1_SIZE are there already",
        ),
        (Wanted({}, (NewRegion("guest x", 0, 1),)), '"guest x" is no name of a region'),
        (Wanted({}, (NewRegion("GUEST_X", 0, 0),)), "GUEST_X [0x0, 0x0) is no stretch"),
        (Wanted({}, (NewRegion("GUEST_X", 1 << 63, 1 << 63 | 1),)), "is no stretch of 64-bit addresses"),
        (Wanted({}, (NewRegion("GUEST_X", 1, 1), NewRegion("GUEST_X", 3, 1))), "are there already"),
    ],
)
def test_what_no_header_can_say(wanted: Wanted, message: str) -> None:
    with pytest.raises(InputError) as caught:
        written(loaded(XEN_LIKE), wanted)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "changes", "why"),
    [
        (
            "#define GUEST_X_BASE /* a */ (1 + /* b */ 2)\n#define GUEST_X_SIZE 1\n",
            {"GUEST_X_BASE": 4},
            "plain",
        ),
        (XEN_LIKE, {"GUEST_RAM_BANK_SIZES": 4}, "GUEST_RAM_BANK_SIZES is no single number"),
    ],
)
def test_what_cannot_be_edited_has_no_diff_and_says_why(text: str, changes: dict[str, int], why: str) -> None:
    found = written(loaded(text), Wanted(changes))
    assert found.diff is None
    assert why in found.notes[0]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("arch-arm.h", "arch-arm.h"),
        ("./a b/arch-arm.h", "a b/arch-arm.h"),
        ("/src/xen/xen/include/public/arch-arm.h", "xen/include/public/arch-arm.h"),
        ("../other.h", "other.h"),
        ("/tmp/other.h", "other.h"),
        ("<stdin>", "xen/include/public/arch-arm.h"),
        ("a\tb.h", "xen/include/public/arch-arm.h"),
    ],
)
def test_paths(name: str, path: str) -> None:
    assert path_of(name) == path


@pytest.mark.parametrize("name", ["a b.h", "in a folder/arch arm.h"])
def test_paths_with_blanks_are_applied(tmp_path: Path, name: str) -> None:
    found = written(loaded(XEN_LIKE, name), Wanted(CUT))
    assert found.diff is not None
    assert b"0xde00000000" in applied(tmp_path, XEN_LIKE.encode(), found.diff, name)


def test_debians_header(tmp_path: Path, debian: Debian) -> None:
    content = debian.header.read_bytes()
    found, after = round_trip(tmp_path, content, Wanted(CUT, (SAFE,)))
    assert b"/* 888GB of RAM @ 8GB */" in after
    assert len(lines(found.diff, "-")) == 2
    assert not found.notes
