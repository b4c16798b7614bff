"""Mutants of comments: wrong by one, right in another unit, left behind by what they speak of."""

from __future__ import annotations

from collections.abc import Iterator

from tests.mutants.header import GROUPS, Amount, Group
from tests.mutants.mutants import PROVED, REFUTED, STEMS, Mutant, at, base_name, mutant, size, start
from tests.mutants.world import MIB, PAGE

UNITS = {"K": 1 << 10, "KB": 1 << 10, "M": MIB, "MB": MIB, "G": 1 << 30, "GB": 1 << 30}
GOOD, BAD = ({"comments-agree": verdict, "stable": PROVED} for verdict in (PROVED, REFUTED))


def _commented() -> Iterator[tuple[Group, int, Amount]]:
    """Every amount of every comment of head."""
    for group in GROUPS:
        for index, amount in enumerate(group.amounts):
            yield group, index, amount


def _with(group: Group, index: int, amount: Amount) -> dict[str, tuple[Amount, ...]]:
    return {group.names[0]: (*group.amounts[:index], amount, *group.amounts[index + 1 :])}


def off_by_one() -> Iterator[Mutant]:
    """One unit more or less, and far off."""
    for group, index, (number, unit) in _commented():
        for other in (number - 1, number + 1, 5 * number):
            if other > 0:
                changed = _with(group, index, Amount(other, unit))
                name = f"{group.names[0]}, amount {index}: {Amount(other, unit)} for {Amount(number, unit)}"
                yield mutant(name, {}, BAD, near=other != 5 * number, comments=changed)


def other_units() -> Iterator[Mutant]:
    """The same amount in another unit, and one such unit more or less."""
    for group, index, (number, unit) in _commented():
        if unit not in UNITS:
            continue
        for other, worth in UNITS.items():
            total = number * UNITS[unit]
            if total % worth or other == unit:
                continue
            for step, aims in ((-1, BAD), (0, GOOD), (1, BAD)):
                amount = Amount(total // worth + step, other)
                if amount.number and (step == 0 or worth < UNITS[unit]):
                    name = f"{group.names[0]}, amount {index}: {amount} for {number}{unit}"
                    yield mutant(name, {}, aims, near=True, comments=_with(group, index, amount))


def left_behind() -> Iterator[Mutant]:
    """A region with a page more or less, with and without the comment following."""
    commented = {name: group for group in GROUPS if group.amounts for name in group.names}
    for stem in STEMS:
        group = commented.get(base_name(stem))
        if group is None or stem in ("GICD", "GICV3_GICR0"):
            continue
        for step in (-PAGE, PAGE):
            changes = at(stem, start(stem), size(stem) + step)
            bad, good = {"comments-agree": REFUTED}, {"comments-agree": PROVED}
            if start(stem) == size(stem):
                bad = {}  # "256MB" and "4GB" are bases of their regions as well
            yield mutant(f"{stem} {step:+#x}, same comment", changes, bad, near=True)
            told = (Amount((size(stem) + step) >> 10, "KB"), *_rest(stem, step))
            follows = {group.names[0]: told}
            name = f"{stem} {step:+#x}, comment follows"
            yield mutant(name, changes, good, near=True, comments=follows)
    for vcpus in (127, 129):
        changes = at("GICV3_GICR0", start("GICV3_GICR0"), vcpus * 0x20000)
        yield mutant(f"redistributors for {vcpus}", changes, {"comments-agree": REFUTED}, near=True)
        told = (Amount(vcpus, "vCPU0.."),)
        follows = {"GUEST_GICV3_GICR0_BASE": told}
        name = f"redistributors for {vcpus}, comment follows"
        yield mutant(name, changes, {"comments-agree": PROVED}, near=True, comments=follows)
        promise = {"GUEST_MAX_VCPUS": vcpus}
        yield mutant(f"{vcpus} vCPUs, same comment", promise, {"comments-agree": REFUTED}, near=True)
        told = (Amount(vcpus, "vCPUs"),)
        follows = {"GUEST_MAX_VCPUS": told}
        name = f"{vcpus} vCPUs, comment follows"
        yield mutant(name, promise, {"comments-agree": PROVED}, near=True, comments=follows)


def _rest(stem: str, step: int) -> tuple[Amount, ...]:
    """The second amount of a comment, where it has one."""
    if stem == "GNTTAB":
        return (Amount((size(stem) + step) // PAGE, "pages"),)
    return (Amount(start(stem) >> 20, "MB"),) if stem in ("RAM0", "RAM1", "VPCI_PREFETCH_MEM") else ()


def moved() -> Iterator[Mutant]:
    """A bank moved by a page, with and without the comment following."""
    for stem in ("RAM0", "RAM1", "VPCI_PREFETCH_MEM"):
        for step in (-PAGE, PAGE):
            changes = at(stem, start(stem) + step)
            first = next(group for group in GROUPS if base_name(stem) in group.names)
            amounts = (first.amounts[0], Amount((start(stem) + step) >> 10, "KB"))
            name = f"{stem} moved by {step:+#x}"
            bad = {} if start(stem) == size(stem) else {"comments-agree": REFUTED}
            yield mutant(f"{name}, same comment", changes, bad, near=True)
            follows = {first.names[0]: amounts}
            aims = {"comments-agree": PROVED}
            yield mutant(f"{name}, comment follows", changes, aims, near=True, comments=follows)


FAMILIES = (off_by_one, other_units, left_behind, moved)
