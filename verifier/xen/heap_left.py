"""What is sure of the heap when dom0 is built: whether dom0 gets its memory, and in how many banks at most.

Xen's own memory is not known before boot, but it is little and in one place (assumption `heap-whole`). The boot allocator
takes it from the end of the last stretch of free RAM that is large enough (alloc_boot_pages), the frame table first, and
what comes later is taken from the smallest blocks there are (get_free_buddy), which are those that this leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Host
from verifier.layout.units import size, sized
from verifier.reading.models import PAGE
from verifier.xen import dom0_banks, p2m_pool
from verifier.xen.bank_runs import aligned
from verifier.xen.dom0_memory import DEFAULT, LEAST_BLOCK, LEAST_FIRST, least_first
from verifier.xen.frame_table import spanned
from verifier.xen.free_ram import heap_ram, ram_of
from verifier.xen.heap import memory_before, takes_from_heap
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject

SHARE, REST = 32, 32 << 20
"""Xen has a 32nd of what lies from the first byte of RAM to the last, and 32 MiB, at most.

struct page_info takes a 73rd, for pages between banks as well, unless a bit of their addresses is 0 in all RAM
(`frame_table`); the table is whole 32 MiB, and begins at a multiple of it.

Debian 12's Xen was booted with 512 MiB to 8 GiB of RAM: dom0 gets all but 64 MiB of the first 3 GiB in one bank if it is to
have so much, and of 8 GiB it gets 7,936 MiB.
"""


_BUDDY = 64 << 20
"""Bytes that a Xen with cache colouring sets aside for itself (CONFIG_BUDDY_ALLOCATOR_SIZE, init_color_heap_pages)."""

_DOMAIN, _VCPU = 1 << 20, 64 << 10
"""Bytes that a domain, and a vCPU, takes at most beside memory and page tables: a vCPU has a stack of 32 KiB, two pages."""


def own_most(host: Host, given: Given) -> int:
    """Bytes that Xen has for itself at most, beside its text."""
    ram = ram_of(host, given)
    span = ram[-1].end - ram[0].start if ram and _may_keep_bits(host) else spanned(ram)
    return span // SHARE + REST


def _may_keep_bits(host: Host) -> bool:
    """Whether Xen may be told to leave no bit of addresses out of its table of page frames (pdx-compress)."""
    return "pdx-compress" in (host.options.line or "")


def most_banks(host: Host, xen: Xen, given: Given, subject: Subject) -> int:
    """How many banks a direct-mapped dom0, or hardware domain, has at most."""
    if subject.banks:
        return len(subject.banks)
    domain = next((each for each in host.domains if each.path == subject.path), None)
    known = [dom0_banks.most_banks(host, xen, domain)]
    if subject.path is None:
        known += _few_blocks(_Left.of(host, given), dom0_banks.amount(host, domain) or DEFAULT)
    return min(known)


def doubts(host: Host, given: Given, subject: Subject) -> Iterator[str]:
    """Why a domain may not get its memory; none where it is sure to, and where the host's RAM is not known.

    Xen's text, while nobody says where it is, is taken to be beside the blocks that dom0 needs (`grant-region-in-text`). A
    direct-mapped hardware domain of the device tree finds a heap of which other domains have taken: nothing is said of it.
    """
    if not ram_of(host, given):
        return
    domain = next((each for each in host.domains if each.path == subject.path), None)
    if domain is None:
        if given.dom0_banks is None:
            yield from _of_dom0(host, given, subject) if subject.direct_mapped else _of_coloured(host, given)
    elif not domain.hardware:
        yield from _of_guest(host, given, domain)


def _of_dom0(host: Host, given: Given, subject: Subject) -> Iterator[str]:
    amount = dom0_banks.amount(host, None) or DEFAULT
    left = replace(_Left.of(host, given), texts=0)
    bits, low = given.bits(subject.name), min(32, host.dma_bits)
    if _is_sure(left, amount, bits, low):
        return
    sure = [f"dom0_mem={each >> 20}M" for each in _neighbours(amount) if _is_sure(left, each, bits, low)]
    helps = f"; {' and '.join(sure)} would be sure" if sure else ""
    yield (
        f"whether allocate_memory_11 finds {sized(amount)} for dom0 hangs on the heap: {_room(host, given)}, and a block "
        f"of less than {size(LEAST_FIRST)} below the first bank is refused (insert_11_bank){helps}"
    )


def _of_coloured(host: Host, given: Given) -> Iterator[str]:
    """allocate_memory takes single pages for a coloured dom0, of all colours unless `dom0-llc-colors` says which."""
    wanted = dom0_banks.amount(host, None) or DEFAULT
    free = sum(each.size for each in heap_ram(host, given)) - own_most(host, given) - _BUDDY
    if wanted <= free and host.options.dom0_llc_colors is None and not _sets_buddy(host):
        return
    yield (
        f"whether allocate_memory finds {sized(wanted)} of dom0's colours hangs on the heap: {_room(host, given)}, and "
        f"{size(_BUDDY)} more with cache colouring (buddy-alloc-size)"
    )


def _sets_buddy(host: Host) -> bool:
    return "buddy-alloc-size" in (host.options.line or "")


def _of_guest(host: Host, given: Given, domain: Domain) -> Iterator[str]:
    """allocate_memory takes blocks of any size: only their sum counts, with what comes with each domain."""
    wanted = (domain.memory or 0) if takes_from_heap(domain) else 0
    before = sum(memory_before(host, domain, DEFAULT))
    beside = sum(_beside(each) for each in host.domains[: domain.number])
    free = sum(each.size for each in heap_ram(host, given)) - own_most(host, given)
    if free - before - beside < wanted:
        yield (
            f"whether allocate_memory finds {sized(wanted)} for {domain.path} hangs on the heap: {_room(host, given)}; "
            f"the domains before it have {sized(before)}, and up to {sized(beside)} are for page tables and vCPUs"
        )


def _beside(domain: Domain) -> int:
    """Bytes that Xen takes for a guest at most, beside its memory (p2m_set_allocation, domain_create)."""
    pool = 0 if domain.hardware else p2m_pool.pages(domain) * PAGE
    return pool + _DOMAIN + _VCPU * (domain.cpus or 0)


def _room(host: Host, given: Given) -> str:
    free = sum(each.size for each in heap_ram(host, given))
    return f"{sized(free)} of RAM are free, of which Xen itself takes up to {sized(own_most(host, given))}"


def _neighbours(amount: int) -> Iterator[int]:
    """The amounts next to one for which all blocks are large."""
    below = amount // LEAST_FIRST * LEAST_FIRST
    yield from (each for each in (below, below + LEAST_FIRST) if each and each != amount)


@dataclass(frozen=True, slots=True)
class _Left:
    """The heap without what Xen may have of it: the end of a stretch, no matter of which."""

    free: tuple[Extent, ...]
    """One that is smaller than that ends below its start, and has no block."""
    texts: int
    """One while nobody says where Xen's text is: it is loaded at a multiple of 2 MiB, and so in one block of each size."""

    @classmethod
    def of(cls, host: Host, given: Given) -> _Left:
        """For a board."""
        own = own_most(host, given)
        cut = (Extent(each.start, each.end - own) for each in heap_ram(host, given))
        return cls(tuple(cut), int(given.grant_region is None))

    def blocks(self, unit: int, start: int = 0, end: int = 1 << 64) -> int:
        """How many naturally aligned blocks of a size are sure to be free, between two addresses."""
        parts = (Extent(max(each.start, start), min(each.end, end)) for each in self.free)
        return sum(len(aligned(each, unit)) for each in parts) - self.texts


def _few_blocks(left: _Left, amount: int) -> Iterator[int]:
    """Bounds by the free blocks of one size, where there are enough of them for all of dom0.

    Each block of that size that is taken for dom0, in one or as a part of a larger one, leaves another free while a byte is
    missing. So no smaller one is asked for before less than one is missing, and that comes in its binary digits.
    """
    unit = LEAST_BLOCK
    while unit <= min(LEAST_FIRST, amount):
        if left.blocks(unit) * unit >= amount:
            yield amount // unit + (amount % unit).bit_count()
        unit *= 2


def _is_sure(left: _Left, amount: int, bits: int, low_bits: int) -> bool:
    """Whether no run of allocate_memory_11 can panic.

    It can where a block is missing, and where one of less than 128 MiB lies below the first bank. All blocks are that large
    if the amount is a multiple of it and so many are free; a single block is never refused. What remains of another amount
    is taken above 2^lowmem if there is a block, once the first bank is below.
    """
    low = 1 << low_bits
    first = least_first(amount)
    if bits == 32 and left.blocks(first, 0, low) < 1:
        return False
    if amount == first or amount % LEAST_FIRST == 0:
        unit = min(first, LEAST_FIRST)
        return left.blocks(unit) * unit >= amount
    there = left.blocks(LEAST_FIRST, low) * LEAST_FIRST
    return amount > LEAST_FIRST and left.blocks(LEAST_FIRST, 0, low) >= 1 and there >= amount
