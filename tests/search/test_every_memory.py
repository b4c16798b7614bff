"""Guests of every size of memory: what is said of all sizes is what the rules say of each size that is tried.

The rules judge one size in plain integers and know nothing of words, paths and the solver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

import pytest

from verifier.commands.guest_built import MAKERS, Run
from verifier.commands.guest_sizes import sizes_of
from verifier.layout.errors import InternalError
from verifier.layout.guest_config import GuestConfig, Iomem
from verifier.layout.origin import Origin
from verifier.logic.bits import both
from verifier.logic.runs import Learned
from verifier.logic.word import equal
from verifier.rules.boards.catalogue import judge
from verifier.search.every_memory import Sizes, findings, key_of
from verifier.search.guest_shapes import Key
from verifier.xen.release import xen

HERE = Origin("here", 0)
MIB = 256
"""Frames."""


def iomem(first: int, count: int) -> Iomem:
    return Iomem(first, count, first, HERE)


def run_of(tag: str, toolstack: str, entries: tuple[Iomem, ...], *names: str, gic: int = 3) -> Run:
    config = GuestConfig("here", "g", None, 1 << 30, 1 << 30, 1, 1, iomem=entries, gic=gic)
    return Run(toolstack, config, xen(tag), (40,), names, 64, any_memory=True)


def refuted_at(sizes: Sizes, units: int) -> set[Key]:
    return {key_of(each) for each in judge(sizes.make(units)) if each.verdict == "refuted"}


def said_at(sizes: Sizes, units: int) -> set[Key]:
    """By the findings about all sizes."""
    here = units * sizes.unit
    return {
        key_of(each)
        for each in findings(sizes)
        if each.verdict == "refuted"
        and each.memory is not None
        and any(low <= here <= high for low, high in each.memory.runs)
    }


def random_entries(random: Random) -> tuple[Iomem, ...]:
    """In RAM windows, at their edges, over the registers and pages of the layout."""
    places = (
        lambda: random.randrange(0x40000, 0x100000),
        lambda: random.randrange(0x200000, 0x210000),
        lambda: random.randrange(0xFFF0000, 0x10010000),
        lambda: 0x100000 - random.randrange(0, 40 * MIB),
        lambda: random.randrange(0x3000, 0x4100),
        lambda: random.randrange(0x38000, 0x3A000),
    )
    counts = (1, 8, MIB, 3 * MIB, 64 * MIB, 512 * MIB)
    return tuple(iomem(random.choice(places)(), random.choice(counts)) for _ in range(random.randrange(5)))


RELEASES = ("4.15.5", "4.17.7", "4.20.4", "4.21.2", "head")


@pytest.mark.parametrize("seed", range(30))
def test_each_size_is_as_it_is_said_of_all(seed: int) -> None:
    random = Random(seed)
    toolstack = random.choice(tuple(MAKERS))
    run = run_of(random.choice(RELEASES), toolstack, random_entries(random), gic=random.choice((2, 3)))
    width = random.choice((32, 36, 40, 44))
    sizes = sizes_of(run, width, 3, "g")
    tried = {random.randrange(sizes.word.low, sizes.word.high + 1) for _ in range(20)}
    tried |= {random.randrange(1, (4 << 30) // sizes.unit) for _ in range(20)}
    for units in tried:
        assert said_at(sizes, units) == refuted_at(sizes, units), hex(units * sizes.unit)


def test_each_size_up_to_three_gib_and_a_bit() -> None:
    """All of bank 0, MiB by MiB, with devices inside it and at its end."""
    entries = (iomem(0xA0000, 1), iomem(0xFF000, 0x1000), iomem(0x38000, 8))
    sizes = sizes_of(run_of("4.20.4", "xl", entries), 40, 3, "g")
    expected: Mapping[Key, tuple[int, int]] = {
        # RAM reaches the device at 1.5 GiB, and the one in the last 16 MiB of the window, from there on.
        ("no-overlap", ("RAM bank 0 of g", "iomem[0] (here)")): (1537, 1019 << 10),
        ("no-overlap", ("RAM bank 0 of g", "iomem[1] (here)")): (3057, 1019 << 10),
        # What is left of the window covers both until RAM has passed the first, or leaves less than 64 MiB.
        ("no-overlap", ("extended region", "iomem[0] (here)")): (1, 1536),
        ("no-overlap", ("extended region", "iomem[1] (here)")): (1, 3008),
        ("no-overlap", ("grant region of g", "iomem[2] (here)")): (1, 1019 << 10),
    }
    told = {
        key_of(each): each.memory
        for each in findings(sizes)
        if each.verdict == "refuted" and each.memory is not None
    }
    assert {key: each.runs for key, each in told.items()} == {
        key: ((low << 20, high << 20),) for key, (low, high) in expected.items()
    }
    for units in range(1, 3100):
        assert refuted_at(sizes, units) == {
            key for key, (low, high) in expected.items() if low <= units <= high
        }


def test_a_kernel_that_can_use_nothing_of_what_is_left() -> None:
    """At 32 bits bank 1 is out of reach: Linux finds no whole section above 2944 MiB, and no region is left above 3008."""
    sizes = sizes_of(run_of("head", "xl", (), "linux-arm64-4k"), 32, 3, "g")
    (found,) = (
        each for each in findings(sizes) if each.property == "consumer-usable" and each.verdict == "refuted"
    )
    assert found.memory is not None
    assert found.memory.runs == ((2945 << 20, 3008 << 20),)


def test_a_sound_guest_is_proved_for_all_sizes() -> None:
    sizes = sizes_of(run_of("head", "xl", ()), 40, 3, "g")
    told = {each.property: str(each.verdict) for each in findings(sizes)}
    assert {name for name, verdict in told.items() if verdict == "proved"} == {
        "built", "no-overlap", "registers-fit", "aligned", "minimum-size", "within-ipa", "preconditions", "complete",
        "banks", "interrupts",
    }  # fmt: skip
    assert {
        verdict for name, verdict in told.items() if name in ("one-to-one-holes", "permissions-match")
    } == {"not-applicable"}


def without(sizes: Sizes, wrong: Callable[[Key], bool]) -> Sizes:
    return replace(sizes, conditions={key: each for key, each in sizes.conditions.items() if not wrong(key)})


@pytest.mark.parametrize("property_", ["no-overlap", "aligned", "within-ipa", "built"])
def test_what_the_conditions_forget_is_an_internal_error(property_: str) -> None:
    """Else a forgotten condition would be a false proof."""
    entries = (iomem(0xA0000, 1),)
    sizes = sizes_of(run_of("4.21.2", "xl", entries), 36, 3, "g")
    assert property_ in {each.property for each in findings(sizes) if each.verdict == "refuted"}
    with pytest.raises(InternalError, match="differ"):
        findings(without(sizes, lambda key: key[0] == property_))


def test_a_condition_that_holds_too_often_is_an_internal_error() -> None:
    sizes = sizes_of(run_of("head", "xl", ()), 40, 3, "g")
    key = next(key for key in sizes.conditions if key[0] == "no-overlap")
    wrong = {**sizes.conditions, key: equal(sizes.word.word, 777)}
    with pytest.raises(InternalError, match="differ"):
        findings(replace(sizes, conditions=wrong))
    never = {**sizes.conditions, key: both(sizes.conditions[key], False)}
    assert findings(replace(sizes, conditions=never)) == findings(sizes)


def test_what_is_not_learned_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = sizes_of(run_of("head", "xl", ()), 40, 3, "g")
    monkeypatch.setattr(sizes.word, "learn", lambda _: Learned((), "no time"))
    verdicts = {each.property: str(each.verdict) for each in findings(sizes)}
    assert {verdicts[name] for name in ("no-overlap", "within-ipa", "minimum-size", "aligned", "built")} == {
        "unknown"
    }


@pytest.mark.parametrize("doubted", ["built", "complete"])
def test_a_doubt_is_no_proof(doubted: str) -> None:
    sizes = sizes_of(run_of("head", "xl", ()), 40, 3, "g")
    changed = (
        replace(sizes, doubts={"built": ("why",)}) if doubted == "built" else replace(sizes, lost="no time")
    )
    verdicts = {each.property: str(each.verdict) for each in findings(changed)}
    assert verdicts[doubted] == "unknown"


def test_space_that_is_said_to_be_lost_and_is_not_is_an_internal_error() -> None:
    sizes = sizes_of(run_of("head", "xl", ()), 40, 3, "g")
    with pytest.raises(InternalError, match="no space is lost"):
        findings(replace(sizes, lost=100))


def test_space_that_is_lost_is_found() -> None:
    """What libxl leaves below 64 MiB between two devices is no loss; what a device of a later release hides is."""
    sizes = sizes_of(run_of("head", "xl", (iomem(0x80000, 1),)), 40, 3, "g")
    assert sizes.lost is None
    fewer = tuple(replace(shape, regions=shape.regions[1:]) for shape in sizes.shapes)
    from verifier.search.guest_lost import lost

    units = lost(sizes.make(1), sizes.word, fewer)
    assert isinstance(units, int)


@pytest.mark.parametrize("entries", [
    # A size where something else changes lies where the linear map has moved past all regions, ...
    (iomem(0xE2BF964, 0x69DB0),),
    # ... and with little memory all that is left lies above its end, where with more memory it need not.
    (iomem(0x40200, 0xBFE00), iomem(0x200000, 0x3E40000)),
])  # fmt: skip
def test_a_linear_map_that_moves_with_the_memory_is_open(entries: tuple[Iomem, ...]) -> None:
    """Linux with 39 bits maps 256 GiB, from the lowest RAM on or so that the highest is in: no size tells of others."""
    sizes = sizes_of(run_of("head", "dom0less", entries, "linux-arm64-4k-39"), 42, 3, "g")
    key = ("consumer-usable", ("linux-arm64-4k-39",))
    assert key in sizes.undecided
    assert any(key in refuted_at(sizes, units) for units in sizes.samples)
    assert [str(each.verdict) for each in findings(sizes) if each.property == key[0]] == ["unknown"]
