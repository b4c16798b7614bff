"""What a counterexample shows at the last number and not one further, and whose configuration has to be possible.

The header is `SOUND` of the rules' tests, in which one region is moved; the numbers here are read off it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layout.test_witness_kinds import SHOWN, configuration, is_shown, region, space_from
from tests.rules.headers import SOUND
from verifier.layout.configuration import Space
from verifier.layout.finding import Witness

FOUR_GIB = 1 << 32
GRANTS = "GUEST_GNTTAB_BASE          xen_mk_ullong(0x38000000)"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Space:
    return space_from(tmp_path_factory.mktemp("header") / "sound.h", SOUND)


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Space:
    """Half a page of RAM: no guest can be built."""
    text = SOUND.replace("RAM0_SIZE            xen_mk_ullong(0x80000000)", "RAM0_SIZE xen_mk_ullong(0x800)")
    text = text.replace("(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)", "GUEST_RAM0_SIZE")
    space = space_from(tmp_path_factory.mktemp("header") / "nobody.h", text)
    assert space.possible("ipa_bits") == ()
    return space


@pytest.mark.parametrize(
    ("found", "needed", "differs", "too_small"),
    [
        (1, 2, True, True),
        (2, 2, False, False),
        (3, 2, True, False),
        (1, None, False, False),
        (None, 2, False, False),
        (None, None, False, False),
    ],
)
def test_two_numbers_that_are_there_differ_or_one_is_too_small(
    sound: Space, found: int | None, needed: int | None, differs: bool, too_small: bool
) -> None:
    assert is_shown(sound, Witness("differs", found=found, needed=needed)) == differs
    assert is_shown(sound, Witness("too-small", found=found, needed=needed)) == too_small


@pytest.mark.parametrize(
    ("macro", "expected"), [("GUEST_GICD_BASE", False), ("GUEST_ITS_BASE", True), (None, False)]
)
def test_a_macro_is_missing_that_the_header_does_not_have(
    sound: Space, macro: str | None, expected: bool
) -> None:
    assert is_shown(sound, Witness("missing", macro=macro)) == expected


@pytest.mark.parametrize(
    ("base", "bits", "address", "expected"),
    [
        # 16 MiB of grants, half of them below 4 GiB
        (0xFF800000, 32, FOUR_GIB - 1, False),
        (0xFF800000, 32, FOUR_GIB, True),
        (0xFF800000, 32, 0x1007FFFFF, True),
        (0xFF800000, 32, 0x100800000, False),  # behind the region
        (0xFF800000, 32, None, False),
        (0xFF800000, 36, FOUR_GIB, False),  # 36 bits have it
        # all of them at and above 4 GiB
        (0x100000000, 32, 0x100000000, True),
        (0x100000000, 32, FOUR_GIB - 1, False),
        (0x1000000000, 36, 0x1000000000, True),
    ],
)
def test_an_address_of_the_region_lies_beyond_the_width(
    tmp_path: Path, base: int, bits: int, address: int | None, expected: bool
) -> None:
    text = SOUND.replace(GRANTS, f"GUEST_GNTTAB_BASE xen_mk_ullong({base:#x})")
    space = space_from(tmp_path / "far.h", text)
    of, grants = configuration(space, ipa_bits=bits), region(space, "GUEST_GNTTAB")
    for bound, stated in (
        (1 << bits, True),
        ((1 << bits) - 1, False),
        ((1 << bits) + 1, False),
        (None, False),
    ):
        witness = Witness("address-beyond", address=address, bound=bound)
        assert is_shown(space, witness, grants, of=of) == (expected and stated)
        assert not is_shown(space, witness, of=of)


def test_two_regions_have_an_address_that_one_is_not_enough_for(tmp_path: Path) -> None:
    """The magic pages, moved into the last page of the grant region."""
    text = SOUND.replace(
        "MAGIC_BASE           xen_mk_ullong(0x39000000)", "MAGIC_BASE xen_mk_ullong(0x38fff000)"
    )
    space = space_from(tmp_path / "overlap.h", text)
    grants, magic = region(space, "GUEST_GNTTAB"), region(space, "GUEST_MAGIC")
    uart = region(space, "GUEST_VPCI_ECAM")
    for address, both in ((0x38FFEFFF, False), (0x38FFF000, True), (0x38FFFFFF, True), (0x39000000, False)):
        witness = Witness("address-in-two-regions", address=address)
        assert is_shown(space, witness, grants, magic) == both
        for regions in ((), (grants,), (grants, grants), (grants, magic, grants), (grants, magic, uart)):
            assert not is_shown(space, witness, *regions)


IMPOSSIBLE = ({"gic": 2, "vcpus": 9}, {"memory": 0}, {"memory": 0xA0001}, {"ipa_bits": 33}, {"vuart": 2})
"""A GICv2 has eight interfaces, a guest a page at least, and RAM 0xa0000 pages."""


@pytest.mark.parametrize("values", IMPOSSIBLE)
def test_a_guest_that_nobody_builds_shows_nothing(sound: Space, values: dict[str, int]) -> None:
    """Not of numbers either: whether they meet may depend on the guest."""
    grants = region(sound, "GUEST_GNTTAB")
    for of, expected in ((configuration(sound), True), (configuration(sound, **values), False)):
        assert is_shown(sound, SHOWN, of=of) == expected
        assert is_shown(sound, SHOWN, grants, of=of) == expected


def test_a_configuration_has_every_dimension_and_no_other(sound: Space) -> None:
    whole = configuration(sound)
    for name in whole:
        of = {each: value for each, value in whole.items() if each != name}
        assert not sound.admits(of)
        assert not is_shown(sound, SHOWN, of=of)
    assert not sound.admits({**whole, "its": 0})
    assert not is_shown(sound, SHOWN, of={**whole, "its": 0})


def test_where_there_is_no_guest_numbers_show_something_and_regions_nothing(nobody: Space) -> None:
    """What is wrong with a header by itself is told whether it can be used or not; no guest has a region there."""
    assert not nobody.admits(configuration(nobody))
    assert is_shown(nobody, SHOWN)
    assert not is_shown(nobody, SHOWN, region(nobody, "GUEST_GNTTAB"))
