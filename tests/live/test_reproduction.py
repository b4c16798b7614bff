"""Reproductions that are run: real Xen prints what is expected of it, and what is not expected is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.live.packages import Tools
from tests.machine.test_graft import board
from tests.machine.test_minimise import SL28, offers_a_device
from tests.machine.test_reproduce import CASE
from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.reproduction import Reproduction
from verifier.machine.emulator import XEN
from verifier.machine.graft import graft
from verifier.machine.reproduce import expected_lines, marks, run, shrunk, staged, write
from verifier.machine.virt_tree import Bootable
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict
from verifier.xen.release import xen
from verifier.xen.subjects import Given

TAG = "4.17.7"


def domains(tree: Tree, given: Given) -> tuple[DomainMap, ...]:
    return predict(host_of(tree, TAG), xen(TAG, "release"), given)


def case_of(made: Bootable, domain: DomainMap) -> Reproduction:
    assert domain.extended_regions
    command, files = staged(made)
    return replace(
        CASE,
        tree=made.tree,
        expected=expected_lines(TAG, domain.name, domain.extended_regions),
        marks=marks(TAG, domain.name),
        command=command,
        files=files,
    )


@pytest.mark.parametrize("iommu", [True, False])
def test_real_xen_prints_what_is_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: Tools, *, iommu: bool
) -> None:
    """And not what is not: the same with one digit more in the last line.

    By hand: dom0's 128 MiB lie at a multiple of their size, and its grant region, 64 frames, is Xen's own text.
    """
    monkeypatch.setenv("QEMU", tools.qemu)
    made = graft(board(), TAG, iommu=iommu)
    image = made.machine.ram_base + XEN
    bank = Extent(0x88000000, 0x90000000)
    given = Given(48, iommu, dom0_banks=(bank,), grant_region=Extent(image, image + 0x40000))
    case = case_of(made, domains(made.tree, given)[0])
    write(tmp_path, case)
    ran = run(tmp_path, Path(tools.xen))
    assert ran.status == 0, ran.text
    write(tmp_path, replace(case, expected=(*case.expected[:-1], f"{case.expected[-1]}0")))
    assert run(tmp_path, Path(tools.xen)).status == 1


def test_three_nodes_make_debian_s_xen_offer_a_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: Tools
) -> None:
    """By hand: the first of them lies at [0x8000000000, 0x8800000000), inside the region that Xen prints."""
    monkeypatch.setenv("QEMU", tools.qemu)
    made = graft(read_dtb(SL28.read_bytes(), "sl28.dtb"), TAG, iommu=True)
    small = shrunk(made, TAG, offers_a_device)
    assert len(small.tree.nodes) == len(small.needed) + 5  # with the root and /soc
    case = case_of(small, domains(small.tree, Given(48, iommu=True))[0])
    assert any(line.endswith("->0x8800000000") for line in case.expected)
    write(tmp_path, case)
    ran = run(tmp_path, Path(tools.xen))
    assert ran.status == 0, ran.text


def test_one_domain_of_four(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: Tools) -> None:
    """The others go, and it is the first then: 128 MiB from 1 GiB on, so that its first region starts behind them."""
    monkeypatch.setenv("QEMU", tools.qemu)
    tree = read_dtb((SL28.parent / "four-domains.dtb").read_bytes(), "four-domains.dtb")
    given = Given(48, iommu=False)

    def starts_there(each: Tree) -> bool:
        found = next((one for one in domains(each, given) if one.path == "/chosen/domU2"), None)
        return found is not None and (found.extended_regions or (Extent(0, 0),))[0].start == 0x48000000

    small = shrunk(graft(tree, TAG, iommu=False), TAG, starts_there)
    domain = domains(small.tree, given)[-1]
    assert domain.name == "d1"
    write(tmp_path, case_of(small, domain))
    ran = run(tmp_path, Path(tools.xen))
    assert ran.status == 0, ran.text
