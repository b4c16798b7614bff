"""Why regions have no place: reasons and what would help, each against all places there are, tried one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count, islice, product

import pytest

from tests.search.test_place import apart, case, shapes, wish, wished
from tests.timing import least_times, slowness
from verifier.layout.placing import Block, Impossible, Limit, Reason, Relaxation, Wish
from verifier.reading.source import open_source
from verifier.search.blocks import blocks_of
from verifier.search.impossible import why_not
from verifier.search.place import place

MIB, GIB = 1 << 20, 1 << 30
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
            unit = block.unit if block.unit > 1 else both & -both
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
            (each.reason, each.kind): each for each in answer.relaxations
        }
        assert len(told) == len(answer.relaxations)
        for reason, kind in product(answer.reasons, ("smaller", "limit", "cut", "moved")):
            helping = (price for price, changed in steps(request, reason, kind) if has_places(changed))
            expected = next(helping, None)
            found = told.pop((reason, kind), None)
            assert (None if found is None else found.price) == expected, (request, reason, kind)
            if found is not None:
                stands(found, request)
                met[kind] += 1
        assert not told
    assert bends or min(met[kind] for kind in ("smaller", "limit", "cut", "moved")) >= 10, met


def stands(relaxation: Relaxation, request: Request) -> None:
    """Places are beside each other and beside all blocks that were not changed."""
    blocks, wishes = request
    given_way = {relaxation.reason.name, *(each.name for each in relaxation.places.changed)}
    puts = tuple((each.start, each.end, each.when) for each in blocks if each.name not in given_way)
    for each, one in zip(relaxation.places.regions, wishes, strict=True):
        assert apart(puts, (each.start, each.end, one.when))
        puts = (*puts, (each.start, each.end, one.when))


def test_there_are_places() -> None:
    with pytest.raises(ValueError, match="there are places"):
        why_not((), [wish("A", 1)])


def test_head_has_190_mib_below_1_gib() -> None:
    """The largest free stretch lies below the ECAM, from the redistributors' end on in whole 2 MiB."""
    blocks = blocks_of(open_source("xen-4.22").layout())
    asked = [Wish("NEW", 256 * MIB, 2 * MIB, (Limit(GIB, "asked"),))]
    answer = why_not(blocks, asked)
    assert {each.kind for each in answer.reasons} == {"size", "upper", "block"}
    prices = {(each.reason.name, each.kind): each.price for each in answer.relaxations}
    assert prices["NEW", "smaller"] == 66 * MIB
    assert prices["GUEST_VPCI_ECAM", "moved"] == 256 * MIB
    assert "NEW with 0xbe00000 (190 MiB) fits, 66 MiB less than 256 MiB" in [
        str(each) for each in answer.relaxations
    ]
    (least,) = least_times(lambda: why_not(blocks, asked), rounds=3)
    assert least < slowness()
