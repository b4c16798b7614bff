"""Both sides of the bounds of a guest of xl: page tables, interrupts, and what is in doubt whatever its memory is."""

from __future__ import annotations

import pytest

from tests.reading.test_xl_guest import guest
from tests.xen.test_xl_offer import offer, stops
from verifier.layout.errors import InputError
from verifier.layout.guest_config import GuestConfig
from verifier.xen import xl_guest, xl_offer
from verifier.xen.release import Xen, xen

MIB = 1 << 20
DEPENDS = "whether the pages for page tables suffice depends on the memory: --memory tells it"


@pytest.mark.parametrize("text", ["memory=0", "memory=8\nvideoram=8", "memory=8\nvideoram=9"])
def test_a_guest_without_ram_has_no_bank(text: str) -> None:
    found = offer(text)
    assert found.guest is not None
    assert (found.guest.memory, found.domain.banks) == (0, ())
    assert stops(found) == (
        "libxl refuses the guest: the guest has no RAM, and libxc builds none (guest.cfg:2)",
    )


def test_a_reason_without_a_place_is_told_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_config: GuestConfig, _xen: Xen) -> int:
        raise InputError("out of luck")

    monkeypatch.setattr(xl_guest, "spis", refuse)
    assert stops(offer("memory=64")) == ("libxl refuses the guest: out of luck",)


@pytest.mark.parametrize(("mib", "boots"), [(488, True), (489, True), (490, None)])
def test_a_pool_may_be_just_large_enough(mib: int, *, boots: bool | None) -> None:
    """1 MiB is 256 pages.

    A bank of 488 MiB has 244 tables of 2 MiB, two more where it begins and ends within one, two and two above: 250. Six
    are those of the GIC.
    """
    assert offer(f"memory={mib}\nshadow_memory=1").domain.boots is boots


def test_the_pool_is_that_of_its_vcpus() -> None:
    """256 pages for each vCPU, one for each MiB, 128 beside; from 4.16.3 on (XSA-409)."""
    config = guest("memory=512; vcpus=1; maxvcpus=3")
    assert xl_offer.pool(config, xen("head")) == (3, 3 * 256 + 512 + 128)
    assert xl_offer.pool(config, xen("4.16.2")) is None


@pytest.mark.parametrize(
    ("text", "tag", "expected"),
    [
        ("", "head", []),
        ("nr_spis=960", "head", []),
        (
            "nr_spis=961",
            "head",
            ["whether domain_vgic_init takes nr_spis of 961 is not decided; 960 are no question"],
        ),
        # What libxl refuses is no doubt.
        ("irqs=[40]; nr_spis=8", "head", []),
        # 256 + 128 pages beside what the RAM adds: 6 for the GIC, 6 for each of two banks, 6 and 360 for 720 MiB.
        ("iomem=['100000,2d000']", "head", []),
        ("iomem=['100000,2d200']", "head", [DEPENDS]),
        ("iomem=['100000,2d200']", "4.16.2", []),
        ("iomem=['100000,2d200']; vcpus=2", "head", []),
        ("shadow_memory=64", "head", [DEPENDS]),
        ("shadow_memory=64", "4.16.2", []),
    ],
)
def test_what_is_in_doubt_whatever_the_memory(text: str, tag: str, expected: list[str]) -> None:
    assert list(xl_offer.doubts_of_any_memory(guest(f"name='g'; {text}", tag), xen(tag))) == expected


def test_an_interrupt_that_is_asked_for_twice_is_one() -> None:
    """Named by the first entry; what follows keeps the number of its own."""
    found = offer("irqs=[40,40,41]").guest
    assert found is not None
    assert [(each.name, each.number) for each in found.interrupts if each.kind == "spi"] == [
        ("irqs[0]", 40),
        ("irqs[2]", 41),
    ]
