"""What a release takes from host trees: those of real boots, of boards, and changed at random."""

from __future__ import annotations

import random
import time

from tests.reading.host_trees import ALL
from tests.reading.runs import NEEDS_BOARDS, boards, runs
from tests.reading.trees import build, packed
from tests.timing import HANG
from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of


def test_real_boots_agree() -> None:
    """Memory and reserved memory where Xen printed them, I/O virtualisation, domains with regions, options."""
    printed = domains_seen = 0
    for name, run in runs().items():
        found, seen = host_of(read_dtb(run.blob, name), run.release), run.seen
        if seen["host_ram"]:
            assert [[hex(bank.start), hex(bank.end)] for bank in found.memory] == seen["host_ram"], name
            assert [[hex(bank.start), hex(bank.end)] for bank in found.reserved] == seen["host_resvd"], name
            printed += 1
        usable = {iommu.driver for iommu in found.iommus if iommu.usable}
        assert (bool(usable) and found.options.iommu) == seen["iommu"], name
        assert "extended regions support is disabled" in "".join(seen["errors"]) or found.options.ext_regions
        with_regions = {domain for domain, values in seen["domus"].items() if values["ext_regions"]}
        assert with_regions <= {f"d{domain.number}" for domain in found.domains if domain.enhanced}, name
        domains_seen += len(with_regions)
        assert found.boots or seen["ended"] == "panic", (name, found.faults)
    assert printed >= 25
    assert domains_seen >= 10


@NEEDS_BOARDS
def test_boards_boot_or_hang_as_predicted() -> None:
    """At head, of 286 boards four never printed a line: their reserved memory overlaps. Extra input, ORACLE."""
    silent = {
        name for name, (content, _) in boards().items() if not host_of(read_dtb(content, name), "head").boots
    }
    expected = {
        name
        for name, (_, seen) in boards().items()
        if (seen.get("head") or seen["4.17=head"])["ended"] == "timeout"
    }
    assert silent == expected
    assert len(silent) == 4


WORDS = [0, 1, 2, 3, 4, 16, 0x1000, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFFF000, 0xFFFFFFFF]
NAMES = [
    "reg",
    "ranges",
    "#address-cells",
    "#size-cells",
    "xen,shared-mem",
    "xen,static-mem",
    "memory",
    "status",
]


def test_any_values_give_a_host_or_a_sentence_soon() -> None:
    """Trees of real boots with the values of some properties replaced, and properties added."""
    chance = random.Random(3)
    names, refused, faulty = sorted(runs()), 0, 0
    for _ in range(600):
        read = read_dtb(runs()[chance.choice(names)].blob, "t.dtb")
        for _ in range(chance.randint(1, 6)):
            node = chance.choice([read.root, *read.nodes, *chosen_of(read)])
            known = list(node.properties) or NAMES
            name = chance.choice(known if chance.random() < 0.7 else NAMES)
            cells = [chance.choice(WORDS) for _ in range(chance.randrange(8))]
            value = packed(cells) if chance.random() < 0.8 else chance.randbytes(chance.randrange(9))
            assert isinstance(node.properties, dict)
            node.properties[name] = value
        again = read_dtb(build(read), "t.dtb")
        began = time.process_time()
        try:
            found = host_of(again, chance.choice(ALL))
        except InputError:
            refused += 1
        else:
            faulty += bool(found.faults)
        assert time.process_time() - began < HANG
    assert 20 < refused < 500
    assert faulty > 30


def chosen_of(read: Tree) -> list[Node]:
    """The nodes that matter most, to be hit more often."""
    chosen = read.at("/chosen")
    return [] if chosen is None else [chosen, *read.below(chosen)] * 3
