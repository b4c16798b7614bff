"""What libxl and Xen refuse of a guest of xl that can be read: both sides, and how each is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reading.test_xl_guest import guest
from verifier.layout.errors import InputError
from verifier.xen import xl_guest
from verifier.xen.release import xen

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "tag", "expected"),
    [
        (
            "max_grant_frames=0",
            "head",
            ["max_grant_frames is 0, and Xen makes no grant table without a frame"],
        ),
        ("max_grant_frames=1", "head", []),
        ("hap=0", "head", ["hap is 0, and Xen for Arm makes no domain without it"]),
        ("oos=0", "head", ["oos is 0, and Xen for Arm makes no domain without it"]),
        ("hap=1; oos=1", "head", []),
        ("hap=0; oos=0", "4.11.4", []),
        (
            "virtio=['transport=mmio']",
            "head",
            ["virtio of no type is no virtio,deviceN, and libxl makes no other"],
        ),
        ("virtio=['type=virtio,device22,transport=mmio']", "head", []),
    ],
)
def test_what_is_refused_and_what_is_not(text: str, tag: str, expected: list[str]) -> None:
    found = list(xl_guest.remarks(guest(f"name='g'; {text}", tag), xen(tag)))
    assert [each.text for each in found] == expected
    assert all(each.refused for each in found)


@pytest.mark.parametrize(("bits", "acpi", "refused"), [(32, 1, [True]), (64, 1, []), (32, 0, [])])
def test_acpi_is_refused_to_kernels_of_32_bits(bits: int, acpi: int, refused: list[bool]) -> None:
    config = replace(guest(f"name='g'; acpi={acpi}"), kernel_bits=bits)
    assert [each.refused for each in xl_guest.remarks(config, xen("head"))] == refused


@pytest.mark.parametrize(("tag", "most"), [("4.4.1", 767), ("4.5.0", 1019 << 10), ("head", 1019 << 10)])
def test_the_most_ram(tag: str, most: int) -> None:
    """In 4.4.1 a window of 768 MiB holds two magic pages as well; later there are banks of 3 and 1016 GiB."""
    assert xl_guest.ram(guest(f"memory={most}", tag), xen(tag)) == most * MIB
    with pytest.raises(InputError, match="more than"):
        xl_guest.ram(guest(f"memory={most + 1}", tag), xen(tag))


def test_a_byte_of_ram_is_ram() -> None:
    """Options may ask for parts of a MiB: that nobody can build those is judged elsewhere."""
    config = guest("memory=1")
    assert xl_guest.ram(replace(config, memory=1, maxmem=1), xen("head")) == 1
    with pytest.raises(InputError, match="no RAM"):
        xl_guest.ram(replace(config, memory=0, maxmem=0), xen("head"))


@pytest.mark.parametrize("tag", ["4.11.4", "head"])
def test_magic_pages_have_to_fit_what_xen_allows(tag: str) -> None:
    """Four of them, in memory and LIBXL_MAXMEM_CONSTANT, 1 MiB: to the page (d->max_pages)."""
    config = guest("name='g'; type='pvh'; memory=512; maxmem=512", tag)
    most = 513 * MIB - 4 * 4096
    assert list(xl_guest.remarks(replace(config, maxmem=most), xen(tag))) == []
    (remark,) = xl_guest.remarks(replace(config, maxmem=most + 4096), xen(tag))
    assert remark.text.startswith("libxl populates ")


def test_no_ram_was_too_much_before_the_window_had_an_end() -> None:
    """GUEST_RAM_SIZE came with 4.4.1."""
    assert xl_guest.ram(guest("memory=1048576", "4.4.0"), xen("4.4.0")) == 1 << 40
