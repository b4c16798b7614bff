"""What a verdict about a guest that no host's tree describes rests on and the inputs do not say."""

from __future__ import annotations

from collections.abc import Iterable

from verifier.layout.finding import Assumption
from verifier.layout.offer import Offer
from verifier.rules.boards.assumptions import of_kernels

_XL = (
    Assumption(
        "same-release",
        "xl and libxl are of the same release as Xen, and xl.conf and Xen's command line set no bounds of grant tables",
        "tools/xl/xl.c parse_global_config; docs/misc/xen-command-line.pandoc gnttab_max_frames",
    ),
    Assumption(
        "host-agrees",
        "the host has what the guest asks of it: free memory, the vGIC's version, and the frames and interrupts that it "
        "names, which dom0 may hand on",
        "tools/libs/light/libxl_create.c domcreate_launch_dm; xen/common/domctl.c XEN_DOMCTL_iomem_permission",
    ),
)
_DOM0LESS = (
    Assumption(
        "enhanced",
        "the domain's node has xen,enhanced, no static or shared memory, and no direct-map",
        "docs/misc/arm/device-tree/booting.txt",
    ),
    Assumption(
        "host-agrees",
        "the host has what the guest asks of it: free memory, the vGIC's version, and the devices that it names",
        "xen/arch/arm/dom0less-build.c construct_domU",
    ),
)
_FITS = Assumption(
    "kernel-fits",
    "the kernel, an initrd and the device tree have room in the first bank of RAM, whatever its size",
    "tools/libs/guest/xg_dom_arm.c meminit; xen/arch/arm/kernel.c place_modules, later place_dtb_initrd",
)
_PCI = Assumption(
    "pci-passthrough",
    "Xen is built to pass PCI devices through and to emulate their bridge, which it is not by default: else it refuses "
    "them, and nothing answers where the guest's tree has the bridge",
    "xen/drivers/passthrough/iommu.c iommu_do_domctl (CONFIG_HAS_PCI); asm/domain.h has_vpci",
)


def guest_assumptions(offers: Iterable[Offer], toolstack: str, *, has_pci: bool) -> tuple[Assumption, ...]:
    """Those of a run, in a fixed order; `toolstack` is `xl` or `dom0less`, `has_pci` whether the guest has PCI devices."""
    makers = _XL if toolstack == "xl" else _DOM0LESS
    pci = (_PCI,) if has_pci else ()
    return (*makers, _FITS, *pci, *of_kernels(offers))
