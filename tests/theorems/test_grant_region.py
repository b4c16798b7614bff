"""Dom0's grant region: proved from the release on in which it lies in Xen's text, refuted where frames are missing."""

from __future__ import annotations

from itertools import product

import pytest

from tests.theorems.by_hand import LATER, OLDEST, broken, examples_break_nothing, named, proved_in, proves
from verifier.theorems.setting import Setting
from verifier.theorems.statements.grant_region import EXAMPLE, THEOREMS
from verifier.xen import grant_region
from verifier.xen.release import xen

TAGS = (*OLDEST, *LATER)
IN_TEXT = tuple(tag for tag in TAGS if tag not in ("4.4.0", "4.5.0"))
STOPS = ("4.6.0", "4.8.0", "4.9.0")

COUNTEREXAMPLES: tuple[tuple[str, Setting], ...] = (
    # 128 KiB at 0xb0000000 where Xen is elsewhere and a board has RAM (37f29b0cb2)
    ("grant-region/inside-text", Setting(text=(0x80000000, 0x40000), frames=32)),
    (
        "grant-region/avoids-domain-ram",
        Setting(text=(0x80000000, 0x40000), frames=32, domain=((0xA0000000, 0x20000000),)),
    ),
    ("grant-region/enough-frames", Setting(text=(0x80000000, 0x1000), frames=2)),
    ("grant-region/enough-frames", Setting(text=(0x80000000, 0x21000), frames=33)),
    ("grant-region/enough-frames-if-text-is-large", Setting(text=(0x80000000, 0x21000), frames=33)),
)


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("inside-text", IN_TEXT),  # 7e02c88160
        ("avoids-domain-ram", IN_TEXT),
        ("whole-pages", TAGS),
        ("enough-frames", STOPS),  # 18b1be5e32 takes the lesser number instead
        ("enough-frames-if-text-is-large", IN_TEXT),
    ],
)
def test_proved_where_history_says_so(name: str, tags: tuple[str, ...]) -> None:
    assert proved_in(f"grant-region/{name}", TAGS) == list(tags)


def test_below_4g_is_said_of_releases_with_the_check() -> None:
    name = "grant-region/below-4g"
    assert [tag for tag in TAGS if named(name).applies(xen(tag))] == list(IN_TEXT)
    assert proved_in(name, IN_TEXT) == list(IN_TEXT)


@pytest.mark.parametrize("tag", TAGS)
def test_each_counterexample_breaks_its_theorem_where_that_is_not_proved(tag: str) -> None:
    for theorem in THEOREMS:
        inputs = [setting for name, setting in COUNTEREXAMPLES if name == theorem.name]
        if theorem.applies(xen(tag)):
            found = any(broken(theorem.name, tag, each) for each in inputs)
            assert found is not proves(theorem.name, tag), theorem.name


@pytest.mark.parametrize("name", [each.name for each in THEOREMS])
def test_the_example_breaks_nothing_from_4_6_on(name: str) -> None:
    for tag in IN_TEXT:
        examples_break_nothing(name, tag)


def test_what_is_missing_is_said_with_numbers() -> None:
    found = broken("grant-region/enough-frames", "head", Setting(text=(0x40200000, 0x8E000), frames=1024))
    assert found is not None
    assert found.message == (
        "grant region [0x40200000, 0x4028e000) (568 KiB) has 142 pages for 1024 grant frames: 3528 KiB are missing"
    )
    assert (
        broken("grant-region/enough-frames", "4.9.0", Setting(text=(0x40200000, 0x8E000), frames=1024))
        is None
    )


@pytest.mark.parametrize("tag", ["4.5.0", "4.9.0", "head"])
def test_small_numbers_one_by_one(tag: str) -> None:
    """A violation by enumeration exists iff the theorem is not proved; the text is 0 to 3 pages, whole or not."""
    for theorem in THEOREMS:
        if not theorem.applies(xen(tag)):
            continue
        settings = [
            Setting(text=(0xB0000000, pages * 0x1000 + rest), frames=frames, domain=((0xB0004000, 0x40000),))
            for pages, rest, frames in product(range(4), (0, 1, 0xFFF), (1, 2, 3, 4, 33))
        ]
        admitted = [each for each in settings if all(a.admits(each) for a in theorem.assumptions)]
        found = any(broken(theorem.name, tag, each) for each in admitted)
        if theorem.name != "grant-region/enough-frames-if-text-is-large":  # needs 33 pages to fail
            assert found is not proves(theorem.name, tag), theorem.name


def test_the_wrong_minimum_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grant_region, "smaller", lambda left, _: left)
    assert not proves("grant-region/inside-text", "head")
    assert proves("grant-region/enough-frames", "head")
    monkeypatch.setattr(grant_region, "smaller", lambda _, right: right)
    assert proves("grant-region/inside-text", "head")
    assert not proves("grant-region/enough-frames", "head")


def test_going_on_instead_of_stopping_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grant_region, "holds", lambda _: False)
    assert not proves("grant-region/enough-frames", "4.9.0")
    assert not proves("grant-region/below-4g", "head")


def test_rounding_outwards_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grant_region, "PAGE_SHIFT", 11)
    assert not proves("grant-region/whole-pages", "head")
    assert EXAMPLE.frames == 64
