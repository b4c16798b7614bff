"""Whether the buffer that Xen takes for the device tree of a guest holds it, for all that is not counted.

Model of prepare_dtb_domU (xen/arch/arm/domain_build.c, later dom0less-build.c) and make_cpus_node, by behaviours
`domu-tree-room` and `domu-tree-partial`. Counted is what grows: vCPUs, boot arguments, banks, regions, shared memory, a
partial tree. The rest has two bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Host
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import Given, Subject

_ADDS_PARTIAL = Variants("domu-tree-partial", {"no-room": False, "adds-room": True})
_LEAST, _MOST = 700, 1200
"""Bytes of all that is not counted. With a console, an initrd and a hypervisor node Debian 12's Xen writes 1160; later
`#redistributor-regions` takes 39 more."""
_VCPU, _CLOCK, _PSCI = 60, 16, 20
"""Bytes of a vCPU's node without its `compatible`; of its clock-frequency; of a 64-bit one's enable-method."""
_PAIR = 16
_SHARED = 200
"""Of a node of shared memory without its id, with its part of those around it."""


def stops(host: Host, xen: Xen, given: Given, subject: Subject) -> Iterator[str]:
    """That the tree of a guest is larger than its buffer, whatever else is in it."""
    need = _Need.of(host, xen, given, subject, ())
    if need is not None and need.least > need.room:
        yield f"prepare_dtb_domU: the device tree does not fit: it needs {need.least} bytes or more, {need.rest}"


def doubts(host: Host, xen: Xen, given: Given, subject: Subject, regions: Sequence[Extent]) -> Iterator[str]:
    """That it may be."""
    need = _Need.of(host, xen, given, subject, regions)
    if need is not None and need.least <= need.room < need.most:
        yield f"prepare_dtb_domU: the device tree may not fit: it needs up to {need.most} bytes, {need.rest}{need.helps}"


@dataclass(frozen=True, slots=True)
class _Need:
    """Bytes of a tree, and of its buffer."""

    least: int
    most: int
    room: int
    vcpu: int
    vcpus: int

    @classmethod
    def of(
        cls, host: Host, xen: Xen, given: Given, subject: Subject, regions: Sequence[Extent]
    ) -> _Need | None:
        """None for dom0 and hardware domains (`dom0_room`), and for a host without processors."""
        domain = next((each for each in host.domains if each.path == subject.path), None)
        processors = host.dom0.processors
        if domain is None or domain.hardware or domain.cpus is None or processors is None:
            return None
        vcpu = _VCPU + _whole(processors.compatible) + _CLOCK * processors.clock
        vcpu += _PSCI * (given.bits(subject.name) == 64)
        line = next((each.command_line for each in host.dom0.loaded if each.path == domain.path), None)
        least = _LEAST + domain.cpus * vcpu + (line or 0)
        clocks = host.dom0.clock or processors.clock
        more = _more(host, subject, domain, line, clocks=clocks)
        most = least + _MOST - _LEAST + sum(more) + _PAIR * len(regions)
        partial = 0 if domain.device_tree is None else domain.device_tree.size
        added = partial if _ADDS_PARTIAL.of(xen) else 0
        return cls(least, most + partial, xen.value("domu-tree-room") + added, vcpu, domain.cpus)

    @property
    def rest(self) -> str:
        """What is there."""
        return f"{self.vcpu * self.vcpus} of them for {self.vcpus} vCPUs, and the buffer has {self.room}"

    @property
    def helps(self) -> str:
        """How many vCPUs would fit."""
        fitting = self.vcpus - -(-(self.most - self.room) // self.vcpu)
        return f"; {fitting} would fit" if fitting > 0 else ""


def _more(host: Host, subject: Subject, domain: Domain, line: int | None, *, clocks: bool) -> Iterator[int]:
    """Bytes that the tree has at most beside vCPUs and regions."""
    if line:
        yield 3 + 12 + len("bootargs\0")
    if clocks:
        yield _CLOCK + len("clock-frequency\0")  # the timer's, and the name
    yield _PAIR * len(subject.banks or ())
    gic = host.dom0.gic
    yield _PAIR * len(gic.redistributors) if gic is not None and domain.direct_map else 0
    yield sum(_SHARED + _whole(len(each.id) + 1) for each in domain.shared)


def _whole(length: int) -> int:
    return (length + 3) & ~3
