"""A guest of the guest layout asked directly: which of its addresses the P2M takes, and what its map says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.xen import guest_offer
from verifier.xen.guest_offer import Built, Passed
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import xen

MIB, GIB, PAGE = 1 << 20, 1 << 30, 4096
GRANT = Extent(0x38000000, 0x39000000)
BANK = Extent(0x40000000, 0x80000000)
WHERE = Extent(0xE0000000, 0xE0001000)
REGION = Span(0x200000000, GIB)
BUILT = Built(
    name="g", gic=3, memory=GIB, memory_unit=MIB, memory_origin="here", vcpus=1, producer="its_producer",
    outcome=Outcome((REGION,)), stops=(), doubts=(), regions=(), passed=(), interrupts=(), spis=None,
    grant_frames=64, operations=(), iommu=False,
)  # fmt: skip


def iomem(guest: Extent) -> Passed:
    return Passed("iomem[0]", WHERE, WHERE, WHERE, guest, "g.cfg:2")


@pytest.mark.parametrize(
    ("tag", "bits", "start", "end", "taken"),
    [
        # By pa_range_info: tables of 512 GiB each at level 1, one, two or eight; one of 256 TiB at level 0.
        ("head", 32, 0, 1 << 39, True),
        ("head", 32, 0, (1 << 39) + 1, False),
        ("head", 40, (1 << 40) - PAGE, 1 << 40, True),
        ("head", 40, (1 << 40) - PAGE, (1 << 40) + PAGE, False),
        ("head", 42, (1 << 42) - PAGE, 1 << 42, True),
        ("head", 42, 1 << 42, (1 << 42) + 1, False),
        ("head", 48, (1 << 48) - PAGE, 1 << 48, True),
        ("head", 48, 1 << 48, (1 << 48) + PAGE, False),
        # What is empty is not mapped.
        ("head", 40, 1 << 41, 1 << 41, True),
        # Before XSA-301 addresses above came around; what has no 64 bits is no address.
        ("4.8.0", 48, (1 << 64) - PAGE, 1 << 64, True),
        ("4.8.0", 48, (1 << 64) - PAGE, (1 << 64) + PAGE, False),
    ],
)
def test_what_the_p2m_takes(tag: str, bits: int, start: int, end: int, *, taken: bool) -> None:
    """Whichever it is, a bank of RAM or what is passed through."""
    extent = Extent(start, end)
    said = list(guest_offer.unmapped(xen(tag), bits, (BANK, extent), (iomem(WHERE), iomem(extent))))
    named = () if taken else ("RAM bank 1", "iomem[0]")
    assert len(said) == len(named)
    assert all(f"{name} {extent} (" in each for name, each in zip(named, said, strict=True))


def regions(*named: NamedRegion, passed: tuple[Passed, ...] = ()) -> list[str]:
    found = guest_offer.offer(xen("head"), 40, replace(BUILT, regions=named, passed=passed)).domain
    return [each.name for each in found.regions]


def test_regions_are_by_address() -> None:
    """By the start, and by the end if that is the same; what has no address comes first."""
    first = NamedRegion("first", Extent(0, 1), "")
    long = NamedRegion("long", Extent(0x1000, 0x5000), "")
    short = NamedRegion("short", Extent(0x1000, 0x2000), "")
    inner = NamedRegion("inner", Extent(0x2000, 0x3000), "")
    nowhere = NamedRegion("nowhere", None, "not known")
    assert regions(inner, long, short, first, nowhere) == ["nowhere", "first", "short", "long", "inner"]
    assert regions(inner, short, passed=(iomem(Extent(0x1800, 0x1900)),)) == ["short", "iomem[0]", "inner"]


def test_what_it_is_given() -> None:
    """What has no address is in nobody's way."""
    nowhere, somewhere = NamedRegion("nowhere", None, "why"), NamedRegion("here", Extent(0, PAGE), "macro")
    asked = replace(BUILT, regions=(nowhere, somewhere), passed=(iomem(WHERE),))
    found = guest_offer.offer(xen("head"), 40, asked)
    assert [(each.kind, each.path, each.origin, each.extent) for each in found.given] == [
        ("domain-ram", "RAM bank 0", "of g", BANK),
        ("grant-region", "grant region", "of g", GRANT),
        ("layout", "here", "(macro)", Extent(0, PAGE)),
        ("passthrough", "iomem[0]", "(g.cfg:2)", WHERE),
    ]


@pytest.mark.parametrize("has_node", [True, False])
@pytest.mark.parametrize(("outcome", "offered"), [
    (Outcome((REGION,)), (Extent(0x200000000, 0x240000000),)), (Outcome(), ()),
])  # fmt: skip
def test_what_it_reads_in_its_hypervisor_node(
    outcome: Outcome, offered: tuple[Extent, ...], *, has_node: bool
) -> None:
    """The grant region, then what it is offered; nothing without the node, and nothing is known of what is not built."""
    asked = replace(BUILT, outcome=outcome, has_node=has_node)
    found = guest_offer.offer(xen("head"), 40, asked)
    assert found.domain.grant_region == (GRANT if has_node else None)
    assert found.domain.registers == ((GRANT, *offered) if has_node else ())
    assert found.domain.extended_regions == found.regions == offered
    assert ("grant-region" in {each.kind for each in found.given}) == has_node
    stopped = guest_offer.offer(xen("head"), 40, replace(asked, stops=("no",))).domain
    assert (stopped.registers, stopped.extended_regions, stopped.boots) == (None, None, False)


@pytest.mark.parametrize(
    ("built", "boots", "reasons"),
    [
        (BUILT, True, ()),
        (replace(BUILT, outcome=Outcome()), True, ("its_producer finds no stretch of 64 MiB or more",)),
        (replace(BUILT, producer=None, outcome=Outcome()), True, ("this release offers it none",)),
        (replace(BUILT, producer=None, outcome=Outcome(), none_because="no node"), True, ("no node",)),
        (
            replace(BUILT, outcome=Outcome((REGION,), dropped=(REGION, REGION))),
            True,
            ("2 more beyond the most regions that it takes",),
        ),
        (replace(BUILT, doubts=("is it?",)), None, ("is it?",)),
        (
            replace(BUILT, doubts=("is it?",), outcome=Outcome()),
            None,
            ("is it?", "its_producer finds no stretch of 64 MiB or more"),
        ),
        (replace(BUILT, doubts=("is it?",), stops=("no",)), False, ("no",)),
    ],
)
def test_whether_it_is_built_and_why_not(built: Built, boots: bool | None, reasons: tuple[str, ...]) -> None:
    """What stops it is all that counts; what is in doubt comes before why it is offered less."""
    found = guest_offer.offer(xen("head"), 40, built).domain
    assert (found.boots, found.reasons) == (boots, reasons)
    assert len(found.dropped) == len(built.outcome.dropped)


@pytest.mark.parametrize(("tag", "names"), [
    ("4.4.1", ["GUEST_RAM"]), ("4.5.0", ["GUEST_RAM0", "GUEST_RAM1"]), ("head", ["GUEST_RAM0", "GUEST_RAM1"]),
])  # fmt: skip
def test_windows_are_named_as_their_macros(tag: str, names: list[str]) -> None:
    assert [each.name for each in guest_offer.ram_windows(tag)] == names


@pytest.mark.parametrize(("vcpus", "reason"), [
    (1, "1 redistributor of 128 KiB"), (2, "2 redistributors of 128 KiB"),
])  # fmt: skip
def test_what_redistributors_need(vcpus: int, reason: str) -> None:
    """RD_base and SGI_base, 64 KiB each, for every vCPU."""
    (need,) = guest_offer.needs("head", 3, vcpus)
    assert (need.name, need.amount, need.reason) == ("GICR", vcpus * 0x20000, reason)
