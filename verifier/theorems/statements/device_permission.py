"""Devices of the host that dom0 gets: the pages that it may manage, and those that are mapped to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import both, negate, word
from verifier.logic.word import Truth, Word, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, shown
from verifier.theorems.vocabulary.assumptions import PAGE, SENSIBLE, sensible
from verifier.xen import device_pages
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

_CITES = (
    Cite(
        "xen/arch/arm/device.c",
        "map_range_to_domain (33233c2758, 88c10b0d6e, 9568ceb287), before in domain_build.c",
    ),
)
_RANGESET = Cite(
    "xen/common/rangeset.c", "ASSERT(s <= e) of rangeset_add_range, called by iomem_permit_access"
)
_WHY = "A page too many is one that another device, or nothing, has: dom0 may map it, or give it to a guest."
_STOPS = (
    "A debug build of Xen stops; in a release build a range may come out of the set, or Xen follows NULL."
)

WHOLE_PAGE = Assumption(
    "starts-with-a-page",
    "every `reg` entry begins at a multiple of a page",
    "who writes the device tree; Xen does not check it of the hardware domain's devices",
    lambda setting: all(start % PAGE == 0 for start, _ in setting.reg),
)
EXAMPLE = Setting(reg=((0x10000000, 0x2000),))
"""Two pages."""

DEVICE, N = Span(word("reg_start"), word("reg_size")), word("number")
_MOST_FRAMES = 1 << 64 - PAGE_SHIFT
_FRAME = Assumed("`number` is a page frame.", N < _MOST_FRAMES - 1)


def touched(device: Span, number: Word) -> Truth:
    """Whether a page has a byte of a device."""
    first = uint64.shift_left(number, PAGE_SHIFT)
    return both(negate(rule.apart(device.start, device.size, first, PAGE)), 0 < device.size)


def _holds(frames: Range) -> Truth:
    return both(frames.start <= N, N <= frames.end)


def _match(frames: Range) -> Claim:
    return _same(_holds(frames), touched(DEVICE, N))


def _matching(xen: Xen) -> tuple[Obligation, ...]:
    return (
        obligation(
            "frames", "A frame is permitted if and only if its page has a byte of the device.",
            (sensible(DEVICE), _FRAME), partial(device_pages.permitted, xen, DEVICE), _match,
        ),
    )  # fmt: skip


def _covering(xen: Xen) -> tuple[Obligation, ...]:
    return (
        obligation(
            "frames", "The frame of each page that has a byte of the device is permitted.",
            (sensible(DEVICE), _FRAME), partial(device_pages.permitted, xen, DEVICE),
            lambda frames: Claim(_holds(frames), touched(DEVICE, N)),
        ),
    )  # fmt: skip


def _ordered(xen: Xen, *assumed: Assumed) -> tuple[Obligation, ...]:
    return (
        obligation(
            "frames", "The range has its start not above its end.",
            assumed, partial(device_pages.permitted, xen, DEVICE),
            lambda frames: Claim(frames.start <= frames.end),
        ),
    )  # fmt: skip


def _mapping(*more: Assumed) -> tuple[Obligation, ...]:
    first = uint64.shift_left(N, PAGE_SHIFT)
    return (
        obligation(
            "pages", "Each page that has a byte of the device is mapped, and no other.",
            (sensible(DEVICE), _FRAME, *more), partial(device_pages.mapped, DEVICE),
            lambda pages: _same(rule.has(pages.start, pages.size, first), touched(DEVICE, N)),
        ),
    )  # fmt: skip


def _same(left: Truth, right: Truth) -> Claim:
    return Claim(both(negate(both(left, negate(right))), negate(both(right, negate(left)))))


def _frames(device: Pair) -> tuple[int, int]:
    """First frame that has a byte of a device and the one after the last; equal for a device without bytes."""
    start, size = device
    return start // PAGE, (start + size + PAGE - 1) // PAGE if size else start // PAGE


def _asked(xen: Xen, setting: Setting) -> Iterable[tuple[Pair, int, int]]:
    """Each device with the first and the last frame, inclusive, that are permitted."""
    for device in setting.reg:
        frames = device_pages.permitted(xen, Span(*device))
        assert isinstance(frames.start, int)
        assert isinstance(frames.end, int)
        yield device, frames.start, frames.end


def _told(device: Pair, message: str) -> Violation:
    region = device[0], sum(device)
    return Violation(f"device {shown(region)} {message}", (("`reg` entry", region),), region[0])


def _wrongly_permitted(xen: Xen, setting: Setting) -> Violation | None:
    for device, first, last in _asked(xen, setting):
        expected = _frames(device)
        if (first, last + 1) != expected:
            return _told(
                device,
                f"has page frames {expected[0]:#x} to {expected[1] - 1:#x}, and {first:#x} to {last:#x} are permitted",
            )
    return None


def _not_permitted(xen: Xen, setting: Setting) -> Violation | None:
    for device, first, last in _asked(xen, setting):
        low, end = _frames(device)
        if low < end and not (first <= low and end - 1 <= last):
            return _told(
                device, f"has page frames {low:#x} to {end - 1:#x}, and {first:#x} to {last:#x} are permitted"
            )
    return None


def _disordered(xen: Xen, setting: Setting) -> Violation | None:
    for device, first, last in _asked(xen, setting):
        if first > last:
            return _told(
                device, f"asks rangeset_add_range for {first:#x} to {last:#x}: its start is above its end"
            )
    return None


def _wrongly_mapped(_xen: Xen, setting: Setting) -> Violation | None:
    for device in setting.reg:
        pages = device_pages.mapped(Span(*device))
        assert isinstance(pages.start, int)
        assert isinstance(pages.size, int)
        first, end = pages.start // PAGE, (pages.start + pages.size) // PAGE
        low, high = _frames(device)
        if (first, end) != (low, high):
            return _told(
                device,
                f"has page frames {low:#x} to {high - 1:#x}, and {first:#x} to {end - 1:#x} are mapped",
            )
    return None


def _applies(xen: Xen) -> bool:
    return "device-permission" in xen.behaviours


def _theorems() -> Iterator[Theorem]:
    every = "`reg` entries"
    yield Theorem(
        "device-permission/permissions-match",
        "The page frames that dom0 may manage for a device are those of the pages that have a byte of it.",
        _WHY, _CITES, _matching, _applies, (SENSIBLE,), unbounded=every,
        violation=_wrongly_permitted, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "device-permission/pages-permitted",
        "Dom0 may manage each page that has a byte of a device.",
        "Without permission dom0 cannot pass the device on: XEN_DOMCTL_memory_mapping fails.",
        _CITES, _covering, _applies, (SENSIBLE,), unbounded=every,
        violation=_not_permitted, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "device-permission/preconditions",
        "Permissions are asked for by ranges whose start is not above their end.",
        _STOPS,
        (*_CITES, _RANGESET), _ordered, _applies, (), unbounded=every,
        violation=_disordered, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "device-permission/preconditions-if-sensible",
        "Permissions are asked for by ranges whose start is not above their end, if sensible-entries.",
        _STOPS,
        (*_CITES, _RANGESET), lambda xen: _ordered(xen, sensible(DEVICE)), _applies, (SENSIBLE,), unbounded=every,
        violation=_disordered, examples=(EXAMPLE,),
    )  # fmt: skip
    mapped = "The pages that are mapped to dom0 for a device are those that have a byte of it"
    why = (
        "Xen maps as many pages as the size has, from the page of the address on: a device that begins inside a page and "
        "ends in one page more has its last page missing, and dom0's driver faults there: the codec of Allwinner's A64 "
        "(0x1c22e00, 0x600), HDMI of the Raspberry Pi 4 (0xfef01f00, 0x400). So since 88c10b0d6e."
    )
    yield Theorem(
        "device-permission/pages-mapped", f"{mapped}.", why, _CITES, lambda _: _mapping(), _applies, (SENSIBLE,),
        unbounded=every, violation=_wrongly_mapped, examples=(EXAMPLE,),
    )  # fmt: skip
    aligned = Assumed(WHOLE_PAGE, rule.multiple(DEVICE.start, PAGE))
    yield Theorem(
        "device-permission/pages-mapped-if-starts-with-a-page", f"{mapped}, if it begins with a page.", why, _CITES,
        lambda _: _mapping(aligned), _applies, (SENSIBLE, WHOLE_PAGE),
        unbounded=every, violation=_wrongly_mapped, examples=(EXAMPLE,),
    )  # fmt: skip


THEOREMS = tuple(_theorems())
