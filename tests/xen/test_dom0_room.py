"""Whether the buffer holds dom0's device tree, where all is known: by hand, each tree's size by `dom0_tree`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.xen.test_bank_runs import HEAD, M, board
from tests.xen.test_dom0_tree_parts import CONTENTS, DOM0, host
from tests.xen.test_refused_domains import NODE
from verifier.layout.dom0_tree import Dom0Trees, Loaded
from verifier.layout.domain_map import Extent, TreeSize
from verifier.layout.host import Bank, Host, Options
from verifier.xen import dom0_tree
from verifier.xen.dom0_room import too_large, tree_size
from verifier.xen.release import xen
from verifier.xen.subjects import Given, Subject

BANK = Extent(0x50000000, 0x58000000)
SUBJECT = Subject("d0", None, True, True, False, True, (BANK,), None, (), (), (1, 1))
GIVEN = Given(40, iommu=False, drivers={"its": False, "static-shm": False})
OPTIONS = Options("dom0_mem=128M", dom0_mem=128 * M, dom0_max_vcpus=1)
TREES = replace(host("chosen", "root"), size=3000)
BOARD = replace(board((0x40000000, 0x60000000), amount=128 * M), dom0=TREES, options=OPTIONS)
OLD = xen("4.21.2")
EXTRA = 144
"""DOM0_FDT_EXTRA_SIZE before 4.22."""


def found(
    host: Host = BOARD,
    given: Given = GIVEN,
    subject: Subject = SUBJECT,
    regions: int = 0,
    tag: str = "4.21.2",
) -> TreeSize:
    size = tree_size(host, xen(tag), given, subject, [Extent(0, 1)] * regions)
    assert size is not None
    return size


def needed(
    trees: Dom0Trees = TREES, which: int = 0, loaded: Loaded = DOM0, tag: str = "4.21.2", **contents: Any
) -> int:
    """Bytes of one tree, of what is in it besides what is copied."""
    return dom0_tree.size(xen(tag), trees, which, loaded, replace(CONTENTS, **contents))


def reserved(*kinds: str, start: int = 0x7F000000) -> tuple[Bank, ...]:
    return tuple(Bank("/r", at, start + at * M, 4096, kind) for at, kind in enumerate(kinds))


@pytest.mark.parametrize(("subject", "given", "regions", "contents"), [
    ({}, {}, 0, {}),
    ({}, {}, 3, {"regions": 3}),
    ({"cells": (2, 2)}, {}, 1, {"cells": 4, "regions": 1}),
    ({"cells": (2, 1)}, {}, 1, {"cells": 3, "regions": 1}),
    ({"banks": (BANK, Extent(0x60000000, 0x60200000))}, {}, 0, {"banks": 2}),
    ({"banks": (Extent(0x8000000000, 0x8008000000),)}, {}, 0, {"first_bank": 10}),
    ({"banks": (Extent(0xFFFFFFF0, 0x8008000000),)}, {}, 0, {"first_bank": 8}),
    ({"banks": (Extent(0, 0x8000000),)}, {}, 0, {"first_bank": 1}),
    ({}, {"kernel_bits": {"d0": 32}}, 0, {"bits": 32}),
    ({}, {"kernel_bits": {"d1": 32}}, 0, {"bits": 64}),
])  # fmt: skip
def test_what_is_known_goes_into_the_tree(
    subject: dict[str, Any], given: dict[str, Any], regions: int, contents: dict[str, Any]
) -> None:
    size = found(given=replace(GIVEN, **given), subject=replace(SUBJECT, **subject), regions=regions)
    assert (size.least, size.most, size.open) == (needed(**contents), needed(**contents), ())


@pytest.mark.parametrize("count", [1, 2, 5, 128, 129])
def test_processors_of_the_command_line(count: int) -> None:
    """MAX_VIRT_CPUS of arm64 is 128."""
    size = found(replace(BOARD, options=replace(OPTIONS, dom0_max_vcpus=count)))
    expected = needed(vcpus=min(count, 128))
    assert (size.least, size.most, size.open) == (expected, expected, ())


@pytest.mark.parametrize(("kinds", "count", "first"), [
    ((), 0, 0),
    (("memreserve",), 0, 0),
    (("static-domain", "static-heap"), 0, 0),  # none is for devices or firmware
    (("reserved-memory",), 1, 0),
    (("reserved-memory", "memreserve", "static-heap", "static-domain", "reserved-memory"), 3, 0),
    (("static-heap", "memreserve", "reserved-memory", "static-heap"), 2, 2),
])  # fmt: skip
def test_the_second_memory_node(kinds: Sequence[str], count: int, first: int) -> None:
    """make_memory_node goes from the first bank that is of no domain on, and leaves out those of domains behind it.

    The node has the first one's address: 0x7F000000, 0x7F100000 and so on, or those of a hundred times as much.
    """
    for start in (0x7F000000, 0xFFF00000, 0xFFFFF000, 0x10000):
        digits = len(f"{start + first * M:x}")
        size = found(replace(BOARD, reserved=reserved(*kinds, start=start)))
        assert size.least == size.most == needed(reserved=count, first_reserved=digits)


@pytest.mark.parametrize(
    ("tag", "extra", "more"), [("4.21.2", 144, 0), ("4.22.0", 4240, 5632), ("head", 4240, 5632)]
)
def test_the_buffer(tag: str, extra: int, more: int) -> None:
    """The host's own tree and DOM0_FDT_EXTRA_SIZE; what else a build with static shared memory has (ad6f396a3f)."""
    ends = {False: 0, True: more, None: more}
    for built, most in ends.items():
        drivers = {"its": False} | ({} if built is None else {"static-shm": built})
        size = found(given=replace(GIVEN, drivers=drivers), tag=tag)
        least = 0 if built is None else most
        assert (size.room, size.most_room) == (3000 + extra + least, 3000 + extra + most)
        assert size.open == ()


@pytest.mark.parametrize(("beside", "fits"), [(-1, False), (0, True), (1, True)])
def test_a_tree_of_just_that_size_fits(beside: int, *, fits: bool) -> None:
    size = found(replace(BOARD, dom0=replace(TREES, size=needed() - EXTRA + beside)))
    assert (size.fits, size.room - size.most) == (fits, beside)


@pytest.mark.parametrize(("bridges", "beside", "fits"), [
    (0, 0, None), (0, -1, False), (0, 16, None), (0, 17, True),
    (1, 0, None), (1, -1, False), (1, 32, None), (1, 33, True),
    (3, 64, None), (3, 65, True),
])  # fmt: skip
def test_pci_domains_may_be_written(bridges: int, beside: int, *, fits: bool | None) -> None:
    """handle_linux_pci_domain: a property of one cell is 16 bytes, its name once 17. A build without PCI writes none."""
    options = replace(OPTIONS, pci_passthrough=True)
    trees = replace(TREES, size=needed() - EXTRA + beside, bridges=bridges)
    size = found(replace(BOARD, dom0=trees, options=options))
    assert (size.least, size.most, size.fits) == (needed(), needed() + 17 + 16 * bridges, fits)
    assert size.open == ("whether Xen has PCI passthrough",)
    assert found(replace(BOARD, dom0=trees)).most == needed()


def test_who_gets_no_tree() -> None:
    """No guest, none that has no kernel, and none where Xen stops before."""

    def none(host: Host = BOARD, **subject: Any) -> bool:
        return tree_size(host, OLD, GIVEN, replace(SUBJECT, **subject), ()) is None

    assert not none()
    assert none(hardware=False)
    assert none(path="/chosen/d")
    assert none(replace(BOARD, dom0=replace(TREES, loaded=())))
    assert none(replace(BOARD, dom0=replace(TREES, gic=None)))
    assert none(replace(BOARD, dom0=replace(TREES, processors=None)))


def test_a_hardware_domain_of_the_tree_has_its_own_arguments() -> None:
    """And as many vCPUs as its node says; dom0's are another matter."""
    trees = replace(TREES, loaded=(Loaded(None, 300, initrd=True), Loaded("/chosen/d", 9, initrd=False)))
    there = replace(BOARD, dom0=trees, domains=(replace(NODE, path="/chosen/d", cpus=3),))
    size = found(there, subject=replace(SUBJECT, name="d1", path="/chosen/d"))
    expected = needed(trees, loaded=trees.loaded[1], vcpus=3)
    assert (size.least, size.most) == (expected, expected)
    assert expected < needed(trees, loaded=trees.loaded[0], vcpus=3)


FEWER, FIT = "fewer of its", "would fit; ext_regions=off does"
LATER = "from 4.22.0 on there are 4096 more"


@pytest.mark.parametrize(("tree", "regions", "cells", "said"), [
    # 16 bytes a region of 2 and 2 cells; what is too much is counted for the largest tree and the smallest buffer.
    (TreeSize(200, 200, 184, 184, fits=False), 1, (2, 2),
     f"does not fit: it needs 200 bytes, the buffer has 184; 1 {FEWER} 1 extended region {FIT}"),
    (TreeSize(200, 200, 183, 183, fits=False), 1, (2, 2), "does not fit: it needs 200 bytes, the buffer has 183"),
    (TreeSize(200, 200, 183, 183, fits=False), 2, (2, 2),
     f"does not fit: it needs 200 bytes, the buffer has 183; 2 {FEWER} 2 extended regions {FIT}"),
    (TreeSize(200, 200, 184, 184, fits=False), 2, (1, 1),
     f"does not fit: it needs 200 bytes, the buffer has 184; 2 {FEWER} 2 extended regions {FIT}"),
    (TreeSize(200, 200, 188, 188, fits=False), 5, (2, 1),
     f"does not fit: it needs 200 bytes, the buffer has 188; 1 {FEWER} 5 extended regions {FIT}"),
    (TreeSize(190, 200, 190, 196, fits=None, open=("a", "b")), 1, (2, 2),
     f"may not fit: it needs 190 to 200 bytes (a, b), the buffer has 190 to 196; 1 {FEWER} 1 extended region {FIT}"),
    (TreeSize(200, 200, 184, 184, fits=False), 0, (2, 2), "does not fit: it needs 200 bytes, the buffer has 184"),
])  # fmt: skip
@pytest.mark.parametrize(("release", "later"), [(OLD, f"; {LATER}"), (HEAD, "")])
def test_what_is_said_of_a_tree_that_does_not_fit(
    tree: TreeSize, regions: int, cells: tuple[int, int], said: str, release: Any, later: str
) -> None:
    text = too_large(release, replace(SUBJECT, cells=cells), [Extent(0, 1)] * regions, tree)
    assert text == f"prepare_dtb_hwdom: the device tree {said}{later}"
