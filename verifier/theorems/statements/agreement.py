"""producers-agree: the toolstack and the hypervisor offer the same regions to the same guest.

Both have a producer for the guest layout. What the two are given is the same where memory is the same and what iomem
maps to the one xen,reg maps to the other. The producers for the host layout answer another question and are not compared.
"""

from __future__ import annotations

from dataclasses import replace

from verifier.layout.finding import Cite
from verifier.logic.bits import both
from verifier.logic.word import Truth, equal
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.statements import domu_holes, libxl
from verifier.theorems.violation import Violation, regions, shown
from verifier.theorems.vocabulary.assumptions import LAST, PAGE, SENSIBLE, WIDTH, WINDOWS
from verifier.theorems.vocabulary.iomem import BANK, CUTS, IOMEM, WINDOW
from verifier.theorems.vocabulary.passes import from_set
from verifier.xen import ext_regions, libxl_regions
from verifier.xen.domu_holes import rest as rest_of_guest
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

SAME = Assumption(
    "same-guest",
    "what iomem maps to the guest of xl xen,reg maps to the dom0less one, and there is no static shared memory",
    "whoever moves a guest from the one to the other",
    lambda setting: (
        not setting.shared
        and sorted(setting.xen_reg) == sorted((gfn * PAGE, number * PAGE) for gfn, number in setting.iomem)
    ),
)
EXAMPLE = replace(
    libxl.EXAMPLE,
    iomem=((0xA0000, 0x200),),
    xen_reg=((0xA0000000, 0x200000),),
    windows=domu_holes.EXAMPLE.windows,
)


def _same(one: Span | None, other: Span | None) -> Truth:
    if one is None or other is None:
        return one is other
    return both(equal(one.start, other.start), equal(one.size, other.size))


def _obligations(xen: Xen) -> tuple[Obligation, ...] | None:
    if CUTS.of(xen) != ext_regions.REMOVES_XEN_REG.of(xen):
        return None  # the one leaves out what the other does not look at
    rests = obligation(
        "rests", "The rest of a bank makes the same region, or none, for both.", BANK,
        lambda: (rest_of_guest(LAST, WINDOW.span, WINDOW.used),
                 libxl_regions.region_of(libxl_regions.rest(LAST, WINDOW.span, WINDOW.used))),
        lambda made: Claim(_same(*made)),
    )  # fmt: skip
    if not CUTS.of(xen):
        return (rests,)
    way = from_set(xen)
    piece = way.piece
    assert piece is not None
    first, end = ext_regions.bytes_of(xen, piece)
    parts = obligation(
        "parts", "What is left of a rest makes the same region, or none, for both.", way.assumed,
        lambda: (way.make(), libxl_regions.region_of(Range(first, end))), lambda made: Claim(_same(*made)),
    )  # fmt: skip
    return rests, parts


def _differ(xen: Xen, setting: Setting) -> Violation | None:
    guest, other = regions(domu_holes.outcome(xen, setting)), regions(libxl.outcome(xen, setting))
    if guest == other:
        return None
    mine, theirs = (", ".join(map(shown, each)) or "nothing" for each in (other, guest))
    at = min(region[0] for region in {*guest} ^ {*other})
    return Violation(f"a guest of xl is offered {mine}; the dom0less one {theirs}", (), at)


THEOREMS = (
    Theorem(
        "guest-layout/producers-agree",
        "A guest of xl and a dom0less guest with the same memory and the same addresses mapped to them are offered the "
        "same regions.",
        "The guest's kernel is the same: what it can rely on must not hang on who built the domain.",
        (Cite("tools/libs/light/libxl_arm.c", "finalize_hypervisor_node"),
         Cite("xen/arch/arm/domain_build.c", "find_domU_holes")),
        _obligations, lambda xen: domu_holes.PRODUCER.applies(xen) and libxl.PRODUCER.applies(xen),
        (WIDTH, WINDOWS, SENSIBLE, IOMEM, SAME),
        lambda xen: ("domu-holes/rest", "libxl/parts") if CUTS.of(xen) else ("domu-holes/rest",),
        unbounded="iomem, xen,reg", violation=_differ, examples=(EXAMPLE,),
    ),
)  # fmt: skip
