"""Device trees, each looked at by a process of its own: against dt-validate, lopper and dtc.

How much of a time is start-up is in tests.bench.start; many files in one run are in tests.bench.many.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import Comparison, ours
from tests.bench.inputs import boards
from tests.bench.others import one_by_one
from tests.guest_trees import XL
from tests.reading.trees import blob

FILES = 4
ROUNDS = 3
SETTING = ("--xen", "head", "--iommu", "--ipa-bits", "40")


def comparisons(folder: Path) -> Iterator[Comparison]:
    """Of hosts, and of a guest."""
    hosts = boards(folder / "hosts", FILES)
    runs, missing = one_by_one(folder, hosts)
    mine = ours("verifier host, once a file", *(("host", str(file), *SETTING) for file in hosts))
    yield Comparison("Host trees, one by one", [mine, *runs], missing, FILES, ROUNDS)
    guest = folder / "guest.dtb"
    guest.write_bytes(blob(XL))
    runs, missing = one_by_one(folder, [guest])
    mine = ours("verifier guest, once a file", ("guest", str(guest), "--xen", "4.20", "--ipa-bits", "40"))
    yield Comparison("The tree of a guest of xl", [mine, *runs], missing, rounds=ROUNDS)
