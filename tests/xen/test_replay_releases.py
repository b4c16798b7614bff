"""Boots of releases and trees that the other runs lack, replayed: logs, regions, registers, banks, and where Xen stops."""

from __future__ import annotations

from collections import Counter

from tests.reading.runs import Run, release_runs
from tests.xen.test_replay import BUILT, boots, extents, given, pairs, registers_seen
from verifier.layout.boot import BootLog
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict
from verifier.xen.release import xen


def test_every_log_is_read() -> None:
    """Width, IOMMU, banks and regions, by code that shares nothing with the reader."""
    for name, run in release_runs().items():
        log, seen = read_boot_log(run.log, name), run.seen
        assert log.ipa_bits is not None, name
        assert (log.ipa_bits.value, log.iommu) == (seen["ipa_bits"], seen["iommu"]), name
        assert extents(log.memory) == pairs(seen["host_ram"]), name
        expected = {"d0": {"banks": seen["dom0_banks"], "ext_regions": seen["ext_regions"]}, **seen["domus"]}
        for domain, values in expected.items():
            printed = log.domain(domain)
            banks, regions = (extents(printed.banks), extents(printed.extended)) if printed else ((), ())
            assert (banks, regions) == (pairs(values["banks"]), pairs(values["ext_regions"])), (name, domain)


def test_every_run() -> None:
    equal: Counter[str] = Counter()
    for name, run in release_runs().items():
        log = read_boot_log(run.log, name)
        assert _compared(name, run, log) == (run.seen["ended"] in BUILT), name
        equal[run.seen["xen"]] += 1
    assert min(equal[version] for version in ("4.16", "4.19", "4.22")) >= 35
    assert set(equal) >= {"4.16.1", "4.17s", "4.18", "4.19.3", "4.20", "4.20.1", "head"}


def _compared(name: str, run: Run, log: BootLog) -> bool | None:
    """Whether the prediction, which has been compared, has all domains built."""
    host = host_of(read_dtb(run.blob, name), run.release)
    inputs = given(log)
    assert inputs is not None, name
    maps = predict(host, xen(host.tag, "debug" if log.debug else "release"), inputs)
    for each in maps:
        printed = log.domain(each.name)
        assert (each.extended_regions or ()) == (extents(printed.extended) if printed else ()), name
        seen = registers_seen(run, each.name)
        assert seen is None or seen == each.registers, name
        if printed and printed.banks and each.path is not None and each.banks is not None:
            assert each.banks == extents(printed.banks), name
        assert each.boots is not None, (name, each.reasons)
    return boots(maps)
