"""well-formed, asked directly: headers of a few macros, and all that is wrong with them, numbers and places."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tests.rules.direct import differs, layout, short
from verifier.layout.define import Number
from verifier.layout.finding import Witness
from verifier.layout.layout import Layout
from verifier.rules.well_formed import checks

TOP = 0x1_0000_0000_0000_0000
"""One past the last byte that 64 bits can name."""


def wrong(made: Layout) -> list[tuple[str, str, tuple[str, ...], Witness]]:
    return [
        (each.subject, each.message, each.details, each.witness) for each in checks(made) if not each.good
    ]


def messages(made: Layout) -> list[str]:
    return [message for _, message, _, _ in wrong(made)]


BASE, SIZE, ADDR = "A_BASE", "A_SIZE", "A_ADDR"
WRONG: list[tuple[dict[str, str], list[tuple[str, str, list[int], Witness]]]] = [
    (
        {SIZE: "1"},
        [
            (
                "GUEST_A",
                "GUEST_A has no base: GUEST_A_BASE is not defined",
                [1],
                Witness("missing", macro="GUEST_A_BASE"),
            )
        ],
    ),
    (
        {BASE: "1"},
        [
            (
                "GUEST_A",
                "GUEST_A has no size: GUEST_A_SIZE is not defined",
                [1],
                Witness("missing", macro="GUEST_A_SIZE"),
            )
        ],
    ),
    (
        {BASE: "1", ADDR: "2"},
        [
            (
                "GUEST_A",
                "GUEST_A has no size: GUEST_A_SIZE is not defined",
                [1, 2],
                Witness("missing", macro="GUEST_A_SIZE"),
            ),
            ("GUEST_A", "GUEST_A has two bases, GUEST_A_BASE and GUEST_A_ADDR", [1, 2], differs(2, 1)),
        ],
    ),
    (
        {BASE: "1", ADDR: "2", SIZE: "0"},
        [("GUEST_A", "GUEST_A has two bases, GUEST_A_BASE and GUEST_A_ADDR", [1, 2], differs(2, 1))],
    ),
    (
        {BASE: "{ 1, 2, 3 }", SIZE: "1"},
        [("GUEST_A", "GUEST_A_BASE is a list of 3, not a number", [1], differs(3, 0))],
    ),
    (
        {BASE: "1", SIZE: "{ 1 }"},
        [("GUEST_A", "GUEST_A_SIZE is a list of 1, not a number", [2], differs(1, 0))],
    ),
    ({BASE: "0", SIZE: "1"}, []),
    (
        {BASE: "-1", SIZE: "1"},
        [("GUEST_A", "GUEST_A starts at -1, below zero", [1, 2], short(-1, 0))],
    ),
    (
        {BASE: "5", SIZE: "0"},
        [("GUEST_A", "GUEST_A has size 0; it needs at least one byte", [1, 2], short(0, 1))],
    ),
    (
        {BASE: "5", SIZE: "-3"},
        [("GUEST_A", "GUEST_A has size -3; it needs at least one byte", [1, 2], short(-3, 1))],
    ),
    ({BASE: "0xfffffffffffff000ULL", SIZE: "0x1000ULL"}, []),
    (
        {BASE: "0xfffffffffffff000ULL", SIZE: "0x1001ULL"},
        [
            (
                "GUEST_A",
                "GUEST_A wraps: 0xfffffffffffff000 plus 0x1001 (4097 bytes) is 0x10000000000000001, 1 byte past the "
                "end of 64 bits",
                [1, 2],
                short(TOP, TOP + 1),
            )
        ],
    ),
    (
        {BASE: "0xfffff000U", SIZE: "0x1000U"},
        [
            (
                "GUEST_A",
                "GUEST_A ends at 0x100000000, but base plus size is computed as 0x0 in C, whose types here have 32 bits",
                [1, 2],
                differs(0, 1 << 32),
            )
        ],
    ),
    ({"MAX_VCPUS": "1", "B_PPI": "0"}, []),
    (
        {"MAX_VCPUS": "0"},
        [("GUEST_MAX_VCPUS", "GUEST_MAX_VCPUS is 0; it needs at least 1", [1], short(0, 1))],
    ),
    ({"B_PPI": "-1"}, [("GUEST_B_PPI", "GUEST_B_PPI is -1; it needs at least 0", [1], short(-1, 0))]),
    (
        {"MAX_VCPUS": "{ 1, 2 }"},
        [("GUEST_MAX_VCPUS", "GUEST_MAX_VCPUS is a list of 2, not a number", [1], differs(2, 0))],
    ),
]


@pytest.mark.parametrize(("macros", "expected"), WRONG)
def test_what_is_wrong_is_said_with_numbers_and_places(
    macros: dict[str, str], expected: list[tuple[str, str, list[int], Witness]]
) -> None:
    lines = [f"GUEST_{name} {text}, h:{line}" for line, (name, text) in enumerate(macros.items(), 1)]
    found = [
        (name, message, tuple(lines[each - 1] for each in places), shown)
        for name, message, places, shown in expected
    ]
    assert wrong(layout(macros)) == found


BANKS = {
    "RAM1_BASE": "0x10000ULL",
    "RAM1_SIZE": "0x2000ULL",
    "RAM0_BASE": "0x40000ULL",
    "RAM0_SIZE": "0x1000ULL",
    "GICV3_GICR0_BASE": "0x1000ULL",
    "GICV3_GICR0_SIZE": "0x1000ULL",
}
"""Two banks, the first of which lies above the second, and is told last."""
SAID = {
    "RAM_BANKS": "2",
    "RAM_BASE": "0x10000ULL",
    "RAM_MAX": "0x3000ULL",
    "RAM_BANK_BASES": "{ 0x40000ULL, 0x10000ULL }",
    "RAM_BANK_SIZES": "{ 0x1000ULL, 0x2000ULL }",
    "GICV3_RDIST_REGIONS": "1",
}


@pytest.mark.parametrize(
    ("name", "value", "message", "shown"),
    [
        ("RAM_BANKS", "1", "is 1, but the number of RAM banks is 2", differs(1, 2)),
        ("RAM_BANKS", "9999", "is 9999, but the number of RAM banks is 2", differs(9999, 2)),
        ("RAM_BANKS", "10000", "is 0x2710 (~9.77 KiB), but the number of RAM banks is 2", differs(10000, 2)),
        (
            "RAM_BASE",
            "0x40000ULL",
            "is 0x40000 (256 KiB), but the lowest bank's base is 0x10000 (64 KiB)",
            differs(0x40000, 0x10000),
        ),
        (
            "RAM_MAX",
            "0x4000ULL",
            "is 0x4000 (16 KiB), but the sum of the banks' sizes is 0x3000 (12 KiB)",
            differs(0x4000, 0x3000),
        ),
        ("GICV3_RDIST_REGIONS", "2", "is 2, but the number of redistributor regions is 1", differs(2, 1)),
        ("RAM_BANK_BASES", "{ 0x40000ULL }", "lists 1, but there are 2 RAM banks", differs(1, 2)),
        (
            "RAM_BANK_BASES",
            "{ 0x40000ULL, 0x10000ULL, 1 }",
            "lists 3, but there are 2 RAM banks",
            differs(3, 2),
        ),
        (
            "RAM_BANK_BASES",
            "{ 0x40000ULL, 0x1ULL }",
            "[1] is 0x1, but the banks' bases say 0x10000",
            differs(1, 0x10000),
        ),
        (
            "RAM_BANK_SIZES",
            "{ 0x2000ULL, 0x2000ULL }",
            "[0] is 0x2000, but the banks' sizes say 0x1000",
            differs(0x2000, 0x1000),
        ),
        ("RAM_BANK_BASES", "0x40000ULL", "lists 1, but there are 2 RAM banks", differs(1, 2)),
    ],
)
def test_what_repeats_the_banks_agrees_with_them(name: str, value: str, message: str, shown: Witness) -> None:
    macros = {**BANKS, **SAID, name: value}
    place = f"GUEST_{name} {value}, h:{[*macros].index(name) + 1}"
    (found,) = wrong(layout(macros))
    between = "" if message.startswith("[") else " "
    assert found == (f"GUEST_{name}", f"GUEST_{name}{between}{message}", (place,), shown)


def test_what_repeats_the_banks_rightly_is_right() -> None:
    assert not wrong(layout({**BANKS, **SAID}))
    assert not wrong(layout({"RAM_BANKS": "0", "GICV3_RDIST_REGIONS": "0"}))


@pytest.mark.parametrize(
    ("gone", "kept"),
    [
        ("RAM0_SIZE", ["GUEST_RAM0 has no size: GUEST_RAM0_SIZE is not defined"]),
        ("RAM1_BASE", ["GUEST_RAM1 has no base: GUEST_RAM1_BASE is not defined"]),
    ],
)
def test_nothing_is_asked_of_a_bank_that_is_not_told_whole(gone: str, kept: list[str]) -> None:
    """Without a size there is no sum; of bases the known ones count, so that the alias names the lowest of them."""
    said = SAID | ({"RAM_BASE": "0x40000ULL"} if gone == "RAM1_BASE" else {"RAM_MAX": "1"})
    left = {name: value for name, value in {**BANKS, **said}.items() if name != gone}
    assert messages(layout(left)) == kept


def test_what_is_a_list_is_not_compared_with_a_number() -> None:
    made = layout({**BANKS, "RAM_MAX": "{ 1, 2 }"})
    assert messages(made) == ["GUEST_RAM_MAX is a list of 2, not a number"]
    lists = layout(
        {**BANKS, "RAM0_BASE": "{ 1, 2 }", "RAM_BANK_BASES": "{ 7, 0x10000ULL }", "RAM_BASE": "0x10000ULL"}
    )
    assert messages(lists) == ["GUEST_RAM0_BASE is a list of 2, not a number"]


INT, UNSIGNED = partial(Number, bits=32, signed=True), partial(Number, bits=32, signed=False)
LONG, UNSIGNED_LONG = partial(Number, bits=64, signed=True), partial(Number, bits=64, signed=False)
M31, M32 = 1 << 31, 1 << 32


@pytest.mark.parametrize(
    ("base", "size", "computed"),
    [
        (INT(M31 - 2), INT(1), M31 - 1),
        (INT(M31 - 1), INT(1), -M31),
        (INT(M31 - 1), UNSIGNED(1), M31),
        (UNSIGNED(M31 - 1), INT(1), M31),
        (UNSIGNED(M32 - 2), UNSIGNED(1), M32 - 1),
        (UNSIGNED(M32 - 1), UNSIGNED(1), 0),
        (UNSIGNED(M32 - 1), INT(3), 2),
        (UNSIGNED(M32 - 1), LONG(3), M32 + 2),
        (UNSIGNED_LONG(M32 - 1), INT(3), M32 + 2),
        (INT(3), UNSIGNED_LONG(M32 - 1), M32 + 2),
    ],
)
def test_a_sum_is_what_c_computes(base: Number, size: Number, computed: int) -> None:
    """C11 6.3.1.8: int only where both are int, unsigned int where one is, and 64 bits where one has 64."""
    made = layout({BASE: "1", SIZE: "1"})
    (stem,) = made.stems
    changed = replace(
        stem,
        bases=(replace(stem.bases[0], value=base),),
        sizes=(replace(stem.sizes[0], value=size),),
    )
    found = wrong(replace(made, stems=(changed,)))
    right = base.value + size.value
    assert [(shown.found, shown.needed) for _, _, _, shown in found] == [(computed, right)] * (
        computed != right
    )
