"""Boots by hand that Xen ends itself: what `verifier host` says of each is that a domain is not built."""

from __future__ import annotations

from tests.live.cases import Case
from tests.live.source import GIC_V3, MAINTENANCE, MIB, RAM, Board, Guest, Node, Pair, reg

_V2 = ((0x8000000, 0x10000), (0x8010000, 0x2000), (0x8030000, 0x2000), (0x8040000, 0x2000))


def v2(*pairs: Pair, lines: tuple[str, ...] = (MAINTENANCE,)) -> Board:
    """A board that says it has a GICv2: what its driver asks of the tree comes before it touches a register."""
    return Board(gic="arm,gic-400", gic_lines=(reg(*pairs), *lines))


def v3(*pairs: Pair, lines: tuple[str, ...] = (MAINTENANCE,)) -> Board:
    return Board(gic_lines=(reg(*pairs), *lines))


NO_MODULE = Node("k", ('compatible = "multiboot,kernel";', reg((0x50000000, 0x1000))))
"""A kernel of which the early scan takes no notice."""

STOPS = (
    Case("no-gic", "an interrupt controller that Xen has no driver for", Board(gic="test,gic"), built=False),
    Case("gicv2-two", "a GICv2 without virtualisation", v2(*_V2[:2]), built=False,
         prints=("GICv2: Cannot find a valid address for the hypervisor",)),
    Case("gicv2-three", "a GICv2 without a virtual CPU interface", v2(*_V2[:3]), built=False,
         prints=("GICv2: Cannot find a valid address for the virtual CPU",)),
    Case("gicv2-sizes", "CPU interfaces of different sizes", v2(*_V2[:3], (0x8040000, 0x1000)), built=False,
         prints=("GICv2: Sizes of GICC (0x00000000002000) and GICV (0x00000000001000) don't match",)),
    Case("gicv2-unaligned", "an interface that begins inside a page", v2(*_V2[:2], (0x8030800, 0x2000), _V2[3]), built=False,
         prints=("GICv2 interfaces not page aligned",)),
    Case("gicv2-no-interrupt", "a GICv2 without maintenance interrupt", v2(*_V2, lines=()), built=False,
         prints=("GICv2: Cannot find the maintenance IRQ",)),
    Case("gicv3-no-redistributor", "a GICv3 without redistributors", v3(GIC_V3[0]), built=False,
         prints=("GICv3: No rdist base found for region 0",)),
    Case("gicv3-two-regions", "fewer redistributor regions than it says", v3(
         *GIC_V3, lines=(MAINTENANCE, "#redistributor-regions = <2>;")), built=False,
         prints=("GICv3: No rdist base found for region 1",)),
    Case("gicv3-no-regions", "no redistributor region at all", v3(
         *GIC_V3, lines=(MAINTENANCE, "#redistributor-regions = <0>;")), built=False,
         prints=("Failed to initialize the GIC drivers",)),
    Case("gicv3-unaligned", "a distributor that begins inside a page", v3((0x8000800, 0x10000), GIC_V3[1]), built=False,
         prints=("GICv3:  Found unaligned distributor address",)),
    Case("domu-no-kernel", "a guest without kernel", Board(guests=(Guest(kernel=False),)), built=False,
         prints=("Missing kernel boot module?", "Could not set up domain domU1", "d0: extended region 0")),
    Case("domu-second-kernel", "of two kernels the last counts, and it is no module", built=False,
         board=Board(guests=(Guest(children=(NO_MODULE,)),)),
         prints=("Missing kernel boot module?",)),
    Case("domu-first-kernel", "of two kernels the first does not count, and it is no module", Board(guests=(Guest(
         lines=('xen,enhanced = "enabled";', NO_MODULE.text())),)),
         prints=("d1: extended region 0",)),
    Case("domu-too-large", "a guest that is larger than the host's RAM", Board(guests=(Guest(512 << 10),)), built=False,
         prints=("Failed to allocate requested domain memory", "d0: extended region 0")),
    Case("domus-too-large", "guests that are larger together", Board(guests=(Guest(160 << 10),) * 3), built=False,
         prints=("d2: extended region 0", "Failed to allocate requested domain memory")),
    Case("domus-fit", "guests that fit", Board(guests=(Guest(160 << 10),) * 2)),
    Case("domu-30-vcpus", "the tree of a guest with 30 vCPUs just fits", Board(guests=(Guest(cpus=30),))),
    Case("domu-29-vcpus", "with 29 it is sure to fit", Board(guests=(Guest(cpus=29),))),
    Case("domu-31-vcpus", "with 31 it does not", Board(guests=(Guest(cpus=31),)), built=False,
         prints=("Device tree generation failed (-3)",)),
    Case("domu-36-vcpus", "with 36 it does not, whatever is left out", built=False,
         board=Board(guests=(Guest(lines=(), cpus=36),)), prints=("Device tree generation failed (-3)",)),
    Case("domu-no-vcpu", "a guest without vCPU", Board(guests=(Guest(cpus=0),)), built=False,
         prints=("Error creating domain domU1",)),
    Case("domu-129-vcpus", "more vCPUs than MAX_VIRT_CPUS", Board(guests=(Guest(cpus=129),)), built=False,
         prints=("Error creating domain domU1",)),
    Case("domu-interrupts", "more interrupts than a vGIC has", built=False, board=Board(guests=(Guest(
         lines=("nr_spis = <1000>;",)),)), prints=("Error creating domain domU1",)),
    Case("domu-pool", "page tables take from the heap what memory needs", built=False, board=Board(guests=(Guest(
         330 << 10, ("xen,domain-p2m-mem-mb = <64>;",)),)), prints=("Failed to allocate requested domain memory",)),
    Case("domu-vcpu-pool", "so they do with a MiB for each vCPU", built=False, board=Board(guests=(Guest(
         350 << 10, cpus=24),)), prints=("Failed to allocate requested domain memory",)),
    Case("domu-pool-fits", "the same memory with the page tables of one vCPU", Board(guests=(Guest(330 << 10),))),
    Case("domu-sparse", "the frame table is for pages between banks as well", built=False, board=Board(
         ((RAM, 640 * MIB), (0xA0000000, 4 * MIB), (0x100000000, 4 * MIB)), options="dom0_mem=320M",
         guests=(Guest(272 << 10),)), prints=("Failed to allocate requested domain memory",)),
    Case("domu-far", "but not if a bit of addresses is nowhere in RAM", Board(
         ((RAM, 644 * MIB), (0x100000000, 4 * MIB)), options="dom0_mem=320M", guests=(Guest(272 << 10),))),
    Case("domu-dense", "without a bank that is far away there is enough", Board(
         ((RAM, 648 * MIB),), options="dom0_mem=320M", guests=(Guest(272 << 10),))),
    Case("domu-no-pool", "no page tables, no memory", built=False, board=Board(guests=(Guest(
         lines=("xen,domain-p2m-mem-mb = <0>;",)),)), prints=("Failed to allocate requested domain memory",)),
    Case("gicv3-no-interrupt", "a GICv3 without maintenance interrupt", v3(*GIC_V3, lines=()), built=False,
         prints=("GICv3: Cannot find the maintenance IRQ",)),
)  # fmt: skip
