"""Mails in the forms that clients, lists and archives give them."""

from __future__ import annotations

import base64
import quopri

import pytest

from tests.reading.mails import applied, crlf, diff, mail, patched, values
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.mail import Message, Skipped, read_messages
from verifier.reading.mail_subject import subject_of
from verifier.reading.patch import read_patches

OLD = "#if 1 /* Größe */\n#define GUEST_A_BASE 0x1000\n\n  /* in two\n   * lines */\n#define GUEST_A_SIZE 0x1000\n\n#endif\n"
NEW = OLD.replace("_SIZE 0x1000", "_SIZE 0x2000 /* 8KB, größer */")
PATCH = diff(OLD, NEW)


def messages(content: bytes) -> list[Message | Skipped]:
    return list(read_messages(content, "m", lambda raw: b"GUEST_" in raw))


def typed(body: bytes, headers: str) -> bytes:
    return f"From: a@example.org\nSubject: [PATCH] a\nMIME-Version: 1.0\n{headers}\n\n".encode() + body


FORMS = {
    "utf-8": typed(
        PATCH.encode(), "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
    ),
    "latin-1": typed(
        PATCH.encode("latin-1"),
        "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit",
    ),
    "latin-1, unsaid": typed(PATCH.encode("latin-1"), "X-A: b"),
    "an unknown character set": typed(PATCH.encode(), 'Content-Type: text/plain; charset="no-such"'),
    "base64": typed(
        base64.encodebytes(PATCH.encode()),
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
    ),
    "base64 with CRLF inside": typed(
        base64.encodebytes(crlf(PATCH).encode("latin-1")),
        "Content-Type: text/plain; charset=latin1\nContent-Transfer-Encoding: BASE64",
    ),
    "quoted-printable": typed(
        quopri.encodestring(PATCH.encode()),
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
    ),
    "flowed and stuffed": typed(
        "".join(
            f" {line}\n" if line[:1] in {" ", ">"} else f"{line.rstrip()}\n" for line in PATCH.splitlines()
        ).encode(),
        "Content-Type: text/plain; charset=utf-8; format=flowed",
    ),
    "flowed and wrapped": typed(
        "".join(
            f" {line}\n" if line[:1] in {" ", ">"} else f"{line.rstrip()}\n" for line in PATCH.splitlines()
        )
        .replace("/* 8KB, größer", "/* 8KB, \ngrößer")
        .encode(),
        "Content-Type: text/plain; charset=utf-8; format=flowed",
    ),
    "an attachment": typed(
        f"--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: text/x-patch; name=a.patch\n"
        f"Content-Disposition: attachment; filename=a.patch\n\n{PATCH}\n--b--\n".encode(),
        "Content-Type: multipart/mixed; boundary=b",
    ),
    "an attachment of no text type": typed(
        b'--b\nContent-Type: application/octet-stream; name="0001-a.patch"\nContent-Transfer-Encoding: base64\n\n'
        + base64.encodebytes(PATCH.encode())
        + b"\n--b--\n",
        "Content-Type: multipart/mixed; boundary=b",
    ),
    "beside HTML": typed(
        f"--b\nContent-Type: text/plain\n\n{PATCH}\n--b\nContent-Type: text/html\n\n<p>+#define GUEST_A_SIZE 9</p>\n"
        "--b--\n".encode(),
        "Content-Type: multipart/alternative; boundary=b",
    ),
    "CRLF": crlf(mail(PATCH)).encode(),
    "no mail at all": PATCH.encode(),
    "blank lines first": b"\n\n" + mail(PATCH).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + PATCH.encode(),
    "indented": "".join(f"    {line}\n" for line in PATCH.splitlines()).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_does_not_matter(form: str) -> None:
    assert values(patched(OLD, FORMS[form])) == {"GUEST_A_BASE": 0x1000, "GUEST_A_SIZE": 0x2000}


@pytest.mark.parametrize("form", ["utf-8", "latin-1", "base64", "quoted-printable", "flowed and wrapped"])
def test_what_is_added_keeps_its_words(form: str) -> None:
    assert "#define GUEST_A_SIZE 0x2000 /* 8KB, größer */\n" in patched(OLD, FORMS[form])


def test_places_are_those_in_the_file() -> None:
    for form in ("utf-8", "an attachment", "CRLF", "no mail at all"):
        line = next(each for each in applied(OLD, FORMS[form])[-1].lines if "0x2000" in each.text)
        text = FORMS[form].decode().splitlines()
        assert line.origin.file == "m.eml"
        assert text[line.origin.line - 1].startswith("+#define GUEST_A_SIZE 0x2000"), form


def test_places_in_what_was_encoded_are_said_to_be_decoded() -> None:
    line = next(each for each in applied(OLD, FORMS["base64"])[-1].lines if "0x2000" in each.text)
    number = next(at for at, text in enumerate(PATCH.splitlines(), 1) if text.startswith("+#define"))
    assert line.origin == Origin("m.eml (decoded)", number)


def test_a_mailbox_is_read_mail_by_mail() -> None:
    content = mail("x\n", "[PATCH v3 1/2] One") + mail("GUEST_\n", "Re: [PATCH] Two") + "From here on, text\n"
    first, second = messages(content.encode())
    assert isinstance(first, Skipped)
    assert isinstance(second, Message)
    assert (first.subject.number, first.subject.total, first.subject.version) == (1, 2, 3)
    assert second.subject.reply
    assert second.subject.title == "two"
    assert second.origin == Origin("m", mail("x\n").count("\n") + 1)
    assert second.parts[0][-1].text == "From here on, text"


@pytest.mark.parametrize(
    ("text", "title", "reply", "version", "number", "total"),
    [
        ("[PATCH] xen: a  b", "xen: a b", False, 1, None, None),
        ("Re: [Xen-devel] [RFC PATCH v12 02/10] A", "a", True, 12, 2, 10),
        ("AW: RE: [PATCH V2] A", "a", True, 2, None, None),
        ("[PATCHv4 1/1] A", "a", False, 4, 1, 1),
        ("[for-4.17][PATCH v1.1 1/2] A", "a", False, 1, 1, 2),
        ("Regarding: a", "regarding: a", False, 1, None, None),
        ("", "", False, 1, None, None),
    ],
)
def test_subjects(
    text: str, title: str, reply: bool, version: int, number: int | None, total: int | None
) -> None:
    found = subject_of(text)
    assert (found.title, found.reply, found.version) == (title, reply, version)
    assert (found.number, found.total) == (number, total)


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (
            typed(b"<p>+#define GUEST_A 1</p>", "Content-Type: text/html"),
            "mail has no text but HTML, which is not read",
            1,
        ),
        (
            b"From: a\n\n" + PATCH.encode() + b"\0",
            "NUL byte in a text; no patch or mail",
            PATCH.count("\n") + 3,
        ),
        (b"+#define GUEST_A 1\n\0\n", "NUL byte in a text; no patch or mail", 2),
        (PATCH.encode("utf-16"), "file is UTF-16, no patch or mail; save it as UTF-8", 1),
        (b"hello\n", "no hunk for the layout header arch-arm.h; nothing in it looks like a diff", 1),
        (
            diff("a\n", "b\n", "xen/x.c").encode(),
            "no hunk for the layout header arch-arm.h; it changes xen/x.c",
            1,
        ),
        (b"@@@ -1,2 -1,2 +1,3 @@@\n", "combined diff of a merge, which is no patch", 1),
        (
            b"diff --git a/x/arch-arm.h b/x/arch-arm.h\nGIT binary patch\n",
            "binary patch of x/arch-arm.h",
            2,
        ),
    ],
)
def test_what_is_refused(content: bytes, message: str, line: int) -> None:
    with pytest.raises(InputError) as caught:
        read_patches(content, "m", header="arch-arm.h")
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == ("m", line)


def test_the_header_may_have_another_name() -> None:
    series = read_patches(diff("a\n", "b\n", "other/layout.h").encode(), "m", header="some/layout.h")
    assert series.patches[0].hunks[0].paths == ("other/layout.h",)
