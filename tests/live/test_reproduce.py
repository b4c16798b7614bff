"""A refutation that is reproduced, in real Xen: what `verifier host --reproduce` leaves is booted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.packages import Tools
from verifier.commands import run

BOARDS = Path(__file__).parent.parent / "boards"


@pytest.mark.parametrize(
    ("tree", "arguments", "property_"),
    [
        ("sl28.dtb", ["--iommu", "--ipa-bits", "48"], "one-to-one-holes"),
        ("one-size-cell.dts", ["--iommu", "--ipa-bits", "48"], "registers-fit"),
        # By the order of the entries an empty one at 0 removes everything, or gives back what was removed.
        ("zero-at-zero.dts", ["--iommu", "--ipa-bits", "48"], "one-to-one-holes"),
    ],
)
def test_debians_xen_prints_what_is_left(
    tree: str,
    arguments: list[str],
    property_: str,
    tools: Tools,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XEN", tools.xen)
    monkeypatch.setenv("QEMU", tools.qemu)
    command = ["host", str(BOARDS / tree), "--xen", "4.17", *arguments, "-q", "--reproduce", str(tmp_path)]
    assert run(command) == 1
    told = capsys.readouterr().err
    assert f": {property_} of d0 in a tree" in told
    assert told.rstrip().endswith("booted: Xen printed what was expected")
