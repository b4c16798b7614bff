"""What booted guests read: memory and hypervisor node as their own code printed them, the rest as Xen writes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from tests.commands.guest_tree_reports import report, verdicts
from tests.guest_trees import DOM0LESS, changed, reg
from tests.reading.runs import Run, partial_runs, release_runs, runs
from tests.reading.trees import Description
from verifier.layout.host import Domain, Host
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.reading.models import version


@dataclass(frozen=True)
class View:
    """What one guest of a boot read; pairs of address and size."""

    run: Run
    domain: str
    memory: tuple[tuple[int, int], ...]
    registers: tuple[tuple[int, int], ...]


def _pairs(ranges: list[list[str]]) -> tuple[tuple[int, int], ...]:
    return tuple((int(start, 16), int(end, 16) - int(start, 16)) for start, end in ranges)


def _views() -> dict[str, View]:
    found = dict[str, View]()
    for name, run in {**runs(), **release_runs(), **partial_runs()}.items():
        for domain, seen in run.seen.get("guest_view", {}).items():
            if domain != "d0" and "memory" in seen and "hypervisor" in seen:
                found[f"{name}-{domain}"] = View(
                    run, domain, _pairs(seen["memory"]), _pairs(seen["hypervisor"])
                )
    return found


VIEWS = _views()


def tree_of(view: View, host: Host, domain: Domain) -> Description:
    """The guest's tree: RAM and regions as it read them, its shared memory, of a direct-mapped one the host's GIC."""
    tree = changed(DOM0LESS, **{"memory@40000000": None}, hypervisor__reg=reg(*view.registers))
    tree[f"memory@{view.memory[0][0]:x}"] = {"device_type": "memory", "reg": reg(*view.memory)}
    if domain.shared:
        tree["reserved-memory"] = {
            "#address-cells": [2],
            "#size-cells": [2],
            "ranges": b"",
            **{
                f"xen-shmem@{each.guest:x}": {
                    "compatible": "xen,shared-memory-v1",
                    "reg": reg((each.guest, each.size)),
                }
                for each in domain.shared
            },
        }
    if domain.direct_map:
        assert host.gic is not None
        tree["interrupt-controller@3001000"]["reg"] = reg(
            (host.gic.distributor.address, 0x10000),
            *((each.address, each.size) for each in host.gic.interfaces),
        )
    return tree


@pytest.mark.parametrize("name", VIEWS)
def test_what_a_guest_read_is_what_is_expected(name: str) -> None:
    assert judged(name) in ("proved", "open")


def judged(name: str) -> str:
    """Of a tree that real Xen made nothing is refuted but what releases are known to do to shared memory: before 4.19 they
    offer it, and before 4.21 they lose 2 MiB beside it. The width that it was made for is one that it fits.
    """
    view = VIEWS[name]
    host = host_of(read_dtb(view.run.blob, "host.dtb"), view.run.release, None)
    domain = next(each for each in host.domains if f"d{each.number}" == view.domain)
    found = report(tree_of(view, host, domain), view.run.release)
    told = verdicts(found)
    refuted = {each for each, verdict in told.items() if "refuted" in verdict}
    known = {"complete"} | ({"no-overlap"} if version(view.run.release) < (4, 19) else set())
    assert refuted <= (known if domain.shared else set()), [each.message for each in found.findings]
    bits = view.run.seen.get("ipa_bits")
    assert bits is None or bits in [each.ipa_bits for each in found.maps]
    is_open = told["device-tree-agrees"] == {"unknown"}
    assert is_open or told["device-tree-agrees"] == {"proved"}
    return "open" if is_open else "proved"


def test_open_is_only_what_the_tree_cannot_tell() -> None:
    """Direct-mapped guests, memory passed through that is in no node, and Xen with ext_regions=0."""
    told = Counter(judged(name) for name in VIEWS)
    assert told["proved"] > told["open"]
    for name, view in VIEWS.items():
        host = host_of(read_dtb(view.run.blob, "host.dtb"), view.run.release, None)
        domain = next(each for each in host.domains if f"d{each.number}" == view.domain)
        none = len(view.registers) == 1
        assert (judged(name) == "proved") or domain.direct_map or domain.device_tree is not None or none, name
