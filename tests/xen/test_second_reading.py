"""The producers' code runs on unknown words as it stands, and says the same as on integers."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.xen.asked import WINDOWS, spans
from tests.xen.second_reading import Guide, Numbers, value
from verifier.logic.word import Word
from verifier.xen import domu_holes, grant_region, libxl_regions, memory_holes, unallocated
from verifier.xen.libxl_regions import Iomem
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Xen, xen
from verifier.xen.unallocated import Taken

Make = Callable[[str], Word]


def _pair(word: Make, name: str) -> Span:
    return Span(word(f"{name}.start"), word(f"{name}.size"))


def _holes(release: Xen, word: Make) -> Outcome:
    described = [Described(word(f"{n}.start"), word(f"{n}.size"), pci_window=n == 2) for n in range(3)]
    return memory_holes.find(
        release, ipa_bits=40, described=described, shared=[_pair(word, "s")], passthrough=[_pair(word, "p")]
    )


def _unallocated(release: Xen, word: Make) -> Outcome:
    taken = Taken(
        _pair(word, "g"), [_pair(word, "0")], [_pair(word, "1")], [_pair(word, "s")], [_pair(word, "p")]
    )
    return unallocated.find(release, ipa_bits=40, ram=[_pair(word, "2"), _pair(word, "3")], taken=taken)


def _domu(release: Xen, word: Make) -> Outcome:
    guest = domu_holes.Guest(
        40, spans(WINDOWS), (word("used"), 0), [_pair(word, "s")], [_pair(word, "0"), _pair(word, "p")]
    )
    return domu_holes.find(release, guest)


def _xl(release: Xen, word: Make) -> Outcome:
    iomem = [Iomem(word(f"{n}.gfn"), word(f"{n}.number")) for n in range(3)]
    return libxl_regions.find(release, libxl_regions.Guest(40, spans(WINDOWS), (word("used"), 0), iomem))


def _grant(release: Xen, word: Make) -> Outcome:
    host = grant_region.Host(_pair(word, "text"), word("frames"))
    return Outcome((grant_region.find(release, host),))


def _number(rng: random.Random, name: str) -> int:
    """Mostly sensible; sometimes 0, or near the end of 64 bits."""
    if rng.random() < 0.05:
        return rng.choice((0, 2**64 - rng.choice((1, 4096, 1 << 31))))
    if name.endswith(("number", "frames", "size")):
        return rng.choice((1, 64, 4096, 1 << 21, 1 << 27, 1 << 31))
    if name == "used":
        return rng.randrange(1, 0xC0000) << 12
    return rng.randrange(1 << (21 if name.endswith("gfn") else 33)) // 4096 * 4096


def _evaluated(outcome: Outcome, numbers: Numbers) -> tuple[object, ...]:
    regions = [(value(region.start, numbers), value(region.size, numbers)) for region in outcome.regions]
    return regions, outcome.error, outcome.fault and (outcome.fault.kind, outcome.fault.function)


@pytest.mark.parametrize("tag", ["4.17.7", "4.20.0", "head"])
@pytest.mark.parametrize("producer", [_holes, _unallocated, _domu, _xl, _grant])
def test_one_path_holds_for_all_numbers_that_take_it(
    producer: Callable[[Xen, Make], Outcome], tag: str
) -> None:
    rng, met = random.Random(9), 0
    for _ in range(60):
        release = xen(tag, rng.choice(("release", "debug")))
        names: dict[str, int] = {}

        def number(name: str, names: dict[str, int] = names) -> int:
            return names.setdefault(name, _number(rng, name))

        wanted = producer(release, number)
        guide = Guide(dict(names))
        got = producer(release, guide.word)
        assert _evaluated(got, names) == _evaluated(wanted, names)
        assert guide.path
        for _ in range(8):
            other = {
                name: (old + rng.choice((0, 0, 1, 4096, 1 << 21))) % 2**64 for name, old in names.items()
            }
            if other != names and guide.follows(other):
                met += 1
                assert _evaluated(got, other) == _evaluated(producer(release, other.__getitem__), other)
    assert met >= 30
