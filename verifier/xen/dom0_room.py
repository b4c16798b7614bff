"""Whether the buffer that Xen takes for the hardware domain's device tree holds it, for all that the inputs leave open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from verifier.layout.dom0_tree import Gic
from verifier.layout.domain_map import Extent, TreeSize
from verifier.layout.host import Bank, Host
from verifier.layout.units import plural
from verifier.reading.behaviours import behaviours
from verifier.xen import dom0_tree
from verifier.xen.dom0_tree import Contents
from verifier.xen.heap_left import most_banks
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject
from verifier.xen.vcpus import MOST, vcpus


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way in which the open inputs may be."""

    which: int
    """Of the host's trees."""
    vcpus: int
    banks: tuple[int, int]
    """How many, and digits of the first one's address."""
    shared: bool
    """CONFIG_STATIC_SHM."""
    has_its: bool


def tree_size(
    host: Host, xen: Xen, given: Given, subject: Subject, regions: Sequence[Extent]
) -> TreeSize | None:
    """Bytes of the tree and of the buffer; None for a domain that is not the hardware domain, or that gets no tree."""
    dom0 = host.dom0
    loaded = next((each for each in dom0.loaded if each.path == subject.path), None)
    if not subject.hardware or loaded is None or dom0.gic is None or dom0.processors is None:
        return None
    inputs = _Inputs(xen, host, given, subject, dom0.gic)
    at_most = 16 * dom0.bridges + len("linux,pci-domain\0") if host.options.pci_passthrough else 0
    sizes, rooms, fits = [], [], set[bool]()
    for choice in inputs.choices(shared_matters=bool(xen.value("dom0-shared-room"))):
        needed = dom0_tree.size(
            xen, dom0, choice.which, loaded, _contents(host, given, subject, regions, choice)
        )
        room = (
            dom0.size + xen.value("dom0-tree-room") + (xen.value("dom0-shared-room") if choice.shared else 0)
        )
        sizes += [needed, needed + at_most]
        rooms.append(room)
        fits |= {needed <= room, needed + at_most <= room}
    return TreeSize(
        min(sizes),
        max(sizes),
        min(rooms),
        max(rooms),
        None if len(fits) > 1 else fits == {True},
        tuple(inputs.open()),
    )


def too_large(xen: Xen, subject: Subject, regions: Sequence[Extent], tree: TreeSize) -> str:
    """That a device tree does not fit, or may not, with what would help."""
    needs = f"{tree.least}" if tree.least == tree.most else f"{tree.least} to {tree.most}"
    there = f"{tree.room}" if tree.room == tree.most_room else f"{tree.room} to {tree.most_room}"
    opens = f" ({', '.join(tree.open)})" if tree.open else ""
    one = 4 * sum(subject.cells)
    fewer = -(-(tree.most - tree.room) // one)
    helps = []
    if fewer <= len(regions):
        helps.append(
            f"{fewer} fewer of its {len(regions)} extended {plural(len(regions), 'region')} would fit"
        )
        helps.append("ext_regions=off does")
    later = _later_room(xen)
    if later:
        helps.append(later)
    verb = "does not fit" if tree.fits is False else "may not fit"
    text = f"prepare_dtb_hwdom: the device tree {verb}: it needs {needs} bytes{opens}, the buffer has {there}"
    return "; ".join((text, *helps))


def _later_room(xen: Xen) -> str:
    """The first release with a larger buffer, if this one is older."""
    ours = xen.value("dom0-tree-room")
    for each in behaviours()["dom0-tree-room"].variants:
        assert each.value is not None
        if each.value > ours:
            return f"from {each.since} on there are {each.value - ours} more"
    return ""


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What decides the size, and both ends of what is not known of it."""

    xen: Xen
    host: Host
    given: Given
    subject: Subject
    gic: Gic

    def choices(self, *, shared_matters: bool) -> Iterator[_Choice]:
        """Every combination of ends. Only what the build has can raise or lower both the size and the room."""
        shared = self._of_build("static-shm") if shared_matters or self.subject.shared else (False,)
        for values in product(self._trees(), self._vcpus(), self._banks(), shared, self._its()):
            yield _Choice(*values)

    def open(self) -> Iterator[str]:
        """The inputs that are not known, in words."""
        counts, banks = self._vcpus(), self._banks()
        if len(counts) > 1:
            yield f"{counts[0]} to {counts[-1]} vCPUs"
        if banks[0][0] < banks[-1][0]:
            yield f"1 to {banks[-1][0]} banks of RAM: --dom0-bank or a log tells them"
        elif len(banks) > 1:
            yield "how high its bank of RAM lies: --dom0-bank or a log tells it"
        for name in self.host.dom0.trees[-1].drivers:
            if self._known(name) is None:
                yield f"whether Xen has a driver for {name}"
        if len(self._its()) > 1:
            yield "whether Xen has a driver for the ITS"
        if self.subject.shared and len(self._of_build("static-shm")) > 1:
            yield "whether Xen has static shared memory"
        if self.host.options.pci_passthrough:
            yield "whether Xen has PCI passthrough"

    def _known(self, name: str) -> bool | None:
        """Whether the build has something, as far as is told, or as the IOMMU in use can only be that one."""
        if name in self.given.drivers:
            return self.given.drivers[name]
        usable = {each.driver for each in self.host.iommus if each.usable}
        return True if self.given.iommu and usable == {name} else None

    def _of_build(self, name: str) -> tuple[bool, ...]:
        known = self._known(name)
        return (False, True) if known is None else (known,)

    def _its(self) -> tuple[bool, ...]:
        has_frames = self.gic.version == 3 and self.gic.frames
        return self._of_build("its") if has_frames else (False,)

    def _trees(self) -> list[int]:
        known = {name: self._known(name) for name in self.host.dom0.trees[-1].drivers}
        return [
            index
            for index, tree in enumerate(self.host.dom0.trees)
            if all(has is None or has == (name in tree.drivers) for name, has in known.items())
        ]

    def _vcpus(self) -> tuple[int, ...]:
        """Both ends of how many the domain may have."""
        return tuple(sorted(set(vcpus(self.host, self.given, self.subject) or (1, MOST))))

    def _banks(self) -> tuple[tuple[int, int], ...]:
        """How many banks of RAM it may have, and how many digits the first one's address."""
        if self.subject.banks:
            return ((len(self.subject.banks), _digits(self.subject.banks[0].start)),)
        ram = self.given.ram or tuple(Extent(bank.start, bank.end) for bank in self.host.memory)
        most = most_banks(self.host, self.xen, self.given, self.subject)
        lowest = min((each.start for each in ram), default=0)
        highest = max((each.end for each in ram), default=1 << 48)
        return tuple(dict.fromkeys(((1, _digits(lowest)), (most, _digits(highest - 1)))))


def _contents(
    host: Host, given: Given, subject: Subject, regions: Sequence[Extent], choice: _Choice
) -> Contents:
    listed = _reserved(host.reserved)
    return Contents(
        sum(subject.cells),
        len(regions),
        *choice.banks,
        choice.vcpus,
        len(listed),
        _digits(listed[0].start) if listed else 1,
        tuple((_digits(each.guest), len(each.id) + 1) for each in subject.shared) if choice.shared else (),
        choice.has_its,
        given.bits(subject.name),
    )


def _reserved(banks: Sequence[Bank]) -> list[Bank]:
    """What make_memory_node lists: from the first bank that is for devices or firmware on, less domains' memory."""
    first = next((at for at, bank in enumerate(banks) if bank.kind == "reserved-memory"), len(banks))
    return [bank for bank in banks[first:] if bank.kind in ("reserved-memory", "static-heap")]


def _digits(address: int) -> int:
    return len(f"{address:x}")
