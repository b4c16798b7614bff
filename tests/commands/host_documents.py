"""What tests of `verifier host` share: a board of a few nodes, stored boots as files, and reports read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reading.runs import Run, runs
from tests.reading.trees import Description, machine
from tests.schema import valid_document
from verifier.commands import run

BOARD: Description = {
    **machine(2, 1),
    "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0x40000000]},
    "chosen": {
        "k": {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0, 0x48000000, 0x10000]}
    },
}
"""1 GiB of RAM from 1 GiB on; regions of 4 GiB and more lose their high word of the size: `registers-fit` is refuted."""

IN_DOUBT: Description = {
    **BOARD,
    "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0x80000000]},
    "chosen": {
        **BOARD["chosen"],
        "r": {"compatible": ["multiboot,ramdisk", "multiboot,module"], "reg": [0, 0x70000000, 0x10000000]},
    },
}
"""A ramdisk of 256 MiB does not fit the least first bank that dom0 may have, and none that was tried is so small."""


def files(folder: Path, name: str) -> tuple[str, str, Run]:
    found = runs()[name]
    (folder / "host.dtb").write_bytes(found.blob)
    (folder / "log.txt").write_bytes(found.log)
    return str(folder / "host.dtb"), str(folder / "log.txt"), found


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["host", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    assert found["verdict"] == {0: "proved", 1: "refuted", 3: "unknown"}[status]
    return found


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Where the log agrees, whatever the specification says of what Xen did."""
    run(["host", *arguments, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    assert (found["differences"], found["contradictions"]) == ([], [])
    return found
