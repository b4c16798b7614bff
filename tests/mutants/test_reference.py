"""The reference on cases worked out by hand, each with the reason to believe the verdict."""

from __future__ import annotations

import pytest

from tests.mutants.header import HEAD, Amount, Header, Value
from tests.mutants.reference import PROPERTIES, judge
from tests.mutants.world import PAGE

ALL = (32, 36, 40, 42, 44, 48)
WIDE = (40, 42, 44, 48)
Changes = dict[str, Value | None]

CASES: list[tuple[str, Changes, tuple[int, ...], set[frozenset[str]], str]] = [
    (
        "well-formed",
        {"GUEST_RAM1_SIZE": 0xFE00001000, "GUEST_RAM_MAX": 0xFEC0000000},
        WIDE,
        {frozenset({"GUEST_RAM_MAX"})},
        "the sum of 3 GiB and 1016 GiB and a page, written down without the page",
    ),
    (
        "well-formed",
        {"GUEST_MAGIC_BASE": 0xFFFFFFFFFF000000},
        WIDE,
        set(),
        "16 MiB below 2^64: the end is 2^64 itself, nothing wraps",
    ),
    (
        "no-overlap",
        {"GUEST_GICC_BASE": 0x03003000},
        WIDE,
        set(),
        "GICC ends at 0x3005000, inside GICv3's distributor, which a guest with GICv2 has not",
    ),
    (
        "no-overlap",
        {"GUEST_PL011_BASE": 0x21FFF000},
        WIDE,
        {frozenset({"GUEST_ACPI", "GUEST_PL011"})},
        "the last page of the ACPI tables, [0x20000000, 0x22000000)",
    ),
    (
        "no-overlap",
        {"GUEST_FOO_BASE": 0xFFFFFFF000, "GUEST_FOO_SIZE": 0x1000},
        (40,),
        {frozenset({"GUEST_FOO", "GUEST_RAM1"})},
        "the last page of RAM1's window counts, whatever memory uses",
    ),
    (
        "within-ipa",
        {},
        (32,),
        {frozenset({"GUEST_RAM1"}), frozenset({"GUEST_VPCI_PREFETCH_MEM"})},
        "RAM1 starts at 8 GiB, the window at 4 GiB; the P2M of 32 bits reaches 512 GiB and builds both",
    ),
    (
        "within-ipa",
        {"GUEST_RAM1_SIZE": 0xFE00001000},
        (40,),
        set(),
        "RAM1's window ends a page beyond 2^40, but the P2M of 40 bits stops there: nobody has that page",
    ),
    (
        "within-ipa",
        {"GUEST_RAM1_SIZE": 0xFFE00001000},
        (44,),
        {frozenset({"GUEST_RAM1"})},
        "a page beyond 2^44, which the P2M of 44 bits, reaching 2^48, does build",
    ),
    (
        "minimum-size",
        {"GUEST_VIRTIO_MMIO_SIZE": 0x1000},
        WIDE,
        {frozenset({"GUEST_VIRTIO_MMIO"})},
        "interrupts 33 to 43 are 11 devices of 512 bytes, 5632, and a page has 4096",
    ),
    (
        "minimum-size",
        {"GUEST_VIRTIO_MMIO_SIZE": 0x1000, "GUEST_VIRTIO_MMIO_SPI_LAST": 40},
        WIDE,
        set(),
        "8 devices of 512 bytes are a page",
    ),
    (
        "minimum-size",
        {"GUEST_MAX_VCPUS": 129},
        WIDE,
        {frozenset({"GUEST_GICV3_GICR0"})},
        "16 MiB hold 128 redistributors of 128 KiB",
    ),
    (
        "reachable",
        {"GUEST_MAGIC_BASE": 0xFF001000},
        WIDE,
        {frozenset({"GUEST_MAGIC"})},
        "a page of it lies above 4 GiB, where short descriptors do not point",
    ),
    (
        "reachable",
        {"GUEST_ACPI_BASE": 0x10000000000},
        (48,),
        set(),
        "at 2^40 no LPAE guest reaches it, but only 64-bit guests have it",
    ),
    (
        "reachable",
        {"GUEST_RAM1_SIZE": 0xFE00001000},
        (42,),
        {frozenset({"GUEST_RAM1"})},
        "a page of RAM at 2^40, which LPAE cannot output and the P2M of 42 bits builds",
    ),
    (
        "aligned",
        {"GUEST_GNTTAB_BASE": 0x38001000},
        WIDE,
        {frozenset({"GUEST_GNTTAB"})},
        "a page off 2 MiB",
    ),
    ("aligned", {"GUEST_MAGIC_BASE": 0x39001000}, WIDE, set(), "pages are enough for the toolstack's pages"),
    (
        "aligned",
        {"GUEST_VPCI_ECAM_BASE": 0x08000000},
        WIDE,
        {frozenset({"GUEST_VPCI_ECAM"})},
        "128 MiB is no multiple of 256 MiB",
    ),
    (
        "banks",
        {"GUEST_RAM0_SIZE": 0x041FF000},
        (32,),
        {frozenset()},
        "66 MiB less a page, of which a guest of one page takes 2 MiB; RAM1 lies above 4 GiB",
    ),
    (
        "banks",
        {"GUEST_RAM0_SIZE": 0x04200000},
        (32,),
        set(),
        "66 MiB: just 64 MiB are left to a guest of one page",
    ),
    (
        "banks",
        {"GUEST_RAM0_SIZE": 0xC0001000},
        WIDE,
        {frozenset({"GUEST_RAM0"})},
        "bank 0 ends a page above 4 GiB",
    ),
    (
        "pci-window-type",
        {"GUEST_VPCI_MEM_ADDR": 0xF0001000},
        WIDE,
        {frozenset({"GUEST_VPCI_MEM", "GUEST_VPCI_ADDR_TYPE_MEM"})},
        "a page above 4 GiB, and 0x02000000 says 32 bits",
    ),
    (
        "pci-window-type",
        {"GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM": 0x42000000},
        WIDE,
        {frozenset({"GUEST_VPCI_PREFETCH_MEM", "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM"})},
        "what Xen 4.16 to 4.18 had, fixed by 232ee07c23",
    ),
    (
        "pci-window-type",
        {"GUEST_VPCI_MEM_ADDR": 0xF0000000},
        WIDE,
        set(),
        "256 MiB that end at 4 GiB need no 64 bits",
    ),
    (
        "interrupts",
        {"GUEST_VPL011_SPI": 43},
        WIDE,
        {frozenset({"GUEST_VPL011_SPI"})},
        "the eleventh virtio device has 33 + 10",
    ),
    (
        "interrupts",
        {"GUEST_VPL011_SPI": 44},
        WIDE,
        set(),
        "there are eleven devices, the last has 43",
    ),
    ("capacity", {"GUEST_RAM1_SIZE": 0xFDFFFFF000}, (36,), set(), "at 36 bits a guest ends at 64 GiB anyway"),
    (
        "capacity",
        {"GUEST_RAM1_BASE": 0x200001000},
        (36,),
        {frozenset()},
        "a page less between there and 64 GiB",
    ),
    (
        "capacity",
        {"GUEST_GICV3_GICR0_SIZE": 0xFFF000},
        WIDE,
        {frozenset({"GUEST_MAX_VCPUS", "GUEST_GICV3_GICR0"})},
        "the 128th redistributor lacks a page",
    ),
    (
        "stable",
        {"GUEST_EVTCHN_PPI": 28},
        WIDE,
        {frozenset({"GUEST_EVTCHN_PPI"})},
        "guests see another interrupt",
    ),
    ("stable", {"GUEST_FOO_BASE": 0x50000000, "GUEST_FOO_SIZE": PAGE}, WIDE, set(), "added, nothing moved"),
]


@pytest.mark.parametrize(
    ("name", "changes", "widths", "subjects", "why"), CASES, ids=[case[4] for case in CASES]
)
def test_by_hand(
    name: str, changes: Changes, widths: tuple[int, ...], subjects: set[frozenset[str]], why: str
) -> None:
    answer = judge(HEAD.changed(changes), HEAD, widths)[name]
    assert answer.subjects == subjects, why
    assert answer.verdict == ("refuted" if subjects else "proved"), why


@pytest.mark.parametrize(
    ("amounts", "verdict", "why"),
    [
        ((Amount(3, "GB"), Amount(1, "GB")), "proved", "3 GiB from 1 GiB on"),
        ((Amount(3145728, "K"), Amount(1024, "M")), "proved", "3 x 2^20 KiB are 3 GiB, 2^10 MiB are 1 GiB"),
        ((Amount(4, "GB"), Amount(1, "GB")), "refuted", "4 GiB is where it ends, neither base nor size"),
        ((Amount(3071, "MB"), Amount(1, "GB")), "refuted", "a MiB less than 3 GiB"),
        (
            (Amount(1, "GB"), Amount(3, "GB")),
            "any",
            "each is a base or a size, but not the one that it is said to be",
        ),
    ],
)
def test_comments_by_hand(amounts: tuple[Amount, ...], verdict: str, why: str) -> None:
    header = Header(HEAD.values, {"GUEST_RAM0_BASE": amounts})
    assert judge(header, HEAD, WIDE)["comments-agree"].verdict == verdict, why


@pytest.mark.parametrize("amount", [Amount(127, "vCPU0.."), Amount(129, "vCPU0..")])
def test_redistributors_of_head_are_for_vcpus_0_to_127(amount: Amount) -> None:
    header = Header(HEAD.values, {"GUEST_GICV3_GICR0_BASE": (amount,)})
    assert judge(header, HEAD, WIDE)["comments-agree"].subjects == {frozenset({"GUEST_GICV3_GICR0"})}


def test_every_property_has_both_verdicts_by_hand() -> None:
    """So that none of them can lose a verdict unseen; comments have their own cases."""
    told = {(name, bool(subjects)) for name, _, _, subjects, _ in CASES}
    assert told == {
        (name, refuted) for name in PROPERTIES if name != "comments-agree" for refuted in (True, False)
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"GUEST_MAGIC_SIZE": 0},
        {"GUEST_MAGIC_SIZE": None},
        {"GUEST_MAGIC_BASE": 2**64 - PAGE},
    ],
    ids=["empty", "missing", "wraps"],
)
def test_what_is_no_region_cannot_be_proved_of(changes: Changes) -> None:
    answers = judge(HEAD.changed(changes), HEAD, WIDE)
    assert answers["well-formed"].verdict == "refuted"
    assert answers["no-overlap"].verdict == answers["aligned"].verdict == "any-but-proved"
    assert answers["interrupts"].verdict == answers["banks"].verdict == "any-but-refuted"


def test_a_width_without_guests_proves_nothing() -> None:
    """At 36 bits the P2M reaches 2^39: with RAM0 from there on nobody has a page of RAM."""
    answers = judge(HEAD.changed({"GUEST_RAM0_BASE": 1 << 39}), HEAD, (36, 40))
    assert {answer.verdict for answer in answers.values()} == {"any-but-proved"}
