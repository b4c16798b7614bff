"""What Xen does with each node of the host tree when it builds the hardware domain's (`handle_node`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from verifier.layout.device_tree import Node, Tree
from verifier.reading.dt_rules import Rules
from verifier.reading.interrupts import Interrupts

Fate = Literal["copied", "gic", "timer", "left-out"]

IOMMUS: Mapping[str, str] = {
    "arm,smmu-v1": "smmu",
    "arm,smmu-v2": "smmu",
    "arm,mmu-400": "smmu",
    "arm,mmu-401": "smmu",
    "arm,mmu-500": "smmu",
    "arm,smmu-v3": "smmu-v3",
    "renesas,ipmmu-r8a7795": "ipmmu",
    "renesas,ipmmu-r8a77965": "ipmmu",
    "renesas,ipmmu-r8a7796": "ipmmu",
    "renesas,ipmmu-r8a77961": "ipmmu",
    "renesas,ipmmu-r8a779f0": "ipmmu",
    "renesas,ipmmu-r8a779g0": "ipmmu",
}
"""What the drivers in xen/drivers/passthrough/arm/ match at head; r8a779g0 is newer than the others."""
DOUBTFUL_IOMMUS = ("smmu-v3", "ipmmu")
DOUBTFUL = (*DOUBTFUL_IOMMUS, "scmi")
"""Drivers that a build may have or not; the SMMU's is in every defconfig."""
GIC_V2 = ("arm,cortex-a15-gic", "arm,cortex-a7-gic", "arm,gic-400")
GIC_V3 = ("arm,gic-v3",)
TIMERS = ("arm,armv7-timer", "arm,armv8-timer")
_SKIPPED = (
    "xen,xen", "xen,multiboot-module", "multiboot,module", "arm,psci", "arm,psci-0.2", "arm,psci-1.0",
    "arm,cortex-a7-pmu", "arm,cortex-a15-pmu", "arm,cortex-a53-edac", "arm,armv8-pmuv3", "arm,armv7-timer-mem",
)  # fmt: skip
"""`skip_matches`."""
_XENS_OWN = ("xen,domain", "xen,domain-shared-memory-v1", "xen,evtchn-v1")
"""Skipped from c6bda36af0 and 290f82375d on."""
_SUNXI = (
    "allwinner,sun6i-a31", "allwinner,sun6i-a31s", "allwinner,sun7i-a20", "allwinner,sun8i-a23", "allwinner,sun8i-a33",
    "allwinner,sun8i-h2-plus", "allwinner,sun8i-h3", "allwinner,sun50i-a64", "allwinner,sun50i-h5", "allwinner,sun50i-h6",
)  # fmt: skip
_BLACKLISTS = (
    (("brcm,bcm2711",), ("brcm,bcm2835-aux-spi", "brcm,bcm2835-aux", "brcm,bcm2835-pm")),
    (_SUNXI, ("snps,dw-apb-uart",)),
    (("cavium,thunder-88xx",), ("cavium,smmu-v2",)),
)
"""Platforms of arm64 by the root's compatible, and the devices that each keeps from dom0 (xen/arch/arm/platforms/)."""


class Handling:
    """The fate of each node of one tree, for the drivers that a build has."""

    def __init__(
        self, tree: Tree, rules: Rules, drivers: Collection[str], console: Node | None = None
    ) -> None:
        self._drivers = {*drivers, "smmu"}
        self._console = console
        self._fates: dict[int, Fate] = {}
        skipped = {*_SKIPPED, *_blacklist(tree)}
        if rules.has("own-nodes-skipped"):
            skipped.update(_XENS_OWN)
        if "scmi" in self._drivers:
            skipped.add("arm,scmi-shmem")
        self._skipped = skipped
        self.gic = primary_gic(tree)
        self.interrupts = Interrupts(tree, self.gic)

    def fate(self, node: Node) -> Fate:
        """What becomes of a node that is reached: one left out, or replaced, takes all below it along."""
        if node.index not in self._fates:
            self._fates[node.index] = self._decided(node)
        return self._fates[node.index]

    def is_iommu(self, node: Node) -> bool:
        """A driver of this build matches it, whether it takes it or not (device_get_class)."""
        return any(IOMMUS.get(name) in self._drivers for name in names(node))

    def _decided(self, node: Node) -> Fate:
        found = names(node)
        path = node.path.lower()
        kind = node.properties.get("device_type")
        if path == "/cpus" or (kind is not None and (node.text("device_type") or "").lower() == "memory"):
            return "left-out"
        if not self._skipped.isdisjoint(found):
            return "left-out"
        if any(name in GIC_V2 or name in GIC_V3 for name in found):
            return "gic" if self.gic is not None and self.gic.index == node.index else "left-out"
        if any(name in TIMERS for name in found):
            return "timer"
        used = self._console is not None and self._console.index == node.index
        hidden = "scmi" in self._drivers and path == "/firmware/scmi"
        if used or hidden or self.is_iommu(node) or self.interrupts.any_private(node):
            return "left-out"
        return "copied"


def doubtful(tree: Tree, rules: Rules) -> tuple[str, ...]:
    """The drivers in doubt for which a tree has a node."""
    found = set()
    for node in tree.nodes:
        for name in names(node):
            found.add(IOMMUS.get(name, ""))
            if name == "arm,scmi-smc" and rules.has("scmi-mediator"):
                found.add("scmi")
    return tuple(each for each in DOUBTFUL if each in found)


def names(node: Node) -> tuple[str, ...]:
    """A node's compatible names in lower case: Xen compares without regard to it."""
    return node.names


def _blacklist(tree: Tree) -> tuple[str, ...]:
    own = names(tree.root)
    return next((devices for roots, devices in _BLACKLISTS if any(name in own for name in roots)), ())


def primary_gic(tree: Tree) -> Node | None:
    """The primary one (gic_dt_preinit): the first that a driver takes."""
    for node in tree.nodes:
        if "interrupt-controller" not in node.properties or node.parent is None:
            continue
        known = any(name in GIC_V2 or name in GIC_V3 for name in names(node))
        if known and node.available and "xen,passthrough" not in node.properties:
            return node
    return None
