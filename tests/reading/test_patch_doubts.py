"""A patch that may not have given the layout it was meant to give leaves a doubt, or is refused."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from tests.reading.mails import HEADER, crlf, diff, mail
from verifier.commands.check import check
from verifier.layout.errors import InputError
from verifier.layout.finding import Report, Verdict
from verifier.reading.request import Request
from verifier.reading.source import Source, header_source, open_source
from verifier.reading.stages import fitting_releases, stages

BASE = """\
#ifndef H
#define H

/* First region,
 * in two lines */
#define GUEST_A_BASE   0x1000
#define GUEST_A_SIZE   0x1000

#define GUEST_B_BASE   0x5000
#define GUEST_B_SIZE   0x1000

#if 0
#define OTHER 1
#endif

#endif
"""
BIGGER = BASE.replace("B_SIZE   0x1000", "B_SIZE   0x2000")
HEAD = f"--- a/{HEADER}\n+++ b/{HEADER}\n"
CHANGE = "-#define GUEST_B_SIZE   0x1000\n+#define GUEST_B_SIZE   0x2000\n"
RAM1 = "#define GUEST_RAM1_SIZE   xen_mk_ullong(0xfe00000000)\n"
RELEASE = f" #define GUEST_RAM1_BASE   xen_mk_ullong(0x0200000000)\n-{RAM1}+{RAM1.replace('fe', 'de')}"


def header(text: str = BASE) -> Source:
    return header_source(text.encode(), "arch-arm.h")


def doubts(text: str | bytes, base: Source | None = None) -> list[str]:
    """What the reading of a patch leaves in doubt."""
    content = text if isinstance(text, bytes) else text.encode()
    return [str(note) for note in stages(content, "m", base or header(), both=False)[-1].source.doubts]


def fault(text: str, base: Source | None = None) -> str:
    with pytest.raises(InputError) as caught:
        doubts(text, base)
    return str(caught.value)


def line_of(start: str, text: str) -> int:
    return next(at for at, line in enumerate(text.splitlines(), 1) if line.startswith(start))


@pytest.mark.parametrize("text", [diff(BASE, BIGGER), mail(diff(BASE, BIGGER)), CHANGE])
def test_a_patch_that_fits_leaves_none(text: str) -> None:
    assert doubts(text) == []
    assert doubts(crlf(text)) == []


def test_a_doubt_is_a_doubt_of_the_verdict(tmp_path: Path) -> None:
    path = tmp_path / "m.patch"
    path.write_text(f"{HEAD}@@ -100,2 +100,2 @@\n{RELEASE}")
    sound = check(Request(str(path)), repairs=False)
    path.write_text(f"{HEAD}@@ -100,9 +100,9 @@\n{RELEASE}")
    cut = check(Request(str(path)), repairs=False)

    def unknown(report: Report) -> list[str]:
        return [
            each.message
            for each in report.findings
            if each.property == "well-formed" and each.verdict == Verdict.UNKNOWN
        ]

    assert unknown(sound) == []
    assert any("it may be cut" in message and "m.patch:3" in message for message in unknown(cut))


def test_wrong_counts_where_all_that_is_shown_is_found() -> None:
    whole = mail(f"{HEAD}@@ -9,5 +9,5 @@\n #define GUEST_B_BASE   0x5000\n{CHANGE}")
    assert doubts(whole) == []
    assert doubts(whole.replace("@@ -9,5", "@@ -3,5")) == []


def test_wrong_counts_where_context_was_left_out_or_nothing_compared() -> None:
    said = "hunk has fewer lines than it counts: lines of it may be missing"
    prose = mail(f"{HEAD}@@ -9,9 +9,9 @@\n #define GUEST_B_BASE   0x5000\n{CHANGE}   and so on\n")
    assert doubts(prose) == [f"m:{line_of('@@', prose)}: {said}"]
    released = mail(f"{HEAD}@@ -9,9 +9,9 @@\n{RELEASE}")
    assert doubts(released, open_source("4.15.0")) == [f"m:{line_of('@@', released)}: {said}"]


def test_wrong_counts_of_a_hunk_that_fits_several_places() -> None:
    old = "#define OTHER\n/* x */\n#undef OTHER\n"
    text = mail(f"{HEAD}@@ -30,5 +30,4 @@\n #define OTHER\n-/* x */\n #undef OTHER\n")
    assert doubts(text, header(BASE + old)) == []
    assert "lines of it may be missing" in doubts(text, header(old + BASE + old))[0]


def test_a_hunk_that_ends_its_text_too_early() -> None:
    text = f"{HEAD}@@ -9,5 +9,5 @@\n #define GUEST_B_BASE   0x5000\n{CHANGE}\n"
    assert doubts(text) == ["m:3: nothing follows a hunk with too few lines: it may be cut"]
    assert doubts(f"{text}\nand more\n") == []


@pytest.mark.parametrize("count", [2, 7])
def test_a_hunk_of_the_header_without_any_change(count: int) -> None:
    text = (
        f"{HEAD}@@ -9,{count} +9,{count} @@\n #define GUEST_B_BASE   0x5000\n #define GUEST_B_SIZE   0x1000\n"
    )
    assert "m:3: error: hunk for arch-arm.h changes nothing" in fault(text + diff(BASE, BIGGER))


def test_words_in_a_bare_run_and_changes_of_no_file() -> None:
    (first,) = doubts(f"{CHANGE}- and GUEST_C as well\n")
    assert first == "m:3: neither directive nor comment, in a run without hunk header: left out"
    (second,) = doubts(f"{diff(BASE, BIGGER)}-- \n\n@@ -1 +1 @@\n-int a;\n+int b;\n\n")
    assert "names no file and no GUEST_ macro: not applied" in second


def test_a_part_alone() -> None:
    (said,) = doubts(mail(diff(BASE, BIGGER), "[PATCH 2/3] Second"))
    assert said == "m:1: of the 3 patches of its series 1 and 3 are not here"


def test_a_doubt_of_one_patch_stays_for_the_next() -> None:
    last = BIGGER.replace("A_SIZE   0x1000", "A_SIZE   0x2000")
    text = mail(f"{diff(BASE, BIGGER)}\n+ prose\n-#define X\n\n", "[PATCH 1/2] a")
    assert "prose" in text
    text += mail(diff(BIGGER, last), "[PATCH 2/2] b")
    before, after = stages(text.encode(), "m", header(BASE + "#define X\n"), both=False)
    assert before.source.doubts
    assert after.source.doubts == before.source.doubts


@pytest.mark.parametrize(
    "body",
    [
        " #define GUEST_B_BASE   0x5000\n #define GUEST_B_SIZE   [-0x1000-]{+0x2000+}\n",
        "#define GUEST_B_BASE   0x5000\n#define GUEST_B_SIZE   [-0x1000-]{+0x2000+}\n",
        "#define GUEST_B_BASE   0x5000\n~\n#define GUEST_B_SIZE   \n-0x1000\n+0x2000\n~\n",
        " #define GUEST_B_BASE   0x5000\n~\n #define GUEST_B_SIZE   \n-0x1000\n+0x2000\n~\n",
    ],
)
def test_word_diffs(body: str) -> None:
    text = f"{HEAD}@@ -9,2 +9,2 @@\n{body}"
    for each in (text, CHANGE + "\n" + text):
        assert any(said in fault(each) for said in ("a word diff", "changes nothing"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"\x1b[1m--- a/{HEADER}\x1b[m\n\x1b[31m-#define GUEST_B_SIZE 1\x1b[m\n", "use --color=never"),
        (
            f"*** a/{HEADER}\n--- b/{HEADER}\n***************\n*** 9,10 ****\n! #define GUEST_B_SIZE 1\n--- 9,10 ----\n"
            "! #define GUEST_B_SIZE 2\n+ #define GUEST_C_SIZE 1\n",
            "a context diff (diff -c)",
        ),
        ("10c10\n< #define GUEST_B_SIZE 1\n---\n> #define GUEST_B_SIZE 2\n", "(plain diff)"),
        ("- -#define GUEST_B_SIZE 1\n- +#define GUEST_B_SIZE 2\n", "dashes escaped by PGP"),
        ("10c\n#define GUEST_B_SIZE 2\n.\n", "an ed script"),
        (f"diff --git a/{HEADER} b/{HEADER}\nold mode 100644\nnew mode 100755\n", "only the mode of the"),
        (
            f"diff --git a/{HEADER} b/x.h\nsimilarity index 100%\nrename from {HEADER}\n",
            "only the name of the",
        ),
    ],
)
def test_other_forms_are_named(text: str, said: str) -> None:
    assert said in fault(text)
    assert fault(text).startswith("m:")


def test_a_signed_mail() -> None:
    signed = "\n".join(f"- {line}" if line[:1] == "-" else line for line in diff(BASE, BIGGER).splitlines())
    text = f"From: a@example.org\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{signed}\n"
    text += "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    source = stages(text.encode(), "m", header(), both=False)[-1].source
    assert (source.content, source.doubts) == (BIGGER.encode(), ())


def test_a_patch_that_is_applied() -> None:
    said = fault(diff(BASE, BIGGER), header(BIGGER))
    assert "it expects" in said
    assert said.endswith(": already applied")
    added = BASE.replace("\n\n#if 0", "\n#define GUEST_C_BASE 1\n\n#if 0")
    assert fault(diff(BASE, added), header(added)).endswith(": already applied")
    text = f"{HEAD}@@ -1,2 +1,2 @@\n{RELEASE}"
    assert fault(
        text.replace("+#", "*#").replace("-#", "+#").replace("*#", "-#"), open_source("4.15.0")
    ).endswith(": already applied")
    assert "already" not in fault(diff(BASE, BIGGER), header(BASE.replace("B_SIZE   0x1000", "B_SIZE 3")))


@pytest.mark.parametrize("at", [4, 12])
def test_a_macro_by_line_number_in_a_comment_or_condition(at: int) -> None:
    text = f"{HEAD}@@ -{at},0 +{at + 1} @@\n+#define GUEST_C_BASE 1\n"
    assert doubts(text) == [
        "m:4: GUEST_C_BASE is added, but is no macro of the layout that results: in a comment or condition, or undefined"
    ]
    assert doubts(f"{HEAD}@@ -8,0 +9 @@\n+#define GUEST_C_BASE 1\n") == []


def test_macros_of_any_kind_have_an_effect() -> None:
    added = '#define GUEST_C(x) x\n#define GUEST_D "d"\n#define GUEST_E \\\n 1\n#ifdef X\n#define GUEST_F 1\n#endif\n'
    added += "#ifdef __XEN__\n#define GUEST_G 1 /* GUEST_G(1) */\n#endif\n"
    assert doubts(diff(BASE, BASE.replace("#if 0", added + "#if 0"))) == []


def test_a_removed_macro_that_stays() -> None:
    twice = BASE + "#define GUEST_B_SIZE   0x1000\n"
    (said,) = doubts(diff(twice, BASE), header(twice))
    assert "GUEST_B_SIZE is removed, but the layout that results has it still" in said


def test_conditionals_around_a_change_on_a_release() -> None:
    release = open_source("4.15.0")
    alone = f"{HEAD}@@ -1,2 +1,3 @@\n #ifdef X\n+#define GUEST_C_BASE 1\n #endif\n"
    assert [said.partition(": ")[2] for said in doubts(alone, release)] == [
        '"#ifdef X" in the context: what it switches is not known',
        '"#endif" in the context: what it switches is not known',
    ]
    beside = f"{HEAD}@@ -1,3 +1,3 @@\n{RELEASE} #endif\n"
    assert doubts(beside, release) == []
    arms = f"{HEAD}@@ -1,5 +1,5 @@\n #ifdef X\n-{RAM1}+{RAM1.replace('fe', 'de')} #else\n {RAM1} #endif\n"
    assert sum("what it switches" in said for said in doubts(arms, release)) == 3


def test_a_comment_over_macros_of_the_context_on_a_release() -> None:
    text = f"{HEAD}@@ -1,3 +1,2 @@\n /* open\n- */\n {RAM1} #define GUEST_RAM1_BASE 0x200000000\n".replace(
        "1,3", "1,4"
    )
    said = "m:3: the change makes macros of the context part of a comment, or frees them"
    assert doubts(text.replace("+1,2", "+1,3"), open_source("4.15.0")) == [said]


@pytest.mark.parametrize("line", ["#include <x.h>", "#pragma pack(1)", "#error no", "int a;"])
@pytest.mark.parametrize("sign", "+-")
def test_what_is_no_macro_on_a_release(line: str, sign: str) -> None:
    text = f"{HEAD}@@ -1,{2 + (sign == '-')} +1,{2 + (sign == '+')} @@\n{RELEASE}{sign}{line}\n"
    assert doubts(text, open_source("4.15.0")) == ["m:7: no macro: not applied"]


def test_the_context_on_a_release() -> None:
    release = open_source("4.15.0")
    other = RELEASE.replace("0x0200000000", "0x0300000000")
    assert 'has "#define GUEST_RAM1_BASE 0x200000000ULL", 0x200000000 (8 GiB)' in fault(
        f"{HEAD}@@ -1,2 +1,2 @@\n{other}", release
    )
    unknown = RELEASE.replace("GUEST_RAM1_BASE", "GUEST_RAM9_BASE")
    assert doubts(f"{HEAD}@@ -1,2 +1,2 @@\n{unknown}", release) == [
        "m:4: GUEST_RAM9_BASE of the context is not in the layout, or cannot be compared"
    ]


def test_the_count_of_an_interrupt_is_no_size() -> None:
    text = "-#define GUEST_EVTCHN_PPI 30\n+#define GUEST_EVTCHN_PPI 29\n"
    assert '"#define GUEST_EVTCHN_PPI 30", 30, ' in fault(text, open_source("4.15.0"))


def test_a_file_is_created_only_where_there_is_none() -> None:
    text = f"--- /dev/null\n+++ b/{HEADER}\n@@ -0,0 +1,16 @@\n" + "".join(
        f"+{line}\n" for line in BASE.splitlines()
    )
    assert doubts(text, header("")) == []
    for base in (header(), open_source("4.15.0")):
        assert "m:3: error: hunk creates a file that is there" in fault(text, base)


def parts(*leaves: str, kind: str = "mixed") -> str:
    body = "".join(f"--b\n{leaf}\n" for leaf in leaves)
    return f'From: a@example.org\nSubject: [PATCH] a\nContent-Type: multipart/{kind}; boundary="b"\n\n{body}--b--\n'


TEXT = f"Content-Type: text/plain\n\n{diff(BASE, BIGGER)}"
HTML = "Content-Type: text/html\n\n<p>GUEST_</p>"
ENCODED = base64.encodebytes(diff(BASE, BIGGER).encode()).decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (parts(TEXT, "Content-Type: image/png\n\nx"), []),
        (parts(TEXT, "Content-Type: application/pgp-signature\n\nx"), []),
        (parts(TEXT, HTML, kind="alternative"), []),
        (parts(TEXT, HTML), ["attachment without name of type text/html is not read"]),
        (
            parts(TEXT, 'Content-Type: application/gzip; name="more.gz"\n\nx'),
            ["attachment more.gz of type application/gzip is not read"],
        ),
        (parts(f"Content-Type: application/octet-stream\n\n{diff(BASE, BIGGER)}"), []),
        (
            parts(
                'Content-Type: application/octet-stream; name="a.mbox"\nContent-Transfer-Encoding: base64\n\n'
                + ENCODED
            ),
            [],
        ),
    ],
)
def test_attachments(text: str, said: list[str]) -> None:
    assert doubts(text) == [f"m:1: {each}" for each in said]


def test_a_mail_that_git_did_not_finish_is_in_doubt() -> None:
    whole = mail(diff(BASE, BIGGER))
    assert doubts(whole[: whole.index("-- \n")]) == [
        "m:1: mail of git format-patch without its end: it may be cut"
    ]


def test_other_releases_get_the_doubts_and_the_code_too() -> None:
    code = "diff --git a/x b/x\n--- a/tools/libs/light/libxl_arm.c\n+++ b/tools/libs/light/libxl_arm.c\n"
    code += "@@ -1 +1 @@ int make_hypervisor_node(int x)\n-  a\n+  b\n"
    text = mail(f"{HEAD}@@ -1,2 +1,2 @@\n{RELEASE}{code}", "[PATCH 1/3] a")
    text += mail(f"{HEAD}@@ -1 +1 @@\n-{RAM1.replace('fe', 'de')}+{RAM1}", "[PATCH 2/3] b")
    found = fitting_releases(text.encode(), "m", arch="arm64")
    assert found
    for _, source in found:
        assert [note.text for note in source.doubts] == ["of the 3 patches of its series 3 are not here"]
        assert [change.function for change in source.code] == ["make_hypervisor_node"]


def test_many_hunks_take_no_quadratic_time() -> None:
    hunks = [f"@@ -{at},0 +{at + 1} @@\n+#define GUEST_Q{at}_BASE {at}\n" for at in range(201)]
    begun = time.process_time()
    stages((HEAD + "".join(hunks[:200])).encode(), "m", open_source("4.15.0"), both=False)
    assert time.process_time() - begun < 10
    assert "more than 200 hunks" in fault(HEAD + "".join(hunks), open_source("4.15.0"))
    bare = "".join(f"+#define GUEST_Q{at}_BASE {at}\n\nand\n" for at in range(150))
    assert "too many hunks without fitting context" in fault(bare, header(BASE + "/* x */\n" * 2_000))


def test_code_of_which_the_function_cannot_be_told(tmp_path: Path) -> None:
    code = "--- a/tools/libs/light/libxl_arm.c\n+++ b/tools/libs/light/libxl_arm.c\n@@ -9 +9 @@\n-  a\n+  b\n"
    path = tmp_path / "m.patch"
    path.write_text(f"{HEAD}@@ -1,2 +1,2 @@\n{RELEASE}{code}")
    (said,) = (
        each.message for each in check(Request(str(path))).findings if each.property == "model-current"
    )
    assert (
        f"code in tools/libs/light/libxl_arm.c changes ({path}:10), and which function it is in cannot be told"
        in said
    )


def test_odd_spaces_are_told_once_for_a_mail() -> None:
    both = BIGGER.replace("#define OTHER 1", "#define OTHER 2")
    text = diff(BASE, both, context=0).replace("#define ", "#define\xa0")
    notes = stages(text.encode(), "m", header(), both=False)[-1].application.notes
    assert [str(note) for note in notes] == [f"m:{line_of('-#define', text)}: odd spaces read as plain ones"]
