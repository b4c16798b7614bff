"""One good and one bad offer for each rule, the message in full; and what must not be said to be proved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.bad_guests import BAD_GUESTS
from tests.rules.boards.guests import WHOLE
from tests.rules.boards.offers import (
    DEVICE,
    GUEST,
    MIB,
    NO_IOMMU,
    RAM,
    SOUND,
    TOP,
    obstacle,
    used,
    with_domain,
)
from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import Extent, NamedRegion, TreeSize
from verifier.layout.finding import Verdict, Witness
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import DevicePages, Offer, Operation
from verifier.rules.boards.catalogue import board_rules, judge

PRODUCER = "find_memory_holes"
SMALL = (Extent(0x8200000, 0x17E00000), Extent(0x80200000, 0x86000000))
"""252 MiB and 94 MiB, with no whole 128 MiB at a multiple of it: 0x10000000 to 0x18000000 has 2 MiB too little."""
MOVED = replace(SOUND, regions=(Extent(0, RAM.start), Extent(RAM.end, TOP)))
"""The region reaches over the device at 3 GiB."""
TWO_PAGES = Extent(0xC0000000, 0xC0002000)
BAD: list[tuple[str, Offer, tuple[str, ...]]] = [
    ("built", with_domain(SOUND, boots=False, reasons=("Xen stops in f (x): y",)), ("Xen stops in f (x): y",)),
    (
        "one-to-one-holes",
        MOVED,
        (
            "extended region 1 of d0 [0x80000000, 0x100000000) covers 4 KiB of /uart reg[0] [0xc0000000, 0xc0001000), "
            "registers of a device: [0xc0000000, 0xc0001000)",
        ),
    ),
    (
        "one-to-one-holes",
        replace(NO_IOMMU, regions=(Extent(0x40400000, 0x50000000), Extent(0x60000000, RAM.end + 2 * MIB))),
        ("extended region 1 of d0 [0x60000000, 0x80200000) has 2 MiB outside the host's RAM: [0x80000000, 0x80200000)",),
    ),
    (
        "no-overlap",
        replace(GUEST, regions=(Extent(0x4FE00000, 0x80000000),)),
        (
            "extended region 0 of d0 [0x4fe00000, 0x80000000) covers 2 MiB of RAM bank 0 of d0 [0x40000000, 0x50000000), "
            "RAM of the domain: [0x4fe00000, 0x50000000)",
        ),
    ),
    (
        "no-overlap",
        replace(GUEST, regions=(Extent(0x50000000, 0x80200000),)),
        (
            "extended region 0 of d0 [0x50000000, 0x80200000) has 2 MiB outside the RAM windows of the guest layout: "
            "[0x80000000, 0x80200000)",
        ),
    ),
    (
        "no-overlap",
        replace(GUEST, regions=(Extent(0x50000000, 0x70200000), Extent(0x70000000, 0x80000000))),
        (
            "extended region 0 of d0 [0x50000000, 0x70200000) and extended region 1 of d0 [0x70000000, 0x80000000) "
            "overlap by "
            "2 MiB: [0x70000000, 0x70200000)",
        ),
    ),
    (
        "registers-fit",
        replace(SOUND, cells=(1, 1), regions=(Extent(0, RAM.start), Extent(TOP, 2 * TOP + 64 * MIB))),
        (
            "extended region 1 of d0 [0x100000000, 0x204000000) is read as [0x0, 0x4000000), 64 MiB: 0x100000000 "
            "does not fit "
            "the 32 bits of #address-cells = <1> of the root",
        ),
    ),
    (
        "registers-fit",
        replace(SOUND, cells=(2, 1), regions=(Extent(RAM.end, RAM.end + TOP),)),
        (
            "extended region 0 of d0 [0x80000000, 0x180000000) is read as [0x80000000, 0x80000000), 0 bytes: "
            "0x100000000 does "
            "not fit the 32 bits of #size-cells = <1> of the root",
        ),
    ),
    (
        "aligned",
        replace(SOUND, regions=(Extent(0x1000, RAM.start), *SOUND.regions[1:])),
        ("extended region 0 of d0 [0x1000, 0x40000000) starts at 0x1000, 4 KiB above a multiple of 2 MiB",),
    ),
    (
        "minimum-size",
        replace(SOUND, regions=(Extent(0, 62 * MIB), *SOUND.regions[1:])),
        ("extended region 0 of d0 [0x0, 0x3e00000) has 62 MiB, 2 MiB less than the 64 MiB that a region has at least",),
    ),
    (
        "minimum-size",
        replace(SOUND, grant_frames=1024),
        (
            "the grant region of d0 [0x40200000, 0x40240000) has 256 KiB; its 1024 grant frames need 4 MiB, 3840 KiB more",
        ),
    ),
    (
        "within-ipa",
        replace(SOUND, regions=(*SOUND.regions[:2], Extent(0xC0200000, TOP + 2 * MIB))),
        (
            "extended region 2 of d0 [0xc0200000, 0x100200000) does not fit 32 ipa bits: 2 MiB lie at or above 0x100000000 "
            "(4 GiB)",
        ),
    ),
    (
        "preconditions",
        replace(SOUND, operations=(Operation("/x reg[0]", 0x1000, 0),)),
        (
            "/x reg[0] has a size of 0 at 0x1000: find_memory_holes then asks for the frames from 0x1 to 0x0, "
            "which ends before "
            "it starts",
        ),
    ),
    (
        "preconditions",
        replace(SOUND, operations=(Operation("/x reg[0]", 0, 0),)),
        (
            "/x reg[0] has a size of 0 at 0x0: find_memory_holes then asks for the frames from 0x0 to "
            "0xfffffffffffff, which is "
            "everything",
        ),
    ),
    (
        "preconditions",
        replace(SOUND, operations=(Operation("/x reg[0]", 2**64 - 0x1000, 0x3000),)),
        (
            "/x reg[0] has 0x3000 bytes from 0xfffffffffffff000: it ends 8 KiB above 2^64, and the end wraps",
        ),
    ),
    (
        "complete",
        replace(SOUND, regions=SOUND.regions[:2]),
        (
            "1022 MiB of free space are not offered to d0: [0xc0200000, 0x100000000) of the hole [0xc0200000, 0x100000000) "
            "(1022 MiB), above /uart reg[0] [0xc0000000, 0xc0001000) and up to the end of the address space",
        ),
    ),
    (
        "permissions-match",
        replace(
            SOUND,
            devices=(
                DevicePages("/uart reg[0]", DEVICE.extent, DEVICE.extent, Extent(0xC0000000, 0xC0002000)),
            ),
        ),
        (
            "4 KiB are permitted to dom0 that none of its devices has: "
            "[0xc0001000, 0xc0002000); iomem_permit_access takes [0xc0000000, 0xc0002000) for /uart reg[0] "
            "[0xc0000000, 0xc0001000)",
        ),
    ),
    (
        "permissions-match",
        replace(
            SOUND,
            devices=(DevicePages("/x reg[0]", Extent(0xC0000800, 0xC0001800), DEVICE.extent, TWO_PAGES),),
        ),
        (
            "4 KiB of /x reg[0] [0xc0000800, 0xc0001800) are not mapped to dom0: [0xc0001000, 0xc0002000); "
            "map_range_to_domain takes [0xc0000000, 0xc0001000)",
        ),
    ),
    (
        "consumer-usable",
        used(replace(SOUND, regions=SMALL), "linux"),
        (
            "linux can use none of 2 regions (346 MiB) by whole 128 MiB at multiples of it: the largest, "
            "extended region 0 of d0, is [0x8200000, 0x17e00000) (252 MiB)",
        ),
    ),
    (
        "consumer-usable",
        used(replace(SOUND, regions=(SOUND.regions[1], SOUND.regions[0])), "linux"),
        (
            "linux uses none of 2 regions (2 GiB): extended region 1 of d0, which it reads as [0x0, 0x40000000), begins "
            "below 0xc0000000, where the one before it, [0x80000000, 0xc0000000), ends",
        ),
    ),
    (
        "consumer-usable",
        used(SOUND, "zephyr"),
        ("zephyr uses none of 3 regions (3070 MiB): extended region 0 of d0, [0x0, 0x40000000), begins at address 0",),
    ),
    (
        "consumer-usable",
        used(replace(SOUND, regions=(Extent(0x1000, 0x2000800),)), "zephyr"),
        (
            "zephyr uses none of 1 region (~32.0 MiB): extended region 0 of d0, which it reads as [0x1000, 0x2000800), "
            "begins or ends inside a page of 4 KiB",
        ),
    ),
    *BAD_GUESTS,
]  # fmt: skip


def of(rule: str, offer: Offer, verdict: str = "refuted") -> list[BoardFinding]:
    return [each for each in judge(offer) if (each.property, str(each.verdict)) == (rule, verdict)]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_the_message_of_a_bad_offer(number: int) -> None:
    rule, offer, messages = BAD[number]
    assert tuple(each.message for each in of(rule, offer)) == messages


def test_of_the_few_refutations_of_a_bad_offer_none_is_left_out() -> None:
    """What has one thing wrong with it does not fail in more places than are listed."""
    assert not any(each.more for rule, offer, _ in BAD for each in of(rule, offer))


def test_every_rule_has_a_bad_offer_and_holds_of_a_good_one() -> None:
    """What is asked of a guest's own tree has tests of its own."""
    asked = {rule.id for rule in board_rules()} - {"device-tree-agrees"}
    assert {rule for rule, _, _ in BAD} == asked
    proved = {
        each.property
        for offer in (used(SOUND, "linux"), GUEST, NO_IOMMU, WHOLE)
        for each in judge(offer)
        if each.verdict == "proved"
    }
    assert proved == asked
    assert not [
        each
        for offer in (SOUND, GUEST, NO_IOMMU, WHOLE)
        for each in judge(offer)
        if each.verdict == "refuted"
    ]


def test_a_cap_drops_a_region() -> None:
    """Its space is not lost twice: `complete` leaves it to `preconditions`."""
    offer = replace(with_domain(SOUND, dropped=SOUND.regions[2:]), regions=SOUND.regions[:2])
    (found,) = of("preconditions", offer)
    assert found.message == (
        "1 more region of 1022 MiB in all, from [0xc0200000, 0x100000000) on, are beyond the most that Xen takes: dropped "
        "without a word"
    )
    assert of("complete", offer) == []


def test_a_tree_that_does_not_fit() -> None:
    tree = TreeSize(200, 210, 90, 100, fits=False)
    (found,) = of("built", with_domain(SOUND, boots=False, reasons=("too large",), tree=tree))
    assert found.witness == Witness("too-small", found=100, needed=200)
    for fits in (True, None):  # then it is something else that stops Xen
        other = replace(tree, fits=fits)
        (found,) = of("built", with_domain(SOUND, boots=False, reasons=("z",), tree=other))
        assert found.witness is not None
        assert found.witness.kind == "stops"
    assert [str(each.verdict) for each in judge(with_domain(SOUND, boots=False, reasons=("z",)))].count(
        "not-applicable"
    ) == 9


HEAP = NamedRegion("xenstore page", None, "a page of Xen's heap")
XEN_REG = NamedRegion("xen,reg", None, "no partial tree")
OPEN: list[tuple[str, Offer]] = [
    ("built", with_domain(SOUND, boots=None, reasons=("whether it fits",))),
    ("one-to-one-holes", replace(SOUND, ram=())),
    ("complete", replace(SOUND, ram=())),
    # Without IOMMU where RAM, grant region and pages of Xen's heap lie decides.
    ("one-to-one-holes", with_domain(NO_IOMMU, banks=None)),
    ("complete", with_domain(NO_IOMMU, banks=None)),
    ("one-to-one-holes", with_domain(NO_IOMMU, grant_region=None)),
    ("one-to-one-holes", replace(with_domain(NO_IOMMU, regions=(HEAP,)), hardware=False)),
    # xen,reg is removed by no release before 4.21, so regions are known where it is not.
    ("one-to-one-holes", replace(with_domain(SOUND, regions=(XEN_REG,)), hardware=False)),
    ("no-overlap", with_domain(GUEST, regions=(XEN_REG,))),
    ("no-overlap", with_domain(GUEST, banks=None)),
    # dom0's grant region lies somewhere in the RAM: one cell holds no address above 4 GiB, 64 frames are not 1024.
    ("registers-fit", replace(with_domain(SOUND, grant_region=None), cells=(1, 2), ram=(Extent(TOP, TOP + RAM.size),))),
    ("within-ipa", replace(with_domain(SOUND, grant_region=None), ram=(Extent(TOP, TOP + RAM.size),))),
    ("minimum-size", replace(with_domain(SOUND, grant_region=None), grant_frames=1024)),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(OPEN)))
def test_what_nobody_told_is_not_proved(number: int) -> None:
    rule, offer = OPEN[number]
    assert [str(each.verdict) for each in judge(offer) if each.property == rule] == ["unknown"]


def test_an_open_grant_region_in_known_ram_breaks_nothing() -> None:
    """With IOMMU none of the RAM is offered, whatever of it is Xen's text."""
    assert {
        str(each.verdict)
        for each in judge(replace(with_domain(SOUND, grant_region=None), grant_places=(RAM,), text_pages=64))
    } == {
        "proved",
        "not-applicable",
    }


def test_of_dom0_that_is_not_built_nothing_more_is_refuted() -> None:
    stopped = with_domain(MOVED, boots=False, reasons=("Xen stops",))
    assert [each.property for each in judge(stopped) if each.verdict == "refuted"] == ["built"]


def test_a_breach_beside_what_is_open_is_refuted() -> None:
    assert len(of("one-to-one-holes", replace(MOVED, ram=()))) == 1


def test_a_finding_says_who_and_when() -> None:
    (found,) = of("one-to-one-holes", MOVED)
    assert found.verdict is Verdict.REFUTED
    assert (found.effect, found.settings) == ("unsound", ((32, True),))
    assert found.subjects == ("extended region 1 of d0", "/uart reg[0]")
    assert found.overlap == Extent(0xC0000000, 0xC0001000)
    assert found.cites
    assert found.why


def test_an_empty_stretch_covers_nothing() -> None:
    """A size of 0 describes no byte; what it does to the producer is told by `preconditions`."""
    board = BoardMap((*SOUND.board.obstacles, obstacle(0x1000, 0x1000)))
    assert of("one-to-one-holes", replace(SOUND, board=board)) == []


def lie_there(offer: Offer) -> list[str]:
    (found,) = of("registers-fit", offer)
    return [each.removesuffix(" lies there") for each in found.details]


def test_what_lies_where_a_region_is_read() -> None:
    """4 GiB on, in one cell: read from 0 on, where the host has RAM, dom0's bank and grant region in it, and a device."""
    low = replace(SOUND, cells=(1, 2), regions=(Extent(TOP, TOP + 0xC0000000),))
    others = ["/memory reg[0] [0x40000000, 0x80000000)", "grant region of d0 [0x40200000, 0x40240000)"]
    others.append("RAM bank 0 of d0 [0x50000000, 0x60000000)")
    assert lie_there(low) == others  # the device begins where what is read ends
    byte_more = replace(low, regions=(Extent(TOP, TOP + 0xC0000001),))
    assert lie_there(byte_more) == [*others, "/uart reg[0] [0xc0000000, 0xc0001000)"]
    # What is read of a size is a part of the region: what lies in it is told by one-to-one-holes.
    inside = replace(SOUND, cells=(2, 1), regions=(Extent(0x80000000, 2 * TOP),))
    at_start = BoardMap((*SOUND.board.obstacles, obstacle(0x80000000, 0x80001000)))
    assert lie_there(inside) == lie_there(replace(inside, board=at_start)) == []
    (nothing,) = of("registers-fit", replace(inside, regions=(Extent(0x80000000, 0x80000000 + TOP),)))
    assert nothing.details == ("a size of 0 is no region: the guest loses all of it",)
