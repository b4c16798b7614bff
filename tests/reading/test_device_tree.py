"""Device tree source through dtc: what it says, where it fails, what it must not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.trees import blob
from verifier.layout.errors import InputError
from verifier.reading import device_tree
from verifier.reading.device_tree import is_source, read_tree

SOURCE = b"/* board */\n// x\n/dts-v1/;\n/ { soc { reg = <1>; }; };\n"


def test_source_and_blob_are_told_apart_by_content() -> None:
    assert read_tree(SOURCE, "a.dtb").at("/soc") is not None
    assert read_tree(blob({"soc": {}}), "a.dts").at("/soc") is not None


@pytest.mark.parametrize(("content", "source"), [
    (SOURCE, True), (b"/dts-v1/;", True), (b"  /**/ /dts-v1/;", True), (b"x /dts-v1/;", False), (b"/* /dts-v1/;", False),
    (b"/**/" * 15_000 + b"x", False), (b"/* */" * 10_000 + b"/dts-v1/;", True),
])  # fmt: skip
def test_how_source_begins(content: bytes, source: bool) -> None:
    assert is_source(content) is source


def test_errors_of_dtc_have_their_line() -> None:
    with pytest.raises(InputError) as caught:
        read_tree(SOURCE + b"/ { oops };\n", "b.dts")
    assert (caught.value.file, caught.value.line) == ("b.dts", 5)
    assert caught.value.message.startswith("dtc: ")


@pytest.mark.parametrize("text", [b'/include/ "/etc/passwd"', b'/ { p = /incbin/("/etc/passwd"); };'])
def test_other_files_are_not_read(text: bytes) -> None:
    with pytest.raises(
        InputError, match=r"b.dts:5: error: /in\w+/ of another file; compile it with dtc first"
    ):
        read_tree(SOURCE + text, "b.dts")


def test_without_dtc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="device tree source needs dtc on PATH"):
        read_tree(SOURCE, "b.dts")


def test_a_dtc_that_does_not_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "dtc"
    slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n", encoding="utf-8")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(device_tree, "_SECONDS", 0.2)
    with pytest.raises(InputError, match="dtc took more than"):
        read_tree(SOURCE, "b.dts")


def test_source_has_a_bound() -> None:
    with pytest.raises(InputError, match="at most 2097152 are read"):
        read_tree(SOURCE + b" " * (1 << 21), "b.dts")
