"""What `verifier host` costs: modules that it does not load, and time that grows with the tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD, files
from tests.reading.trees import blob
from tests.timing import growth
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.domain_map import Extent

NOT_NEEDED = (
    "z3",
    "networkx",
    "email",
    "rich",
    "tempfile",
    "subprocess",
    "hashlib",
    "verifier.reading.c_header",
)
"""What costs more than reading a tree, and a board with dom0 alone has no use for."""


def test_nothing_is_loaded_that_is_not_needed(board: str) -> None:
    """Theorems, and with them the solver, are for what is open alone."""
    for options in (
        ["--iommu"],
        ["--no-iommu", "--dom0-bank=0x50000000+256M", "--grant-table=0x40200000+256K"],
    ):
        code = (
            f"import sys; from verifier.commands import run; code = run(['host', {board!r}, *{options!r}]); "
            f"loaded = set({NOT_NEEDED!r}) & set(sys.modules); print(loaded, file=sys.stderr); "
            "sys.exit(bool(loaded) or code not in (0, 1))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_no_solver_for_logs_and_guests(tmp_path: Path) -> None:
    tree, log, _ = files(tmp_path, "du-small4-head")
    code = (
        f"import sys; from verifier.commands import run; code = run(['host', {tree!r}, '--log', {log!r}, '--format=json']); "
        "sys.exit('z3' in sys.modules or 'networkx' in sys.modules or code)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("in_one_node", [True, False])
def test_time_grows_with_the_tree_and_no_faster(in_one_node: bool, tmp_path: Path) -> None:
    """Ten times the `reg` entries: a walk over all of them for each would take a hundred times as long."""

    def entries(count: int) -> str:
        pairs = [(2 + number // 32, number % 32 * 0x8000000) for number in range(count)]
        listed = {"x": {"reg": [cell for pair in pairs for cell in (*pair, 0x1000)]}}
        nodes = {f"x@{number}": {"reg": [*pair, 0x1000]} for number, pair in enumerate(pairs)}
        path = tmp_path / f"{count}.dtb"
        path.write_bytes(blob({**BOARD, **(listed if in_one_node else nodes)}))
        return str(path)

    bank = Extent(0x50000000, 0x60000000)
    few, many = (
        Asked(entries(count), iommu=True, ipa_bits=(48,), dom0_banks=(bank,)) for count in (200, 2000)
    )
    assert host(many).maps[0].reasons == (
        "1747 more regions beyond the most that Xen takes",
    )  # 2000 + 3 in all
    assert growth(lambda: host(few), lambda: host(many)) < 32
