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


def guest_assumptions(offers: Iterable[Offer], toolstack: str) -> tuple[Assumption, ...]:
    """Those of a run, in a fixed order; `toolstack` is `xl` or `dom0less`."""
    return (*(_XL if toolstack == "xl" else _DOM0LESS), *of_kernels(offers))
