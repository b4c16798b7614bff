"""The holes of the host's address map: dom0 and direct-mapped domains with IOMMU (find_memory_holes)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.layout.finding import Cite
from verifier.logic.bits import implies, word
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.producer import Pass, Producer, Way
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, stretches
from verifier.theorems.vocabulary.assumptions import GRANT, LAST, SENSIBLE, WIDTH
from verifier.theorems.vocabulary.completeness import complete, fitting
from verifier.theorems.vocabulary.hypervisor import (
    GUESTS_ONLY,
    avoids,
    in_guests,
    overlaps,
    set_theorems,
    shape,
    theorem,
)
from verifier.theorems.vocabulary.passes import X, assigned, from_set, passes_of, span
from verifier.xen import memory_holes
from verifier.xen.ext_regions import numbers_to, xen_reg_loops
from verifier.xen.memory_holes import Described, Inputs
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Xen

_CITES = (
    Cite("xen/arch/arm/domain_build.c", "find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)"),
)
"""Of the producer."""

RAM_DESCRIBED = Assumption(
    "ram-described",
    "each byte of the host's RAM lies in a `reg` entry of the host device tree",
    "memory nodes; with EFI the boot loader's memory map counts, and the tree may have less or none",
    lambda setting: not violation.outside(stretches(setting.ram), "`reg` entry", stretches(setting.reg)),
)
EXAMPLE = Setting(
    reg=((0x80000000, 0x40000000), (0xFF000000, 0x1000), (0x20000000, 0x10000)),
    ranges=((0xC0000000, 0x10000000),),
    ram=((0x80000000, 0x40000000),),
    domain=((0x88000000, 0x10000000),),
    shared=((0xE0000000, 0x1000000),),
    xen_reg=((0x50000000, 0x2000),),
    grant=(0x80200000, 0x40000),
)
"""RAM at 2 GiB, a UART, an MSI frame, a PCI window; static shared memory and a device for the domain."""


def outcome(xen: Xen, setting: Setting) -> Outcome:
    """The integer reading."""
    described = [Described(start, size) for start, size in setting.reg]
    windows = [Described(start, size, pci_window=True) for start, size in setting.ranges]
    return memory_holes.find(
        xen, ipa_bits=setting.ipa_bits, described=[*described, *windows],
        untranslatable=setting.untranslatable,
        shared=[Span(*each) for each in setting.shared], passthrough=[Span(*each) for each in setting.xen_reg],
    )  # fmt: skip


def _passes(xen: Xen) -> Sequence[Pass]:
    reg, window = (
        Described(word(f"{name}_start"), word(f"{name}_size"), name == "window") for name in ("reg", "window")
    )
    inputs = Inputs((reg, window), shared=(span("shared"),))
    loops = memory_holes.loops(xen, numbers_to(xen, LAST), inputs, assigned(xen))
    return passes_of(xen, (*xen_reg_loops(xen, (span("xen_reg"),)), *loops))


def _ways(xen: Xen) -> Sequence[Way]:
    return (from_set(xen),)


PRODUCER = Producer(
    "iommu-holes", "dom0 and direct-mapped domains with IOMMU", _CITES,
    lambda xen: xen.behaviours["extended-regions"].name != "none", _passes, _ways, outcome, (WIDTH,), (EXAMPLE,),
    "reg entries, PCI windows, shared memory, xen,reg", ((2, 2), (2, 1), (1, 2), (1, 1)),
)  # fmt: skip


def _left_out(setting: Setting, outcome: Outcome) -> Violation | None:
    taken = stretches((*setting.reg, *setting.ranges, *setting.shared, *setting.xen_reg))
    return violation.unoffered(outcome, [(0, 1 << setting.ipa_bits)], taken)


def _ram_taken(_xen: Xen) -> tuple[Obligation, ...] | None:
    """A byte of RAM is one of some `reg` entry, so its number is taken away."""
    ram, reg = span("ram"), span("reg")
    described = Assumed(
        RAM_DESCRIBED, implies(rule.has(ram.start, ram.size, X), rule.has(reg.start, reg.size, X))
    )
    return (
        obligation(
            "ram", "A byte of RAM lies in an entry of the tree.", (described,), lambda: None,
            lambda _: Claim(rule.has(reg.start, reg.size, X), rule.has(ram.start, ram.size, X)),
        ),
    )  # fmt: skip


GRANT_IN_RAM = Assumption(
    "grant-region-in-ram",
    "the grant region lies in the host's RAM",
    "dom0's is Xen's text (theorem grant-region/inside-text); that of another direct-mapped domain need not",
    lambda setting: not violation.outside(stretches((setting.grant,)), "RAM bank", stretches(setting.ram)),
)


def _grant_taken(_xen: Xen) -> tuple[Obligation, ...]:
    """A byte of the grant region is one of RAM, and so of some `reg` entry."""
    grant, ram, reg = span("grant"), span("ram"), span("reg")
    inside = Assumed(
        GRANT_IN_RAM, implies(rule.has(grant.start, grant.size, X), rule.has(ram.start, ram.size, X))
    )
    described = Assumed(
        RAM_DESCRIBED, implies(rule.has(ram.start, ram.size, X), rule.has(reg.start, reg.size, X))
    )
    return (
        obligation(
            "grant", "A byte of the grant region lies in an entry of the tree.", (inside, described), lambda: None,
            lambda _: Claim(rule.has(reg.start, reg.size, X), rule.has(grant.start, grant.size, X)),
        ),
    )  # fmt: skip


def _theorems() -> Iterator[Theorem]:
    yield from shape(PRODUCER)
    yield from set_theorems(PRODUCER)
    ram = overlaps("host RAM", "ram")
    grant = overlaps("grant region", "grant")
    for name, over, field in (
        ("one-to-one-holes", "reg", "reg"),
        ("avoids-pci-windows", "PCI windows", "ranges"),
    ):
        yield avoids(PRODUCER, name, over, overlaps(over, field))
    for name, over, field in GUESTS_ONLY:
        yield avoids(PRODUCER, name, over, overlaps(over, field), applies=in_guests(PRODUCER))
    yield theorem(
        PRODUCER, "avoids-host-ram", _ram_taken, ram, assumptions=(SENSIBLE, RAM_DESCRIBED), suffix="-if-described",
        uses=("iommu-holes/one-to-one-holes",),
    )  # fmt: skip
    yield theorem(PRODUCER, "avoids-host-ram", lambda _: None, ram, assumptions=(SENSIBLE,))
    yield theorem(PRODUCER, "avoids-grant-region", lambda _: None, grant, assumptions=(SENSIBLE, GRANT))
    yield theorem(
        PRODUCER, "avoids-grant-region", _grant_taken, grant, assumptions=(SENSIBLE, GRANT, GRANT_IN_RAM, RAM_DESCRIBED),
        suffix="-if-in-ram", uses=("iommu-holes/one-to-one-holes",),
    )  # fmt: skip
    yield complete(PRODUCER, _left_out)
    yield theorem(
        PRODUCER,
        "cap",
        lambda _: None,
        lambda _, outcome: violation.dropped(outcome),
        assumptions=(SENSIBLE,),
    )
    yield theorem(PRODUCER, "registers-fit", lambda xen: fitting(PRODUCER, xen), violation.truncated)


THEOREMS = tuple(_theorems())
