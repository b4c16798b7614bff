"""Whether a guest's device tree fits, to the byte: each part of it by itself, of domains of a few fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.xen.nodes import extent, host, node, subject
from verifier.layout.dom0_tree import Loaded, Processors
from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Host, Module, SharedMemory
from verifier.xen.domu_tree import doubts, stops
from verifier.xen.release import xen
from verifier.xen.subjects import Given, Subject

LEAST, OPEN = 700, 500
"""Of all that is not counted: so many bytes at least, and as many more at most."""
VCPU = 60 + 12 + 20
"""Of a node whose `compatible` has 12 bytes, with the enable-method of a kernel of 64 bits."""
ARGUMENTS = 24
"""Of a property `bootargs`: a token, a length and an offset, its name once, and three bytes to the next cell."""
ROOM = 4096
PLAIN = Processors(12, clock=False, count=4, pooled=False)
ONE = extent(0x50000000, 0x1000)


def board(
    one: Domain,
    line: int | None,
    *,
    processors: Processors | None = PLAIN,
    clock: bool = False,
    redistributors: int | None = None,
) -> Host:
    made = host(node(2, cpus=100), one)
    gic = made.dom0.gic
    assert gic is not None
    parts = None if redistributors is None else replace(gic, redistributors=(0x20000,) * redistributors)
    loaded = (Loaded(None, 3000, initrd=False), Loaded(one.path, line, initrd=False))
    trees = replace(made.dom0, processors=processors, clock=clock, gic=parts, loaded=loaded)
    return replace(made, dom0=trees)


def asked(
    on: Host,
    one: Domain,
    tag: str = "4.17.7",
    *,
    bits: int = 64,
    regions: tuple[Extent, ...] = (),
    seen: Subject | None = None,
) -> tuple[list[str], list[str]]:
    """What it stops, and what may be."""
    given = Given(40, iommu=False, kernel_bits={f"d{one.number}": bits})
    who = seen or subject(one)
    return [*stops(on, xen(tag), given, who)], [*doubts(on, xen(tag), given, who, regions)]


REST = "{} of them for {} vCPUs, and the buffer has {}"


@pytest.mark.parametrize(("cpus", "vcpus"), [(1, VCPU), (20, 20 * VCPU), (0, 0)])
@pytest.mark.parametrize(("tag", "room"), [("4.17.7", ROOM), ("4.21.2", ROOM), ("head", 2048 + 128 * 128)])
def test_on_both_sides_of_each_bound(cpus: int, vcpus: int, tag: str, room: int) -> None:
    """Surely too large, perhaps, and surely not: with boot arguments of as many bytes as are left, or one more."""
    one = node(cpus=cpus)
    rest = REST.format(vcpus, cpus, room)
    over = room - LEAST - vcpus + 1
    assert asked(board(one, over), one, tag) == (
        [f"prepare_dtb_domU: the device tree does not fit: it needs {room + 1} bytes or more, {rest}"],
        [],
    )
    ended, (doubt,) = asked(board(one, over - 1), one, tag)
    assert ended == []
    most = room + OPEN + ARGUMENTS
    assert doubt.startswith(
        f"prepare_dtb_domU: the device tree may not fit: it needs up to {most} bytes, {rest}"
    )
    fits = over - 1 - OPEN - ARGUMENTS
    assert asked(board(one, fits), one, tag) == ([], [])
    ended, (doubt,) = asked(board(one, fits + 1), one, tag)
    assert ended == []
    assert f"up to {room + 1} bytes" in doubt


def most(one: Domain, *, least: int = 0, bits: int = 64, **more: Any) -> int:
    """The most bytes beside what is always there and `least` that is surely there more: whose least just fits."""
    asks = {name: more.pop(name) for name in ("regions", "seen") if name in more}
    assert one.cpus is not None
    line = ROOM - LEAST - one.cpus * (VCPU - 20 * (bits == 32)) - least
    ended, (doubt,) = asked(board(one, line, **more), one, bits=bits, **asks)
    assert ended == []
    (over,) = asked(board(one, line + 1, **more), one, bits=bits, **asks)[0]
    assert f"needs {ROOM + 1} bytes or more" in over
    return int(doubt.partition("up to ")[2].partition(" ")[0]) - ROOM - OPEN - ARGUMENTS


@pytest.mark.parametrize(
    ("processor", "timer", "least", "expected"),
    [
        (False, False, 0, 0),
        # A property of one cell has 16 bytes, in each vCPU and in the timer; its name 16, once.
        (True, False, 2 * 16, 32),
        (False, True, 0, 32),
        (True, True, 2 * 16, 32),
    ],
)
def test_clocks(least: int, expected: int, *, processor: bool, timer: bool) -> None:
    processors = replace(PLAIN, clock=processor)
    assert most(node(cpus=2), least=least, processors=processors, clock=timer) == expected


@pytest.mark.parametrize(("length", "whole"), [(8, 8), (9, 12), (10, 12), (11, 12), (12, 12), (13, 16)])
def test_values_are_whole_cells(length: int, whole: int) -> None:
    """`compatible` of a vCPU, and the identifier of shared memory with its NUL."""
    one = node(cpus=3)
    assert most(one, least=3 * (whole - 12), processors=replace(PLAIN, compatible=length)) == 0
    shared = SharedMemory("/s", "x" * (length - 1), None, 0x60000000, 0x1000, None)
    assert most(replace(one, shared=(shared,))) == 200 + whole
    assert most(replace(one, shared=(shared, shared))) == 2 * (200 + whole)


def test_a_kernel_of_32_bits_has_no_method_to_enable_processors() -> None:
    assert most(node(cpus=4), bits=32) == most(node(cpus=4)) == 0


@pytest.mark.parametrize("count", [0, 1, 3])
def test_banks_and_regions_are_pairs_of_two_cells(count: int) -> None:
    one = node(cpus=1)
    assert most(one, seen=subject(one, banks=(ONE,) * count)) == 16 * count
    assert most(one, regions=(ONE,) * count) == 16 * count
    assert most(one, seen=subject(one, banks=None), regions=(ONE,) * count) == 16 * count


@pytest.mark.parametrize(
    ("direct", "count", "expected"),
    [(True, 3, 48), (True, 0, 0), (True, None, 0), (False, 3, 0), (False, None, 0)],
)
def test_redistributors_of_a_direct_mapped_domain_are_the_hosts(
    count: int | None, expected: int, *, direct: bool
) -> None:
    """A stretch for each of the host's; else one holds all."""
    assert most(node(cpus=1, direct_map=direct), redistributors=count) == expected


@pytest.mark.parametrize(
    ("line", "expected"), [(None, 0), (0, 0), (1, 1 + ARGUMENTS), (100, 100 + ARGUMENTS)]
)
def test_boot_arguments(line: int | None, expected: int) -> None:
    """Of the kernel of the domain itself: where there are none, there is no property."""
    partial = Module("/chosen/1/t", "device-tree", 0x49000000, ROOM, of_domain=True)
    one = node(cpus=1, device_tree=partial)
    _, (doubt,) = asked(board(one, line), one)
    assert f"up to {LEAST + OPEN + VCPU + ROOM + expected} bytes" in doubt


@pytest.mark.parametrize(
    ("tag", "size", "says"),
    [
        # Beside 1200 and a vCPU the buffer of 4.17 has 2804 bytes for it.
        ("4.17.7", 2804, None),
        ("4.17.7", 2805, ROOM),
        ("4.18.0", 2805, None),
        ("4.18.0", 1 << 20, None),
        ("head", 1 << 20, None),
    ],
)
def test_a_partial_tree(tag: str, size: int, says: int | None) -> None:
    """It need not be copied as a whole; from 4.18 on the buffer has as many bytes more."""
    one = node(cpus=1, device_tree=Module("/chosen/1/t", "device-tree", 0x49000000, size, of_domain=True))
    ended, doubted = asked(board(one, None), one, tag)
    assert ended == []
    assert [each.partition("and the buffer has ")[2] for each in doubted] == (
        [] if says is None else [str(says)]
    )


def test_how_large_a_buffer_with_a_partial_tree_is() -> None:
    """Of 4.18: with 1000 bytes of it and boot arguments until it is full."""
    one = node(cpus=1, device_tree=Module("/chosen/1/t", "device-tree", 0x49000000, 1000, of_domain=True))
    full = ROOM + 1000 - LEAST - VCPU
    ended, (doubt,) = asked(board(one, full), one, "4.18.0")
    assert ended == []
    assert "and the buffer has 5096" in doubt
    # And the partial tree counts for what it may be, as it is only then that all of it is there.
    assert f"up to {5096 + 1000 + OPEN + ARGUMENTS} bytes" in doubt
    assert asked(board(one, full + 1), one, "4.18.0")[0] != []


@pytest.mark.parametrize(
    ("cpus", "more", "says"),
    [
        # `more` bytes are lacking to the most there may be: each vCPU less gives 92.
        (5, 1, "; 4 would fit"),
        (5, 92, "; 4 would fit"),
        (5, 93, "; 3 would fit"),
        (5, 4 * 92, "; 1 would fit"),
        (5, 4 * 92 + 1, ""),
        (1, 1, ""),
    ],
)
def test_how_many_vcpus_would_fit(cpus: int, more: int, says: str) -> None:
    one = node(cpus=cpus)
    line = ROOM - LEAST - OPEN - ARGUMENTS - cpus * VCPU + more
    ended, (doubt,) = asked(board(one, line), one)
    assert ended == []
    assert doubt.endswith(f"and the buffer has {ROOM}{says}")


def test_of_whom_nothing_is_said() -> None:
    """dom0 and hardware domains have another buffer; without `cpus` or processors nothing is built."""
    one, line = node(cpus=1), 5000
    on = board(one, line)
    assert asked(on, one)[0] != []
    assert asked(on, one, seen=subject(None)) == ([], [])
    assert asked(board(one, line, processors=None), one) == ([], [])
    for changed in (node(cpus=None), node(cpus=1, capabilities=2)):
        for length in (line, 3000):
            assert asked(board(changed, length), changed) == ([], [])
