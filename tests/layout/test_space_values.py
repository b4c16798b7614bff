"""The values of a space: how reports write them, which are preferred and which are there; how much RAM is below a limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.layout.test_witness_kinds import configuration, space_from
from tests.rules.headers import SOUND
from verifier.layout.configuration import Dimension, Space, space_of
from verifier.layout.region import Bank, When

PAGE = 4096


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Space:
    return space_from(tmp_path_factory.mktemp("header") / "sound.h", SOUND)


def lacking(*names: str) -> str:
    """The sound header without lines that have one of these."""
    return "\n".join(line for line in SOUND.splitlines() if not any(each in line for each in names))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("ipa_bits", 40, 40),
        ("memory", 3, "0x3000"),  # bytes
        ("gic", 3, "v3"),
        ("gic", 2, "v2"),
        ("vcpus", 1, 1),
        ("vcpus", 8, 8),
        ("vpci", 1, True),
        ("vpci", 0, False),
        ("vuart", 1, True),
        ("virtio", 1, 1),
        ("guest", 0, "aarch64-4k"),
    ],
)
def test_values_are_written_as_the_contract_says(
    sound: Space, name: str, value: int, shown: int | str | bool
) -> None:
    """By type too: 1 and True are different words of JSON."""
    found = sound.dimensions[name].show(value)
    assert (found, type(found)) == (shown, type(shown))


@pytest.mark.parametrize(("unit", "shown"), [(1, 6), (2, "0xc"), (4096, "0x6000")])
def test_a_count_of_more_than_bytes_is_written_in_bytes(unit: int, shown: int | str) -> None:
    assert Dimension("amount", low=0, high=9, unit=unit).show(6) == shown


def test_a_dimension_of_which_nothing_is_said_has_the_number_zero_alone() -> None:
    nothing = Dimension("anything")
    assert [value for value in range(-2, 3) if nothing.admits(value)] == [0]
    assert (nothing.show(0), nothing.unit) == (0, 1)
    assert [Dimension("devices", high=1).admits(value) for value in (-1, 0, 1, 2)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_choice_is_preferred_by_its_place_and_of_a_count_the_least(sound: Space) -> None:
    """GICv3 before GICv2, the narrowest width first; no device before one."""
    gic, bits, memory = (sound.dimensions[name] for name in ("gic", "ipa_bits", "memory"))
    assert sorted((2, 3), key=gic.rank) == [3, 2]
    assert [bits.rank(value) for value in bits.choices] == list(range(len(bits.choices)))
    assert [memory.rank(value) for value in (1, 7, 4096)] == [1, 7, 4096]
    assert [sound.dimensions["vpci"].rank(value) for value in (0, 1)] == [0, 1]


def most_below(banks: tuple[Bank, ...], limit: int, high: int) -> int:
    """Page by page: banks fill in order, and no byte that is used may lie at the limit or above."""
    found = 0
    for pages in range(high + 1):
        rest, last = pages * PAGE, 0
        for bank in banks:
            used = rest if bank.size is None else min(rest, bank.size)
            last = max(last, bank.start + used if used else 0)
            rest -= used
        if last <= limit:
            found = pages
    return found


@pytest.mark.parametrize("seed", range(4))
def test_as_many_pages_lie_below_a_limit_as_page_by_page(sound: Space, seed: int) -> None:
    """Banks in any order, with holes, of whole pages and not; memory may be more than they hold, which is placed nowhere."""
    source, origin = Random(seed), sound.layout.banks[0].origin
    for _ in range(300):
        banks = []
        for index in range(source.randint(1, 3)):
            start, size = (
                source.choice((each * PAGE, each * PAGE + source.choice((-1, 1))))
                for each in (source.randint(1, 8), source.randint(1, 4))
            )
            banks.append(Bank(f"GUEST_RAM{index}", start, size, origin, "A", "B"))
        if source.random() < 0.2:
            banks[-1] = replace(banks[-1], size=None)
        high, edges = source.randint(0, 12), [0]
        for bank in banks:
            edges += [bank.start, bank.start + (bank.size or 3 * PAGE), bank.start + PAGE]
        limit = max(0, source.choice(edges) + source.choice((-PAGE, -1, 0, 1, PAGE)))
        memory = replace(sound.dimensions["memory"], high=high)
        space = replace(
            sound,
            layout=replace(sound.layout, banks=tuple(banks)),
            dimensions={**sound.dimensions, "memory": memory},
        )
        assert space.pages_below(limit) == most_below(tuple(banks), limit, high), (banks, limit, high)


def test_a_header_without_ram_has_guests_of_no_memory(tmp_path: Path) -> None:
    space = space_from(tmp_path / "none.h", lacking("GUEST_RAM"))
    assert space.admits(configuration(space))
    assert not space.admits({**configuration(space), "memory": 1})


@pytest.mark.parametrize(
    ("size", "pages"),
    [("0", 0), ("0xfff", 0), ("0x1000", 1), ("0x1fff", 1), ("0x2000", 2), ("(-0x1000)", 0)],
)
def test_memory_is_whole_pages(tmp_path: Path, size: str, pages: int) -> None:
    """Of less than a page there is no guest at all."""
    text = SOUND.replace("(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)", size)
    space = space_from(tmp_path / "small.h", text)
    assert (space.dimensions["memory"].low, space.dimensions["memory"].high) == (1, pages)
    assert (space.possible("ipa_bits") == ()) == (pages == 0)
    assert [space.admits(configuration(space, memory=n)) for n in range(4)] == [
        0 < n <= pages for n in range(4)
    ]


def test_what_is_no_width_may_have_the_number_of_one(sound: Space) -> None:
    """Where 32 bits have no guest, 32 of something else is still possible."""
    reach = sound.width(32).reach
    bank = replace(sound.layout.banks[0], start=reach)
    other = Dimension("other", choices=(32, 40))
    space = replace(
        sound,
        layout=replace(sound.layout, banks=(bank,)),
        dimensions={**sound.dimensions, "other": other},
    )
    assert 32 in space.empty_widths()
    assert space.possible("other") == (32, 40)
    assert 32 not in space.possible("ipa_bits")


@pytest.mark.parametrize(
    ("without", "gics"),
    [((), (3, 2)), (("GUEST_GICV3",), (2,)), (("GUEST_GICD", "GUEST_GICC"), (3,)), (("GUEST_GIC",), (3, 2))],
)
def test_interrupt_controllers_are_those_with_regions_or_both(
    tmp_path: Path, without: tuple[str, ...], gics: tuple[int, ...]
) -> None:
    """Where the header places none, Xen may still make either."""
    gic = space_from(tmp_path / "gics.h", lacking(*without)).dimensions["gic"]
    assert gic.choices == gics
    assert [gic.show(each) for each in gics] == [f"v{each}" for each in gics]


ACPI = (
    "#define GUEST_ACPI_BASE xen_mk_ullong(0x20000000)\n#define GUEST_ACPI_SIZE xen_mk_ullong(0x02000000)\n"
)


@pytest.mark.parametrize(("arch", "acpi"), [("arm64", (0, 1)), ("arm32", (0,))])
def test_only_64_bit_guests_have_acpi(tmp_path: Path, arch: str, acpi: tuple[int, ...]) -> None:
    """libxl makes no tables for others; every other device is there or not."""
    space = space_from(tmp_path / "acpi.h", SOUND.replace("#endif", f"{ACPI}#endif"), arch=arch)
    assert space.dimensions["acpi"].choices == acpi
    assert [space.dimensions[name].choices for name in ("vpci", "vuart")] == [(0, 1), (0, 1)]
    assert [each["acpi"] for each in space.combinations(("acpi",))] == list(acpi)
    wide = {
        space.dimensions["guest"].show(each["guest"])
        for each in space.combinations(("acpi", "guest"))
        if each["acpi"]
    }
    assert wide == {each for each in space.facts.guests if each.startswith("aarch64")}


def test_virtio_devices_have_the_longest_range_that_is_of_virtio(tmp_path: Path) -> None:
    """Ranges of others say nothing of them, however long; one whose end is no number says one."""
    added = "#define GUEST_FOO_SPI_FIRST 50\n#define GUEST_FOO_SPI_LAST 99\n"
    space = space_from(tmp_path / "foo.h", SOUND.replace("#endif", f"{added}#endif"))
    assert space.dimensions["virtio"].high == 11  # 33 to 43
    uses = {**space.layout.uses, "GUEST_FOO_SPI_FIRST": When("vuart", 1)}
    assert space_of(replace(space.layout, uses=uses), space.facts).dimensions["virtio"].high == 11
    added = "#define GUEST_VIRTIO_PCI_SPI_FIRST 50\n#define GUEST_VIRTIO_PCI_SPI_LAST 61\n"
    assert (
        space_from(tmp_path / "two.h", SOUND.replace("#endif", f"{added}#endif")).dimensions["virtio"].high
        == 12
    )
