"""minimum-size, asked directly: every need on both sides of its bound, by numbers of Xen and of Arm, and words."""

from __future__ import annotations

import pytest

from tests.rules.asked import case, conflict, doubted, fails, region, told
from verifier.layout.finding import Witness
from verifier.rules.minimum_size import RULE

PAGE, KIB, MIB = 4096, 1 << 10, 1 << 20
AT = 256 * MIB


def of(stem: str, size: int) -> str:
    return region(stem, AT, AT + size)


@pytest.mark.parametrize(
    ("stem", "least", "chosen"),
    [
        ("GNTTAB", 64 * PAGE, {}),
        ("MAGIC", 4 * PAGE, {}),
        ("SAFE", 64 * MIB, {}),
        ("EXT_REGION", 64 * MIB, {}),
        ("GICV3_GICR0", 128 * KIB, {"gic": 3, "vcpus": 1}),
        ("GICV3_GICR0", 5 * 128 * KIB, {"gic": 3, "vcpus": 5}),
        ("VIRTIO_MMIO", 512, {"virtio": 1}),
        ("VIRTIO_MMIO", 3 * 512, {"virtio": 3}),
    ],
)
def test_a_region_holds_the_least(stem: str, least: int, chosen: dict[str, int]) -> None:
    """gnttab frames by default, magic pages of libxl, two frames of 64 KiB each redistributor, virtio-mmio of 0x200."""
    more = "; GUEST_VIRTIO_MMIO_SPI_FIRST 40; GUEST_VIRTIO_MMIO_SPI_LAST 42"
    name = (f"GUEST_{stem}",)
    for size in (least - 1, least, least + 1, 2 * least):
        at = case(of(stem, size) + more)
        assert fails(RULE, at, **chosen) == ([name] if size < least else [])
        if size < least:
            assert conflict(RULE, at, *name, **chosen) == 1
            said = told(RULE, at, *name, **chosen)
            assert said.counterexample.witness == Witness("too-small", found=size, needed=least)
            assert said.counterexample.regions == at.layout.regions
            assert " and needs " in said.message
            assert said.message.endswith(": 1 byte too small")
            assert "other redistributor regions" not in said.message
            assert (" room for " in said.message) == (stem in ("GICV3_GICR0", "VIRTIO_MMIO"))
        assert doubted(RULE, at) == {}


@pytest.mark.parametrize(
    ("stem", "size", "right", "chosen"),
    [
        ("GICC", 8 * KIB, 8 * KIB, {"gic": 2}),
        ("GICC", 8 * KIB - 1, 8 * KIB, {"gic": 2}),
        ("GICC", 64 * KIB, 8 * KIB, {"gic": 2}),
        ("VPCI_ECAM", 1, MIB, {"vpci": 1}),
        ("VPCI_ECAM", MIB - 1, MIB, {"vpci": 1}),
        ("VPCI_ECAM", MIB, MIB, {"vpci": 1}),
        ("VPCI_ECAM", MIB + 1, MIB, {"vpci": 1}),
        ("VPCI_ECAM", 2 * MIB - 1, MIB, {"vpci": 1}),
        ("VPCI_ECAM", 2 * MIB, 2 * MIB, {"vpci": 1}),
        ("VPCI_ECAM", 3 * MIB, 3 * MIB, {"vpci": 1}),
        ("VPCI_ECAM", 255 * MIB, 255 * MIB, {"vpci": 1}),
        ("VPCI_ECAM", 256 * MIB, 256 * MIB, {"vpci": 1}),
        ("VPCI_ECAM", 257 * MIB, 256 * MIB, {"vpci": 1}),
    ],
)
def test_of_some_the_size_is_exact(stem: str, size: int, right: int, chosen: dict[str, int]) -> None:
    """GICC has GICC_DIR at 0x1000; a bus has 32 devices of 8 functions of 4 KiB, and there are at most 256."""
    at = case(of(stem, size))
    name = f"GUEST_{stem}"
    assert fails(RULE, at, **chosen) == ([] if size == right else [(name,)])
    assert fails(RULE, at, **({"gic": 3} if "gic" in chosen else {"vpci": 0})) == []
    (asked,) = RULE.obligations(at)
    assert (asked.bad is False) == (size == right)  # arithmetic decides it
    if size != right:
        assert conflict(RULE, at, name, **chosen) == abs(size - right)
        said = told(RULE, at, name, **chosen)
        assert said.counterexample.witness == Witness("differs", found=size, needed=right)
        assert " and has to be exactly " in said.message
        assert said.message.endswith("too small" if size < right else "too large")
        assert "room for" not in said.message


@pytest.mark.parametrize(
    "text", [of("FOO", 1), of("GICD", 1), of("GICV3_GICD", 1), of("PL011", 1), of("RAM0", 1)]
)
def test_of_others_nothing_is_needed(text: str) -> None:
    assert RULE.obligations(case(text)) == []


@pytest.mark.parametrize("sizes", [(2, 3, 4), (9,), (1, 1)])
def test_redistributors_may_be_spread(sizes: tuple[int, ...]) -> None:
    """So many vCPUs as all of them hold, told at the first by address; each takes 128 KiB."""
    parts = [
        region(f"GICV3_GICR{place}", AT + place * MIB * 4, AT + place * MIB * 4 + count * 128 * KIB)
        for place, count in enumerate(sizes)
    ]
    at = case("; ".join(parts))
    first = "GUEST_GICV3_GICR0"
    for vcpus in range(1, 12):
        short = vcpus > sum(sizes)
        assert fails(RULE, at, gic=3, vcpus=vcpus) == ([(first,)] if short else [])
        if short:
            assert conflict(RULE, at, first, gic=3, vcpus=vcpus) == (vcpus - sum(sizes)) * 128 * KIB
            said = told(RULE, at, first, gic=3, vcpus=vcpus)
            assert f"({vcpus} x 0x20000, room for {sum(sizes)})" in said.message
            assert (" with the other redistributor regions and needs " in said.message) == (len(sizes) > 1)
            witness = said.counterexample.witness
            assert (witness.found, witness.needed) == (sum(sizes) * 128 * KIB, vcpus * 128 * KIB)
    assert fails(RULE, at, gic=2, vcpus=8) == []
    assert len(RULE.obligations(at)) == 1


@pytest.mark.parametrize("before", [64 * PAGE - 1, 64 * PAGE, 100 * PAGE, 300 * PAGE])
def test_a_grant_region_is_no_smaller_than_it_was(before: int) -> None:
    for size in (64 * PAGE, 100 * PAGE - 1, 100 * PAGE, 101 * PAGE):
        at = case(of("GNTTAB", size), base=of("GNTTAB", before))
        assert fails(RULE, at) == ([("GUEST_GNTTAB",)] if size < before else [])
        if size < before:
            said = told(RULE, at, "GUEST_GNTTAB")
            assert said.details[1].startswith("needed for the original grant region, that of ")
            assert said.details[1].endswith("; base.h:2")
            assert said.counterexample.witness == Witness("too-small", found=size, needed=before)
    alone = case(of("GNTTAB", 64 * PAGE))
    assert len(RULE.obligations(alone)) == 1
    assert len(RULE.obligations(case(of("GNTTAB", 64 * PAGE), base=of("FOO", PAGE)))) == 1


def test_of_a_baseline_only_the_grant_region_is_doubted() -> None:
    """Without its size nobody knows how large it was; what else is not known there, does not matter."""
    at = case(of("GNTTAB", 64 * PAGE), base="GUEST_GNTTAB_BASE 0x1000ULL; GUEST_MAGIC_BASE 0x100000ULL")
    assert [*doubted(RULE, at)] == [("GUEST_GNTTAB",)]
    at = case(of("GNTTAB", 64 * PAGE), base="GUEST_GNTTAB_SIZE { 1, 2 }; GUEST_GNTTAB_BASE 0x1000ULL")
    assert ("GUEST_GNTTAB",) in doubted(RULE, at)


def test_details_have_the_macro_and_the_reason() -> None:
    at = case(of("GNTTAB", 63 * PAGE))
    said = told(RULE, at, "GUEST_GNTTAB")
    assert said.details[0] == "GUEST_GNTTAB_SIZE is 0x3f000, layout.h:2"
    assert said.details[1].startswith("needed for 64 grant frames of 4 KiB, the default; ")
    assert said.message == (
        "GUEST_GNTTAB [0x10000000, 0x1003f000) is 0x3f000 (252 KiB) and needs 0x40000 (256 KiB): 4 KiB too small"
    )
