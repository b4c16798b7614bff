"""The controls of a layout's page: what guests differ in, with stops for sliders where something changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.layout.chart import Conflict, Control
from verifier.layout.configuration import FLAGS, GIC_LABELS, Space

_FLAG_LABELS = {"vpci": "vPCI", "vuart": "vuart (PL011)", "acpi": "ACPI tables"}


def controls(
    spaces: Sequence[Space], guests: Sequence[str], conflicts: Iterable[Conflict]
) -> tuple[Control, ...]:
    """One for each dimension that any of the layouts has."""
    return tuple(_controls(spaces, guests, list(conflicts)))


def _controls(
    spaces: Sequence[Space], guests: Sequence[str], conflicts: Sequence[Conflict]
) -> Iterator[Control]:
    widths = _values(spaces, "ipa_bits")
    usual = 40 if 40 in widths else widths[-1]
    yield Control(
        "ipa_bits", "address width", usual, tuple((bits, f"{bits} bits") for bits in sorted(widths))
    )
    having = [space for space in spaces if "memory" in space.dimensions]
    if having:
        page = having[0].facts.page
        most = max(space.dimensions["memory"].high * page for space in having)
        stops = _stops(having, conflicts, page, most)
        value = min(1 << 30, most)
        yield Control("memory", "guest memory", value, (), page, most, page, tuple(stops))
    gics = _values(spaces, "gic")
    yield Control(
        "gic", "interrupt controller", gics[0], tuple((gic, f"GIC{GIC_LABELS[gic]}") for gic in gics)
    )
    vcpus = max(space.dimensions["vcpus"].high for space in spaces)
    yield Control("vcpus", "vCPUs", 1, (), 1, vcpus)
    for flag in FLAGS:
        if any(flag in space.dimensions for space in spaces):
            yield Control(flag, _FLAG_LABELS[flag], 0, ((0, "without"), (1, "with")))
    virtio = [space.dimensions["virtio"].high for space in spaces if "virtio" in space.dimensions]
    if virtio:
        yield Control("virtio", "virtio devices", 0, (), 0, max(virtio))
    yield Control("guest", "guest's page tables", 0, tuple(enumerate(guests)))


def _values(spaces: Iterable[Space], name: str) -> list[int]:
    return list(dict.fromkeys(value for space in spaces for value in space.dimensions[name].choices))


def _stops(spaces: Sequence[Space], conflicts: Iterable[Conflict], page: int, most: int) -> list[int]:
    """Both sides of every border: of windows, of widths, of what fails."""
    borders = {most}
    for space in spaces:
        total = 0
        for bank in space.layout.banks:
            total += bank.size or 0
            borders.add(total)
        borders.update(space.pages(width.bits) * page for width in space.facts.widths)
    for each in conflicts:
        for box in each.when:
            low, high = box.counts.get("memory", (page, 0))
            borders.update((low - page, high))
    found = {border + offset for border in borders if border > 0 for offset in (0, page)}
    return sorted(stop for stop in found if page <= stop <= most)
