"""Diffs as mails, and what mail clients, archives and people do to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import unified_diff

from verifier.layout.define import Number
from verifier.reading.apply import Applied, apply_patch
from verifier.reading.c_header import read_header
from verifier.reading.lines import Line, joined, lines_of
from verifier.reading.patch import read_patches

HEADER = "xen/include/public/arch-arm.h"
_AT = re.compile(r"^@@ -(\d+),?(\d*) \+(\d+),?(\d*) @@(.*)$", re.MULTILINE)


def diff(old: str, new: str, path: str = HEADER, context: int = 3) -> str:
    """A unified diff as git prints it, from its `diff --git` line on."""
    lines = unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=context
    )
    return f"diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n{''.join(lines)}"


def mail(body: str, subject: str = "[PATCH] xen/arm: Move things", extra: str = "") -> str:
    """A mail as `git format-patch` writes it."""
    return (
        "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
        f"From: A N Other <a@example.org>\nDate: Wed, 4 Aug 2021 21:56:00 +0300\nSubject: {subject}\n{extra}\n"
        f"Why it is done:\n- one reason\n- another\n\nSigned-off-by: A N Other <a@example.org>\n---\n"
        f" {HEADER} | 4 ++--\n 1 file changed, 2 insertions(+), 2 deletions(-)\n\n{body}-- \n2.30.2\n\n"
    )


def body_of(text: str) -> tuple[str, str]:
    """Header and body of a mail."""
    head, _, body = text.partition("\n\n")
    return head + "\n\n", body


def as_sent(text: str) -> str:
    return text


def quoted(text: str) -> str:
    head, body = body_of(text)
    head = head.replace("Subject: ", "Subject: Re: ")
    return (
        f"{head}On Wednesday A wrote:\n" + "".join(f"> {line}\n" for line in body.splitlines()) + "\nNack.\n"
    )


def odd_spaces(text: str) -> str:
    """Every second space is a no-break one; blank context lines have lost theirs."""
    head, body = body_of(text)
    lines = [
        line.replace("  ", "\xa0 ") if line[:3] not in {"---", "+++"} else line for line in body.split("\n")
    ]
    return head + "\n".join("" if line == " " else line for line in lines)


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def wrong_counts(text: str) -> str:
    """Counts as somebody writes them who edits a patch by hand: too large, too small."""

    def other(found: re.Match[str]) -> str:
        step = 2 if int(found[1]) % 2 else -2
        old, new = (max(1, int(count or 1) + step) for count in (found[2], found[4]))
        return f"@@ -{found[1]},{old} +{found[3]},{new} @@{found[5]}"

    return _AT.sub(other, text)


def bare(text: str) -> str:
    """Only the changed `GUEST_` lines and comments, prose between them, nothing that names a file."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("diff --git"):
            inside = line.endswith("arch-arm.h")
        elif inside and line[:1] in {"+", "-"} and line[:3] not in {"---", "+++"} and line != "-- ":
            if "#" not in line or "GUEST_" in line:
                kept.append(line)
        elif kept and kept[-1][:1] in {"+", "-"}:
            kept += ["", "and then I did - as discussed - the following:", ""]
    return "I took some space:\n\n" + "\n".join(kept) + "\n\nWhat do you think?\n"


STATES: dict[str, Callable[[str], str]] = {
    "as sent": as_sent,
    "quoted": quoted,
    "odd spaces": odd_spaces,
    "crlf": crlf,
    "wrong counts": wrong_counts,
    "bare": bare,
}


def applied(base: str | tuple[Line, ...], text: str | bytes, *, macro_only: bool = False) -> list[Applied]:
    """The patches of a mail, one after the other, on a header called arch-arm.h."""
    content = text if isinstance(text, bytes) else text.encode()
    lines = lines_of(base.encode(), "arch-arm.h") if isinstance(base, str) else base
    results = []
    for patch in read_patches(content, "m.eml", header="arch-arm.h").patches:
        results.append(apply_patch(lines, patch, macro_only=macro_only))
        lines = results[-1].lines
    return results


def patched(base: str | tuple[Line, ...], text: str | bytes, *, macro_only: bool = False) -> str:
    """The header that a mail results in."""
    return joined(applied(base, text, macro_only=macro_only)[-1].lines).decode()


def values(header: str | bytes) -> dict[str, int | list[int]]:
    """The `GUEST_` macros of a header."""
    content = header if isinstance(header, bytes) else header.encode()
    return {
        each.name: each.value.value if isinstance(each.value, Number) else [one.value for one in each.value]
        for each in read_header(content, "arch-arm.h").defines
    }
