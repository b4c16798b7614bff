"""What the drivers of the GIC ask of the tree, by gicv2_dt_init, gicv2_init, gicv3_dt_init and what they call.

Each of those panics; they are the same from 4.16.0 to 4.22.0. What is booted with Xen 4.17 is in tests/live/cases.py.
"""

from __future__ import annotations

import pytest

from tests.reading.trees import GIC, Description, machine, tree
from verifier.layout.host import Fault
from verifier.reading.host_tree import host_of

DISTRIBUTOR, CPU, HYPERVISOR = [0x8000000, 0x10000], [0x8010000, 0x2000], [0x8030000, 0x2000]
VIRTUAL = [0x8040000, 0x2000]
V2 = [*DISTRIBUTOR, *CPU, *HYPERVISOR, *VIRTUAL]
V3: Description = {"compatible": "arm,gic-v3", "reg": [*DISTRIBUTOR, 0x80A0000, 0xF60000]}
FRAME: Description = {"compatible": "arm,gic-v2m-frame", "reg": [0x8020000, 0x1000]}


def faults(change: Description, tag: str = "head", **root: object) -> tuple[Fault, ...]:
    """Of a board whose GIC is a GICv2 with four interfaces but for `change`; a value of None takes a property away."""
    gic = {name: value for name, value in {**GIC, "reg": V2, **change}.items() if value is not None}
    return host_of(tree({**machine(1, 1), "intc": gic, **root}), tag).faults


@pytest.mark.parametrize("tag", ["4.17.0", "4.20.0", "4.22.0"])
@pytest.mark.parametrize(("change", "said"), [
    ({"reg": None}, "gicv2_dt_init: no address of the distributor, entry 0"),
    ({"reg": V2[:2]}, "gicv2_dt_init: no address of the CPU interface, entry 1"),
    ({"reg": V2[:4]}, "gicv2_dt_init: no address of the hypervisor interface, entry 2 of the 4 that it asks for: it has 2"),
    ({"reg": V2[:7]}, "gicv2_dt_init: no address of the virtual CPU interface, entry 3 of the 4 that it asks for: it has 3"),
    ({"reg": [*V2[:6], 0x8040000, 0x1000]}, "0x2000 bytes (0x2000 at least are taken), its virtual CPU interface 0x1000"),
    ({"reg": [*V2[:2], 0x8010000, 0x20000, *V2[4:]]}, "its CPU interface has 0x20000 bytes"),
    ({"reg": [*V2[:2], 0x8010000, 0x1000, *V2[4:6], 0x8040000, 0x1000]}, "virtual CPU interface 0x1000"),
    ({"reg": [*V2[:4], 0x8030800, 0x1800, *VIRTUAL]}, "/intc reg[2] [0x8030800, 0x8032000) is not page aligned"),
    ({"interrupts": None}, "gicv2_dt_init: it has no maintenance interrupt"),
    ({"interrupts": [1, 9]}, "gicv2_dt_init: it has no maintenance interrupt"),
    ({"#interrupt-cells": [2]}, "gicv2_dt_init: it has no maintenance interrupt"),
    ({"f": {**FRAME, "reg": None}}, "no address of the frame /intc/f"),
    ({"f": {**FRAME, "arm,msi-base-spi": [31], "arm,msi-num-spis": [1]}}, "/intc/f has 1 interrupts from 31 on"),
    ({"f": {**FRAME, "arm,msi-base-spi": [32], "arm,msi-num-spis": [988]}}, "/intc/f has 988 interrupts from 32 on"),
    ({**V3, "reg": None}, "gicv3_dt_init: no address of the distributor: it has 0"),
    ({**V3, "reg": DISTRIBUTOR}, "gicv3_dt_init: no address of the redistributor region 0 of 1: it has 1"),
    ({**V3, "#redistributor-regions": [2]}, "no address of the redistributor region 1 of 2: it has 2"),
    ({**V3, "#redistributor-regions": [0xFFFFFFFF]}, "no address of the redistributor region 1 of"),
    ({**V3, "#redistributor-regions": [0]}, "gicv3_populate_rdist"),
    ({**V3, "reg": [0x8000800, 0x10000, 0x80A0000, 0xF60000]}, "is not page aligned (gicv3_ioremap_distributor)"),
    ({**V3, "interrupts": None}, "gicv3_dt_init: it has no maintenance interrupt"),
])  # fmt: skip
def test_what_the_drivers_refuse(change: Description, said: str, tag: str) -> None:
    if "f" in change and change["f"]["reg"] is None:
        change = {**change, "f": {"compatible": FRAME["compatible"]}}
    (fault,) = faults({"#address-cells": [1], "#size-cells": [1], "ranges": b"", **change}, tag)
    assert (fault.path, fault.effect, fault.domain) == ("/intc", "panics", "")
    assert said in fault.message


@pytest.mark.parametrize("change", [
    {}, V3, {"compatible": "vendor,gic"},
    {"reg": [*V2[:2], 0x8010000, 0x1000, *V2[4:]]},  # taken for 8 KiB
    {"reg": [*V2[:2], 0x8010000, 0x100, *V2[4:]]},
    {"reg": [*V2[:2], 0x8010000, 0x20000, *V2[4:6], 0x8040000, 0x20000]},
    {"reg": [*V2, 0x8050000, 1]},
    {"interrupts": [0, 9, 4]}, {"interrupts": None, "interrupts-extended": [1, 1, 9, 4]},
    {"interrupts-extended": [7, 1]},  # no such phandle: then `interrupts` counts
    {"f": {**FRAME, "arm,msi-base-spi": [32], "arm,msi-num-spis": [987]}},
    {"f": {**FRAME, "arm,msi-base-spi": [31]}},  # the frame's register tells
    {**V3, "reg": [*V3["reg"], 0x9000000, 0x20000], "#redistributor-regions": [2]},
    {**V3, "reg": [*DISTRIBUTOR, 0x80A0000, 0]},  # whether its registers answer is no matter of the tree
    {**V3, "#redistributor-regions": b"\0\0"},  # too short, so not there
])  # fmt: skip
def test_what_they_take(change: Description) -> None:
    """Nothing is said of a controller without driver here: `gic_dt_preinit` goes on to the next."""
    assert not faults({"#address-cells": [1], "#size-cells": [1], "ranges": b"", **change})


@pytest.mark.parametrize(("name", "fails"), [("apm,xgene-storm", False), ("apm,other", True)])
def test_interfaces_64_kib_apart(name: str, *, fails: bool) -> None:
    """PLATFORM_QUIRK_GIC_64K_STRIDE: both interfaces are taken for 128 KiB where the first has less than 8 KiB."""
    change: Description = {"reg": [*V2[:2], 0x8010000, 0x1000, *V2[4:6], 0x8040000, 0x20000]}
    assert bool(faults(change, compatible=name)) == fails
    assert faults({"reg": [*V2[:6], 0x8040000, 0x20000]}, compatible=name)


def test_an_address_without_translation_is_none() -> None:
    """dt_device_get_address fails for the one entry; the bus maps all but the last."""
    bus: Description = {
        "#address-cells": [1],
        "#size-cells": [1],
        "ranges": [0, 0x8000000, 0x40000],
        "intc": {**GIC, "reg": [0, 0x1000, 0x10000, 0x2000, 0x20000, 0x2000, 0x50000, 0x2000]},
    }
    board = {**machine(1, 1), "bus": bus}
    del board["intc"]
    (fault,) = host_of(tree(board), "head").faults
    assert fault.path == "/bus/intc"
    assert "no address of the virtual CPU interface" in fault.message
    assert "/bus does not map 0x50000" in fault.message
