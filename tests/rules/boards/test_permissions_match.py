"""permissions-match, page by page in a space of eight: pages too few and too many, mapped and permitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from tests.rules.boards.offers import GUEST, SOUND
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.offer import DevicePages
from verifier.rules.boards.permissions_match import RULE

PAGE = 4096
Told = tuple[str, str, bool, Extent]
"""Whose, `pages mapped` or `pages permitted`, whether they are too many, and which."""


def pages(extent: Extent) -> set[int]:
    return {byte // PAGE for byte in range(extent.start, extent.end, 512)}


def runs(numbers: set[int]) -> Iterator[Extent]:
    for start in sorted(each for each in numbers if each - 1 not in numbers):
        end = next(each for each in range(start, 20) if each not in numbers)
        yield Extent(PAGE * start, PAGE * end)


def expected(devices: list[DevicePages]) -> list[Told]:
    """Pages that no entry brings, by the device that has them; then those that no device has."""
    found: list[Told] = []
    done = {
        "mapped": [pages(each.mapped) for each in devices],
        "permitted": [pages(each.permitted) for each in devices],
    }
    touched = [pages(each.described) for each in devices]
    for index, device in enumerate(devices):
        for verb, of_all in done.items():
            lacking = touched[index] - set().union(*of_all)
            found += [(device.name, f"pages {verb}", False, each) for each in runs(lacking)]
    for index, device in enumerate(devices):
        for verb, of_all in done.items():
            beyond = of_all[index] - set().union(*touched)
            found += [(device.name, f"pages {verb}", True, each) for each in runs(beyond)]
    return found


def some(random: Random) -> Extent:
    start = random.randrange(8)
    return Extent(PAGE * start, PAGE * (start + random.randrange(4)))


@pytest.mark.parametrize("seed", range(4))
def test_pages_are_those_that_devices_touch(seed: int) -> None:
    """Entries begin and end anywhere in a page; pages of a neighbour that come with another one are no fault."""
    random = Random(seed)
    for _ in range(100):
        devices = []
        for index in range(random.randrange(1, 4)):
            start = random.randrange(0, 8 * PAGE, 512)
            described = Extent(start, start + random.choice((512, 1024, PAGE, PAGE + 512, 2 * PAGE)))
            devices.append(DevicePages(f"/d reg[{index}]", described, some(random), some(random)))
        judged = RULE.judge(replace(SOUND, devices=tuple(devices)))
        told = [
            (
                each.parties[0].name,
                each.parties[1].name,
                "that none of its devices has" in each.message,
                each.overlap,
            )
            for each in judged.breaches
        ]
        assert told == expected(devices), devices
        assert judged.checked == 3 * len(devices)  # what is asked for, mapped and permitted
        assert (judged.doubts, judged.more) == ((), False)
        for breach in judged.breaches:
            assert breach.overlap is not None
            assert breach.witness == Witness("address-of-one-only", address=breach.overlap.start)


@pytest.mark.parametrize(
    ("start", "end", "first", "behind"),
    [(0, 1, 0, 1), (0, PAGE, 0, 1), (0, PAGE + 1, 0, 2), (PAGE - 1, PAGE, 0, 1), (PAGE - 1, PAGE + 1, 0, 2),
     (PAGE, PAGE + 1, 1, 2)],
)  # fmt: skip
def test_a_byte_touches_its_page(start: int, end: int, first: int, behind: int) -> None:
    right = Extent(PAGE * first, PAGE * behind)
    device = DevicePages("/d reg[0]", Extent(start, end), right, right)
    assert RULE.judge(replace(SOUND, devices=(device,))).breaches == ()
    for wrong in (Extent(right.start, right.end + PAGE), Extent(right.start, right.end - PAGE)):
        for changed in (replace(device, mapped=wrong), replace(device, permitted=wrong)):
            assert len(RULE.judge(replace(SOUND, devices=(changed,))).breaches) == 1


def test_without_devices_it_does_not_apply() -> None:
    judged = RULE.judge(replace(SOUND, devices=()))
    assert (judged.checked, judged.silence) == (0, "Xen gives it no devices of the host by their reg")
    assert RULE.judge(SOUND).silence == ""


def test_who_and_what_is_told() -> None:
    """dom0 by that name, another domain by its own; the pages that come with the entry, and the function."""
    device = DevicePages("/d reg[0]", Extent(0, PAGE), Extent(0, 0), Extent(0, 2 * PAGE))
    for offer, whom in ((SOUND, "dom0"), (GUEST, "d0")):
        few, many = RULE.judge(replace(offer, devices=(device,))).breaches
        assert few.message == (
            f"4 KiB of /d reg[0] [0x0, 0x1000) are not mapped to {whom}: [0x0, 0x1000); map_range_to_domain takes [0x0, 0x0)"
        )
        assert many.message.startswith(
            f"4 KiB are permitted to {whom} that none of its devices has: [0x1000, 0x2000); "
        )
        assert [(each.name, each.extent, each.origin) for each in (*few.parties, *many.parties)] == [
            ("/d reg[0]", device.described, "the device tree"),
            ("pages mapped", device.mapped, "map_range_to_domain"),
            ("/d reg[0]", device.described, "the device tree"),
            ("pages permitted", device.permitted, "iomem_permit_access"),
        ]
