"""Addresses through buses: against what Xen did with real and made-up trees, at random, and how long it takes."""

from __future__ import annotations

import random
import time

from tests.reading.runs import NEEDS_BOARDS, boards, runs
from tests.reading.trees import Description, blob, tree
from tests.timing import HANG, growth
from verifier.layout.errors import InputError
from verifier.layout.host import Addresses, Entry
from verifier.reading.dt_addresses import addresses
from verifier.reading.dt_rules import rules_of
from verifier.reading.dtb import read_dtb

HEAD = rules_of("head")
TWO: Description = {"#address-cells": [2], "#size-cells": [2]}

UNIT, LEAST, MOST = 2 << 20, 64 << 20, 256


def holes(entries: tuple[Entry, ...], ipa_bits: int) -> list[list[str]]:
    """What is left of the address space, by a sweep over sorted ends: the definition, not Xen's range sets."""
    end = 1 << ipa_bits
    cuts = sorted(
        (each.address & ~4095, min((each.address + each.size + 4095) & ~4095, end)) for each in entries
    )
    left, at = [], 0
    for start, stop in [*cuts, (end, end)]:
        low, high = -(-at // UNIT) * UNIT, min(start, end) // UNIT * UNIT
        if high - low >= LEAST:
            left.append([hex(low), hex(high)])
        at = max(at, stop)
    return left[:MOST]


def test_what_is_left_is_what_xen_advertised() -> None:
    """Runs with an IOMMU, of releases without the faults of range sets and of alignment (4.21 on), no size of zero."""
    compared = 0
    for name, run in runs().items():
        seen = run.seen
        whole = addresses(read_dtb(run.blob, name), rules_of(run.release))
        if not seen["iommu"] or seen["xen"] not in ("4.21", "head"):
            continue
        if any(not entry.size for entry in whole.entries):
            continue
        if seen["ended"] == "panic" and not seen["ext_regions"]:
            continue  # dom0 got no memory, or a device could not be assigned: the next test
        assert whole.failure is None, name
        assert holes(whole.entries, seen["ipa_bits"]) == seen["ext_regions"], name
        compared += 1
    assert compared >= 11


def test_xen_fails_where_we_say() -> None:
    """Device assignment walks the same addresses and prints which one it could not translate."""
    for name in ("mh-bus-outofrange-4.17", "mh-bus-outofrange-head"):
        run = runs()[name]
        failure = addresses(read_dtb(run.blob, name), rules_of(run.release)).failure
        assert failure is not None
        assert f"Unable to retrieve address {failure.index} for {failure.path}\n" in run.log.decode()


@NEEDS_BOARDS
def test_boards_are_left_with_what_xen_advertised() -> None:
    """286 real boards at head; extra input, ORACLE. Three have an entry of size zero at address zero (L01)."""
    compared = failed = 0
    for name, (content, versions) in boards().items():
        seen = versions.get("head") or versions["4.17=head"]
        whole = addresses(read_dtb(content, name), HEAD)
        if seen["ended"] == "panic":
            assert whole.failure is not None
            expected = f"Unable to retrieve address {whole.failure.index} for {whole.failure.path}"
            assert expected in seen["errors"], name
            failed += 1
        elif seen["ended"] == "done" and not name.startswith("broadcom__bcm2711"):
            assert whole.failure is None
            assert holes(whole.entries, seen["ipa"]) == seen["ext"], name
            compared += 1
    assert (compared, failed) == (270, 9)


def test_random_trees_end_soon() -> None:
    """Any counts and any ranges: entries, a reason or a sentence."""
    chance = random.Random(7)
    entries = failures = 0
    for _ in range(1500):
        read = tree(random_node(chance, 4))
        began = time.process_time()
        try:
            whole = addresses(read, HEAD)
        except InputError:
            whole = Addresses(())
        entries += len(whole.entries)
        failures += whole.failure is not None
        assert time.process_time() - began < HANG
    assert entries > 500
    assert failures > 100


def random_node(chance: random.Random, depth: int) -> Description:
    def words(most: int) -> list[int]:
        numbers = [0, 1, 2, 0x1000, 0xFFFFFFFF, 0x02000000]
        return [chance.choice(numbers) for _ in range(chance.randrange(most))]

    node: Description = {}
    if chance.random() < 0.6:
        node["#address-cells"] = [chance.choice([0, 1, 1, 2, 2, 3, 4, 5, 0xFFFFFFFF])]
    if chance.random() < 0.6:
        node["#size-cells"] = [chance.choice([0, 1, 1, 2, 2, 3])] if chance.random() < 0.97 else b"\0"
    if chance.random() < 0.7:
        node["ranges"] = words(16) if chance.random() < 0.4 else b""
    if chance.random() < 0.7:
        node["reg"] = words(12)
    if chance.random() < 0.1:
        node |= {"device_type": "pci", "assigned-addresses": words(12)}
    for number in range(chance.randrange(4) if depth else 0):
        node[chance.choice(["a", "pcie", "b"]) + f"@{number}"] = random_node(chance, depth - 1)
    return node


def bus_of(devices: int) -> bytes:
    """A tree with one `reg` of four entries for each device, two bridges up."""
    bus = {**TWO, "ranges": [0, 0, 1, 0, 0x10, 0]}
    each = {f"d@{number}": {"reg": [0, number << 12, 0, 0x1000] * 4} for number in range(devices)}
    return blob({**TWO, "soc": {**bus, "axi": {**bus, **each}}})


def test_time_grows_with_the_entries() -> None:
    """16 times the devices take 16 times as long, 256 times if every entry looked at the others."""
    few, many = (read_dtb(bus_of(devices), "t") for devices in (100, 1600))
    assert len(addresses(many, HEAD).entries) == 6400
    assert growth(lambda: addresses(few, HEAD), lambda: addresses(many, HEAD)) < 64


def test_time_grows_with_the_blob() -> None:
    """Blob to addresses; the largest of Debian's kernels has 152 KB."""
    few, many = bus_of(75), bus_of(1200)
    assert 100 << 10 < len(many) < 160 << 10
    growing = growth(
        lambda: addresses(read_dtb(few, "t"), HEAD),
        lambda: addresses(read_dtb(many, "t"), HEAD),
    )
    assert growing < 64
