"""Devices that a partial tree hands to a guest: handle_passthrough_prop and iommu_assign_dt_device, case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reading.host_trees import host
from tests.reading.trees import tree
from verifier.layout.host import Assigned
from verifier.reading.iommus import behind_iommus
from verifier.xen.assigned_devices import doubts, stops
from verifier.xen.subjects import Given, Subject

SMMU = {"compatible": b"arm,mmu-500\0", "phandle": [1], "#iommu-cells": [1]}
OTHER = {**SMMU, "phandle": [2], "status": b"disabled\0"}
BOARD = {
    "smmu": SMMU,
    "off": OTHER,
    "old": {"compatible": b"arm,smmu-v1\0", "mmu-masters": [9, 0x10]},
    "soc": {
        "gpu": {"iommus": [1, 0x20]},
        "uart": {},
        "dsp": {"iommus": [2, 0x30]},
        "pcie": {"iommu-map": [0, 1, 0, 0x10000]},
        "legacy": {"phandle": [9]},
        "loose": {"iommus": [77]},
    },
}


def test_what_is_behind_an_iommu() -> None:
    """A disabled one has no driver; a phandle that no node has is none."""
    found = behind_iommus(tree(BOARD))
    assert {path for path, behind in found.items() if behind} == {"/soc/gpu", "/soc/pcie", "/soc/legacy"}
    assert {"/", "/smmu", "/soc/uart", "/soc/dsp", "/soc/loose"} <= found.keys()


def reasons(assigned: Assigned, *, iommu: bool, nr_spis: int | None = None) -> tuple[list[str], list[str]]:
    """Stops and doubts."""
    chosen = {"one": {"compatible": b"xen,domain\0", "memory": [0, 0x10000], "cpus": [1]}}
    board = host({**BOARD, "chosen": chosen})
    (domain,) = board.domains
    board = replace(board, domains=(replace(domain, nr_spis=nr_spis),))
    given = Given(40, iommu, assigned={domain.path: (assigned,)})
    subject = Subject("d1", domain.path, False, False, iommu, True, (), None, (), (), (2, 2))
    return [*stops(board, given, subject)], [*doubts(board, given, subject)]


def node(device: str | None, *, forced: bool = False, ends: bool = True) -> Assigned:
    return Assigned("/passthrough/a", device, forced, ends)


@pytest.mark.parametrize(
    ("assigned", "iommu", "why"),
    [
        (node("/soc/gpu"), True, ""),
        (node("/SOC/GPU"), True, ""),
        (node("/soc/gpu", forced=True), True, ""),
        (node("/soc/gpu", forced=True), False, ""),
        (node("/soc/uart", forced=True), True, ""),
        (node(None, forced=True), False, ""),
        (node("/soc/gpu"), False, "the domain has no IOMMU"),
        (node("/soc/uart"), True, "no IOMMU is named for /soc/uart (iommus)"),
        (node("/soc/dsp"), True, "no IOMMU is named for /soc/dsp (iommus)"),
        (node("/soc/nothing"), True, "the host's tree has no node /soc/nothing"),
        (node("/soc/nothing", forced=True), True, "the host's tree has no node /soc/nothing"),
    ],
)
def test_whether_it_can_be_assigned(assigned: Assigned, iommu: bool, why: str) -> None:
    ended, doubted = reasons(assigned, iommu=iommu)
    assert [each.partition(": ")[2].partition(";")[0] for each in ended] == ([why] if why else [])
    assert doubted == []
    ended, doubted = reasons(replace(assigned, stops=False), iommu=iommu)
    assert ended == []
    assert [why in each for each in doubted] == ([True] if why else [])


def test_interrupts_that_may_not_fit() -> None:
    assert reasons(node("/soc/gpu"), iommu=True, nr_spis=32)[1] == [
        "whether the interrupts of its devices are among nr_spis of 32 is not decided (vgic_reserve_virq)"
    ]
    assert reasons(node(None, forced=True), iommu=True, nr_spis=32)[1] == []


def test_dom0_is_handed_nothing() -> None:
    """It has no partial tree, whatever domains have; nor is anything handed to a domain that no node describes."""
    chosen = {"one": {"compatible": b"xen,domain\0", "memory": [0, 0x10000], "cpus": [1]}}
    board = host({**BOARD, "chosen": chosen})
    (domain,) = board.domains
    board = replace(board, domains=(replace(domain, nr_spis=32),))
    given = Given(40, False, assigned={domain.path: (node("/soc/uart"), node("/soc/uart", ends=False))})
    for path in (None, "/chosen/other"):
        subject = Subject("d0", path, path is None, True, False, True, (), None, (), (), (2, 2))
        assert [*stops(board, given, subject)] == [*doubts(board, given, subject)] == []
