"""Every guest of every boot at hand: its whole map as predicted is what Xen printed and what the guest itself read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reading.runs import Run, partial_runs, release_runs, runs
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.guest_report import guest
from verifier.commands.host_inputs import Asked
from verifier.layout.board_report import BoardReport
from verifier.layout.domain_map import Extent

LEFT_OUT = {
    "ft-xenreg-a-head-d1": "its partial device tree was not kept, and this release leaves xen,reg out",
    "ft-xenreg-a-4.21-d1": "as the first; only ORACLE has it",
    "u-hw-4.22-d1": "it is the hardware domain",
}


def guests() -> Iterator[tuple[str, str, Run]]:
    """By the name of the run and of the domain, those that Xen's log tells of."""
    for name, run in {**runs(), **partial_runs(), **release_runs()}.items():
        for domain in run.seen.get("domus", {}):
            if f"{name}-{domain}" not in LEFT_OUT:
                yield name, domain, run


GUESTS = {f"{name}-{domain}": (domain, run) for name, domain, run in guests()}


def extents(pairs: list[list[str]]) -> tuple[Extent, ...]:
    return tuple(Extent(int(start, 16), int(end, 16)) for start, end in pairs)


def predicted(domain: str, run: Run, folder: Path) -> BoardReport:
    tree = folder / "host.dtb"
    tree.write_bytes(run.blob)
    partials = []
    for name, content in run.partials.items():
        path = folder / f"{name}.dtb"
        path.write_bytes(content)
        partials.append(f"{name}={path}")
    log = folder / "log.txt"
    log.write_bytes(run.log)
    asked = Asked(str(tree), run.release, log=str(log), domain=domain, partials=tuple(partials))
    return guest(GuestAsked(asked))


@pytest.mark.parametrize("name", GUESTS)
def test_a_guest_has_the_map_that_is_predicted(name: str, tmp_path: Path) -> None:
    domain, run = GUESTS[name]
    report = predicted(domain, run, tmp_path)
    (found,) = report.maps
    seen = run.seen["domus"][domain]
    logged = extents(seen.get("ext_regions") or [])
    if logged:
        assert found.extended_regions == logged
    if seen.get("banks") and "STATIC" not in run.log.decode(
        "latin-1"
    ):  # of static memory Xen prints host addresses
        assert found.banks == extents(seen["banks"])
    view = run.seen.get("guest_view", {}).get(domain, {})
    if "memory" in view and found.banks is not None:
        shared = {each.extent for each in found.regions if each.name.startswith("shared memory")}
        assert [each for each in extents(view["memory"]) if each not in shared] == list(found.banks)
    if "hypervisor" in view:
        assert found.registers == extents(view["hypervisor"])
    assert not report.contradictions
    assert not any(each.differences for each in report.agreements)


def test_enough_guests_are_compared() -> None:
    """Counted in the recorded boots, which are never fewer."""
    views = [run.seen.get("guest_view", {}).get(domain, {}) for domain, run in GUESTS.values()]
    assert len(GUESTS) >= 175
    assert sum("hypervisor" in view for view in views) >= 90
    assert sum("memory" in view for view in views) >= 120


@pytest.mark.parametrize("name", [name for name, why in LEFT_OUT.items() if "ORACLE" not in why])
def test_what_is_left_out_is_there(name: str) -> None:
    run, _, domain = name.rpartition("-")
    assert domain in {**runs(), **release_runs()}[run].seen["domus"]
