"""What holds of a domain's regions wherever dom0's RAM and grant region lie, or a place of them that breaks it.

Refuted is what a concrete placement breaks that the allocator can come to; proved is what theorems about the producer
(`verifier prove unallocated`), applied to the lists of this board, say of all placements, with what of the board is
the same in all of them checked in integers. What neither tells is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from verifier.layout import units
from verifier.layout.board_finding import BoardFinding, Placement
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.finding import Verdict
from verifier.layout.host import Host
from verifier.layout.obstacle import BoardMap, gaps, merged
from verifier.layout.offer import Offer
from verifier.rules.boards import facts
from verifier.rules.boards.catalogue import board_rules, judged_by, whole
from verifier.rules.boards.rule import PAGE, BoardRule
from verifier.theorems.on_a_board import Applied, applied
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.verdict import Prover
from verifier.xen.free_ram import free_ram, ram_of
from verifier.xen.heap_left import most_banks
from verifier.xen.host_regions import predict, reserves_shared
from verifier.xen.offers import offer, offers
from verifier.xen.placements import doubts_of_building, placements, text_places
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject

_SAME = ("permissions-match", "no-overlap")
"""Properties that no placement changes."""
_SHOWN = 6
"""Pieces of free RAM that are told."""
_NO_LIMIT = 4e6
"""Seconds: z3 counts milliseconds in 32 bits."""


def judged(
    host: Host, xen: Xen, given: Given, board: BoardMap, subject: Subject, domain: DomainMap
) -> tuple[BoardFinding, ...]:
    """Every property of one domain whose regions are open, but for that of guest kernels. Raises InternalError."""
    every = offer(host, xen, given, board, subject, replace(domain, extended_regions=(), boots=True))
    tried = tuple(placements(host, xen, given))
    broken = _broken(host, xen, tried, board, every)
    found: list[BoardFinding] = []
    for rule in (each for each in board_rules() if each.asked(every)):
        if rule.id in broken:
            found += broken[rule.id]
        elif rule.id in _SAME:
            found += judged_by(rule, every)
        elif not tried:
            found.append(whole(rule, every, Verdict.UNKNOWN, f"vacuous: {_no_place(host, given)}", 0))
        else:
            found.append(_everywhere(_Board(host, xen, given, subject, every), rule))
    return tuple(found)


def building(host: Host, xen: Xen, given: Given, board: BoardMap, offer: Offer) -> tuple[BoardFinding, ...]:
    """What the place of dom0's memory does to `built`, of a domain whose regions do not depend on it; empty for nothing."""
    rule = next(each for each in board_rules() if each.id == "built")
    tried = tuple(placements(host, xen, given))
    if not tried:
        return (whole(rule, offer, Verdict.UNKNOWN, _no_place(host, given), 0),)
    if offer.domain.boots:
        return ()
    return tuple(_broken(host, xen, tried, board, offer).get("built", ()))


def _no_place(host: Host, given: Given) -> str:
    """Why no placement was tried."""
    free = free_ram(host, given)
    pieces = ", ".join(f"{each} {units.size(each.size)}" for each in free[:_SHOWN])
    more = f" and {len(free) - _SHOWN} more" if len(free) > _SHOWN else ""
    return (
        "no run of allocate_memory_11 was found that gives dom0 its memory and leaves a place for Xen's text; "
        f"of the host's RAM are free {pieces}{more}"
    )


@cache
def _prover() -> Prover:
    """One for all widths: what it has proved it keeps.

    Only the steps that z3 takes bound it, which are the same on every machine: a limit of time would have an answer depend
    on how busy that was, and what it had cut short would be kept for the boards that follow.
    """
    return Prover(timeout=_NO_LIMIT)


def _broken(
    host: Host, xen: Xen, tried: tuple[Given, ...], board: BoardMap, every: Offer
) -> Mapping[str, list[BoardFinding]]:
    """Refutations by property, of the first placement that shows any: the plain ones come first.

    `every` is the domain's offer where its memory lies anywhere.
    """
    found: dict[str, list[BoardFinding]] = {}
    for placed in tried:
        maps = tuple(each for each in predict(host, xen, placed) if each.name == every.name)
        place = Placement(placed.dom0_banks or (), placed.grant_region)
        asked = [each for each in board_rules() if each.id not in _SAME and each.id not in found]
        for placed_offer in offers(host, xen, placed, board, maps):
            for finding in (each for rule in asked for each in judged_by(rule, placed_offer)):
                if finding.verdict == Verdict.REFUTED:
                    found.setdefault(finding.property, []).append(replace(finding, placement=place))
    return found


@dataclass(frozen=True, slots=True)
class _Board:
    """One domain on one board in all placements."""

    host: Host
    xen: Xen
    given: Given
    subject: Subject
    every: Offer
    """Without banks, and without a grant region if that is open."""

    @property
    def kept(self) -> tuple[Extent, ...]:
        """What Xen takes away wherever dom0's memory lies."""
        reserved = [Extent(bank.start, bank.end) for bank in self.host.reserved]
        shared = [
            Extent(each.host, each.host + each.size) for each in self.host.shared if each.host is not None
        ]
        return merged((*reserved, *shared))

    @property
    def whole(self) -> tuple[Extent, ...]:
        """What would be offered of if dom0 had no memory: no placement has a region with a byte outside."""
        pages = [facts.outward(each) for each in ram_of(self.host, self.given)]
        return gaps(pages, [facts.inward(each, PAGE) for each in self.kept])

    def setting(self) -> Setting | None:
        """The lists of the board, with single pages for the banks; None if there is no room for them."""
        host, given = self.host, self.given
        free = text_places(host, given)
        pages = _pages(free, most_banks(host, self.xen, given, self.subject) + 1)
        if pages is None:
            return None
        banks = [_pair(each) for each in given.dom0_banks or ()] or pages[1:]
        return Setting(
            ipa_bits=given.ipa_bits,
            ram=tuple(_pair(each) for each in given.ram or ())
            or tuple((bank.start, bank.size) for bank in host.memory),
            domain=tuple(banks),
            reserved=tuple((bank.start, bank.size) for bank in host.reserved),
            shared=()
            if reserves_shared(host)
            else tuple((each.host, each.size) for each in host.shared if each.host is not None),
            xen_reg=tuple(
                (span.start, span.size)
                for span in self.subject.passthrough or ()
                if isinstance(span.start, int) and isinstance(span.size, int)
            ),
            grant=pages[0] if given.grant_region is None else _pair(given.grant_region),
            cells=self.subject.cells,
        )


def _everywhere(board: _Board, rule: BoardRule) -> BoardFinding:
    """Proved or unknown."""
    setting = board.setting()
    if rule.id == "built":
        few = Applied(False) if setting is None else applied(_prover(), board.xen, setting, rule.id)
        doubts = doubts_of_building(board.host, board.xen, board.given, board.subject, apart_in_ram=few.holds)
        return _found(board, rule, doubts[0] if doubts else "", few.theorems, len(few.theorems) + 1)
    if setting is None:
        return _found(
            board, rule, "there is no free RAM in which dom0's memory and Xen's text could lie", (), 0
        )
    told = applied(_prover(), board.xen, setting, rule.id)
    if not told.holds:
        return _found(board, rule, f"no placement that was tried breaks it, and {told.reason}", (), 0)
    doubt = next(_ARITHMETIC[rule.id](board), "") if rule.id in _ARITHMETIC else ""
    return _found(board, rule, doubt, told.theorems, len(told.theorems) + (rule.id in _ARITHMETIC))


def _found(board: _Board, rule: BoardRule, doubt: str, rests: tuple[str, ...], checked: int) -> BoardFinding:
    if doubt:
        return whole(
            rule, board.every, Verdict.UNKNOWN, f"not for every place of dom0's memory: {doubt}", checked
        )
    message = f"{rule.title}, wherever dom0's memory and Xen's text lie"
    return whole(rule, board.every, Verdict.PROVED, message, checked, rests)


def _clear(board: _Board) -> Iterator[str]:
    """What the producer does not look at must not lie in what it offers of, which must be RAM for the specification too."""
    yield from _ram_unknown(board)
    ram = (Extent(each.start, min(each.end, board.every.top)) for each in ram_of(board.host, board.given))
    for part in gaps(ram, (*facts.space(board.every), *board.kept)):
        yield f"Xen takes {part} for RAM, which is none by {board.every.ram_origin}"
    known = {Extent(bank.start, bank.end) for bank in board.host.reserved}
    for each in facts.obstacles(board.every):
        if each.extent in known or each.kind in ("domain-ram", "grant-region"):
            continue
        for part in board.whole:
            if max(part.start, each.extent.start) < min(part.end, each.extent.end):
                yield f"{each} lies in {part}, which Xen may offer of"


def _fitting(board: _Board) -> Iterator[str]:
    starts, sizes = (1 << 32 * count for count in board.every.cells)
    for part in board.whole:
        if part.end > starts or part.size >= sizes:
            yield f"a region of {part} ({units.size(part.size)}) may not fit the cells of the root"
    for place in board.every.grant_places:
        if place.end > starts:
            yield f"the grant region may lie in {place}"


def _grant_fits(board: _Board) -> Iterator[str]:
    for place in board.every.grant_places:
        if place.end > board.every.top:
            yield f"the grant region may lie in {place}"


def _grant_holds(board: _Board) -> Iterator[str]:
    rule = next(each for each in board_rules() if each.id == "minimum-size")
    yield from rule.judge(board.every).doubts


def _no_more(board: _Board) -> Iterator[str]:
    """Space that the specification has for free, and Xen has not, would be lost in every placement.

    Of a page that Xen keeps a byte of it offers none.
    """
    yield from _ram_unknown(board)
    ram = [facts.outward(each) for each in ram_of(board.host, board.given)]
    for part in gaps(facts.free(board.every), gaps(ram, map(facts.outward, board.kept))):
        yield f"{part} is free, and Xen does not look at it"


def _ram_unknown(board: _Board) -> Iterator[str]:
    """Xen reads a memory node whose `reg` ends in the middle of a pair; the specification has no RAM of it."""
    if not board.every.ram:
        yield f"{board.every.ram_origin} tells no RAM of the host that can be read: --ram or a log does"


_ARITHMETIC: Mapping[str, Callable[[_Board], Iterator[str]]] = {
    "one-to-one-holes": _clear,
    "registers-fit": _fitting,
    "within-ipa": _grant_fits,
    "minimum-size": _grant_holds,
    "complete": _no_more,
}
"""What of a property is the same in all placements, as doubts."""


def _pages(free: tuple[Extent, ...], count: int) -> list[Pair] | None:
    """So many pages of free RAM, apart from each other; None if there are fewer."""
    found: list[Pair] = []
    for each in free:
        for start in range(each.start, each.end, PAGE):
            if len(found) == count:
                return found
            found.append((start, PAGE))
    return found if len(found) == count else None


def _pair(extent: Extent) -> Pair:
    return extent.start, extent.size
