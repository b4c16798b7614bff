"""What libxl makes of a configuration: RAM, page tables, virtio regions, interrupts."""

from __future__ import annotations

import random

import pytest

from tests.reading.test_xl_guest import at, guest
from verifier.layout.errors import InputError
from verifier.reading.xl_guest import read
from verifier.reading.xl_keys import keys
from verifier.xen import xl_guest
from verifier.xen.release import xen
from verifier.xen.subjects import numbers_of

MIB = 1 << 20
VIRTIO = "virtio=[" + "'type=virtio,device22,transport=mmio'," * 11 + "]"


@pytest.mark.parametrize(
    ("text", "tag", "mib"),
    [
        ("memory=512", "head", 512),
        ("memory=512; maxmem=1024", "head", 1024),
        ("memory=1024; maxmem=512", "4.12.0", 512),
        ("memory=512; maxmem=1024", "4.11.4", 512),
        ("memory=512; maxmem=1024; type='pvh'", "4.11.4", 1024),
        ("memory=512; maxmem=1024; type='pv'", "4.12.0", 1024),
        ("memory=512; videoram=8", "head", 504),
        ("memory=512; videoram=8", "4.11.4", 512),
        ("", "head", 32),
        ("memory=512", "4.4.0", 512),
    ],
)
def test_ram(text: str, tag: str, mib: int) -> None:
    """Who is PV gets memory, who is PVH maxmem less video RAM (libxl__build_dom); on Arm all are PVH since 2cf113891a."""
    assert xl_guest.ram(guest(text, tag), xen(tag)) == mib * MIB


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("name='g'\nmemory=0\n", 2, "the guest has no RAM, and libxc builds none"),
        ("memory=1\nvideoram=1\n", 1, "the guest has no RAM, and libxc builds none"),
        ("\nvideoram=32\n", 2, "the guest has no RAM, and libxc builds none"),
        (
            "\n\nmaxmem=1043457\n",
            3,
            "the guest has 0xfec0100000 (~1019 GiB) of RAM, more than 0xfec0000000 (1019 GiB)",
        ),
    ],
)
def test_ram_that_nobody_builds(text: str, line: int, message: str) -> None:
    """Banks of 3 and 1016 GiB."""
    assert xl_guest.ram(guest("maxmem=1043456"), xen("head")) == (3 + 1016) << 30
    with pytest.raises(InputError) as error:
        xl_guest.ram(guest(text), xen("head"))
    assert (error.value.message, error.value.line) == (message, line)


@pytest.mark.parametrize(
    ("text", "line"), [("\nmemory=0\nmaxmem=9\n", 2), ("\n\nmaxmem=0\n", 3), ("\nmaxmem=9\n\nmemory=0\n", 4)]
)
def test_where_a_pv_guest_has_no_ram(text: str, line: int) -> None:
    with pytest.raises(InputError) as error:
        xl_guest.ram(guest(text, "4.11.4"), xen("4.11.4"))
    assert error.value.line == line


@pytest.mark.parametrize(
    ("text", "tag", "pages"),
    [
        ("memory=512; vcpus=2", "head", 2 * 256 + 512 + 128),
        ("memory=513; vcpus=1", "4.17.0", 256 + 513 + 128),
        ("memory=513; vcpus=1", "4.16.3", 1024),
        ("memory=513; vcpus=1", "4.15.4", 1024),
        ("memory=512; maxmem=1024; maxvcpus=3", "head", 3 * 256 + 1024 + 128),
        ("memory=512; shadow_memory=3", "head", 3 * 256),
        ("memory=512; shadow_memory=3", "4.16.7", 3 * 256),
        ("memory=512; shadow_memory=3", "4.16.2", None),
        ("memory=512", "4.15.3", None),
    ],
)
def test_page_tables(text: str, tag: str, pages: int | None) -> None:
    """1 MiB for each vCPU, a page for each MiB, 128 pages; backports of XSA-409 set it in MiB."""
    assert xl_guest.pool_pages(guest(text, tag), xen(tag)) == pages


def test_virtio() -> None:
    regions = xl_guest.virtio(guest(VIRTIO), xen("head"))
    assert [(each.extent.start, each.extent.end, each.irq) for each in regions] == [
        (0x2000000 + 0x200 * index, 0x2000200 + 0x200 * index, 33 + index) for index in range(11)
    ]
    assert xl_guest.virtio(guest(""), xen("4.6.0")) == ()
    with pytest.raises(KeyError):
        xl_guest.virtio(guest(VIRTIO), xen("4.6.0"))


def test_there_are_only_so_many_virtio_devices() -> None:
    """GUEST_VIRTIO_MMIO_SPI_FIRST to _LAST: 33 to 43."""
    text = VIRTIO.replace("[", "[\n").replace(",]", ",\n'transport=mmio']")
    with pytest.raises(InputError) as error:
        xl_guest.virtio(guest(text), xen("head"))
    assert error.value.line == 3
    assert (
        error.value.message
        == "no room for virtio device 12: the region ends at 0x2100000, its interrupts with 43"
    )


def test_the_window_may_be_what_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {**numbers_of("head"), "GUEST_VIRTIO_MMIO_SIZE": 0x400}
    monkeypatch.setattr(xl_guest, "numbers_of", lambda _tag: small)
    two = "virtio=['transport=mmio','transport=mmio']"
    assert [each.extent.end for each in xl_guest.virtio(guest(two), xen("head"))] == [0x2000200, 0x2000400]
    with pytest.raises(InputError, match="no room for virtio device 3: the region ends at 0x2000400"):
        xl_guest.virtio(guest(VIRTIO), xen("head"))


@pytest.mark.parametrize(
    ("text", "spis"),
    [
        ("", 0),
        ("irqs=[16,31]", 0),
        ("irqs=[32]", 1),
        ("irqs=[40,33]", 9),
        ("vuart='sbsa_uart'", 1),
        ("virtio=['transport=mmio']", 2),
        ("virtio=['transport=mmio']; irqs=[32,34]", 3),
        ("irqs=[40]; nr_spis=64", 64),
        ("irqs=[40]; nr_spis=9", 9),
    ],
)
def test_spis(text: str, spis: int) -> None:
    assert xl_guest.spis(guest(text), xen("head")) == spis


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vuart='sbsa_uart';irqs=[32]", "irq 32 is that of the emulated PL011 as well"),
        ("virtio=['transport=mmio','type=x,transport=mmio'];irqs=[34]", "irq 34 is that of x as well"),
        ("irqs=[40];nr_spis=8", "nr_spis is 8, less than the 9 in use"),
    ],
)
def test_interrupts_that_libxl_refuses(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        xl_guest.spis(guest(f"name='g'\n{text}\n"), xen("head"))
    assert (error.value.message, error.value.line) == (message, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("memory=512", []),
        ("memory=512; maxmem=256", []),
        (
            "\nmemory=512\nmaxmem=513",
            [
                (
                    3,
                    "libxl populates 0x20100000 (513 MiB) at once, and Xen allows 0x20000000 (512 MiB) and 1 MiB",
                )
            ],
        ),
        ("pci=['1:2.3']\npassthrough='disabled'", [(1, "passthrough is disabled but devices are specified")]),
        (
            "dtdev=['/soc/a']\npassthrough='disabled'",
            [(1, "passthrough is disabled but devices are specified")],
        ),
        ("passthrough='disabled'", []),
        ("passthrough='sync_pt'", [(1, "passthrough=sync_pt is not supported on Arm")]),
        ("dtdev=['/soc/a']\npassthrough='enabled'", []),
    ],
)
def test_what_is_refused_later(text: str, expected: list[tuple[int, str]]) -> None:
    found = list(xl_guest.remarks(guest(f"{text}\n"), xen("head")))
    assert all(each.refused for each in found)
    assert [(each.origin.line, each.text) for each in found] == expected


def test_random_guests_against_the_formulas_of_c() -> None:
    """libxl in plain C arithmetic: kB, then pages."""
    for seed in range(300):
        draw = random.Random(seed)
        memory, extra, vcpus = draw.randint(1, 1 << 16), draw.choice([0, 0, 1, 300]), draw.randint(1, 128)
        text = f"name='g'\nmemory={memory}\nmaxmem={memory + extra}\nvcpus={vcpus}\n"
        config = read(text.encode(), "guest.cfg", "head")
        max_memkb = (memory + extra) * 1024
        assert xl_guest.ram(config, xen("head")) == (max_memkb // 1024 << (20 - 12)) * 4096
        shadow_memkb = 4 * (256 * vcpus + max_memkb // 1024 + 128)
        assert xl_guest.pool_pages(config, xen("head")) == (shadow_memkb << 10) >> 12
        refused = bool(list(xl_guest.remarks(config, xen("head"))))
        populated = max_memkb // 4 + 4  # and the magic pages
        assert refused == (populated * 4 > memory * 1024 + 1024)
        assert at(3) == config.origins["maxmem"]


VALUES = [
    "1",
    "0",
    "512",
    "'x'",
    "'-1'",
    "[]",
    "['1,2@3']",
    "['00:1.0']",
    "['transport=mmio,type=virtio,device1']",
]
VALUES += [
    "['a,raw,xvda,specification=virtio']",
    "[[1]]",
    "[1,2]",
    "'v2'",
    "'sbsa_uart'",
    "'pvh'",
    "99999999999999999999",
]
VALUES += ["['type=virtio']", "['','=',',','@',':']", "'disabled'", "[32]", "['\\n','0x']"]


def test_any_values_are_read_or_refused_at_their_line() -> None:
    names = [name for name, key in keys().keys.items() if key.matters] + ["extra", "unknown"]
    built, refused = 0, list[InputError]()
    for seed in range(4000):
        draw = random.Random(seed)
        lines = [
            f"{draw.choice(names)}{draw.choice(('=', '=', '+='))}{draw.choice(VALUES)}\n" for _ in range(6)
        ]
        tag = draw.choice(["4.17.7", "4.18.0", "head"])
        try:
            config = read("".join(lines[: draw.randint(0, 6)]).encode(), "guest.cfg", tag)
            xl_guest.ram(config, xen(tag))
            xl_guest.spis(config, xen(tag))
            assert all(1 <= each.origin.line <= 6 for each in config.remarks)
            built += 1
        except InputError as error:
            refused.append(error)
    assert built > 500
    assert len(refused) > 500
    assert all(error.line in range(1, 7) for error in refused)
