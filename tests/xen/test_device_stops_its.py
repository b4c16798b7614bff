"""An ITS whose address Xen cannot translate: `panic("GICv3: Cannot find a valid ITS frame address")`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.reading.trees import GIC, GIC_PART, GIC_START, Description
from tests.xen.test_device_stops import BOARD, GIVEN
from tests.xen.test_host_regions import CELLS, DOMAIN, maps
from verifier.layout.dom0_tree import Frame
from verifier.xen.device_stops import doubts
from verifier.xen.release import xen
from verifier.xen.subjects import subjects

ITS: Description = {"compatible": "arm,gic-v3-its", "reg": [0x9000000, 0x20000]}


def doubted(gic: Description, **given: Any) -> list[bool]:
    """Of dom0 and of a guest: Xen's own interrupt controller comes before both."""
    starts = [GIC_START + GIC_PART * part for part in range(4)]
    reg = [each for start in starts for each in (start, GIC_PART)]
    board: Description = {"intc": {**GIC, **CELLS, "compatible": "arm,gic-v3", "reg": reg, **gic}}
    found = maps({**board, "chosen": {"one": DOMAIN}}, **given)
    doubtful = [any("gicv3_its_dt_init" in reason for reason in each.reasons) for each in found]
    assert [each.boots for each in found] == [None if doubt else True for doubt in doubtful]
    return doubtful


@pytest.mark.parametrize(("gic", "doubtful"), [
    ({"ranges": b"", "its": ITS}, False),
    ({"ranges": b"", "its": {**ITS, "reg": b""}}, True),
    ({"its": ITS}, True),  # dt_translate_one: "no ranges; cannot translate"
    ({"ranges": [0x9000000, 0x9000000, 0x20000], "its": ITS}, False),
    ({"ranges": [0x9100000, 0x9000000, 0x20000], "its": ITS}, True),
    ({"ranges": [0x9000000, 0x9000000, 0x20000], "a": ITS, "b": {**ITS, "reg": [0x9100000, 0x20000]}}, True),
    ({"other": {"compatible": "v,other", "reg": [0x9000000, 0x20000]}}, False),
    ({}, False),
])  # fmt: skip
def test_it_may_keep_all_domains_from_being_built(gic: Description, *, doubtful: bool) -> None:
    assert doubted(dict(gic)) == [doubtful, doubtful]


def test_a_xen_without_the_driver_does_not_look() -> None:
    """With it the distributor tells whether it looks (gic_dist_supports_lpis)."""
    assert doubted({"its": ITS}, drivers={"its": False}) == [False, False]
    assert doubted({"its": ITS}, drivers={"its": True}) == [True, True]


def test_only_a_gic_of_version_3_has_any() -> None:
    """Where a frame of a GICv2m has no address Xen panics whatever the build has, of which the reader tells."""
    gic = BOARD.dom0.gic
    assert gic is not None
    frames = (Frame("f", phandle=False, reg=8, addressed=False),)
    for each, count in (
        (replace(gic, version=3, frames=frames), 1),
        (replace(gic, version=2, frames=frames), 0),
        (None, 0),
    ):
        host = replace(BOARD, dom0=replace(BOARD.dom0, gic=each))
        (dom0,) = subjects(host, xen("head"), GIVEN)
        assert len(list(doubts(host, xen("head"), GIVEN, dom0))) == count


def test_what_is_told_of_the_first_one() -> None:
    starts = [GIC_START, GIC_START + GIC_PART]
    reg = [each for start in starts for each in (start, GIC_PART)]
    board: Description = {
        "intc": {**GIC, **CELLS, "compatible": "arm,gic-v3", "reg": reg, "a@1": ITS, "b@2": ITS}
    }
    (d0,) = maps(board)
    assert d0.reasons == (
        "whether Xen drives the ITS a below intc, which has no address that can be translated, is not decided: "
        "gicv3_its_dt_init panics then",
    )
