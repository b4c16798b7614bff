"""What keeps a baseline from being compared with, each kind alone; of a layout that is its own, nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.direct import case, layout
from verifier.layout.change import Note
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.reading.source import opened
from verifier.rules import capacity, stable
from verifier.rules.baseline import doubts_of_baseline

SOUND = {"A_BASE": "1", "A_SIZE": "1"}


def read(text: str, *, both: bool = False) -> Layout:
    return opened(text.encode(), "old.h", both=both).layout()


SIZED = "#define GUEST_A_BASE 1\n#define GUEST_A_SIZE 1\n"
DOUBTED: list[tuple[Layout, tuple[str, ...], str]] = [
    (
        read("int x;\n"),
        (),
        "the baseline old.h has no layout macro, so there is nothing to compare with",
    ),
    (read("#define GUEST_A_BASE 1\n"), ("GUEST_A",), "GUEST_A has no size in the baseline old.h"),
    (
        read(f"{SIZED}#ifdef CONFIG_B\n#define GUEST_B_PPI 1\n#endif\n"),
        ("GUEST_B_PPI",),
        "GUEST_B_PPI of the baseline (old.h:4) depends on CONFIG_B",
    ),
    (
        read(f"{SIZED}#define GUEST_WHAT 1\n"),
        ("GUEST_WHAT",),
        "GUEST_WHAT of the baseline (old.h:3) is of no known kind",
    ),
    (
        read(f"{SIZED}#ifdef __arm__\n#define GUEST_B_PPI 1\n#endif\n", both=True),
        ("GUEST_B_PPI",),
        "GUEST_B_PPI of the baseline is not the same on arm64 and arm32; compare each with --arch",
    ),
    (
        replace(read(SIZED), doubts=(Note("cut off", Origin("p", 3)),)),
        (),
        "cut off (p:3), in the baseline old.h",
    ),
    (
        read(f"{SIZED}#ifdef __XEN__\n#define GUEST_B_PPI 1\n#endif\n"),
        ("GUEST_B_PPI",),
        "toolstack and hypervisor do not see the same GUEST_B_PPI in the baseline",
    ),
]


@pytest.mark.parametrize(("baseline", "subjects", "reason"), DOUBTED)
def test_what_cannot_be_read_there_is_a_doubt(
    baseline: Layout, subjects: tuple[str, ...], reason: str
) -> None:
    """Of both properties that compare; and none where the layout is its own baseline."""
    asked = case(layout(SOUND), baseline)
    assert [(each.subjects, each.reason) for each in doubts_of_baseline(asked)] == [(subjects, reason)]
    assert capacity.RULE.doubts is stable.RULE.doubts is doubts_of_baseline
    assert doubts_of_baseline(case(baseline, baseline)) == []


def test_what_can_be_read_whole_leaves_no_doubt() -> None:
    assert doubts_of_baseline(case(layout(SOUND), read(SIZED))) == []
