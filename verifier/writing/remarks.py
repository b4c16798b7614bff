"""The constraint behind each number of a new or changed region, as a comment in Xen's style.

Neighbours are named and not numbered, so that the comment stays true when they move; the numbers that are left are hex,
which nobody has to read as an amount of something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

from verifier.layout import units
from verifier.layout.placing import Limit
from verifier.writing.relations import Concern

WIDTH = 80


def remark(found: Iterable[Concern]) -> tuple[str, ...]:
    """A comment of at most 80 columns; no line if there is nothing to say."""
    paragraphs = [text for each in found for text in (*each.reasons, *_constraints(each))]
    lines = [line for text in paragraphs for line in _wrapped(text)]
    return ("/*", *lines, " */") if lines else ()


def _wrapped(text: str) -> list[str]:
    plain = re.sub(r"\*/|/\*", "*", units.one_line(text))
    return [f" * {line}" for line in wrap(plain, WIDTH - 3, break_long_words=False, break_on_hyphens=False)]


def _constraints(each: Concern) -> Iterator[str]:
    part = each.region
    starts = [f"at or above the end of {each.below.name}"] if each.below else []
    starts += [f"at or above {_limit(limit)}" for limit in each.lower]
    ends = [f"at or below the start of {each.above.name}"] if each.above else []
    ends += [f"at or below {_limit(limit)}" for limit in each.upper]
    multiple = [f"a multiple of {units.hexa(each.unit)}"] if each.unit > 1 else []
    if starts or multiple:
        yield f"{part.base_macro}: {units.listing([*starts, *multiple])}."
    if ends or multiple:
        sums = [f"the region ends {units.listing(ends)}"] if ends else []
        yield f"{part.size_macro}: {'; '.join([*multiple, *sums])}."


def _limit(limit: Limit) -> str:
    return f"{units.hexa(limit.address)} ({limit.reason})" if limit.reason else units.hexa(limit.address)
