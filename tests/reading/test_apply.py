"""The three levels at which a hunk applies, what each reports, and what does not apply."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.mails import HEADER, applied, diff, mail, patched, values
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.apply import Applied
from verifier.reading.c_header import read_header
from verifier.reading.lines import joined, lines_of, release_lines
from verifier.reading.models import proposal, release

DATA = Path(__file__).parent / "data"
RFC = (DATA / "2021-08-04-safe-range.txt").read_bytes()
BASE = """\
#ifndef H
#define H

/* First region,
 * in two lines */
#define GUEST_A_BASE   0x1000
#define GUEST_A_SIZE   0x1000

#define GUEST_B_BASE   0x5000 /* 4KB */
#define GUEST_B_SIZE   0x1000

#endif
"""
HEAD = f"--- a/{HEADER}\n+++ b/{HEADER}\n"


def levels(result: Applied) -> list[str]:
    return [step.level for step in result.steps]


def notes(result: Applied) -> list[str]:
    return [note.text for step in result.steps for note in step.notes]


def doubts(result: Applied) -> list[str]:
    return [note.text for step in result.steps for note in step.notes if note.doubt]


def one(text: str, base: str = BASE, *, macro_only: bool = False) -> Applied:
    (result,) = applied(base, text, macro_only=macro_only)
    return result


def fault(text: str, base: str = BASE, *, macro_only: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        one(text, base, macro_only=macro_only)
    assert caught.value.file == "m.eml"
    return str(caught.value)


def text_of(result: Applied) -> str:
    return joined(result.lines).decode()


def hunk(*lines: str, at: str = "@@ -9,2 +9,2 @@") -> str:
    return HEAD + "\n".join([at, *lines, ""])


CHANGE = (
    " #define GUEST_B_BASE   0x5000 /* 4KB */",
    "-#define GUEST_B_SIZE   0x1000",
    "+#define GUEST_B_SIZE   0x2000",
)
WANTED = BASE.replace("B_SIZE   0x1000", "B_SIZE   0x2000")


def test_exact() -> None:
    result = one(hunk(*CHANGE))
    assert (levels(result), notes(result), text_of(result)) == (["exact"], [], WANTED)
    assert result.steps[0].place == "arch-arm.h:9"
    assert result.lines[9].origin == Origin("m.eml", 6)
    assert result.lines[8].origin == Origin("arch-arm.h", 9)


def test_exact_elsewhere_than_it_says() -> None:
    result = one(hunk(*CHANGE, at="@@ -4,2 +4,2 @@"))
    assert notes(result) == ["applied 5 lines below the line it gives"]
    assert text_of(result) == WANTED


def test_exact_without_context() -> None:
    result = one(hunk("+#define GUEST_C_BASE 1", at="@@ -10,0 +11 @@"))
    assert (levels(result), notes(result)) == (["exact"], ["placed by line number only"])
    assert text_of(result) == BASE.replace("\n\n#endif", "\n#define GUEST_C_BASE 1\n\n#endif")


def test_two_places_and_no_number() -> None:
    base = "#define GUEST_A_BASE 1\n#undef GUEST_A_BASE\n#define GUEST_A_BASE 1\n"
    text = "-#define GUEST_A_BASE 1\n+#define GUEST_A_BASE 2\n"
    assert (
        fault(text, base)
        == "m.eml:1: error: hunk fits two places equally well, arch-arm.h:1 and arch-arm.h:3"
    )
    assert text_of(one(HEAD + "@@ -3 +3 @@\n" + text, base)).splitlines()[2] == "#define GUEST_A_BASE 2"
    assert "equally well" in fault(HEAD + "@@ -2 +2 @@\n" + text, base)


def test_white_space() -> None:
    result = one(hunk("  #define  GUEST_B_BASE 0x5000\t/* 4KB */ ", *CHANGE[1:]))
    assert (levels(result), text_of(result)) == (["white-space"], WANTED)


def test_blank_lines_do_not_matter_then() -> None:
    lines = (" #define GUEST_A_SIZE 0x1000", *CHANGE, " #endif")
    result = one(hunk(*lines, at="@@ -7,4 +7,4 @@"))
    assert (levels(result), text_of(result)) == (["white-space"], WANTED)


def test_a_blank_line_of_the_mail_keeps_groups_apart() -> None:
    base = BASE.replace("\n\n#define GUEST_B", "\n#define GUEST_B")
    lines = (
        " #define GUEST_A_SIZE 0x1000",
        "+",
        "+/* new */",
        "+#define GUEST_C_BASE 3",
        " ",
        " " + CHANGE[0][1:],
    )
    text = text_of(one(hunk(*lines, at="@@ -7,3 +7,6 @@"), base))
    assert "0x1000\n\n/* new */\n#define GUEST_C_BASE 3\n\n#define GUEST_B_BASE" in text


def test_context_at_the_end_of_a_wrong_count_may_be_prose() -> None:
    result = one(hunk(*CHANGE, "   and so on, as discussed", at="@@ -9,9 +9,9 @@"))
    assert (levels(result), text_of(result)) == (["exact"], WANTED)
    assert "context at the end of the hunk left out" in notes(result)


def test_a_wrapped_comment_is_rejoined() -> None:
    text = hunk(CHANGE[0].replace("/* 4KB */", "/* 4KB"), "*/", *CHANGE[1:])
    assert (levels(one(text)), text_of(one(text))) == (["exact"], WANTED)
    text = hunk(*CHANGE[:2], "+#define GUEST_B_SIZE   0x2000 /* two", "pages */")
    assert "#define GUEST_B_SIZE   0x2000 /* two pages */\n" in text_of(one(text))


def test_context_must_hold_its_values_in_a_file() -> None:
    lines = (CHANGE[0].replace("0x5000", "0x6000"), *CHANGE[1:])
    assert fault(hunk(*lines)) == (
        'm.eml:4: error: hunk does not apply: it expects "#define GUEST_B_BASE 0x6000", 0x6000 (24 KiB), '
        'arch-arm.h:9 has "#define GUEST_B_BASE 0x5000", 0x5000 (20 KiB)'
    )
    assert fault(hunk(*lines), macro_only=True) == fault(hunk(*lines))
    lines = (" #define GUEST_Z_BASE 0x5000", *CHANGE[1:])
    assert doubts(one(hunk(*lines), macro_only=True)) == [
        "GUEST_Z_BASE of the context is not in the layout, or cannot be compared"
    ]


@pytest.mark.parametrize("macro_only", [False, True])
def test_a_removed_macro_must_have_its_value(macro_only: bool) -> None:
    lines = (CHANGE[0], "-#define GUEST_B_SIZE 0x3000", CHANGE[2])
    assert fault(hunk(*lines), macro_only=macro_only) == (
        'm.eml:5: error: hunk does not apply: it expects "#define GUEST_B_SIZE 0x3000", 0x3000 (12 KiB), '
        'arch-arm.h:10 has "#define GUEST_B_SIZE 0x1000", 0x1000 (4 KiB)'
    )


def test_a_removed_macro_that_is_not_there_shows_the_nearest() -> None:
    assert fault("-#define GUEST_BB_SIZE 0x3000\n") == (
        'm.eml:1: error: hunk does not apply: it expects "#define GUEST_BB_SIZE 0x3000", 0x3000 (12 KiB), '
        'arch-arm.h has no GUEST_BB_SIZE; nearest is "#define GUEST_B_SIZE 0x1000", 0x1000 (4 KiB) at arch-arm.h:10'
    )


def test_a_value_in_other_words_is_the_same() -> None:
    lines = ("-#define GUEST_B_SIZE xen_mk_ullong(0x1000) /* 4KB */", "+#define GUEST_B_SIZE 0x2000")
    result = one("\n".join(lines))
    assert (levels(result), values(joined(result.lines))["GUEST_B_SIZE"]) == (["macro"], 0x2000)


def test_a_macro_that_is_there_is_not_defined_twice() -> None:
    assert fault("+#define GUEST_B_SIZE 0x2000\n") == (
        'm.eml:1: error: hunk does not apply: it adds "#define GUEST_B_SIZE 0x2000", 0x2000 (8 KiB) and removes no '
        'other, but arch-arm.h:10 has "#define GUEST_B_SIZE 0x1000", 0x1000 (4 KiB)'
    )


def test_an_addition_follows_the_last_hunk() -> None:
    text = "-#define GUEST_A_SIZE   0x1000\n+#define GUEST_A_SIZE   0x800\n\nand\n\n+/* new */\n+#define GUEST_C_BASE 9\n"
    result = one(text)
    assert levels(result) == ["exact", "macro"]
    assert "0x800\n\n/* new */\n#define GUEST_C_BASE 9\n\n#define GUEST_B_BASE" in text_of(result)


def test_an_addition_that_nothing_places_is_said() -> None:
    result = one("+#define GUEST_C_BASE 9\n")
    assert notes(result) == ["nothing says where this goes: put behind the last macro"]
    assert "GUEST_B_SIZE   0x1000\n\n#define GUEST_C_BASE 9\n\n#endif" in text_of(result)


def test_a_macro_that_moves() -> None:
    after = BASE.replace("#define GUEST_B_SIZE   0x1000\n", "").replace(
        "#define GUEST_A_BASE", "#define GUEST_B_SIZE   0x1000\n#define GUEST_A_BASE"
    )
    for context in (0, 3):
        text = mail(diff(BASE, after, context=context))
        assert text_of(one(text)) == after
        assert values(joined(one(text, macro_only=True).lines)) == values(BASE)


@pytest.mark.parametrize("line", ["-#ifdef X", "+#ifdef X", "+#undef GUEST_A_BASE", "-#endif"])
def test_conditionals_need_their_text(line: str) -> None:
    text = hunk(" #define GUEST_Z_BASE 1", line, at="@@ -9,9 +9,9 @@")
    assert f'"{line}" cannot be applied where the text around it differs' in fault(text, macro_only=True)


def test_a_conditional_in_the_context_is_a_doubt() -> None:
    text = hunk(" #ifdef X", "+#define GUEST_C_BASE 1", " #endif", at="@@ -9,2 +9,3 @@")
    assert notes(one(text, macro_only=True))[:2] == [
        '"#ifdef X" in the context: what it switches is not known',
        "nothing says where this goes: put behind the last macro",
    ]


def test_a_comment_that_changes_in_part_is_put_in_whole() -> None:
    after = BASE.replace(" * in two lines */", " * in just two lines */").replace("0x5000", "0x6000")
    result = one(diff(BASE, after), macro_only=True)
    assert "/* First region,\n * in just two lines */\n#define GUEST_A_BASE" in text_of(result)
    assert values(text_of(result)) == values(after)


def test_what_concerns_no_macro_is_said_and_not_applied_to_a_release() -> None:
    text = hunk(" #define GUEST_B_SIZE   0x1000", "-typedef int a;", "+typedef long a;")
    assert notes(one(text, macro_only=True)) == [
        "no macro: not applied",
        "no macro: not applied",
        "1 context line: not compared",
    ]
    assert "cannot be applied" in fault(text)


def test_a_header_that_is_deleted() -> None:
    text = f"--- a/{HEADER}\n+++ /dev/null\n@@ -1,12 +0,0 @@\n" + "".join(
        f"-{line}\n" for line in BASE.splitlines()
    )
    assert one(text).lines == ()


@pytest.mark.parametrize("tag", ["4.8.0", "4.11.0", "4.15.0", "4.16.0", "4.22.0", "head"])
def test_the_mail_of_2021_on_a_release(tag: str) -> None:
    (result,) = applied(release_lines(release(tag)), RFC, macro_only=True)
    assert levels(result) == ["macro", "macro"]
    header = read_header(joined(result.lines), "h")
    found = values(joined(result.lines))
    before = values(joined(release_lines(release(tag))))
    assert {
        name: value
        for name, value in found.items()
        if before.get(name) != value and "MAX" not in name and "BANK" not in name
    } == {
        "GUEST_RAM1_SIZE": 0xDE00000000,
        "GUEST_SAFE_RANGE_BASE": 0xDE00000000,
        "GUEST_SAFE_RANGE_SIZE": 0x0200000000,
    }
    assert found["GUEST_RAM1_BASE"] == 0x200000000
    assert {comment.text: comment.defines for comment in header.comments} == {
        "888GB of RAM @ 8GB": ("GUEST_RAM1_BASE", "GUEST_RAM1_SIZE"),
        "128GB": ("GUEST_SAFE_RANGE_BASE", "GUEST_SAFE_RANGE_SIZE"),
    }
    origins = {
        line.text.split()[1]: line.origin
        for line in result.lines
        if "GUEST_RAM1_" in line.text or "SAFE" in line.text
    }
    assert origins["GUEST_RAM1_SIZE"] == Origin("m.eml", 17)
    assert origins["GUEST_SAFE_RANGE_BASE"] == Origin("m.eml", 32)


def test_the_mail_of_2021_needs_ram1_as_it_was() -> None:
    with pytest.raises(InputError, match=r"has no GUEST_RAM1_BASE; nearest is"):
        applied(release_lines(release("4.4.4")), RFC, macro_only=True)


def test_the_mail_of_2021_on_a_header() -> None:
    base = "#define GUEST_RAM1_BASE   xen_mk_ullong(0x0200000000) /* 1016GB of RAM @ 8GB */\n"
    base += (
        "#define GUEST_RAM1_SIZE   xen_mk_ullong(0xfe00000000)\n\n#define GUEST_RAM_BASE GUEST_RAM1_BASE\n"
    )
    (result,) = applied(base, RFC)
    assert levels(result) == ["exact", "macro"]
    assert values(patched(base, RFC))["GUEST_SAFE_RANGE_SIZE"] == 0x200000000


def test_a_release_as_lines() -> None:
    model = release("4.15.0")
    lines = release_lines(model)
    assert {line.text.split()[1] for line in lines if line.text} == set(model.replacements)
    base = next(at for at, line in enumerate(lines) if "RAM1_BASE" in line.text)
    assert [line.text for line in lines[base - 1 : base + 3]] == [
        "",
        "#define GUEST_RAM1_BASE 0x200000000ULL",
        "#define GUEST_RAM1_SIZE 0xfe00000000ULL",
        "",
    ]
    assert lines[base].origin == model.replacements["GUEST_RAM1_BASE"][1]


def test_a_proposal_as_lines() -> None:
    found = values(joined(release_lines(proposal("rfc-2021-safe-range"))))
    assert found["GUEST_RAM1_SIZE"] == found["GUEST_SAFE_RANGE_BASE"] == 0xDE00000000
    assert found["GUEST_RAM0_BASE"] == 0x40000000


def test_lines_of_a_file() -> None:
    assert [line.text for line in lines_of(b"a\r\nb\x0c\n\nc", "f")] == ["a", "b\x0c", "", "c"]
    assert lines_of(b"", "f") == ()
