"""RAM that keeps Xen from booting: banks that share pages, and a first bank that is too small for what is put there.

Model of setup_mm and what it calls (xen/arch/arm/mm.c, arm64/mmu/mm.c; behaviour `direct-map`, 26a470875b), of
init_staticmem_pages (xen/common/device-tree/static-memory.c), and of place_dtb_initrd (xen/arch/arm/kernel.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from verifier.layout.domain_map import Extent
from verifier.layout.host import Host, Module
from verifier.layout.obstacle import uncovered
from verifier.layout.units import hexa, listing
from verifier.reading.models import PAGE
from verifier.xen import frame_table
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import Subject

_STEP = 2 << 20
"""To which place_dtb_initrd rounds each of kernel, device tree and ramdisk."""
_LOW = 128 << 20
_UNPACKED = 8
"""How many times its module's size a compressed kernel is taken to have at most."""
_MAPS_ONCE = Variants("direct-map", {"whole-gib": False, "mapped-once": True})


def shared_pages(host: Host, xen: Xen, ram: Sequence[Extent] | None) -> Iterable[str]:
    """Memory banks with a page in common; `ram` is the boot memory map where the tree does not tell it."""
    once = _MAPS_ONCE.of(xen)
    banks = [_mapped(bank) if once else bank for bank in _banks(host, ram)]
    for first, second in combinations(banks, 2):
        common = Extent(max(first.start, second.start), min(first.end, second.end))
        if common.start < common.end and (once or _has_free_page(host, common)):
            name = "setup_directmap_mappings" if once else "bootmem_region_add"
            yield f"{name}: two memory banks have {common}"
            return


def static_pages(host: Host, xen: Xen, ram: Sequence[Extent] | None) -> Iterable[str]:
    """Static memory that init_staticmem_pages cannot take: a page twice, or one without an entry in the frame table.

    Behind the last entry Xen fills with what mark_page_free has for a bug. Nothing is printed: there is no console yet.
    """
    table = frame_table.entries(xen, sorted(_banks(host, ram)))
    if not table:
        return
    shared = [Extent(each.host, each.host + each.size) for each in host.shared if each.host is not None]
    static = [Extent(each.start, each.end) for each in host.reserved if each.kind.startswith("static")]
    for one, other in combinations(static, 2):
        if one.start < other.end and other.start < one.end:
            yield f"init_staticmem_pages: {one} and {other} of static memory overlap"
            return
    for each in (*static, *shared):
        if any(uncovered(_whole_pages(each), table)):
            said = listing([str(part) for part in table])
            yield f"init_staticmem_pages: static memory {each} reaches outside RAM, which has page frames for {said}"
            return


def _whole_pages(bank: Extent) -> Extent:
    """`PFN_UP` of the start, `PFN_DOWN` of the size (init_staticmem_bank)."""
    start = -(-bank.start // PAGE) * PAGE
    return Extent(start, start + bank.size // PAGE * PAGE)


def _banks(host: Host, ram: Sequence[Extent] | None) -> Sequence[Extent]:
    return [Extent(bank.start, bank.end) for bank in host.memory] if ram is None else ram


def _mapped(bank: Extent) -> Extent:
    """`PFN_DOWN` of start and of size."""
    start = bank.start & -PAGE
    return Extent(start, start + (bank.size & -PAGE))


def _has_free_page(host: Host, common: Extent) -> bool:
    """Whether a page is left that is neither reserved nor of a module (dt_unreserved_regions)."""
    taken = [(each.start, each.start + each.size) for each in host.reserved]
    taken = sorted(taken + [(each.start, each.start + each.size) for each in host.modules])
    at = common.start
    for start, end in (*taken, (common.end, common.end)):
        if min(start, common.end) & -PAGE >= ((at + PAGE - 1) & -PAGE) + PAGE:
            return True
        at = max(at, end)
    return False


def too_small(host: Host, subject: Subject) -> Iterable[str]:
    """A first bank without room for kernel, device tree and ramdisk, as small as the first and second can be.

    A compressed kernel needs more than its module has; Xen's own device tree for a domain takes up to 2 MiB.
    """
    kernel, ramdisk = (_module(host, subject, kind) for kind in ("kernel", "ramdisk"))
    if not subject.banks or kernel is None:
        return
    bank, rest = subject.banks[0], _beside(ramdisk)
    if not _has_room(bank, kernel.size, rest):
        needed = rest + _rounded(bank.start + kernel.size) - bank.start
        yield (
            f"place_dtb_initrd needs more than {hexa(needed)} bytes in the first bank for kernel, device tree and "
            f"ramdisk; {bank} has {hexa(bank.size)}"
        )


def _has_room(bank: Extent, kernel: int, rest: int) -> bool:
    """Whether `rest` fits beside a kernel: a 64-bit one at the start, or one as high below 128 MiB as it may be."""
    high = (min(bank.start + _LOW, bank.end) - kernel) // _STEP * _STEP
    return any(_fits(bank, at, kernel, rest) for at in (bank.start, max(bank.start, high)))


def _fits(bank: Extent, at: int, kernel: int, rest: int) -> bool:
    """Whether `rest` can be at 128 MiB, at the end, or before a kernel at `at`."""
    end = _rounded(at + kernel)
    if rest + end - at > bank.size:
        return False
    return (
        (bank.size >= _LOW + rest and at + kernel < bank.start + _LOW)
        or bank.end - rest > end
        or at - bank.start > rest
    )


def copied_to(host: Host, subject: Subject, bits: int) -> tuple[Extent, ...]:
    """Where in the first bank kernel, device tree and ramdisk can be: low, at 128 MiB, at the end (place_dtb_initrd).

    A kernel of 64 bits is at the start; one of 32 as high below 128 MiB as it fits (kernel_zimage_place), and what does not
    fit above it is before it. Legacy images that name an address of their own are left out.
    """
    kernel, ramdisk = (_module(host, subject, kind) for kind in ("kernel", "ramdisk"))
    if not subject.banks:
        return ()
    bank, rest = subject.banks[0], _beside(ramdisk)
    middle, low = min(bank.start + _LOW, bank.end), bank.end
    if kernel is not None:
        low = min(low, bank.start + _STEP + _UNPACKED * _rounded(kernel.size))
    return (
        Extent(bank.start, max(low, middle) if bits == 32 else low),
        Extent(middle, min(middle + rest, bank.end)),
        Extent(max(bank.start, bank.end - rest), bank.end),
    )


def _beside(ramdisk: Module | None) -> int:
    """Bytes of device tree and ramdisk."""
    return _STEP + (0 if ramdisk is None else _rounded(ramdisk.size))


def _module(host: Host, subject: Subject, kind: str) -> Module | None:
    for each in host.modules:
        mine = not each.of_domain if subject.path is None else each.path.startswith(f"{subject.path}/")
        if each.kind == kind and mine:
            return each
    return None


def _rounded(number: int) -> int:
    return -(-number // _STEP) * _STEP
