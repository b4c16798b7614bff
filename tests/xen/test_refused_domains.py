"""Domains of the device tree that Xen refuses, and the sentence that says why: off parse_dom0less_node and create_domUs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reading.trees import CPUS, GIC, Description
from tests.xen.test_as_built import STATIC, WITHOUT
from tests.xen.test_as_built import maps as built
from tests.xen.test_host_regions import BANKS, DOMAIN, maps
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Domain
from verifier.xen.subjects import guest_banks

NO_DOM0: Description = {"kernel@1": {"x": "y"}}
PLAIN: Description = {**DOMAIN, "xen,enhanced": "no-xenstore"}
STORE: Description = {**PLAIN, "capabilities": [4]}
"""DOMAIN_CAPS_XENSTORE."""
LEGACY: Description = {**DOMAIN, "xen,enhanced": "legacy"}
TWO_STORES = "set_xs_domain: there is more than one xenstore domain"
NO_STORE = "create_domUs: xenstore is asked for, and no domain has it"


def told(found: tuple[DomainMap, ...]) -> list[tuple[str, str]]:
    """Domains that are not built, and why first."""
    return [(each.name, each.reasons[0]) for each in found if each.boots is False]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"a": DOMAIN}, []),  # dom0 has it
        ({**NO_DOM0, "a": PLAIN}, []),  # nobody asks
        ({**NO_DOM0, "a": DOMAIN}, [("d1", NO_STORE)]),
        ({**NO_DOM0, "a": LEGACY}, [("d1", NO_STORE)]),
        # Said of the last one: that is when Xen looks.
        ({**NO_DOM0, "a": DOMAIN, "b": PLAIN}, [("d2", NO_STORE)]),
        ({**NO_DOM0, "a": STORE, "b": DOMAIN}, []),
        ({**NO_DOM0, "a": DOMAIN, "b": STORE}, []),
        ({**NO_DOM0, "a": STORE, "b": STORE}, [("d2", TWO_STORES)]),
        ({"a": STORE}, [("d1", TWO_STORES)]),  # and dom0
        ({**NO_DOM0, "a": STORE}, []),
        ({**NO_DOM0, "a": {**STORE, "capabilities": [1]}, "b": DOMAIN}, [("d2", NO_STORE)]),
    ],
)
def test_one_domain_has_xenstore(chosen: Description, expected: list[tuple[str, str]]) -> None:
    """set_xs_domain panics at the second, dom0 being one; create_domUs, at its end, if none is and one is asked for."""
    assert told(maps({"chosen": chosen}, "head")) == expected


def test_before_there_were_xenstore_domains_it_had_to_be_dom0() -> None:
    """construct_domU panics at once: "At the moment, Xenstore support requires dom0 to be present"."""
    assert told(maps({"chosen": {**NO_DOM0, "a": DOMAIN, "b": PLAIN}}, "4.17.7")) == [
        ("d1", "construct_domU: xenstore needs dom0"),
        ("d2", "Xen stops at d1: construct_domU: xenstore needs dom0"),
    ]
    assert told(maps({"chosen": {**NO_DOM0, "a": LEGACY, "b": PLAIN}}, "4.17.7")) == []


@pytest.mark.parametrize(("direct", "iommu", "refused"), [
    (False, False, True), (False, True, False), (True, False, False), (True, True, False),
])  # fmt: skip
@pytest.mark.parametrize("tag", ["4.21.0", "head"])
def test_a_hardware_domain_needs_the_iommu_or_a_direct_map(
    tag: str, *, direct: bool, iommu: bool, refused: bool
) -> None:
    """parse_dom0less_node: "non-direct mapped hardware domain requires iommu"; of a plain guest neither is asked."""
    static: Description = {"xen,static-mem": [0x60000000, 0x10000000], "direct-map": b""} if direct else {}
    chosen: Description = {**NO_DOM0, "hw": {**PLAIN, "capabilities": [2], **static}, "a": PLAIN}
    found = maps({"chosen": chosen}, tag, iommu=iommu, dom0_banks=BANKS if direct else None)
    why = "parse_dom0less_node refuses a hardware domain that is not direct-mapped without IOMMU"
    assert told(found) == ([("d1", why), ("d2", f"Xen stops at d1: {why}")] if refused else [])


def test_what_a_build_without_static_memory_says() -> None:
    """Each for its own reason: CDF_staticmem is 0, or allocate_static_memory is empty."""
    assert told(tuple(built(STATIC, WITHOUT).values())) == [
        (
            "d1",
            "Xen panics: /chosen/d: make_memory_node finds no memory: allocate_static_memory is empty without "
            "CONFIG_STATIC_MEMORY",
        )
    ]
    assert told(tuple(built({**STATIC, "direct-map": b""}, WITHOUT).values())) == [
        (
            "d1",
            "Xen panics: /chosen/d: create_domUs refuses direct-map, for this build is without CONFIG_STATIC_MEMORY",
        )
    ]


def test_a_guest_without_memory_has_no_known_ram() -> None:
    """`memory` is asked for by construct_domU, whatever xen,static-mem has."""
    bare = {name: value for name, value in PLAIN.items() if name != "memory"}
    d0, d1 = maps({"chosen": {"a": bare}})
    assert (d0.boots, d1.boots, d1.banks) == (True, False, None)
    assert d1.reasons[0].startswith('Xen panics: /chosen/a: no property "memory"')


GIB = 1 << 30
NODE = Domain(
    "/chosen/a", "a", 1, None, 1, (), False, (), False, None, None, False, None, 0, None, None, None, None
)  # fmt: skip


@pytest.mark.parametrize(
    ("memory", "banks"),
    [
        # GUEST_RAM0 has 3 GiB from 1 GiB on, GUEST_RAM1 begins at 8 GiB.
        (None, None),
        (0, ()),
        (4096, (Extent(GIB, GIB + 4096),)),
        (3 * GIB, (Extent(GIB, 4 * GIB),)),
        (3 * GIB + 4096, (Extent(GIB, 4 * GIB), Extent(8 * GIB, 8 * GIB + 4096))),
    ],
)
def test_the_ram_of_a_guest(memory: int | None, banks: tuple[Extent, ...] | None) -> None:
    assert guest_banks("head", replace(NODE, memory=memory)) == banks


PROCESSORS: Description = {**CPUS, "cpu": {"device_type": "cpu", "compatible": "arm,cortex-a57"}}
GIC_V3: Description = {**GIC, "compatible": "arm,gic-v3", "reg": [0x8000000, 0x10000, 0x80A0000, 0xF60000]}


@pytest.mark.parametrize(
    ("size", "cpus", "fitting"),
    [
        # Of 4096 bytes 1200 are for the rest at most, 32 for two regions, 16 for a bank; a vCPU takes 96.
        (2656, 2, None),
        (2657, 2, "; 1 would fit"),
        (2752, 2, "; 1 would fit"),
        (2753, 2, ""),
        (2752, 1, None),
        (2753, 1, ""),
    ],
)
def test_how_many_vcpus_would_fit(size: int, cpus: int, fitting: str | None) -> None:
    """Beside a partial device tree of so many bytes, for which 4.17 makes no room. None at all is not said to fit."""
    partial = {"compatible": ["multiboot,device-tree", "multiboot,module"], "reg": [0x49000000, size]}
    chosen = {"d": {**PLAIN, "cpus": [cpus], "t": partial}}
    found = maps({"chosen": chosen, "cpus": PROCESSORS, "intc": GIC_V3}, "4.17.7")[-1]
    assert found.boots is (True if fitting is None else None)
    ends = [f", and the buffer has 4096{fitting}"] if fitting is not None else []
    assert [reason[reason.index(", and the buffer") :] for reason in found.reasons] == ends


PARTIAL: Description = {
    "t": {"compatible": ["multiboot,device-tree", "multiboot,module"], "reg": [0x49000000, 0x1000]}
}
HARDWARE: Description = {
    **PLAIN, "capabilities": [2], "direct-map": b"", "xen,static-mem": [0x60000000, 0x10000000],
}  # fmt: skip
NO_TREE = "a partial device tree in or behind a hardware domain (parse_dom0less_node)"


@pytest.mark.parametrize(
    ("domains", "refused"),
    [
        ({"a": HARDWARE}, None),
        (
            {"a": {**HARDWARE, "passthrough": "enabled"}},
            "passthrough of a hardware domain (parse_dom0less_node)",
        ),
        (
            {"a": {**HARDWARE, "passthrough": "disabled"}},
            "passthrough of a hardware domain (parse_dom0less_node)",
        ),
        ({"a": {**HARDWARE, "passthrough": b""}}, None),  # no string, -ENODATA
        ({"a": {**HARDWARE, "passthrough": b"x"}}, None),  # nor this, -EILSEQ
        ({"a": {**HARDWARE, "nr_spis": [0]}}, "nr_spis of a hardware domain (arch_parse_dom0less_node)"),
        ({"a": {**HARDWARE, **PARTIAL}}, NO_TREE),
        ({"a": HARDWARE, "b": {**PLAIN, **PARTIAL}}, NO_TREE),  # dt_find_compatible_node goes on behind it
        ({"a": {**PLAIN, **PARTIAL}, "b": HARDWARE}, None),
        ({"a": {**HARDWARE, "capabilities": [7]}}, None),
        (
            {"a": {**HARDWARE, "capabilities": [10]}},
            "capabilities of 0xa, and Xen knows 0x7 (parse_dom0less_node)",
        ),
        (
            {"a": {**PLAIN, "capabilities": [8]}},
            "capabilities of 0x8, and Xen knows 0x7 (parse_dom0less_node)",
        ),
        ({"a": {**PLAIN, "passthrough": "enabled", "nr_spis": [32], **PARTIAL}}, None),
    ],
)
@pytest.mark.parametrize("tag", ["4.21.0", "head"])
def test_what_a_hardware_domain_must_not_ask_for(tag: str, domains: Description, refused: str | None) -> None:
    """parse_dom0less_node (common/device-tree/dom0less-bindings.c) panics."""
    found = maps({"chosen": {**NO_DOM0, **domains}}, tag)
    said = [reason.partition(": /chosen/a: ")[2] for each in found[:1] for reason in each.reasons]
    assert (refused in said) is (refused is not None)
    assert (found[0].boots is False) is (refused is not None), found[0].reasons


@pytest.mark.parametrize(
    ("tag", "line", "node", "refused"),
    [
        ("4.20.0", "llc-coloring=on", {"xen,static-mem": [0x60000000, 0x10000000]}, "xen,static-mem"),
        (
            "head",
            "llc-size=1M llc-nr-ways=16",
            {"xen,static-mem": [0x60000000, 0x10000000]},
            "xen,static-mem",
        ),
        ("head", "llc-coloring=off", {"xen,static-mem": [0x60000000, 0x10000000]}, None),
        ("4.19.6", "llc-coloring=on", {"xen,static-mem": [0x60000000, 0x10000000]}, None),
        ("4.20.0", "dom0_mem=256M", {"llc-colors": "1-3"}, "llc-colors"),
        ("head", "llc-coloring=off", {"llc-colors": "1-3"}, "llc-colors"),
        ("head", "llc-coloring=on", {"llc-colors": "1-3"}, None),
        ("4.19.6", "dom0_mem=256M", {"llc-colors": "1-3"}, None),  # there are none
        ("head", None, {"llc-colors": "1-3"}, None),  # nobody knows the line
    ],
)
def test_colours_and_what_goes_with_them(
    tag: str, line: str | None, node: Description, refused: str | None
) -> None:
    """Panics: "LLC coloring and static memory are incompatible", "'llc-colors' found, but LLC coloring is disabled"."""
    chosen: Description = {**NO_DOM0, "a": {**PLAIN, **node}}
    found = maps({"chosen": chosen | ({} if line is None else {"xen,xen-bootargs": line})}, tag)
    said = [reason for _, reason in told(found)]
    assert len(said) == (refused is not None)
    assert all(reason.startswith(f"create_domUs refuses {refused}") for reason in said)
