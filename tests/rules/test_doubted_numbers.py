"""well-formed, asked directly: two readings of a header, what cannot be told of it, and what an obligation says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.direct import case, differs, layout, short
from verifier.layout.box import Box
from verifier.layout.change import Note
from verifier.layout.define import Define, Number
from verifier.layout.origin import Origin
from verifier.logic.decide import Fails
from verifier.reading.source import opened
from verifier.rules import well_formed
from verifier.rules.well_formed import checks


def define(value: int | tuple[int, ...], text: str) -> Define:
    numbers = tuple(map(Number, value)) if isinstance(value, tuple) else Number(value)
    return Define("GUEST_B_PPI", numbers, text, Origin("h", 7))


ONE, TWO, LIST = define(1, "one"), define(2, "two"), define((1, 2), "both")


@pytest.mark.parametrize(
    ("tools", "hypervisor", "same"),
    [
        (ONE, TWO, False),
        (ONE, define(1, "1"), True),
        (ONE, LIST, True),
        (LIST, ONE, True),
        (ONE, None, True),
        (None, ONE, True),
        (None, None, True),
    ],
)
def test_two_readings_of_a_number_are_compared(
    tools: Define | None, hypervisor: Define | None, *, same: bool
) -> None:
    """What is no number on both sides is a doubt; what differs is refuted, and then no doubt."""
    made = replace(layout({}), differing=(("GUEST_B_PPI", tools, hypervisor),))
    told = (
        "GUEST_B_PPI",
        "GUEST_B_PPI is 0x1 for the toolstack but 0x2 for the hypervisor",
        ("GUEST_B_PPI one, h:7", "GUEST_B_PPI two, h:7"),
        differs(1, 2),
    )
    wrong = [
        (each.subject, each.message, each.details, each.witness) for each in checks(made) if not each.good
    ]
    assert wrong == ([] if same else [told])
    doubted = [(each.subjects, each.reason) for each in well_formed.doubts(case(made))]
    assert doubted == [(("GUEST_B_PPI",), "toolstack and hypervisor do not see the same GUEST_B_PPI")] * same


def test_every_doubt_has_its_subject() -> None:
    text = (
        b"#define GUEST_WHAT 1\n#ifdef CONFIG_B\n#define GUEST_B_PPI 1\n#endif\n"
        b"#define GUEST_MAX_VCPUS 1\n#define GUEST_MAX_VCPUS 2\n"
        b"#ifdef __arm__\n#define GUEST_C_PPI 1\n#endif\n"
    )
    made = opened(text, "h", both=True).layout()
    made = replace(made, doubts=(Note("cut off", Origin("p", 3)),))
    found = well_formed.doubts(case(made))
    assert [(each.subjects, each.reason) for each in found] == [
        (
            ("GUEST_WHAT",),
            "GUEST_WHAT 1 (h:1) matches no pattern of the vocabulary: is it an address, a size, an interrupt?",
        ),
        (
            ("GUEST_B_PPI",),
            "GUEST_B_PPI (h:3) is compiled only under conditions on CONFIG_B, which nothing here defines",
        ),
        (("GUEST_MAX_VCPUS",), "GUEST_MAX_VCPUS is defined twice with different values, h:5 and h:6"),
        (
            ("GUEST_C_PPI",),
            "GUEST_C_PPI has not the same value and C type on arm64 and arm32; check each with --arch",
        ),
        ((), "cut off (p:3)"),
    ]
    assert not well_formed.doubts(case(layout({"A_BASE": "1", "A_SIZE": "1"})))


def test_an_obligation_is_broken_where_a_check_is() -> None:
    """And says of a failure what the check says, with the configuration that was found."""
    asked = case(layout({"A_BASE": "5", "A_SIZE": "0"}))
    found = well_formed.obligations(asked)
    assert [(each.subjects, each.bad) for each in found] == [
        (("GUEST_A",), each) for each in (False, False, False, True, False, False)
    ]
    failure = Fails(found[3], (Box(),), True, {"vcpus": 1})
    said = well_formed.explain(asked, failure)
    assert said.message == "GUEST_A has size 0; it needs at least one byte"
    assert said.details == ("GUEST_A_BASE 5, h:1", "GUEST_A_SIZE 0, h:2")
    assert said.counterexample.configuration == {"vcpus": 1}
    assert said.counterexample.witness == short(0, 1)
