"""Head-room and reasons as text and as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.schema import valid_document
from verifier.layout.headroom import Headroom, Reasons
from verifier.reading.request import Request, load
from verifier.reports import headroom_json, headroom_text
from verifier.search.headroom import headroom
from verifier.search.reasons import reasons

TWO = b"""\
#define GUEST_A_BASE  0x1000ULL
#define GUEST_A_SIZE  0x1000ULL
#define GUEST_B_BASE  0x8000ULL
#define GUEST_B_SIZE  0x1000ULL
"""


def both(name: str, content: bytes | None = None, base: str | None = None) -> tuple[Headroom, Reasons]:
    loaded = load(Request(name, content=content, base=base))
    found = headroom(loaded)
    return found, reasons(loaded, found)


def test_two_regions_in_text() -> None:
    text = headroom_text.render(both("two.h", TWO)[0])
    first = text.split("\n\n")[1].splitlines()
    assert first == [
        "GUEST_A_BASE 0x1000 (4 KiB), two.h:1, in steps of 4 KiB",
        "  down: to 0x0 (0 bytes), by 4 KiB; nothing stops it: no address is below 0",
        "  up: to 0x7000 (28 KiB), by 24 KiB; at 0x8000 (32 KiB) GUEST_A [0x8000, 0x9000) and GUEST_B [0x8000, 0x9000) "
        "overlap by 4 KiB, [0x8000, 0x9000)  [no-overlap; two.h:3]",
    ]


def test_reasons_in_text() -> None:
    text = headroom_text.render_reasons(both("two.h", TWO)[1])
    assert text.startswith("two.h: what pins 4 numbers for xen head; 0 free\n")
    assert "\n  not above 0x7000 (28 KiB): GUEST_A [0x8000, 0x9000) and GUEST_B" in text


def test_more_is_told_when_asked() -> None:
    found, why = both("xen-4.22")
    short, long = headroom_text.render(found), headroom_text.render(found, verbose=True)
    assert "  against the baseline, for its price: minimum-size, capacity and stable\n" in short
    assert "    and 3 more reasons (-v: all)\n" in short
    assert "more reasons" not in long
    assert "its end moved down by 2 MiB  [stable]\n" in long
    assert "layouts tried, z3 " in long
    assert re.search(r"seen with ipa bits 32, memory 0x1000, gic v3, vcpus 1, vpci, guest aarch64-4k\n", long)
    assert "against the baseline" not in headroom_text.render_reasons(why)
    assert "against the baseline" in headroom_text.render_reasons(why, verbose=True)


def test_what_is_unknown_is_never_room() -> None:
    text = headroom_text.render(both("xen-4.4.0")[0])
    assert "so no step is known to be good" in text
    assert not re.search(r"(up|down): to ", text)
    assert "nothing stops it" not in text


@pytest.mark.parametrize("name", ["xen-4.4.0", "xen-4.22", "rfc-2021-safe-range", "none.h"])
def test_the_json_follows_the_schema_and_is_the_same_twice(name: str) -> None:
    content = b"\n" if name == "none.h" else None
    found, why = both(name, content)
    for text in (headroom_json.render(found, verbose=True), headroom_json.render_reasons(why, verbose=True)):
        valid_document(json.loads(text))
    again = both(name, content)
    assert headroom_json.render(again[0]) == headroom_json.render(found)
    assert headroom_json.render_reasons(again[1]) == headroom_json.render_reasons(why)


def test_json_has_both_sides() -> None:
    document: dict[str, Any] = json.loads(headroom_json.render(both("two.h", TWO)[0]))
    first = document["headroom"][0]
    assert (first["name"], first["value"], first["step"]) == ("GUEST_A_BASE", "0x1000", "0x1000")
    assert (first["down"]["last"], first["down"]["room"], first["down"]["stops"]) == ("0x0", "open", [])
    assert first["up"]["last"] == "0x7000"
    (stop,) = first["up"]["stops"]
    assert (stop["property"], stop["value"], stop["source"]) == ("no-overlap", "0x8000", "two.h:3")
