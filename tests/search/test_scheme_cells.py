"""The matrix of delivery schemes: against a second reading by hand, and one fact changed at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from verifier.layout.consumer import Consumer
from verifier.layout.data import data_folder
from verifier.layout.domain_map import Extent
from verifier.layout.scheme import Scheme
from verifier.layout.scheme_report import BREAKS, GUEST, GUESTS, SOUND, STEALS, UNDECIDED, XENS, Cell
from verifier.reading import consumers, schemes
from verifier.reading.toml_file import TomlFile
from verifier.search.scheme_cells import cells, host_cell
from verifier.search.scheme_world import World, alike, world

WORLD = world()
KINDS = [(xen, guest) for xen in XENS for guest in GUESTS]
OLD_OLD, OLD_NEW, NEW_OLD, NEW_NEW = KINDS
MIB, GIB = 1 << 20, 1 << 30


def matrix(facts: World, *, whole_unit: bool = True) -> dict[str, dict[tuple[str, str], Cell]]:
    return {
        each.name: {(cell.xen, cell.guest): cell for cell in cells(facts, each, whole_unit=whole_unit)}
        for each in facts.schemes.schemes
    }


FOUND = matrix(WORLD)

BY_HAND = {
    # An old Xen answers -ENOSYS, so a new guest knows; Xen itself picks free space, for each width (libxl, domu-holes).
    "hypercall": (STEALS, STEALS, STEALS, SOUND),
    # Old: 16 MiB are there and look like the new thing. New: at 888 GiB, not below 2^36, in RAM1, above 4 GiB for short
    # descriptors; and grant frames of old guests go there as well.
    "larger-region-0": (STEALS, BREAKS, BREAKS, BREAKS),
    # Old kernels read reg[0] only (T11). New ones are real: Linux looks whether there are regions, and not whether they
    # have a whole section.
    "extra-regions": (STEALS, STEALS, STEALS, BREAKS),
    # As the hypercall: an old node has no such property.
    "new-property": (STEALS, STEALS, STEALS, SOUND),
    # The string tells a new guest of an old Xen; the range that it vouches for is that of larger-region-0.
    "new-compatible": (STEALS, STEALS, BREAKS, BREAKS),
    # Nothing is delivered: under both kinds of Xen the guest guesses; RAM ends at 2^32, 2^36 and 2^40 if there is enough.
    "top-of-space": (STEALS, BREAKS, STEALS, BREAKS),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_the_matrix_by_hand(name: str) -> None:
    assert tuple(FOUND[name][kind].word for kind in KINDS) == BY_HAND[name]
    assert all(cell.decided for cell in FOUND[name].values())


def test_each_release_and_kernel_is_in_each_cell() -> None:
    """None is left out: each kernel that does not know the scheme is judged under each release, the others as well."""
    for scheme in WORLD.schemes.schemes:
        for (_, guest), cell in FOUND[scheme.name].items():
            takers = {each.name for each in WORLD.consumers if each.takes is not None}
            all_names = {each.name for each in WORLD.consumers}
            knows = takers if scheme.known else set()
            expected = (knows or {GUEST}) if guest == "new" else all_names - knows
            for tag in cell.releases:
                assert {
                    name for part in cell.parts if tag in part.releases for name in part.who
                } == expected, tag


def test_old_and_new_releases() -> None:
    """Extended regions came with 4.16.0; reg[0] had 128 KiB in 4.4 and has 16 MiB since 4.5.0."""
    assert (WORLD.old[0], WORLD.old[-1], WORLD.new[0], WORLD.new[-1]) == ("4.4.0", "4.15.7", "4.16.0", "head")
    sizes = {tag: WORLD.grant[tag].size for tag in WORLD.releases}
    assert all(size == (128 << 10 if tag.startswith("4.4.") else 16 * MIB) for tag, size in sizes.items())


def test_a_release_stands_only_for_those_with_the_same_layout_and_widths() -> None:
    assert {alike(tag) for tag in WORLD.old} >= {"4.4.0", "4.4.1", "4.5.0", "4.11.0", "4.13.0"}
    for tag in WORLD.releases:
        assert WORLD.grant[alike(tag)] == WORLD.grant[tag]


def test_only_4_4_0_has_grant_frames_in_ram() -> None:
    """Its RAM has no size: from 768 MiB on it reaches 0xb0000000. 4.4.1 bounds it (GUEST_RAM_SIZE)."""
    for each in FOUND.values():
        assert each[OLD_OLD].elsewhere == ((BREAKS, ("4.4.0",)),)


def changed(facts: World, name: str, **fields: object) -> World:
    """With one scheme that has other facts."""
    schemes = tuple(
        replace(each, **fields) if each.name == name else each  # type: ignore[arg-type]
        for each in facts.schemes.schemes
    )
    return replace(facts, schemes=replace(facts.schemes, schemes=schemes))


def kernel(facts: World, name: str, **fields: object) -> World:
    """With one kernel that behaves otherwise."""
    consumers = tuple(
        replace(each, **fields) if each.name == name else each  # type: ignore[arg-type]
        for each in facts.consumers
    )
    return replace(facts, consumers=consumers)


def scheme(name: str) -> Scheme:
    return next(each for each in WORLD.schemes.schemes if each.name == name)


def all_takers(facts: World, change: Callable[[Consumer], Consumer]) -> World:
    return replace(
        facts, consumers=tuple(change(each) if each.takes is not None else each for each in facts.consumers)
    )


def small_units(each: Consumer) -> Consumer:
    assert each.takes is not None
    return replace(each, takes=replace(each.takes, unit=4096))


def larger_reg0(facts: World, size: int) -> World:
    """As if reg[0] of each old release had so many bytes."""
    grant = {
        tag: Extent(each.start, each.start + size) if tag in facts.old else each
        for tag, each in facts.grant.items()
    }
    return replace(facts, grant=grant)


FIXED, TAILS = scheme("larger-region-0").place, scheme("hypercall").place
CHANGES: dict[str, tuple[World, dict[tuple[str, tuple[str, str]], str]]] = {
    "an old Xen that answers the hypercall anyhow": (
        changed(WORLD, "hypercall", old="silent"), {("hypercall", OLD_NEW): BREAKS}),
    "a new property that an old Xen has as well, in reg[0]": (
        changed(WORLD, "new-property", old="has-less"), {("new-property", OLD_NEW): BREAKS}),
    # With 2 GiB the old reg[0] holds all that a new guest wants; the new one, of 8, is no smaller than that, so that nothing
    # changes for old guests.
    "reg[0] of old releases with 2 GiB": (
        larger_reg0(WORLD, 2 * GIB), {("larger-region-0", OLD_NEW): SOUND}),
    "reg[0] of old releases with 256 MiB, still not enough": (larger_reg0(WORLD, 256 * MIB), {}),
    "reg[0] of old releases with exactly what is needed": (
        larger_reg0(WORLD, GIB + 16 * MIB), {("larger-region-0", OLD_NEW): SOUND}),
    "reg[0] of old releases with a page less": (larger_reg0(WORLD, GIB + 16 * MIB - 4096), {}),
    "reg[0] of old releases larger than the new one": (
        larger_reg0(WORLD, 16 * GIB), {("larger-region-0", OLD_NEW): SOUND}),
    "sections of a page": (
        all_takers(WORLD, small_units), {("extra-regions", NEW_NEW): SOUND}),
    "new guests of extra-regions that look for a whole unit": (
        changed(WORLD, "extra-regions", rule="whole-unit"), {("extra-regions", NEW_NEW): SOUND}),
    "new guests that trust reg[0] only if it is larger than any": (
        changed(WORLD, "larger-region-0", rule="above-all-old"), {("larger-region-0", OLD_NEW): STEALS}),
    "new guests that trust reg[0] if it has the original size": (
        changed(WORLD, "larger-region-0", rule="at-least-original"), {}),
    "a larger region 0 where Xen knows of free space": (
        changed(WORLD, "new-property", place=FIXED), {("new-property", NEW_NEW): BREAKS}),
    "a compatible string for regions of their own": (
        changed(WORLD, "new-compatible", place=TAILS, in_grant=False),
        {("new-compatible", NEW_OLD): STEALS, ("new-compatible", NEW_NEW): SOUND}),
    "the end of the space, told": (
        changed(WORLD, "top-of-space", old="lacks"), {("top-of-space", OLD_NEW): STEALS}),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_one_fact_changes_the_cells_that_depend_on_it(case: str) -> None:
    """Exactly these, with these words; all others stay word for word."""
    facts, expected = CHANGES[case]
    found = matrix(facts)
    before = {(name, kind): cell.word for name, each in FOUND.items() for kind, cell in each.items()}
    after = {(name, kind): cell.word for name, each in found.items() for kind, cell in each.items()}
    assert {key: word for key, word in after.items() if word != before[key]} == expected


def edited(model: str, old: str, new: str) -> TomlFile:
    """A model that ships with one line changed."""
    text = (data_folder("models") / model).read_text(encoding="utf-8")
    assert text.count(old) == 1
    return TomlFile(text.replace(old, new), model)


def words(facts: World) -> dict[tuple[str, tuple[str, str]], str]:
    return {(name, kind): cell.word for name, each in matrix(facts).items() for kind, cell in each.items()}


def test_one_line_of_the_models_changes_the_matrix() -> None:
    """The files themselves: -ENOSYS is all that tells a guest; with sections of a page Linux uses each region, as Zephyr."""
    text = edited("schemes.toml", 'old = "refuses"', 'old = "silent"')
    before, after = words(WORLD), words(replace(WORLD, schemes=schemes.parse(text)))
    assert {key for key in before if before[key] != after[key]} == {("hypercall", OLD_NEW)}
    lines = (data_folder("models") / "consumers.toml").read_text(encoding="utf-8")
    small = TomlFile(re.sub(r"(?m)^unit = .*$", "unit = 0x1000", lines), "consumers.toml")
    after = words(replace(WORLD, consumers=consumers.parse(small)))
    assert {key for key in before if before[key] != after[key]} == {("extra-regions", NEW_NEW)}


def test_what_a_kernel_reads() -> None:
    """U-Boot that reads nothing still maps no foreign pages; Linux 5.17 that reads no regions becomes an old guest."""
    deaf = matrix(kernel(WORLD, "linux-arm64-64k", takes=None))
    cell = deaf["extra-regions"][NEW_NEW]
    assert all("linux-arm64-64k" not in part.who for part in cell.parts)
    assert any(
        "linux-arm64-64k" in part.who and part.word == STEALS for part in deaf["extra-regions"][NEW_OLD].parts
    )
    without = matrix(kernel(WORLD, "u-boot", grant=False))
    for name in ("larger-region-0", "new-compatible"):
        parts = without[name][NEW_OLD].parts
        assert [part.word for part in parts if "u-boot" in part.who] == [SOUND]
        assert BREAKS in [part.word for part in FOUND[name][NEW_OLD].parts if "u-boot" in part.who]


def test_reg0_smaller_than_the_original_breaks_old_guests() -> None:
    """T10: the same region can be used only if it has the size of the original one."""
    grant = {
        tag: Extent(each.start, each.start + 16 * GIB) if tag == "4.15.7" else each
        for tag, each in WORLD.grant.items()
    }
    parts = matrix(replace(WORLD, grant=grant))["larger-region-0"][NEW_OLD].parts
    assert [part.why for part in parts if "original" in part.why] == [
        "reg[0] has 8 GiB, and the original region 16 GiB"
    ]
    assert not [part for part in FOUND["larger-region-0"][NEW_OLD].parts if "original" in part.why]


def test_short_descriptors_are_of_32_bit_kernels() -> None:
    """Of Debian's armhf kernel, not of arm64 ones: only they have pages above 4 GiB out of reach."""
    parts = FOUND["larger-region-0"][NEW_OLD].parts
    (short,) = [part for part in parts if "aarch32-short" in part.why]
    assert set(short.who) == {"linux-arm32", "linux-arm32-3.7", "mini-os"}
    assert "0x100000000 (4 GiB)" in short.why


def test_without_the_proof_of_the_heuristic_cells_are_open() -> None:
    found = matrix(WORLD, whole_unit=False)
    assert found["hypercall"][NEW_NEW].word == UNDECIDED
    assert not found["hypercall"][NEW_NEW].decided
    assert found["extra-regions"][NEW_NEW].word == BREAKS


def test_what_older_releases_offered() -> None:
    """iomem of xl and xen,reg of dom0less were not left out before 4.21.0 (108308feef, fba1b0974d)."""
    cell = FOUND["extra-regions"][NEW_NEW]
    (iomem,) = [part for part in cell.parts if "libxl/avoids-iomem" in part.why]
    (xen_reg,) = [part for part in cell.parts if "domu-holes/avoids-xen-reg" in part.why]
    assert (iomem.releases[0], iomem.releases[-1], len(iomem.releases)) == ("4.16.0", "4.20.4", 35)
    assert (xen_reg.releases[0], xen_reg.releases[-1]) == ("4.17.0", "4.20.4")
    assert "zephyr" in iomem.who
    assert [part.word for part in cell.parts if "zephyr" in part.who and "head" in part.releases] == [SOUND]


def test_dom0_is_told_by_theorems() -> None:
    """At head only cells that are too narrow are left: one size cell, as on a Raspberry Pi 4."""
    cell = host_cell(WORLD, scheme("extra-regions"))
    assert cell is not None
    newest = [part.why for part in cell.parts if "head" in part.releases]
    assert len(newest) == 2
    assert all("1 size cells" in why and "registers-fit" in why for why in newest)
    assert host_cell(WORLD, scheme("hypercall")) is None


def test_the_counterexamples_in_plain_integers() -> None:
    """Each address lies in every region that the example names, or beyond its width; memory is whole pages."""
    seen = 0
    for each in FOUND.values():
        for cell in each.values():
            for part in cell.parts:
                if part.word != BREAKS or part.example is None or part.example.address is None:
                    continue
                seen += 1
                address, settings = part.example.address, part.example.configuration
                memory = settings.get("memory", 0)
                assert isinstance(memory, int)
                assert memory % 4096 == 0
                if "reg[0] has" in part.why:
                    assert address == part.example.regions[0][1].end
                    continue
                assert all(region.start <= address < region.end for _, region in part.example.regions)
                if len(part.example.regions) == 1 and "short" not in part.why:
                    assert address >= 1 << int(settings["ipa_bits"])
    assert seen > 15
