"""Paths: every number takes exactly one, and the value on it is what the code computes on that number."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.logic.terms import EDGES, TOP
from verifier.logic.bits import Bits, both, evaluate, word
from verifier.logic.paths import Path, paths
from verifier.logic.word import Truth, Word, holds, larger
from verifier.xen import domu_holes, ext_regions, libxl_regions, rangeset
from verifier.xen.libxl_regions import Iomem
from verifier.xen.memory_holes import Described, _touched
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen, xen

Make = Callable[[str], Word]


def _range(make: Make, name: str) -> Range:
    return Range(make(f"{name}_start"), make(f"{name}_end"))


def _span(make: Make, name: str) -> Span:
    return Span(make(f"{name}_start"), make(f"{name}_size"))


def _pieces(ranges: tuple[Range, ...]) -> list[Word]:
    return [number for each in ranges for number in (each.start, each.end)]


def _region(made: Span | None) -> list[Word]:
    return [] if made is None else [made.start, made.size]


def _one(_xen: Xen, make: Make) -> list[Word]:
    return _pieces(rangeset.left_of_one(_range(make, "a"), make("s"), make("e")))


def _several(xen: Xen, make: Make) -> list[Word]:
    return _pieces(rangeset.left_of_several(xen, _range(make, "a"), _range(make, "b"), make("s"), make("e")))


def _filter(xen: Xen, make: Make) -> list[Word]:
    return _region(ext_regions.region_of(xen, _range(make, "a")))


def _rest(_xen: Xen, make: Make) -> list[Word]:
    return _region(domu_holes.rest(make("last"), _span(make, "w"), make("used")))


def _cut(_xen: Xen, make: Make) -> list[Word]:
    before, start, done = libxl_regions.cut_one(make("s"), make("e"), Iomem(make("gfn"), make("count")))
    return [*_pieces(before), start, int(done)]


def _entry(xen: Xen, make: Make) -> list[Word]:
    return _pieces((_touched(xen, Described(make("a_start"), make("a_size"))),))


CODE = (_one, _several, _filter, _rest, _cut, _entry)


def _number(rng: random.Random, earlier: list[int]) -> int:
    if earlier and rng.random() < 0.5:
        return (rng.choice(earlier) + rng.choice((-1, 0, 1, 4095, 4096, 1 << 21, 1 << 26))) & TOP
    return rng.choice((rng.choice(EDGES), rng.randrange(1 << 34), rng.randrange(1 << 64)))


@pytest.mark.parametrize("tag", ["4.17.7", "4.20.0", "head"])
@pytest.mark.parametrize("code", CODE)
def test_every_number_takes_one_path_with_the_value_of_the_code(
    code: Callable[[Xen, Make], list[Word]], tag: str
) -> None:
    rng, release = random.Random(4), xen(tag)
    found: list[Path[list[Word]]] = list(paths(lambda: code(release, word)))
    taken = set()
    for _ in range(600):
        names: dict[str, int] = {}

        def make(name: str, names: dict[str, int] = names) -> int:
            return names.setdefault(name, _number(rng, list(names.values())))

        wanted = code(release, make)
        for each in found:  # names that this run did not need
            for name in _names(each.condition, *each.value):
                make(name)
        matching = [n for n, each in enumerate(found) if evaluate(each.condition, names)]
        assert len(matching) == 1
        taken.add(matching[0])
        assert [evaluate(each, names) for each in found[matching[0]].value] == wanted
    assert len(taken) > len(found) // 3


def _names(*terms: Word | Truth) -> list[str]:
    from verifier.logic.bits import parts

    return [each.text for each in parts(*terms) if isinstance(each, Bits) and not each.arguments]


def test_the_same_question_has_the_same_answer_on_a_path() -> None:
    a, b = word("a"), word("b")
    found = list(paths(lambda: (holds(a < b), holds(a < b), larger(a, b))))
    assert all(first is second for first, second, _ in (each.value for each in found))
    assert len(found) == 4  # a < b, and b <= a: that they depend on each other the solver knows


def test_what_is_not_possible_is_cut_off() -> None:
    a = word("a")

    def possible(condition: Truth) -> bool:
        return any(evaluate(condition, {"a": number}) for number in (0, 5, 9))

    found = list(paths(lambda: (holds(a < 5), holds(a < 3), holds(a < 9)), possible=possible))
    assert [each.value for each in found] == [(True, True, True), (False, False, True), (False, False, False)]


def test_too_many_paths_are_an_error() -> None:
    with pytest.raises(RuntimeError, match="more than 20 paths"):
        list(paths(lambda: [holds(word(f"n{index}") < 5) for index in range(5)], most=20))


def test_conditions_are_conjunctions() -> None:
    a = word("a")
    found = list(paths(lambda: holds(a < 5) and holds(a < 3)))
    assert [each.value for each in found] == [True, False, False]
    assert evaluate(both(found[0].condition), {"a": 2}) == 1
