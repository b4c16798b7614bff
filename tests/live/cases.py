"""Boots written by hand: each for a reason of its own, with what Xen's code makes of it.

`built` and `prints` were worked out from the tree and from Xen 4.17's code before any prediction was asked: a case in
which Xen and the prediction agree on something else does not show what it is there for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from tests.live.source import BANK, MIB, RAM, Board, Guest, Node, Pair, device, reg

PAGE = 0x1000
GIB = 1 << 30
HIGH = 0x200000000
"""8 GiB, where the default board has nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One boot."""

    name: str
    why: str
    board: Board
    built: bool = True
    prints: tuple[str, ...] = ()
    """What must stand in the log."""
    lacks: tuple[str, ...] = ()
    """What must not."""
    starves: bool = False
    """dom0 does not get its memory, for the heap is in pieces."""


def holes(*nodes: Node, bits: int = 40, **more: object) -> Board:
    """A board with an IOMMU."""
    return Board(nodes=nodes, ipa_bits=bits, **more)  # type: ignore[arg-type]  # fields of Board


def reserved(*pairs: Pair) -> Node:
    lines = ("#address-cells = <2>;", "#size-cells = <2>;", "ranges;")
    return Node(
        "reserved-memory", lines, tuple(Node(f"r@{start:x}", (reg((start, size)),)) for start, size in pairs)
    )


def memory(*pairs: Pair, lines: tuple[str, ...] = ()) -> Node:
    return Node(f"memory@{pairs[0][0]:x}", ('device_type = "memory";', reg(*pairs), *lines))


def bus(name: str, ranges: str, *nodes: Node, cells: Pair = (1, 1), lines: tuple[str, ...] = ()) -> Node:
    """`ranges` with its semicolon, or empty."""
    own = (f"#address-cells = <{cells[0]}>;", f"#size-cells = <{cells[1]}>;", *((ranges,) if ranges else ()))
    return Node(name, ('compatible = "simple-bus";', *own, *lines), nodes)


def pci(ranges: str, *nodes: Node, kind: str = 'device_type = "pci";') -> Node:
    lines = (
        'compatible = "test,pcie";',
        *((kind,) if kind else ()),
        reg((0x800000000, 0x1000000)),
        "bus-range = <0 15>;",
        "#address-cells = <3>;",
        "#size-cells = <2>;",
        f"ranges = {ranges};",
    )
    return Node("pcie@800000000", lines, nodes)


def every(count: int, step: int = 128 * MIB) -> Iterable[Node]:
    """Devices of a page, a hole of nearly `step` between them."""
    return (device("d", HIGH + index * step, PAGE) for index in range(count))


_GAPS = tuple(accumulate((63 * MIB, 65 * MIB, 66 * MIB, 68 * MIB), initial=0))

UNALLOCATED = (
    Case("one-bank", "what dom0 and Xen's text leave of one bank", Board(),
         prints=("0: 0x40400000->0x50000000", "1: 0x58000000->0x60000000")),
    Case("four-banks", "holes between banks are not RAM", Board(
         (BANK, (0x70000000, 0x10000000), (0x90000000, 0x30000000), (0x100000000, 0x40000000)))),
    Case("banks-of-one-node", "a memory node may have many banks", Board(
         nodes=(memory((0x70000000, 0x10000000), (0x90000000, 0x8000000), (0x140000000, 0x6000000)),), reach=0x146000000)),
    Case("touching-banks", "banks that touch are one stretch", Board(
         (BANK, (0x60000000, 0x6000000), (0x66000000, 0x5000000)))),
    Case("small-banks", "a bank below 64 MiB gives nothing, one of 64 MiB itself", Board(
         (BANK, (0x70000000, 0x3E00000), (0x78000000, 0x4000000)))),
    Case("unaligned-bank", "a bank that begins and ends inside a page", Board(
         (BANK, (0x90000800, 0x10000000)))),
    Case("bank-off-2m", "a bank that begins and ends inside 2 MiB", Board(
         (BANK, (0x90123000, 0x10000000)))),
    Case("disabled-memory", "4.17 takes a disabled memory node for memory", Board(
         nodes=(memory((0x90000000, 0x10000000), lines=('status = "disabled";',)),), reach=0xA0000000),
         prints=("0x90000000->0xa0000000",)),
    Case("zero-bank", "an empty bank", Board(
         nodes=(memory((0x90000000, 0x10000000), (0xC0000000, 0)),), reach=0xA0000000)),
    Case("reserved-in-ram", "reserved memory is not offered", Board(
         (BANK, (0x90000000, 0x20000000)), (reserved((0x98000000, 0x100000), (0xA0123000, PAGE)),))),
    Case("reserved-unaligned", "reserved memory that starts inside a page", Board(
         (BANK, (0x90000000, 0x20000000)), (reserved((0x98000800, 0x400), (0xA01FF800, PAGE)),))),
    Case("reserved-gaps", "gaps of 63 to 68 MiB between reserved pages", Board(
         (BANK, (0x90000000, 0x20000000)), (reserved(*((0x90000000 + gap, PAGE) for gap in _GAPS)),))),
    Case("memreserve", "the memory reserve map is not offered", Board(
         (BANK, (0x90000000, 0x20000000)), reserves=((0x98000000, 0x200000), (0xA0000000, PAGE)))),
    Case("reserved-empty", "a reserved range of size 0", Board(
         (BANK, (0x90000000, 0x20000000)), (reserved((0x98000000, 0)),))),
    Case("grant-1024-frames", "the grant region ends where Xen's text does", Board(
         options="dom0_mem=128M gnttab_max_frames=1024")),
    Case("grant-1-frame", "a grant region of a page", Board(options="dom0_mem=128M gnttab_max_frames=1"),
         prints=("Grant table range: 0x00000040200000-0x00000040201000",)),
    Case("grant-0-frames", "Xen refuses to have no grant frames", Board(
         options="dom0_mem=128M gnttab_max_frames=0"), built=False),
    Case("off", "ext_regions=no", Board(options="dom0_mem=128M ext_regions=no"), lacks=("extended region 0",)),
    Case("default-dom0", "512 MiB for dom0 without dom0_mem", Board(((RAM, GIB),), options=""),
         prints=("totalling 512MB for dom0",)),
    Case("split-dom0", "dom0 in two banks", Board(
         (BANK, (0x80000000, 0x10000000)), options="dom0_mem=512M"), prints=("BANK[1]",)),
    Case("dom0-in-pieces", "dom0 in four banks, the lowest the largest", Board(
         ((RAM, 200 * MIB), (0x60000000, 48 * MIB), (0x70000000, 48 * MIB), (0x80000000, 48 * MIB)),
         options="dom0_mem=300M"), prints=("BANK[3]",)),
    Case("pieces-below-pieces", "a second block of less than 128 MiB below the first one is refused", Board(
         ((RAM, 100 * MIB), (0x80000000, 122 * MIB)), options="dom0_mem=128M"), built=False, starves=True),
    Case("pieces-of-two-zones", "the first block is of the highest zone, and nothing small may lie below it", Board(
         ((RAM, 100 * MIB), (0x80000000, 122 * MIB), (0x100000000, 64 * MIB)), options="dom0_mem=192M"),
         built=False, starves=True),
    Case("loaded-elsewhere", "the grant region is where Xen was loaded", Board(
         ((0x80000000, 512 * MIB), (0x100000000, 128 * MIB)), load=0x80000000),
         prints=("Grant table range: 0x00000080200000-0x00000080240000",)),
    Case("loaded-high", "Xen and all its memory above 4 GiB, where only a dom0 of 64 bits is happy", Board(
         ((0x140000000, 512 * MIB),), load=0x140000000)),
    Case("one-cell", "a root with one address and one size cell", Board(cells=(1, 1))),
    Case("one-size-cell", "a region of 4 GiB has size 0 in one cell", Board(
         (BANK, (0x100000000, 0x80000000), (0x180000000, 0x80000000)), cells=(2, 1))),
    Case("iommu-disabled", "a disabled IOMMU is none", Board(
         nodes=(device("iommu", 0xB0000000, 0x10000, 'status = "disabled";'),))),
    Case("iommu-off", "the command line turns the IOMMU off", holes(options="dom0_mem=128M iommu=no"),
         prints=("I/O virtualisation disabled",)),
)  # fmt: skip

WIDTHS = tuple(
    Case(f"ipa-{bits}", f"holes of an address space of {bits} bits", holes(bits=bits, cpu="max"),
         prints=(f"P2M: {bits}-bit IPA", "->0xffe00000" if bits == 32 else f"->{1 << bits:#x}"))
    for bits in (32, 36, 40, 42, 44, 48)
)  # fmt: skip

HOLES = (
    Case("cpu-40", "the processor has fewer bits than the IOMMU", holes(bits=48, cpu="cortex-a53"),
         prints=("P2M: 40-bit IPA",)),
    Case("holes-off", "ext_regions=no with an IOMMU", holes(options="dom0_mem=128M ext_regions=no"),
         lacks=("extended region 0",)),
    Case("banks-and-holes", "all RAM of the host is no hole, dom0's or not", holes(
         banks=(BANK, (0x70000000, 0x20000000), (0x100000000, 0x40001000), (0x180200000, 0x10000000)))),
    Case("page-edges", "a device takes all pages that it touches", holes(
         device("a", HIGH, PAGE), device("b", 0x208000800, 0x100), device("c", 0x210000FFF, 2),
         device("d", 0x218001000, 1))),
    Case("2m-edges", "a region begins and ends at 2 MiB", holes(
         device("a", HIGH + 0x200000 - PAGE, PAGE), device("b", 0x210200000, PAGE), device("c", 0x2181FF000, 2 * PAGE))),
    Case("64m-gaps", "a gap just below, at and above 64 MiB", holes(
         *(device("g", start, PAGE) for start in (HIGH, 0x203E01000, 0x208000000, 0x20C001000, 0x210200000, 0x214200000)))),
    Case("disabled-device", "a disabled device is there all the same", holes(
         device("a", HIGH, 0x200000, 'status = "disabled";')), prints=(f"->{HIGH:#x}",)),
    Case("many-pairs", "a device with five ranges", holes(
         Node("multi@200000000", (
             'compatible = "test,multi";', reg(*((HIGH + n * 0x10000000, PAGE << n) for n in range(5))))))),
    Case("overlap", "F1: a range from inside a hole into the next range", holes(
         device("a", HIGH, 0x10000000), device("b", 0x208000000, 0x10000000), device("c", HIGH, PAGE))),
    Case("overlap-chain", "F1 again: each range begins in the one before", holes(
         *(device("c", HIGH + n * 0x6000000, 0x8000000) for n in range(6)))),
    Case("same-twice", "two devices at the same address", holes(device("a", HIGH, 0x10000), device("b", HIGH, 0x10000))),
    Case("zero-size", "Z1: an empty range at a page splits a region", holes(device("z", HIGH, 0))),
    Case("zero-size-inside", "an empty range inside a page takes the page", holes(device("z", HIGH + 0x800, 0))),
    Case("zero-at-zero", "Z2: an empty range at address 0", holes(device("z", 0, 0))),
    Case("beyond", "a device beyond the address space cannot be mapped", holes(device("far", 1 << 44, PAGE)), built=False),
    Case("across-the-end", "a device across the end of the address space", holes(
         device("end", (1 << 40) - 0x10000, 0x20000)), built=False),
    Case("to-the-end", "a device up to the end of the address space", holes(
         device("end", (1 << 40) - 0x10000, 0x10000)), prints=("->0xffffe00000",)),
    Case("huge", "a device that is nearly everything", holes(device("huge", HIGH, 0xFE00000000)), built=True),
    Case("bus", "ranges map two windows, and a bus on the bus", holes(bus(
         "soc", "ranges = <0x0 0x7 0x0 0x10000000>, <0x80000000 0x9 0x40000000 0x1000000>;",
         device("u", 0x1000000, 0x2000, cells=(1, 1)), device("w", 0x80001000, PAGE, cells=(1, 1)),
         bus("inner@4000000", "ranges = <0 0x4000000 0x100000>;", device("x", 0x10000, PAGE, cells=(1, 1)))))),
    Case("bus-empty-ranges", "empty ranges are the identity", holes(bus(
         "soc", "ranges;", device("u", 0x700000000, 0x2000), cells=(2, 2)))),
    Case("bus-no-ranges", "without ranges a bus is not seen", holes(bus(
         "soc", "", device("u", 0x700000000, 0x2000), cells=(2, 2)))),
    Case("bus-outside", "a device outside its bus's window ends dom0", holes(bus(
         "soc", "ranges = <0x0 0x7 0x0 0x1000000>;", device("u", 0x5000000, 0x2000, cells=(1, 1)))), built=False),
    Case("bus-outside-disabled", "so does a disabled one", holes(bus(
         "soc", "ranges = <0x0 0x7 0x0 0x1000000>;",
         device("u", 0x5000000, 0x2000, 'status = "disabled";', cells=(1, 1)))), built=False),
    Case("i2c", "below #size-cells = <0> reg is no address", holes(Node("i2c@700000000", (
         'compatible = "test,i2c";', reg((0x700000000, PAGE)), "#address-cells = <1>;", "#size-cells = <0>;"),
         (Node("eeprom@50", ('compatible = "test,eeprom";', "reg = <0x50>;")),)))),
    Case("pci", "windows of 32 and 64 bits and of I/O all count", holes(pci(
         "<0x2000000 0 0x20000000 0xa 0x0 0 0x10000000>, <0x43000000 0xb 0x0 0xb 0x0 0x1 0x0>, "
         "<0x1000000 0 0 0xc 0x12345000 0 0x10000>"))),
    Case("pci-zero-window", "an empty window", holes(pci("<0x2000000 0 0x20000000 0xa 0x0 0 0x0>"))),
    Case("pci-no-type", "without device_type windows do not count", holes(pci(
         "<0x2000000 0 0x20000000 0xa 0x0 0 0x10000000>", kind="")), lacks=("->0xa00000000",)),
    Case("pcie-type", "device_type is compared whole", holes(pci(
         "<0x2000000 0 0x20000000 0xa 0x0 0 0x10000000>", kind='device_type = "pciex";'))),
    Case("pci-child", "what is below a bridge has no address of its own", holes(pci(
         "<0x2000000 0 0x20000000 0xa 0x0 0 0x10000000>",
         Node("pci@0,0", (
             'device_type = "pci";', "reg = <0 0 0 0 0>;", "#address-cells = <3>;", "#size-cells = <2>;", "ranges;"),
             (Node("nic@0,0", ("reg = <0x10000 0 0 0 0>;",)),))))),
    Case("reserved-and-holes", "reserved memory outside RAM is no hole", holes(
         reserved((0x50000000, 0x100000), (0x900000000, 0x100000)))),
    Case("reserve-map-and-holes", "the memory reserve map says nothing of holes", holes(
         reserves=((0x900000000, 0x100000),)), lacks=("0x900",)),
    Case("30-regions-fit", "dom0's tree has room for no more of them than these", holes(*every(26)),
         prints=("extended region 29",)),
    Case("31-regions", "F3: dom0's tree has no room for them", holes(*every(27)), built=False,
         prints=("extended region 30",)),
    Case("70-regions", "F3 with many more", holes(*every(70)), built=False),
    Case("300-regions", "beyond 256 regions nothing is kept", holes(*every(300)), built=False),
    Case("holes-one-cell", "a root of one cell cuts what dom0 reads", holes(cells=(1, 1), bits=32)),
    Case("holes-one-cell-40", "a root of one cell and an address space of 40 bits", holes(cells=(1, 1))),
    Case("holes-one-size-cell", "sizes of 4 GiB are cut", holes(cells=(2, 1), smmu=0x70000000)),
)  # fmt: skip

GUESTS = (
    Case("domu", "holes of the two banks of a guest", Board(guests=(Guest(),)),
         prints=("d1: extended region 0: 0x42000000->0x100000000", "d1: extended region 1: 0x200000000->0x10000000000")),
    Case("domus", "two guests of different size", Board(guests=(Guest(64 << 10), Guest(10 << 10)))),
    Case("domu-off-2m", "a guest whose memory ends inside 2 MiB", Board(guests=(Guest((33 << 10) + 4),)),
         prints=("d1: extended region 0: 0x42200000->0x100000000",)),
    Case("domu-plain", "without xen,enhanced there is no hypervisor node", Board(guests=(Guest(lines=()),)),
         lacks=("d1: extended region",)),
    Case("domu-no-xenstore", "enhanced, without xenstore", Board(guests=(Guest(lines=('xen,enhanced = "no-xenstore";',)),)),
         prints=("d1: extended region 0",)),
    Case("domu-empty-enhanced", "an empty xen,enhanced is enabled", Board(guests=(Guest(lines=("xen,enhanced;",)),)),
         prints=("d1: extended region 0",)),
    Case("domu-off", "ext_regions=no holds for guests", Board(options="dom0_mem=128M ext_regions=no", guests=(Guest(),)),
         lacks=("extended region 0",)),
    Case("domu-iommu", "the host's IOMMU does not matter to a guest", holes(guests=(Guest(),)),
         prints=("d1: extended region 0: 0x42000000->0x100000000",)),
    Case("domu-36", "a guest of 36 bits", holes(bits=36, guests=(Guest(),)),
         prints=("d1: extended region 1: 0x200000000->0x1000000000",)),
    Case("domu-32", "a guest of 32 bits has one bank", holes(bits=32, guests=(Guest(),)), lacks=("d1: extended region 1",)),
    Case("dom0less", "xenstore needs dom0 in 4.17", Board(dom0=False, guests=(Guest(),)), built=False),
    Case("dom0less-alone", "a guest without xenstore and without dom0", Board(
         dom0=False, guests=(Guest(lines=('xen,enhanced = "no-xenstore";',)),)), prints=("d1: extended region 0",)),
    Case("domu-static", "Debian's Xen has no static memory", built=False, board=Board(guests=(Guest(lines=(
         'xen,enhanced = "enabled";', "#xen,static-mem-address-cells = <2>;", "#xen,static-mem-size-cells = <2>;",
         "xen,static-mem = <0x0 0x5a000000 0x0 0x2000000>;")),)),
         prints=("0x5c000000->0x60000000", "Device tree generation failed (-2)")),
    Case("domu-direct-map", "nor direct-map without it", Board(guests=(Guest(lines=(
         'xen,enhanced = "enabled";', "direct-map;", "#xen,static-mem-address-cells = <2>;",
         "#xen,static-mem-size-cells = <2>;", "xen,static-mem = <0x0 0x5a000000 0x0 0x2000000>;")),)), built=False,
         prints=("direct-map is not valid for domain domU1 without static allocation",)),
    Case("domu-shared", "nor static shared memory", Board(guests=(Guest(children=(Node("shm@5c000000", (
         'compatible = "xen,domain-shared-memory-v1";', 'role = "owner";', 'xen,shm-id = "0";',
         "xen,shared-mem = <0x0 0x5c000000 0x0 0x5c000000 0x0 0x1000000>;")),)),)),
         prints=("d0: extended region 1: 0x58000000->0x60000000", "d1: extended region 0: 0x42000000->0x100000000")),
    Case("domu-no-memory", "a guest without memory", Board(guests=(Guest(kib=0),)), built=False),
    Case("domu-frames", "gnttab_max_frames does not move a guest's grant region", Board(
         options="dom0_mem=128M gnttab_max_frames=4", guests=(Guest(),))),
)  # fmt: skip

CASES = (*UNALLOCATED, *WIDTHS, *HOLES, *GUESTS)
