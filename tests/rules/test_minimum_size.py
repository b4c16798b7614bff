"""minimum-size: one byte, page, vCPU or device too few is told; enough is enough."""

from __future__ import annotations

import pytest

from tests.rules.headers import Checker, of, only, refuted
from verifier.layout.box import Box


def size_of(stem: str, size: int) -> dict[str, str]:
    known = {
        "GUEST_GICC": "GUEST_GICC_SIZE            xen_mk_ullong(0x00002000)",
        "GUEST_GICV3_GICR0": "GUEST_GICV3_GICR0_SIZE     xen_mk_ullong(0x01000000)",
        "GUEST_GNTTAB": "GUEST_GNTTAB_SIZE          xen_mk_ullong(0x01000000)",
        "GUEST_MAGIC": "GUEST_MAGIC_SIZE           xen_mk_ullong(0x01000000)",
        "GUEST_VPCI_ECAM": "GUEST_VPCI_ECAM_SIZE       xen_mk_ullong(0x10000000)",
        "GUEST_VIRTIO_MMIO": "GUEST_VIRTIO_MMIO_SIZE     xen_mk_ullong(0x00100000)",
    }
    return {known[stem]: f"{stem}_SIZE {size:#x}ULL"}


@pytest.mark.parametrize(
    ("stem", "size", "message"),
    [
        (
            "GUEST_GICC",
            0x100,
            "GUEST_GICC [0x3002000, 0x3002100) is 0x100 (256 bytes) and has to be exactly 0x2000 (8 KiB): "
            "7936 bytes too small",
        ),
        (
            "GUEST_GICC",
            0x3000,
            "GUEST_GICC [0x3002000, 0x3005000) is 0x3000 (12 KiB) and has to be exactly 0x2000 (8 KiB): "
            "4 KiB too large",
        ),
        (
            "GUEST_GICV3_GICR0",
            0xFE0000,
            "GUEST_GICV3_GICR0 [0x3020000, 0x4000000) is 0xfe0000 (16256 KiB) and needs 0x1000000 "
            "(16 MiB) (128 x 0x20000, room for 127): 128 KiB too small",
        ),
        (
            "GUEST_GNTTAB",
            0xFFF000,
            "GUEST_GNTTAB [0x38000000, 0x38fff000) is 0xfff000 (16380 KiB) and needs 0x1000000 (16 MiB): "
            "4 KiB too small",
        ),
        (
            "GUEST_MAGIC",
            0x3000,
            "GUEST_MAGIC [0x39000000, 0x39003000) is 0x3000 (12 KiB) and needs 0x4000 (16 KiB): "
            "4 KiB too small",
        ),
        (
            "GUEST_VIRTIO_MMIO",
            0x15FF,
            "GUEST_VIRTIO_MMIO [0x2000000, 0x20015ff) is 0x15ff (5631 bytes) and needs 0x1600 "
            "(5632 bytes) (11 x 0x200, room for 10): 1 byte too small",
        ),
        (
            "GUEST_VPCI_ECAM",
            0x10100000,
            "GUEST_VPCI_ECAM [0x10000000, 0x20100000) is 0x10100000 (257 MiB) and has to be exactly "
            "0x10000000 (256 MiB): 1 MiB too large",
        ),
        (
            "GUEST_VPCI_ECAM",
            0x180000,
            "GUEST_VPCI_ECAM [0x10000000, 0x10180000) is 0x180000 (1536 KiB) and has to be exactly "
            "0x100000 (1 MiB): 512 KiB too large",
        ),
    ],
)
def test_too_small_or_large(checked: Checker, stem: str, size: int, message: str) -> None:
    finding = only(checked(size_of(stem, size)), "minimum-size", besides=("aligned",))
    assert finding.subjects == (stem,)
    assert finding.message == message.replace("16256 KiB", "~15.9 MiB").replace("16380 KiB", "~16.0 MiB")


@pytest.mark.parametrize(
    ("stem", "size"),
    [
        ("GUEST_GICV3_GICR0", 0x1000000),
        ("GUEST_MAGIC", 0x4000),
        ("GUEST_VIRTIO_MMIO", 0x1600),
        ("GUEST_VPCI_ECAM", 0x100000),
        ("GUEST_VPCI_ECAM", 0xFF00000),
    ],
)
def test_just_enough(checked: Checker, stem: str, size: int) -> None:
    assert not of(checked(size_of(stem, size)), "minimum-size")


def test_exactly_the_guests_that_do_not_fit(checked: Checker) -> None:
    finding = only(checked(size_of("GUEST_GICV3_GICR0", 8 * 0x20000)), "minimum-size")
    assert finding.regimes == (Box({"gic": (3,)}, {"vcpus": (9, 128)}),)
    finding = only(checked(size_of("GUEST_VIRTIO_MMIO", 0x800)), "minimum-size", besides=("aligned",))
    assert finding.regimes == (Box({}, {"virtio": (5, 11)}),)


@pytest.mark.parametrize(
    ("xen", "arch", "vcpus"), [("4.5.0", "arm64", 8), ("4.6.0", "arm64", 128), ("4.22", "arm32", 8)]
)
def test_vcpus_are_those_of_the_release(checked: Checker, xen: str, arch: str, vcpus: int) -> None:
    """Without GUEST_MAX_VCPUS in the header, what Xen allows decides."""
    without = {"#define GUEST_MAX_VCPUS            128\n": ""}
    exact = size_of("GUEST_GICV3_GICR0", vcpus * 0x20000)
    assert not [
        each
        for each in refuted(checked({**without, **exact}, xen=xen, arch=arch))
        if each.property == "minimum-size"
    ]
    short = size_of("GUEST_GICV3_GICR0", (vcpus - 1) * 0x20000)
    assert only(checked({**without, **short}, xen=xen, arch=arch), "minimum-size").subjects == (
        "GUEST_GICV3_GICR0",
    )


def test_a_header_that_promises_more_vcpus_needs_them(checked: Checker) -> None:
    finding = only(checked({"GUEST_MAX_VCPUS            128": "GUEST_MAX_VCPUS 129"}), "minimum-size")
    assert finding.regimes == (Box({"gic": (3,)}, {"vcpus": (129, 129)}),)


def test_redistributors_may_be_spread(checked: Checker) -> None:
    spread = {
        **size_of("GUEST_GICV3_GICR0", 0x800000),
        "GUEST_GICV3_RDIST_REGIONS  1": "GUEST_GICV3_RDIST_REGIONS 2",
    }
    added = "#define GUEST_GICV3_GICR1_BASE 0x5000000ULL\n#define GUEST_GICV3_GICR1_SIZE 0x800000ULL"
    assert not refuted(checked(spread, added))
    assert (
        "with the other redistributor regions"
        in only(checked(spread, added.replace("0x800000", "0x7e0000")), "minimum-size").message
    )


@pytest.mark.parametrize(("baseline", "fails"), [("4.4.0", False), ("4.5.0", True)])
def test_the_original_grant_region_is_the_baselines(checked: Checker, baseline: str, fails: bool) -> None:
    """128 KiB in 4.4, 16 MiB from 4.5 on; 64 frames of 4 KiB are needed in any case."""
    report = checked(size_of("GUEST_GNTTAB", 64 * 4096), base=f"xen-{baseline}")
    assert bool(of(report, "minimum-size")) == fails


@pytest.mark.parametrize(("xen", "frames"), [("4.9", 32), ("4.10", 64)])
def test_default_grant_frames(checked: Checker, xen: str, frames: int) -> None:
    assert not of(checked(size_of("GUEST_GNTTAB", frames * 4096), base="xen-4.4.0", xen=xen), "minimum-size")
    assert of(
        checked(size_of("GUEST_GNTTAB", (frames - 1) * 4096), base="xen-4.4.0", xen=xen), "minimum-size"
    )


@pytest.mark.parametrize(("size", "fails"), [(0x3FFF000, True), (0x4000000, False)])
def test_a_safe_range_is_an_extended_region(checked: Checker, size: int, fails: bool) -> None:
    added = f"#define GUEST_SAFE_RANGE_BASE 0x5000000ULL\n#define GUEST_SAFE_RANGE_SIZE {size:#x}ULL"
    assert bool(of(checked(added=added), "minimum-size")) == fails
