"""A region of X bytes at the very end of the address space: sound if and only if X is at most a closed form.

The closed form is `verifier.xen.top_of_space.most`. What the guest has is RAM in the windows as toolstacks fill
them, and any number of other regions, of which the closed form knows only the end O of those that begin below 2^b. Induction
over them: O is at least the end of each (`pass`), and it is 0 or the end of one of them (`end-is-met`).
The end of the address space, the windows, the memory and X are arbitrary words, so that the theorems hold for each header.
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.finding import Cite
from verifier.logic.bits import both, choose, either, implies, negate, word
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.vocabulary.assumptions import BLOCK_SHIFT, PAGE, SPACE, WINDOWS, blocks
from verifier.theorems.vocabulary.end_of_space import overlap, too_strict, unsound
from verifier.xen import bank_fill, top_of_space
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.outcome import Span
from verifier.xen.release import Xen
from verifier.xen.subjects import numbers_of

_CITES = (
    Cite("xen/include/public/arch-arm.h", "GUEST_RAM0, GUEST_RAM1: RAM windows of the guest layout"),
    Cite("tools/libs/guest/xg_dom_arm.c", "meminit: banks are filled in order"),
)
_PAGES = {
    name: word(f"{name}_pages") for name in ("other_start", "other_size", "memory", "top_size", "others_end")
}
_OTHER_START, _OTHER_SIZE, MEMORY, SIZE, OTHERS = (
    uint64.shift_left(each, PAGE_SHIFT) for each in _PAGES.values()
)
OTHER = Span(_OTHER_START, _OTHER_SIZE)
_RAM = tuple(blocks(name) for name in ("ram0", "ram1"))
_WINDOWS = _FIRST, _SECOND = tuple(each.span for each in _RAM)
LIMIT, X = uint64.shift_left(SPACE, BLOCK_SHIFT), word("x")
_MOST = 1 << 52

SPACE_ABOVE = Assumption(
    "space",
    "the address space ends at 2^b, above the start of the first RAM window; 2^b is at most 2^52",
    "xen/arch/arm/p2m.c setup_virt_paging: 32 bits or more, and GUEST_RAM0 begins below 2^32",
    lambda setting: bool(setting.windows) and setting.windows[0][0] < 1 << setting.ipa_bits <= _MOST,
)
MEMORY_FITS = Assumption(
    "memory-fits",
    "the guest has whole pages of memory, one or more, and no more than its two RAM windows hold; the first window ends "
    "below the second",
    "toolstacks: 0 and more than GUEST_RAM_MAX are refused",
    lambda setting: (
        len(setting.windows) == 2
        and not setting.amount % PAGE
        and 0 < setting.amount <= sum(size for _, size in setting.windows)
    ),
)
OTHERS_FIT = Assumption(
    "others-fit",
    "other regions of the layout are whole pages, not empty, and end below 2^52",
    "xen/include/public/arch-arm.h: properties well-formed and aligned of `verifier check`",
    lambda setting: all(
        size and start + size < _MOST and not start % PAGE and not size % PAGE
        for start, size in setting.reserved
    ),
)
SOME_PAGES = Assumption(
    "some-pages", "the region is whole pages, one or more, and not larger than the address space", "who places it",
    lambda setting: not setting.top % PAGE and 0 < setting.top <= 1 << setting.ipa_bits,
)  # fmt: skip
WIDE = Assumption(
    "above-all",
    "both RAM windows, used or not, and all other regions end at or below the start of the region at the end",
    "with the windows since 4.5.0: from 42 bits on, for up to 3 TiB",
    lambda setting: all(
        sum(each) <= (1 << setting.ipa_bits) - setting.top for each in (*setting.windows, *setting.reserved)
    ),
)
WINDOWS_NOW = ((0x40000000, 0xC0000000), (0x200000000, 0xFE00000000))
EXAMPLE = Setting(
    ipa_bits=42, windows=WINDOWS_NOW, used=(0, 0), amount=0x100000000, top=0x40000000,
    reserved=((0x38000000, 0x1000000), (0x100000000, 0x100000000)),
)  # fmt: skip
"""4 GiB of RAM, the grant region and the prefetchable PCI window; 1 GiB below 4 TiB."""


def _few(*names: str) -> Truth:
    """That numbers of pages are of bytes below 2^53."""
    return both(*(_PAGES[name] < _MOST << 1 >> PAGE_SHIFT for name in names))


_SPACE_GIVEN = Assumed(SPACE_ABOVE, both(0 < SPACE, SPACE <= _MOST >> BLOCK_SHIFT))
_SIZE_GIVEN = Assumed(SOME_PAGES, both(_few("top_size"), 0 < SIZE, SIZE <= LIMIT))
_IN_SPACE = Assumed("`x` is an address.", X < LIMIT)
_GIVEN = (
    _SPACE_GIVEN, Assumed(SPACE_ABOVE, _FIRST.start < LIMIT),
    *(Assumed(WINDOWS, each.bounded) for each in _RAM),
    Assumed(MEMORY_FITS, both(
        _few("memory"), uint64.add(_FIRST.start, _FIRST.size) < _SECOND.start,
        0 < MEMORY, MEMORY <= uint64.add(_FIRST.size, _SECOND.size))),
)  # fmt: skip
_ASSUMED = (*_GIVEN, _SIZE_GIVEN)
_FITS = Assumed(OTHERS_FIT, both(_few("other_start", "other_size"), 0 < OTHER.size,
                                 uint64.add(OTHER.start, OTHER.size) < _MOST))  # fmt: skip
_END = uint64.add(OTHER.start, OTHER.size)
_BOUND = Assumed("Ends of regions are below 2^52.", both(_few("others_end"), OTHERS < _MOST))
_PASSED = Assumed("By `pass` O is not below the end of a region that begins below 2^b.",
                  implies(OTHER.start < LIMIT, _END <= OTHERS))  # fmt: skip
_MET = Assumed("By `end-is-met` O is 0, or `other` is a region that ends there.",
               either(equal(OTHERS, 0), both(OTHER.start < LIMIT, equal(_END, OTHERS))))  # fmt: skip


def _at_the_end(address: Word) -> Truth:
    return rule.has(uint64.subtract(LIMIT, SIZE), SIZE, address)


def _in_ram(banks: tuple[Span, ...], address: Word) -> Truth:
    return either(*(rule.has(bank.start, bank.size, address) for bank in banks))


def _passed() -> Obligation:
    return obligation(
        "pass", "A pass makes O no less, and not less than the end of its region, if that begins below 2^b.",
        (_FITS, _BOUND), lambda: top_of_space.highest(LIMIT, OTHERS, OTHER),
        lambda top: Claim(both(OTHERS <= top, top < _MOST, implies(OTHER.start < LIMIT, _END <= top))),
    )  # fmt: skip


def _met() -> Obligation:
    return obligation(
        "end-is-met", "A pass leaves O as it is, or makes it the end of its region, which begins below 2^b.",
        (_FITS, _BOUND), lambda: top_of_space.highest(LIMIT, OTHERS, OTHER),
        lambda top: Claim(either(equal(top, OTHERS), both(OTHER.start < LIMIT, equal(top, _END)))),
    )  # fmt: skip


RAM_END = word("ram_end")
_LOW = Assumed("The end of RAM is below 2^53 (`ram-end`).", RAM_END < _MOST << 1)


def _ram_end() -> Obligation:
    return obligation(
        "ram-end", "Every byte of RAM below 2^b is below R, which is below 2^53.", (*_GIVEN, _IN_SPACE),
        lambda: (top_of_space.ram_end(LIMIT, _WINDOWS, MEMORY), bank_fill.filled(_WINDOWS, MEMORY)),
        lambda found: Claim(both(found[0] < _MOST << 1, implies(_in_ram(found[1], X), X < found[0]))),
    )  # fmt: skip


def _ram_end_is_met() -> Obligation:
    return obligation(
        "ram-end-is-met", "The last byte below both R and 2^b is one of RAM.", _GIVEN,
        lambda: (top_of_space.ram_end(LIMIT, _WINDOWS, MEMORY), bank_fill.filled(_WINDOWS, MEMORY)),
        lambda found: Claim(_in_ram(found[1], uint64.subtract(smaller_of(found[0], LIMIT), 1))),
    )  # fmt: skip


def smaller_of(one: Word, other: Word) -> Word:
    """The smaller of two words, without a branch."""
    return choose(one <= other, one, other)


def _composed() -> Obligation:
    return obligation(
        "composed", "The closed form is the room above the end of RAM and O.", (*_GIVEN, _BOUND),
        lambda: (top_of_space.most(LIMIT, _WINDOWS, MEMORY, OTHERS),
                 top_of_space.room(LIMIT, top_of_space.ram_end(LIMIT, _WINDOWS, MEMORY), OTHERS)),
        lambda found: Claim(equal(*found)),
    )  # fmt: skip


def _sound_if(_xen: Xen) -> tuple[Obligation, ...]:
    here = Assumed("`x` is a byte of the region at the end.", _at_the_end(X))
    above = both(RAM_END <= X, OTHERS <= X, X < LIMIT)
    return (
        _composed(),
        _passed(),
        _others(),
        _ram_end(),
        obligation(
            "room", "If X is at most the closed form, the region begins at or above R and O.",
            (_SPACE_GIVEN, _SIZE_GIVEN, _BOUND, _LOW, here), lambda: top_of_space.room(LIMIT, RAM_END, OTHERS),
            lambda room: Claim(above, SIZE <= room),
        ),
    )  # fmt: skip


def _only_if(_xen: Xen) -> tuple[Obligation, ...]:
    return (
        _composed(),
        _met(),
        _others_met(),
        _ram_end_is_met(),
        obligation(
            "room", "If X is more, the last byte below 2^b and below R, or below O, is one of the region.",
            (_SPACE_GIVEN, _SIZE_GIVEN, _BOUND, _LOW, Assumed("R is not 0 (`ram-end-is-met`).", 0 < RAM_END)),
            lambda: top_of_space.room(LIMIT, RAM_END, OTHERS),
            lambda room: Claim(either(*map(_last_below, (RAM_END, OTHERS))), negate(SIZE <= room)),
        ),
    )  # fmt: skip


def _others() -> Obligation:
    above = Assumed("`x` lies below 2^b, and at or above O (`room`).", both(X < LIMIT, OTHERS <= X))
    return obligation(
        "others", "A byte at or above O is none of another region.", (_SPACE_GIVEN, _FITS, _BOUND, _PASSED, above),
        lambda: None, lambda _: Claim(negate(rule.has(OTHER.start, OTHER.size, X))),
    )  # fmt: skip


def _others_met() -> Obligation:
    return obligation(
        "others-met", "The last byte below both O and 2^b is one of `other`, unless O is 0.",
        (_SPACE_GIVEN, _FITS, _BOUND, _MET), lambda: uint64.subtract(smaller_of(OTHERS, LIMIT), 1),
        lambda last: Claim(rule.has(OTHER.start, OTHER.size, last), 0 < OTHERS),
    )  # fmt: skip


def _last_below(end: Word) -> Truth:
    last = uint64.subtract(smaller_of(end, LIMIT), 1)
    return both(0 < end, _at_the_end(last))


def _always(*more: Assumed) -> tuple[Obligation, ...]:
    here = Assumed("`x` is a byte of the region at the end.", _at_the_end(X))
    return (
        obligation(
            "ram", "No byte of the region is one of RAM.", (*_ASSUMED, here, *more),
            lambda: bank_fill.filled(_WINDOWS, MEMORY), lambda banks: Claim(negate(_in_ram(banks, X))),
        ),
        obligation(
            "others", "Nor is one of another region.", (*_ASSUMED, _FITS, here, *more),
            lambda: None, lambda _: Claim(negate(rule.has(OTHER.start, OTHER.size, X))),
        ),
    )  # fmt: skip


def _wide() -> Assumed:
    start = uint64.subtract(LIMIT, SIZE)
    ends = (uint64.add(each.start, each.size) <= start for each in (*_WINDOWS, OTHER))
    return Assumed(WIDE, both(*ends))


def _applies(xen: Xen) -> bool:
    """Whether the guest layout has two RAM windows."""
    return "GUEST_RAM1_BASE" in numbers_of(xen.tag)


def _theorems() -> Iterator[Theorem]:
    what = "A region of X bytes at the end of the address space"
    form = (
        "X <= 2^b - max(O, R), where O is the end of the other regions that begin below 2^b, R that of RAM: "
        "r1 + memory - s0 if the second window is used and begins below 2^b, else r0 + min(memory, s0)"
    )
    common = (SPACE_ABOVE, WINDOWS, MEMORY_FITS, SOME_PAGES, OTHERS_FIT)
    many = "regions of the layout"
    now = (
        "With the windows since 4.5.0: at 32 bits X <= 3 GiB - memory, RAM0 being in the way, and none from 3 GiB on; with "
        "more than 3 GiB RAM1 is in the way: at 36 bits X <= 59 GiB - memory, at 40 bits X <= 1019 GiB - memory."
    )
    yield Theorem(
        "top-of-space/sound-if", f"{what} shares no byte with what the guest has if {form}.", now, _CITES,
        _sound_if, _applies, common, unbounded=many, violation=unsound, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "top-of-space/only-if", f"{what} shares a byte with what the guest has unless {form}.", now, _CITES,
        _only_if, _applies, common, unbounded=many, violation=too_strict, examples=(EXAMPLE,),
    )  # fmt: skip
    why = (
        "A place that is a function of the width alone: it must be free for each memory size, or a guest that was given "
        "more RAM has foreign pages mapped over it."
    )
    free = f"{what} shares no byte with what the guest has, whatever its memory"
    yield Theorem(
        "top-of-space/any-memory", f"{free}.", why, _CITES, lambda _: _always(), _applies, common,
        unbounded=many, violation=overlap, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "top-of-space/any-memory-if-above-all", f"{free}, if all windows end below it.", why, _CITES,
        lambda _: _always(_wide()), _applies, (*common, WIDE),
        unbounded=many, violation=overlap, examples=(EXAMPLE,),
    )  # fmt: skip


THEOREMS = tuple(_theorems())
