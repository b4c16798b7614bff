"""consumer-usable, asked of what kernels are said to make of regions: each verdict by itself and beside each other one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import LINUX, MIB, SOUND, TOP, ZEPHYR, kernel
from verifier.layout.board_finding import Party
from verifier.layout.consumer import Consumer, Fault, Takes, Use
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Verdict, Witness
from verifier.layout.offer import Offer
from verifier.rules.boards.consumer_usable import RULE

REGIONS = (Extent(0x8200000, 0xF000000), Extent(0x10200000, 0x17200000), Extent(0x20200000, 0x26000000))


def named(
    name: str, verdict: Verdict, *, read: tuple[Extent, ...] = REGIONS, takes: Takes | None = LINUX
) -> Use:
    return Use(kernel(name, takes), verdict, f"why {name}", None, read=read, named=True)


PROVED = named("p", Verdict.PROVED)
REFUTED = named("r", Verdict.REFUTED)
OPEN = named("o", Verdict.UNKNOWN, read=())
SILENT = named("s", Verdict.NOT_APPLICABLE, read=())
UNASKED = replace(REFUTED, named=False)


def having(*uses: Use) -> Offer:
    return replace(SOUND, regions=REGIONS, uses=uses)


@pytest.mark.parametrize(
    ("uses", "checked", "breaches", "doubts", "silence"),
    [
        ((PROVED,), 3, 0, (), ""),
        ((REFUTED,), 3, 1, (), ""),
        ((OPEN,), 0, 0, ("o: why o",), ""),
        ((replace(OPEN, read=REGIONS),), 0, 0, ("o: why o",), ""),
        ((SILENT,), 0, 0, (), "s: why s"),
        ((SILENT, replace(SILENT, consumer=kernel("t", LINUX))), 0, 0, (), "s: why s; t: why s"),
        ((SILENT, PROVED), 3, 0, (), ""),
        ((SILENT, REFUTED), 3, 1, (), ""),
        ((SILENT, OPEN), 0, 0, ("o: why o",), ""),
        ((PROVED, OPEN), 3, 0, ("o: why o",), ""),
        ((OPEN, REFUTED, PROVED), 6, 1, ("o: why o",), ""),
        ((REFUTED, REFUTED), 6, 2, (), ""),
        ((PROVED, UNASKED), 3, 0, (), ""),
        ((SILENT, UNASKED), 0, 0, (), "s: why s"),
    ],
)
def test_every_kernel_that_is_named_counts(
    uses: tuple[Use, ...], checked: int, breaches: int, doubts: tuple[str, ...], silence: str
) -> None:
    judged = RULE.judge(having(*uses))
    assert (judged.checked, len(judged.breaches), judged.doubts, judged.silence) == (
        checked,
        breaches,
        doubts,
        silence,
    )


def test_it_is_asked_where_a_kernel_is_named() -> None:
    assert [RULE.asked(having(*uses)) for uses in ((), (UNASKED,), (UNASKED, SILENT), (PROVED,))] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("fault", "kind", "said", "parties"),
    [
        (
            Fault("out-of-order", (0, 1), 0x10200000, 0x10300000),
            "out-of-order",
            "extended region 1 of d0, which it reads as [0x10200000, 0x17200000), begins below 0x10300000, where the one "
            "before it, [0x8200000, 0xf000000), ends",
            (0, 1),
        ),
        (
            Fault("zero-start", (0,), 0, 1),
            "refused",
            "extended region 0 of d0, [0x8200000, 0xf000000), begins at address 0",
            (0,),
        ),
        (
            Fault("parts-of-pages", (2,), 5, 4096),
            "refused",
            "extended region 2 of d0, which it reads as [0x20200000, 0x26000000), begins or ends inside a page of 4 KiB",
            (2,),
        ),
    ],
)
def test_why_a_kernel_gives_up(fault: Fault, kind: str, said: str, parties: tuple[int, ...]) -> None:
    (breach,) = RULE.judge(having(replace(REFUTED, fault=fault))).breaches
    assert breach.message == f"r uses none of 3 regions (316 MiB): {said}"
    assert breach.witness == Witness(kind, found=fault.found, needed=fault.needed)
    assert breach.parties == tuple(
        Party(f"extended region {each} of d0", REGIONS[each], "find_memory_holes") for each in parties
    )
    assert breach.details == ("r is R: why r",)
    assert breach.help == (
        "ext_regions=0 on Xen's command line: then no region is on offer, and it balloons",
    )


SAME = (Extent(0x8200000, 0xF000000), Extent(0x18200000, 0x1F000000), Extent(0x20200000, 0x26000000))


@pytest.mark.parametrize(
    ("read", "largest"),
    [(REGIONS, 1), (REGIONS[::-1], 1), (SAME, 0), (SAME[:1], 0), ((REGIONS[2], *SAME[:2]), 1)],
)
def test_the_largest_region_of_which_nothing_can_be_used_is_told(
    read: tuple[Extent, ...], largest: int
) -> None:
    """Of several the first."""
    (breach,) = RULE.judge(replace(having(replace(REFUTED, read=read)), regions=read)).breaches
    assert breach.witness == Witness("no-unit", bound=TOP, found=read[largest].size, needed=128 * MIB)
    assert [each.name for each in breach.parties] == [f"extended region {largest} of d0"]
    assert breach.message.partition(" ")[2].startswith(f"can use none of {len(read)} region")
    assert breach.details == ("r is R: why r",)


@pytest.mark.parametrize(
    ("bound", "top", "where"),
    [
        (None, TOP, ""),
        (TOP - 1, TOP - 1, " below 0xffffffff, where its linear map ends,"),
        (TOP, TOP, ""),
        (TOP + 1, TOP, ""),  # nothing is offered up there
    ],
)
def test_up_to_where_units_are_looked_for(bound: int | None, top: int, where: str) -> None:
    (breach,) = RULE.judge(having(replace(REFUTED, bound=bound))).breaches
    assert breach.witness is not None
    assert breach.witness.bound == top
    assert f"regions (316 MiB){where} by whole 128 MiB at multiples of it" in breach.message


def test_one_kernel_is_not_another() -> None:
    other = Consumer("z", "Zephyr", 64, True, ZEPHYR, "does without", "stops", (), ("here",))
    found = RULE.judge(having(REFUTED, replace(REFUTED, consumer=other))).breaches
    assert [each.witness.needed for each in found] == [128 * MIB, 4096]
    assert [each.help[0].rpartition("it ")[2] for each in found] == ["balloons", "does without"]
