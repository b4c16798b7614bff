"""A guest that takes its CPU's width for that of its address space: where Xen made the space narrower.

Xen takes the least of what the CPUs and the IOMMUs have (setup_virt_paging, p2m_restrict_ipa_bits), and no more than its
greatest width; a guest can read only what the CPU says.
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.domain_map import Extent
from verifier.layout.errors import InternalError
from verifier.layout.scheme import Widths
from verifier.layout.scheme_report import BREAKS, Example
from verifier.layout.units import hexa, size
from verifier.reading import models
from verifier.search.scheme_places import Trouble

_ARCH = "arm64"


def narrower(widths: Widths, tag: str) -> tuple[int, int, int] | None:
    """Widths of CPU, IOMMU and address space of which the last is below the first: the least difference, then the least CPU.

    None where a release always has the CPU's.
    """
    known = {each.bits for each in models.widths(tag, _ARCH)}
    found = [
        (cpu - space, cpu, iommu)
        for cpu in widths.cpu
        for iommu in widths.iommu
        if (space := min(cpu, iommu, max(known))) < cpu and space in known
    ]
    if not found:
        return None
    less, cpu, iommu = min(found)
    return cpu, iommu, cpu - less


def trouble(widths: Widths, tag: str, count: int) -> Iterator[Trouble]:
    """The last `count` bytes of the CPU's width, where they lie outside; nothing where there is no such machine."""
    found = narrower(widths, tag)
    if found is None:
        return
    cpu, iommu, bits = found
    place = Extent(max(0, (1 << cpu) - count), 1 << cpu)
    if not (place.end - 1) >> bits:
        raise InternalError(f"{place} is inside {bits} bits, and was said not to be")
    why = (
        f"a CPU of {cpu} bits behind an IOMMU of {iommu} gives an address space of {bits}: {place}, the last "
        f"{size(count)} of {cpu} bits, does not end below {hexa(1 << bits)}, and nothing tells the guest"
    )
    example: dict[str, int | str] = {"release": tag, "cpu_bits": cpu, "iommu_bits": iommu, "ipa_bits": bits}
    yield Trouble(BREAKS, why, Example(example, (("end of the CPU's space", place),), place.end - 1))
