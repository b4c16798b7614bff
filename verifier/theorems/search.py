"""Counterexamples found by trying: round numbers, few entries, in a fixed order; then made smaller.

Bounded, so it proves nothing: what it does not find may be there. Which inputs a producer looks at, the
example of its theorems tells (the fields that are not empty in it); the rest stays as in an empty setting. Tried
are, in turn, all inputs with no entry in any list, with one, and so on, from a short list of starts and sizes;
after two come combs, many entries at equal distances, for what only many can break. Frames, text and amounts are
not varied: theorems about dom0's memory and grant region have examples of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Theorem
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.release import Xen

PAGE, MIB, GIB = 1 << PAGE_SHIFT, 1 << 20, 1 << 30
STARTS = (2 * GIB, 4 * GIB, 2 * GIB + 128 * MIB, 3 * GIB, 6 * GIB, GIB - 120 * MIB)
SIZES = (256 * MIB, 2 * GIB, 8 * GIB)
FEW = ((2 * GIB, 256 * MIB), (4 * GIB, 256 * MIB), (2 * GIB + 128 * MIB, 256 * MIB), (3 * GIB, 2 * GIB))
"""Two apart, one that begins inside the first and ends beyond it, one that begins between them and ends beyond both."""
ODD = ((2 * GIB, 0), (2 * GIB, PAGE), (2 * GIB + PAGE // 2, GIB - PAGE // 2), (2 * GIB, (1 << 64) - GIB))
"""A list may have an empty entry, a page, one that begins within a page, one that wraps."""
USED = (GIB, 3 * GIB, 0)
CELLS = ((2, 2), (2, 1), (1, 1))
GRANTS: tuple[Pair, ...] = ((GIB - 128 * MIB, 16 * MIB), (2 * GIB + 64 * MIB, 128 * MIB), (2 * GIB, 0))
"""Of the guest layout, where no RAM is; inside RAM; empty, at the start of RAM."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a search goes."""

    entries: int = 4
    """In all lists together, apart from combs."""
    combs: tuple[int, ...] = (127, 128, 255, 256)
    """Lengths of combs."""
    tries: int = 300_000
    """Inputs; a count, not a time, so that every machine finds the same."""

    @property
    def label(self) -> str:
        """What a search without result may say."""
        return f"bounded: {self.entries} entries, {self.tries} inputs"


def search(theorem: Theorem, xen: Xen, limits: Limits | None = None) -> Setting | None:
    """An input that satisfies every assumption and breaks the theorem, made smaller; None if none is found."""
    limits = limits or Limits()
    for tried, setting in enumerate(candidates(theorem, limits)):
        if tried >= limits.tries:
            break
        if breaks(theorem, xen, setting):
            return shrink(theorem, xen, setting)
    return None


def breaks(theorem: Theorem, xen: Xen, setting: Setting) -> bool:
    """Whether an input satisfies the assumptions of a theorem and breaks it in a release."""
    if theorem.violation is None or not all(each.admits(setting) for each in theorem.assumptions):
        return False
    return theorem.violation(xen, setting) is not None


def candidates(theorem: Theorem, limits: Limits) -> Iterator[Setting]:
    """Inputs in the order in which they are tried; the same in every run."""
    lists, bases = _lists(theorem), _bases(theorem)
    every = [(name, pair) for name in lists for pair in _pairs(name)]
    few = [(name, pair) for name in lists for pair in _few(name)]
    for count in range(limits.entries + 1):
        if count == 3:
            yield from _combs(lists, bases, limits)
        for base in bases:
            for chosen in combinations(every if count < (3 if base == bases[0] else 2) else few, count):
                yield _with(base, chosen)
    if limits.entries < 3:
        yield from _combs(lists, bases, limits)


def _combs(lists: Sequence[str], bases: Sequence[Setting], limits: Limits) -> Iterator[Setting]:
    for length, name, base in product(limits.combs, lists, bases):
        around = [(other, (GIB, 1 << 38)) for other in lists if other != name]
        for more in ((), *((each,) for each in around)):
            yield _with(base, [*more, *((name, tooth) for tooth in _comb(name, length))])


def shrink(theorem: Theorem, xen: Xen, setting: Setting) -> Setting:
    """The same counterexample with as little as possible: entries dropped, then numbers made smaller and rounder.

    No single entry of what is returned can be dropped. Raises ValueError for what is no counterexample.
    """
    if not breaks(theorem, xen, setting):
        raise ValueError(f"this does not break {theorem.name} in {xen.tag}")
    still: Callable[[Setting], bool] = lambda smaller: breaks(theorem, xen, smaller)  # noqa: E731
    while True:
        smaller = _step(setting, still)
        if smaller is None:
            return setting
        setting = smaller


def without_one(setting: Setting) -> Iterator[Setting]:
    """The input less one entry of a list, for each."""
    for name in _PAIR_LISTS:
        entries = getattr(setting, name)
        for index in range(len(entries)):
            yield _changed(setting, {name: (*entries[:index], *entries[index + 1 :])})


_PAIR_LISTS = ("reg", "ranges", "ram", "domain", "reserved", "shared", "xen_reg", "iomem")


def _step(setting: Setting, still: Callable[[Setting], bool]) -> Setting | None:
    """The first smaller input that is still one; long lists are halved first."""
    for name in _PAIR_LISTS:
        entries = getattr(setting, name)
        cut = len(entries) // 2
        while cut > 1:
            for index in range(0, len(entries), cut):
                fewer = _changed(setting, {name: (*entries[:index], *entries[index + cut :])})
                if still(fewer):
                    return fewer
            cut //= 2
    for smaller in (*without_one(setting), *_plainer(setting)):
        if still(smaller):
            return smaller
    return None


def _plainer(setting: Setting) -> Iterator[Setting]:
    """The input with one number replaced by a plainer one; entries of long lists stay as they are."""
    for name in _PAIR_LISTS:
        entries: Sequence[Pair] = getattr(setting, name)
        if len(entries) > 8:
            continue
        for index, (start, size) in enumerate(entries):
            unit = 1 if name != "iomem" else PAGE
            for pair in (
                *((each, size) for each in _simpler(start, unit)),
                *((start, each) for each in _simpler(size, unit)),
            ):
                yield _changed(setting, {name: (*entries[:index], pair, *entries[index + 1 :])})
    for index, used in enumerate(setting.used):
        for each in _simpler(used, 1):
            yield replace(setting, used=(*setting.used[:index], each, *setting.used[index + 1 :]))
    if setting.cells not in ((2, 2), (2, 1)):
        yield replace(setting, cells=(2, 1))


def _simpler(number: int, unit: int) -> Iterator[int]:
    """Plainer numbers in the order of plainness: fewer bits first, then smaller; not zero."""
    rounded = {number & ~(part - 1) for part in (PAGE, 2 * MIB, 64 * MIB, GIB)}
    powers = {1 << bit for bit in range(12, 41)} if number else set()
    for each in sorted((value // unit for value in rounded | powers if value >= unit), key=plainness):
        if plainness(each) < plainness(number):
            yield each


def plainness(number: int) -> tuple[int, int]:
    """Smaller for plainer numbers."""
    return bin(number).count("1"), number


def _lists(theorem: Theorem) -> list[str]:
    """The lists of pairs that the producer looks at."""
    if not theorem.examples:
        return ["ram", "reserved"]
    return [name for name in _PAIR_LISTS if getattr(theorem.examples[0], name)]


def _bases(theorem: Theorem) -> list[Setting]:
    """Inputs without entries: cells, bits and used memory vary where the producer looks at them."""
    example = theorem.examples[0] if theorem.examples else Setting()
    base = replace(Setting(), windows=example.windows, used=example.used, grant=GRANTS[0])
    found = [base]
    if example.windows:
        found = [replace(base, used=(used, 0)) for used in USED]
        found += [replace(each, bits=32) for each in found[:1]]
        beyond = example.windows[0][0] + example.windows[0][1]
        found.append(replace(found[0], grant=(beyond, example.windows[1][0] - beyond)))
    else:
        found += [replace(base, grant=grant) for grant in GRANTS[1:]]
        found += [replace(base, cells=cells) for cells in CELLS[1:]]
    return found if theorem.examples else [Setting()]


def _few(name: str) -> Sequence[Pair]:
    return FEW if name != "iomem" else _pairs(name)


def _pairs(name: str) -> list[Pair]:
    if name == "iomem":
        return [(start >> PAGE_SHIFT, count) for start in (2 * GIB, 2 * GIB + 4 * MIB) for count in (1, 512)]
    return [*((start, size) for size, start in product(SIZES, STARTS)), *ODD]


def _comb(name: str, length: int) -> list[Pair]:
    """Entries of 2 MiB (RAM: 64 MiB) with 126 MiB between them, from 8 GiB."""
    size = 64 * MIB if name == "ram" else 2 * MIB
    found = [(8 * GIB + 128 * MIB * (index + 1), size) for index in range(length)]
    return (
        [(start >> PAGE_SHIFT, count >> PAGE_SHIFT) for start, count in found] if name == "iomem" else found
    )


def _with(base: Setting, chosen: Sequence[tuple[str, Pair]]) -> Setting:
    lists: dict[str, tuple[Pair, ...]] = {}
    for name, pair in chosen:
        lists[name] = (*lists.get(name, ()), pair)
    return _changed(base, lists)


def _changed(setting: Setting, lists: Mapping[str, tuple[Pair, ...]]) -> Setting:
    changed: dict[str, Any] = dict(lists)
    return replace(setting, **changed)
