"""How deep lists may be: one level more or less in the middle of others, for each number of symbols that is left over."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.live.libxlutil import Library
from verifier.layout.errors import InputError
from verifier.reading.xl_config import parse


def _read(data: bytes) -> bool:
    with suppress(InputError):
        parse(data, "guest.cfg")
        return True
    return False


@pytest.mark.parametrize("outer", ["", "[1,"])
@pytest.mark.parametrize("inner", ["", "1", "1,2", "1\n", "1,2\n", "1,\n2", "1,\n", "1,2,\n"])
def test_the_deepest_list_is_that_of_xl(libxlutil: Library, outer: str, inner: str) -> None:
    """bison's stack has 9,998 symbols, of which each level takes two."""

    def text(depth: int) -> bytes:
        return f"a={outer}{'[' * depth}{inner}{']' * depth}{']' * bool(outer)}".encode()

    seen = []
    for depth in range(4988, 5000):
        ours = _read(text(depth))
        assert ours == (libxlutil.read(text(depth), set()) is not None), depth
        seen.append(ours)
    assert set(seen) == {True, False}
