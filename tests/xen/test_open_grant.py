"""Every place of the grant region: the answer for it is what the producer gives with the grant region there."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.reading.runs import Run, place_runs, runs
from tests.xen.test_replay import given
from verifier.layout.domain_map import Extent
from verifier.layout.open_grant import OpenGrant, Regime
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen import unallocated
from verifier.xen.host_regions import predict
from verifier.xen.open_grant import explore
from verifier.xen.outcome import Span
from verifier.xen.release import xen
from verifier.xen.subjects import Given
from verifier.xen.unallocated import Taken

MIB = 1 << 20
PAGE = 4096
TAGS = ["4.16.0", "4.17.7", "4.18.0", "4.19.3", "4.20.0", "4.20.4", "4.21.2", "head"]
NOWHERE = Span(0, 0)


def spans(extents: Sequence[Extent]) -> list[Span]:
    return [Span(each.start, each.size) for each in extents]


def produced(tag: str, bits: int, ram: Sequence[Extent], taken: Taken, grant: Extent) -> tuple[Extent, ...]:
    """What the whole producer makes of a grant region."""
    at = Taken(Span(grant.start, grant.size), taken.domain, taken.reserved, taken.shared)
    outcome = unallocated.find(xen(tag), ipa_bits=bits, ram=spans(ram), taken=at)
    assert outcome.fault is None
    found = []
    for each in outcome.regions:
        assert isinstance(each.start, int)
        assert isinstance(each.size, int)
        found.append(Extent(each.start, each.start + each.size))
    return tuple(found)


def holding(answer: OpenGrant, grant: Extent) -> list[Regime]:
    return [
        regime
        for regime in answer.regimes
        for place in regime.places
        if place.start.least <= grant.start <= place.start.most
        and place.end.least <= grant.end <= place.end.most
    ]


def regions_of(tag: str, regime: Regime, grant: Extent) -> tuple[Extent, ...]:
    """From the description alone: the ends beside the grant region, rounded."""
    lost = PAGE if tag.startswith(("4.18.", "4.19.", "4.20.")) else 0
    found = list(regime.fixed)
    if regime.below is not None:
        end = (grant.start - lost) & -(2 * MIB)
        assert regime.below[1].least <= end <= regime.below[1].most
        found.append(Extent(regime.below[0], end))
    if regime.above is not None:
        start = (grant.end + 2 * MIB - 1) & -(2 * MIB)
        assert regime.above[0].least <= start <= regime.above[0].most
        found.append(Extent(start, regime.above[1]))
    return tuple(sorted(found))


def covered(inner: Extent, regions: Sequence[Extent]) -> bool:
    return any(each.start <= inner.start and inner.end <= each.end for each in regions)


def touches(extent: Extent, others: Sequence[Extent]) -> bool:
    return any(each.start < extent.end and extent.start < each.end for each in others)


def near(rng: random.Random, edges: Sequence[int]) -> int:
    """An address beside an edge, or beside one that 64 MiB from it would be."""
    edge = rng.choice(edges) + rng.choice((0, 0, 64, -64)) * MIB
    return max(
        0, edge + rng.choice((0, 0, 1, -1, 63, 64, 511, 512, 513, rng.randrange(-20000, 20000))) * PAGE
    )


def board(rng: random.Random) -> tuple[list[Extent], list[Extent], list[Extent], list[Extent], list[Extent]]:
    """RAM of a few banks, and in it dom0's, reserved, shared and loaded stretches that do not meet."""
    ram, at = [], rng.randrange(0, 1024) * MIB
    for _ in range(rng.randrange(1, 4)):
        at += rng.choice((0, rng.randrange(0, 512) * MIB, rng.randrange(1, 600) * PAGE))
        size = rng.choice((63, 64, 66, 128, 130, 192, 500, 3000)) * MIB + rng.choice((0, 0, PAGE, 2048))
        ram.append(Extent(at, at + size))
        at += size
    lists: list[list[Extent]] = [[], [], [], []]
    for _ in range(rng.randrange(0, 7)):
        bank = rng.choice(ram)
        kind = rng.randrange(4)
        unit = PAGE if kind in (0, 2) or rng.random() < 0.7 else 512
        start = bank.start + rng.randrange(0, max(1, bank.size // unit)) * unit
        end = min(bank.end // unit * unit, start + rng.choice((unit, 3 * PAGE, 2 * MIB, 64 * MIB, 100 * MIB)))
        one = Extent(start, end)
        rounded = Extent(start // PAGE * PAGE, -(-end // PAGE) * PAGE)
        if start < end and not touches(rounded, [each for others in lists for each in others]):
            lists[kind].append(one)
    return (ram, *lists)  # type: ignore[return-value]


@pytest.mark.parametrize("tag", TAGS)
def test_every_place_has_its_answer(tag: str) -> None:
    rng = random.Random(f"open grant {tag}")
    asked, kinds = 0, set()
    for _ in range(150):
        ram, domain, reserved, shared, modules = board(rng)
        taken = Taken(NOWHERE, spans(domain), spans(reserved), spans(shared))
        bits, most = rng.choice((32, 36, 40)), rng.choice((1, 3, 64, 600)) * PAGE
        answer = explore(xen(tag), ipa_bits=bits, ram=ram, taken=taken, modules=modules, most=most)
        used = [*domain, *reserved, *shared, *modules]
        if answer is None:
            continue
        edges = [edge for each in (*ram, *used, *answer.whole) for edge in (each.start, each.end)]
        for _ in range(60):
            start = near(rng, edges) // PAGE * PAGE
            size = rng.choice((PAGE, most, rng.randrange(1, most // PAGE + 1) * PAGE))
            grant = Extent(start, start + size)
            is_free = covered(grant, _joined(ram)) and not touches(grant, used)
            found = holding(answer, grant)
            assert len(found) == is_free, (ram, used, grant)
            if not is_free:
                continue
            wanted = produced(tag, bits, ram, taken, grant)
            assert regions_of(tag, found[0], grant) == wanted, (ram, used, grant)
            assert sum(each.size for each in wanted) >= answer.at_least
            assert all(covered(each, wanted) for each in answer.certain)
            assert all(covered(each, answer.whole) for each in wanted)
            kinds.add(
                (
                    found[0].below is not None,
                    found[0].above is not None,
                    len(found[0].fixed) < len(answer.whole),
                )
            )
            asked += 1
    assert asked > 1500
    assert len(kinds) == 5


def _joined(ram: Sequence[Extent]) -> list[Extent]:
    """Banks that touch are one."""
    found: list[Extent] = []
    for each in sorted(ram):
        if found and found[-1].end >= each.start:
            found[-1] = Extent(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def simple(**given: object) -> OpenGrant | None:
    """256 MiB from 1 GiB on, 4 KiB to 256 KiB of grant region."""
    taken = Taken(NOWHERE)
    inputs: dict[str, object] = {
        "ipa_bits": 40, "ram": [Extent(0x40000000, 0x50000000)], "taken": taken, "modules": [], "most": 64 * PAGE,
    } | given  # fmt: skip
    return explore(xen("head"), **inputs)  # type: ignore[arg-type]


def test_one_bank_by_hand() -> None:
    """Below 64 MiB from its begin nothing is left below; within 64 MiB of its end nothing above."""
    answer = simple()
    assert answer is not None
    above, both, below = sorted(answer.regimes, key=lambda regime: regime.places[0].start.least)
    (place,) = above.places
    assert (place.start.least, place.start.most) == (0x40000000, 0x43FFF000)
    assert (place.end.least, place.end.most) == (0x40001000, 0x4403F000)
    assert (above.below, above.above is not None and above.above[1]) == (None, 0x50000000)
    (place,) = both.places
    assert (place.start.least, place.end.most) == (0x44000000, 0x4C000000)
    (place,) = below.places
    assert (place.start.least, place.start.most) == (0x4BFC1000, 0x4FFFF000)
    assert (place.end.least, place.end.most) == (0x4C001000, 0x50000000)
    assert answer.certain == ()
    assert answer.at_least == 256 * MIB - 66 * MIB  # the last page below 0x44000000 and one above: 66 MiB go


def test_a_part_of_the_places_has_a_part_of_the_answers() -> None:
    """From 64 MiB above the begin of the RAM on there is a region below; a page lower lies the last place without one."""
    for first, count in ((0x44000000, 2), (0x43FFF000, 3)):
        answer = simple(modules=[Extent(0x40000000, first)])
        assert answer is not None
        assert len(answer.regimes) == count
        places = [place for each in answer.regimes for place in each.places]
        assert all(each.start.least <= each.start.most for each in places)
        assert min(each.start.least for each in places) == first


@pytest.mark.parametrize(
    ("tag", "pages", "blocks"),
    [
        # Of 2 MiB, pages can touch one more than they fill, once they are two.
        ("head", 1, 1), ("head", 2, 2), ("head", 513, 2), ("head", 514, 3),
        # A page that is lost at the end of what is below is one more (9b21841fd1).
        ("4.20.0", 1, 2), ("4.20.0", 512, 2), ("4.20.0", 513, 3),
    ],
)  # fmt: skip
def test_between_two_parts_no_more_is_lost_than_can_be_touched(tag: str, pages: int, blocks: int) -> None:
    """Xen lies in the middle of the RAM, 64 MiB and more from both ends."""
    answer = explore(
        xen(tag), ipa_bits=40, ram=[Extent(0x40000000, 0x50000000)], taken=Taken(NOWHERE),
        modules=[Extent(0x40000000, 0x46000000), Extent(0x4A000000, 0x50000000)], most=pages * PAGE,
    )  # fmt: skip
    assert answer is not None
    (regime,) = answer.regimes
    assert (regime.below is None, regime.above is None) == (False, False)
    assert sum(each.size for each in answer.whole) - answer.at_least == blocks * 2 * MIB


def test_an_empty_bank_of_ram_leaves_no_answer() -> None:
    """`rangeset_add_range` is asked for an end below its start: what later removals make of that list is not told here."""
    ram = [Extent(0x30000000, 0x30000000), Extent(0x40000000, 0x50000000)]
    assert simple(ram=ram[1:]) is not None
    assert simple(ram=ram) is None


def test_where_xen_lies_settles_it() -> None:
    """Inside one 2 MiB block all sizes give the same."""
    answer = simple(image=Extent(0x48200000, 0x48380000))
    assert answer is not None
    assert answer.regions == (Extent(0x40000000, 0x48200000), Extent(0x48400000, 0x50000000))
    assert answer.certain == answer.regions
    crossing = simple(image=Extent(0x483FF000, 0x48580000))
    assert crossing is not None
    assert crossing.regions is None


def test_no_place_is_no_answer() -> None:
    assert simple(modules=[Extent(0x40000000, 0x50000000)]) is None
    assert simple(image=Extent(0x10000000, 0x10200000)) is None


def test_ram_too_small_for_regions_has_one_answer() -> None:
    answer = simple(ram=[Extent(0x40000000, 0x43E00000)])
    assert answer is not None
    assert (answer.regions, answer.at_least) == ((), 0)


def test_real_boots_are_among_the_answers() -> None:
    """Each boot without IOMMU, asked without its grant region: the logged place has a regime with the logged regions."""
    assert sum(answered(name, run) for name, run in runs().items()) >= 12


def test_real_boots_with_xen_beside_the_thresholds() -> None:
    """Xen 64 MiB above the begin of the RAM and a page more or less, across 2 MiB, and elsewhere: five releases each."""
    found = place_runs()
    assert len(found) == 30
    for name, run in found.items():
        assert run.seen["gnttab"][0] == f"0x{name.split('-')[2]}"
        assert answered(name, run)


def answered(name: str, run: Run) -> bool:
    """Whether a boot has a grant region to ask for; the answer for it has to be what was logged."""
    log = read_boot_log(run.log, name)
    inputs = given(log)
    host = host_of(read_dtb(run.blob, name), run.release)
    if inputs is None or inputs.iommu or inputs.grant_region is None or host.options.llc_coloring:
        return False
    d0 = log.domain("d0")
    if d0 is None or d0.without is not None:
        return False
    asked = Given(inputs.ipa_bits, False, inputs.ram, inputs.dom0_banks)
    answer = predict(host, xen(host.tag, "debug" if log.debug else "release"), asked)[0].open_grant
    assert answer is not None, name
    (regime,) = holding(answer, inputs.grant_region)
    logged = tuple(Extent(each.start, each.end) for each in d0.extended)
    assert regions_of(host.tag, regime, inputs.grant_region) == logged, name
    return True
