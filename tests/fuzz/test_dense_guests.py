"""Guests with very many devices: time grows with them, and what is not listed stays refuted."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.guest_trees import GIC, XL, reg
from tests.reading.trees import blob
from tests.rules.boards.guests import WHOLE, with_facts
from tests.timing import least_times
from verifier.commands.guest_built import MOST_MENDED, of_config
from verifier.commands.guest_inputs import MOST_ENTRIES, GuestAsked
from verifier.commands.guest_report import guest
from verifier.commands.guest_tree import of_own_tree
from verifier.commands.host_inputs import Asked
from verifier.layout.board_report import BoardReport
from verifier.layout.errors import InputError
from verifier.layout.guest_facts import Interrupt
from verifier.reading.dtb import read_dtb
from verifier.rules.boards.catalogue import judged_by
from verifier.rules.boards.interrupts import RULE as INTERRUPTS
from verifier.rules.boards.rule import MOST

FEW, MANY = MOST_ENTRIES // 4, MOST_ENTRIES
LIMIT = 8
"""4 where time is linear, 16 where it is quadratic."""


def iomem(*entries: tuple[int, int]) -> str:
    return f"iomem = [{','.join(f'{chr(34)}{host:x},1@{guest:x}{chr(34)}' for host, guest in entries)}]\n"


LISTS: dict[str, Callable[[int], str]] = {
    "one page": lambda count: iomem(*((0x40000 + 2 * each, 0x8000) for each in range(count))),
    "one page of one page": lambda count: iomem(*[(0x40000, 0x8000)] * count),
    "pages apart": lambda count: iomem(*((0x40000 + 2 * each, 0x8000 + 2 * each) for each in range(count))),
    "two conflicts": lambda count: iomem(
        *((0x40000 + 2 * each, 0x8000 + 2 * each) for each in range(count - 2)), (1, 0x8000), (2, 0x8002)
    ),
    "one interrupt": lambda count: f"irqs = [{','.join(['40'] * count)}]\n",
}


def judged(kind: str, count: int) -> BoardReport:
    return of(LISTS[kind](count))


def of(devices: str, *, virtio: int = 0) -> BoardReport:
    asked = GuestAsked(Asked("", release="4.22", ipa_bits=(40,)), gic=3, virtio=virtio)
    return of_config(asked, "a.cfg", f'name = "a"\nmemory = 512\n{devices}'.encode())


@pytest.mark.parametrize("kind", LISTS)
def test_time_grows_with_the_devices(kind: str) -> None:
    """Of "one page", each was held against each and each pair was repaired: 300 entries took minutes."""
    small, large = least_times(lambda: judged(kind, FEW), lambda: judged(kind, MANY), rounds=1)
    if large > LIMIT * small:  # a slow second of a busy machine is not met twice
        small, large = least_times(lambda: judged(kind, FEW), lambda: judged(kind, MANY), rounds=5)
    assert large < LIMIT * small


def test_what_is_not_listed_is_told_and_refuted() -> None:
    report = judged("one page", 2 * MOST)
    assert len([each for each in report.findings if each.verdict == "refuted"]) == MOST
    assert report.verdict == "refuted"
    said = f"no-overlap of a fails in more places than are listed: {MOST} of one width"
    assert any(each.startswith(said) for each in report.notes)


def test_interrupts_are_listed_as_far() -> None:
    """One device more than are listed has the interrupt of the first: no number of devices hides it."""
    for count, more in ((MOST + 1, False), (MOST + 2, True)):
        devices = tuple(Interrupt(f"irqs[{index}]", 40, "spi", "a.cfg:1") for index in range(count))
        found = list(judged_by(INTERRUPTS, with_facts(WHOLE, interrupts=devices)))
        assert [(each.verdict, each.more) for each in found] == [("refuted", more)] * MOST


def test_entries_that_are_one_are_no_conflict_and_others_are() -> None:
    """Three entries, two of which map the same page of the host: the third is in conflict with both."""
    report = of(iomem((0x40000, 0x8000), (0x50000, 0x8000), (0x40000, 0x8000)))
    pairs = {
        tuple(sorted(party.name[:8] for party in each.parties)) for each in report.findings if each.parties
    }
    assert pairs == {("iomem[0]", "iomem[1]"), ("iomem[1]", "iomem[2]")}


def test_the_first_refutations_are_mended_and_the_others_named() -> None:
    """n entries at one page are n(n-1)/2 conflicts; moving one of a pair mends that pair."""
    count = 8
    report = judged("one page", count)
    helped = [bool(each.help) for each in report.findings if each.verdict == "refuted"]
    assert helped == [True] * MOST_MENDED + [False] * (count * (count - 1) // 2 - MOST_MENDED)
    assert f"28 refutations: what would repair them is looked for of the first {MOST_MENDED}" in report.notes


def test_of_every_size_of_memory_nothing_is_left_out() -> None:
    """276 conflicts, and one of RAM that only large sizes have: no list of 256 has them all."""
    entries = (*(f"{0x40000 + 2 * each:x},1@8000" for each in range(24)), "90000,1@60000")
    asked = Asked("", release="4.22", ipa_bits=(40,))
    with pytest.raises(
        InputError, match="more is wrong with the guest than can be told of every size of memory"
    ):
        guest(GuestAsked(asked, gic=3, iomem=entries))


def own(kind: str, count: int) -> bytes:
    """A guest's own device tree, with so many of one thing."""
    tree = deepcopy(XL)
    if kind == "regions":
        places = ((0x60000000, 0x1000000),) * count
        tree["hypervisor"]["reg"] = reg((0x38000000, 0x1000000), *places)
    else:
        for index in range(count):
            start = 0x8000000 + index * 0x1000 * (kind != "one page")
            line = {"interrupts": [0, 50, 4], "interrupt-parent": [GIC]} if kind == "one interrupt" else {}
            tree[f"device@{index:x}"] = {"reg": reg((start, 0x1000)), **line}
    return blob(tree)


def judged_by_itself(kind: str, count: int) -> BoardReport:
    content = own(kind, count)
    asked = GuestAsked(Asked("t.dtb", release="4.20", ipa_bits=(40,)))
    return of_own_tree(asked, read_dtb(content, "t.dtb"), content)


@pytest.mark.parametrize("kind", ["devices", "one page", "one interrupt", "regions"])
def test_time_grows_with_the_nodes_of_its_own_tree(kind: str) -> None:
    """A re-check of each refutation looked through all of them, and made each anew."""
    small, large = least_times(
        lambda: judged_by_itself(kind, FEW), lambda: judged_by_itself(kind, MANY), rounds=1
    )
    if large > LIMIT * small:
        small, large = least_times(
            lambda: judged_by_itself(kind, FEW), lambda: judged_by_itself(kind, MANY), rounds=5
        )
    assert large < LIMIT * small


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("one page", {"no-overlap"}),
        ("one interrupt", {"interrupts"}),
        ("regions", {"no-overlap", "minimum-size", "device-tree-agrees"}),
    ],
)
def test_of_its_own_tree_as_many_are_listed(kind: str, names: set[str]) -> None:
    report = judged_by_itself(kind, 3 * MOST)
    told = {each.property for each in report.findings if each.more}
    assert told == names == {each.split(" of ")[0] for each in report.notes if "more places" in each}
    for name in names:
        listed = [each for each in report.findings if (each.property, each.verdict) == (name, "refuted")]
        assert MOST <= len(listed) <= 2 * MOST


def test_a_guest_that_is_not_built_has_others_too() -> None:
    """libxl has room for 11 virtio devices. It refuses the guest, and its map is judged all the same."""
    report = of(LISTS["one page"](2 * MOST), virtio=12)
    assert [each.verdict for each in report.findings if each.property == "built"] == ["refuted"]
    found = [each for each in report.findings if each.property == "no-overlap"]
    assert all(each.more for each in found)
    assert len(found) == MOST
