"""Whether a guest's device tree fits, and what else it asks for: by hand from prepare_dtb_domU and domain_create.

The limits of Xen 4.17 are booted (tests/live/stop_cases.py): 30 vCPUs of 96 bytes and 1208 of all else are 4088 of 4096.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.reading.trees import CPUS, GIC, Description
from tests.xen.test_host_regions import DOMAIN, KERNEL, maps
from verifier.layout.domain_map import DomainMap

PLAIN: Description = {**DOMAIN, "xen,enhanced": "no-xenstore"}
PROCESSORS: Description = {**CPUS, "cpu": {"device_type": "cpu", "compatible": "arm,cortex-a57"}}
GIC_V3: Description = {**GIC, "compatible": "arm,gic-v3", "reg": [0x8000000, 0x10000, 0x80A0000, 0xF60000]}


def guest(tag: str, cpus: int, **more: object) -> DomainMap:
    """On a host with a GICv3."""
    chosen = {"d": {**PLAIN, "cpus": [cpus], **more}}
    return maps({"chosen": chosen, "cpus": PROCESSORS, "intc": GIC_V3}, tag)[-1]


@pytest.mark.parametrize(("tag", "cpus", "built"), [
    ("4.16.0", 1, True), ("4.17.7", 29, True), ("4.17.7", 31, None), ("4.17.7", 36, False), ("4.17.7", 128, False),
    ("4.21.2", 29, True), ("4.21.2", 31, None), ("4.21.2", 36, False), ("4.22.0", 36, True), ("4.22.0", 128, True),
])  # fmt: skip
def test_a_tree_of_4096_bytes_has_room_for_few_vcpus(tag: str, cpus: int, built: bool | None) -> None:
    found = guest(tag, cpus)
    assert found.boots is built
    if built is not True:
        assert found.reasons[0].startswith("prepare_dtb_domU: the device tree ")
    if built is None:
        assert found.reasons[0].endswith("; 29 would fit")


@pytest.mark.parametrize(("tag", "cpus", "built"), [
    ("4.17.7", 19, True), ("4.17.7", 20, None), ("4.17.7", 26, False), ("4.22.0", 26, True),
])  # fmt: skip
def test_boot_arguments_are_in_the_tree(tag: str, cpus: int, built: bool | None) -> None:
    """`bootargs` of the kernel's module, copied by make_chosen_node: 1000 bytes are ten vCPUs."""
    kernel: Description = {**KERNEL, "bootargs": "x" * 999}
    assert guest(tag, cpus, **{"kernel@1": kernel}).boots is built


@pytest.mark.parametrize(("processor", "timer", "more", "most"), [
    ({}, {}, 0, 0),
    ({"clock-frequency": [1]}, {}, 16, 32),
    ({}, {"clock-frequency": [5]}, 0, 32),
    ({"clock-frequency": [1]}, {"clock-frequency": [5]}, 16, 32),
])  # fmt: skip
def test_clocks_are_in_the_tree(processor: Description, timer: Description, more: int, most: int) -> None:
    """A property takes three cells and its value, 16 bytes; its name 16 more, once.

    make_cpus_node copies that of the processors to each vCPU, make_timer_node that of the timer.
    """
    processors = {**PROCESSORS, "cpu": {**PROCESSORS["cpu"], **processor}}
    node: Description = {"compatible": "arm,armv8-timer", "interrupts": [1, 13, 4], **timer}
    board: Description = {"cpus": processors, "intc": GIC_V3, "timer": node}
    (reason,) = maps({"chosen": {"d": {**PLAIN, "cpus": [30]}}, **board}, "4.17.7")[-1].reasons
    # 4128 are the 4224 of 31 vCPUs without a clock, less 96.
    assert (
        f"it needs up to {4128 + 30 * more + most} bytes, {30 * (96 + more)} of them for 30 vCPUs" in reason
    )


@pytest.mark.parametrize(("cpus", "says"), [
    (0, "domain_create fails: a domain without vCPUs"),
    (129, "domain_create fails: 129 vCPUs, and with a GICv2 a domain has 8 at most"),
    (9, "domain_create fails: 9 vCPUs, and with a GICv2 a domain has 8 at most"),
])  # fmt: skip
def test_vcpus_that_no_domain_has(cpus: int, says: str) -> None:
    found = maps({"chosen": {"d": {**PLAIN, "cpus": [cpus]}}})[-1]
    assert found.boots is False
    assert found.reasons[0] == says


@pytest.mark.parametrize(("count", "built"), [(960, True), (988, None), (5000, None)])
def test_interrupts(count: int, built: bool | None) -> None:
    """domain_vgic_init takes no more than 1020 - 32, and before compares it rounds up to 32."""
    assert guest("head", 1, nr_spis=[count]).boots is built


def test_the_console_has_the_first_shared_interrupt() -> None:
    """domain_vpl011_init reserves GUEST_VPL011_SPI, 32, which vgic_reserve_virq has only with a shared interrupt or more.

    Where the node does not say, create_domUs takes as many as the host has.
    """
    assert guest("head", 1, nr_spis=[1], vpl011=b"").boots is True
    assert guest("head", 1, nr_spis=[0]).boots is True
    assert guest("head", 1, vpl011=b"").boots is True
    found = guest("head", 1, nr_spis=[0], vpl011=b"")
    assert (found.boots, found.reasons) == (
        False,
        ("domain_vpl011_init fails: nr_spis is 0, and the emulated PL011 has the first shared interrupt",),
    )


@pytest.mark.parametrize(("tag", "frames", "built"), [
    ("4.18.0", 0, False), ("head", 0, False), ("head", 1, True), ("4.17.7", 0, True),
])  # fmt: skip
def test_no_grant_table_without_a_frame(tag: str, frames: int, built: bool) -> None:
    """grant_table_init: INITIAL_NR_GRANT_FRAMES is 1. The property is read since 9c57a29737."""
    found = guest(tag, 1, max_grant_frames=[frames])
    assert found.boots is built
    if not built:
        assert found.reasons == (
            "domain_create fails: max_grant_frames is 0, and Xen makes no grant table without a frame",
        )


@pytest.mark.parametrize(("mib", "pool", "built"), [
    (697, None, True), (698, None, None),  # of 703 that dom0 and Xen leave, 5 are for page tables, 1 for the rest
    (700, 2, True), (700, 64, None), (600, 64, True), (8, 0, None),
])  # fmt: skip
def test_page_tables_are_of_the_heap(mib: int, pool: int | None, built: bool | None) -> None:
    """p2m_set_allocation takes a MiB for each vCPU and a page for each MiB, or what the domain's node says."""
    more: dict[str, Any] = {"memory": [0, mib << 10]} | (
        {} if pool is None else {"xen,domain-p2m-mem-mb": [pool]}
    )
    found = maps({"chosen": {"xen,xen-bootargs": "dom0_mem=256M", "d": {**PLAIN, **more}}})[-1]
    assert found.boots is built, found.reasons
