"""What a verdict rests on and the input does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verifier.layout.facts import Facts
from verifier.layout.finding import Assumption
from verifier.layout.layout import Layout
from verifier.reading.page_tables import exemptions


def assumptions(layout: Layout, facts: Facts) -> tuple[Assumption, ...]:
    """What reading the header took for granted, what Xen never builds, what guests can do without."""
    return (*_of_reading(layout), *_of_building(layout, facts), *exemptions(layout, facts))


def _of_reading(layout: Layout) -> Iterator[Assumption]:
    """What reading a header took for granted."""
    for name in layout.assumed:
        identity = f"macro-{name.strip('_').replace('_', '-').lower()}"
        statement = f"{name} is as Xen's public headers define it; --with FILE gives the real one"
        yield Assumption(identity, statement, "xen/include/public/xen.h")
    for name, origin in layout.unread:
        identity = f"unread-{re.sub('[^a-z0-9]+', '-', name.lower())}"
        statement = f"{name}, which was not given, defines no macro that this layout depends on"
        yield Assumption(identity, statement, f"included at {origin}")


def _of_building(layout: Layout, facts: Facts) -> Iterator[Assumption]:
    """The couplings of the configuration space: what Xen never builds."""
    widths = ", ".join(str(width.bits) for width in facts.widths)
    yield Assumption(
        "ipa-bits",
        f"xen {facts.release} on {facts.arch} runs with ipa bits {widths}",
        facts.widths[0].source,
    )
    if layout.banks:
        yield Assumption(
            "memory-below-root",
            "memory is one page up to the header's maximum, fills the banks in order, and lies below the reach of "
            "the P2M root",
            "arch_setup_meminit (xg_dom_arm.c); p2m_get_root_pointer (p2m.c)",
        )
    yield Assumption(
        "gicv2-vcpus",
        f"a guest with GICv2 has at most {facts['gicv2-vcpus']} vCPUs",
        facts.source("gicv2-vcpus"),
    )
    if any(region.when and region.when.dimension == "acpi" for region in layout.regions):
        yield Assumption(
            "acpi-64-bit",
            "only 64-bit guests get ACPI tables",
            "tools/libs/light/libxl_arm.c libxl__arch_build_dom_finish",
        )
