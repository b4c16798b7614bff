"""dtc reads other files when a source says so; whatever makes it do that is refused before dtc is started."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from verifier.layout.errors import InputError
from verifier.reading.device_tree import is_source, read_tree

SECRET = "harmful secret"
READ = (
    '/ {{ p = /incbin/("{path}"); }};',
    '/ {{ p = /incbin/ ( "{path}" , 0 , 9 ) ; }};',
    '/ {{ p = <1>, /incbin/("{path}"), "more"; }};',
    '/ {{ n {{ l: p = [00], /incbin/(/* where */"{path}"); }}; }};',
    '/include/ "{tree}"\n/ {{ }};',
    '/include/"{tree}"\n/ {{ }};',
    '# 1 "{path}"\n/include/\n"{tree}"\n/ {{ }};',
)
"""Sources with which dtc gives away what stands in another file."""
UNREAD = (
    '#include "{tree}"\n/ {{ }};',
    '/inc\\\nlude/ "{tree}"\n/ {{ }};',
    '/**/include/ "{tree}"\n/ {{ }};',
    '/inc/**/lude/ "{tree}"\n/ {{ }};',
    '#line 1 "{path}"\n/ {{ }};',
    '/ {{ p = "\\x2fincbin/({path})"; }};',
    '/ {{ p = "/ include /"; }};',
)
"""Sources with which it does not, so that nothing has to refuse them."""


@pytest.fixture
def source(tmp_path: Path, request: pytest.FixtureRequest) -> bytes:
    secret, tree = tmp_path / "secret", tmp_path / "secret.dtsi"
    secret.write_text(SECRET, encoding="utf-8")
    tree.write_text(f'/ {{ stolen = "{SECRET}"; }};\n', encoding="utf-8")
    text: str = request.param
    return f"/dts-v1/;\n{text.format(path=secret, tree=tree)}\n".encode()


def given_away(source: bytes) -> bool:
    done = subprocess.run(
        ["dtc", "-q", "-I", "dts", "-O", "dtb", "-"], input=source, capture_output=True, check=False
    )
    return SECRET[:9].encode() in done.stdout + done.stderr


@pytest.mark.parametrize("source", READ, indirect=True)
def test_what_makes_dtc_read_is_refused(source: bytes) -> None:
    assert is_source(source)
    assert given_away(source)
    with pytest.raises(InputError, match="of another file"):
        read_tree(source, "b.dts")


@pytest.mark.parametrize("source", UNREAD, indirect=True)
def test_what_else_looks_like_it_does_not(source: bytes) -> None:
    assert not given_away(source)
