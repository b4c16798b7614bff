"""What can be wrong on a board: each class with where Xen does it, since and until when, and what an integrator does."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.board_finding import BoardFinding


@dataclass(frozen=True, slots=True)
class Class:
    """Refutations of the same cause."""

    id: str
    effect: str
    """`unsound`, `space lost` or `not built`."""
    title: str
    property: str
    phrase: str
    """What its messages contain, and those of other classes of the property do not."""
    cause: str


PERMITTED = "permitted"
"""The class that every board is in before 4.21: told once, not with each board."""

CLASSES = (
    Class(
        "covers", "unsound", "a region covers a PCI window or registers", "one-to-one-holes", "covers",
        "`rangeset_remove_range` (xen/common/rangeset.c): taking away a range that begins in a hole and ends in "
        "the next free range makes the free range below the hole longer. Layerscape boards describe the same "
        "window twice, as that of a root complex and as that of an endpoint, and so come to it. From 4.4.0 until "
        "4.19.3, 4.20.1 and 4.21.0. Take one of these, delete the node that is not used (`pcie-ep`), or boot with "
        "`ext_regions=off`.",
    ),
    Class(
        "cut", "unsound", "a region is cut by the root's cells", "registers-fit", "does not fit",
        "`make_hypervisor_node` (xen/arch/arm/domain_build.c) writes with the cells of the board's root, and one "
        "cell holds less than 4 GiB: dom0 reads another region. Since 4.16.0, up to the newest release. Give the "
        "root two cells for addresses and sizes, or boot with `ext_regions=off`. None of these boards has an "
        "IOMMU that Xen drives, so the holes are never offered there. Without IOMMU it takes 4 GiB of RAM in a "
        "row, as a Raspberry Pi 4 can have.",
    ),
    Class(
        "empty", "unsound", "an entry without a size takes away everything", "preconditions", "has a size of 0",
        "`find_memory_holes` (xen/arch/arm/domain_build.c) asks to take away the frames from 0 to -1. Since "
        "4.16.0, up to the newest release. A Raspberry Pi 4 whose boot EEPROM does not fill in `nvram@0` has such "
        "an entry; delete the node. It has no IOMMU that Xen drives, and without one Xen takes regions of RAM, "
        "where the entry does no harm.",
    ),
    Class(
        "lost", "space lost", "free space is not offered", "complete", "not offered",
        "The effect of `empty`: nothing is offered to dom0. It is certain only where RAM is known, which none of the "
        "kernel's trees with such an entry tells. Cause and remedy are those.",
    ),
    Class(
        "page", "unsound", "the last page of a device is not mapped to dom0", "permissions-match", "are not mapped",
        "`map_range_to_domain` (xen/arch/arm/device.c) maps as many pages as the size of an entry needs, whatever "
        "its offset in the first page. Since 4.5.0, up to the newest release. Give the entry the whole pages. "
        "(The GPIO controllers of i.MX 93 and 8ULP have 4 KiB from offset 0x80 in the tree, probably more than "
        "they use.)",
    ),
    Class(
        PERMITTED, "unsound", "dom0 may manage a page behind a device", "permissions-match", "that none of its devices has",
        "`iomem_permit_access` was asked for one page too many for each device (`map_range_to_domain`, before "
        "9568ceb287). From 4.5.0 until 4.21.0. dom0 may map the page for a guest, and has no reason to.",
    ),
    Class(
        "no-gic", "not built", "Xen has no driver for the interrupt controller", "built", "gic_dt_preinit",
        "`gic_dt_preinit` (xen/arch/arm/gic.c) panics: the Raspberry Pi 3's own controller, Qualcomm's GIC "
        "(`qcom,msm-qgic2`). No defect of Xen: it does not run there, in any release.",
    ),
    Class(
        "gic-refused", "not built", "the interrupt controller lacks what virtualisation needs", "built", "gicv2_dt_init",
        "`gicv2_dt_init` (xen/arch/arm/gic-v2.c) panics: it asks for the addresses of four interfaces and for the "
        "maintenance interrupt, in all releases. The tree of the HiSilicon Poplar has two and none, which is enough for "
        "Linux without KVM. Give the node those that the controller, a GIC-400, has.",
    ),
    Class(
        "not-on-bus", "not built", "a device lies outside the ranges of its bus", "built", "does not map",
        "`handle_device` (xen/arch/arm/domain_build.c) cannot translate the entry, and dom0 is not built, where "
        "Linux leaves one device out. In all releases with regions. Delete the node, or add the range to the bus.",
    ),
    Class(
        "reserved-twice", "not built", "reserved memory is described twice", "built", "overlaps",
        "`check_reserved_regions_overlap` (xen/arch/arm/setup.c; xen/common/device-tree/bootinfo-fdt.c): Xen "
        "panics before it has a console. Since 4.18.0. Make one node of the two.",
    ),
    Class(
        "bank-twice", "not built", "reserved memory is taken for RAM, twice", "built", "two memory banks",
        "Any node called `memory@...` is a bank of RAM, those below `/reserved-memory` as well; "
        "`setup_directmap_mappings` stops where two of them overlap. From 4.17.0 (26a470875b) until 4.20.0, which "
        "looks at `device_type` (47d4d3cdc5). Rename the nodes.",
    ),
)  # fmt: skip


def class_of(finding: BoardFinding) -> Class:
    """Of a refutation. Raises LookupError for one that no class is about."""
    for each in CLASSES:
        if each.property == finding.property and each.phrase in finding.message:
            return each
    raise LookupError(f"{finding.property}: {finding.message}")
