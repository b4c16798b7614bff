"""Boots of real Xen that show what refuted theorems say: read from the log by code of this file alone.

`data/boots.tar.xz` holds them as `tests/reading/runs.py` says: QEMU's virt machine, RAM from 1 GiB, 44 bits, IOMMU or not;
stack dumps are left out of the logs. `4.17` is Debian's 4.17.7, `head` a debug build, the others are as the tag has it.

* `grant`: a direct-mapped guest with IOMMU, on a board with nothing from 162 MiB to 1 GiB;
* `zero`: a device with `reg = <0x2 0x0 0x0 0x0>`; `zero-bank`: an empty bank behind the one of the memory node;
* `overlap`: two devices of 256 MiB, at 8 GiB and 128 MiB later; `many`: 256 devices of 2 MiB, every 128 MiB from 8 GiB;
* `resv-below`: RAM at 1 and 3 GiB, 1 GiB each, and reserved memory from 0xb0000000 to 0xd0000000, without IOMMU;
* `wrap-nodom0`: no dom0, a direct-mapped guest without IOMMU, and reserved memory from 0x60000000 whose end wraps;
* `cells`: one size cell at the root, RAM at 1 GiB and from 4 to 8 GiB in two banks;
* `xenreg`, `xenreg-dm`: a page of a device at 0x60000000 of a guest, at 0x20000000 of a direct-mapped one;
* `xenreg0`: the same as `xenreg`, of size 0;
* `low96M`: 10 GiB of RAM, dom0_mem=96M; `gnt1024`: gnttab_max_frames=1024;
* `untr-dev`, `untr-nodom0`: a device outside the `ranges` of its bus; with dom0, and with a direct-mapped guest instead;
* `shm`: 16 MiB of static shared memory at 0x60000000 of a guest.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.reading.runs import RELEASES, Run, read_runs
from tests.theorems.by_hand import named
from tests.xen import asked
from tests.xen.test_replay import BUILT, boots, extents, given, registers_seen
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.theorems.families import family_of
from verifier.theorems.verdict import refutation
from verifier.xen.host_regions import predict
from verifier.xen.release import xen

RUNS = read_runs(Path(__file__).parent / "data" / "boots.tar.xz")
REGION = re.compile(r"(d\d): extended region \d+: (0x[0-9a-f]+|0)->(0x[0-9a-f]+)")
IN_REMOVE = "rangeset_remove_range"
Stretch = tuple[int, int]

OVERLAPS: dict[tuple[str, str, str, Stretch], dict[str, bool]] = {
    ("grant", "iommu-holes/avoids-grant-region", "d1", (0x38000000, 0x39000000)): {
        "4.17s": True, "4.22": True, "head": True},
    ("overlap", "iommu-holes/one-to-one-holes", "d0", (0x200000000, 0x210000000)): {
        "4.17": True, "4.18": True, "4.20": True, "4.21": False},
    ("resv-below", "unallocated/inside-host-ram-if-whole-pages", "d0", (0x80000000, 0xB0000000)): {
        "4.17": True, "4.20": True, "4.21": False},
    ("xenreg", "domu-holes/avoids-xen-reg", "d1", (0x60000000, 0x60001000)): {
        "4.17s": True, "4.20": True, "4.21": False},
    ("xenreg-dm", "iommu-holes/avoids-xen-reg", "d1", (0x20000000, 0x20001000)): {
        "4.17s": True, "4.20": True, "4.21": False},
    ("shm", "domu-holes/avoids-shared-memory", "d1", (0x60000000, 0x61000000)): {
        "4.17s": True, "4.18": True, "4.20": False, "4.22": False},
}  # fmt: skip
"""Whether a region that Xen printed for the domain shares an address with what it must avoid."""
TOUCHES = {
    ("zero", "iommu-holes/preconditions", "d0"): {"4.17": 0x200000000, "4.22": 0x200000000},
    ("xenreg0", "domu-holes/preconditions", "d1"): {"4.22": 0x60000000},
}
"""Where one region ends and the next begins."""
STOPS = {
    ("zero", "device-permission/preconditions"): {"head": "Assertion 's <= e' failed at common/rangeset.c:121"},
    ("xenreg0", "domu-holes/preconditions"): {"head": "Assertion 's <= e' failed at common/rangeset.c:121"},
    ("zero-bank", "iommu-holes/preconditions"): {
        "4.17": IN_REMOVE, "4.18": IN_REMOVE, "4.22": IN_REMOVE,
        "head": "Assertion 's <= e' failed at common/rangeset.c:189"},
    ("wrap-nodom0", "unallocated/preconditions"): {
        "4.18": IN_REMOVE, "4.22": IN_REMOVE, "head": "Assertion 's <= e' failed at common/rangeset.c:189"},
}  # fmt: skip
"""Where Xen stops: the assertion of a debug build, or the function in which it follows a null pointer."""
OTHERS = {
    "cells": ("4.16", "4.22", "head"), "many": ("4.22", "head"), "low96M": ("4.17", "head"), "gnt1024": ("4.22", "head"),
    "untr-nodom0": ("4.22", "head"), "untr-dev": ("4.22", "head"),
}  # fmt: skip


def boot(kind: str, version: str) -> Run:
    return RUNS[f"fi-{kind}-{version}"]


def printed(run: Run, domain: str) -> list[Stretch]:
    found = REGION.findall(run.log.decode())
    return [(int(start, 16), int(end, 16)) for name, start, end in found if name == domain]


def refuted(theorem: str, version: str) -> bool:
    return refutation(named(theorem), family_of(RELEASES[version]).xen) is not None


def shows_overlap(kind: str, version: str, domain: str, taken: Stretch) -> bool:
    regions = printed(boot(kind, version), domain)
    assert regions
    return any(start < taken[1] and taken[0] < end for start, end in regions)


@pytest.mark.parametrize(
    ("kind", "theorem", "domain", "taken", "version", "broken"),
    [(*key, version, broken) for key, seen in OVERLAPS.items() for version, broken in seen.items()],
)
def test_overlaps(
    kind: str, theorem: str, domain: str, taken: Stretch, version: str, *, broken: bool
) -> None:
    assert shows_overlap(kind, version, domain, taken) is broken
    assert refuted(theorem, version) or not broken


@pytest.mark.parametrize(
    ("kind", "theorem", "domain", "version", "at"),
    [(*key, version, at) for key, seen in TOUCHES.items() for version, at in seen.items()],
)
def test_regions_that_touch(kind: str, theorem: str, domain: str, version: str, at: int) -> None:
    regions = printed(boot(kind, version), domain)
    assert at in {end for _, end in regions} & {start for start, _ in regions}
    assert refuted(theorem, version)


@pytest.mark.parametrize(
    ("kind", "theorem", "version", "where"),
    [(*key, version, where) for key, seen in STOPS.items() for version, where in seen.items()],
)
def test_where_xen_stops(kind: str, theorem: str, version: str, where: str) -> None:
    log = boot(kind, version).log.decode()
    assert where in log
    assert ("Unexpected Trap: Data Abort" in log) is (where == IN_REMOVE)
    found = re.search(r"FAR_EL2: ([0-9a-f]{16})", log)
    assert where != IN_REMOVE or (found and int(found[1], 16) < 4096), "not through a null pointer"
    assert refuted(theorem, version)


@pytest.mark.parametrize("version", OTHERS["cells"])
def test_a_size_that_does_not_fit_its_cell(version: str) -> None:
    """4 GiB from 4 GiB, of which dom0 reads a size of 0."""
    run = boot("cells", version)
    assert run.seen["guest_view"]["d0"]["hypervisor"][-1] == ["0x100000000", "0x100000000"]
    if version != "4.16":  # which prints no regions
        assert printed(run, "d0")[-1] == (0x100000000, 0x200000000)
    assert refuted("unallocated/registers-fit", version)


@pytest.mark.parametrize("version", OTHERS["many"])
def test_more_holes_than_regions(version: str) -> None:
    """261 holes by hand: three of the board below the devices, 255 between those, three above."""
    regions = printed(boot("many", version), "d0")
    assert len(regions) == 256
    assert regions[-1][1] < 0x200000000 + 256 * 0x8000000
    assert refuted("iommu-holes/cap", version)


@pytest.mark.parametrize("version", OTHERS["low96M"])
def test_no_low_memory_for_96_mib(version: str) -> None:
    """RAM begins at 1 GiB, and dom0 gets none of the 3 GiB below 4 GiB."""
    log = boot("low96M", version).log.decode()
    assert "No bank has been allocated below 32-bit." in log
    (start,) = re.findall(r"BANK\[\d+\] 0x([0-9a-f]+)-", log)
    assert int(start, 16) >= 1 << 32
    assert refuted("dom0-memory/low-bank", version)


@pytest.mark.parametrize(("version", "pages"), [("4.22", 0x75), ("head", 0x87)])
def test_fewer_grant_frames_than_asked_for(version: str, pages: int) -> None:
    """1024 are asked for; Xen says nothing of the rest."""
    log = boot("gnt1024", version).log.decode()
    ((start, end),) = re.findall(r"Grant table range: 0x([0-9a-f]+)-0x([0-9a-f]+)", log)
    assert int(end, 16) - int(start, 16) == pages * 4096
    assert pages < 1024
    assert refuted("grant-region/enough-frames", version)


@pytest.mark.parametrize("version", OTHERS["untr-nodom0"])
def test_one_entry_without_translation(version: str) -> None:
    """A direct-mapped guest is offered nothing; dom0 is not even built."""
    log = boot("untr-nodom0", version).log.decode()
    assert "Unable to retrieve address 0 for /soc/u@5000000" in log
    assert "d1: failed to allocate extended regions" in log
    assert refuted("iommu-holes/untranslatable-entry", version)
    assert "Could not set up d0 guest OS" in boot("untr-dev", version).log.decode()


def test_the_end_lost_beside_shared_memory() -> None:
    """4.20: the last 2 MiB of each region; 4.22 has them."""
    assert printed(boot("shm", "4.20"), "d1")[0] == (0x50000000, 0x5FE00000)
    assert printed(boot("shm", "4.22"), "d1")[0] == (0x50000000, 0x60000000)
    assert refuted("domu-holes/complete", "4.20")
    assert not refuted("domu-holes/complete", "4.22")


def test_every_boot_is_looked_at() -> None:
    tables = {key[0]: set[str]() for table in (OVERLAPS, TOUCHES, STOPS) for key in table}
    for table in (OVERLAPS, TOUCHES, STOPS):
        for key, seen in table.items():
            tables[key[0]] |= set(seen)
    tables |= {kind: set(versions) for kind, versions in OTHERS.items()}
    assert {f"fi-{kind}-{version}" for kind, versions in tables.items() for version in versions} == set(RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_every_boot_is_predicted(name: str) -> None:
    """All regions, what the domains read, and whether they were built; xen,reg, which a partial tree has, further below."""
    run = RUNS[name]
    log = read_boot_log(run.log, name)
    host, inputs = host_of(read_dtb(run.blob, name), run.release), given(log)
    assert inputs is not None
    maps = predict(host, xen(host.tag, "debug" if log.debug else "release"), inputs)
    for each in maps:
        if each.extended_regions is None and run.partials:
            continue
        found = log.domain(each.name)
        assert (each.extended_regions or ()) == (extents(found.extended) if found else ())
        assert registers_seen(run, each.name) in (None, each.registers)
    assert boots(maps) in (run.seen["ended"] in BUILT, None if run.partials else False)


@pytest.mark.parametrize(("kind", "version", "size"), [("xenreg", "4.21", 4096), ("xenreg0", "4.22", 0)])
def test_passthrough(kind: str, version: str, size: int) -> None:
    """A guest with 256 MiB."""
    outcome = asked.domu(
        xen(RELEASES[version]), (0x10000000, 0), ipa_bits=44, passthrough=[(0x60000000, size)]
    )
    assert asked.pairs(outcome) == printed(boot(kind, version), "d1")
