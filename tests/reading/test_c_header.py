"""Directives and the public entry points: what is read, what is reported, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifier.layout.define import Comment, Define, Number
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_header import Header, evaluate_defines, read_header

DATA = Path(__file__).parent / "data"


def read(text: str, view: str = "tools", arch: str = "arm64", **companions: str) -> Header:
    given = {f"{name}.h": content.encode() for name, content in companions.items()}
    return read_header(text.encode(), "t.h", view=view, arch=arch, companions=given)


def values(header: Header) -> dict[str, int | list[int]]:
    return {
        item.name: item.value.value
        if isinstance(item.value, Number)
        else [number.value for number in item.value]
        for item in header.defines
    }


def test_a_define_is_told_whole() -> None:
    header = read(
        "/* Low  RAM */\n#define GUEST_RAM_SIZE  xen_mk_ullong( /* a */ 0x1000)\n#define GUEST_RAM_BANKS 1\n"
    )
    assert header == Header(
        defines=(
            Define("GUEST_RAM_SIZE", Number(4096, 64, False), "xen_mk_ullong( 0x1000)", Origin("t.h", 2)),
            Define("GUEST_RAM_BANKS", Number(1, 32, True), "1", Origin("t.h", 3)),
        ),
        comments=(
            Comment("Low RAM", Origin("t.h", 1), ("GUEST_RAM_SIZE", "GUEST_RAM_BANKS")),
            Comment("a", Origin("t.h", 2), ("GUEST_RAM_SIZE", "GUEST_RAM_BANKS")),
        ),
        conditionals=(),
        others=(),
        assumed=("xen_mk_ullong",),
        unread=(),
    )


def test_a_realistic_header() -> None:
    header = read_header((DATA / "layout.h").read_bytes(), "layout.h")
    assert values(header)["GUEST_RAM_BANK_BASES"] == [0x40000000, 0x100000000]
    assert values(header)["GUEST_RAM_MAX"] == 0x140000000
    assert [name for name, _ in header.others] == ["GUEST_TYPE", "GUEST_NAME", "GUEST_SEEN"]
    assert header.conditionals == ()
    assert header.assumed == ("UINT64_C", "xen_mk_ullong")
    said = {comment.text: comment.defines for comment in header.comments}
    assert said["2MB == 512 pages"] == ("GUEST_GNTTAB_SIZE",)
    assert said["1GB of low RAM @ 1GB"] == ("GUEST_RAM0_BASE", "GUEST_RAM0_SIZE")
    assert "One of the two controllers is mapped, so they may overlap." not in said
    assert read_header((DATA / "layout.h").read_bytes(), "layout.h", view="xen").defines == header.defines


def test_views_and_arches() -> None:
    text = (
        "#if defined(__XEN__)\n#define GUEST_A 1\n#elif defined(__XEN_TOOLS__)\n#define GUEST_A 2\n#endif\n"
    )
    text += "#ifdef __aarch64__\n#define GUEST_B 1L\n#elif __arm__ == 1\n#define GUEST_B 2L\n#endif\n"
    text += "#if __GNUC__ >= 12 && __STDC_VERSION__ == 201112L && __STDC__\n#define GUEST_C 3\n#endif"
    assert values(read(text)) == {"GUEST_A": 2, "GUEST_B": 1, "GUEST_C": 3}
    assert values(read(text, "xen", "arm32")) == {"GUEST_A": 1, "GUEST_B": 2, "GUEST_C": 3}
    assert read(text).defines[1].value == Number(1, 64, True)
    assert read(text, arch="arm32").defines[1].value == Number(2, 32, True)
    assert read(text).conditionals == read(text, "xen", "arm32").conditionals == ()
    with pytest.raises(ValueError, match=r"^view 'all' is not one of tools, xen$"):
        read_header(b"", "t.h", view="all")
    with pytest.raises(ValueError, match=r"^arch 'arm' is not one of arm64, arm32$"):
        read_header(b"", "t.h", arch="arm")


def test_the_last_definition_counts_and_names_the_one_before() -> None:
    header = read("#define GUEST_A 1\n#define GUEST_B 1\n#define GUEST_A 2\n#define GUEST_B  1 // same\n")
    assert [(item.name, item.origin.line, item.previous) for item in header.defines] == [
        ("GUEST_B", 2, None),
        ("GUEST_A", 3, Origin("t.h", 1)),
    ]
    header = read("#define GUEST_A 1\n#undef GUEST_A\n#define GUEST_A 2\n#define GUEST_B 1\n#undef GUEST_B\n")
    assert [(item.name, item.origin.line, item.previous) for item in header.defines] == [("GUEST_A", 3, None)]
    header = read("#define GUEST_A 1\n#define GUEST_A 2\n#define GUEST_A 2\n")
    assert [(item.origin.line, item.previous) for item in header.defines] == [(2, Origin("t.h", 1))]
    header = read("#define GUEST_A 2\n", a="#define GUEST_A 1\n")
    assert [(item.origin, item.previous) for item in header.defines] == [(Origin("t.h", 1), Origin("a.h", 1))]


def test_values_are_those_at_the_end_of_the_header() -> None:
    text = "#define K 1\n#define GUEST_A K\n#undef K\n#define K 2\n#if GUEST_A == 2\n#define GUEST_B { K, GUEST_A, }\n#endif"
    assert values(read(text)) == {"GUEST_A": 2, "GUEST_B": [2, 2]}


def test_companions_are_read_first_and_may_be_included() -> None:
    xen = '#include "t.h"\n#include <public/a.h>\n#define xen_mk_ullong(x) x ## UL\n#define GUEST_X 1\n'
    header = read('#include "../xen.h"\n#define GUEST_A xen_mk_ullong(5) + B\n', a="#define B 1\n", xen=xen)
    assert [(item.name, item.origin) for item in header.defines] == [
        ("GUEST_X", Origin("xen.h", 4)),
        ("GUEST_A", Origin("t.h", 2)),
    ]
    assert header.assumed == ()
    assert values(header) == {"GUEST_X": 1, "GUEST_A": 6}


def test_assumed_macros_can_be_defined_by_the_header() -> None:
    assert read("#define GUEST_A xen_mk_ullong(1)").assumed == ("xen_mk_ullong",)
    assert read("#define GUEST_A __xen_mk_ullong(1)").assumed == ("__xen_mk_ullong",)
    assert read("#define xen_mk_ullong(x) x\n#define GUEST_A xen_mk_ullong(1)").assumed == ()
    assert read("#define GUEST_A 1").assumed == ()
    guarded = "#ifndef xen_mk_ullong\n#define xen_mk_ullong(x) x\n#endif\n#define GUEST_A xen_mk_ullong(1)"
    assert read(guarded).defines[0].value == Number(1, 32, True)
    assert read(guarded).assumed == ()
    partly = "#ifndef __xen_mk_ullong\n#define __xen_mk_ullong(x) x\n#endif\n#define GUEST_A xen_mk_ullong(1)"
    assert read(partly).assumed == ("xen_mk_ullong",)
    assert read(partly).conditionals == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/* 1 */",
        '"1"',
        "unsigned long",
        "struct foo",
        "FOO",
        "FOO(1)",
        "do { } while (0)",
        ",",
        "1.5",
        "(int *)1",
        '1 "a"',
        "xen_mk_ullong",
        "{ }, {",
        "{ FOO }",
        "__attribute__((aligned(8)))",
        "GUEST_OTHER",
        "[1]",
        "{ { 1 } }",
    ],
)
def test_what_is_no_number_is_listed(text: str) -> None:
    header = read(f"#define GUEST_OTHER {text}\n#define GUEST_F(x) x\n#define OTHER 1")
    assert header.others == (("GUEST_OTHER", Origin("t.h", 1)),)
    assert header.defines == ()


@pytest.mark.parametrize("text", ["", '"1"', "unsigned long", "struct foo"])
def test_what_is_plainly_no_number_is_listed_whatever_its_name(text: str) -> None:
    assert read(f"#define GUEST_RAM_BASE {text}").others == (("GUEST_RAM_BASE", Origin("t.h", 1)),)


def test_inactive_groups_only_nest() -> None:
    text = '#if 0\n#include "foo.h"\n#error\n#foo\n#define\n#if (\n#elif (\n#else\n#endif\nit\'s\n#elif 1\n'
    text += "#define GUEST_A 1\n#endif"
    assert values(read(text)) == {"GUEST_A": 1}
    assert values(read("#if 1\n#define GUEST_A 1\n#elif 1 /\n#else\n#include <foo.h>\n#endif")) == {
        "GUEST_A": 1
    }


def test_conditions_after_the_taken_branch_are_not_evaluated() -> None:
    text = "#ifndef X\n#define GUEST_A 1\n#elif 1 / 0 +\n#elif defined\n#elif\n#elifdef\n#elifndef 1\n#endif"
    assert values(read(text)) == {"GUEST_A": 1}


def test_the_elif_of_c23() -> None:
    text = "#if 0\n#elifdef __XEN__\n#elifndef __XEN__\n#define GUEST_A 1\n#else\n#define GUEST_A 2\n#endif"
    assert values(read(text)) == {"GUEST_A": 1}
    assert values(read(text, "xen")) == {}


def test_directives_without_effect() -> None:
    text = '#\n# 1 "a.c"\n#line 70\n#ident "a"\n#warning a\n#pragma once\n#pragma push_macro("FOO")\n#define GUEST_A 1'
    assert read(text).defines[0].origin.line == 8


CHANGED = "#define GUEST_A 0x10\n#define GUEST_B GUEST_A + 1\n#if GUEST_A == 32\n#define GUEST_C 1\n#endif"


def test_changes_replace_values() -> None:
    header = read_header(CHANGED.encode(), "t.h", changes={"GUEST_A": 32})
    assert header.defines == (
        Define("GUEST_A", Number(32), "0x20ULL", Origin("t.h", 1)),
        Define("GUEST_B", Number(33), "GUEST_A + 1", Origin("t.h", 2)),
        Define("GUEST_C", Number(1, 32, True), "1", Origin("t.h", 4)),
    )
    twice = read_header(b"#define GUEST_A 1\n#define GUEST_A 2\n", "t.h", changes={"GUEST_A": 32})
    assert twice.defines[0].previous == Origin("t.h", 1)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GUEST_D", 1, "'GUEST_D' is no object-like macro of the header"),
        ("GUEST_F", 1, "'GUEST_F' is no object-like macro of the header"),
        ("__XEN_TOOLS__", 1, "'__XEN_TOOLS__' is no object-like macro of the header"),
        ("GUEST_A", -1, "-0x1 is no value for 'GUEST_A'; it must be in [0, 2**64)"),
        ("GUEST_A", 2**64, "0x10000000000000000 is no value for 'GUEST_A'; it must be in [0, 2**64)"),
    ],
)
def test_changes_that_cannot_be_made(name: str, value: int, message: str) -> None:
    with pytest.raises(ValueError, match=name) as found:
        read_header(f"{CHANGED}\n#define GUEST_F(x) x".encode(), "t.h", changes={name: value})
    assert str(found.value) == message


def test_models_are_evaluated_alike() -> None:
    at = Origin("m.toml", 3)
    given = {
        "GUEST_B": ("GUEST_A +\n xen_mk_ullong(1) // one", Origin("m.toml", 4)),
        "GUEST_A": ("0x10", at),
        "GUEST_L": ("{ GUEST_A, GUEST_B }", at),
    }
    assert evaluate_defines(given) == (
        Define("GUEST_B", Number(17), "GUEST_A + xen_mk_ullong(1)", Origin("m.toml", 4)),
        Define("GUEST_A", Number(16, 32, True), "0x10", at),
        Define("GUEST_L", (Number(16, 32, True), Number(17)), "{ GUEST_A, GUEST_B }", at),
    )
    assert evaluate_defines(given, changes={"GUEST_A": 1})[0].value == Number(2)
    assert evaluate_defines({"A": ("1L", at)}, arch="arm32")[0].value == Number(1, 32, True)
    with pytest.raises(ValueError, match=r"^'GUEST_Z' is no object-like macro of the header$"):
        evaluate_defines(given, changes={"GUEST_Z": 1})


def test_what_a_companion_includes_and_nobody_gave_is_noted() -> None:
    """The real xen.h includes xen-compat.h, and the header itself."""
    xen = '#define A 1\n#include "xen-compat.h"\n#include <xen-compat.h>\n#include "t.h"\n'
    header = read("#define GUEST_A A\n", xen=xen)
    assert values(header) == {"GUEST_A": 1}
    assert header.unread == (("xen-compat.h", Origin("xen.h", 2)),)
    with pytest.raises(InputError, match="is not followed"):
        read('#include "xen-compat.h"\n', xen=xen)
