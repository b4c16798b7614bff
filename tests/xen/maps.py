"""What domains read of their own address space under real Xen: GIC, console, RAM, shared memory, HVM_PARAM_STORE_PFN.

`data/maps.tar.xz` holds 306 boots under emulation (virt machine with GICv2 and GICv3, GIC regions split or cut short by
hand, RAM in pieces, odd amounts of dom0): Debian's 4.17.7, 4.16.0, 4.17.5, 4.18.0, 4.19.0, 4.20.0, 4.21.2, 4.22.0 and
head. `maps.json` has a row per boot: what the kernel of each domain, a program of a page or two, found in its device tree
(`reg`, ranges with exclusive ends) and read by hypercall; `banks` and `grant` are dom0's, or the hardware domain's, from
Xen's log. `TREE.dtb` is the host's tree.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from verifier.layout.domain_map import Extent

ARCHIVE = Path(__file__).parent / "data" / "maps.tar.xz"


@cache
def boots() -> tuple[tuple[dict[str, Any], bytes], ...]:
    """Each row with its tree."""
    files: dict[str, bytes] = {}
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            files[member.name] = content.read()
    return tuple((row, files[f"{row['tree']}.dtb"]) for row in json.loads(files["maps.json"]))


def extents(ranges: Sequence[tuple[str, str]]) -> tuple[Extent, ...]:
    """Ranges of a row."""
    return tuple(Extent(int(start, 16), int(end, 16)) for start, end in ranges)
