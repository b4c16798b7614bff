"""Layouts for the rules' tests: a sound header of our own, and what one change does to it."""

from __future__ import annotations

from collections.abc import Callable

from verifier.layout.finding import Finding, Report, Verdict

SOUND = """\
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define GUEST_GICD_BASE            xen_mk_ullong(0x03001000)
#define GUEST_GICD_SIZE            xen_mk_ullong(0x00001000)
#define GUEST_GICC_BASE            xen_mk_ullong(0x03002000)
#define GUEST_GICC_SIZE            xen_mk_ullong(0x00002000)
#define GUEST_GICV3_GICD_BASE      xen_mk_ullong(0x03001000)
#define GUEST_GICV3_GICD_SIZE      xen_mk_ullong(0x00010000) /* 64 KiB */
#define GUEST_GICV3_RDIST_REGIONS  1
#define GUEST_GICV3_GICR0_BASE     xen_mk_ullong(0x03020000)
#define GUEST_GICV3_GICR0_SIZE     xen_mk_ullong(0x01000000)
#define GUEST_VPCI_ECAM_BASE       xen_mk_ullong(0x10000000)
#define GUEST_VPCI_ECAM_SIZE       xen_mk_ullong(0x10000000)
#define GUEST_VIRTIO_MMIO_BASE     xen_mk_ullong(0x02000000)
#define GUEST_VIRTIO_MMIO_SIZE     xen_mk_ullong(0x00100000)
#define GUEST_VIRTIO_MMIO_SPI_FIRST 33
#define GUEST_VIRTIO_MMIO_SPI_LAST  43
#define GUEST_PL011_BASE           xen_mk_ullong(0x22000000)
#define GUEST_PL011_SIZE           xen_mk_ullong(0x00001000)
#define GUEST_VPL011_SPI           32
#define GUEST_VPCI_ADDR_TYPE_MEM   0x02000000
#define GUEST_VPCI_MEM_ADDR        xen_mk_ullong(0x23000000)
#define GUEST_VPCI_MEM_SIZE        xen_mk_ullong(0x10000000)
#define GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM xen_mk_ullong(0x42000000)
#define GUEST_VPCI_PREFETCH_MEM_ADDR xen_mk_ullong(0x0c000000)
#define GUEST_VPCI_PREFETCH_MEM_SIZE xen_mk_ullong(0x01000000)
#define GUEST_GNTTAB_BASE          xen_mk_ullong(0x38000000)
#define GUEST_GNTTAB_SIZE          xen_mk_ullong(0x01000000)
#define GUEST_MAGIC_BASE           xen_mk_ullong(0x39000000)
#define GUEST_MAGIC_SIZE           xen_mk_ullong(0x01000000)
#define GUEST_RAM_BANKS            2
#define GUEST_RAM0_BASE            xen_mk_ullong(0x40000000)
#define GUEST_RAM0_SIZE            xen_mk_ullong(0x80000000)
#define GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)
#define GUEST_RAM1_SIZE            xen_mk_ullong(0x20000000)
#define GUEST_RAM_BASE             GUEST_RAM0_BASE
#define GUEST_RAM_MAX              (GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)
#define GUEST_RAM_BANK_BASES       { GUEST_RAM0_BASE, GUEST_RAM1_BASE }
#define GUEST_RAM_BANK_SIZES       { GUEST_RAM0_SIZE, GUEST_RAM1_SIZE }
#define GUEST_MAX_VCPUS            128

#define GUEST_TIMER_VIRT_PPI       27
#define GUEST_TIMER_PHYS_S_PPI     29
#define GUEST_TIMER_PHYS_NS_PPI    30
#define GUEST_EVTCHN_PPI           31
#define GUEST_FFA_NOTIF_PEND_INTR_ID    8
#define GUEST_FFA_SCHEDULE_RECV_INTR_ID 9
#endif
"""
"""Proved in every configuration: RAM ends at 0xf0000000, below the narrowest width of 32 bits."""

Checker = Callable[..., Report]
RELATIVE = ("capacity", "stable")
"""Properties that compare with the baseline: here the sound header itself, so any change may refute them."""


NO_PATCH = {"model-current": Verdict.NOT_APPLICABLE}
"""A header changes no code of Xen's."""


def verdicts(report: Report) -> dict[str, Verdict]:
    """The worst verdict of each property."""
    found: dict[str, Verdict] = {}
    ranked = [Verdict.REFUTED, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PROVED, Verdict.NOT_APPLICABLE]
    for finding in report.findings:
        worst = found.get(finding.property)
        if worst is None or ranked.index(finding.verdict) < ranked.index(worst):
            found[finding.property] = finding.verdict
    return found


def errors(report: Report) -> list[Finding]:
    """All refutations that make a run fail: no advice."""
    return [
        finding
        for finding in report.findings
        if finding.verdict is Verdict.REFUTED and finding.severity == "error"
    ]


def refuted(report: Report) -> list[Finding]:
    """The errors that the layout has by itself, whatever it is compared with."""
    return [finding for finding in errors(report) if finding.property not in RELATIVE]


def only(report: Report, rule: str, *, besides: tuple[str, ...] = ()) -> Finding:
    """The one refutation there is, of that rule, but for those of the rules named."""
    found = [finding for finding in refuted(report) if finding.property not in besides]
    assert [finding.property for finding in found] == [rule], [finding.message for finding in found]
    return found[0]


def of(report: Report, rule: str) -> list[Finding]:
    """The refutations of one rule."""
    return [
        finding
        for finding in report.findings
        if finding.property == rule and finding.verdict is Verdict.REFUTED
    ]
