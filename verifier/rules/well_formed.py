"""well-formed: the macros describe regions at all, and say the same thing twice the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.define import Define, Number
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.layout import Layout, Stem
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.reading.vocabulary import bank_number
from verifier.rules.catalogue import Doubt, Explanation, Rule

TOP = 1 << 64


@dataclass(frozen=True, slots=True)
class Check:
    """Something that has to be so: `witness` shows that it is not, if it is not."""

    subject: str
    good: bool
    message: str
    details: tuple[str, ...]
    witness: Witness


def checks(layout: Layout) -> Iterator[Check]:
    """Everything that is to be looked at in a layout, good or bad."""
    for stem in layout.stems:
        yield from _stem(stem)
    yield from _scalars(layout)
    yield from _derived(layout)
    for name, tools, hypervisor in layout.differing:
        yield from _views(name, tools, hypervisor)


def _stem(stem: Stem) -> Iterator[Check]:
    yield _there(stem, stem.bases, "base", f"{stem.name}_BASE")
    yield _there(stem, stem.sizes, "size", f"{stem.name}_SIZE")
    if len(stem.bases) > 1:
        one, other = stem.bases[0], stem.bases[1]
        yield Check(
            stem.name,
            False,
            f"{stem.name} has two bases, {one.name} and {other.name}",
            (_place(one), _place(other)),
            Witness("differs", found=len(stem.bases), needed=1),
        )
    numbers = [each.value for each in (*stem.bases, *stem.sizes) if isinstance(each.value, Number)]
    if len(stem.bases) == len(stem.sizes) == 1 and len(numbers) == 2:
        yield from _stretch(stem, *numbers)
    for define in (*stem.bases, *stem.sizes):
        if isinstance(define.value, tuple):
            yield Check(
                stem.name,
                False,
                f"{define.name} is a list of {len(define.value)}, not a number",
                (_place(define),),
                Witness("differs", found=len(define.value), needed=0),
            )


def _there(stem: Stem, found: tuple[Define, ...], what: str, macro: str) -> Check:
    others = (*stem.bases, *stem.sizes)
    return Check(
        stem.name,
        bool(found),
        f"{stem.name} has no {what}: {macro} is not defined",
        tuple(_place(define) for define in others),
        Witness("missing", macro=macro),
    )


def _stretch(stem: Stem, base: Number, size: Number) -> Iterator[Check]:
    places = (_place(stem.bases[0]), _place(stem.sizes[0]))
    end = base.value + size.value
    yield Check(
        stem.name,
        base.value >= 0,
        f"{stem.name} starts at {base.value}, below zero",
        places,
        Witness("too-small", found=base.value, needed=0),
    )
    yield Check(
        stem.name,
        size.value > 0,
        f"{stem.name} has size {size.value}; it needs at least one byte",
        places,
        Witness("too-small", found=size.value, needed=1),
    )
    yield Check(
        stem.name,
        end <= TOP,
        f"{stem.name} wraps: {base.value:#x} plus {units.sized(size.value)} is {end:#x}, "
        f"{units.size(end - TOP)} past the end of 64 bits",
        places,
        Witness("too-small", found=TOP, needed=end),
    )
    computed = _sum_in_c(base, size)
    yield Check(
        stem.name,
        computed == end,
        f"{stem.name} ends at {end:#x}, but base plus size is computed as {computed:#x} in C, whose types here "
        "have 32 bits",
        places,
        Witness("differs", found=computed, needed=end),
    )


def _sum_in_c(base: Number, size: Number) -> int:
    """Base + size after C's usual arithmetic conversions (C11 6.3.1.8), wrapped to their type if it has 32 bits."""
    total = base.value + size.value
    if 64 in (base.bits, size.bits):
        return total
    total %= 1 << 32
    return total - (1 << 32) if base.signed and size.signed and total >= 1 << 31 else total


def _scalars(layout: Layout) -> Iterator[Check]:
    """Numbers that are no part of a region are single and not negative; there is a vCPU at least."""
    for name, meaning in layout.scalars.items():
        define = layout.defines[name]
        if meaning in ("bank-bases", "bank-sizes"):
            continue
        if isinstance(define.value, tuple):
            message = f"{name} is a list of {len(define.value)}, not a number"
            yield Check(
                name, False, message, (_place(define),), Witness("differs", found=len(define.value), needed=0)
            )
            continue
        least, found = (1 if meaning == "max-vcpus" else 0), define.value.value
        message = f"{name} is {found}; it needs at least {least}"
        yield Check(
            name, found >= least, message, (_place(define),), Witness("too-small", found=found, needed=least)
        )


def _derived(layout: Layout) -> Iterator[Check]:
    """Macros that repeat what others say: number, sum, alias and lists of the RAM banks."""
    banks = sorted(
        (stem for stem in layout.stems if stem.kind == "ram"), key=lambda stem: bank_number(stem.name)
    )
    bases = [_number(stem.bases) for stem in banks]
    sizes = [_number(stem.sizes) for stem in banks]
    rdists = [stem for stem in layout.stems if stem.name.startswith("GUEST_GICV3_GICR")]
    known_bases = [base for base in bases if base is not None]
    expected: dict[str, tuple[int | None, str]] = {
        "bank-count": (len(banks), "the number of RAM banks"),
        "ram-maximum": (_total(sizes), "the sum of the banks' sizes"),
        "ram-base": (min(known_bases, default=None), "the lowest bank's base"),
        "rdist-regions": (len(rdists), "the number of redistributor regions"),
    }
    for meaning, (value, what) in expected.items():
        for define in layout.meaning(meaning):
            if value is not None and isinstance(define.value, Number):
                yield _agrees(define, define.value.value, value, what)
    for meaning, values, what in (("bank-bases", bases, "bases"), ("bank-sizes", sizes, "sizes")):
        for define in layout.meaning(meaning):
            yield from _list_agrees(define, values, f"the banks' {what}")


def _total(sizes: list[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _number(defines: tuple[Define, ...]) -> int | None:
    return defines[0].value.value if defines and isinstance(defines[0].value, Number) else None


def _agrees(define: Define, found: int, needed: int, what: str) -> Check:
    return Check(
        define.name,
        found == needed,
        f"{define.name} is {_shown(found)}, but {what} is {_shown(needed)}",
        (_place(define),),
        Witness("differs", found=found, needed=needed),
    )


def _list_agrees(define: Define, needed: list[int | None], what: str) -> Iterator[Check]:
    values = define.value if isinstance(define.value, tuple) else (define.value,)
    yield Check(
        define.name,
        len(values) == len(needed),
        f"{define.name} lists {len(values)}, but there are {len(needed)} RAM banks",
        (_place(define),),
        Witness("differs", found=len(values), needed=len(needed)),
    )
    for index, (value, wanted) in enumerate(zip(values, needed, strict=False)):
        if wanted is not None:
            yield Check(
                define.name,
                value.value == wanted,
                f"{define.name}[{index}] is {value.value:#x}, but {what} say {wanted:#x}",
                (_place(define),),
                Witness("differs", found=value.value, needed=wanted),
            )


def _views(name: str, tools: Define | None, hypervisor: Define | None) -> Iterator[Check]:
    if tools is None or hypervisor is None:
        return
    one, other = _number((tools,)), _number((hypervisor,))
    if one is not None and other is not None and one != other:
        yield Check(
            name,
            False,
            f"{name} is {one:#x} for the toolstack but {other:#x} for the hypervisor",
            (_place(tools), _place(hypervisor)),
            Witness("differs", found=one, needed=other),
        )


def _shown(number: int) -> str:
    return str(number) if abs(number) < 10_000 else units.sized(number)


def _place(define: Define) -> str:
    return f"{define.name} {define.text}, {define.origin}"


def doubts(case: Case) -> list[Doubt]:
    """What cannot be told from this header alone."""
    layout = case.layout
    found = [
        Doubt(
            (define.name,),
            f"{define.name} {define.text} ({define.origin}) matches no pattern of the "
            "vocabulary: is it an address, a size, an interrupt?",
        )
        for define in layout.unclassified
    ]
    found += [
        Doubt(
            (each.name,),
            f"{each.name} ({each.origin}) is compiled only under conditions on "
            f"{units.listing(each.undecided)}, which nothing here defines",
        )
        for each in layout.conditionals
    ]
    found += [
        Doubt(
            (define.name,),
            f"{define.name} is defined twice with different values, {define.previous} and {define.origin}",
        )
        for define in layout.defines.values()
        if define.previous
    ]
    found += [
        Doubt((name,), f"{name} has not the same value and C type on arm64 and arm32; check each with --arch")
        for name, _, _ in layout.by_arch
    ]
    found += [Doubt((), f"{note.text} ({note.origin})") for note in layout.doubts]
    refuted = {check.subject for check in checks(layout) if not check.good}
    found += [
        Doubt((name,), f"toolstack and hypervisor do not see the same {name}")
        for name, _, _ in layout.differing
        if name not in refuted
    ]
    return found


def obligations(case: Case) -> list[Obligation]:
    """One for each check; all are decided by arithmetic."""
    return [
        Obligation((check.subject,), not check.good, notes={"check": check}) for check in checks(case.layout)
    ]


def explain(_case: Case, failure: Fails) -> Explanation:
    """The check says it all."""
    check: Check = failure.obligation.notes["check"]
    return Explanation(check.message, check.details, Counterexample(failure.worst, check.witness, ()))


RULE = Rule(
    id="well-formed",
    position=1,
    title="the macros describe regions, and agree with each other",
    statement="Every base has a size and every size a base; sizes are positive; no region wraps at 64 bits, nor at 32 "
    "in the types that C gives its macros; aliases, sums, counts and brace lists agree with their parts; "
    "toolstack and hypervisor read the same numbers; every GUEST_ number is of a known kind.",
    why="Code that adds base and size, or walks the brace lists, goes wrong silently when they disagree; and what "
    "cannot be put on the map cannot be checked against anything else.",
    formula="base undefined, or size undefined, or size = 0, or base + size > 2^64, or derived /= its parts",
    example=("verifier", "check", "xen-4.4.0"),
    cites=(
        Cite(
            "xen/include/public/arch-arm.h",
            "GUEST_RAM_BANKS, GUEST_RAM_MAX, GUEST_RAM_BANK_BASES, GUEST_RAM_BANK_SIZES",
        ),
        Cite(
            "tools/libs/guest/xg_dom_arm.c", "arch_setup_meminit: walks the bank lists up to GUEST_RAM_BANKS"
        ),
        Cite("ISO/IEC 9899:2011", "6.3.1.8, usual arithmetic conversions; 6.10.3, macro redefinition"),
    ),
    obligations=obligations,
    explain=explain,
    about_regions=False,
    doubts=doubts,
)
