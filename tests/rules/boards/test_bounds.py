"""Where rules begin and end to hold, each number by the document that fixes it; and what is told beside the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.guests import WHOLE, with_facts
from tests.rules.boards.offers import (
    BLOCK,
    GUEST,
    MIB,
    NO_IOMMU,
    SOUND,
    TOP,
    domain,
    obstacle,
    used,
    with_domain,
)
from tests.rules.boards.test_by_hand import of
from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.board_witness import recheck
from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.errors import InternalError
from verifier.layout.finding import Witness
from verifier.layout.guest_facts import Interrupt
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import DevicePages, Offer
from verifier.rules.boards.catalogue import judge
from verifier.rules.boards.rule import MOST

PAGE = 4096


def word(rule: str, offer: Offer) -> str:
    """The only verdict of a rule."""
    (found,) = {str(each.verdict) for each in judge(offer) if each.property == rule}
    return found


def rejected(finding: BoardFinding, offer: Offer) -> bool:
    try:
        recheck(finding, offer)
    except InternalError:
        return True
    return False


@pytest.mark.parametrize(("kind", "first", "last"), [("sgi", 0, 15), ("ppi", 16, 31), ("spi", 32, 1019)])
def test_numbers_of_interrupts_are_those_of_arms_architecture(kind: str, first: int, last: int) -> None:
    """Arm IHI 0069, table 2-1."""
    for number, expected in (
        (first - 1, "refuted"),
        (first, "proved"),
        (last, "proved"),
        (last + 1, "refuted"),
    ):
        one = Interrupt("device", number, kind, "a.cfg:1")
        assert word("interrupts", with_facts(WHOLE, interrupts=(one,), spis=None)) == expected, number


def test_a_grant_region_is_judged_without_any_extended_region() -> None:
    """One frame a page: 64 pages hold 64 frames, and no 65."""
    alone = replace(SOUND, regions=())
    assert word("minimum-size", alone) == "proved"
    assert word("minimum-size", replace(alone, grant_frames=65)) == "refuted"


def test_a_grant_region_that_is_nowhere_is_open_without_any_extended_region() -> None:
    """Nor is it in known RAM; a domain that is told its own by Xen's layout, or by nothing, has no doubts."""
    nowhere = replace(with_domain(SOUND, grant_region=None), regions=())
    for rule in ("minimum-size", "within-ipa", "registers-fit"):
        assert word(rule, nowhere) == "unknown", rule
        assert word(rule, replace(nowhere, hardware=False)) == "not-applicable", rule


def test_all_that_is_checked_is_counted() -> None:
    """Both ends of three regions and of the grant region."""
    (found,) = of("aligned", SOUND, "proved")
    assert found.checked == 8


def test_every_operation_is_checked_and_once_what_is_dropped() -> None:
    """Of one operation two questions; where there is none nothing runs, and nothing is checked."""
    assert [each.checked for each in of("preconditions", SOUND, "proved")] == [2]
    assert [
        each.checked for each in of("preconditions", replace(SOUND, operations=()), "not-applicable")
    ] == [0]


@pytest.mark.parametrize(
    ("spis", "said"),
    [
        (2, "SPIs of the guest are 32 to 33"),
        (1, "SPIs of the guest are 32 to 32"),
        (0, "the guest has no SPIs"),
    ],
)
def test_which_spis_there_are_is_told(spis: int, said: str) -> None:
    """Arm IHI 0069 2.2.1: the first is 32."""
    one = Interrupt("device", 40, "spi", "a.cfg:1")
    (found,) = of("interrupts", with_facts(WHOLE, interrupts=(one,), spis=spis))
    assert found.message.endswith(f"is none of the SPIs: {said}")


def test_where_something_lies_no_space_is_lost() -> None:
    """A device in the first page, of which only the address that is told is free."""
    (found,) = of("complete", replace(SOUND, regions=SOUND.regions[1:]))
    less = replace(SOUND, regions=SOUND.regions[1:])
    recheck(found, less)
    taken = BoardMap(tuple(sorted([*SOUND.board.obstacles, obstacle(PAGE, 2 * PAGE)])))
    assert rejected(found, replace(less, board=taken))


def _device(number: int, mapped: Extent, permitted: Extent) -> DevicePages:
    return DevicePages(f"/d reg[{number}]", _pages(number, 1), mapped, permitted)


def _pages(number: int, count: int) -> Extent:
    """Some pages of a stretch of eight that is one device's alone."""
    return Extent(BLOCK + 8 * PAGE * number, BLOCK + PAGE * (8 * number + count))


@pytest.mark.parametrize(("mapped", "permitted"), [(0, 1), (1, 0), (2, 1), (1, 2)])
def test_no_number_of_pages_of_one_kind_hides_another_kind(mapped: int, permitted: int) -> None:
    """Too few or too many, mapped or permitted: one device has each of the other three, behind as many as are listed."""
    many = [_device(index, _pages(index, mapped), _pages(index, permitted)) for index in range(MOST)]
    kinds = [(0, 1), (1, 0), (2, 1), (1, 2)]
    rest = [_device(MOST + at, *(_pages(MOST + at, each) for each in kind)) for at, kind in enumerate(kinds)]
    rest.remove(rest[kinds.index((mapped, permitted))])
    found = of("permissions-match", replace(SOUND, devices=(*many, *rest)))
    assert len(found) == MOST + 3
    assert {each.parties[0].name for each in found} >= {each.name for each in rest}
    assert not any(each.more for each in found)
    again = _device(2 * MOST, _pages(2 * MOST, mapped), _pages(2 * MOST, permitted))
    found = of("permissions-match", replace(SOUND, devices=(*many, *rest, again)))
    assert len(found) == MOST + 3
    assert all(each.more for each in found)


def test_the_ram_of_a_guest_is_told_from_its_first_bank_on() -> None:
    (found,) = of("banks", with_facts(WHOLE, memory=512 * MIB))
    assert [each.extent for each in found.parties] == [Extent(0x40000000, 0x60000000)]


def test_all_doubts_are_told() -> None:
    """RAM banks and grant region, of which nobody says where they lie."""
    (found,) = of("one-to-one-holes", with_domain(NO_IOMMU, banks=None, grant_region=None), "unknown")
    assert "RAM banks" in found.message
    assert ["grant region" in each for each in found.details] == [True]


def test_what_lies_in_ram_that_is_not_offered_need_not_be_known() -> None:
    """Of dom0 it is a page of Xen's heap; of a domain with IOMMU too, but only that."""
    heap, other = NamedRegion("xenstore page", None, "a page"), NamedRegion("xen,reg", None, "no tree")
    placed = NamedRegion("xen,reg", Extent(0x48000000, 0x48001000), "the tree")
    for regions in ((heap,), (other,), (placed,)):
        assert word("one-to-one-holes", with_domain(SOUND, regions=regions)) == "proved"
    soft = replace(SOUND, hardware=False)
    words = [word("one-to-one-holes", with_domain(soft, regions=(each,))) for each in (heap, other, placed)]
    assert words == ["proved", "unknown", "proved"]


@pytest.mark.parametrize("lost", [2, 64, 66])
def test_space_is_lost_up_to_the_last_address(lost: int) -> None:
    """The 64 MiB around what is lost end where the address space does."""
    last = SOUND.regions[2]
    cut = replace(SOUND, regions=(*SOUND.regions[:2], replace(last, end=TOP - lost * MIB)))
    (found,) = of("complete", cut)
    assert found.witness is not None
    assert found.witness.address == TOP - lost * MIB
    narrow = replace(found, parties=(Party("hole", Extent(TOP - 62 * MIB, TOP + 2 * MIB), "nowhere"),))
    assert rejected(narrow, cut)


def test_no_address_is_outside_where_every_address_is_allowed() -> None:
    """The same regions without IOMMU, which may lie in RAM alone."""
    beyond = replace(NO_IOMMU, regions=(Extent(0x60000000, 0x80200000),))
    (found,) = of("one-to-one-holes", beyond)
    assert not rejected(found, beyond)
    assert rejected(found, with_domain(beyond, iommu=True))
    assert rejected(found, replace(beyond, ram=(Extent(0x40000000, 0x80200000),)))


def test_ram_that_no_node_describes_is_that_of_the_boot() -> None:
    """A part of it stands for all; what begins below, or ends above, is none of it."""
    over = replace(SOUND, regions=(Extent(0, 0x40000000 + MIB),))
    witness = Witness("address-in-two-regions", address=0x40000000)
    (found,) = of("one-to-one-holes", replace(over, board=replace(over.board, obstacles=())))
    for start, end, expected in (
        (0x40000000, 0x80000000, False),
        (0x40000000, 0x40001000, False),
        (0x3FFFF000, 0x80000000, True),
        (0x40000000, 0x80001000, True),
    ):
        ram = Party(f"RAM of {over.ram_origin}", Extent(start, end), "RAM of the host")
        assert rejected(replace(found, witness=witness, parties=(found.parties[0], ram)), over) is expected


def test_parts_of_pages_are_refused_in_start_and_in_size() -> None:
    """Zephyr's EXT_BLOCK: both have to be multiples of a page."""
    for start, end, wrong in ((0x1000, 0x2000800, 0x1FFF800), (0x1800, 0x2000800, 0x1800)):
        offer = used(replace(SOUND, regions=(Extent(start, end),)), "zephyr")
        (found,) = of("consumer-usable", offer)
        assert found.witness == Witness("refused", found=wrong, needed=PAGE)
        for number in (start + 1, end, end - start + PAGE, PAGE):
            assert rejected(replace(found, witness=Witness("refused", found=number, needed=PAGE)), offer)


def test_only_a_start_of_zero_is_one() -> None:
    offer = used(SOUND, "zephyr")
    (found,) = of("consumer-usable", offer)
    assert found.witness == Witness("refused", found=0, needed=1)
    assert rejected(replace(found, witness=Witness("refused", found=1, needed=1)), offer)
    second = replace(found.parties[0], extent=SOUND.regions[1])
    for number in (0, SOUND.regions[1].start):
        at_second = replace(found, parties=(second,), witness=Witness("refused", found=number, needed=1))
        assert rejected(at_second, offer)


@pytest.mark.parametrize(("frames", "size"), [(64, 64), (64, 65), (65, 64)])
def test_frames_fill_pages(frames: int, size: int) -> None:
    grant = Extent(0x40200000, 0x40200000 + size * PAGE)
    given = tuple(
        replace(each, extent=grant) if each.kind == "grant-region" else each for each in SOUND.given
    )
    offer = replace(with_domain(SOUND, grant_region=grant), given=given, grant_frames=frames)
    assert word("minimum-size", offer) == ("proved" if size >= frames else "refuted")


def test_holes_lie_beside_what_ends_or_begins_there() -> None:
    """The nearest below and above, as far as one block away; else an edge of the space."""
    messages = [each.message.partition("), ")[2] for each in of("complete", replace(SOUND, regions=()))]
    ram, uart = "/memory reg[0] [0x40000000, 0x80000000)", "/uart reg[0] [0xc0000000, 0xc0001000)"
    assert messages == [
        f"from the start of the address space and below {ram}",
        f"above {ram} and below {uart}",
        f"above {uart} and up to the end of the address space",
    ]
    guest = replace(GUEST, regions=(), domain=domain(iommu=False, banks=GUEST.domain.banks, grant=None))
    (found,) = of("complete", guest)
    assert found.message.endswith(
        "above RAM bank 0 of d0 [0x40000000, 0x50000000) and up to the end of the RAM window"
    )
    assert BLOCK == 2 * MIB


def test_a_region_comes_from_the_function_that_makes_it() -> None:
    """From Xen, where no function is known to; from the log, or the guest's tree, where it was read there."""
    for offer, origin in (
        (SOUND, "find_memory_holes"),
        (with_domain(SOUND, producer=None), "Xen"),
        (replace(SOUND, source="logged"), "the log"),
        (replace(SOUND, source="read"), "the guest's device tree"),
    ):
        (found,) = of("aligned", replace(offer, regions=(Extent(0x1000, 0x40000000),)))
        assert [each.origin for each in found.parties] == [origin]
