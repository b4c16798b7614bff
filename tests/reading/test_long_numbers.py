"""Numbers of thousands of digits where a text has a version, a count or an index: Python makes no int of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guest_trees import XL, changed
from tests.reading.trees import blob
from verifier.commands import run
from verifier.reading.at_commit import release_of
from verifier.reading.git import Version, version_in

LONG = "9" * 5000
HEADER = f"""\
#define GUEST_RAM{LONG}_BASE 0x40000000
#define GUEST_RAM{LONG}_SIZE 0x40000000
"""
MAIL = f"""\
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
Subject: [PATCH] One line more

 1 file changed, {LONG} insertions(+), {LONG} deletions(-)

--- a/xen/include/public/arch-arm.h
+++ b/xen/include/public/arch-arm.h
@@ -1,1 +1,2 @@
 a
+b
"""
TREE = blob(changed(XL, hypervisor__compatible=f"xen,xen-{LONG}.5\0xen,xen\0".encode()))


@pytest.mark.parametrize(
    ("command", "name", "content", "status"),
    [
        (["check"], "a.h", HEADER.encode(), 1),  # all that other headers have is lost
        (["check", "--base", "xen-4.22"], "a.patch", MAIL.encode(), 3),  # it may be cut
        (["guest"], "a.dtb", TREE, 0),  # a tree of no release that is known is judged as of head
    ],
)
def test_a_file_has_an_answer(
    command: list[str],
    name: str,
    content: bytes,
    status: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run([*command, str(tmp_path / name)]) == status
    assert "internal error" not in capsys.readouterr().err


def test_a_version_of_xen_has_nine_digits_at_most() -> None:
    assert version_in(f"export XEN_VERSION = {LONG}\nexport XEN_SUBVERSION = 4\n".encode()) is None
    assert version_in(f"export XEN_VERSION = 4\nexport XEN_SUBVERSION = {LONG}\n".encode()) is None
    assert release_of(Version("4", "18", f".{LONG}")) == release_of(Version("4", "18", ""))
