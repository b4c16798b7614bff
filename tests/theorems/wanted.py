"""What a producer should offer, by the set model of `tests/xen`: no code of `verifier/xen`, no formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.xen import set_model
from tests.xen.set_model import PAGE, Stretch
from verifier.theorems.setting import Setting

TOP = 1 << 64


def wanted(producer: str, setting: Setting) -> list[Stretch]:
    """Regions as `[start, end)`: free of whatever the setting has, in whole pages, 2 MiB aligned, 64 MiB or more."""
    return set_model.aligned(FREE[producer](setting))


def _taken(pairs: Iterable[Stretch]) -> list[Stretch]:
    """Pages touched; what wraps takes all up to the end."""
    return [(start, min(end, TOP)) for start, end in (set_model.pages(*each) for each in pairs)]


def _holes(setting: Setting) -> list[Stretch]:
    lists = (*setting.reg, *setting.ranges, *setting.shared, *setting.xen_reg, *setting.ram, setting.grant)
    return set_model.difference([(0, 1 << setting.ipa_bits)], _taken(lists))


def _unallocated(setting: Setting) -> list[Stretch]:
    ram = [(-(-start // PAGE) * PAGE, (start + size) // PAGE * PAGE) for start, size in setting.ram]
    lists = (*setting.domain, *setting.reserved, *setting.shared, *setting.xen_reg, setting.grant)
    return set_model.clip(set_model.difference(ram, _taken(lists)), 1 << setting.ipa_bits)


def _domu(setting: Setting) -> list[Stretch]:
    rests = set_model.bank_rests(setting.ipa_bits, setting.windows, setting.used)
    return set_model.difference(rests, _taken((*setting.shared, *setting.xen_reg)))


def _xl(setting: Setting) -> Sequence[Stretch]:
    if setting.bits == 32:
        return []
    rests = set_model.bank_rests(setting.ipa_bits, setting.windows, setting.used)
    return set_model.difference(
        rests, [(first * PAGE, (first + count) * PAGE) for first, count in setting.iomem]
    )


FREE: Mapping[str, Callable[[Setting], Sequence[Stretch]]] = {
    "iommu-holes": _holes, "unallocated": _unallocated, "domu-holes": _domu, "libxl": _xl,
}  # fmt: skip


def as_read(setting: Setting, regions: Iterable[Stretch]) -> list[Stretch]:
    """What a guest reads of them in the cells that its root has."""
    address, size = (1 << 32 * cells for cells in setting.cells)
    return [(start % address, start % address + (end - start) % size) for start, end in regions]
