"""Boots of real Xen, replayed: what is predicted for each domain is what Xen printed and what the domain read.

Width, IOMMU, dom0's banks and its grant region are taken from the log, all else from the device tree. Where a
domain's own code read its device tree, its `reg` is compared as well. ORACLE=folder replays all runs and boards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from tests.reading.runs import NEEDS_BOARDS, RELEASES, Run, boards, runs
from verifier.layout.boot import BootLog, Stretch
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Host
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dt_rules import rules_of
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.as_built import as_built, read_by
from verifier.xen.host_regions import predict
from verifier.xen.release import xen
from verifier.xen.subjects import Given

BUILT = ("done", "linux")
"""How a run ends in which every domain was built."""


def extents(stretches: Iterable[Stretch]) -> tuple[Extent, ...]:
    return tuple(Extent(each.start, each.end) for each in stretches)


def pairs(ranges: Iterable[tuple[str, str]]) -> tuple[Extent, ...]:
    return tuple(Extent(int(start, 16), int(end, 16)) for start, end in ranges)


def given(log: BootLog) -> Given | None:
    """What the log tells of the inputs; None where it does not get as far as the width."""
    if log.ipa_bits is None:
        return None
    d0 = log.domain("d0")
    banks = extents(d0.banks) if d0 else ()
    grant = extents([d0.grant_table])[0] if d0 and d0.grant_table else None
    cpus = None if log.cpus is None else log.cpus.value
    is_debian = log.version == RELEASES["4.17"]
    build = dict.fromkeys(("static-memory", "static-shm", "smmu-v3"), not is_debian)
    drivers = {"its": log.its, **build}
    ram = extents(log.memory) or None
    return Given(log.ipa_bits.value, bool(log.iommu), ram, banks or None, grant, cpus=cpus, drivers=drivers)


# Exceptions: predicates on the input, each with the function of Xen that the model does not cover.


def has_unseen_xen_reg(host: Host) -> bool:
    """`handle_passthrough_prop` reads a partial device tree, a module that is not part of the host's tree."""
    return any(domain.device_tree for domain in host.domains)


def boots(maps: Iterable[DomainMap]) -> bool | None:
    """Whether all domains are built."""
    answers = {each.boots for each in maps}
    return False if False in answers else None if None in answers else True


def registers_seen(run: Run, name: str) -> tuple[Extent, ...] | None:
    view = run.seen.get("guest_view", {}).get(name, {}).get("hypervisor")
    return None if view is None else pairs(view)


def trees_are_of_that_size(maps: Iterable[DomainMap], log: BootLog, name: str) -> int:
    """How many of the hardware domain's trees were written as large as predicted."""
    count = 0
    for each in maps:
        printed = log.domain(each.name)
        if each.tree is None or printed is None or printed.tree is None:
            continue
        size = printed.tree.end - printed.tree.start
        assert (each.tree.least, each.tree.most) == (size, size), name
        count += 1
    return count


def test_every_domain_of_every_run() -> None:
    equal: Counter[str] = Counter()
    decided = excepted = read = sized = without_width = 0
    for name, run in runs().items():
        log = read_boot_log(run.log, name)
        inputs = given(log)
        if inputs is None:
            without_width += 1
            continue
        rules = read_by(rules_of(run.release), inputs.drivers)
        host = as_built(host_of(read_dtb(run.blob, name), run.release, rules=rules), inputs.drivers)
        maps = predict(host, xen(host.tag, "debug" if log.debug else "release"), inputs)
        for each in maps:
            is_open = each.extended_regions is None and has_unseen_xen_reg(host)
            if is_open:
                excepted += 1
                continue
            printed = log.domain(each.name)
            assert (each.extended_regions or ()) == (extents(printed.extended) if printed else ()), name
            seen = registers_seen(run, each.name)
            assert seen is None or seen == each.registers, name
            equal[run.seen["xen"]] += 1
            read += seen is not None
            if printed and printed.banks and each.path is not None and each.banks is not None:
                assert each.banks == extents(printed.banks), name
        sized += trees_are_of_that_size(maps, log, name)
        if has_unseen_xen_reg(host) and boots(maps) is None:
            continue
        assert boots(maps) == (run.seen["ended"] in BUILT), (name, [each.reasons for each in maps])
        decided += 1
    print(
        f"equal {dict(equal)}, read by the guest {read}, boots decided {decided}, trees {sized}, excepted {excepted}"
    )
    assert sum(equal.values()) >= 60
    assert set(equal) >= {"4.17", "4.18", "4.20", "4.21", "head"}
    assert decided >= 45
    assert sized >= 40
    assert excepted <= 1
    assert without_width == 0


@NEEDS_BOARDS
@pytest.mark.parametrize("version", ["4.17", "head"])
def test_every_board(version: str) -> None:
    equal = decided = silent = 0
    for name, (content, found) in boards().items():
        seen = found.get(version) or found["4.17=head"]
        host = host_of(read_dtb(content, name), RELEASES[version])
        if seen["ipa"] is None:  # nothing was printed: Xen hangs before it has a console
            silent += 1
            assert boots(predict(host, xen(host.tag), Given(48, True))) is False, name
            continue
        grant = pairs([seen["gnttab"]])[0] if seen["gnttab"] else None
        inputs = Given(seen["ipa"], True, None, pairs(seen["d0"]) or None, grant, cpus=1)
        maps = predict(host, xen(host.tag, "debug" if version == "head" else "release"), inputs)
        (d0,) = maps
        extended = pairs(seen["ext"])
        assert (d0.extended_regions or ()) == extended, name
        if seen["ended"] == "done":
            same = seen["guest"] == "same as ext"
            assert d0.registers == ((d0.grant_region, *extended) if same else pairs(seen["guest"])), name
        equal += 1
        assert boots(maps) == (seen["ended"] == "done"), (name, d0.reasons)
        decided += 1
    print(f"{version}: equal {equal} of {len(boards())}, silent {silent}, boots decided {decided}")
    assert equal + silent == len(boards())
    assert silent <= 4
