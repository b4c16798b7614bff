"""Rules asked directly: layouts of a few macros, and the numbers that witnesses show."""

from __future__ import annotations

from verifier.layout.finding import Witness
from verifier.layout.layout import Layout
from verifier.logic.case import Case, case_of
from verifier.reading import models
from verifier.reading.source import opened


def layout(macros: dict[str, str], name: str = "h") -> Layout:
    """Each macro, without its `GUEST_`, on a line of its own, from 1, of a file of that name."""
    text = "".join(f"#define GUEST_{macro} {value}\n" for macro, value in macros.items())
    return opened(text.encode(), name).layout()


def case(made: Layout, baseline: Layout | None = None, release: str = "head", arch: str = "arm64") -> Case:
    """Without a baseline it is its own."""
    return case_of(made, models.facts(release, arch), baseline or made)


def differs(found: int, needed: int) -> Witness:
    """Two numbers that have to be equal."""
    return Witness("differs", found=found, needed=needed)


def short(found: int, needed: int) -> Witness:
    """The first is less than the second."""
    return Witness("too-small", found=found, needed=needed)
