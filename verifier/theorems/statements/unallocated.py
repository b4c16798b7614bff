"""The host RAM that a domain cannot own: dom0 and direct-mapped domains without IOMMU (find_unallocated_memory)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import both, negate, word
from verifier.logic.word import uint64
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.producer import Pass, Producer, Way
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, regions, stretches
from verifier.theorems.vocabulary.assumptions import GRANT, PAGE, SENSIBLE, WIDTH, bounded
from verifier.theorems.vocabulary.completeness import MOST, capped, complete, fitting, takes_most
from verifier.theorems.vocabulary.hypervisor import (
    GUESTS_ONLY,
    TAKEN,
    ascending,
    avoids,
    in_guests,
    of_each_region,
    overlaps,
    set_theorems,
    shape,
    taken_away,
    theorem,
)
from verifier.theorems.vocabulary.passes import (
    X,
    adding_passes,
    assigned,
    from_set,
    number_of,
    passes_of,
    span,
    touches,
)
from verifier.xen import unallocated
from verifier.xen.ext_regions import LEAST, xen_reg_loops
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Xen
from verifier.xen.unallocated import Taken

_CITES = (
    Cite(
        "xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c",
        "find_unallocated_memory (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions",
    ),
)
RAM_PAGES = Assumption(
    "ram-of-pages",
    "every bank of the host's RAM begins and ends at a multiple of 4 KiB",
    "memory nodes or the EFI memory map; Xen does not check it",
    lambda setting: all(start % PAGE == 0 and size % PAGE == 0 for start, size in setting.ram),
)
LITTLE_RAM = Assumption(
    "little-ram",
    f"the banks of the host's RAM have no room for more than {MOST} times 64 MiB together: as many regions as there can be, "
    "but for 4.16.0",
    "the board",
    lambda setting: sum(size for _, size in setting.ram) // LEAST <= MOST,
)
EXAMPLE = Setting(
    ram=((0x40000000, 0x80000000), (0x100000000, 0x80000000)),
    domain=((0x48000000, 0x8000000),),
    reserved=((0x60000000, 0x100000),),
    shared=((0x70000000, 0x1000000),),
    xen_reg=((0x50000000, 0x2000),),
    grant=(0x40200000, 0x40000),
)


def outcome(xen: Xen, setting: Setting) -> Outcome:
    """The integer reading."""
    return unallocated.find(
        xen, ipa_bits=setting.ipa_bits, ram=[Span(*each) for each in setting.ram], taken=taken_of(setting)
    )


def taken_of(setting: Setting) -> Taken:
    """What is taken away, of plain integers."""
    domain, reserved, shared, passthrough = (
        [Span(*each) for each in pairs]
        for pairs in (setting.domain, setting.reserved, setting.shared, setting.xen_reg)
    )
    return Taken(Span(*setting.grant), domain, reserved, shared, passthrough)


def _passes(xen: Xen) -> Sequence[Pass]:
    grant = span("grant")
    taken = Taken(grant, (span("domain"),), (span("reserved"),), (span("shared"),), (span("xen_reg"),))
    loops = unallocated.loops(xen, (span("ram"),), taken, (grant,), assigned(xen))
    return passes_of(xen, (*xen_reg_loops(xen, taken.passthrough), *loops))


def _ways(xen: Xen) -> Sequence[Way]:
    return (from_set(xen),)


PRODUCER = Producer(
    "unallocated", "dom0 and direct-mapped domains without IOMMU", _CITES,
    lambda xen: xen.behaviours["extended-regions"].name != "none", _passes, _ways, outcome, (WIDTH,), (EXAMPLE,),
    "RAM banks, reserved memory, shared memory, xen,reg", ((2, 2), (2, 1), (1, 2), (1, 1)),
)  # fmt: skip


def ram_pass(xen: Xen) -> tuple[Pass, Span]:
    """The pass for an arbitrary bank of RAM, and the bank."""
    found = next(each for each in PRODUCER.passes(xen) if each.over == "host RAM")
    assert isinstance(found.entry, Span)
    return found, found.entry


def in_ram(xen: Xen) -> tuple[Obligation, ...]:
    """The number of a byte in no bank is never added: a bank is about its own pages only."""
    number, (found, ram) = number_of(xen, X), ram_pass(xen)
    pages = Assumed(RAM_PAGES, both(rule.multiple(ram.start, PAGE), rule.multiple(ram.size, PAGE)))
    outside = Assumed("`x` is no byte of the bank.", negate(rule.has(ram.start, ram.size, X)))
    says = "The pass for a bank that does not have the byte is not about its number."
    given = {found.over: (pages, outside)}
    return tuple(
        each.claims(
            each.name, says, lambda touched: negate(touches(number, touched)), *given.get(each.over, ())
        )
        for each in adding_passes(PRODUCER.passes(xen))
    )


def fits(xen: Xen) -> tuple[Obligation, ...]:
    """Regions of 64 MiB or more that lie apart in little RAM are few: each by itself, any two, and how many there are.

    The ways to a region, and the pieces of which the later one is the second, are those of what the cap drops as well.
    """
    count, held = word("regions"), uint64.shift_right(word("ram_bytes"), LEAST.bit_length() - 1)
    lemma = Assumed(
        "By the others each region, dropped or not, has 64 MiB of RAM that no other has.", count <= held
    )
    says = "There are not more regions than there can be."
    return (
        *of_each_region(PRODUCER, xen, "The size is 64 MiB or more.", lambda region: rule.minimum_size(region.size)),
        *ascending(xen),
        *in_ram(xen),
        obligation("count", says, (Assumed(LITTLE_RAM, held <= MOST), lemma), lambda: None,
                   lambda _: Claim(count <= xen.value("region-cap"))),
    )  # fmt: skip


def outside_ram(setting: Setting, outcome: Outcome) -> Violation | None:
    """A region that holds an address in no bank."""
    return violation.outside(regions(outcome), "bank of RAM", stretches(setting.ram))


def _left_out(setting: Setting, outcome: Outcome) -> Violation | None:
    taken = (*setting.domain, *setting.reserved, *setting.shared, *setting.xen_reg, setting.grant)
    last = 1 << setting.ipa_bits
    space = [(start, min(end, last)) for start, end in stretches(setting.ram)]
    return violation.unoffered(outcome, space, stretches(taken))


def added(xen: Xen) -> tuple[Obligation, ...]:
    """The number of a byte of a bank is added."""
    number, (found, ram) = number_of(xen, X), ram_pass(xen)
    inside = Assumed("`x` is a byte of the bank.", rule.has(ram.start, ram.size, X))
    says = "The pass for a bank is about the number of each of its bytes."
    return (found.claims(found.name, says, partial(touches, number), inside),)


def not_skipped(xen: Xen) -> tuple[Obligation, ...]:
    """The grant region is taken away."""
    grant = span("grant")
    given = Assumed(GRANT, bounded(grant))
    says = "A grant region that is not empty is not skipped."
    kept = obligation(
        "not-skipped",
        says,
        (given,),
        lambda: unallocated.grant_removed(xen, grant),
        lambda left: Claim(len(left) == 1),
    )
    return (kept, *(taken_away(PRODUCER, xen, "grant region") or ()))


def _grant_is_last(xen: Xen) -> bool:
    """Whether no removal follows that of the grant region: then it does not matter whether one gives something back."""
    return PRODUCER.passes(xen)[-1].over == "grant region"


def _theorems() -> Iterator[Theorem]:
    yield from shape(PRODUCER)
    yield from set_theorems(PRODUCER, (SENSIBLE, GRANT))
    uses = (*TAKEN, "unallocated/inside-holes", "unallocated/preconditions-if-sensible")
    yield theorem(PRODUCER, "inside-host-ram", lambda _: None, outside_ram, assumptions=(SENSIBLE, GRANT))
    yield theorem(
        PRODUCER,
        "inside-host-ram",
        in_ram,
        outside_ram,
        assumptions=(SENSIBLE, GRANT, RAM_PAGES),
        suffix="-if-whole-pages",
        uses=uses,
    )
    for name, over, field in (
        ("avoids-domain-ram", "domain RAM", "domain"),
        ("avoids-reserved-memory", "reserved memory", "reserved"),
    ):
        yield avoids(PRODUCER, name, over, overlaps(over, field), assumptions=(SENSIBLE, GRANT))
    for name, over, field in GUESTS_ONLY:
        yield avoids(
            PRODUCER,
            name,
            over,
            overlaps(over, field),
            assumptions=(SENSIBLE, GRANT),
            applies=in_guests(PRODUCER),
        )
    grant = theorem(
        PRODUCER, "avoids-grant-region", not_skipped, overlaps("grant region", "grant"), assumptions=(SENSIBLE, GRANT)
    )  # fmt: skip
    whole = (*uses, "unallocated/within-ipa")
    yield replace(grant, uses=lambda xen: whole if not _grant_is_last(xen) else tuple(
        "rangeset/take" if name == "rangeset/remove" else name for name in whole
    ))  # fmt: skip
    yield complete(PRODUCER, _left_out, assumptions=(SENSIBLE, GRANT), more=added)
    yield from capped(PRODUCER, (SENSIBLE, GRANT))
    yield theorem(
        PRODUCER, "cap", fits, lambda _, made: violation.dropped(made), applies=takes_most(PRODUCER),
        assumptions=(SENSIBLE, GRANT, RAM_PAGES, LITTLE_RAM), suffix="-if-little-ram",
        uses=(*uses, "unallocated/within-ipa"),
    )  # fmt: skip
    yield theorem(PRODUCER, "registers-fit", lambda xen: fitting(PRODUCER, xen), violation.truncated)


THEOREMS = tuple(_theorems())
