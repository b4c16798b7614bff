"""`verifier sweep --as-shipped`: banks of RAM that a kernel's trees leave to the boot loader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD
from tests.reading.trees import Description, blob
from verifier.commands import run
from verifier.commands.sweep_task import Batch, records
from verifier.layout.sweep import Setting
from verifier.reading.as_shipped import has_empty_banks, without_empty_banks
from verifier.reading.dtb import read_dtb


def test_banks_that_a_boot_loader_fills_in_are_left_to_it() -> None:
    """As shipped, an empty bank is no defect of the board; else it is the entry of size 0 that takes away everything."""
    bare = {**BOARD, "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0]}}
    asked = tuple(Setting("4.22.0", "release", True, (36,), as_shipped=each) for each in (False, True))
    plain, shipped = records(Batch(blob(bare), asked))
    assert "preconditions" in {each.property for each in plain.outcomes if each.verdict == "refuted"}
    assert "preconditions" not in {each.property for each in shipped.outcomes if each.verdict == "refuted"}
    assert (plain.has_empty_banks, shipped.has_empty_banks) == (True, False)


def test_who_sweeps_a_kernels_trees_as_machines_have_them_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In text, and in every answer: what such a bank is refuted for is no defect of the board."""
    bare = {**BOARD, "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0]}}
    (tmp_path / "bare.dtb").write_bytes(blob(bare))
    (tmp_path / "full.dtb").write_bytes(blob(BOARD))
    asked = [str(tmp_path), "--xen", "4.22", "--iommu", "--ipa-bits", "36"]
    assert run(["sweep", *asked]) == 1
    text = capsys.readouterr().out
    assert "\n  1 board has banks of RAM without a size, " in text
    assert "--as-shipped leaves them out\n" in text
    assert run(["sweep", *asked, "--format", "json"]) == 1
    told = {
        each["names"][0]: each["answers"][0]["has_empty_banks"]
        for each in json.loads(capsys.readouterr().out)["boards"]
    }
    assert told == {str(tmp_path / "bare.dtb"): True, str(tmp_path / "full.dtb"): False}
    run(["sweep", *asked, "--as-shipped"])
    assert "without a size" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("reg", "left"),
    [
        ([1, 2], [1, 2]), ([1, 0], None), ([1, 2, 3], [1, 2, 3]), ([1, 0, 3], None), ([1, 0, 3, 4, 5], [3, 4, 5]),
        ([3, 4, 1, 0, 5], [3, 4, 5]), ([1], [1]),
    ],
)  # fmt: skip
def test_cells_that_are_no_whole_entry_are_no_bank_without_a_size(
    reg: list[int], left: list[int] | None
) -> None:
    """One cell left over was one: who swept was told to leave out a bank of 2 bytes."""
    bank: Description = {"device_type": "memory", "reg": reg}
    tree = read_dtb(blob({"#address-cells": [1], "#size-cells": [1], "memory@1": bank}), "")
    found = {each.path: each.properties.get("reg") for each in without_empty_banks(tree).nodes[1:]}
    assert found == (
        {} if left is None else {"/memory@1": b"".join(each.to_bytes(4, "big") for each in left)}
    )
    assert has_empty_banks(tree) is (left != reg)


@pytest.mark.parametrize("cells", [(0, 0), (0, 1), (1, 0)])
def test_a_root_without_cells_has_an_answer(cells: tuple[int, int]) -> None:
    """No entry can be cut out of a `reg` then; whether Xen reads one is for the rules of the release."""
    broken = {**BOARD, "#address-cells": [cells[0]], "#size-cells": [cells[1]]}
    asked = tuple(Setting("4.22.0", "release", True, (36,), as_shipped=each) for each in (False, True))
    for found in records(Batch(blob(broken), asked)):
        assert found.fault != "internal", found.headline


def test_what_is_below_a_bank_goes_with_it() -> None:
    """A child was left without its parent, which ended in a traceback; so did entries of no cells."""
    bank: Description = {"device_type": "memory", "reg": [0, 0], "child": {"a": [1], "grandchild": {}}}
    found = without_empty_banks(
        read_dtb(blob({"#address-cells": [1], "#size-cells": [1], "memory": bank, "b": {"c": {}}}), "")
    )
    assert [each.path for each in found.nodes] == ["/", "/b", "/b/c"]
    assert [found.nodes[child].path for child in found.root.children] == ["/b"]
    none = read_dtb(blob({"#address-cells": [0], "#size-cells": [0], "memory": bank}), "")
    assert len(without_empty_banks(none).nodes) == len(none.nodes)
