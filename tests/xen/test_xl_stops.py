"""What keeps xl, libxl or Xen from building a guest whose configuration can be read, or may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reading.test_xl_guest import guest
from tests.xen.test_xl_offer import WITH_VIRTIO, offer, stops
from verifier.rules.boards.catalogue import judge
from verifier.xen import xl_offer
from verifier.xen.release import xen

DEVICE = "'type=virtio,device,transport=mmio'"
STOPS: list[tuple[str, str, int, int, tuple[str, ...]]] = [
    (
        "maxmem=1043457", "head", 48, 3,
        ("libxl refuses the guest: the guest has 0xfec0100000 (~1019 GiB) of RAM, more than 0xfec0000000 (1019 GiB) "
         "(guest.cfg:2)",),
    ),
    ("vcpus=129", "head", 40, 3, ("domain_create fails: 129 vCPUs, and with a vGICv3 a domain has 128 at most",)),
    ("vcpus=128", "head", 40, 3, ()),
    ("vcpus=9", "head", 40, 2, ("domain_create fails: 9 vCPUs, and with a vGICv2 a domain has 8 at most",)),
    ("vcpus=8", "head", 40, 2, ()),
    ("vcpus=9", "4.5.3", 40, 3, ("domain_create fails: 9 vCPUs, and with a vGICv3 a domain has 8 at most",)),
    (
        "vuart='sbsa_uart'\nirqs=[32]", "head", 40, 3,
        ("libxl refuses the guest: irq 32 is that of the emulated PL011 as well (guest.cfg:3)",),
    ),
    ("irqs=[32]", "head", 40, 3, ()),
    (
        f"{WITH_VIRTIO}irqs=[34]", "head", 40, 3,
        ("libxl refuses the guest: irq 34 is that of virtio,device22 as well (guest.cfg:7)",),
    ),
    (f"{WITH_VIRTIO}irqs=[35]", "head", 40, 3, ()),
    (
        "irqs=[112]\nnr_spis=80", "head", 40, 3,
        ("libxl refuses the guest: nr_spis is 80, less than the 81 in use (guest.cfg:3)",),
    ),
    ("irqs=[112]\nnr_spis=81", "head", 40, 3, ()),
    (
        "irqs=[31]", "head", 40, 3,
        ("XEN_DOMCTL_bind_pt_irq fails: irq 31 (guest.cfg:2) is no SPI, and no other is routed",),
    ),
    (
        "irqs=[40,41,\n40]", "head", 40, 3,
        ("XEN_DOMCTL_bind_pt_irq fails: irq 40 (guest.cfg:3) is the guest's already",),
    ),
    # Two tables at level 1 reach 2^40, one 2^39, and one at level 0 2^48.
    (
        "iomem=['1,1@10000000']", "head", 40, 3,
        ("at 40 ipa bits p2m_set_entry takes no address from 0x10000000000 on: iomem[0] [0x10000000000, 0x10000001000) "
         "(guest.cfg:2) is not mapped",),
    ),
    ("iomem=['1,1@fffffff']", "head", 40, 3, ()),
    ("iomem=['fffffffff,1@c0000']", "head", 40, 3, ()),
    (
        "iomem=['1000000000,1@c0000']", "head", 40, 3,
        ("XEN_DOMCTL_memory_mapping refuses iomem[0] (guest.cfg:2): [0x1000000000000, 0x1000000001000) of the host does not "
         "end at 0x1000000000000 or below",),
    ),
    (
        "iomem=['1,2@7ffffff']", "head", 36, 3,
        ("at 36 ipa bits p2m_set_entry takes no address from 0x8000000000 on: iomem[0] [0x7ffffff000, 0x8000001000) "
         "(guest.cfg:2) is not mapped",),
    ),
    ("iomem=['1,1@7ffffff']", "head", 36, 3, ()),
    ("iomem=['1,1@10000000']", "head", 44, 3, ()),
    (
        "memory=614400", "head", 32, 3,
        ("at 32 ipa bits p2m_set_entry takes no address from 0x8000000000 on: RAM bank 1 [0x200000000, 0x9740000000) "
         "(GUEST_RAM) is not mapped",),
    ),
    (
        "dtdev=['/soc/usb']\npassthrough='disabled'", "head", 40, 3,
        ("libxl refuses the guest: passthrough is disabled but devices are specified (guest.cfg:2)",),
    ),
    ("acpi=1", "head", 40, 3, ()),
    # arch_sanitise_domain_config takes XEN_DOMCTL_CDF_hvm and _hap, and no _oos_off; before 4.12 nothing asked.
    (
        "hap=0", "4.12.0", 40, 3,
        ("libxl refuses the guest: hap is 0, and Xen for Arm makes no domain without it (guest.cfg:2)",),
    ),
    (
        "oos=0", "head", 40, 3,
        ("libxl refuses the guest: oos is 0, and Xen for Arm makes no domain without it (guest.cfg:2)",),
    ),
    ("hap=1\noos=1", "head", 40, 3, ()),
    ("hap=0", "4.11.4", 40, 3, ()),
    # INITIAL_NR_GRANT_FRAMES is 1.
    (
        "max_grant_frames=0", "4.10.0", 40, 3,
        ("libxl refuses the guest: max_grant_frames is 0, and Xen makes no grant table without a frame (guest.cfg:2)",),
    ),
    ("max_grant_frames=1", "head", 40, 3, ()),
    # make_virtio_mmio_node_device: "virtio,device" has to begin the type, and one without a type is none.
    (
        "virtio=['type=virtio,dev1,transport=mmio']", "4.18.0", 40, 3,
        ("libxl refuses the guest: virtio virtio,dev1 is no virtio,deviceN, and libxl makes no other (guest.cfg:2)",),
    ),
    (
        "virtio=['transport=mmio']", "head", 40, 3,
        ("libxl refuses the guest: virtio of no type is no virtio,deviceN, and libxl makes no other (guest.cfg:2)",),
    ),
    ("virtio=['type=foo']", "head", 40, 3, ()),
    (f"virtio=[{DEVICE}]", "head", 40, 3, ()),
    # disk_try_backend: of all backends only standalone takes virtio, and it takes raw images without a script.
    (
        "disk=['a,qcow2,xvda,specification=virtio']", "4.17.0", 40, 3,
        ("libxl refuses the guest: virtio disk xvda has format qcow2, and virtio only raw (guest.cfg:2)",),
    ),
    (
        "disk=['a,,xvda,specification=virtio,backendtype=qdisk']", "head", 40, 3,
        ("libxl refuses the guest: virtio disk xvda has backendtype qdisk, and virtio only standalone (guest.cfg:2)",),
    ),
    (
        "disk=['a,,xvda,specification=virtio,script=block-nbd']", "head", 40, 3,
        ("libxl refuses the guest: virtio disk xvda has a script, and virtio none (guest.cfg:2)",),
    ),
    ("disk=['a,,xvda,specification=virtio,backendtype=standalone']", "head", 40, 3, ()),
    ("disk=['a,qcow2,xvda,backendtype=qdisk']", "head", 40, 3, ()),
    (
        f"virtio=[{f'{DEVICE},' * 11}\n{DEVICE}]", "head", 40, 3,
        ("libxl refuses the guest: no room for virtio device 12: the region ends at 0x2100000, its interrupts with 43 "
         "(guest.cfg:3)",),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tag", "bits", "gic", "expected"), STOPS)
def test_what_stops_it(text: str, tag: str, bits: int, gic: int, expected: tuple[str, ...]) -> None:
    """Each where it just stops, and next to it where it does not."""
    found = offer(text, tag, bits, gic)
    assert stops(found) == expected
    assert found.domain.boots is not bool(expected)
    assert (found.domain.extended_regions is None) == (found.domain.registers is None) == bool(expected)


def test_acpi_is_for_kernels_of_64_bits() -> None:
    """libxl__arch_domain_init_hw_description has tables for xen-3.0-aarch64 alone, and fails for all else."""
    config = replace(guest("name='g'\nacpi=1"), kernel_bits=32)
    found = xl_offer.offer(config, xen("head"), 40, 3, "g")
    assert stops(found) == (
        "libxl refuses the guest: acpi is for kernels of 64 bits, and this one has 32 (guest.cfg:2)",
    )
    without = xl_offer.offer(replace(config, acpi=False), xen("head"), 40, 3, "g")
    assert stops(without) == ()


def test_what_xl_stops_at() -> None:
    found = xl_offer.offer(guest("memory=64"), xen("head"), 40, 3, "guest")
    assert stops(found) == ("xl stops: there is no name (guest.cfg:1)",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "nr_spis=961",
            "whether domain_vgic_init takes nr_spis of 961 is not decided; 960 are no question",
        ),
        (
            # 6 of the GIC; 16 and 2, 0 and 2, 0 and 2 of 32 MiB of RAM; as many for a page of the host but for the 16.
            "shadow_memory=0\niomem=['fe200,1']",
            "whether 0 pages for page tables suffice is not decided: p2m_alloc_page can take 34; shadow_memory = 1 is "
            "enough",
        ),
    ],
)
def test_what_may_stop_it(text: str, reason: str) -> None:
    """The size of the pool is a question since XSA-409; before, tables come from Xen's heap."""
    found = offer(text)
    assert found.domain.boots is None
    assert found.domain.reasons[0] == reason
    assert [str(each.verdict) for each in judge(found) if each.property == "built"] == ["unknown"]
    assert offer("nr_spis=960\nshadow_memory=1").domain.boots is True
    assert offer("shadow_memory=0\niomem=['fe200,1']", "4.15.0").domain.boots is True


@pytest.mark.parametrize(("tag", "frames", "boots"), [
    ("4.10.0", 64, True), ("4.10.0", 65, None), ("4.17.7", 64, True), ("4.17.7", 65, None), ("4.18.0", 65, True),
])  # fmt: skip
def test_what_bounds_its_grant_table(tag: str, frames: int, boots: bool | None) -> None:
    """opt_max_grant_frames is 64; since b2ea81d2b9 it is only what domains have that ask for nothing."""
    config = guest(f"name='g'\nmax_grant_frames={frames}", tag)
    found = xl_offer.offer(config, xen(tag), 40, 3, "g")
    assert found.domain.boots is boots
    reasons = [each for each in found.domain.reasons if "max_grant_frames" in each]
    assert bool(reasons) == (boots is None)
    assert list(xl_offer.doubts_of_any_memory(config, xen(tag))) == reasons


@pytest.mark.parametrize(("tag", "version", "boots"), [
    ("head", 1, True), ("head", 0, None), ("head", 2, None), ("4.16.0", 2, None),
    ("4.15.0", 2, True),  # xl of that release does not read the key
])  # fmt: skip
def test_what_version_its_grant_table_may_have(tag: str, version: int, boots: bool | None) -> None:
    """GNTTAB_MAX_VERSION of Arm is 1, which gnttab=max-ver:2 moves; a domain asks for its own since 4.16."""
    config = guest(f"name='g'\nmax_grant_version={version}", tag)
    found = xl_offer.offer(config, xen(tag), 40, 3, "g")
    assert found.domain.boots is boots
    said = [
        f"whether domain_create takes max_grant_version of {version} (guest.cfg:2) is not decided: grant tables of Arm have "
        "version 1 unless gnttab=max-ver:2 is on Xen's command line"
    ]
    assert list(xl_offer.doubts_of_any_memory(config, xen(tag))) == ([] if boots else said)
