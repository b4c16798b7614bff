"""Large trees: against what shows a tree, `dtc` to source, the package fdt, and the bindings of libfdt."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import PYTHON, Comparison, ours, processes, program
from tests.bench.made import made
from tests.reading.trees import Description

FDT = "import sys, fdt; fdt.parse_dtb(open(sys.argv[1], 'rb').read())"
LIBFDT = """
import sys, libfdt
tree = libfdt.FdtRo(open(sys.argv[1], 'rb').read())
node, depth = 0, 0
while node >= 0 and depth >= 0:
    at = tree.first_property_offset(node, [libfdt.NOTFOUND])
    while at >= 0:
        bytes(tree.get_property_by_offset(at))
        at = tree.next_property_offset(at, [libfdt.NOTFOUND])
    node, depth = tree.next_node(node, depth, [libfdt.NOTFOUND])
"""
OPTIONS = ("--iommu", "--ipa-bits", "32", "--grant-table", "0x80200000+256K")


def board(devices: int) -> bytes:
    """A tree as large boards have it: a bus with devices of five properties; 750 are 120 KiB."""
    soc: Description = {}
    for number in range(devices):
        start = number * 0x10000
        soc[f"device@{start:x}"] = {
            "compatible": ["vendor,board-device", f"vendor,device-{number % 50}"],
            "reg": [start, 0x1000],
            "interrupts": [0, number, 4],
            "clocks": [1, number],
            "status": "disabled",
        }
    return made(soc, 1)


def comparisons(folder: Path) -> Iterator[Comparison]:
    """One on two trees: the yardstick parses the smaller one."""
    tree, many = folder / "board.dtb", folder / "many.dtb"
    tree.write_bytes(board(750))
    many.write_bytes(board(2000))
    runs, missing = [processes("fdt, the tree parsed", (PYTHON, "-c", FDT, str(tree)))], []
    if importlib.util.find_spec("libfdt") is None:
        missing.append("libfdt")
    else:
        runs.append(processes("libfdt, every property looked at", (PYTHON, "-c", LIBFDT, str(tree))))
    compiler = program("dtc")
    if compiler is None:
        missing.append("dtc")
    else:
        runs.append(processes("dtc to source", (compiler, "-q", "-I", "dtb", "-O", "dts", str(tree))))
    for name, path, bound in (
        (f"verifier host, {tree.stat().st_size >> 10} KiB", tree, 5.0),
        ("verifier host, 2,000 reg entries", many, 7.5),
    ):
        runs.append(ours(name, ("host", str(path), *OPTIONS), bound=bound))
    yield Comparison("Large device trees, and what parses or prints them", runs, missing)
