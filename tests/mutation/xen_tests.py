"""The tests of what Xen does, and which of them are about a module: those that are named for it, and a few others."""

from __future__ import annotations

from collections.abc import Iterable

from tests.mutation.in_place import ROOT

TESTS = (
    *(
        f"tests/xen/{path.name}"
        for path in sorted((ROOT / "tests" / "xen").glob("test_*.py"))
        if path.stem != "test_set_model"
    ),
    *(
        f"tests/commands/test_host{each}.py"
        for each in ("", "_consumers", "_inputs", "_logs", "_open", "_verdicts")
    ),
    *(f"tests/commands/test_{each}.py" for each in ("guest", "guest_refuted", "map_board")),
    "tests/search/test_table_pages.py",
    "tests/theorems/test_on_a_board.py",
)
"""Also commands: whole runs, whose answers are known from boots or by hand. Sets of pages are of producers alone."""
_PLACES = (
    "bank_runs",
    "doubts_of_building",
    "heap_bounds",
    "offer_facts",
    "page_0",
    "placements",
    "text_places",
)
_XL = ("xl_offer", "xl_stops")
_ALSO = {
    "as_built": ("offer_facts", "refused_domains"),
    "bank_runs": ("free_blocks",),
    "dom0_memory": ("dom0_banks",),
    "dom0less_facts": ("offer_facts", "offers"),
    "guest_offer": ("dom0less_offer", *_XL),
    "heap_left": _PLACES,
    "offers": ("offer_facts",),
    "placements": _PLACES,
    "rangeset_in_place": ("rangeset",),
    "xl_guest": _XL,
    "xl_map": _XL,
    "xl_offer": _XL,
}
"""By module, other tests about it than those of its name."""


def _about(module: str) -> tuple[str, ...]:
    """Files in the order of their names; none, if no test is about the module alone."""
    named = {f"tests/xen/{path.name}" for path in (ROOT / "tests" / "xen").glob(f"test_{module}*.py")}
    return tuple(sorted(named | {f"tests/xen/test_{each}.py" for each in _ALSO.get(module, ())}))


def nearest(modules: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """By module; one that is not there is judged by all."""
    return {module: tests for module in modules if (tests := _about(module.removeprefix("xen.")))}
