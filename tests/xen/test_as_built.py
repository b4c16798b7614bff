"""What a build without static memory makes of trees that ask for it; by hand, and the log that tells of the build."""

from __future__ import annotations

import pytest

from tests.reading.trees import Description, machine, tree
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Host
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dt_rules import rules_of
from verifier.reading.host_tree import host_of
from verifier.reading.packages import lacking
from verifier.xen.as_built import as_built, asked_for, read_by
from verifier.xen.host_regions import predict
from verifier.xen.release import xen
from verifier.xen.subjects import Given

MODULE = ["multiboot,kernel", "multiboot,module"]
WITHOUT = {"static-memory": False, "static-shm": False}
FIRST = "Xen version {} (root@host) (gcc 12) debug=n Wed\n"


def host(guest: Description, build: dict[str, bool]) -> Host:
    kernel = {"compatible": MODULE, "reg": [0x48100000, 0x10000]}
    description: Description = {
        **machine(1, 1),
        "memory@40000000": {"device_type": "memory", "reg": [0x40000000, 0x40000000]},
        "chosen": {
            "#address-cells": [1],
            "#size-cells": [1],
            "k": {"compatible": MODULE, "reg": [0x48000000, 0x10000]},
            "d": {
                "compatible": "xen,domain",
                "#address-cells": [1],
                "#size-cells": [1],
                "memory": [0, 0x8000],
                "cpus": [1],
                "xen,enhanced": "enabled",
                "k": kernel,
                **guest,
            },
        },
    }
    rules = read_by(rules_of("4.17.7"), build)
    return as_built(host_of(tree(description), "4.17.7", rules=rules), build)


def maps(guest: Description, build: dict[str, bool]) -> dict[str, DomainMap]:
    board = host(guest, build)
    grant = Extent(0x40200000, 0x40240000)
    given = Given(40, False, None, (Extent(0x50000000, 0x58000000),), grant, drivers=build)
    return {each.name: each for each in predict(board, xen(board.tag), given)}


STATIC: Description = {
    "#xen,static-mem-address-cells": [1],
    "#xen,static-mem-size-cells": [1],
    "xen,static-mem": [0x60000000, 0x2000000],
}
SHARED: Description = {
    "s": {
        "compatible": "xen,domain-shared-memory-v1",
        "xen,shm-id": "0",
        "role": "owner",
        "xen,shared-mem": [0x60000000, 0x60000000, 0x2000000],
    }
}


def test_static_memory_is_reserved_and_its_domain_is_not_built() -> None:
    """`xen,static-mem` is read before anything is built, whatever the build can do with it."""
    found = maps(STATIC, WITHOUT)
    assert maps(STATIC, {})["d1"].boots
    assert found["d1"].boots is False
    assert "without CONFIG_STATIC_MEMORY" in found["d1"].reasons[0]
    for each in (found["d0"], maps(STATIC, {})["d0"]):
        assert each.extended_regions is not None
        assert each.boots
        assert [str(region) for region in each.extended_regions][1:] == [
            "[0x58000000, 0x60000000)", "[0x62000000, 0x80000000)",
        ]  # fmt: skip


@pytest.mark.parametrize(("guest", "build", "asked"), [
    ({}, {}, []), (STATIC, {}, ["CONFIG_STATIC_MEMORY"]), (SHARED, {}, ["CONFIG_STATIC_SHM"]), (STATIC, WITHOUT, []),
])  # fmt: skip
def test_what_the_tree_asks_for_and_nobody_tells_of(
    guest: Description, build: dict[str, bool], asked: list[str]
) -> None:
    assert list(asked_for(host(guest, build), build)) == asked


def test_a_direct_map_is_refused() -> None:
    found = maps({**STATIC, "direct-map": b""}, WITHOUT)["d1"]
    assert found.boots is False
    assert "create_domUs refuses direct-map" in found.reasons[0]


def test_shared_memory_is_memory_like_any_other() -> None:
    found = maps(SHARED, WITHOUT)
    plain = maps({}, {})
    for name in ("d0", "d1"):
        assert found[name].boots
        assert found[name].extended_regions == plain[name].extended_regions
    assert maps(SHARED, {})["d0"].extended_regions != plain["d0"].extended_regions


def test_the_first_line_of_a_log_tells_the_package() -> None:
    debian = read_boot_log(FIRST.format("4.17.7 (Debian 4.17.7+13-g2445b30a44-0+deb12u1)").encode(), "log")
    assert debian.packager == "Debian"
    assert (debian.version, debian.debug) == ("4.17.7", False)
    assert {"static-memory", "static-shm"} <= set(lacking(debian))
    for first in ("4.17.7", "4.20.0 (Debian 4.20.0-1)", "4.23-unstable (Debian 4.23)"):
        assert lacking(read_boot_log(FIRST.format(first).encode(), "log")) == ()


def test_modules_behind_shared_memory_are_not_seen() -> None:
    """process_shm_node ends the early scan (booted: "Missing kernel boot module?", then a panic)."""
    before = maps(SHARED, WITHOUT)["d1"]
    kernel = {"compatible": MODULE, "reg": [0x48100000, 0x10000]}
    behind = maps({"k": {"compatible": "none"}, **SHARED, "k2": kernel}, WITHOUT)["d1"]
    assert before.boots
    assert behind.boots is False
    assert "kernel" in behind.reasons[0]
