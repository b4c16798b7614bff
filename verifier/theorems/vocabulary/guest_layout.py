"""The guest layout as theorems about its two producers see it, in plain integers: windows, what is used, what is not."""

from __future__ import annotations

from verifier.theorems import violation
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumption
from verifier.theorems.violation import Violation, regions, stretches
from verifier.xen.outcome import Outcome

HEAD_WINDOWS = ((0x40000000, 0xC0000000), (0x200000000, 0xFE00000000))
"""GUEST_RAM0 and GUEST_RAM1 since 4.5.0."""
LAYOUT = Assumption(
    "layout-apart",
    "every other region of the guest layout lies outside the RAM windows",
    "xen/include/public/arch-arm.h: property no-overlap of `verifier check`, whole windows from 4.16 on",
    lambda setting: (
        violation.overlapping([(setting.grant[0], sum(setting.grant))], "", stretches(setting.windows))
        is None
    ),
)


BANKS_IN_ORDER = Assumption(
    "banks-in-order",
    "a guest uses a window only if it uses all of those before it",
    "xen/arch/arm/dom0less-build.c allocate_memory, assign_static_memory: bank 0 is filled first",
    lambda setting: all(
        not used
        or all(
            before == size for before, (_, size) in zip(setting.used[:index], setting.windows, strict=False)
        )
        for index, used in enumerate(setting.used)
    ),
)


def rests_of(setting: Setting) -> list[tuple[int, int]]:
    """The unused parts of the windows inside the address space, `[start, end)`."""
    last = 1 << setting.ipa_bits
    banks = zip(setting.windows, setting.used, strict=True)
    return [(start + used, min(start + size, last)) for (start, size), used in banks if start + used < last]


def used_of(setting: Setting) -> list[tuple[int, int]]:
    """The used parts, `[start, end)`."""
    return [
        (start, start + used) for (start, _), used in zip(setting.windows, setting.used, strict=True) if used
    ]


def in_bank(setting: Setting, made: Outcome) -> Violation | None:
    """A region that is not inside the unused part of one window."""
    return violation.outside(regions(made), "unused part of a RAM window", rests_of(setting))


def on_ram(setting: Setting, made: Outcome) -> Violation | None:
    """A region that has RAM of the guest."""
    return violation.overlapping(regions(made), "RAM of the guest", used_of(setting))
