"""What may keep Xen from building a domain of the tree, asked one by one: off domain_vgic_init, create_domUs, p2m.c."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.logic.test_word import Unknown
from tests.xen.nodes import GIB, extent, host, node, subject
from verifier.layout.host import Entry, SharedMemory
from verifier.xen.domu_stops import (
    doubts,
    grant_version,
    too_few_pages,
    too_many_spis,
)
from verifier.xen.outcome import Span

HARDWARE = 2
"""DOMAIN_CAPS_HARDWARE, public/bootfdt.h."""


def doubted(*, uart: bool = True, **fields: Any) -> list[str]:
    """Of the only domain, which has a pool that is large enough."""
    one = node(**fields)
    console = Entry("/uart", "reg", 0, 0x9000000, 0x1000) if uart else None
    return [*doubts(host(one, uart=console), subject(one))]


@pytest.mark.parametrize(
    ("uart", "vpl011", "nr_spis", "begins"),
    [
        (True, False, None, None),
        (True, True, None, None),
        (True, False, 32, None),
        (True, True, 32, "whether nr_spis of 32 has the interrupt of Xen's console"),
        (True, True, 0, "whether nr_spis of 0 has the interrupt of Xen's console"),
        # nr_spis is not asked of serial_irq where it is told, unless there is a console.
        (False, False, 32, None),
        (False, False, None, "whether the device tree has Xen's console is not known"),
        (False, True, None, "whether the device tree has Xen's console is not known"),
        (False, True, 32, "whether the device tree has Xen's console is not known"),
    ],
)
def test_the_console_of_a_direct_mapped_domain(
    nr_spis: int | None, begins: str | None, *, uart: bool, vpl011: bool
) -> None:
    found = doubted(uart=uart, direct_map=True, vpl011=vpl011, nr_spis=nr_spis)
    assert len(found) == (begins is not None)
    assert all(each.startswith(begins or "") for each in found)
    assert doubted(uart=uart, vpl011=vpl011, nr_spis=nr_spis) == []


@pytest.mark.parametrize(("version", "count"), [(None, 0), (0, 1), (1, 0), (2, 1)])
@pytest.mark.parametrize("capabilities", [0, HARDWARE])
def test_versions_of_grant_tables(version: int | None, count: int, capabilities: int) -> None:
    """Arm surely has 1 and no other: 0 is none, and 2 is above opt_gnttab_max_version. Of hardware domains too."""
    found = doubted(max_grant_version=version, capabilities=capabilities)
    said = f"whether domain_create takes max_grant_version of {version} (/chosen/1) is not decided"
    assert [each.partition(":")[0] for each in found] == [said] * count
    if version is not None:
        assert [*grant_version(version, "/chosen/1")] == found


@pytest.mark.parametrize(("count", "says"), [(None, 0), (0, 0), (960, 0), (961, 1), (988, 1)])
def test_shared_interrupts(count: int | None, says: int) -> None:
    """Of 1020 in all 32 are no shared ones; 988, rounded up, are 992, and 960 are no question anywhere."""
    said = [f"whether domain_vgic_init takes nr_spis of {count} is not decided; 960 are no question"] * says
    assert doubted(nr_spis=count) == said
    assert [*too_many_spis(count or 0)] == said
    assert doubted(nr_spis=count, direct_map=True, capabilities=HARDWARE) == []


@pytest.mark.parametrize(
    ("pages", "sizes", "says"),
    [
        # 6 for the GIC; two more at each level for each stretch, beside what it fills of 2 MiB, 1 GiB and 512 GiB.
        (6, [], None),
        (
            5,
            [],
            "whether 5 pages for page tables suffice is not decided: p2m_alloc_page can take 6; {} 1 is enough",
        ),
        (
            1,
            [],
            "whether 1 page for page tables suffice is not decided: p2m_alloc_page can take 6; {} 1 is enough",
        ),
        (12 + 513, [GIB], None),
        (
            12 + 512,
            [GIB],
            "whether 524 pages for page tables suffice is not decided: p2m_alloc_page can take 525; {} 3 is enough",
        ),
    ],
)
def test_a_pool_for_page_tables(pages: int, sizes: list[int], says: str | None) -> None:
    said = [] if says is None else [says.format("xen,domain-p2m-mem-mb of")]
    assert [*too_few_pages(pages, sizes)] == said


LARGE = GIB
"""Tables for it are more than a pool of a MiB has, 256 pages."""


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, False),
        ({"banks": None, "passthrough": None}, False),  # nobody knows them
        ({"banks": (extent(LARGE, 0x1000),)}, False),
        ({"banks": (extent(0x1000, LARGE),)}, True),
        ({"shared": (SharedMemory("/s", "a", LARGE, LARGE, 0x1000, None),)}, False),
        ({"shared": (SharedMemory("/s", "a", 0x1000, 0x1000, LARGE, None),)}, True),
        ({"passthrough": (Span(LARGE, 0x1000),)}, False),
        ({"passthrough": (Span(0x1000, LARGE),)}, True),
        ({"passthrough": (Span(Unknown("x"), LARGE),)}, True),  # wherever it is
        ({"passthrough": (Span(0, Unknown("x")),)}, False),  # of any size
    ],
)
def test_what_page_tables_are_for(fields: dict[str, Any], *, told: bool) -> None:
    """RAM, shared memory and what is passed through, by sizes; a hardware domain has no pool."""
    one = node(p2m_mib=1)
    found = [*doubts(host(one), subject(one, **fields))]
    assert [each.startswith("whether 256 pages for page tables suffice") for each in found] == [True] * told
    hardware = node(p2m_mib=1, capabilities=HARDWARE)
    assert [*doubts(host(hardware), subject(hardware, **fields))] == []


@pytest.mark.parametrize("capabilities", [0, HARDWARE])
def test_colours_that_the_cache_may_not_have(capabilities: int) -> None:
    """Where nobody tells its ways: of hardware domains too, as create_domUs sets the colours of all that it makes."""
    one = node(llc_colors="0-3", capabilities=capabilities)
    board = host(one)
    (found,) = doubts(replace(board, options=replace(board.options, llc_coloring=True)), subject(one))
    assert found.startswith('whether the cache has all of llc-colors "0-3" is not known')
    assert [*doubts(board, subject(one))] == []  # without colours
