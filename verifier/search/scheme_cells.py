"""The four cells of a delivery scheme: what each guest comes to under each Xen, computed from the facts of a `World`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from verifier.layout.consumer import Consumer
from verifier.layout.scheme import NOTICED, Heuristic, Scheme
from verifier.layout.scheme_report import (
    BREAKS,
    GUEST,
    GUESTS,
    HOST,
    RANKED,
    SOUND,
    STEALS,
    UNDECIDED,
    XENS,
    Cell,
    Example,
    Part,
    worst,
)
from verifier.layout.units import listing, size
from verifier.reading.models import PAGE
from verifier.search.scheme_places import Trouble, by_theorems, extent_of, of_layout, release_of, troubles
from verifier.search.scheme_units import trouble as unit_trouble
from verifier.search.scheme_widths import trouble as width_trouble
from verifier.search.scheme_world import World, alike

_GRANT = "GUEST_GNTTAB"
Found = tuple[str, Trouble]
"""Who it is about, and what: `Trouble` with any word."""


def cells(world: World, scheme: Scheme, *, whole_unit: bool) -> tuple[Cell, ...]:
    """Old Xen first, old guest first; `whole_unit` is whether the heuristic of that name is proved."""
    return tuple(
        _cell(world, scheme, old_xen, old_guest, whole_unit=whole_unit)
        for old_xen in XENS
        for old_guest in GUESTS
    )


def _cell(world: World, scheme: Scheme, on: str, guest: str, *, whole_unit: bool) -> Cell:
    tags = world.old if on == "old" else _newer(world, scheme)
    judge = _Judge(world, scheme, world.schemes.rule_of(scheme), whole_unit=whole_unit)
    found = judge.new_guests if guest == "new" else judge.old_guests
    return _gathered(on, guest, tags, lambda tag: found(tag, on))


def _gathered(on: str, guest: str, tags: tuple[str, ...], judged: Callable[[str], Iterable[Found]]) -> Cell:
    """A cell of what was found for each release; equal reasons are one part."""
    parts: dict[tuple[str, str], tuple[list[str], list[str], Trouble]] = {}
    for tag in reversed(tags):  # of equal reasons the newest example is kept
        for who, found in judged(tag):
            names, releases, _ = parts.setdefault((found.word, found.why), ([], [], found))
            names += [] if who in names else [who]
            releases += [] if tag in releases else [tag]
    made = [
        Part(word, why, tuple(names), tuple(reversed(releases)), found.example)
        for (word, why), (names, releases, found) in parts.items()
    ]
    return Cell(on, guest, tags, tuple(sorted(made, key=lambda each: RANKED.index(each.word))))


def host_cell(world: World, scheme: Scheme) -> Cell | None:
    """What dom0 and direct-mapped domains are offered, by theorems alone; None where no release has the scheme."""
    names = scheme.place.host_theorems
    if not scheme.known or not names:
        return None
    return _gathered("new", HOST, world.new, lambda tag: ((HOST, each) for each in _of_host(tag, names)))


def _of_host(tag: str, names: tuple[str, ...]) -> tuple[Trouble, ...]:
    sound = Trouble(SOUND, "what it is offered is free, as far as the theorems assume")
    return by_theorems(tag, names) or (sound,)


def _newer(world: World, scheme: Scheme) -> tuple[str, ...]:
    """Releases that have the scheme; of one that none has, the newest, or the one that a proposal changes."""
    if scheme.known:
        return world.new
    return (release_of(scheme.place),) if scheme.place.kind == "proposal" else world.releases[-1:]


class _Judge:
    """One scheme in one world."""

    def __init__(self, world: World, scheme: Scheme, rule: Heuristic | None, *, whole_unit: bool) -> None:
        self._world, self._scheme, self._rule, self._whole_unit = world, scheme, rule, whole_unit

    def old_guests(self, tag: str, on: str) -> Iterator[Found]:
        """Each kernel that does not know the scheme."""
        for each in self._world.consumers:
            if not (self._scheme.known and each.takes is not None):
                for found in self._old_guest(each, tag, on):
                    yield each.name, found

    def _old_guest(self, consumer: Consumer, tag: str, on: str) -> Iterator[Trouble]:
        if consumer.grant:
            found = [each for each in self._reg0(tag, on) if each.bits in (None, consumer.bits)]
            if found:
                yield from found
                return
        where = "its grant frames lie in reg[0]" if consumer.grant else "it reads no address of the node"
        if consumer.name in self._world.schemes.own_pages:
            yield Trouble(SOUND, f"{where}; it maps no foreign pages, and grants its own")
        else:
            yield Trouble(STEALS, f"{where}; it {consumer.none}")

    def _reg0(self, tag: str, on: str) -> Iterator[Trouble]:
        """What is wrong with reg[0] as the place of grant frames."""
        if on == "old" or not self._scheme.in_grant:
            yield from of_layout(f"xen-{alike(tag)}", _GRANT)
            return
        yield from self._place(tag)
        least = max(self._world.grant[each].size for each in self._world.old)
        there = extent_of(self._scheme.place) if self._scheme.place.kind == "proposal" else None
        if there is None:
            yield Trouble(UNDECIDED, "the size of reg[0] is not known")
        elif there.size < least:
            yield Trouble(BREAKS, f"reg[0] has {size(there.size)}, and the original region {size(least)}")

    def new_guests(self, tag: str, on: str) -> Iterator[Found]:
        """Each guest that knows the scheme."""
        if not self._scheme.known:
            yield from ((GUEST, found) for found in self._worst(self._future(tag, on)))
            return
        for each in self._world.consumers:
            if each.takes is not None:
                yield from ((each.name, found) for found in self._worst(self._kernel(each, tag, on)))

    def _worst(self, found: Iterator[Trouble]) -> list[Trouble]:
        """All of the worst word; sound if there is none."""
        some = list(found)
        if not some:
            return [Trouble(SOUND, f"it uses {self._scheme.place.title}, {self._free()}")]
        word = worst(each.word for each in some)
        return [each for each in some if each.word == word]

    def _free(self) -> str:
        """Why the place is free, and what becomes of a guest for which there is none."""
        place = self._scheme.place
        families = sorted({name.partition("/")[0] for name in place.theorems})
        why = (
            f"free by the theorems on {listing(families)}"
            if families
            else "free by the rules of `verifier check`"
        )
        looks = self._rule is not None and self._rule.kind in ("any-region", "whole-unit")
        return f"{why}; where there is none that it can use, it gives up RAM" if looks else why

    def _kernel(self, consumer: Consumer, tag: str, on: str) -> Iterator[Trouble]:
        if on == "old":
            yield from self._without(f"it {consumer.none}", tag)
            return
        yield from self._place(tag)
        yield from self._rule_troubles((consumer,), tag)

    def _future(self, tag: str, on: str) -> Iterator[Trouble]:
        if on == "old":
            yield from self._without("it gives up its own RAM", tag)
            return
        yield from self._place(tag)
        if self._scheme.in_grant and self._scheme.place.kind == "proposal":
            yield from self._too_small(extent_of(self._scheme.place).size, tag)
        takers = tuple(each for each in self._world.consumers if each.takes is not None)
        yield from self._rule_troubles(takers, tag)

    def _without(self, instead: str, tag: str) -> Iterator[Trouble]:
        """What a new guest does under a Xen without the scheme."""
        scheme = self._scheme
        if scheme.old in NOTICED:
            yield Trouble(STEALS, f"{scheme.old_says}; {instead}")
        elif scheme.old == "has-less":
            there = self._world.grant[tag].size
            if there < self._threshold():
                yield Trouble(STEALS, f"reg[0] has {size(there)}, less than it trusts; {instead}")
            else:
                found = (*of_layout(f"xen-{alike(tag)}", _GRANT), *self._too_small(there, tag))
                yield from found or (
                    Trouble(SOUND, f"reg[0] has {size(there)}, enough for all that it maps"),
                )
        elif scheme.place.kind == "theorems":
            yield Trouble(
                BREAKS, "nothing tells it that this Xen names no space: it takes for an answer what is none"
            )
        else:
            yield from self._place(tag)
            yield from self._rule_troubles((), tag)

    def _place(self, tag: str) -> tuple[Trouble, ...]:
        return troubles(self._scheme.place, tag, self._world.schemes.need.foreign)

    def _threshold(self) -> int:
        """Bytes that reg[0] must have to be trusted; 0 for a guest that does not look."""
        if self._rule is None or self._rule.kind not in ("at-least", "above-old"):
            return 0
        return threshold(self._world, self._rule)

    def _too_small(self, there: int, tag: str) -> Iterator[Trouble]:
        need = self._world.schemes.need
        if there < need.total:
            yield Trouble(
                BREAKS,
                f"reg[0] has {size(there)}, and {size(need.grant)} of grant frames and {size(need.foreign)} of foreign "
                f"pages take {size(need.total)}: {size(need.total - there)} are missing, and it gives up no RAM",
                _reg0_example(self._world, tag) if there == self._world.grant[tag].size else None,
            )

    def _rule_troubles(self, takers: tuple[Consumer, ...], tag: str) -> Iterator[Trouble]:
        kind = "" if self._rule is None else self._rule.kind
        if kind == "any-region":
            found = (unit_trouble(tag, each) for each in takers)
            yield from (each for each in found if each is not None)
        elif kind == "whole-unit" and not self._whole_unit:
            yield Trouble(UNDECIDED, "its heuristic, whole-unit, is not proved")
        elif kind == "own-width":
            yield from width_trouble(self._world.schemes.widths, tag, self._world.schemes.need.foreign)


def threshold(world: World, rule: Heuristic) -> int:
    """Bytes of reg[0] from which on a heuristic trusts it."""
    if rule.kind == "at-least":
        return rule.size
    return max(each.size for each in world.grant.values()) + PAGE


def _reg0_example(world: World, tag: str) -> Example:
    return Example({"release": tag}, (("reg[0]", world.grant[tag]),), world.grant[tag].end)
