"""What Xen leaves alone on purpose: PCI windows that wrap, and an empty grant region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from verifier.layout.finding import Cite
from verifier.logic.bits import negate
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.theorems import violation
from verifier.theorems.producer import Pass
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.statements import iommu_holes, unallocated
from verifier.theorems.violation import Violation
from verifier.theorems.vocabulary.assumptions import PAGE, SENSIBLE, TOP_PAGE
from verifier.theorems.vocabulary.passes import span
from verifier.xen.loops import GivesUpError
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Outcome
from verifier.xen.release import Xen
from verifier.xen.unallocated import grant_removed

NO_GRANT = Assumption(
    "empty-grant-region",
    "the grant region has size 0",
    "CONFIG_GRANT_TABLE=n: no frames; the start is Xen's text as ever (find_gnttab_region)",
    lambda setting: setting.grant[1] == 0,
)


def _wraps(start: Word, size: Word) -> Truth:
    """Whether a window does not end below 2^64."""
    return negate(size <= uint64.subtract(uint64.top, start))


def _gives_up(run: Callable[[], object]) -> bool:
    try:
        run()
    except GivesUpError:
        return True
    return False


def _refused(xen: Xen) -> tuple[Obligation, ...]:
    """Of an arbitrary `reg` entry and an arbitrary PCI window."""
    passes = [each for each in iommu_holes.PRODUCER.passes(xen) if each.over in ("reg", "PCI windows")]
    return tuple(_exactly(each) for each in passes)


def _exactly(found: Pass) -> Obligation:
    entry = found.entry
    assert isinstance(entry, Described)
    wraps = _wraps(entry.start, entry.size) if entry.pci_window else False
    return obligation(
        found.name, "Xen gives up if it is a PCI window that wraps, and else goes on.", (),
        lambda: _gives_up(found.touched), lambda gave_up: Claim(wraps if gave_up else negate(wraps)),
    )  # fmt: skip


def _wrongly_refused(xen: Xen, setting: Setting) -> Violation | None:
    found = iommu_holes.outcome(xen, setting)
    if found.fault is not None:
        return None
    gave_up = found.error == "ERANGE"
    wrapping = [each for each in setting.ranges if sum(each) > uint64.top]
    if gave_up == bool(wrapping):
        return None
    if not wrapping:
        return Violation("Xen gives up, and no PCI window wraps")
    start, size = wrapping[0]
    return Violation(f"the PCI window at {start:#x} with {size:#x} bytes wraps, and Xen goes on", (), start)


def _skipped(xen: Xen) -> tuple[Obligation, ...]:
    grant = span("grant")
    return (
        obligation(
            "skipped", "Nothing is taken away for it.",
            (Assumed(NO_GRANT, equal(grant.size, 0)),),
            lambda: grant_removed(xen, grant), lambda left: Claim(not left),
        ),
    )  # fmt: skip


def _grant_counts(xen: Xen, setting: Setting) -> Violation | None:
    """What is offered with an empty grant region is what is offered with none, here one above all RAM (sensible-entries)."""
    found = violation.regions(unallocated.outcome(xen, setting))
    without: Outcome = unallocated.outcome(xen, replace(setting, grant=(TOP_PAGE, PAGE - 1)))
    if found == violation.regions(without):
        return None
    said = ", ".join(map(violation.shown, found)) or "nothing"
    return Violation(
        f"with an empty grant region at {setting.grant[0]:#x} {said} is offered, without it something else"
    )


def _lost_with_one(xen: Xen, setting: Setting) -> Violation | None:
    """What would be offered without the entry that has no translation, and is not."""
    if not setting.untranslatable:
        return None
    left = violation.regions(iommu_holes.outcome(xen, replace(setting, untranslatable=False)))
    if not left or iommu_holes.outcome(xen, setting).regions:
        return None
    return Violation(
        f"with one entry that has no translation nothing is offered; without it {len(left)} "
        f"extended regions, the first {violation.shown(left[0])}",
        (("not offered", left[0]),),
        left[0][0],
    )


THEOREMS = (
    Theorem(
        "iommu-holes/untranslatable-entry",
        "An entry of the host device tree that has no translation to an address of the host costs no hole elsewhere.",
        "One entry outside the `ranges` of its bus takes all extended regions from a direct-mapped guest, which gives up "
        "RAM for each foreign page. With a dom0 Xen does not get so far: dom0 is not built.",
        (Cite("xen/arch/arm/domain_build.c", "find_memory_holes: dt_device_get_address fails, and all is given up"),),
        lambda _: None, iommu_holes.PRODUCER.applies, (SENSIBLE,),
        violation=_lost_with_one,
    ),
    Theorem(
        "iommu-holes/wrapping-windows",
        "Xen gives up on exactly those inputs that have a PCI window which does not end below 2^64, unless it stops before.",
        "A window that wraps has its start above its end: what is taken away then is anything, and a device can lie in a "
        "region.",
        (Cite("xen/arch/arm/domain_build.c", "handle_pci_range (133f6df947)"),),
        _refused, iommu_holes.PRODUCER.applies,
        unbounded="reg entries, PCI windows", violation=_wrongly_refused,
        examples=(iommu_holes.EXAMPLE, replace(iommu_holes.EXAMPLE, ranges=((uint64.top - 0xFFF, 0x1000),))),
    ),
    Theorem(
        "unallocated/empty-grant-region", "An empty grant region takes nothing away.",
        "Without grant tables a debug build stops, and a release build cuts the RAM in two regions that touch.",
        (Cite("xen/arch/arm/domain_build.c", "find_unallocated_memory, find_host_extended_regions "
              "(21ec0c4226, 89dca886ac, c9205a01f7)"),),
        _skipped, unallocated.PRODUCER.applies, (SENSIBLE, NO_GRANT),
        violation=_grant_counts, examples=(replace(unallocated.EXAMPLE, grant=(0x40200000, 0)),),
    ),
)  # fmt: skip
