"""Boots of real Xen: the device tree it was given, what it logged, and what was read from both by other code.

`data/runs/runs.tar.xz` holds a selection: Debian's Xen 4.17.7, 4.18.0, 4.20.0, 4.21.2 and head under emulation.
`data/runs/partial.tar.xz` holds boots with partial device trees (`passthroughN.dtb` is the module of dN) and with kernels
of 32 bits, whose domains print nothing; `data/runs/places.tar.xz` boots without IOMMU with Xen loaded at `un-at-ADDRESS`.
`data/runs/releases.tar.xz` holds boots of 4.16.0, 4.16.1, 4.17.5 (`4.17s`), 4.19.0, 4.19.3, 4.20.1, 4.22.0 and others,
built with static and shared memory, without lines of the log that say nothing of memory.
ORACLE=folder adds all runs of a folder with `runs/NAME/{host.dtb,log.txt,regions.json}` and `boards.tar.xz`.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ARCHIVE = Path(__file__).parent / "data" / "runs" / "runs.tar.xz"
PARTIAL = ARCHIVE.with_name("partial.tar.xz")
PLACES = ARCHIVE.with_name("places.tar.xz")
OTHERS = ARCHIVE.with_name("releases.tar.xz")
RELEASES = {
    "4.16": "4.16.0", "4.17": "4.17.7", "4.18": "4.18.0", "4.19": "4.19.0", "4.20": "4.20.0", "4.21": "4.21.2",
    "4.17s": "4.17.5", "4.22": "4.22.0", "head": "head",
}  # fmt: skip
NEEDS_BOARDS = pytest.mark.skipif("ORACLE" not in os.environ, reason="ORACLE=folder: boards of real Xen")
CUT = "middle cut"
"""What stands in a log whose middle was not kept."""


@dataclass(frozen=True)
class Run:
    """One boot."""

    blob: bytes
    log: bytes
    seen: dict[str, Any]
    """Ranges are `[start, end]` as hex strings, `end` exclusive."""
    partials: Mapping[str, bytes] = field(default_factory=dict)
    """Partial device trees by the domain's name in Xen's log."""

    @property
    def release(self) -> str:
        label = str(self.seen["xen"]).removesuffix("-rel")
        return RELEASES.get(label, label)  # a point release is named by its tag


def oracle() -> Path | None:
    """The folder that ORACLE names, if it is set."""
    return Path(os.environ["ORACLE"]) if os.environ.get("ORACLE") else None


@cache
def runs() -> dict[str, Run]:
    """All runs at hand, by name."""
    files = _unpacked(ARCHIVE)
    folder = oracle()
    for path in sorted((folder / "runs").iterdir()) if folder else []:
        files[path.name] = {
            file: (path / file).read_bytes() for file in ("host.dtb", "log.txt", "regions.json")
        }
    return {
        name: Run(each["host.dtb"], each["log.txt"], json.loads(each["regions.json"]))
        for name, each in files.items()
        if CUT.encode() not in each["log.txt"]
    }


@cache
def partial_runs() -> dict[str, Run]:
    """The runs with partial device trees and with kernels of 32 bits, by name."""
    return read_runs(PARTIAL)


def place_runs() -> dict[str, Run]:
    """The runs with Xen at several places, by name."""
    return read_runs(PLACES)


def release_runs() -> dict[str, Run]:
    """The runs of releases and trees that the others lack, by name: made by hand (h, u, z) and at random (r)."""
    return read_runs(OTHERS)


def read_runs(path: Path) -> dict[str, Run]:
    """The runs of an archive, by name."""
    return {
        name: Run(
            each["host.dtb"],
            each["log.txt"],
            json.loads(each["regions.json"]),
            {f"d{file[11]}": content for file, content in each.items() if file.startswith("passthrough")},
        )
        for name, each in _unpacked(path).items()
    }


def _unpacked(path: Path) -> dict[str, dict[str, bytes]]:
    files: dict[str, dict[str, bytes]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name, _, file = member.name.partition("/")
            content = archive.extractfile(member)
            assert content is not None
            files.setdefault(name, {})[file] = content.read()
    return files


def boards() -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Real boards' trees, and what each version of Xen made of them; needs ORACLE."""
    folder = oracle()
    assert folder is not None
    seen = json.loads((folder / "boards.json").read_text(encoding="utf-8"))
    found = {}
    with tarfile.open(folder / "boards.tar.xz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and member.name.endswith(".dtb"):
                name = Path(member.name).stem
                found[name] = (content.read(), seen[name])
    return found
