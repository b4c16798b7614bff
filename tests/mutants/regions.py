"""Mutants of regions: into neighbours, across the ends of address spaces, off alignment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.mutants.header import HEAD
from tests.mutants.mutants import (
    ALL,
    PROVED,
    REFUTED,
    STEMS,
    Mutant,
    above,
    at,
    base_name,
    below,
    end,
    gaps,
    mutant,
    page_is_free,
    size,
    start,
    together,
)
from tests.mutants.world import BIG, GIB, MIB, PAGE, WRAP

NARROW = HEAD.changed(
    {
        **at("RAM0", GIB, 2 * GIB),
        **at("RAM1", 3 * GIB, GIB // 2),
        **at("VPCI_PREFETCH_MEM", 0xE0000000, 256 * MIB),
        "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM": 0x42000000,
    }
)
"""All of it below 2^32."""
SMALL = HEAD.changed(at("RAM1", start("RAM1"), (1 << 36) - start("RAM1")))
"""RAM ends at 2^36."""
FITTING = {32: NARROW, 36: SMALL}
"""A header that fits a width, where head does not."""


def neighbours() -> Iterator[Mutant]:
    """Grown or moved up to the neighbour, and one page into it."""
    touch, into = {"no-overlap": PROVED, "stable": REFUTED}, {"no-overlap": REFUTED, "stable": REFUTED}
    for stem in STEMS:
        low, high, length = below(stem), above(stem), size(stem)
        if high < WRAP:
            yield mutant(
                f"{stem} grows up to touch", at(stem, start(stem), high - start(stem)), touch, near=True
            )
            wider = at(stem, start(stem), high - start(stem) + PAGE)
            yield mutant(f"{stem} grows up a page too far", wider, into, near=True)
            yield mutant(f"{stem} moves up to touch", at(stem, high - length), touch, near=True)
            yield mutant(f"{stem} moves up a page too far", at(stem, high - length + PAGE), into, near=True)
        yield mutant(f"{stem} grows down to touch", at(stem, low, end(stem) - low), touch, near=True)
        yield mutant(f"{stem} moves down to touch", at(stem, low), touch, near=True)
        if low:
            wider = at(stem, low - PAGE, end(stem) - low + PAGE)
            yield mutant(f"{stem} grows down a page too far", wider, into, near=True)
            yield mutant(f"{stem} moves down a page too far", at(stem, low - PAGE), into, near=True)


def probes() -> Iterator[Mutant]:
    """The UART's page on the first and last page of each other region, and just outside."""
    for stem in together("PL011"):
        for where in (start(stem) - PAGE, start(stem), end(stem) - PAGE, end(stem)):
            verdict = PROVED if page_is_free(where, "PL011") else REFUTED
            yield mutant(
                f"PL011 at {where:#x} by {stem}", at("PL011", where), {"no-overlap": verdict}, near=True
            )


def exclusive() -> Iterator[Mutant]:
    """Regions of the two vGICs on top of each other: no guest has both."""
    for one in ("GICD", "GICC"):
        for other in ("GICV3_GICD", "GICV3_GICR0"):
            where = end(other) - PAGE
            yield mutant(f"{one} in {other}", at(one, where), {"no-overlap": PROVED}, near=True)
            yield mutant(f"{other} at {one}", at(other, start(one) - size(other) + PAGE), {}, near=True)
    yield mutant("GICC over GICR0", at("GICC", start("GICC"), 2 * size("GICV3_GICR0")), {}, near=False)


def swaps() -> Iterator[Mutant]:
    """Two sizes, or two bases, exchanged."""
    for one, other in pairwise(STEMS):
        sizes = {f"GUEST_{one}_SIZE": size(other), f"GUEST_{other}_SIZE": size(one)}
        bases = {base_name(one): start(other), base_name(other): start(one)}
        yield mutant(f"sizes of {one} and {other}", sizes, {}, near=False, widths=ALL)
        yield mutant(f"bases of {one} and {other}", bases, {}, near=False, widths=ALL)


def additions() -> Iterator[Mutant]:
    """New regions: a page at each end of a gap, all of it, a page more at either end."""
    fits = {"no-overlap": PROVED, "stable": PROVED, "capacity": PROVED, "well-formed": PROVED}
    clashes = {**fits, "no-overlap": REFUTED}
    for low, high in gaps():
        for stem in ("FOO", "SAFE_RANGE"):
            places = {"all": (low, high, fits), "a page above": (low, high + PAGE, clashes)}
            if low:
                places["a page below"] = (low - PAGE, high, clashes)
                places["first page"] = (low, low + PAGE, fits)
            places["last page"] = (high - PAGE, high, fits)
            for what, (base, last, aims) in places.items():
                name = f"{stem} in {low:#x}-{high:#x}: {what}"
                yield mutant(name, at(stem, base, last - base), aims, near=True)


def ends_of_widths() -> Iterator[Mutant]:
    """Up to 2^b exactly, one page beyond, from 2^b on."""
    for bits in ALL:
        limit, of = 1 << bits, FITTING.get(bits, HEAD)
        widths = tuple(width for width in ALL if width >= bits)
        for stem in ("FOO", "PL011", "MAGIC", "VPCI_PREFETCH_MEM", "GICV3_GICR0", "VIRTIO_MMIO"):
            length = PAGE if stem == "FOO" else size(stem)
            for what, where, verdict in (
                ("to", limit - length, PROVED),
                ("a page beyond", limit - length + PAGE, REFUTED),
                ("from", limit, REFUTED),
            ):
                name = f"{stem} {what} 2^{bits}"
                changes = at(stem, where, length)
                yield mutant(name, changes, {"within-ipa": verdict}, near=True, widths=widths, of=of)
        yield from _bank_ends(bits)


def _bank_ends(bits: int) -> Iterator[Mutant]:
    """RAM up to 2^b and a page beyond, which the P2M builds where its reach is more than 2^b."""
    limit, of = 1 << bits, FITTING.get(bits, HEAD)
    beyond = REFUTED if bits in (32, 36, 44) else PROVED
    base = of.values["GUEST_RAM1_BASE"]
    assert isinstance(base, int)
    for step, verdict in ((-PAGE, PROVED), (0, PROVED), (PAGE, beyond), (2 * PAGE, beyond)):
        changes = at("RAM1", base, limit - base + step)
        aims = {"within-ipa": verdict}
        yield mutant(f"RAM1 to 2^{bits}{step:+#x}", changes, aims, near=True, widths=(bits,), of=of)


def wraps() -> Iterator[Mutant]:
    """Up to 2^64 exactly and a page beyond, moved or grown; empty, and one page."""
    for stem in STEMS:
        if stem == "RAM0":
            continue  # no width has a guest whose only RAM lies there
        for what, base, length in (
            ("moves", WRAP - size(stem), size(stem)),
            ("grows", start(stem), WRAP - start(stem)),
        ):
            exact, wrapped = at(stem, base, length), at(stem, base, length + PAGE)
            yield mutant(f"{stem} {what} to 2^64", exact, {"well-formed": PROVED}, near=True)
            yield mutant(f"{stem} {what} a page beyond 2^64", wrapped, {"well-formed": REFUTED}, near=True)


def sizes_of_nothing() -> Iterator[Mutant]:
    """No bytes at all, or one page; half of a region missing."""
    for stem in STEMS:
        one = {"well-formed": PROVED}
        yield mutant(f"{stem} of one page", at(stem, start(stem), PAGE), one, near=True)
        none = {"well-formed": REFUTED}
        yield mutant(f"{stem} of no page", at(stem, start(stem), 0), none, near=True)
        if not stem.startswith("RAM"):
            yield mutant(f"{stem} without size", {f"GUEST_{stem}_SIZE": None}, none, near=False)
            yield mutant(f"{stem} without base", {base_name(stem): None}, none, near=False)


def reach_of_guests() -> Iterator[Mutant]:
    """Across the ends of what guests can address: 2^32, 2^40, 2^48."""
    short = [stem for stem in STEMS if stem not in ("ACPI", "VPCI_PREFETCH_MEM", "RAM1", "RAM0")]
    limits = dict.fromkeys((*short, "FOO", "SAFE_RANGE", "EXT_REGION0"), 32)
    for stem, bits in {**limits, "VPCI_PREFETCH_MEM": 40, "ACPI": 48}.items():
        limit, length = 1 << bits, size(stem) if stem in STEMS else 64 * MIB
        for what, where, verdict in (
            ("to", limit - length, PROVED),
            ("a page short of", limit - length - PAGE, PROVED),
            ("a page beyond", limit - length + PAGE, REFUTED),
            ("from", limit, REFUTED),
        ):
            name = f"{stem} {what} 2^{bits}, reached"
            yield mutant(name, at(stem, where, length), {"reachable": verdict}, near=True)
    yield mutant(
        "RAM0 a page beyond 2^32", at("RAM0", GIB, 3 * GIB + PAGE), {"reachable": REFUTED}, near=True
    )
    for stem in ("VPCI_PREFETCH_MEM", "ACPI"):
        for bits in (32, 40)[: 1 if stem != "ACPI" else 2]:
            changes = at(stem, (1 << bits) - size(stem) + PAGE)
            yield mutant(f"{stem} a page over 2^{bits} is no harm", changes, {"reachable": PROVED}, near=True)
    for step in (-PAGE, 0, PAGE):
        changes = at("RAM1", start("RAM1"), size("RAM1") + step)
        for width, verdict in ((40, PROVED), (42, REFUTED if step > 0 else PROVED)):
            name = f"RAM1 to 2^40{step:+#x}, of {width}"
            yield mutant(name, changes, {"reachable": verdict}, near=True, widths=(width,))


def alignment() -> Iterator[Mutant]:
    """Starts and ends off a page, off 2 MiB, off the size of ECAM."""
    extended = dict.fromkeys(("SAFE_RANGE", "EXT_REGION0"), (134217728, 64 * MIB))
    places = {stem: (start(stem), size(stem)) for stem in STEMS} | extended
    for stem, (base, length) in places.items():
        large = stem in ("RAM0", "RAM1", "GNTTAB", *extended)
        steps = {PAGE: REFUTED if large else PROVED, BIG: PROVED}
        if stem == "VPCI_ECAM":
            steps = {PAGE: REFUTED, BIG: REFUTED}
        if not stem.startswith("RAM"):
            steps[1] = REFUTED
        for step, verdict in steps.items():
            near = step != BIG or large
            for sign in (-1, 1):
                name = f"{stem} moved by {sign * step:+#x}"
                yield mutant(name, at(stem, base + sign * step, length), {"aligned": verdict}, near=near)
                name = f"{stem} with {sign * step:+#x} bytes"
                if stem != "VPCI_ECAM" and length + sign * step > 0:
                    yield mutant(name, at(stem, base, length + sign * step), {"aligned": verdict}, near=near)
    for length in (PAGE, MIB, 128 * MIB, 256 * MIB):
        for where, verdict in ((length, PROVED), (3 * length, PROVED), (length * 3 // 2, REFUTED)):
            if where % PAGE == 0:
                name = f"VPCI_ECAM of {length:#x} at {where:#x}"
                changes = at("VPCI_ECAM", 0x40000000 + where, length)
                yield mutant(name, changes, {"aligned": verdict}, near=length == PAGE)


FAMILIES = (
    neighbours,
    probes,
    exclusive,
    swaps,
    additions,
    ends_of_widths,
    wraps,
    sizes_of_nothing,
    reach_of_guests,
    alignment,
)
