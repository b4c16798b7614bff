"""What a mailbox holds for the layout, what is left out, and when two versions are an error."""

from __future__ import annotations

import pytest

from tests.reading.mails import applied, bare, diff, mail, patched, quoted, values
from verifier.layout.errors import InputError
from verifier.reading.patch import read_patches
from verifier.reading.series import Series

OLD = "#define GUEST_A_BASE 0x1000\n#define GUEST_A_SIZE 0x1000\n\n"
OLD += "#define GUEST_B_BASE 0x5000\n#define GUEST_B_SIZE 0x1000\n"
A2 = OLD.replace("A_SIZE 0x1000", "A_SIZE 0x2000")
A3 = OLD.replace("A_SIZE 0x1000", "A_SIZE 0x3000")
B2 = A2.replace("B_SIZE 0x1000", "B_SIZE 0x2000")
FIRST = mail(diff(OLD, A2), "[PATCH 1/2] First")
SECOND = mail(diff(A2, B2), "[PATCH 2/2] Second")


def series(*mails: str) -> Series:
    return read_patches("".join(mails).encode(), "m", header="arch-arm.h")


def said(found: Series) -> list[str]:
    return [str(note) for note in found.notes]


def fault(*mails: str) -> str:
    with pytest.raises(InputError) as caught:
        series(*mails)
    return str(caught.value)


def line_of(text: str, *mails: str) -> int:
    return "".join(mails).splitlines().index(text) + 1


def test_a_series_is_applied_patch_by_patch() -> None:
    found = series(FIRST, SECOND)
    assert [patch.name for patch in found.patches] == ["[PATCH 1/2] First", "[PATCH 2/2] Second"]
    assert found.notes == ()
    steps = applied(OLD, FIRST + SECOND)
    assert [values("".join(f"{line.text}\n" for line in step.lines)) for step in steps] == [
        values(A2),
        values(B2),
    ]


def test_the_numbers_give_the_order() -> None:
    found = series(SECOND, FIRST)
    assert [patch.name for patch in found.patches] == ["[PATCH 1/2] First", "[PATCH 2/2] Second"]
    assert said(found) == ["m:1: mails are not in the order of their numbers: sorted"]


def test_a_missing_part_is_said() -> None:
    assert said(series(SECOND)) == ["m:1: of the 2 patches of its series 1 are not here"]


def test_the_same_mail_twice() -> None:
    place = FIRST.count("\n") + 1
    assert said(series(FIRST, FIRST, SECOND)) == [f"m:{place}: the same patch as at m:1: taken once"]


def test_two_versions_of_a_series() -> None:
    later = mail(diff(OLD, A3), "[PATCH v2 1/2] First")
    place = FIRST.count("\n") + 1
    assert fault(FIRST, later) == (
        f'm:{place}: error: v2 and v1 of a patch: "[PATCH v2 1/2] First" here, "[PATCH 1/2] First" at m:1; '
        "give one of them"
    )


def test_two_patches_of_one_name() -> None:
    later = mail(diff(OLD, A3), "[PATCH 1/2] First")
    assert "two patches of the same name" in fault(FIRST, later)


def test_an_answer_that_quotes_is_skipped() -> None:
    found = series(FIRST, quoted(FIRST), SECOND)
    assert [patch.name for patch in found.patches] == ["[PATCH 1/2] First", "[PATCH 2/2] Second"]
    place = FIRST.count("\n") + 1
    assert said(found) == [f'm:{place}: answer "Re: [PATCH 1/2] First" only quotes the patch: skipped']


def test_an_answer_that_proposes_something_else_is_no_silent_choice() -> None:
    other = quoted(mail(diff(OLD, A3), "[PATCH 1/2] First"))
    message = fault(FIRST, other)
    assert "an answer changes the layout otherwise" in message
    assert "at m:1; give one of them" in message


def test_an_answer_alone_is_a_patch() -> None:
    assert values(patched(OLD, quoted(FIRST))) == values(A2)


def test_answers_that_quote_each_other() -> None:
    one = quoted(FIRST)
    head, body = quoted(FIRST).split("\n\n", 1)
    two = (
        head
        + "\n\n"
        + "".join(f"> {line}\n" if line[:1] != ">" else f">{line}\n" for line in body.splitlines())
    )
    assert "> > +#define" not in two
    assert ">> +#define" in two
    found = series(one, two)
    assert len(found.patches) == 1
    assert "skipped" in said(found)[0]


def test_two_versions_of_a_hunk_in_one_mail() -> None:
    text = mail(diff(OLD, A2) + "\nor rather\n\n" + diff(OLD, A3))
    here = line_of("+#define GUEST_A_SIZE 0x3000", text)
    there = line_of("+#define GUEST_A_SIZE 0x2000", text)
    assert fault(text) == (
        f'm:{here}: error: two versions of a hunk: "+GUEST_A_SIZE 0x3000" here, "+GUEST_A_SIZE 0x2000" at '
        f"m:{there}; give one of them"
    )


def test_an_identical_hunk_is_taken_once() -> None:
    text = mail(diff(OLD, A2) + "\nthat is\n\n+#define GUEST_A_SIZE 0x2000\n\nand so on\n")
    (patch,) = series(text).patches
    assert len(patch.hunks) == 1
    assert [str(note) for note in patch.notes] == [
        f"m:{line_of('+#define GUEST_A_SIZE 0x2000', text.split('that is')[1]) + text.split('that is')[0].count(chr(10))}: "
        f"the same change as at m:{patch.hunks[0].origin.line}: taken once"
    ]


def test_text_written_into_a_quoted_hunk() -> None:
    lines = quoted(FIRST).splitlines()
    at = lines.index("> -#define GUEST_A_SIZE 0x1000")
    lines[at:at] = ["", "Why not more?", "- a bullet", ""]
    found = series("\n".join(lines))
    assert [note.text for note in found.patches[0].notes] == ["text between the lines of the hunk"]
    assert values(patched(OLD, "\n".join(lines))) == values(A2)


def test_a_counter_proposal_inside_a_quoted_hunk() -> None:
    lines = quoted(FIRST).splitlines()
    at = lines.index("> +#define GUEST_A_SIZE 0x2000")
    lines[at:at] = ["", "+#define GUEST_A_SIZE 0x9000", ""]
    assert "two versions of a hunk" in fault("\n".join(lines))


def test_macros_in_other_files_are_told_apart() -> None:
    foreign = diff("a\n", "#define GUEST_C_BASE 1\n", "xen/include/asm-x86/guest.h")
    generic = diff("a\n", "#define GUEST_D_BASE 1\n", "xen/include/public/device_tree_defs.h")
    (patch,) = series(mail(diff(OLD, A2) + foreign + generic)).patches
    assert [note.text for note in patch.notes] == ["GUEST_C_BASE changes in xen/include/asm-x86/guest.h"]
    assert [note.text for note in patch.elsewhere] == [
        "GUEST_D_BASE changes in xen/include/public/device_tree_defs.h"
    ]
    assert "GUEST_D_BASE changes in" in fault(mail(generic))


def test_prose_is_no_patch() -> None:
    text = "Some thoughts:\n\n- the #define GUEST_A_SIZE is too small\n- so\n+ plus\n--\nme\n"
    assert "nothing in it looks like a diff" in fault(text)


def test_a_bare_run_with_a_bullet_in_it_says_so() -> None:
    text = "-#define GUEST_A_SIZE 0x1000\n+#define GUEST_A_SIZE 0x2000\n- and this\n"
    (patch,) = series(text).patches
    assert [str(note) for note in patch.notes] == [
        "m:3: neither directive nor comment, in a run without hunk header: left out"
    ]


def test_bare_conditionals_are_never_dropped() -> None:
    text = bare(FIRST) + "\n-#ifdef X\n+#ifdef Y\n"
    assert len(series(text).patches[0].hunks) == 2
    with pytest.raises(InputError, match="cannot be applied where the text around it differs"):
        applied(OLD, text)


def test_a_mail_that_git_did_not_finish() -> None:
    cut = FIRST[: FIRST.index("-- \n")]
    assert "it may be cut" in series(cut).patches[0].notes[0].text
    shorter = FIRST[: FIRST.index(" #define GUEST_B_SIZE")]
    assert "hunk has fewer lines than it counts" in [note.text for note in series(shorter).patches[0].notes]
