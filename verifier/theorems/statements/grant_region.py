"""Dom0's grant region, `reg[0]` of its hypervisor node: inside Xen's text, below 4 GiB, and whether it holds all frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from verifier.layout.finding import Cite
from verifier.layout.units import size as sized
from verifier.logic.bits import both, implies, word
from verifier.logic.word import Truth, Word, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, overlapping, shown, stretches
from verifier.theorems.vocabulary.assumptions import PAGE, TOP_PAGE, bounded
from verifier.xen import grant_region
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.grant_region import Host
from verifier.xen.outcome import FaultError, Span
from verifier.xen.release import Xen

_FOUR_GIB = 4 << 30
_CITES = (
    Cite("xen/arch/arm/domain_build.c", "find_gnttab_region (7e02c88160), gnttab_dom0_frames (18b1be5e32)"),
    Cite("xen/arch/arm/platform.c", "platform_dom0_gnttab (b490724477), before 7e02c88160"),
)
_BINDING = Cite("docs/misc/arm/device-tree/guest.txt", "region 0 of reg: the grant table is mapped there")

TEXT = Assumption(
    "xens-text",
    "Xen's text begins at a page and ends at least one page below 2^64; it has a byte",
    "xen/arch/arm/xen.lds.S: _stext is page aligned; Xen is in RAM",
    lambda setting: setting.text[0] % PAGE == 0 < setting.text[1] and sum(setting.text) <= TOP_PAGE,
)
FRAMES = Assumption(
    "frames",
    "gnttab_max_frames is at least 1 and below 2^32",
    "xen/common/grant_table.c: an unsigned int; grant_table_init refuses 0",
    lambda setting: 0 < setting.frames < 1 << 32,
)
LARGE = Assumption(
    "text-is-large",
    "Xen's text has at least as many whole pages as there are grant frames",
    "whoever raises gnttab_max_frames: builds of 4.16 to head have some 140 pages of text, the default is 64 frames",
    lambda setting: setting.text[1] // PAGE >= setting.frames,
)
APART = Assumption(
    "text-not-in-heap",
    "dom0's RAM has no byte of Xen's text",
    "dom0's RAM comes from the heap, which Xen's image is kept out of (next_module, setup_mm)",
    lambda setting: not overlapping(stretches(setting.domain), "text", stretches((setting.text,))),
)
EXAMPLE = Setting(text=(0x40200000, 0x8E000), frames=64, domain=((0x48000000, 0x8000000),))
"""A build of head on QEMU's virt board."""

_TEXT, _FRAMES, X = Span(word("text_start"), word("text_size")), word("frames"), word("x")
_ASSUMED = (
    Assumed(TEXT, both(bounded(_TEXT), rule.multiple(_TEXT.start, PAGE))),
    Assumed(FRAMES, both(0 < _FRAMES, _FRAMES < 1 << 32)),
)


def _built(xen: Xen, arch: str) -> Span | None:
    """The region of the domain; None where Xen stops, for there is no domain then."""
    try:
        return grant_region.find(xen, Host(_TEXT, _FRAMES, arch))
    except FaultError:
        return None


def _claimed(claim: Callable[[Span], Claim], found: Span | None) -> Claim:
    return Claim(True, False) if found is None else claim(found)


def _of_each(says: str, claim: Callable[[Span], Claim], *more: Assumed, arches: Sequence[str] = ("arm64", "arm32")
             ) -> Callable[[Xen], tuple[Obligation, ...]]:  # fmt: skip
    return lambda xen: tuple(
        obligation(arch, says, (*_ASSUMED, *more), partial(_built, xen, arch), partial(_claimed, claim))
        for arch in arches
    )


def _inside(found: Span) -> Claim:
    return Claim(rule.has(_TEXT.start, _TEXT.size, X), rule.has(found.start, found.size, X))


def _pages(found: Span) -> Claim:
    return Claim(
        both(
            rule.multiple(found.start, PAGE),
            rule.multiple(found.size, PAGE),
            found.start <= uint64.add(found.start, found.size),
            implies(PAGE <= _TEXT.size, 0 < found.size),
        )
    )


def _enough(found: Span) -> Claim:
    return Claim(uint64.shift_left(_FRAMES, PAGE_SHIFT) <= found.size)


def _low(found: Span) -> Claim:
    return Claim(uint64.add(found.start, found.size) <= _FOUR_GIB)


def _off(bank: Span) -> Callable[[Span], Claim]:
    return lambda found: Claim(_neither(bank, X), rule.has(found.start, found.size, X))


def _neither(bank: Span, address: Word) -> Truth:
    return implies(rule.has(bank.start, bank.size, address), False)


def _avoids_ram(xen: Xen) -> tuple[Obligation, ...]:
    bank = Span(word("bank_start"), word("bank_size"))
    apart = implies(rule.has(bank.start, bank.size, X), implies(rule.has(_TEXT.start, _TEXT.size, X), False))
    found = _of_each("No byte of the region is in a bank of dom0.", _off(bank), Assumed(APART, apart))
    return found(xen)


def _region(xen: Xen, setting: Setting, arch: str) -> Pair | None:
    """As `[start, end)` in plain integers."""
    try:
        found = grant_region.find(xen, Host(Span(*setting.text), setting.frames, arch))
    except FaultError:
        return None
    assert isinstance(found.start, int)
    assert isinstance(found.size, int)
    return found.start, found.start + found.size


Looks = Callable[[Setting, Pair], Violation | None]


def _violation(looks: Looks, arch: str = "arm64") -> Callable[[Xen, Setting], Violation | None]:
    def broken(xen: Xen, setting: Setting) -> Violation | None:
        region = _region(xen, setting, arch)
        return None if region is None else looks(setting, region)

    return broken


def _named(region: Pair, message: str) -> Violation:
    return Violation(f"grant region {shown(region)} {message}", (("grant region", region),), region[0])


def _outside(setting: Setting, region: Pair) -> Violation | None:
    start, end = stretches((setting.text,))[0]
    inside = start <= region[0] and region[1] <= end
    return None if inside else _named(region, f"is not inside Xen's text {shown((start, end))}")


def _partial(_setting: Setting, region: Pair) -> Violation | None:
    whole = region[0] % PAGE == 0 and region[1] % PAGE == 0 and region[0] <= region[1] < 1 << 64
    return None if whole else _named(region, "is no whole pages")


def _too_few(setting: Setting, region: Pair) -> Violation | None:
    pages = (region[1] - region[0]) // PAGE
    if pages >= setting.frames:
        return None
    missing = sized((setting.frames - pages) * PAGE)
    return _named(region, f"has {pages} pages for {setting.frames} grant frames: {missing} are missing")


def _high(_setting: Setting, region: Pair) -> Violation | None:
    return None if region[1] <= _FOUR_GIB else _named(region, "ends above 4 GiB")


def _in_ram(setting: Setting, region: Pair) -> Violation | None:
    for bank in stretches(setting.domain):
        if max(region[0], bank[0]) < min(region[1], bank[1]):
            return _named(region, f"overlaps dom0's RAM {shown(bank)}")
    return None


def _from_text(xen: Xen) -> bool:
    return xen.behaviours["dom0-grant-region"].name != "platform"


def _theorems() -> Iterator[Theorem]:
    common = (TEXT, FRAMES)
    yield Theorem(
        "grant-region/inside-text", "Dom0's grant region lies inside Xen's text.",
        "Xen's own pages are never given to dom0, so nothing of dom0 is there. A constant may be dom0's RAM or a device.",
        (*_CITES, _BINDING), _of_each("Each byte of the region is one of Xen's text.", _inside), lambda _: True,
        common, violation=_violation(_outside), examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "grant-region/avoids-domain-ram", "Dom0's grant region has no address of dom0's RAM.",
        "Linux refuses to map RAM as the grant table, and a grant frame there hides the page of RAM.",
        (*_CITES, Cite("37f29b0cb2", "the constant of vexpress was in dom0's RAM")), _avoids_ram, lambda _: True,
        (*common, APART), unbounded="RAM banks of dom0", violation=_violation(_in_ram), examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "grant-region/whole-pages",
        "Dom0's grant region is whole pages and does not wrap; it has one if Xen's text has.",
        "The guest maps a frame a page: part of a page is lost, and an empty region has nothing to map.",
        _CITES, _of_each("Both ends are multiples of a page, the size is not 0 and the end does not wrap.", _pages),
        lambda _: True, common, violation=_violation(_partial), examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "grant-region/enough-frames", "Dom0's grant region has a page for each of gnttab_max_frames grant frames.",
        "Since 18b1be5e32 dom0's own limit is the lesser number too, so it gets fewer grants than the administrator "
        "asked for, and is not told. Before, Xen stopped. The text of a build of head has 142 pages: too few for 1024.",
        (*_CITES, _BINDING), _of_each("The size is that of all frames, or more.", _enough), lambda _: True,
        common, violation=_violation(_too_few), examples=(EXAMPLE,),
    )  # fmt: skip
    large = Assumed(LARGE, _FRAMES <= uint64.shift_right(_TEXT.size, PAGE_SHIFT))
    yield Theorem(
        "grant-region/enough-frames-if-text-is-large",
        "Dom0's grant region has a page for each of gnttab_max_frames grant frames, if Xen's text has as many.",
        "The side condition of the design: Xen's text is taken to be larger than any grant table.",
        (*_CITES, _BINDING), _of_each("The size is that of all frames, or more.", _enough, large), lambda _: True,
        (*common, LARGE), violation=_violation(_too_few), examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "grant-region/below-4g", "On arm32 dom0's grant region ends at or below 4 GiB.",
        "A dom0 with short descriptors maps only addresses below 4 GiB.",
        _CITES, _of_each("The end is not above 4 GiB.", _low, arches=("arm32",)), _from_text,
        common, violation=_violation(_high, "arm32"), examples=(EXAMPLE,),
    )  # fmt: skip


THEOREMS = tuple(_theorems())
