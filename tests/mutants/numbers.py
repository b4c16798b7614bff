"""Mutants of everything that is no address: derived macros, counts, type cells, interrupts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from tests.mutants.header import HEAD, Value
from tests.mutants.mutants import PROVED, REFUTED, Mutant, at, mutant, size, start
from tests.mutants.world import BIG, GIB, MIB, PAGE

RAM = {"base": (start("RAM0"), start("RAM1")), "size": (size("RAM0"), size("RAM1"))}


def derived() -> Iterator[Mutant]:
    """What follows from the banks, written out: right, and off by a page or by one."""
    (low, high), (few, many) = RAM["base"], RAM["size"]
    right: dict[str, Value] = {
        "GUEST_RAM_BASE": low,
        "GUEST_RAM_MAX": few + many,
        "GUEST_RAM_BANK_BASES": (low, high),
        "GUEST_RAM_BANK_SIZES": (few, many),
    }
    for name, value in right.items():
        aims = {"well-formed": PROVED, "stable": PROVED}
        yield mutant(f"{name} written out", {name: value}, aims, near=True)
        for step in (-PAGE, -1, 1, PAGE):
            off = (value[0] + step, value[1]) if isinstance(value, tuple) else value + step
            yield mutant(f"{name} {step:+#x}", {name: off}, {"well-formed": REFUTED}, near=True)
            if isinstance(value, tuple):
                off = (value[0], value[1] + step)
                yield mutant(f"{name}, second {step:+#x}", {name: off}, {"well-formed": REFUTED}, near=True)
    for name in ("GUEST_RAM_BANK_BASES", "GUEST_RAM_BANK_SIZES"):
        pair = right[name]
        assert isinstance(pair, tuple)
        for what, other in (("swapped", pair[::-1]), ("short", pair[:1]), ("long", (*pair, pair[1]))):
            yield mutant(f"{name} {what}", {name: other}, {"well-formed": REFUTED}, near=what != "swapped")
    for name, head in (("GUEST_RAM_BANKS", 2), ("GUEST_GICV3_RDIST_REGIONS", 1)):
        for step in (-1, 1, 2):
            off_by = {name: head + step}
            yield mutant(
                f"{name} {step:+}", off_by, {"well-formed": REFUTED, "stable": REFUTED}, near=step < 2
            )
    second = at("GICV3_GICR1", start("GICV3_GICR0") + size("GICV3_GICR0"), 0x20000)
    yield mutant("a second GICR", second, {"well-formed": REFUTED}, near=True)
    second["GUEST_GICV3_RDIST_REGIONS"] = 2
    yield mutant("a second GICR, and counted", second, {"well-formed": PROVED}, near=True)


def least_sizes() -> Iterator[Mutant]:
    """The exact minimum, and one page, device, vCPU, MiB more or less."""
    good, bad = {"minimum-size": PROVED}, {"minimum-size": REFUTED}
    for step in (-PAGE, PAGE, 2 * PAGE):
        yield mutant(
            f"GICC {step:+#x}", at("GICC", start("GICC"), 2 * PAGE + step), bad, near=step != 2 * PAGE
        )
    yield mutant("GICC of 0x100", at("GICC", start("GICC"), 0x100), bad, near=False)
    for length, aims in ((16 * MIB - PAGE, bad), (16 * MIB, good), (16 * MIB + PAGE, good), (64 * PAGE, bad)):
        changes = at("GNTTAB", 0x5000000, length)
        yield mutant(f"GNTTAB of {length:#x}", changes, aims, near=length != 64 * PAGE)
    for pages, aims in ((3, bad), (4, good), (5, good), (1, bad)):
        changes = at("MAGIC", start("MAGIC"), pages * PAGE)
        yield mutant(f"MAGIC of {pages} pages", changes, aims, near=pages > 1)
    for length, aims in (
        (PAGE, bad),
        (MIB - PAGE, bad),
        (MIB, good),
        (MIB + PAGE, bad),
        (255 * MIB, good),
        (256 * MIB - PAGE, bad),
        (256 * MIB + PAGE, bad),
        (257 * MIB, bad),
    ):
        yield mutant(f"ECAM of {length:#x}", at("VPCI_ECAM", 0x40000000, length), aims, near=length > PAGE)
    for stem in ("SAFE_RANGE", "EXT_REGION0", "EXT_REGION7"):
        for length, aims in ((64 * MIB - PAGE, bad), (64 * MIB, good), (64 * MIB + PAGE, good), (BIG, bad)):
            changes = at(stem, 0x8000000, length)
            yield mutant(f"{stem} of {length:#x}", changes, aims, near=length != BIG)
    yield from _redistributors()
    yield from _virtio()


def _redistributors() -> Iterator[Mutant]:
    """128 KiB for each vCPU: 128 of them, or as many as the header promises."""
    for vcpus in (1, 127, 128, 129, 160, 256):
        needed = max(vcpus, 128) * 0x20000
        for step, verdict in ((-0x20000, REFUTED), (-PAGE, REFUTED), (0, PROVED), (PAGE, PROVED)):
            changes = at("GICV3_GICR0", start("GICV3_GICR0"), needed + step)
            changes["GUEST_MAX_VCPUS"] = vcpus
            aims = {"minimum-size": verdict}
            yield mutant(f"{vcpus} vCPUs, redistributors {step:+#x}", changes, aims, near=True)


def _virtio() -> Iterator[Mutant]:
    """Eight devices to a page: as many interrupts as fit, and one more."""
    for pages in (1, 2, 3, 16, 123):
        for devices in (8 * pages - 1, 8 * pages, 8 * pages + 1):
            changes = at("VIRTIO_MMIO", start("VIRTIO_MMIO"), pages * PAGE)
            changes["GUEST_VIRTIO_MMIO_SPI_LAST"] = 32 + devices
            aims = {"minimum-size": REFUTED if devices > 8 * pages else PROVED, "interrupts": PROVED}
            yield mutant(f"{devices} virtio devices in {pages} pages", changes, aims, near=True)


def type_cells() -> Iterator[Mutant]:
    """Each bit of each type cell flipped; windows to 4 GiB and across, with either space code."""
    for name in ("GUEST_VPCI_ADDR_TYPE_MEM", "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM"):
        value = HEAD.values[name]
        assert isinstance(value, int)
        for bit in range(33):
            flipped = {name: value ^ 1 << bit}
            aims = {"pci-window-type": REFUTED, "stable": REFUTED}
            yield mutant(f"{name}, bit {bit}", flipped, aims, near=bit in (0, 24, 25, 30))
    for stem, flag in (("VPCI_MEM", 0), ("VPCI_PREFETCH_MEM", 0x40000000)):
        name = f"GUEST_{stem.replace('VPCI', 'VPCI_ADDR_TYPE')}"
        for length in (PAGE, 2 * PAGE, BIG, 16 * MIB, 64 * MIB, 256 * MIB, GIB):
            for what, base, wide in (
                ("ends a page below", 4 * GIB - length - PAGE, False),
                ("ends at", 4 * GIB - length, False),
                ("ends a page above", 4 * GIB - length + PAGE, True),
                ("starts at", 4 * GIB, True),
            ):
                for code in (2, 3):
                    changes = {**at(stem, base, length), name: flag + (code << 24)}
                    aims = {"pci-window-type": PROVED if wide == (code == 3) else REFUTED}
                    what_code = f"{stem} of {length:#x} {what} 4 GiB, code {code}"
                    yield mutant(what_code, changes, aims, near=True)
    yield from _windows()


def _windows() -> Iterator[Mutant]:
    """A window with no type, a type with no window."""
    window = {"GUEST_VPCI_FOO_ADDR": 0x5000000, "GUEST_VPCI_FOO_SIZE": MIB}
    aims = {"pci-window-type": REFUTED, "stable": PROVED}
    yield mutant("a window without type", window, aims, near=False)
    for cell, verdict in (
        (0x02000000, PROVED),
        (0x02000001, REFUTED),
        (0x03000000, REFUTED),
        (0x42000000, REFUTED),
    ):
        typed = {**window, "GUEST_VPCI_ADDR_TYPE_FOO": cell}
        aims = {"pci-window-type": verdict, "stable": PROVED}
        yield mutant(f"a window with type {cell:#x}", typed, aims, near=True)
    for stem in ("MEM", "PREFETCH_MEM"):
        changes: dict[str, Value | None] = {f"GUEST_VPCI_{stem}_ADDR": None, f"GUEST_VPCI_{stem}_SIZE": None}
        yield mutant(f"{stem} without window", changes, {"pci-window-type": REFUTED}, near=False)
        changes[f"GUEST_VPCI_ADDR_TYPE_{stem}"] = None
        aims = {"pci-window-type": PROVED, "stable": REFUTED}
        yield mutant(f"{stem} without window and type", changes, aims, near=False)
        gone = {f"GUEST_VPCI_ADDR_TYPE_{stem}": None}
        yield mutant(f"{stem} without type", gone, {"pci-window-type": REFUTED}, near=False)


LINES = {
    "GUEST_TIMER_VIRT_PPI": (16, 31),
    "GUEST_TIMER_PHYS_S_PPI": (16, 31),
    "GUEST_TIMER_PHYS_NS_PPI": (16, 31),
    "GUEST_EVTCHN_PPI": (16, 31),
    "GUEST_FFA_NOTIF_PEND_INTR_ID": (0, 15),
    "GUEST_FFA_SCHEDULE_RECV_INTR_ID": (0, 15),
    "GUEST_VPL011_SPI": (32, 1019),
}
TAKEN = {27, 29, 30, 31, *range(32, 44), 8, 9}


def interrupts() -> Iterator[Mutant]:
    """Numbers at the ends of their ranges, beyond, and on each other."""
    good, bad = ({"interrupts": verdict, "stable": REFUTED} for verdict in (PROVED, REFUTED))
    for name, (low, high) in LINES.items():
        head = HEAD.values[name]
        assert isinstance(head, int)
        for line in sorted({max(low - 1, 0), low, low + 1, high - 1, high, high + 1, head - 1, head + 1}):
            fits = low <= line <= high and line not in TAKEN - {head}
            if line != head:
                yield mutant(f"{name} is {line}", {name: line}, good if fits else bad, near=True)
        gone = {"interrupts": REFUTED if "SPI" in name else PROVED, "stable": REFUTED}
        yield mutant(f"no {name}", {name: None}, gone, near=False)
        if "PPI" in name:
            only = {name: 32, "GUEST_VPL011_SPI": 44}
            yield mutant(f"{name} is 32, which is free", only, bad, near=True)
    for one, other in permutations(LINES, 2):
        if LINES[one] == LINES[other]:
            yield mutant(f"{one} is {other}", {one: HEAD.values[other]}, bad, near=False)
    yield from _added_lines()
    yield from _virtio_lines()


def _added_lines() -> Iterator[Mutant]:
    """New interrupts beside head's."""
    for kind, lines in (("SPI", (31, 32, 33, 43, 44, 1019, 1020)), ("PPI", (15, 16, 26, 27, 28, 31, 32))):
        for line in lines:
            fits = line not in TAKEN and (32 <= line <= 1019 if kind == "SPI" else 16 <= line <= 31)
            aims = {"interrupts": PROVED if fits else REFUTED, "stable": PROVED}
            yield mutant(f"FOO_{kind} is {line}", {f"GUEST_FOO_{kind}": line}, aims, near=True)
    for line in (0, 7, 8, 9, 10, 15, 16):
        aims = {"interrupts": PROVED if line not in (8, 9, 16) else REFUTED, "stable": PROVED}
        yield mutant(f"FOO_INTR_ID is {line}", {"GUEST_FOO_INTR_ID": line}, aims, near=True)


def _virtio_lines() -> Iterator[Mutant]:
    """The interrupts of virtio devices: their ends, and the UART among them."""
    first, last = "GUEST_VIRTIO_MMIO_SPI_FIRST", "GUEST_VIRTIO_MMIO_SPI_LAST"
    for low, high, verdict in (
        (33, 33, PROVED),
        (33, 34, PROVED),
        (43, 43, PROVED),
        (34, 43, PROVED),
        (44, 43, REFUTED),
        (33, 1019, PROVED),
        (33, 1020, REFUTED),
        (1019, 1019, PROVED),
        (1020, 1020, REFUTED),
        (1018, 1019, PROVED),
        (1019, 1020, REFUTED),
        (32, 43, REFUTED),
        (32, 32, REFUTED),
        (31, 43, REFUTED),
        (31, 31, REFUTED),
        (16, 43, REFUTED),
    ):
        changes = {first: low, last: high}
        yield mutant(
            f"virtio {low} to {high}", changes, {"interrupts": verdict, "stable": REFUTED}, near=True
        )
    one = {first: 43, **at("VIRTIO_MMIO", start("ACPI"))}
    aims = {"interrupts": PROVED, "no-overlap": REFUTED, "minimum-size": PROVED}
    yield mutant("virtio over ACPI, for one device", one, aims, near=True)
    for low, uart, verdict in ((33, 43, REFUTED), (33, 38, REFUTED), (34, 33, PROVED), (33, 44, PROVED)):
        changes = {first: low, "GUEST_VPL011_SPI": uart}
        yield mutant(f"UART at {uart}, virtio from {low}", changes, {"interrupts": verdict}, near=uart != 38)


FAMILIES = (derived, least_sizes, type_cells, interrupts)
