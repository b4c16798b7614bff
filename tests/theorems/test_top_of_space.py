"""The end of the address space: the closed form is exact, and no width below 42 bits has room for every memory size."""

from __future__ import annotations

from itertools import product

import pytest

from tests.theorems.by_hand import LATER, OLDEST, broken, examples_break_nothing, named, proved_in, proves
from verifier.layout.region import fill
from verifier.logic.word import Word, uint64
from verifier.reading import models
from verifier.reading.vocabulary import layout_of
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statements.top_of_space import THEOREMS, WINDOWS_NOW
from verifier.xen import bank_fill, top_of_space
from verifier.xen.outcome import Span
from verifier.xen.release import xen

GIB = 1 << 30
UNIT = 2 << 20
TAGS = tuple(tag for tag in (*OLDEST, *LATER) if tag != "4.4.0")

COUNTEREXAMPLES: tuple[tuple[str, Setting], ...] = (
    # the last GiB: in RAM0 at 32 bits, in RAM1 at 36 and 40
    (
        "top-of-space/any-memory",
        Setting(ipa_bits=32, windows=WINDOWS_NOW, used=(0, 0), amount=3 * GIB, top=GIB),
    ),
    (
        "top-of-space/any-memory",
        Setting(ipa_bits=36, windows=WINDOWS_NOW, used=(0, 0), amount=59 * GIB, top=GIB),
    ),
    (
        "top-of-space/any-memory",
        Setting(ipa_bits=40, windows=WINDOWS_NOW, used=(0, 0), amount=1019 * GIB, top=GIB),
    ),
)


def test_the_closed_form_is_exact_in_all_releases_with_two_windows() -> None:
    for name in ("sound-if", "only-if", "any-memory-if-above-all"):
        assert proved_in(f"top-of-space/{name}", TAGS) == list(TAGS)
    assert proved_in("top-of-space/any-memory", TAGS) == []
    assert not any(theorem.applies(xen("4.4.0")) for theorem in THEOREMS), "one bank, at 2 GiB"


@pytest.mark.parametrize("tag", TAGS)
def test_counterexamples_and_examples(tag: str) -> None:
    for name, setting in COUNTEREXAMPLES:
        assert broken(name, tag, setting) is not None
    for theorem in THEOREMS:
        examples_break_nothing(theorem.name, tag)


def test_each_width_conflicts_with_one_window() -> None:
    messages = [broken(name, "head", setting) for name, setting in COUNTEREXAMPLES]
    assert [found and found.message for found in messages] == [
        "the last 1 GiB of 32 bits, [0xc0000000, 0x100000000) (1 GiB), and RAM0 [0x40000000, 0x100000000) (3 GiB) "
        "overlap by 1 GiB",
        "the last 1 GiB of 36 bits, [0xfc0000000, 0x1000000000) (1 GiB), and RAM1 [0x200000000, 0x1000000000) (56 GiB) "
        "overlap by 1 GiB",
        "the last 1 GiB of 40 bits, [0xffc0000000, 0x10000000000) (1 GiB), and RAM1 [0x200000000, 0x10000000000) "
        "(1016 GiB) overlap by 1 GiB",
    ]


def _most(bits: int, windows: tuple[Pair, ...], memory: int, others: list[Pair]) -> int:
    end = top_of_space.end_of(1 << bits, [Span(*each) for each in others])
    found = top_of_space.most(1 << bits, [Span(*each) for each in windows], memory, end)
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("windows", [((2, 3), (8, 4)), ((0, 2), (5, 20)), ((1, 6), (9, 1))])
@pytest.mark.parametrize("others", [(), ((1, 1),), ((7, 1), (0, 1)), ((12, 2),), ((30, 5),)])
def test_small_numbers_one_by_one(windows: tuple[Pair, ...], others: tuple[Pair, ...]) -> None:
    """The largest X for which the units of the region are none of RAM and none of the others, counted."""
    spread = [start + at for start, size in windows for at in range(size)]
    taken = {start + at for start, size in others for at in range(size)}
    scaled = tuple((start * UNIT, size * UNIT) for start, size in windows)
    rest = [(start * UNIT, size * UNIT) for start, size in others]
    for bits, memory in product((23, 24, 25, 26), range(1, len(spread) + 1)):
        end = (1 << bits) // UNIT
        used = {*spread[:memory], *taken}
        free = next(at for at in range(end + 1) if at == end or end - 1 - at in used)
        assert _most(bits, scaled, memory * UNIT, rest) == free * UNIT, (bits, memory)


@pytest.mark.parametrize("tag", ["4.5.0", "4.16.0", "4.17.0", "head"])
def test_what_a_header_leaves(tag: str) -> None:
    """By hand: the PCI window fills 4 to 8 GiB (52d0847d7c), RAM0 goes up to 4 GiB, RAM1 from 8 GiB to 1 TiB."""
    layout = layout_of(tag, models.defines_of(models.release(tag), arch="arm64", changes={}))
    others = [(each.start, each.size) for each in layout.regions]
    windows = tuple((bank.start, bank.size or 0) for bank in layout.banks)
    assert windows == WINDOWS_NOW
    has_window = any(end > 4 * GIB for end in (sum(each) for each in others))
    assert has_window is (tag != "4.5.0")
    small = 56 if has_window else 61
    expected = {
        (32, 1): 2, (32, 3): 0, (32, 4): 0, (36, 2): small, (36, 4): 55, (36, 59): 0, (36, 100): 0,
        (40, 4): 1015, (40, 1019): 0, (42, 1019): 3072, (44, 1019): 15 * 1024, (48, 4): (1 << 18) - 9,
    }  # fmt: skip
    found = {(bits, gib): _most(bits, windows, gib * GIB, others) // GIB for bits, gib in expected}
    assert found == expected


def test_banks_are_filled_as_layouts_say() -> None:
    layout = layout_of("head", models.defines_of(models.release("head"), arch="arm64", changes={}))
    for memory in (0, 4096, 3 * GIB - 4096, 3 * GIB, 3 * GIB + 4096, 1019 * GIB):
        banks = bank_fill.filled([Span(*each) for each in WINDOWS_NOW], memory)
        assert tuple(bank.size for bank in banks) == fill(layout.banks, memory)


def test_a_byte_more_and_a_byte_less_break_it(monkeypatch: pytest.MonkeyPatch) -> None:
    room = top_of_space.room
    monkeypatch.setattr(top_of_space, "room", lambda *given: uint64.add(room(*given), 1))
    assert not proves("top-of-space/sound-if", "head")
    assert proves("top-of-space/only-if", "head")
    monkeypatch.setattr(top_of_space, "room", lambda *given: uint64.subtract(uint64.add(room(*given), 0), 1))
    assert not proves("top-of-space/only-if", "head")


def test_a_forgotten_window_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ram_end = top_of_space.ram_end

    def first_only(limit: Word, windows: tuple[Span, ...], memory: Word) -> Word:
        return ram_end(limit, (windows[0], Span(1 << 60, 0)), memory)

    monkeypatch.setattr(top_of_space, "ram_end", first_only)
    assert not proves("top-of-space/sound-if", "head")


def test_another_composition_breaks_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(top_of_space, "most", lambda limit, *_given: limit)
    assert not proves("top-of-space/sound-if", "head")
    assert not proves("top-of-space/only-if", "head")


def test_a_pass_that_forgets_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(top_of_space, "highest", lambda _limit, _top, region: region.start)
    assert not proves("top-of-space/sound-if", "head")
    assert not proves("top-of-space/only-if", "head")
    assert named("top-of-space/only-if").unbounded == "regions of the layout"
