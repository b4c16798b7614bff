"""Patches, mails and mailboxes of too much, as whole commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.hostile import FILES, Run, refused

MAIL = "From: A <a@example.org>\nSubject: [PATCH] x\n"
CHANGE = f"{FILES}@@ -1 +1 @@\n-#define GUEST_A 1\n+#define GUEST_A 2\n"
BOX = f"From a Mon Sep 17 00:00:00 2001\n{MAIL}\n"
MAILS = {
    "deep": ("nested too deeply", MAIL,
             (f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(20_000))),
    "parts": ("more than 200 parts", MAIL, ("Content-Type: multipart/mixed; boundary=b\n\n", f"--b\n\n{CHANGE}" * 20_000)),
    "parameters": ('field "Content-Type" of a mail is longer', MAIL,
                   ("Content-Type: text/plain", "".join(f"; n*{n}=a" for n in range(500_000)), "\n\n")),
    "lines": ("more than 500000 lines", MAIL, ("\n", "a\n" * 30_000_000)),
    "files": ("more than 500000 lines", "", (f"--- a/{n}\n+++ b/{n}\n@@ -1 +1 @@\n-a\n+b\n" for n in range(120_000))),
    "hunks": ("more than 100000 hunks", "",
              (f"{BOX}arch-arm.h\n--- a/f\n+++ b/f\n" + "@@ -1 +1 @@\n-a\n+b\n" * 100 for _ in range(1_100))),
    "mails": ("more than 10000 mails", "", (f"{BOX}{CHANGE}\n" for _ in range(20_000))),
}  # fmt: skip
"""What is said, a head, and the rest in pieces."""


@pytest.mark.parametrize("name", MAILS)
def test_mails_of_too_much(name: str, run: Run, tmp_path: Path) -> None:
    """Nested parts ended in a traceback; lines took gigabytes, parameters time quadratic in them."""
    words, head, pieces = MAILS[name]
    (tmp_path / "t.patch").write_text(head + "".join(pieces) + CHANGE, newline="")
    refused(run("check", "t.patch"), words)
