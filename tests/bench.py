"""Whole-process times side by side with what a user would run otherwise (`make bench`).

A header's proof is held against the least that any z3 program costs, theorems against z3 on the obligations that
proofs/ stores, `verifier host` on a board's tree against what shows a tree: `dtc` to source, and Python with the
package fdt, or with the bindings of libfdt where they are installed; `verifier ci` on 100 commits against a z3
program and git's own log; placing regions, in one process, against a solver made for it (tests.bench_placing).
Commands run in turn, so that a machine that slows down slows all; medians of one run; output to a pipe. Exit status 1
if a ratio is above its bound.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import bench_placing
from tests.reading.git_repositories import Made
from tests.reading.trees import Description, blob
from tests.rules.headers import SOUND
from verifier.layout.data import data_folder
from verifier.reading.git import HEADER as HEADER_PATH

ROUNDS = 15
PYTHON = sys.executable
HEADER = Path(__file__).parent / "reading" / "data" / "layout.h"
MAIL = Path(__file__).parent / "reading" / "data" / "2021-08-04-safe-range.txt"
"""It is checked on the nine other sets of values that it applies to as well."""
Bench = tuple[str, list[str], float]
"""A name, the arguments of the tool, and how many times as long as the yardstick it may take."""
Z3 = [PYTHON, "-c", "import z3; s = z3.Solver(); x = z3.Int('x'); s.add(x > 3); s.check()"]
PROOFS: list[Bench] = [
    ("verifier --help", ["--help"], 1.0),
    ("verifier check xen-4.22", ["check", "xen-4.22"], 3.0),
    ("verifier check a header", ["check", str(HEADER)], 3.5),
    ("verifier check rfc-2021-safe-range", ["check", "rfc-2021-safe-range"], 3.5),
    ("verifier check the mail of 2021", ["check", "--base", "xen-4.15", str(MAIL)], 7.0),
    ("verifier map xen-4.22", ["map", "xen-4.22"], 3.0),
    ("verifier map xen-4.22 --format html", ["map", "xen-4.22", "--format", "html"], 4.5),
]
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
STORED = """
import sys, z3
for name in sys.argv[1:]:
    solver = z3.Solver()
    solver.from_file(name)
    assert str(solver.check()) == "unsat", name
"""
"""z3 by itself on what proofs/ stores: obligations over bit-vectors."""
THEOREMS: list[Bench] = [
    ("verifier prove libxl --xen head", ["prove", "libxl", "--xen", "head"], 0.5),
    ("verifier prove --recheck", ["prove", "--recheck"], 0.5),
]
OPTIONS = ["--ipa-bits", "40", "--grant-table", "0x80200000+256K"]


def board(devices: int) -> bytes:
    """A tree as large boards have it: a bus with devices of five properties; 750 are 120 KiB."""
    soc: Description = {"#address-cells": [1], "#size-cells": [1], "compatible": "simple-bus", "ranges": b""}
    for number in range(devices):
        start = number * 0x10000
        soc[f"device@{start:x}"] = {
            "compatible": ["vendor,board-device", f"vendor,device-{number % 50}"],
            "reg": [start, 0x1000],
            "interrupts": [0, number, 4],
            "clocks": [1, number],
            "status": "disabled",
        }
    memory = {"device_type": "memory", "reg": [0x80000000, 0x40000000]}
    return blob({"#address-cells": [1], "#size-cells": [1], "memory@80000000": memory, "soc": soc})


def seconds(command: list[str], statuses: tuple[int, ...]) -> float:
    """Wall time of one run, standard output read through a pipe. Raises RuntimeError for another exit status."""
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    taken = time.perf_counter() - started
    if done.returncode not in statuses:
        raise RuntimeError(f"{command} ended with {done.returncode}")
    return taken


def compared(yardsticks: list[tuple[str, list[str]]], measured: list[Bench]) -> int:
    """Print a table; how many are later than their bound, which is a multiple of the first yardstick."""
    commands = [command for _, command in yardsticks]
    commands += [[PYTHON, "-m", "verifier", *arguments] for _, arguments, _ in measured]
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(ROUNDS + 1):
        for number, (taken, command) in enumerate(zip(times, commands, strict=True)):
            taken.append(seconds(command, (0,) if number < len(yardsticks) else (0, 1, 3)))
    medians = [statistics.median(taken[1:]) for taken in times]  # the first run fills caches
    for (name, _), median in zip(yardsticks, medians, strict=False):
        print(f"{name:<40} {median * 1000:6.0f} ms")
    late = 0
    for (name, _, bound), median in zip(measured, medians[len(yardsticks) :], strict=True):
        ratio = median / medians[0]
        late += ratio > bound
        print(f"{name:<40} {median * 1000:6.0f} ms  {ratio:4.2f} x (at most {bound:.1f} x)")
    return late


def commits(folder: Path) -> tuple[list[tuple[str, list[str]]], list[Bench]]:
    """Yardsticks and runs on a repository in which the last of 101 commits moves a region, and no other touches one."""
    made = Made(folder)
    made.commit({HEADER_PATH: SOUND}, "base")
    for number in range(100):
        made.commit({"docs/notes": f"{number}\n"}, f"docs {number}")
    made.commit(
        {
            HEADER_PATH: SOUND.replace(
                "MAGIC_BASE           xen_mk_ullong(0x39", "MAGIC_BASE           xen_mk_ullong(0x3a"
            )
        }
    )
    repo = ["ci", "--repo", str(folder), "--range"]
    return (
        [
            ("import z3 and one check()", Z3),
            ("git log -p of 101 commits", ["git", "-C", str(folder), "log", "-p", "HEAD~101.."]),
        ],
        [
            ("verifier ci, 100 commits, none touches", [*repo, "HEAD~101..HEAD~1"], 8.0),
            ("verifier ci, 101 commits, one touches", [*repo, "HEAD~101..HEAD"], 20.0),
        ],
    )


def main() -> int:
    """Print all tables; the status says whether every ratio keeps its bound."""
    late = compared([("import z3 and one check()", Z3)], PROOFS)
    stored = sorted(str(path) for path in (data_folder("proofs") / "obligations").glob("libxl.*"))
    late += compared([("z3, stored obligations of libxl", [PYTHON, "-c", STORED, *stored])], THEOREMS)
    with tempfile.TemporaryDirectory() as folder:
        tree, many = Path(folder) / "board.dtb", Path(folder) / "many.dtb"
        tree.write_bytes(board(750))
        many.write_bytes(board(2000))
        yardsticks = [("fdt, the tree parsed", [PYTHON, "-c", FDT, str(tree)])]
        if importlib.util.find_spec("libfdt") is not None:
            yardsticks.append(("libfdt, every property looked at", [PYTHON, "-c", LIBFDT, str(tree)]))
        yardsticks.append(("dtc to source", ["dtc", "-q", "-I", "dtb", "-O", "dts", str(tree)]))
        host = [
            (
                f"verifier host, {tree.stat().st_size >> 10} KiB",
                ["host", str(tree), "--iommu", *OPTIONS],
                2.5,
            ),
            ("verifier host, 2,000 reg entries", ["host", str(many), "--iommu", *OPTIONS], 4.0),
        ]
        late += compared(yardsticks, host)
        late += compared(*commits(Path(folder) / "xen"))
    late += bench_placing.main()
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
