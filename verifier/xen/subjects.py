"""The domains that Xen itself builds on a board, as its producers see them: dom0, and those of the device tree.

Model of create_dom0 and create_domUs (xen/arch/arm/domain_build.c, later also dom0less-build.c): who is direct-mapped,
who has the IOMMU, and whose RAM lies where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from verifier.layout.domain_map import Extent
from verifier.layout.host import Assigned, Domain, Fault, Host, Passthrough, SharedMemory
from verifier.reading import models
from verifier.reading.dt_rules import rules_of
from verifier.xen.bank_fill import filled
from verifier.xen.ext_regions import REMOVES_XEN_REG
from verifier.xen.outcome import Span
from verifier.xen.release import Variants, Xen

_GUEST_CELLS = (2, 2)
_WIDEST = 1 << 40
"""The end of the only address space that releases without banks have."""
_NEEDS_TABLES = Variants("guest-grant-region", {"always": False, "with-grant-tables": True})


@dataclass(frozen=True, slots=True)
class Given:
    """What a device tree does not say; None is unknown."""

    ipa_bits: int
    iommu: bool
    """I/O virtualisation of the host."""
    ram: tuple[Extent, ...] | None = None
    """Boot memory map where it differs from the device tree (EFI)."""
    dom0_banks: tuple[Extent, ...] | None = None
    """Of dom0, or of the hardware domain that a tree without dom0 describes; so is the grant region."""
    grant_region: Extent | None = None
    passthrough: Mapping[str, tuple[Passthrough, ...]] = field(default_factory=dict)
    """xen,reg by the domain's node path; a domain with a partial tree that is not here has unknown ones."""
    partial_faults: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    """What Xen refuses of its partial tree, by the domain's node path."""
    assigned: Mapping[str, tuple[Assigned, ...]] = field(default_factory=dict)
    """What its partial tree hands to a domain, by the domain's node path."""
    kernel_bits: Mapping[str, int] = field(default_factory=dict)
    """32 or 64 by the domain's name in Xen's log; one that is not here is taken for 64."""

    image: Extent | None = None
    """Where Xen lies, if it is known."""
    cpus: int | None = None
    """Processors that Xen brought up: as many vCPUs has dom0, if the command line does not say."""
    drivers: Mapping[str, bool] = field(default_factory=dict)
    """What of that in doubt the build has: `its`, `smmu-v3`, `ipmmu`, `scmi`, and `static-shm` for CONFIG_STATIC_SHM.

    `as_built` knows `static-memory` for CONFIG_STATIC_MEMORY as well.
    """

    def bits(self, name: str) -> int:
        """Of the kernel of a domain."""
        return self.kernel_bits.get(name, 64)


@dataclass(frozen=True, slots=True)
class Subject:
    """A domain as the producers see it; spans are guest physical, None is unknown."""

    name: str
    path: str | None
    hardware: bool
    direct_mapped: bool
    iommu: bool
    has_node: bool
    """Whether its device tree gets a hypervisor node."""
    banks: tuple[Extent, ...] | None
    grant: Extent | None
    shared: tuple[SharedMemory, ...]
    passthrough: tuple[Span, ...] | None
    cells: tuple[int, int]


def subjects(host: Host, xen: Xen, given: Given) -> tuple[Subject, ...]:
    """Every domain, dom0 first. `xen` must be the release that `host` was read for."""
    first = () if host.dom0less else (_dom0(host, xen, given),)
    return (*first, *(_guest(host, xen, given, domain) for domain in host.domains))


def coloured(host: Host) -> bool:
    """Whether dom0's memory is coloured: then it is not direct-mapped (create_dom0)."""
    return host.options.colours and rules_of(host.tag).has("llc-coloring")


def is_direct_mapped(host: Host, domain: Domain | None) -> bool:
    """Of dom0, or of a domain of the tree."""
    return not coloured(host) if domain is None else domain.direct_map


def _dom0(host: Host, xen: Xen, given: Given) -> Subject:
    cells = (host.address_cells, host.size_cells)
    direct = is_direct_mapped(host, None)
    return Subject(
        "d0", None, True, direct, given.iommu, True, _hardware_banks(host, xen, given, None, direct=direct),
        given.grant_region, host.dom0_shared, (), cells,
    )  # fmt: skip


def _hardware_banks(
    host: Host, xen: Xen, given: Given, domain: Domain | None, *, direct: bool
) -> tuple[Extent, ...] | None:
    """As given; where the domain is not direct-mapped, what follows from the rest.

    A direct-mapped one has xen,static-mem, which Xen reserves and does not use: construct_hwdom takes other RAM from the
    heap (allocate_memory_11), and nobody knows beforehand which.
    """
    if given.dom0_banks is not None or direct:
        return given.dom0_banks
    from verifier.xen import dom0_banks  # few boards need it

    return dom0_banks.predicted(host, xen, given.ipa_bits, given.ram, given.grant_region, domain)


def _guest(host: Host, xen: Xen, given: Given, domain: Domain) -> Subject:
    """A domain of the device tree; a hardware domain among them has dom0's layout, cells and grant region."""
    cells = (host.address_cells, host.size_cells) if domain.hardware else _GUEST_CELLS
    numbers = numbers_of(host.tag)
    own = Extent(numbers["GUEST_GNTTAB_BASE"], numbers["GUEST_GNTTAB_BASE"] + numbers["GUEST_GNTTAB_SIZE"])
    compiled_out = given.grant_region is not None and not given.grant_region.size  # that of dom0 tells
    if compiled_out and _NEEDS_TABLES.of(xen):
        own = Extent(0, 0)
    passthrough: tuple[Span, ...] | None = ()
    if domain.path in given.passthrough:
        passthrough = tuple(Span(each.guest, each.size) for each in given.passthrough[domain.path])
    elif domain.device_tree is not None and REMOVES_XEN_REG.of(xen):
        passthrough = None
    return Subject(
        f"d{domain.number}", domain.path, domain.hardware, domain.direct_map,
        given.iommu and domain.wants_iommu, domain.hardware or domain.enhanced is not None,
        _hardware_banks(host, xen, given, domain, direct=domain.direct_map) if domain.hardware
        else guest_banks(host.tag, domain), given.grant_region if domain.hardware else own,
        domain.shared, passthrough, cells,
    )  # fmt: skip


def guest_banks(tag: str, domain: Domain) -> tuple[Extent, ...] | None:
    """RAM of a guest (allocate_memory, assign_static_memory_11 and allocate_static_memory); None without `memory`."""
    if domain.direct_map:
        return tuple(Extent(bank.start, bank.end) for bank in domain.static_memory)
    rest = sum(bank.size for bank in domain.static_memory) or domain.memory
    if rest is None:
        return None
    banks = filled([Span(window.start, window.size) for window in windows(tag)], rest)
    return tuple(bank.extent for bank in banks if bank.size)


def windows(tag: str) -> tuple[Extent, ...]:
    """GUEST_RAM_BANK_BASES and _SIZES of a release; before there were banks GUEST_RAM, which had no end at first."""
    numbers = numbers_of(tag)
    if "GUEST_RAM_BANKS" not in numbers:
        start = numbers["GUEST_RAM_BASE"]
        return (Extent(start, start + numbers.get("GUEST_RAM_SIZE", _WIDEST - start)),)
    return tuple(
        Extent(numbers[f"GUEST_RAM{bank}_BASE"], numbers[f"GUEST_RAM{bank}_BASE"] + numbers[f"GUEST_RAM{bank}_SIZE"])
        for bank in (0, 1)
    )  # fmt: skip


@cache
def numbers_of(tag: str) -> Mapping[str, int]:
    """The numbers of a release's arch-arm.h, by macro."""
    from verifier.layout.define import Number

    defines = models.defines_of(models.release(tag), arch="arm64", changes={})
    return {define.name: define.value.value for define in defines if isinstance(define.value, Number)}
