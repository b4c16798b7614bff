"""Why regions have no place: reasons and what would help, each against all places there are, tried one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, count, islice, product

import pytest

from tests.search.test_place import Put, apart, case, shapes, wish, wished
from tests.timing import least_times, slowness
from verifier.layout.placing import Block, Impossible, Limit, Reason, Relaxation, Wish
from verifier.reading.source import open_source
from verifier.search import impossible as impossible_module
from verifier.search.blocks import blocks_of
from verifier.search.impossible import why_not
from verifier.search.packing import UndecidedError
from verifier.search.place import place

MIB, GIB = 1 << 20, 1 << 30
KINDS = ("smaller", "limit", "cut", "moved")
TOP = 24
"""Of the small spaces: whatever has no limit has room below."""

Request = tuple[tuple[Block, ...], tuple[Wish, ...]]


def has_places(request: Request) -> bool:
    """By trying all; sizes that are free are one unit, which is the least that is asked for."""
    blocks, wishes = request
    least = tuple(replace(each, size=each.size or each.unit) for each in wishes)
    for chosen in product(*(list(shapes(each)) for each in blocks)):
        puts = tuple((*shape, each.when) for shape, each in zip(chosen, blocks, strict=True))
        fits = all(apart(puts[:number], put) for number, put in enumerate(puts))
        if fits and next(wished(least, puts), None) is not None:
            return True
    return False


def only(reasons: Iterable[Reason], wishes: tuple[Wish, ...]) -> Request:
    """What is asked where nothing else holds."""
    reasons = tuple(reasons)
    blocks = tuple(each.block for each in reasons if each.block is not None)
    found = []
    for each in wishes:
        mine = [reason for reason in reasons if reason.kind != "block" and reason.name == each.name]
        unit = each.unit if any(reason.kind == "unit" for reason in mine) else 1
        sized = each.size is None or any(reason.kind == "size" for reason in mine)
        upper = tuple(one.limit for one in mine if one.kind == "upper" and one.limit)
        lower = tuple(one.limit for one in mine if one.kind == "lower" and one.limit)
        size = each.size if sized else unit
        found.append(Wish(each.name, size, unit, upper or (Limit(TOP, ""),), lower, each.when))
    return blocks, tuple(found)


def impossible_cases(*, bends: bool, most: int) -> Iterator[tuple[Request, Impossible]]:
    top = 9 if bends else 12
    requests = (case(seed, top, 2 if bends else 3, bends=2 if bends else 0) for seed in count())
    asked = ((blocks, wishes) for blocks, wishes in requests if place(blocks, wishes) is None)
    yield from ((request, why_not(*request, top=TOP)) for request in islice(asked, most))


@pytest.mark.parametrize(("bends", "most"), [(False, 150), (True, 40)])
def test_reasons_are_needed_and_enough(bends: bool, most: int) -> None:
    met: Counter[str] = Counter()
    for (blocks, wishes), answer in impossible_cases(bends=bends, most=most):
        reasons = answer.reasons
        assert {each.block for each in reasons} <= {None, *blocks}
        assert not has_places(only(reasons, wishes)), (blocks, wishes)
        for dropped in reasons:
            rest = only((each for each in reasons if each is not dropped), wishes)
            assert has_places(rest), (blocks, wishes, dropped)
            assert place(*rest) is not None
            met[dropped.kind] += 1
    assert bends or min(met[kind] for kind in ("block", "upper", "lower", "unit", "size")) >= 10, met


def steps(request: Request, reason: Reason, kind: str) -> Iterator[tuple[int, Request]]:
    """Every change of a kind with its price, the least first."""
    blocks, wishes = request
    if reason.block is not None:
        block = reason.block
        others = tuple(each for each in blocks if each is not block)
        least = max(block.least, block.unit)
        if kind == "cut" and not block.shrinks:
            for size in range(block.size - block.unit, least - 1, -block.unit):
                shorter = replace(block, end=block.start + size)
                yield block.size - size, ((*others, shorter), wishes)
        if kind == "moved" and not block.moves:
            both = block.start | block.size
            unit = both & -both
            yield (
                block.size,
                (others, (*wishes, Wish(block.name, block.size, unit, (Limit(TOP, ""),), (), block.when))),
            )
        return
    (mine,) = [each for each in wishes if each.name == reason.name]
    changed: list[tuple[int, Wish]] = []
    if kind == "smaller" and reason.kind == "size" and mine.size is not None:
        sizes = range(mine.size - mine.unit, 0, -mine.unit)
        changed = [(mine.size - size, replace(mine, size=size)) for size in sizes]
    if kind == "limit" and reason.limit is not None:
        address, upper = reason.limit.address, reason.kind == "upper"
        addresses = range(address + 1, TOP + 1) if upper else range(address - 1, -1, -1)
        for other in (each for each in addresses if each % mine.unit == 0):
            limits = (Limit(other, ""),)
            moved = replace(mine, upper=limits) if upper else replace(mine, lower=limits)
            changed.append((abs(other - address), moved))
    for price, new in changed:
        yield price, (blocks, tuple(new if each is mine else each for each in wishes))


@pytest.mark.parametrize(("bends", "most"), [(False, 500), (True, 40)])
def test_what_helps_is_told_with_the_least_price(bends: bool, most: int) -> None:
    """And nothing is left out: where no step of a kind helps, none is told."""
    met: Counter[str] = Counter()
    for request, answer in impossible_cases(bends=bends, most=most):
        told: dict[tuple[Reason, str], Relaxation] = {
            (each.changes[0].reason, each.changes[0].kind): each
            for each in answer.relaxations
            if len(each.changes) == 1
        }
        met["more than one"] += not told
        assert len(told) in (0, len(answer.relaxations))
        for reason, kind in product(answer.reasons, KINDS):
            helping = (price for price, changed in steps(request, reason, kind) if has_places(changed))
            expected = next(helping, None)
            found = told.pop((reason, kind), None)
            assert (None if found is None else found.price) == expected, (request, reason, kind)
            if found is not None:
                stands(found, request)
                met[kind] += 1
        assert not told
        for each in answer.relaxations:
            stands(each, request)
    assert bends or min(met[kind] for kind in KINDS) >= 10, met
    assert bends or met["more than one"] >= 10, met


def stands(relaxation: Relaxation, request: Request) -> None:
    """Places are beside each other and beside all blocks that were not changed."""
    blocks, wishes = request
    given_way = {each.reason.name for each in relaxation.changes}
    given_way |= {each.name for each in relaxation.places.changed}
    puts = tuple((each.start, each.end, each.when) for each in blocks if each.name not in given_way)
    for each, one in zip(relaxation.places.regions, wishes, strict=True):
        assert apart(puts, (each.start, each.end, one.when))
        puts = (*puts, (each.start, each.end, one.when))


# Several changes: every pair of them, of whatever reasons there are, in every amount.


def every_reason(request: Request) -> Iterator[Reason]:
    blocks, wishes = request
    for block in blocks:
        yield Reason("block", block.name, block.size, "", block=block)
    for each in wishes:
        yield from (Reason("upper", each.name, one.address, "", one) for one in each.upper)
        yield from (Reason("lower", each.name, one.address, "", one) for one in each.lower)
        yield Reason("size", each.name, each.size or each.unit, "")


def pairs_that_help(request: Request) -> dict[frozenset[tuple[str, str, str]], int]:
    """The least price of each two changes of different reasons that make room together; needs no order of the two."""
    ways = [*product(every_reason(request), KINDS)]
    found: dict[frozenset[tuple[str, str, str]], int] = {}
    for (one, how), (other, way) in combinations(ways, 2):
        if one == other:
            continue
        amounts = [
            (price + more, both)
            for price, changed in steps(request, one, how)
            for more, both in steps(changed, other, way)
        ]
        if amounts and has_places(max(amounts, key=lambda each: each[0])[1]):  # as much as there is of both
            prices = (
                price for price, changed in sorted(amounts, key=lambda each: each[0]) if has_places(changed)
            )
            found[frozenset({(one.kind, one.name, how), (other.kind, other.name, way)})] = next(prices)
    return found


def told_pairs(answer: Impossible) -> dict[frozenset[tuple[str, str, str]], int]:
    found: dict[frozenset[tuple[str, str, str]], int] = {
        frozenset((one.reason.kind, one.reason.name, one.kind) for one in each.changes): each.price
        for each in answer.relaxations
    }
    assert len(found) == len(answer.relaxations)
    return found


def crowded(seed: int) -> Request:
    """Two wishes in a small space, each with limits of its own, and regions that are in the way of both."""
    dice = random.Random(seed)
    blocks: list[Block] = []
    puts: tuple[Put, ...] = ()
    for number in range(dice.randrange(1, 4)):
        start = dice.randrange(1, 12)
        put = (start, min(start + dice.randrange(1, 4), 13), None)
        if apart(puts, put):
            blocks.append(Block(f"B{number}", put[0], put[1]))
            puts = (*puts, put)
    wishes = []
    for number in range(2):
        low, unit = dice.choice([1, 1, dice.randrange(1, 9)]), dice.choice([1, 1, 2])
        high = min(low + dice.randrange(1, 7), 13)
        wishes.append(wish(f"W{number}", dice.randrange(1, 4) * unit, unit, low, high))
    return tuple(blocks), tuple(wishes)


def test_two_changes_where_one_is_not_enough() -> None:
    """Exactly the pairs that help are told, each for the least that it can cost."""
    met: Counter[str] = Counter()
    for seed in count():
        if met["pairs"] == 200:
            break
        request = crowded(seed)
        if place(*request) is not None:
            continue
        answer = why_not(*request, top=TOP)
        assert answer.all_tried
        if answer.relaxations and len(answer.relaxations[0].changes) == 1:
            continue
        expected = pairs_that_help(request)
        if answer.relaxations and len(answer.relaxations[0].changes) > 2:
            assert not expected, (seed, request)
            met["more"] += 1
            continue
        assert told_pairs(answer) == expected, (seed, request)
        met["pairs"] += 1
        met["conflicts"] += bool(answer.others)
        for each in answer.relaxations:
            stands(each, request)
            met.update(one.kind for one in each.changes)
    assert min(met[kind] for kind in (*KINDS, "conflicts")) >= 10, met


def test_two_that_share_what_they_give_up() -> None:
    """Neither the least of the one nor that of the other is cheapest: 18, with 12 off the first, not 19."""
    blocks = (Block("B0", 35, 39), Block("B2", 21, 25), Block("B3", 57, 62))
    request: Request = (blocks, (wish("W0", 20, 4, 1, 28), wish("W1", 15, 3, 1, 18)))
    answer = why_not(*request, top=TOP)
    both = frozenset({("size", "W0", "smaller"), ("size", "W1", "smaller")})
    assert told_pairs(answer)[both] == pairs_that_help(request)[both] == 18


@pytest.mark.parametrize("asked", [(0, 1), (1, 2), (0, 1, 2)])
def test_wishes_that_are_impossible_each_by_itself(asked: tuple[int, ...]) -> None:
    """Each conflict is told, and what is cheapest for each by itself makes room for all together."""
    blocks = (Block("A", 4, 10), Block("B", 20, 30), Block("C", 45, 50))
    all_wishes = (wish("W0", 8, 1, 1, 10), wish("W1", 9, 1, 12, 28), wish("W2", 12, 1, 32, 50))
    wishes = tuple(all_wishes[number] for number in asked)
    answer = why_not(blocks, wishes, top=60)
    alone = [why_not(blocks, [each], top=60) if place(blocks, [each]) is None else None for each in wishes]
    impossible = [each for each in alone if each is not None]
    assert len(impossible) == len(asked) - (2 in asked)  # the last has [32, 45)
    assert {each.reasons for each in impossible} == {answer.reasons, *answer.others}
    assert all(len(each.changes) == len(impossible) for each in answer.relaxations)
    least = sum(min(each.relaxations, key=lambda one: one.price).price for each in impossible)
    assert min(each.price for each in answer.relaxations) == least


def test_a_solver_that_gives_up_on_a_change_leaves_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot hold together is proved; that not all was tried is said, and nothing is told that was not."""
    request: Request = ((Block("B", 2, 9, shrinks=True, least=6),), (wish("W", 8, 1, 1, 12),))
    whole = why_not(*request, top=TOP)
    assert whole.all_tried
    assert whole.relaxations
    search = impossible_module._Search(request, TOP, 30.0)

    def tired(*_: object, **__: object) -> bool:
        raise UndecidedError("tired")

    monkeypatch.setattr(impossible_module, "possible", tired)
    answer = search.result()
    assert (answer.reasons, answer.relaxations, answer.all_tried) == (whole.reasons, (), False)
    monkeypatch.undo()
    monkeypatch.setattr(impossible_module, "MOST_TRIES", 3)
    answer = why_not(*request, top=TOP)
    assert (answer.reasons, answer.relaxations, answer.all_tried) == (whole.reasons, (), False)


def test_there_are_places() -> None:
    with pytest.raises(ValueError, match="there are places"):
        why_not((), [wish("A", 1)])


def test_head_has_190_mib_below_1_gib() -> None:
    """The largest free stretch lies below the ECAM, from the redistributors' end on in whole 2 MiB."""
    blocks = blocks_of(open_source("xen-4.22").layout())
    asked = [Wish("NEW", 256 * MIB, 2 * MIB, (Limit(GIB, "asked"),))]
    answer = why_not(blocks, asked)
    assert {each.kind for each in answer.reasons} == {"size", "upper", "block"}
    prices = {(each.changes[0].reason.name, each.changes[0].kind): each.price for each in answer.relaxations}
    assert prices["NEW", "smaller"] == 66 * MIB
    assert prices["GUEST_VPCI_ECAM", "moved"] == 256 * MIB
    assert "NEW has only 0xbe00000 (190 MiB), 66 MiB less than 256 MiB" in [
        str(each) for each in answer.relaxations
    ]
    (least,) = least_times(lambda: why_not(blocks, asked), rounds=3)
    assert least < slowness()


def test_three_wishes_of_head() -> None:
    """Two of them impossible by themselves, the third in what is left: within a second, and what is told adds up.

    256 MiB below 1 GiB have 190 MiB at most; above 4 GiB all of 40 bits is a vPCI window and RAM1.
    """
    blocks = blocks_of(open_source("xen-4.22").layout())
    width = Limit(1 << 40, "40 ipa bits")
    asked = [
        Wish("LOW", 256 * MIB, 2 * MIB, (width, Limit(GIB, "asked"))),
        Wish("HIGH", 8 * GIB, 2 * MIB, (width,), (Limit(4 * GIB, "asked"),)),
        Wish("SMALL", 16 * MIB, 2 * MIB, (width,)),
    ]
    answer = why_not(blocks, asked, top=1 << 40)
    assert [
        {each.name for each in reasons} & {"LOW", "HIGH", "SMALL"}
        for reasons in (answer.reasons, *answer.others)
    ] == [
        {"LOW"},
        {"HIGH"},
    ]
    prices = {
        tuple((one.reason.name, one.kind) for one in each.changes): each.price for each in answer.relaxations
    }
    assert prices[("LOW", "smaller"), ("GUEST_RAM1", "cut")] == 66 * MIB + 8 * GIB
    (least,) = least_times(lambda: why_not(blocks, asked, top=1 << 40), rounds=3)
    assert least < slowness()
