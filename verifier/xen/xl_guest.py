"""What libxl makes of an xl configuration on Arm, beside the regions that it advertises.

Model of libxl__domain_build_info_setdefault, libxl__build_dom and libxl__get_required_paging_memory (tools/libs/light),
of libxl__arch_domain_prepare_config (libxl_arm.c) and of meminit (tools/libs/guest/xg_dom_arm.c).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.guest_config import PVH, GuestConfig, Remark, VirtioDevice
from verifier.layout.units import sized
from verifier.reading import models
from verifier.xen import domu_stops, p2m_pool
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import numbers_of

_FIRST_SPI = 32
_ACPI_BITS = 64
"""libxl__arch_domain_init_hw_description makes tables for no other kernel."""
_SLACK = 1 << 20
"""Bytes that a guest may have above `memory`: LIBXL_MAXMEM_CONSTANT, for the magic pages."""
_ALWAYS_PVH = Variants("xl-memory", {"as-asked": False, "always-pvh": True})
HAS_POOL = Variants("xl-p2m-pool", {"none": False, "reckoned": True})
"""Whether page tables come from a pool; a guest of the device tree has one from the same releases on (XSA-409)."""


@dataclass(frozen=True, slots=True)
class VirtioRegion:
    """The registers of a virtio-mmio device and its interrupt."""

    device: VirtioDevice
    extent: Extent
    irq: int
    """As the GIC numbers it: an SPI."""


def ram(config: GuestConfig, xen: Xen) -> int:
    """Bytes of RAM that libxl gives a guest, whole MiB.

    A PVH guest gets all of `maxmem` less video RAM at once, a PV guest `memory`. Raises InputError, at the number,
    where libxc builds nothing: no RAM, or more than the release's banks have.
    """
    if _ALWAYS_PVH.of(xen) or config.kind == PVH:
        amount, key = config.maxmem - config.videoram, "maxmem" if "maxmem" in config.origins else "memory"
    else:
        amount, key = config.memory, "memory" if "memory" in config.origins else "maxmem"
    where = config.origins.get(key) or config.origins.get("videoram")
    place = (config.file, None) if where is None else (where.file, where.line)
    if amount <= 0:
        raise InputError("the guest has no RAM, and libxc builds none", *place)
    most = _most(xen.tag)
    if most is not None and amount > most:
        raise InputError(f"the guest has {sized(amount)} of RAM, more than {sized(most)}", *place)
    return amount


def _most(tag: str) -> int | None:
    """Bytes of RAM at most; before there were banks the magic pages lay in the same window, which had no end at first."""
    numbers = numbers_of(tag)
    if "GUEST_RAM_SIZE" in numbers:
        return numbers["GUEST_RAM_SIZE"] - models.PAGE * models.facts(tag, "arm64")["magic-pages"]
    return numbers.get("GUEST_RAM_MAX")


def remarks(config: GuestConfig, xen: Xen) -> Iterator[Remark]:
    """What libxl and Xen refuse once the guest is built, though the file can be read."""
    amount = ram(config, xen)
    if amount + models.PAGE * models.facts(xen.tag, "arm64")["magic-pages"] > config.memory + _SLACK:
        text = f"libxl populates {sized(amount)} at once, and Xen allows {sized(config.memory)} and 1 MiB"
        yield Remark(text, config.origins["maxmem"], refused=True)
    devices = [*(each.origin for each in config.pci), *(each.origin for each in config.dtdev)]
    if devices and config.passthrough == "disabled":
        yield Remark("passthrough is disabled but devices are specified", devices[0], refused=True)
    if config.passthrough == "sync_pt":
        yield Remark(
            "passthrough=sync_pt is not supported on Arm", config.origins["passthrough"], refused=True
        )
    if config.max_grant_frames == 0:
        text = "max_grant_frames is 0, and Xen makes no grant table without a frame"
        yield Remark(text, config.origins["max_grant_frames"], refused=True)
    for key, value in {"hap": config.hap, "oos": config.oos}.items():
        if _ALWAYS_PVH.of(xen) and not value:
            yield Remark(
                f"{key} is 0, and Xen for Arm makes no domain without it", config.origins[key], refused=True
            )
    for each in config.virtio:
        if each.fault:
            yield Remark(f"virtio {each.what} {each.fault}", each.origin, refused=True)
    if config.acpi and config.kernel_bits != _ACPI_BITS:
        text = f"acpi is for kernels of {_ACPI_BITS} bits, and this one has {config.kernel_bits}"
        yield Remark(text, config.origins["acpi"], refused=True)


def grant_table(config: GuestConfig, xen: Xen) -> Iterator[str]:
    """One that is larger than Xen's bound for all, which its command line may have moved, or of a version that Xen may not
    have (grant_table_init).
    """
    most = models.facts(xen.tag, "arm64")["most-grant-frames"]
    frames = config.max_grant_frames
    if frames is not None and frames > most:
        yield (
            f"whether domain_create takes max_grant_frames of {frames} ({config.origins['max_grant_frames']}) is not "
            f"decided: Xen's own bound is {most} unless gnttab_max_frames on its command line is {frames} or more"
        )
    if config.max_grant_version is not None:
        yield from domu_stops.grant_version(
            config.max_grant_version, str(config.origins["max_grant_version"])
        )


def pool_pages(config: GuestConfig, xen: Xen) -> int | None:
    """Pages for the guest's page tables: `shadow_memory`, else as much as libxl reckons; None: Xen's heap, no limit."""
    if not HAS_POOL.of(xen):
        return None
    unit = xen.value("xl-p2m-pool-unit")
    wanted = config.shadow_memory
    if wanted is None:
        wanted = p2m_pool.wanted_pages(config.maxmem, config.maxvcpus) * models.PAGE
    return -(-wanted // unit) * unit // models.PAGE


def virtio(config: GuestConfig, xen: Xen) -> tuple[VirtioRegion, ...]:
    """The regions of virtio-mmio devices, in the order of the configuration (alloc_virtio_mmio_params).

    Raises InputError, at the device, where the window or its interrupts have no room for one more; KeyError for a
    release whose header has no such window yet.
    """
    numbers = numbers_of(xen.tag)
    return tuple(_virtio(numbers, index, each, xen) for index, each in enumerate(config.virtio))


def _virtio(numbers: Mapping[str, int], index: int, device: VirtioDevice, xen: Xen) -> VirtioRegion:
    size = models.facts(xen.tag, "arm64")["virtio-device-bytes"]
    base = numbers["GUEST_VIRTIO_MMIO_BASE"] + index * size
    irq = numbers["GUEST_VIRTIO_MMIO_SPI_FIRST"] + index
    end = numbers["GUEST_VIRTIO_MMIO_BASE"] + numbers["GUEST_VIRTIO_MMIO_SIZE"]
    last = numbers["GUEST_VIRTIO_MMIO_SPI_LAST"]
    if base + size > end or irq > last:
        why = f"the region ends at {end:#x}, its interrupts with {last}"
        raise InputError(
            f"no room for virtio device {index + 1}: {why}", device.origin.file, device.origin.line
        )
    return VirtioRegion(device, Extent(base, base + size), irq)


def spis(config: GuestConfig, xen: Xen) -> int:
    """How many SPIs the guest has (libxl__arch_domain_prepare_config).

    Raises InputError where an interrupt of the host has the number of an emulated device, or `nr_spis` is too small.
    """
    emulated = {region.irq: region.device.what for region in virtio(config, xen)}
    if config.vuart:
        emulated[numbers_of(xen.tag)["GUEST_VPL011_SPI"]] = "the emulated PL011"
    for each in config.irqs:
        if each.number in emulated:
            message = f"irq {each.number} is that of {emulated[each.number]} as well"
            raise InputError(message, each.origin.file, each.origin.line)
    used = [*emulated, *(each.number for each in config.irqs)]
    needed = max((number - _FIRST_SPI + 1 for number in used if number >= _FIRST_SPI), default=0)
    if config.nr_spis is None:
        return needed
    if config.nr_spis < needed:
        where = config.origins["nr_spis"]
        raise InputError(
            f"nr_spis is {config.nr_spis}, less than the {needed} in use", where.file, where.line
        )
    return config.nr_spis
