"""Random changes and regions on several headers: whatever has a diff is read back as wanted, and its assertions compile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.models.debian import Debian, run
from tests.models.test_real_headers import HEAD, HEADER, tags
from tests.writing.headers import PLAIN, XEN_LIKE, compiles, loaded, round_trip, values, wanted_values
from verifier.layout.c_text import NewRegion, Wanted
from verifier.layout.define import Number
from verifier.writing.write import written

LAYOUT = Path("tests/reading/data/layout.h").read_text()
TEXTS = {"plain": PLAIN, "xen": XEN_LIKE, "layout": LAYOUT, "crlf": XEN_LIKE.replace("\n", "\r\n")}
ADDRESSES = st.one_of(
    st.integers(1, (1 << 40) - 1),
    st.integers(1, 1 << 28).map(lambda page: page << 12),
    st.integers(1, 1023).map(lambda gib: gib << 30),
    st.integers(1, 48).map(lambda bit: 1 << bit),
)


@st.composite
def wishes(draw: st.DrawFn, text: str) -> Wanted:
    """Numbers for some macros that have one, and up to two regions."""
    layout = loaded(text).layout
    names = sorted(name for name, define in layout.defines.items() if isinstance(define.value, Number))
    addresses = [name for name in names if name.endswith(("_BASE", "_SIZE", "_ADDR"))]
    changes = draw(st.dictionaries(st.sampled_from(addresses), ADDRESSES, max_size=3))
    others = sorted(set(names) - set(addresses))
    changes |= draw(st.dictionaries(st.sampled_from(others), st.integers(0, 200), max_size=1))
    count = draw(st.integers(0 if changes else 1, 2))
    regions = [NewRegion(f"GUEST_NEW{n}", draw(ADDRESSES), draw(ADDRESSES)) for n in range(count)]
    return Wanted(changes, tuple(regions))


@pytest.mark.parametrize("name", TEXTS)
@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_written_is_read_back(tmp_path: Path, name: str, data: st.DataObject) -> None:
    round_trip(tmp_path, TEXTS[name], data.draw(wishes(TEXTS[name])))


@settings(
    max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_assertions_hold(tmp_path: Path, data: st.DataObject) -> None:
    found, after = round_trip(tmp_path, XEN_LIKE, data.draw(wishes(XEN_LIKE)))
    assert compiles(tmp_path, after, found.asserts)


@settings(max_examples=examples(25), deadline=None)
@given(data=st.data(), release=st.sampled_from(["xen-4.4.0", "xen-4.10", "head"]))
def test_the_definitions_for_a_release_are_read_as_wanted(data: st.DataObject, release: str) -> None:
    """Put over the release's own: each macro that is there has the wanted value."""
    before = loaded(b"", release)
    names = sorted(name for name in before.layout.defines if name.endswith(("_BASE", "_SIZE")))
    changes = data.draw(st.dictionaries(st.sampled_from(names), ADDRESSES, min_size=1, max_size=3))
    wanted = Wanted(changes, (NewRegion("GUEST_NEW", data.draw(ADDRESSES), data.draw(ADDRESSES)),))
    found = written(before, wanted)
    have = values(loaded("\n".join(found.defines)))
    assert have == {
        name: wanted_values(before, wanted)[name] for name in (*changes, "GUEST_NEW_BASE", "GUEST_NEW_SIZE")
    }


def real_wishes() -> list[Wanted]:
    gib = 1 << 30
    return [
        Wanted({"GUEST_GNTTAB_SIZE": 32 << 20}),
        Wanted({"GUEST_RAM0_SIZE": gib, "GUEST_GNTTAB_BASE": 0x30000000}),
        Wanted(
            {}, (NewRegion("GUEST_SAFE_RANGE", 2048 * gib, 8 * gib), NewRegion("GUEST_NEW", 0x1000, 0x1000))
        ),
        Wanted({"GUEST_GICD_BASE": 0x2C000000}, (NewRegion("GUEST_NEW", 0x3A000000, 0x200000),)),
    ]


def test_debians_header(tmp_path: Path, debian: Debian) -> None:
    for wanted in real_wishes():
        found, _ = round_trip(tmp_path, debian.header.read_bytes(), wanted)
        assert not found.notes


def test_every_released_header(tmp_path: Path) -> None:
    """Only with XEN_GIT, as the comparison with the models."""
    git = os.environ.get("XEN_GIT")
    if not git:
        pytest.skip("XEN_GIT is not set: wrote into Debian's header only")
    known = set[bytes]()
    for tag in [*tags(Path(git)), "head"]:
        commit = HEAD if tag == "head" else f"RELEASE-{tag}"
        known.add(run("git", "-C", git, "show", f"{commit}:{HEADER}"))
    assert len(known) > 10
    for content in known:
        there = loaded(content).layout.defines  # 4.4 has one bank, without a number
        for wanted in real_wishes():
            changes = {name: value for name, value in wanted.changes.items() if name in there}
            round_trip(tmp_path, content, Wanted(changes, wanted.regions))
