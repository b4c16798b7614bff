"""Pages of devices: exact permissions since 9568ceb287, one page more before; a missing page in all releases."""

from __future__ import annotations

from itertools import product

import pytest

from tests.theorems.by_hand import LATER, broken, examples_break_nothing, named, proved_in, proves
from verifier.logic.word import Word, uint64
from verifier.theorems.setting import Setting
from verifier.theorems.statements.device_permission import THEOREMS
from verifier.xen import device_pages
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen, xen

TAGS = ("4.5.0", "4.13.0", *LATER)
EXACT = ("4.21.0", "4.22.0", "head")

COUNTEREXAMPLES: tuple[tuple[str, Setting], ...] = (
    # one page, and the next is permitted as well: the xe6140000 of 9568ceb287 in round numbers
    ("device-permission/permissions-match", Setting(reg=((0x10000000, 0x1000),))),
    ("device-permission/preconditions", Setting(reg=((0xFFFFFFFFFFFFF000, 0x10),))),
    ("device-permission/preconditions", Setting(reg=((0x10000000, 0),))),
    ("device-permission/pages-mapped", Setting(reg=((0x10000800, 0x1000),))),
)


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("permissions-match", EXACT),
        ("pages-permitted", TAGS),
        ("preconditions", ()),
        ("preconditions-if-sensible", TAGS),
        ("pages-mapped", ()),
        ("pages-mapped-if-starts-with-a-page", TAGS),
    ],
)
def test_proved_where_history_says_so(name: str, tags: tuple[str, ...]) -> None:
    assert proved_in(f"device-permission/{name}", TAGS) == list(tags)


@pytest.mark.parametrize("tag", TAGS)
def test_each_counterexample_breaks_its_theorem_where_that_is_not_proved(tag: str) -> None:
    for theorem in THEOREMS:
        inputs = [setting for name, setting in COUNTEREXAMPLES if name == theorem.name]
        found = any(broken(theorem.name, tag, each) for each in inputs)
        assert found is not proves(theorem.name, tag), theorem.name


def test_4_4_permits_nothing_device_by_device() -> None:
    """iomem_permit_access came with 33233c2758."""
    assert not any(theorem.applies(xen("4.4.0")) for theorem in THEOREMS)


@pytest.mark.parametrize("name", [each.name for each in THEOREMS])
def test_a_page_that_ends_with_its_first_byte_is_exact_in_all_releases(name: str) -> None:
    for tag in TAGS:
        assert broken(name, tag, Setting(reg=((0x10000000, 0x1001),))) is None
    for tag in EXACT:
        examples_break_nothing(name, tag)


def test_the_entry_of_the_commit() -> None:
    """[0xe6140000, 0xe6141004) has two pages; three were permitted before (9568ceb287)."""
    assert _permitted("4.20.0", 0xE6140000, 0x1004) == range(0xE6140, 0xE6143)
    assert _permitted("4.21.0", 0xE6140000, 0x1004) == range(0xE6140, 0xE6142)


@pytest.mark.parametrize(
    ("entry", "frame"),
    [
        ((0x1C22E00, 0x600), 0x1C23),  # sun50i-a64, /soc/codec@1c22e00
        ((0x70001100, 0x1000), 0x70002),  # tegra210, /sata@70020000
        ((0xFEF01F00, 0x400), 0xFEF02),  # bcm2711, /soc/hdmi@7ef00700
    ],
)
def test_devices_of_boards_that_lose_their_last_page(entry: tuple[int, int], frame: int) -> None:
    for tag in TAGS:
        assert broken("device-permission/pages-mapped", tag, Setting(reg=(entry,))) is not None
    pages = device_pages.mapped(Span(*entry))
    assert isinstance(pages.start, int)
    assert isinstance(pages.size, int)
    assert pages.start + pages.size == frame << 12, "the page after what is mapped"


def test_what_is_missing_is_said_with_numbers() -> None:
    found = broken("device-permission/pages-mapped", "head", Setting(reg=((0x10000800, 0x1000),)))
    assert found is not None
    assert found.message == (
        "device [0x10000800, 0x10001800) (4 KiB) has page frames 0x10000 to 0x10001, and 0x10000 to 0x10000 are mapped"
    )


@pytest.mark.parametrize("tag", ["4.5.0", "4.20.0", "4.21.0", "head"])
def test_small_numbers_byte_by_byte(tag: str) -> None:
    """Frames counted by their bytes: what is permitted beyond them, and what is not mapped of them."""
    wrong, unmapped = [], []
    for start, size in product(
        (0x5000, 0x5001, 0x5800, 0x5FFF), (1, 2, 0x800, 0xFFF, 0x1000, 0x1001, 0x2000)
    ):
        frames = {(start + byte) // 0x1000 for byte in range(size)}
        if set(_permitted(tag, start, size)) != frames:
            wrong.append((start, size))
        pages = device_pages.mapped(Span(start, size))
        assert isinstance(pages.start, int)
        assert isinstance(pages.size, int)
        if {at // 0x1000 for at in range(pages.start, pages.start + pages.size, 0x1000)} != frames:
            unmapped.append((start, size))
    assert bool(wrong) is not proves("device-permission/permissions-match", tag)
    assert unmapped
    assert all(start % 0x1000 for start, _ in unmapped)


def _permitted(tag: str, start: int, size: int) -> range:
    found = device_pages.permitted(xen(tag), Span(start, size))
    assert isinstance(found.start, int)
    assert isinstance(found.end, int)
    return range(found.start, found.end + 1)


def test_a_forgotten_last_byte_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_far(_xen: Xen, device: Span) -> Range:
        end: Word = uint64.add(device.start, device.size)
        return Range(uint64.shift_right(device.start, 12), uint64.shift_right(end, 12))

    def too_near(_xen: Xen, device: Span) -> Range:
        end: Word = uint64.subtract(uint64.add(device.start, device.size), 0x1000)
        return Range(uint64.shift_right(device.start, 12), uint64.shift_right(end, 12))

    monkeypatch.setattr(device_pages, "permitted", too_far)
    assert not proves("device-permission/permissions-match", "head")
    monkeypatch.setattr(device_pages, "permitted", too_near)
    assert not proves("device-permission/pages-permitted", "head")
    assert named("device-permission/pages-permitted").unbounded
