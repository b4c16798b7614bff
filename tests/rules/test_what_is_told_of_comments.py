"""comments-agree, asked directly: what is judged, what is in doubt, and what is told of each."""

from __future__ import annotations

import pytest

from verifier.layout.finding import Verdict, Witness
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Decider, Fails
from verifier.logic.space import complete
from verifier.reading import models
from verifier.reading.source import header_source
from verifier.rules.catalogue import Explanation
from verifier.rules.comments_agree import RULE
from verifier.rules.judge import judge

FOO = "#define GUEST_FOO_BASE 0x40000000ULL\n#define GUEST_FOO_SIZE 0x200000000ULL\n"
BAR = "#define GUEST_BAR_BASE 0x400000000ULL\n#define GUEST_BAR_SIZE 0x80000000ULL\n"
BAZ = "#define GUEST_BAZ_BASE 0x1000ULL\n#define GUEST_BAZ_SIZE 0x2000ULL\n"


def case(header: str) -> Case:
    layout = header_source(header.encode(), "header.h").layout()
    return case_of(layout, models.facts("head", "arm64"), layout)


def told(header: str) -> Explanation:
    at = case(header)
    (found,) = RULE.obligations(at)
    assert found.bad is True
    return RULE.explain(at, Fails(found, (), True, complete(at.space, {})))


@pytest.mark.parametrize(
    ("header", "message", "help_text"),
    [
        (
            f"/* 3GB */\n{FOO}",
            "is neither the base nor the size of GUEST_FOO: its base is 0x40000000 (1 GiB), its size 0x200000000 (8 GiB)",
            'write "8GB" (the size) or "1GB" (the base)',
        ),
        (
            f"/* size: 3GB */\n{FOO}",
            "is not the size of GUEST_FOO, which is 0x200000000 (8 GiB)",
            'write "8GB" (the size)',
        ),
        (
            f"/* size: 3GB */\n{FOO}{BAR}",
            "is no size of what it stands on: size of GUEST_FOO is 0x200000000 (8 GiB), size of GUEST_BAR is 0x80000000 "
            "(2 GiB)",
            'write "8GB" (the size of GUEST_FOO) or "2GB" (the size of GUEST_BAR)',
        ),
        (
            f"/* 3GB */\n{FOO}{BAR}",
            "is no base, no size of what it stands on: base of GUEST_FOO is 0x40000000 (1 GiB), size of GUEST_FOO is "
            "0x200000000 (8 GiB), base of GUEST_BAR is 0x400000000 (16 GiB), size of GUEST_BAR is 0x80000000 (2 GiB)",
            None,
        ),
        (
            f"/* size: 3GB in total */\n{FOO}{BAR}{BAZ}#define GUEST_RAM_MAX 0x1000\n",
            "is no size of what it stands on: size of GUEST_FOO is 0x200000000 (8 GiB), size of GUEST_BAR is 0x80000000 "
            "(2 GiB), size of GUEST_BAZ is 0x2000 (8 KiB), size of GUEST_FOO, GUEST_BAR and GUEST_BAZ is 0x280002000 "
            "(~10.0 GiB), and 1 more",
            None,
        ),
        (
            "/* 3 vCPUs */\n#define GUEST_MAX_VCPUS 8\n",
            "says 3, but GUEST_MAX_VCPUS is 8",
            'write "8" (the count)',
        ),
        (
            "/* 3 buses */\n#define GUEST_VPCI_ECAM_BASE 0x10000000\n#define GUEST_VPCI_ECAM_SIZE 0x400000\n",
            "says 3, but GUEST_VPCI_ECAM has 4",
            'write "4" (the count)',
        ),
        (
            "/* 3GB */\n#define GUEST_RAM_BANK_BASES { 0x1000, 0x2000, 0x3000 }\n",
            "is no base, no size of what it stands on: base of GUEST_RAM_BANK_BASES is 0x1000 (4 KiB), base of "
            "GUEST_RAM_BANK_BASES is 0x2000 (8 KiB), base of GUEST_RAM_BANK_BASES is 0x3000 (12 KiB)",
            'write "4KB" (the base), "8KB" (the base) or "12KB" (the base)',
        ),
    ],
)
def test_a_lie_is_told_with_what_would_be_true(header: str, message: str, help_text: str | None) -> None:
    found = told(header)
    said, _, rest = found.message.partition(") ")
    assert said.startswith('the comment "3')
    assert said.endswith("(header.h:1")
    assert rest == message
    assert help_text is None or found.help == (help_text,)


@pytest.mark.parametrize(("length", "cut"), [(99, False), (100, False), (101, True), (102, True)])
def test_of_a_long_comment_a_hundred_characters_are_shown(length: int, cut: bool) -> None:
    comment = f"3GB.{'x' * (length - 4)}"
    found = told(f"/* {comment} */\n{FOO}")
    assert found.details == (
        f"the whole comment: {f'{comment[:97]}...' if cut else comment}",
        "GUEST_FOO_BASE 0x40000000ULL, header.h:2",
        "GUEST_FOO_SIZE 0x200000000ULL, header.h:3",
    )


def test_a_comment_that_is_its_amount_is_told_once() -> None:
    """With the nearest number that would be true."""
    found = told(f"/* 3GB */\n{FOO}#define GUEST_FOO_PPI 20\n")
    assert [each.partition(" ")[0] for each in found.details] == ["GUEST_FOO_BASE", "GUEST_FOO_SIZE"]
    assert found.counterexample.witness == Witness("differs", found=3 << 30, needed=1 << 30)


@pytest.mark.parametrize(
    ("comment", "bad", "doubts"),
    [
        ("8GB", [False], []),
        ("3GB", [True], []),
        ("up to 8GB", [False], []),
        ("up to 3GB", [], ["it may speak of something else"]),
        ("8GB. up to 3GB", [False], ["it may speak of something else"]),
    ],
)
def test_what_holds_or_lies_is_judged_and_the_rest_is_in_doubt(
    comment: str, bad: list[bool], doubts: list[str]
) -> None:
    at = case(f"/* {comment} */\n{FOO}")
    assert [each.bad for each in RULE.obligations(at)] == bad
    assert [each.reason.rpartition("; ")[2] for each in RULE.doubts(at)] == doubts


def test_a_region_that_is_on_no_map_keeps_no_comment_from_being_judged() -> None:
    """It is of macros, not of regions."""
    at = case(f"/* 8GB */\n{FOO}\n#define GUEST_BAR_BASE 0x1000\n")
    assert at.layout.unplaced
    (found,) = judge(at, Decider(at.symbolic), rules=[RULE])
    assert [each.verdict for each in found.findings] == [Verdict.PROVED]


def test_nothing_to_compare_with_is_a_doubt_of_all_beside_it() -> None:
    (found,) = RULE.doubts(case("/* 3GB */\n#define GUEST_FOO_PPI 20\n#define GUEST_BAR_PPI 21\n"))
    assert found.subjects == ("GUEST_FOO_PPI", "GUEST_BAR_PPI")
    assert found.reason == 'the comment "3GB" (header.h:1); nothing beside it is known to compare it with'


def test_a_comment_that_was_not_read_is_a_doubt_of_the_first_macro_beside_it() -> None:
    (found,) = RULE.doubts(case(f"/* {'.' * 10_001} */\n{FOO}"))
    assert found.subjects == ("GUEST_FOO_BASE",)
    assert found.reason == "the comment at header.h:1 was not read: it has more than 10000 characters"
