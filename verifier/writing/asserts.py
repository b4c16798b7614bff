"""The relations of new and changed regions as `BUILD_BUG_ON` lines of C, for a function of Xen or of the toolstack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from verifier.layout.layout import Layout
from verifier.layout.region import TOP, Region
from verifier.writing.numbers import Manner
from verifier.writing.relations import Concern, pairs

WIDTH = 80
_CALL = "    BUILD_BUG_ON("


def asserts(found: Iterable[Concern], layout: Layout, manner: Manner) -> tuple[str, ...]:
    """Lines of C that compile if and only if the relations hold; `layout` has the macros as they will be."""
    found = tuple(found)
    conditions = dict.fromkeys(_conditions(found, layout, manner))
    return tuple(line for condition in conditions for line in _call(condition))


def _conditions(found: tuple[Concern, ...], layout: Layout, manner: Manner) -> Iterator[str]:
    """What must not be. A sum that wraps would compare as a small one."""
    found = tuple(each for each in found if each.region.end < TOP)  # the sum of one that ends there is 0
    together = tuple(pair for pair in pairs(found) if pair[0].end < TOP)
    summed = {part.name: part for pair in together for part in pair[:1]}
    summed.update((each.region.name, each.region) for each in found)
    for part in summed.values():
        yield f"{_end(part, layout)} <= {part.base_macro}"
    for low, high in together:
        yield f"{_end(low, layout)} > {high.base_macro}"
    for each in found:
        part = each.region
        for limit in each.lower:
            yield f"{part.base_macro} < {manner.wide(limit.address)}"
        for limit in each.upper:
            yield f"{_end(part, layout)} > {manner.wide(limit.address)}"
        if each.unit > 1:
            unit = manner.wide(each.unit)
            yield f"{part.base_macro} % {unit}"
            yield f"{part.size_macro} % {unit}"


def _end(part: Region, layout: Layout) -> str:
    """`GUEST_RAM1_BASE + GUEST_RAM1_SIZE`, in 64 bits."""
    define = (layout.defines.get(part.base_macro), layout.defines.get(part.size_macro))
    is_wide = any(
        each is not None and not isinstance(each.value, tuple) and each.value.bits == 64 for each in define
    )
    return f"{'' if is_wide else '0ULL + '}{part.base_macro} + {part.size_macro}"


def _call(condition: str) -> list[str]:
    return wrap(
        f"{condition});",
        WIDTH,
        initial_indent=_CALL,
        subsequent_indent=" " * len(_CALL),
        break_long_words=False,
        break_on_hyphens=False,
    )
