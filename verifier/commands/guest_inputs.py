"""What `verifier guest` predicts from: a configuration of xl, and options that stand for one or change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from verifier.commands.host_inputs import Asked
from verifier.layout.errors import InputError
from verifier.layout.guest_config import GuestConfig, PciDevice, VirtioDevice
from verifier.layout.origin import Origin
from verifier.reading.xl_config import Text
from verifier.reading.xl_devices import iomem, irq
from verifier.xen.release import Xen
from verifier.xen.subjects import numbers_of

MOST_ENTRIES = 4096
"""Devices of a kind; there are no more than 1,020 interrupts."""
OPTIONS = "the options"
"""What a guest without a file is called where files are."""


@dataclass(frozen=True, slots=True)
class GuestAsked:
    """The options; None and empty where they leave it to the configuration, or to the defaults of xl."""

    board: Asked
    """What is asked of a device tree; its `tree` is the file, empty without one."""
    toolstack: str | None = None
    """`xl` or `dom0less`."""
    memory: int | None = None
    """Bytes."""
    vcpus: int | None = None
    gic: int | None = None
    iomem: tuple[str, ...] = ()
    irqs: tuple[str, ...] = ()
    vuart: bool = False
    vpci: bool = False
    acpi: bool = False
    virtio: int = 0
    max_grant_frames: int | None = None

    @property
    def shapes(self) -> tuple[str, ...]:
        """Options that say what a guest is, as they are typed: none of them is for a guest of a device tree."""
        return tuple(_typed(self))

    @property
    def of_host(self) -> tuple[str, ...]:
        """Options that are about a host's device tree or its boot, as they are typed: none of them is for a guest of xl."""
        given: dict[str, Any] = {
            "--iommu" if self.board.iommu else "--no-iommu": self.board.iommu is not None,
            "--ram": self.board.ram,
            "--log": self.board.log,
            "--partial": self.board.partials,
            "--domain": self.board.domain,
        }
        return tuple(name for name, value in given.items() if value)


def _typed(asked: GuestAsked) -> Iterator[str]:
    given: dict[str, Any] = {
        "--toolstack": asked.toolstack,
        "--memory": asked.memory,
        "--vcpus": asked.vcpus,
        "--gic": asked.gic,
        "--iomem": asked.iomem,
        "--irq": asked.irqs,
        "--vuart": asked.vuart,
        "--vpci": asked.vpci,
        "--acpi": asked.acpi,
        "--virtio": asked.virtio,
        "--max-grant-frames": asked.max_grant_frames,
    }
    yield from (name for name, value in given.items() if value)


def with_options(config: GuestConfig, asked: GuestAsked, xen: Xen) -> GuestConfig:
    """The configuration as the options change it. Raises InputError for what xl of the release refuses or has not."""
    _known(asked, xen)
    origins = dict(config.origins)
    changed: dict[str, Any] = {}
    for key, value in {
        "memory": asked.memory,
        "vcpus": asked.vcpus,
        "max_grant_frames": asked.max_grant_frames,
    }.items():
        if value is not None:
            changed[key] = value
            origins[key] = Origin(f"--{key.replace('_', '-')}", 0)
    if asked.memory is not None:
        changed["maxmem"] = asked.memory
        origins.pop("maxmem", None)
    if asked.vcpus is not None:
        changed["maxvcpus"] = asked.vcpus
    if asked.acpi:
        origins["acpi"] = Origin("--acpi", 0)
    return replace(
        config,
        **changed,
        gic=asked.gic or config.gic,
        vuart=asked.vuart or config.vuart,
        acpi=asked.acpi or config.acpi,
        iomem=(*config.iomem, *(iomem(_text("--iomem", each), with_gfn=True) for each in asked.iomem)),
        irqs=(*config.irqs, *(irq(_text("--irq", each)) for each in asked.irqs)),
        pci=(*config.pci, *_pci(asked)),
        virtio=(*config.virtio, *_virtio(asked)),
        origins=origins,
    )


def bare(name: str) -> GuestConfig:
    """A guest of which nothing is said: xl's defaults."""
    least = 32 << 20
    return GuestConfig(OPTIONS, name, None, least, least, 1, 1)


def _known(asked: GuestAsked, xen: Xen) -> None:
    """Devices that the release has no macros for, and more than any guest has."""
    if asked.virtio > MOST_ENTRIES:
        raise InputError(f"--virtio: up to {MOST_ENTRIES} devices are judged")
    wanted = (
        ("--vuart", asked.vuart, "GUEST_PL011_BASE"),
        ("--vpci", asked.vpci, "GUEST_VPCI_ECAM_BASE"),
        ("--acpi", asked.acpi, "GUEST_ACPI_BASE"),
        ("--virtio", bool(asked.virtio), "GUEST_VIRTIO_MMIO_BASE"),
    )
    for option, is_given, macro in wanted:
        if is_given and asked.toolstack == "dom0less" and option != "--vuart":
            raise InputError(f"{option}: a dom0less domain has no such device")
        if is_given and macro not in numbers_of(xen.tag):
            raise InputError(f"{option}: xen {xen.tag} has no such device, as its arch-arm.h has no {macro}")


def _text(option: str, text: str) -> Text:
    return Text(text, Origin(option, 0))


def _pci(asked: GuestAsked) -> Iterator[PciDevice]:
    if asked.vpci:
        yield PciDevice("--vpci", None, Origin("--vpci", 0))


def _virtio(asked: GuestAsked) -> Iterator[VirtioDevice]:
    for index in range(asked.virtio):
        yield VirtioDevice(f"device {index}", None, Origin("--virtio", 0))
