"""Reach of page tables: each address of a guest has its own entry in the P2M, and none beyond has.

How far page tables of guests reach is no theorem here: `verifier.logic.reach` derives it from the descriptors bit
by bit each time it is asked, and rests on no closed form. That two widths have one reach, 2^39 or 2^48, and so more than
their addresses, is what property within-ipa of `verifier check` is there for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, Word, equal, holds
from verifier.reading import models
from verifier.rules import extended_regions as rule
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation
from verifier.xen import p2m_root
from verifier.xen.outcome import Span
from verifier.xen.p2m_root import ROOTS, Root
from verifier.xen.release import Xen

_CITES = (
    Cite("xen/arch/arm/p2m.c", "setup_virt_paging, p2m_get_root_pointer (88aaf40eef: XSA-301)"),
    Cite("Arm ARM DDI 0487", "D8.2, concatenated translation tables of stage 2"),
)
WIDTH = Assumption(
    "xen-width",
    "the width is one that some release of Xen can set up: 32, 36, 40, 42, 44 or 48 bits",
    "xen/arch/arm/p2m.c setup_virt_paging: any other is a panic",
    lambda setting: setting.ipa_bits in ROOTS,
)
IN_SPACE = Assumption(
    "in-the-space",
    "what is mapped lies below 2^b",
    "property within-ipa of `verifier check`; theorem within-ipa of each producer",
    lambda setting: all(size and start + size <= 1 << setting.ipa_bits for start, size in setting.xen_reg),
)
EXAMPLE = Setting(ipa_bits=40, xen_reg=((0xFFFFFFF000, 0x1000),))
"""The last page of 40 bits."""

X, REGION = word("x"), Span(word("region_start"), word("region_size"))


def _each(name: str, says: str, claim: Callable[[Xen, int, Root], Claim], *more: Assumed
          ) -> Callable[[Xen], tuple[Obligation, ...]]:  # fmt: skip
    return lambda xen: tuple(
        obligation(
            f"{name}-{bits}", f"{says} ({bits} bits)", more, lambda: None, _late(claim, xen, bits, root)
        )
        for bits, root in ROOTS.items()
    )


def _late(
    claim: Callable[[Xen, int, Root], Claim], xen: Xen, bits: int, root: Root
) -> Callable[[None], Claim]:
    return lambda _: claim(xen, bits, root)


def _reached(xen: Xen, bits: int, root: Root) -> Claim:
    return Claim(p2m_root.takes(xen, root, X), X < 1 << bits)


def _exact(xen: Xen, bits: int, root: Root) -> Claim:
    return Claim(_same(p2m_root.takes(xen, root, X), X < reaches()[bits]))


def _own(xen: Xen, _bits: int, root: Root) -> Claim:
    return Claim(equal(p2m_root.entry_of(root, X), X), p2m_root.takes(xen, root, X))


def _mappable(xen: Xen, bits: int, root: Root) -> Claim:
    there = both(p2m_root.takes(xen, root, X), equal(p2m_root.entry_of(root, X), X))
    inside = rule.within(REGION.start, REGION.size, (1 << bits) - 1)
    return Claim(there, both(inside, rule.has(REGION.start, REGION.size, X)))


def _same(one: Truth, other: Truth) -> Truth:
    return both(either(negate(one), other), either(one, negate(other)))


@cache
def reaches() -> dict[int, int]:
    """The reach of each width in `models/xen.toml`, which no release and no architecture has otherwise."""
    found: dict[int, int] = {}
    for model in models.releases():
        for tag, arch in ((tag, arch) for tag in model.tags for arch in ("arm64", "arm32")):
            for width in models.widths(tag, arch):
                if found.setdefault(width.bits, width.reach) != width.reach:
                    raise ValueError(f"two reaches of {width.bits} bits")
    return found


def _mapped(setting: Setting) -> Iterator[int]:
    """First and last byte of each region that is mapped."""
    for start, size in setting.xen_reg:
        if size:
            yield start
            yield start + size - 1


def _taken(xen: Xen, setting: Setting, address: int) -> bool:
    return holds(p2m_root.takes(xen, ROOTS[setting.ipa_bits], address))


def _not_taken(xen: Xen, setting: Setting) -> Violation | None:
    for address in _mapped(setting):
        if address >> setting.ipa_bits == 0 and not _taken(xen, setting, address):
            return Violation(f"{address:#x} is below 2^{setting.ipa_bits}, and no table is found for it")
    return None


def _beyond(xen: Xen, setting: Setting) -> Violation | None:
    for address in _mapped(setting):
        if _taken(xen, setting, address) != (address < reaches()[setting.ipa_bits]):
            does = "is" if _taken(xen, setting, address) else "is not"
            return Violation(
                f"{address:#x} {does} taken, and the tables of {setting.ipa_bits} bits reach up to "
                f"{reaches()[setting.ipa_bits]:#x}"
            )
    return None


def _aliased(xen: Xen, setting: Setting) -> Violation | None:
    root = ROOTS[setting.ipa_bits]
    for address in _mapped(setting):
        entry: Word = p2m_root.entry_of(root, address)
        if _taken(xen, setting, address) and entry != address:
            return Violation(f"a mapping of {address:#x} is made at {entry:#x}", address=address)
    return None


def _theorems() -> Iterator[Theorem]:
    reach = "Each address below 2^b has a root table in the P2M"
    yield Theorem(
        "page-tables/p2m-reach", f"{reach}.", "A mapping below 2^b that Xen refuses is a guest that cannot be built.",
        _CITES, _each("width", "A root table is found for each address below 2^b.", _reached), lambda _: True, (WIDTH,),
        violation=_not_taken, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "page-tables/reach-is-exact",
        "The P2M takes exactly the addresses below the reach that the models have of its width.",
        "`verifier check` takes a memory size for built if it lies below the reach, which is more than 2^b for some widths.",
        _CITES, _each("width", "A root table is found if and only if the address is below the reach.", _exact),
        lambda _: True, (WIDTH,), violation=_beyond, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "page-tables/own-entry", "What the P2M finds for an address is the entry of that address.",
        "Address bits that no table is indexed by must be 0: else a page is mapped at another address, over what is there.",
        _CITES, _each("width", "The bits that index tables are all bits of an address that is taken.", _own),
        lambda _: True, (WIDTH,), violation=_aliased, examples=(EXAMPLE,),
    )  # fmt: skip
    yield Theorem(
        "page-tables/mappable", "Each byte of a region that ends at or below 2^b is taken, and has its own entry.",
        "What within-ipa admits can be mapped: no other bound is needed.",
        _CITES, _each("width", "Each byte is taken, and its entry is its own.", _mappable), lambda _: True,
        (WIDTH, IN_SPACE), violation=lambda xen, setting: _not_taken(xen, setting) or _aliased(xen, setting),
        examples=(EXAMPLE,),
    )  # fmt: skip


THEOREMS = tuple(_theorems())
