"""An edited header, read again: whether it says what was wanted and nothing else, in every build and in its comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from verifier.layout.define import Define
from verifier.layout.errors import InputError
from verifier.layout.layout import Layout
from verifier.logic.case import Case, case_of
from verifier.reading.source import Source
from verifier.rules.comment_groups import statements
from verifier.writing.text import UnwrittenError


def reread(source: Source, content: bytes, expected: Layout, added: Mapping[str, int]) -> Source:
    """The source with another content, which gives the values of `expected` and the macros added.

    Raises UnwrittenError where it does not: a build is different, or a value.
    """
    found = replace(source, content=content)
    try:
        layout = found.layout()
    except InputError as fault:
        raise UnwrittenError(f"it could not be read any more: {fault.message}") from None
    wanted = {**_values(expected.defines.values()), **{name: (value,) for name, value in added.items()}}
    have = _values(layout.defines.values())
    for name in sorted(wanted.keys() | have.keys()):
        if wanted.get(name) != have.get(name):
            raise UnwrittenError(f"{name} would not become what is wanted")
    for part in ("differing", "by_arch"):
        if {name for name, *_ in getattr(layout, part)} != {name for name, *_ in getattr(expected, part)}:
            raise UnwrittenError("another build of the header would be different")
    if {each.name for each in layout.conditionals} != {each.name for each in expected.conditionals}:
        raise UnwrittenError("it would hang on a condition that nothing here decides")
    if {name for name, _ in layout.others} != {name for name, _ in expected.others}:
        raise UnwrittenError("another macro would come or go")
    return found


def _values(defines: Iterable[Define]) -> dict[str, tuple[int, ...]]:
    return {
        define.name: tuple(
            each.value for each in (define.value if isinstance(define.value, tuple) else (define.value,))
        )
        for define in defines
    }


def case_with(case: Case, layout: Layout) -> Case:
    """Another layout under the same facts and baseline."""
    return case_of(layout, case.facts, case.baseline)


def untrue(case: Case) -> Counter[str]:
    """The amounts of comments that are a lie, or in doubt."""
    return Counter(each.amount.text for each in statements(case) if not each.holds)
