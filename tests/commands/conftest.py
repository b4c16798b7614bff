"""Fixtures of the tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD
from tests.reading.trees import blob


@pytest.fixture
def board(tmp_path: Path) -> str:
    path = tmp_path / "host.dtb"
    path.write_bytes(blob(BOARD))
    return str(path)


@pytest.fixture
def in_doubt(tmp_path: Path) -> str:
    """A ramdisk of 256 MiB does not fit the least first bank that dom0 may have, and none that was tried is so small."""
    ramdisk = {"compatible": ["multiboot,ramdisk", "multiboot,module"], "reg": [0, 0x70000000, 0x10000000]}
    path = tmp_path / "doubt.dtb"
    memory = {"device_type": "memory", "reg": [0, 0x40000000, 0x80000000]}
    chosen = {**BOARD["chosen"], "r": ramdisk}
    path.write_bytes(blob({**BOARD, "memory@40000000": memory, "chosen": chosen}))
    return str(path)
