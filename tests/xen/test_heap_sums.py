"""Who takes how much from the heap, and what is left of which RAM: off start_xen, create_dom0 and create_domUs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Domain, Host, Module
from verifier.xen.heap import memory_before, takes_from_heap, too_little

M = 1 << 20
HOST = replace(board((0x40000000, 0xA0000000), amount=512 * M), modules=())
"""1536 MiB."""
UNKNOWN = replace(HOST, options=replace(HOST.options, line=None))
STATIC = (Bank("/chosen/a", 0, 0x50000000, M, "static-domain"),)


def guest(number: int, mib: int | None, static: tuple[Bank, ...] = (), capabilities: int = 0) -> Domain:
    memory = None if mib is None else mib * M
    return replace(
        NODE,
        path=f"/chosen/d{number}",
        number=number,
        memory=memory,
        static_memory=static,
        capabilities=capabilities,
        direct_map=bool(capabilities & 2),
    )


GUESTS = (guest(1, 100), guest(2, None), guest(3, 70, STATIC), guest(4, 30), guest(5, 7))


def said(host: Host, domain: Domain | None, ram: tuple[Extent, ...] | None = None) -> list[str]:
    return list(too_little(host, ram, None, domain))


def test_who_has_its_ram_from_the_heap() -> None:
    """All but those with xen,static-mem, and the hardware domain even so (construct_hwdom)."""
    assert takes_from_heap(guest(1, 1))
    assert takes_from_heap(guest(1, 1, (), 2))
    assert not takes_from_heap(guest(1, 1, STATIC))
    assert not takes_from_heap(guest(1, 1, STATIC, 4))
    assert takes_from_heap(guest(1, 1, STATIC, 2))


def test_what_those_before_have() -> None:
    """dom0, if there is one, and then in the order of the tree; nothing where it is not known."""
    host, unknown = replace(HOST, domains=GUESTS), replace(UNKNOWN, domains=GUESTS)
    assert list(memory_before(host, GUESTS[0])) == [512 * M]
    assert list(memory_before(host, GUESTS[4])) == [512 * M, 100 * M, 0, 30 * M]
    assert list(memory_before(host, GUESTS[4], 9)) == [512 * M, 100 * M, 0, 30 * M]
    assert list(memory_before(unknown, GUESTS[1])) == [0, 100 * M]
    assert list(memory_before(unknown, GUESTS[1], 9)) == [9, 100 * M]
    alone = (guest(1, 60, STATIC, 2), guest(2, 20))
    assert list(memory_before(replace(HOST, domains=alone), alone[1])) == [512 * M, 60 * M]
    without = replace(HOST, domains=alone, modules=(Module("/chosen/d1/k", "kernel", 0, 1, of_domain=True),))
    assert without.dom0less
    assert list(memory_before(without, alone[1])) == [60 * M]
    assert list(memory_before(without, alone[0])) == []


@pytest.mark.parametrize(("mib", "fits"), [(1536, True), (1537, False)])
def test_dom0_has_all_that_is_free(mib: int, *, fits: bool) -> None:
    host = replace(HOST, options=replace(HOST.options, dom0_mem=mib * M))
    assert (said(host, None) == []) is fits
    # The boot memory map counts where it is told; it has 1 GiB here.
    assert said(host, None, (Extent(0x200000000, 0x240000000),)) != []
    assert said(host, None, (Extent(0x200000000, 0x280000000),)) == []
    # A byte of a module is none that is free.
    taken = replace(host, modules=(Module("/m", "kernel", 0x50000000, 1, of_domain=False),))
    assert said(taken, None) != []
    # Nothing is known of a host without memory, nor where nobody says how much is asked for.
    assert said(replace(host, memory=()), None) == []
    assert said(replace(host, options=replace(host.options, line=None)), None) == []


def test_static_memory_of_a_guest_is_not_asked_for() -> None:
    assert said(HOST, guest(1, 4096, STATIC)) == []
    assert said(HOST, guest(1, 4096)) != []
    assert said(HOST, guest(1, 4096, STATIC, 2)) != []
    assert said(HOST, guest(1, None)) == []


def test_the_function_that_panics() -> None:
    """A guest has its RAM from allocate_memory, also if it asks for direct-map without xen,static-mem."""
    for domain, function in (
        (guest(1, 4096), "allocate_memory"),
        (replace(guest(1, 4096), direct_map=True), "allocate_memory"),
        (guest(1, 4096, (), 2), "allocate_memory_11"),
        (replace(guest(1, 4096, (), 2), direct_map=False), "allocate_memory"),
    ):
        (sentence,) = said(HOST, domain)
        assert sentence.startswith(f"{function} panics: /chosen/d1 is to have 0x100000000 (4 GiB), and of")


def test_only_those_that_have_something_are_counted() -> None:
    """In the sentence; an amount that nobody knows is none."""
    first = replace(UNKNOWN, domains=(guest(1, 2048),))
    assert said(first, first.domains[0]) == [
        "allocate_memory panics: /chosen/d1 is to have 0x80000000 (2 GiB), and of the host's RAM 0x60000000 (1536 MiB) "
        "are free: neither reserved nor a boot module's"
    ]
    host = replace(HOST, domains=(*GUESTS[:4], guest(5, 2048)))
    (sentence,) = said(host, host.domains[4])
    assert sentence.endswith("; 3 domains before it have 0x28200000 (642 MiB) of that")
    (sentence,) = said(replace(UNKNOWN, domains=host.domains), replace(guest(2, 2048)))
    assert sentence.endswith("; 1 domain before it has 0x6400000 (100 MiB) of that")
