"""Adjacency as text and as JSON: a map whose figures are worked out by hand."""

from __future__ import annotations

import json

from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.reports.adjacency_json import document
from verifier.reports.adjacency_text import lines
from verifier.search.adjacency import adjacency

MIB, GIB = 1 << 20, 1 << 30
TOP = 1 << 40
BOARD = (
    Obstacle(Extent(0x10000000, 0x10010000), "device", "/soc/pcie@10000000", "reg[0]"),
    Obstacle(Extent(0x20000000, 0x21000000), "pci-window", "/soc/pcie@10000000", "ranges[0]"),
    Obstacle(Extent(0x30000000, 0x30001000), "device", "/soc/uart@30000000", "reg[0]"),
    Obstacle(Extent(0x40000000, 0x60000000), "domain-ram", "RAM bank 0", "of d0"),
    Obstacle(Extent(0x40000000, 0x80000000), "memory", "/memory@40000000", "reg[0]"),
)
OFFERED = (
    Extent(0x0, 0x10000000),
    Extent(0x10200000, 0x20000000),
    Extent(0x21000000, 0x30000000),
    Extent(0x30200000, 0x40000000),
    Extent(0x80000000, TOP),
)

# On offer: 256, 254, 240, 254 MiB (1004 in all) and 1022 GiB. The largest three have 2 MiB less than 1022.5 GiB; a fourth
# is needed, and of the two that are left the lower one is taken: 510 + 240 - 512 = 238 MiB too many.
# Free beside multiples of 2 MiB: 2 MiB - 64 KiB after the bridge, 2 MiB - 4 KiB after the UART.
# Without the bridge 256, 254 and 240 MiB are one of 768; without the UART 240 and 254 are one of 496.
# Sections of 128 MiB: 256, 128, 128 and 128 of the four, so 364 lost; of 512 MiB none of the four.
# Level 3: 1022 * 512 + 502; level 2: 1022 and one for the first GiB, in which the bridge lies too. From the lowest address
# up the four are used whole, then 1021 GiB and 532 MiB: 502 + 1021 * 512 + 266 of level 3, 1 + 1022 of level 2.
TEXT = """\
~1023 GiB need 4 regions of 5: together they have ~1023 GiB, 238 MiB more
  [0x0, 0x10000000) 256 MiB
  [0x10200000, 0x20000000) 254 MiB
  [0x21000000, 0x30000000) 240 MiB
  [0x80000000, 0x10000000000) 1022 GiB
  in one stretch: nowhere, whatever node is moved; RAM stays where it is
largest stretch: [0x80000000, 0x10000000000) 1022 GiB, of ~1023 GiB on offer in 5 regions
free and of no use: 4028 KiB beside multiples of 2 MiB
what cuts the space, one node at a time:
  /soc/pcie@10000000, 2 entries: without it 18 MiB more could be on offer
    [0x0, 0x10000000), [0x10200000, 0x20000000) and [0x21000000, 0x30000000) would be one, [0x0, 0x30000000) 768 MiB
  /soc/uart@30000000 reg[0] [0x30000000, 0x30001000) 4 KiB: without it 2 MiB more could be on offer
    [0x21000000, 0x30000000) and [0x30200000, 0x40000000) would be one, [0x21000000, 0x40000000) 496 MiB
in sections of 128 MiB (Linux, 4 and 16 KiB pages): 364 MiB of what is on offer is lost
in sections of 512 MiB (Linux, 64 KiB pages): 1004 MiB of what is on offer is lost; none in 4 of 5 regions
page tables: 524789 pages (~2.00 GiB) for all that is on offer in 4 KiB pages: 1023 of level 2 and 523766 of level 3
  the root, 2 tables of level 1, is there; so may be 1 of these, for what lies near
P2M pool: none, tables come out of Xen's heap without a limit (hardware domain)
superpages, for ~1023 GiB of grant and foreign pages:
  in the regions: 524543 new tables, and no superpage of the RAM is touched
  in RAM given up for them (Linux since 4.7, without regions):
    it has 512 MiB, in up to 256 superpages of 2 MiB and 0 of 1 GiB
    that is not enough
"""


def test_text() -> None:
    found = adjacency(BOARD, OFFERED, [Extent(0, TOP)], 40, need=1022 * GIB + 512 * MIB)
    assert "\n".join(lines(found)) + "\n" == TEXT


def test_verbose_has_ram_and_every_section() -> None:
    found = adjacency(BOARD, OFFERED, [Extent(0, TOP)], 40)
    more = set(lines(found, verbose=True)) - set(lines(found))
    assert more == {
        "  /memory@40000000 reg[0] [0x40000000, 0x80000000) 1 GiB: without it 512 MiB more could be on offer, but RAM stays",
        "    [0x80000000, 0x10000000000) would be [0x60000000, 0x10000000000) ~1023 GiB",
        "  between [0x30200000, 0x40000000) and [0x80000000, 0x10000000000): 2 nodes in 1 GiB, no single one",
        "  [0x0, 0x10000000): nothing",
        "  [0x10200000, 0x20000000): nothing",
        "  [0x21000000, 0x30000000): nothing",
        "  [0x30200000, 0x40000000): nothing",
        "  [0x10200000, 0x20000000): [0x18000000, 0x20000000) 128 MiB",
        "  [0x21000000, 0x30000000): [0x28000000, 0x30000000) 128 MiB",
        "  [0x30200000, 0x40000000): [0x38000000, 0x40000000) 128 MiB",
    }


def test_too_little_and_what_is_not_on_offer() -> None:
    """Nothing is on offer though 128 MiB are free in one."""
    found = tuple(lines(adjacency(BOARD, (), [Extent(0, 128 * MIB)], 40, need=100 * MIB)))
    assert found[:4] == (
        "100 MiB cannot be had: nothing is on offer, 100 MiB too little",
        "  [0x0, 0x6400000) is free and has this size in one, but is not on offer in one",
        "largest stretch: none is on offer",
        "free and not on offer: 128 MiB of [0x0, 0x8000000)",
    )


def test_more_than_the_address_space() -> None:
    """It is no matter of RAM or nodes."""
    found = tuple(lines(adjacency(BOARD, OFFERED, [Extent(0, TOP)], 40, need=(1 << 40) + 1)))
    assert found[0] == "~1.00 TiB cannot be had: the address space of 40 ipa bits has 1 TiB in all"
    assert found[1].startswith("largest stretch")
    exact = tuple(lines(adjacency(BOARD, OFFERED, [Extent(0, TOP)], 40, need=1 << 40)))
    assert exact[0].startswith("1 TiB cannot be had: the 5 regions on offer together have ")
    assert "RAM stays where it is" in exact[1]


def test_the_least_nodes_in_the_way() -> None:
    """For 700 MiB in one the bridge has to go: [0, 700 MiB) is then free; and the pool of a guest of 512 MiB."""
    found = tuple(lines(adjacency(BOARD, OFFERED[:4], [Extent(0, TOP)], 40, need=700 * MIB, pool=(1, None))))
    assert found[0] == "700 MiB need 3 regions of 4: together they have 750 MiB, 50 MiB more"
    # 256 + 512 + 128 = 896 pages are 3.5 MiB. RAM: 256 of level 3, 1 of level 2; regions: 502 more and 1 of level 2.
    assert found[5:6] == ("largest stretch: [0x0, 0x10000000) 256 MiB, of 1004 MiB on offer in 4 regions",)
    pool = [each for each in found if each.startswith(("P2M pool", "  RAM in 4 KiB", "  for all of it"))]
    assert pool == [
        "P2M pool: 1024 pages (4 MiB) for 1 vCPU and 512 MiB of RAM; the 128 meant for regions map 254 MiB of 1004 MiB in "
        "4 KiB pages, 256 MiB at most",
        "  RAM in 4 KiB pages takes 257 pages (1028 KiB); what is left maps 1004 MiB of the regions",
    ]


def test_json_is_plain_and_has_every_figure() -> None:
    found = adjacency(BOARD, OFFERED, [Extent(0, TOP)], 40, need=2 * GIB, pool=(1, None))
    json_ = document(found)
    assert json.loads(json.dumps(json_)) == json_
    assert json_["need"] == {
        "size": "0x80000000",
        "regions": [{"start": "0x80000000", "end": "0x10000000000"}],
        "left": hex(1020 * GIB),
        "missing": "0x0",
        "cuts": [],
        "one_stretch": {"stretch": {"start": "0x80000000", "end": "0x100000000"}, "without": []},
    }
    assert [(each["path"], each["fixed"], each["gain"]) for each in json_["joins"]] == [
        ("/memory@40000000", True, "0x20000000"),
        ("/soc/pcie@10000000", False, "0x1200000"),
        ("/soc/uart@30000000", False, "0x200000"),
    ]
    assert json_["holes"][1]["below"] == {
        "obstacles": [
            {
                "path": "/soc/pcie@10000000",
                "origin": "reg[0]",
                "kind": "device",
                "start": "0x10000000",
                "end": "0x10010000",
            }
        ],
        "lost": "0x1f0000",
    }
    assert json_["barriers"][-1] == {
        "below": {"start": "0x30200000", "end": "0x40000000"},
        "above": {"start": "0x80000000", "end": "0x10000000000"},
        "size": "0x40000000",
        "paths": ["RAM bank 0", "/memory@40000000"],
    }
    assert json_["edges"][0] == {
        "first": "[0x0, 0x10000000)",
        "second": "/soc/pcie@10000000",
        "kind": "touches",
        "size": "0x0",
    }
    assert json_["tables"]["levels"][0] == {"level": 2, "reach": "0x40000000", "tables": 1023, "shared": 1}
    assert json_["superpages"]["in_ram"]["worst"] is None
    assert set(json_) == {
        *("ipa_bits", "need", "offered", "largest", "holes", "edges", "joins", "barriers", "lost"),
        *("consumers", "tables", "p2m_pool", "superpages"),
    }
