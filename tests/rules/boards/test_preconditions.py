"""preconditions, asked directly: entries without a byte, ends at 2^64 and one byte on, and regions that a cap drops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import MIB, SOUND, with_domain
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.offer import Operation
from verifier.rules.boards.preconditions import RULE

PAGE = 4096
LIMIT = 1 << 64


@pytest.mark.parametrize(
    ("start", "size", "witness"),
    [
        (0, 0, Witness("disordered", found=0, needed=0)),
        (PAGE, 0, Witness("disordered", found=PAGE, needed=PAGE)),
        (1, 0, None),  # the frames from that of 1 to that of 0: one
        (PAGE - 1, 0, None),
        (PAGE + 1, 0, None),
        (0, 1, None),
        (PAGE, 1, None),
        (0, LIMIT, None),
        (LIMIT - PAGE, PAGE, None),
        (LIMIT - PAGE, PAGE + 1, Witness("wraps", found=LIMIT + 1, needed=LIMIT)),
        (1, LIMIT, Witness("wraps", found=LIMIT + 1, needed=LIMIT)),
        (LIMIT - 1, 1, None),
        (LIMIT - 1, 2, Witness("wraps", found=LIMIT + 1, needed=LIMIT)),
    ],
)
def test_ranges_of_frames_end_where_they_begin_or_later(
    start: int, size: int, witness: Witness | None
) -> None:
    """PFN_DOWN(start) to PFN_DOWN(start + size - 1), inclusive, in 64 bits."""
    judged = RULE.judge(replace(SOUND, operations=(Operation("/x reg[0]", start, size),)))
    assert [each.witness for each in judged.breaches] == ([] if witness is None else [witness])
    first, last = start // PAGE, (start + size - 1) % LIMIT // PAGE
    assert (last < first or size > LIMIT - start or (last, size) == (LIMIT // PAGE - 1, 0)) == (
        witness is not None
    )
    for breach in judged.breaches:
        assert [(each.name, each.extent, each.origin) for each in breach.parties] == [
            ("/x reg[0]", Extent(start, start + size), "find_memory_holes")
        ]
        assert breach.effect == ""


def test_the_frames_that_an_empty_entry_asks_for_are_told() -> None:
    """From the first page on they are all that there are; else the last one is the one before the first."""
    operations = (Operation("/a reg[0]", 0, 0), Operation("/b reg[0]", 3 * PAGE, 0))
    messages = [each.message for each in RULE.judge(replace(SOUND, operations=operations)).breaches]
    assert messages == [
        "/a reg[0] has a size of 0 at 0x0: find_memory_holes then asks for the frames from 0x0 to 0xfffffffffffff, which "
        "is everything",
        "/b reg[0] has a size of 0 at 0x3000: find_memory_holes then asks for the frames from 0x3 to 0x2, which ends "
        "before it starts",
    ]


def test_every_operation_is_checked_and_the_cap_once() -> None:
    right = Operation("/x reg[0]", 0, 1)
    wrong = Operation("/y reg[0]", PAGE, 0)
    for count in (1, 2, 7):
        judged = RULE.judge(replace(SOUND, operations=(right,) * count))
        assert (judged.checked, judged.breaches, judged.silence) == (count + 1, (), "")
    for count in (256, 257):
        judged = RULE.judge(replace(SOUND, operations=(right, *(wrong,) * count)))
        assert (len(judged.breaches), judged.more) == (256, count > 256)
    nothing = RULE.judge(replace(SOUND, operations=()))
    assert (nothing.checked, nothing.silence) == (0, "no producer of extended regions runs")


BLOCKS = tuple(Extent(index * 64 * MIB, (index + 1) * 64 * MIB) for index in range(4))


@pytest.mark.parametrize(
    ("regions", "dropped", "lost", "size"),
    [
        (BLOCKS[:1], (), None, ""),
        (BLOCKS[:1], BLOCKS[2:3], BLOCKS[2], "1 more region of 64 MiB in all"),
        (BLOCKS[:1], BLOCKS[2:4], Extent(BLOCKS[2].start, BLOCKS[3].end), "2 more regions of 128 MiB in all"),
        (BLOCKS[:1], (BLOCKS[1], BLOCKS[3]), BLOCKS[1], "2 more regions of 128 MiB in all"),
        (BLOCKS[2:3], BLOCKS[2:3], None, ""),  # it is offered all the same
        (BLOCKS[2:3], BLOCKS[2:4], BLOCKS[3], "2 more regions of 64 MiB in all"),
        ((), (Extent(0, 1),), Extent(0, 1), "1 more region of 1 byte in all"),
        ((), (Extent(5, 5),), None, ""),
    ],
)
def test_what_is_dropped_and_not_offered_is_lost(
    regions: tuple[Extent, ...], dropped: tuple[Extent, ...], lost: Extent | None, size: str
) -> None:
    judged = RULE.judge(with_domain(replace(SOUND, regions=regions), dropped=dropped))
    if lost is None:
        assert judged.breaches == ()
        return
    (breach,) = judged.breaches
    assert breach.message.startswith(f"{size}, from {lost} on, ")
    assert breach.witness == Witness("address-dropped", address=lost.start)
    assert (breach.overlap, breach.effect) == (lost, "space lost")
    assert [(each.name, each.extent, each.origin) for each in breach.parties] == [
        ("the first region dropped", lost, "find_memory_holes")
    ]


def test_what_is_dropped_is_told_last() -> None:
    """And however many entries are wrong."""
    wrong = (Operation("/x reg[0]", 0, 0),) * 300
    judged = RULE.judge(with_domain(replace(SOUND, operations=wrong, regions=()), dropped=BLOCKS))
    assert [each.effect for each in judged.breaches] == [""] * 256 + ["space lost"]
    nobody = with_domain(replace(SOUND, operations=wrong[:1], regions=()), dropped=BLOCKS, producer=None)
    assert [each.parties[0].origin for each in RULE.judge(nobody).breaches] == ["", ""]
