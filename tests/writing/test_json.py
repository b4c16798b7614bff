"""The JSON pieces: what is printed in C, one to one."""

from __future__ import annotations

import json

from tests.writing.headers import XEN_LIKE, loaded
from verifier.layout.c_text import Wanted
from verifier.reports.c_text_json import document
from verifier.writing.write import written

WANTED = Wanted({"GUEST_RAM1_SIZE": 0xDE00000000})


def test_the_parts() -> None:
    found = written(loaded(XEN_LIKE), WANTED)
    shown = json.loads(json.dumps(document(found)))
    assert found.diff is not None
    assert list(shown) == ["defines", "diff", "asserts", "comment", "notes"]
    assert shown["diff"].encode() == found.diff
    assert shown["defines"] == ["#define GUEST_RAM1_SIZE   xen_mk_ullong(0xde00000000)"]
    assert tuple(shown["asserts"]) == found.asserts


def test_no_diff_is_null() -> None:
    assert document(written(loaded(b"", "xen-4.15"), WANTED))["diff"] is None


def test_a_latin_1_header_keeps_its_bytes() -> None:
    text = XEN_LIKE.replace("Largest amount", "Gr\xf6\xdfte Menge").encode("latin-1")
    wanted = Wanted({"GUEST_RAM1_SIZE": 0xDE00000000, "GUEST_MAX_VCPUS": 64})
    found = written(loaded(text), wanted)
    assert found.diff is not None
    assert b"\xdf" in found.diff
    assert document(found)["diff"].encode("latin-1") == found.diff
