"""The best places for new regions: every small case against all places there are, tried one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, count, product

import pytest

from tests.placing_cases import Request, all_free, among, scattered
from tests.timing import least_times, slowness
from verifier.layout.placing import Block, Limit, Places, Wish, exclusive
from verifier.layout.region import When
from verifier.search.packing import UndecidedError
from verifier.search.place import place, possible

WHENS = (None, None, None, When("gic", 2), When("gic", 3), When("virtio", 1, at_least=True))


def wish(
    name: str, size: int | None, unit: int = 1, low: int = 0, high: int = 64, when: When | None = None
) -> Wish:
    return Wish(name, size, unit, (Limit(high, "asked"),), (Limit(low, "asked"),), when)


# Brute force: cells of a small space, every block and wish at every place and size.

Put = tuple[int, int, When | None]


def apart(puts: tuple[Put, ...], put: Put) -> bool:
    return all(each[1] <= put[0] or put[1] <= each[0] or exclusive(each[2], put[2]) for each in puts)


def wished(wishes: tuple[Wish, ...], puts: tuple[Put, ...]) -> Iterator[tuple[tuple[int, int], ...]]:
    """All places of the wishes beside what is put: `(start, end)` of each."""
    if not wishes:
        yield ()
        return
    first, high = wishes[0], wishes[0].high
    sizes = range(first.unit, high + 1, first.unit) if first.size is None else (first.size,)
    for size, start in product(sizes, range(first.low, high, first.unit)):
        put = (start, start + size, first.when)
        if start + size <= high and apart(puts, put):
            for rest in wished(wishes[1:], (*puts, put)):
                yield ((start, start + size), *rest)


def shapes(block: Block) -> Iterator[tuple[int, int]]:
    """Where a block may be that gives way, with itself first."""
    starts = range(block.start % block.unit, 64, block.unit) if block.moves else (block.start,)
    least = max(block.least, block.unit)
    cut = range(block.size - block.unit, least - 1, -block.unit) if block.shrinks else ()
    sizes = (block.size, *cut)
    own = (block.start, block.end)
    others = ((start, start + size) for start, size in product(starts, sizes) if start >= 1)
    yield from dict.fromkeys((own, *others))


def beside(blocks: tuple[Block, ...], chosen: tuple[tuple[int, int], ...]) -> bool:
    """Whether blocks may be so: what overlaps did before, and has not moved."""
    before = [(each.start, each.end, each.when) for each in blocks]
    after = [(*shape, block.when) for shape, block in zip(chosen, blocks, strict=True)]
    for one, other in combinations(range(len(blocks)), 2):
        stayed = all(before[each][0] == after[each][0] for each in (one, other))
        known = stayed and not apart((before[one],), before[other])
        if not known and not apart((after[one],), after[other]):
            return False
    return True


def change(block: Block, start: int, end: int) -> tuple[int, int, bool]:
    """What it gives up, how far it moves, and whether that is up: the least is the best."""
    return block.size - (end - start), abs(start - block.start), start > block.start


def best(blocks: tuple[Block, ...], wishes: tuple[Wish, ...]) -> tuple[object, ...] | None:
    """The least order of all answers: as it is told, from scratch."""
    found: list[tuple[object, ...]] = []
    for chosen in product(*(list(shapes(each)) for each in blocks)):
        if not beside(blocks, chosen):
            continue
        puts = tuple((*shape, block.when) for block, shape in zip(blocks, chosen, strict=True))
        changes = [change(block, *shape) for block, shape in zip(blocks, chosen, strict=True)]
        for places in wished(wishes, puts):
            found.append(price(blocks, changes, places, wishes))
    return min(found, default=None)


def price(
    blocks: tuple[Block, ...],
    changes: list[tuple[int, int, bool]],
    places: tuple[tuple[int, int], ...],
    wishes: tuple[Wish, ...],
) -> tuple[object, ...]:
    lost = [each[0] for each in changes]
    ram = sum(each for each, block in zip(lost, blocks, strict=True) if block.is_ram)
    sizes = [start - end for (start, end), each in zip(places, wishes, strict=True) if each.size is None]
    count = sum(each != (0, 0, False) for each in changes)
    return (count, ram, sum(lost) - ram, sizes, [start for start, _ in places], changes)


def order(answer: Places, blocks: tuple[Block, ...], wishes: tuple[Wish, ...]) -> tuple[object, ...]:
    shape = {each.name: (each.start, each.end) for each in blocks}
    shape.update((each.name, (each.start, each.end)) for each in answer.changed)
    changes = [change(each, *shape[each.name]) for each in blocks]
    lost = {each.name: lost for each, (lost, *_) in zip(blocks, changes, strict=True)}
    assert answer.lost in (None, {each.name: lost[each.name] for each in answer.changed})
    places = tuple((each.start, each.end) for each in answer.regions)
    return price(blocks, changes, places, wishes)


def case(
    seed: int, top: int, most: int, *, bends: int, over: bool = False
) -> tuple[tuple[Block, ...], tuple[Wish, ...]]:
    """Blocks that can be there together do not overlap, unless they may; so many give way, some not at all."""
    dice = random.Random(seed)
    blocks: list[Block] = []
    puts: tuple[Put, ...] = ()
    for number in range(dice.randrange(4)):
        start, when = dice.randrange(1, top), dice.choice(WHENS)
        end = min(top, start + dice.randrange(1, 5))
        if start < end and (over or apart(puts, (start, end, when))):
            unit = dice.choice([1, 1, 2])
            free = len(blocks) < bends
            blocks.append(
                Block(
                    f"B{number}", start, end, when, dice.randrange(3), unit,
                    shrinks=free and dice.random() < 0.6, moves=free and dice.random() < 0.4,
                    is_ram=dice.random() < 0.5,
                )
            )  # fmt: skip
            puts = (*puts, (start, end, when))
    wishes = tuple(
        wish(
            f"W{number}", None if dice.random() < 0.2 else dice.randrange(1, 4) * unit, unit,
            dice.choice([0, 0, dice.randrange(top)]), dice.choice([top, top, dice.randrange(2, top)]),
            dice.choice(WHENS),
        )
        for number in range(dice.randint(1, most))
        for unit in [dice.choice([1, 1, 2, 3])]
    )  # fmt: skip
    return tuple(blocks), wishes


@pytest.mark.parametrize(
    ("bends", "over", "top", "most", "cases"),
    [(0, False, 14, 4, 400), (2, False, 11, 2, 300), (3, False, 8, 2, 150), (2, True, 10, 2, 200)],
)
def test_against_all_places(bends: int, over: bool, top: int, most: int, cases: int) -> None:
    """Found if and only if there is a place, and then the best."""
    met: Counter[str] = Counter()
    for seed in range(cases):
        blocks, wishes = case(seed, top, most, bends=bends, over=over)
        answer, expected = place(blocks, wishes), best(blocks, wishes)
        assert (None if answer is None else order(answer, blocks, wishes)) == expected, (seed, blocks, wishes)
        assert possible(blocks, wishes) == (expected is not None)
        if answer is None:
            met["none"] += 1
        else:
            met["changed" if answer.changed else "found"] += 1
            met["several"] += len(answer.changed) > 1
            as_it_was = tuple((each.start, each.end, each.when) for each in blocks)
            faulty = not all(apart(as_it_was[:number], each) for number, each in enumerate(as_it_was))
            met["faulty"] += bool(answer.changed) and faulty
    assert met["none"] >= 15
    assert met["found"] >= 30
    assert not bends or met["changed"] >= 10
    assert bends < 3 or met["several"] >= 1
    assert not over or met["faulty"] >= 5


class TooLongError(Exception):
    """Brute force took too many steps."""


def fits(asked: tuple[tuple[int, int, int, int], ...], free: int) -> list[int] | None:
    """The lowest starts, first to last, of `(size, unit, low, high)` in the free cells (a mask): depth first."""
    dead: set[tuple[int, int]] = set()
    steps = count(1)

    def walk(index: int, left: int) -> list[int] | None:
        if next(steps) > 8_000:
            raise TooLongError
        if index == len(asked):
            return []
        if (index, left) in dead:
            return None
        size, unit, low, high = asked[index]
        for start in range(max(unit, -(-low // unit) * unit), high - size + 1, unit):
            cells = (1 << size) - 1 << start
            if cells & left == cells:
                rest = walk(index + 1, left & ~cells)
                if rest is not None:
                    return [start, *rest]
        dead.add((index, left))
        return None

    return walk(0, free)


def test_many_wishes_in_little_room() -> None:
    """Up to 30 regions on a grid, as many cells as are asked for and a few more: greedy is often not enough."""
    met: Counter[str] = Counter()
    for seed in count():
        if met["none"] + met["found"] == 500:
            break
        dice = random.Random(seed)
        sizes = tuple(
            (dice.choice([1, 1, 2, 3]) * unit, unit)
            for unit in (
                dice.choice([1, 1, 1, 2, 4])
                for _ in range(dice.choice([3, 8, dice.randint(2, 30), dice.randint(18, 30)]))
            )
        )
        top = 1 + sum(size for size, _ in sizes) + dice.choice([0, 1, 2, 8, 16])
        taken = [dice.randrange(1, top) for _ in range(dice.choice([0, 0, 1, 3]))]
        free = (1 << top) - 1 - sum(1 << each for each in set(taken))
        blocks = tuple(Block(f"B{each}", each, each + 1) for each in set(taken))
        odds = dice.choice([0, 0, 0.2])
        asked = tuple(
            (
                size,
                unit,
                dice.randrange(top) * (dice.random() < odds),
                top - dice.randrange(top // 2) * (dice.random() < odds),
            )
            for size, unit in sizes
        )
        wishes = tuple(wish(f"W{number}", *each) for number, each in enumerate(asked))
        answer = place(blocks, wishes)  # it is always decided
        try:
            expected = fits(asked, free)
        except TooLongError:
            continue
        assert (None if answer is None else [each.start for each in answer.regions]) == expected, seed
        met["none" if answer is None else "found"] += 1
        met["many"] += len(wishes) >= 20
        met["limited"] += odds > 0 and answer is not None
    assert min(met["none"], met["found"], met["many"], met["limited"]) >= 40, met


def test_more_than_can_be_swept_is_no_crash() -> None:
    """Two hundred and one single cells and a large region that has to lie above them all."""
    wishes = [*(wish(f"W{number}", 1, 1, 0, 250) for number in range(201)), wish("L", 48, 1, 0, 250)]
    answer = place((), wishes)
    assert answer is not None
    assert [each.start for each in answer.regions] == [*range(1, 203)]
    assert place((Block("X", 202, 203),), wishes) is None  # a cell too few
    with pytest.raises(UndecidedError):
        place((), [*wishes[:-1], wish("L", 48, 1, 0, 49)], timeout=0.01)


def test_exclusive_regions_may_share() -> None:
    gic2, gic3 = When("gic", 2), When("gic", 3)
    answer = place((Block("V2", 1, 9, gic2),), (wish("A", 8, 1, 0, 9, gic3), wish("B", 1, 1, 0, 10)))
    assert answer is not None
    assert [str(each) for each in answer.regions] == ["A [0x1, 0x9)", "B [0x9, 0xa)"]


def test_at_least_excludes_less() -> None:
    several = When("virtio", 2, at_least=True)
    assert exclusive(several, When("virtio", 1))
    assert not exclusive(several, When("virtio", 2))
    assert not exclusive(several, several)
    assert not exclusive(several, When("gic", 1))
    assert not exclusive(None, several)


def test_the_first_has_to_make_room() -> None:
    """At its lowest place the first would leave the second nowhere: it moves up as little as can be."""
    answer = place((Block("X", 6, 7),), (wish("A", 2, 1, 0, 20), wish("B", 4, 1, 0, 6)))
    assert answer is not None
    assert [each.start for each in answer.regions] == [7, 1]


def test_ram_is_cut_only_where_it_must_be() -> None:
    ram = Block("RAM", 2, 12, least=2, unit=2, shrinks=True, is_ram=True)
    other = Block("MMIO", 12, 14, least=1, shrinks=True)
    answer = place((ram, other, Block("END", 14, 99)), (wish("A", 3, 1, 2, 20),))
    assert answer is not None
    assert [str(each) for each in answer.changed] == ["RAM [0x2, 0x8)"]  # four cells in units of two
    assert answer.lost == {"RAM": 4}
    assert [str(each) for each in answer.regions] == ["A [0x8, 0xb)"]


def test_no_solver_where_each_fits_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.search.place.Packing", None)
    blocks = [Block(f"B{index}", 4 * index, 4 * index + 2) for index in range(1, 10_000)]
    wishes = [wish(f"W{index}", 2 + index % 3, 1, 0, 1 << 40) for index in range(6)]
    answer = place(blocks, wishes)
    assert answer is not None
    for one, other in combinations(answer.regions, 2):
        assert one.end <= other.start or other.end <= one.start


@pytest.mark.parametrize(
    ("requests", "most"),
    [
        ([among(200, new, seed) for new in (3, 4, 5, 6) for seed in range(3)], 0.1),
        ([all_free(15, seed) for seed in range(12)], 0.1),
        ([scattered(15, 3, seed, shrinks=seed % 2) for seed in range(6)], 4.0),
        ([among(10_000, 3, 0)], 2.0),
    ],
    ids=["200 fixed", "15 free", "15 that may give way", "10,000 fixed"],
)
def test_times(requests: list[Request], most: float) -> None:
    """Each within seconds of process time; `make bench` holds the same requests against another solver."""
    for request in requests:
        answer = None

        def placed(asked: Request = request) -> None:
            nonlocal answer
            answer = place(*asked)

        (least,) = least_times(placed, rounds=3)
        assert least < most * slowness()
        assert answer is not None
