"""Bounds of a domain's grant table, on both sides of what create_domUs takes (9c57a29737, of 4.18)."""

from __future__ import annotations

import pytest

from tests.xen.test_host_regions import maps
from tests.xen.test_refused_domains import PLAIN, told


@pytest.mark.parametrize("name", ["max_grant_frames", "max_maptrack_frames"])
@pytest.mark.parametrize(("tag", "bound", "refused"), [
    ("head", 0x7FFFFFFF, False), ("head", 0x80000000, True), ("head", 0xFFFFFFFF, True),
    ("4.18.0", 0x80000000, True), ("4.17.7", 0x80000000, False),
])  # fmt: skip
def test_no_bound_is_negative(name: str, tag: str, bound: int, *, refused: bool) -> None:
    """panic("... overflow"): a bound is an int, of which -1 is none."""
    found = told(maps({"chosen": {"a": {**PLAIN, name: [bound]}}}, tag))
    why = f"Xen panics: /chosen/a: {name} ({bound}) overflow (create_domUs)"
    assert found == ([("d1", why)] if refused else [])
