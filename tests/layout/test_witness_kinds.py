"""Each kind of witness on one small header: what it shows at the last number, and nothing one further.

The header is `SOUND` of the rules' tests; the numbers here are read off it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.rules.headers import SOUND
from verifier.layout.configuration import Space, space_of
from verifier.layout.define import Number
from verifier.layout.errors import InternalError
from verifier.layout.finding import Counterexample, Finding, Verdict, Witness
from verifier.layout.region import Region
from verifier.layout.witness import recheck
from verifier.reading import models
from verifier.reading.source import open_source

SHOWN = Witness("differs", found=1, needed=2)
"""Numbers that differ whatever the regions are."""
PAGES = 0x80001
"""Bank 0 has 0x80000 pages: the last one is the first of bank 1."""
FAR = (
    "GUEST_GNTTAB_BASE          xen_mk_ullong(0x38000000)",
    "GUEST_GNTTAB_BASE          xen_mk_ullong(0x100000000)",
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Space:
    return space_from(tmp_path_factory.mktemp("header") / "sound.h", SOUND)


def space_from(path: Path, text: str, tag: str = "head", arch: str = "arm64") -> Space:
    path.write_text(text)
    return space_of(open_source(str(path), arch=arch).layout(), models.facts(tag, arch))


def configuration(space: Space, **values: int) -> dict[str, int]:
    """The plainest guest, but for these."""
    plain = {name: each.low if each.is_count else each.choices[0] for name, each in space.dimensions.items()}
    return {**plain, "ipa_bits": 40, **values}


def region(space: Space, name: str) -> Region:
    return next(each for each in space.layout.regions if each.name == name)


def is_shown(
    space: Space,
    witness: Witness,
    *regions: Region,
    subjects: tuple[str, ...] = ("GUEST_GNTTAB",),
    of: Mapping[str, int] | None = None,
) -> bool:
    finding = Finding("any", Verdict.REFUTED, subjects, "said")
    example = Counterexample(configuration(space) if of is None else of, witness, regions)
    try:
        recheck(replace(finding, counterexample=example), space)
    except InternalError:
        return False
    return True


def used(space: Space, subject: str, of: Mapping[str, int] | None = None) -> list[int]:
    """The interrupts that the subject shares with one that every guest has, if it has this number."""
    return [n for n in range(60) if is_shared(space, n, subject, of)]


def is_shared(space: Space, number: int, subject: str, of: Mapping[str, int] | None) -> bool:
    other = replace(space.layout.defines["GUEST_EVTCHN_PPI"], name="GUEST_OTHER_SPI", value=Number(number))
    layout = replace(space.layout, defines={**space.layout.defines, other.name: other})
    witness = Witness("same-interrupt", found=number)
    return is_shown(replace(space, layout=layout), witness, subjects=(subject, other.name), of=of)


@pytest.mark.parametrize(
    ("subject", "values", "expected"),
    [
        ("GUEST_EVTCHN_PPI", {}, [31]),
        ("GUEST_VPL011_SPI", {"vuart": 1}, [32]),  # that there are no virtio devices is nothing to it
        ("GUEST_VPL011_SPI", {"vuart": 0, "virtio": 4}, []),
        ("GUEST_VIRTIO_MMIO_SPI_FIRST", {"virtio": 0}, []),
        ("GUEST_VIRTIO_MMIO_SPI_FIRST", {"virtio": 1}, [33]),
        ("GUEST_VIRTIO_MMIO_SPI_FIRST", {"virtio": 4}, [33, 34, 35, 36]),
        ("GUEST_VIRTIO_MMIO_SPI_FIRST", {"virtio": 11}, list(range(33, 44))),
    ],
)
def test_interrupts_are_one_or_one_for_each_device(
    sound: Space, subject: str, values: dict[str, int], expected: list[int]
) -> None:
    assert used(sound, subject, configuration(sound, **values)) == expected


def test_one_interrupt_is_one_whatever_else_ends_in_last(tmp_path: Path) -> None:
    added = "#define GUEST_FOO_SPI 50\n#define GUEST_FOO_SPI_LAST 53\n"
    space = space_from(tmp_path / "one.h", SOUND.replace("#endif", f"{added}#endif"))
    assert used(space, "GUEST_FOO_SPI") == [50]


def test_a_device_that_no_region_is_of_is_always_there(sound: Space) -> None:
    """Without the UART's registers nothing says which guests have one."""
    layout = replace(
        sound.layout, regions=tuple(each for each in sound.layout.regions if each.name != "GUEST_PL011")
    )
    space = space_of(layout, sound.facts)
    assert "vuart" not in space.dimensions
    assert used(space, "GUEST_VPL011_SPI") == [32]


def test_interrupts_of_what_no_guest_counts_are_all_of_the_range(sound: Space) -> None:
    """Where the layout says of no dimension how many are used: first to last, or the first alone."""
    for uses, defines, last in (
        ({}, sound.layout.defines, 43),
        ({}, without(sound.layout.defines, "GUEST_VIRTIO_MMIO_SPI_LAST"), 33),
        (None, without(sound.layout.defines, "GUEST_VIRTIO_MMIO_SPI_FIRST"), None),
    ):
        layout = replace(sound.layout, uses=sound.layout.uses if uses is None else uses, defines=defines)
        space, of = replace(sound, layout=layout), configuration(sound, virtio=2)
        found = used(space, "GUEST_VIRTIO_MMIO_SPI_FIRST", of)
        assert found == ([] if last is None else list(range(33, last + 1)))


def without(defines: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in defines.items() if each != name}


def test_both_subjects_use_the_interrupt(sound: Space) -> None:
    both = ("GUEST_EVTCHN_PPI", "GUEST_TIMER_VIRT_PPI")
    assert not any(is_shown(sound, Witness("same-interrupt", found=n), subjects=both) for n in range(60))
    for alone in (("GUEST_EVTCHN_PPI",), ("GUEST_EVTCHN_PPI", "GUEST_EVTCHN_PPI"), ()):
        assert not is_shown(sound, Witness("same-interrupt", found=31), subjects=alone)


@pytest.mark.parametrize(
    ("found", "needed", "expected"),
    [
        (0x3000000, 0x10000, True),
        (0x3001000, 0x2000, True),  # GICD ends, and GICC begins, at 0x3002000
        (0x3001000, 0x1001, True),
        (0x3001000, 0x1000, False),  # ends where GICC begins
        (0x3002000, 0x1000, False),  # begins where GICD ends
        (0x3001FFF, 0x2, True),
        (None, 0x10000, False),
        (0x3000000, None, False),
    ],
)
def test_both_regions_have_bytes_in_the_page(
    sound: Space, found: int | None, needed: int | None, expected: bool
) -> None:
    of = configuration(sound, gic=2)
    pair = region(sound, "GUEST_GICD"), region(sound, "GUEST_GICC")
    witness = Witness("same-page", found=found, needed=needed)
    assert is_shown(sound, witness, *pair, of=of) == expected
    assert not is_shown(sound, witness, pair[0], of=of)
    assert not is_shown(sound, witness, pair[0], pair[0], of=of)


@pytest.mark.parametrize(
    ("found", "needed", "expected"),
    [
        (0x38000000, 0x10000000, True),
        (0x39000000, 0x10000000, True),
        (0x1000000, 0x10000000, True),
        (0x38000000, 0x1000000, False),  # a multiple
        (0x38001000, 0x10000000, False),  # neither start, end nor size
        (0x38000000, 0, False),
        (0x38000000, None, False),
        (None, 0x10000000, False),
    ],
)
def test_start_end_or_size_is_no_multiple(
    sound: Space, found: int | None, needed: int | None, expected: bool
) -> None:
    witness = Witness("misaligned", found=found, needed=needed)
    assert is_shown(sound, witness) == expected
    for name in ("GUEST_GNTTAB_BASE", "GUEST_GNTTAB_SIZE"):
        defines = without(sound.layout.defines, name)
        unknown = replace(sound, layout=replace(sound.layout, defines=defines))
        assert not is_shown(unknown, witness)


@pytest.mark.parametrize(
    ("guest", "address", "expected"),
    [
        ("aarch32-short", 0x100000000, True),
        ("aarch32-short", 0x100FFFFFF, True),
        ("aarch32-short", 0x101000000, False),  # not in the region
        ("aarch32-short", 0xFFFFFFFF, False),
        ("aarch32-short", None, False),
        ("aarch32-lpae", 0x100000000, False),  # reached
        ("aarch64-4k", 0x100000000, False),
    ],
)
def test_no_leaf_outputs_the_address(tmp_path: Path, guest: str, address: int | None, expected: bool) -> None:
    """Short descriptors end at 4 GiB; what that guest can do without, and of whom nothing is said, shows nothing."""
    space = space_from(tmp_path / "far.h", SOUND.replace(*FAR))
    of = configuration(space, guest=space.facts.guests.index(guest))
    grants = region(space, "GUEST_GNTTAB")
    witness = Witness("address-unreachable", address=address)
    assert is_shown(space, witness, grants, of=of) == expected
    assert not is_shown(space, witness, of=of)
    spared = [
        replace(each, unreached_by=(guest,)) if each is grants else each for each in space.layout.regions
    ]
    for other in (
        replace(space, layout=replace(space.layout, regions=tuple(spared))),
        replace(space, facts=replace(space.facts, page_tables={})),
        replace(space, facts=replace(space.facts, page_tables=uncounted(space))),
    ):
        assert not is_shown(other, witness, grants, of=of)


def uncounted(space: Space) -> dict[str, Any]:
    tables = space.facts.page_tables
    return {
        name: replace(each, leaves=tuple(replace(leaf, counts=False) for leaf in each.leaves))
        for name, each in tables.items()
    }


@pytest.mark.parametrize(
    ("name", "present", "absent"),
    [
        ("GUEST_VIRTIO_MMIO", [{"virtio": 1}, {"virtio": 2}, {"virtio": 11}], [{"virtio": 0}]),
        ("GUEST_GICD", [{"gic": 2}], [{"gic": 3}]),
        ("GUEST_GICV3_GICD", [{"gic": 3}], [{"gic": 2}]),
        ("GUEST_PL011", [{"vuart": 1}], [{"vuart": 0}]),
        ("GUEST_GNTTAB", [{}], []),
    ],
)
def test_a_region_is_there_when_the_layout_says(
    sound: Space, name: str, present: list[dict[str, int]], absent: list[dict[str, int]]
) -> None:
    found = region(sound, name)
    assert all(is_shown(sound, SHOWN, found, of=configuration(sound, **each)) for each in present)
    assert not any(is_shown(sound, SHOWN, found, of=configuration(sound, **each)) for each in absent)


def ram(name: str, start: int, end: int, space: Space) -> Region:
    bank = space.layout.banks[0]
    return Region(name, start, end, "ram", bank.origin, f"{name}_BASE", f"{name}_SIZE")


@pytest.mark.parametrize(
    ("name", "start", "end", "used", "window"),
    [
        ("GUEST_RAM0", 0x40000000, 0xC0000000, True, True),
        ("GUEST_RAM0", 0x40000000, 0xC0001000, False, False),
        ("GUEST_RAM0", 0x40001000, 0xC0001000, False, False),
        ("GUEST_RAM1", 0xD0000000, 0xD0001000, True, True),
        ("GUEST_RAM1", 0xD0000000, 0xF0000000, False, True),
        ("GUEST_RAM1", 0xD0000000, 0xD0002000, False, False),
        ("GUEST_RAM2", 0xD0000000, 0xD0001000, False, False),
    ],
)
def test_of_ram_the_part_used_and_where_tails_are_offered_the_window(
    tmp_path: Path, name: str, start: int, end: int, used: bool, window: bool
) -> None:
    """The guest has one page more than bank 0 holds; 4.12 offers no extended regions."""
    for tag, expected in (("4.12.4", used), ("head", window)):
        space = space_from(tmp_path / "sound.h", SOUND, tag)
        of = configuration(space, memory=PAGES)
        assert is_shown(space, SHOWN, ram(name, start, end, space), of=of) == expected


def test_a_bank_without_a_size_is_used_to_the_last_page(tmp_path: Path) -> None:
    space = space_from(tmp_path / "sound.h", SOUND, "4.12.4")
    defines = without(space.layout.defines, "GUEST_RAM0_SIZE")
    endless = replace(space, layout=replace(space.layout, defines=defines))
    of = configuration(space, memory=PAGES)
    assert is_shown(endless, SHOWN, ram("GUEST_RAM0", 0x40000000, 0xC0001000, space), of=of)
    assert not is_shown(endless, SHOWN, ram("GUEST_RAM0", 0x40000000, 0xC0000000, space), of=of)
    assert is_shown(endless, SHOWN, ram("GUEST_RAM1", 0xD0000000, 0xD0000000, space), of=of)
