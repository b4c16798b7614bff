"""reachable: the first byte that no descriptor outputs, for exactly the guests that must map it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from tests.oracle.brute_force import random_world
from tests.oracle.world import case_for, speakable
from tests.rules.headers import Checker, of, only, refuted, verdicts
from verifier.commands.check import check
from verifier.commands.explain import explained
from verifier.layout.box import Box
from verifier.layout.errors import InternalError
from verifier.layout.facts import Facts
from verifier.layout.finding import Finding, Report, Verdict, Witness
from verifier.layout.page_table import Field, Leaf, PageTable
from verifier.layout.witness import recheck
from verifier.logic import solver as solver_module
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.logic.reach import Derived, Reach, Underived, derive
from verifier.reading.request import Request, load
from verifier.rules import reachable
from verifier.rules.catalogue import catalogue
from verifier.rules.judge import judge
from verifier.rules.reachable import RULE

PAGE = 4096
SHORT, LPAE = 3, 4
"""Places in the list of guest kinds on arm64."""


def foo(start: int, size: int = PAGE) -> str:
    return f"#define GUEST_FOO_BASE {start:#x}ULL\n#define GUEST_FOO_SIZE {size:#x}ULL"


def unreached(report: Report) -> list[Finding]:
    return [finding for finding in refuted(report) if finding.property == "reachable"]


@pytest.mark.parametrize(
    ("end", "guests"),
    [
        (1 << 32, ()),
        ((1 << 32) + 1, (SHORT,)),
        ((1 << 32) + PAGE, (SHORT,)),
        (1 << 40, (SHORT,)),
        ((1 << 40) + PAGE, (SHORT, LPAE)),
        (1 << 48, (SHORT, LPAE)),
    ],
)
@pytest.mark.parametrize("size", [PAGE, 3 * PAGE])
def test_the_boundary_is_exact(checked: Checker, end: int, size: int, guests: tuple[int, ...]) -> None:
    """Short pages and sections end at 2^32, LPAE at 2^40, the 48-bit forms at 2^48."""
    found = unreached(checked(added=foo(end - size, size)))
    assert [finding.regimes for finding in found] == [(Box({"guest": guests}),)] * bool(guests)


def test_beyond_48_bits_no_guest_reaches(checked: Checker) -> None:
    (found,) = unreached(checked(added=foo((1 << 48) - PAGE, 2 * PAGE)))
    assert found.regimes == (Box(),)
    assert found.counterexample is not None
    assert found.counterexample.configuration["guest"] == SHORT  # all of it is out of its reach
    assert found.counterexample.witness == Witness("address-unreachable", address=(1 << 48) - PAGE)


def test_arm32_has_two_kinds_of_guest(checked: Checker) -> None:
    (found,) = unreached(checked(added=foo((1 << 40) - PAGE), arch="arm32"))
    assert found.regimes == (Box({"guest": (0,)}),)
    (found,) = unreached(checked(added=foo(1 << 40), arch="arm32"))
    assert found.regimes == (Box(),)


def test_the_message_has_both_numbers(checked: Checker) -> None:
    (found,) = unreached(checked(added=foo((1 << 32) - PAGE, 3 * PAGE)))
    assert found.message == (
        "GUEST_FOO [0xfffff000, 0x100002000) cannot be mapped whole by aarch32-short guests: 0x100000000 is at "
        "or above 0x100000000 (4 GiB), the end of what short-descriptor pages and sections output; supersections "
        "(16 MiB units) reach 0x10000000000 (1 TiB) but do not count"
    )
    assert found.details[1] == (
        "8 KiB of it out of reach; small page: bits 31:12 give address bits 31:12; large page: bits 31:16 give "
        "address bits 31:16; section: bits 31:20 give address bits 31:20 (Arm ARM DDI 0406C B3.5.1, DDI 0487 G5.4)"
    )
    nearest = (1 << 32) - 3 * PAGE  # it ends where the reach does
    assert dict(found.repairs[0].changes) == {"GUEST_FOO_BASE": nearest}


def test_a_leaf_that_does_not_count_is_told_where_its_reach_is_known(
    checked: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def derived(leaves: tuple[Leaf, ...], width: int) -> Derived:
        known = derive(leaves, width)
        return Underived("tired") if leaves[0].name == "supersection" else known

    monkeypatch.setattr(reachable, "derive", derived)
    (found,) = unreached(checked(added=foo(1 << 32)))
    assert found.message.endswith("the end of what short-descriptor pages and sections output")


def test_the_proposal_of_2021() -> None:
    report = check(Request("rfc-2021-safe-range", ipa_bits=(40,)))
    (found,) = unreached(report)
    assert found.message == (
        "GUEST_SAFE_RANGE [0xde00000000, 0xe000000000) cannot be mapped by aarch32-short guests: 0xde00000000 is "
        "at or above 0x100000000 (4 GiB), the end of what short-descriptor pages and sections output; "
        "supersections (16 MiB units) reach 0x10000000000 (1 TiB) but do not count"
    )
    assert found.regimes == (Box({"guest": (SHORT,)}),)
    # The largest hole of 4.15 below 4 GiB: from the redistributors' end, 0x4020000, up to the next
    # multiple of 2 MiB, to the ACPI tables at 0x20000000.
    assert [dict(repair.changes) for repair in found.repairs] == [
        {"GUEST_SAFE_RANGE_BASE": 0x4200000, "GUEST_SAFE_RANGE_SIZE": 0x20000000 - 0x4200000}
    ]
    assert found.repairs[0].remaining == ("capacity",)


def test_ram_beyond_bank_0_may_be_out_of_reach_and_that_is_said(checked: Checker) -> None:
    changes = {"GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)": "GUEST_RAM1_BASE 0x200000000ULL"}
    report = checked(changes, ipa_bits=(40,))
    assert report.verdict is Verdict.PROVED
    (told,) = [each for each in report.assumptions if each.id == "unreached-aarch32-short"]
    assert told.statement == (
        "aarch32-short guests can do without what they cannot reach of GUEST_RAM1 and GUEST_VPCI_PREFETCH_MEM"
    )


def test_but_lpae_guests_must_reach_it(checked: Checker) -> None:
    """RAM1 up to 2^40 + 512 MiB: the guest's memory decides."""
    changes = {
        "GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)": "GUEST_RAM1_BASE 0xfff0000000ULL",
    }
    found = only(checked(changes, ipa_bits=(42,)), "reachable")
    fits = (0x80000000 + 0x10000000) // PAGE
    assert found.regimes == (
        Box({"guest": (LPAE,)}, {"memory": (fits + 1, (0x80000000 + 0x20000000) // PAGE)}),
    )
    assert found.message.startswith(
        "GUEST_RAM1 [0xfff0000000, 0x10010000000) cannot be mapped whole by aarch32-lpae guests: 0x10000000000 is "
    )
    assert "supersections" not in found.message
    assert found.details[0].endswith("; the part that this memory size uses")


def test_bank_0_must_be_in_reach(checked: Checker) -> None:
    changes = {
        "GUEST_RAM0_BASE            xen_mk_ullong(0x40000000)": "GUEST_RAM0_BASE 0xc0000000ULL",
        "GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)": "GUEST_RAM1_BASE 0x200000000ULL",
    }
    found = only(checked(changes, ipa_bits=(40,)), "reachable", besides=("banks",))
    assert found.regimes == (
        Box({"guest": (SHORT,)}, {"memory": (0x40000000 // PAGE + 1, (0x80000000 + 0x20000000) // PAGE)}),
    )


@pytest.mark.parametrize(("name", "spared"), [("VPCI_PREFETCH_MEM", True), ("VPCI_MEM", False)])
def test_the_prefetchable_window_may_be_out_of_reach(checked: Checker, name: str, spared: bool) -> None:
    old = {
        "VPCI_MEM": "GUEST_VPCI_MEM_ADDR        xen_mk_ullong(0x23000000)",
        "VPCI_PREFETCH_MEM": "GUEST_VPCI_PREFETCH_MEM_ADDR xen_mk_ullong(0x0c000000)",
    }
    report = checked({old[name]: f"GUEST_{name}_ADDR 0x100000000ULL"}, ipa_bits=(40,))
    regimes = [finding.regimes for finding in unreached(report)]
    assert regimes == [] if spared else regimes == [(Box({"vpci": (1,), "guest": (SHORT,)}),)]
    assert any(name in each.statement for each in report.assumptions) is spared


def test_a_region_need_not_start_on_the_granule(checked: Checker) -> None:
    """GUEST_GICD starts at 0x3001000, inside the first 64 KiB page at 0x3000000."""
    assert not of(checked(added=foo(0x5FFF001, 1)), "reachable")


def test_the_rule_says_nothing_where_no_page_tables_are_known() -> None:
    case = case_for(speakable(random_world(Random(3))))
    (found,) = list(judge(case, Decider(case.symbolic), rules=[RULE]))
    assert [finding.verdict for finding in found.findings] == [Verdict.NOT_APPLICABLE]


def judged(facts: Facts, source: str = "xen-4.22") -> tuple[Finding, ...]:
    loaded = load(Request(source, ipa_bits=(40,)))
    case = case_of(loaded.layout, replace(facts, widths=loaded.facts.widths), loaded.baseline)
    (found,) = list(judge(case, Decider(case.symbolic), rules=[RULE]))
    return found.findings


def tables(source: str = "xen-4.22") -> tuple[Facts, dict[str, PageTable]]:
    facts = load(Request(source)).facts
    return facts, dict(facts.page_tables)


def test_a_guest_without_page_table_is_a_doubt() -> None:
    facts, known = tables()
    del known["aarch64-16k"]
    (found,) = judged(replace(facts, page_tables=known))
    assert found.verdict is Verdict.UNKNOWN
    assert found.message == "the page tables of aarch64-16k guests are not known"


def test_a_format_with_gaps_is_a_doubt_and_no_refutation() -> None:
    """Without address bit 20 a guest reaches much above 2^20, which `end > limit` would miss."""
    facts, known = tables()
    page = known["aarch64-64k"].leaves[0]
    holed = replace(page, fields=(Field(16, 19, 16), Field(21, 47, 21)))
    known["aarch64-64k"] = replace(known["aarch64-64k"], leaves=(holed,))
    (found,) = judged(replace(facts, page_tables=known))
    assert found.verdict is Verdict.UNKNOWN
    assert found.message.startswith("aarch64-64k guests do not reach 0x100000 but some address above it")


def test_a_limit_that_is_not_derived_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    derive.cache_clear()
    monkeypatch.setattr(
        solver_module.BitVectors, "ask", lambda *_: solver_module.Answer("unknown", {}, "tired")
    )
    found = judged(tables()[0])
    derive.cache_clear()
    assert {finding.verdict for finding in found} == {Verdict.UNKNOWN}
    assert found[0].message == "how far aarch64-4k guests reach is not derived: the solver gave up: tired"
    assert len(found) == 5


@pytest.mark.parametrize("bits", [30, 31])
def test_a_flipped_position_changes_the_verdict(bits: int) -> None:
    """Short descriptors with base bits only up to 30 or 29 no longer reach all of RAM0."""
    facts, known = tables()
    leaves = tuple(
        replace(leaf, fields=(replace(leaf.fields[0], high=bits - 1),)) if leaf.counts else leaf
        for leaf in known["aarch32-short"].leaves
    )
    known["aarch32-short"] = replace(known["aarch32-short"], leaves=leaves)
    found = judged(replace(facts, page_tables=known))
    assert {finding.verdict for finding in found} == {Verdict.REFUTED}
    assert ("GUEST_RAM0",) in [finding.subjects for finding in found]
    assert {verdict.verdict for verdict in judged(facts)} == {Verdict.PROVED}


def test_a_witness_is_checked_by_its_descriptors() -> None:
    report = check(Request("rfc-2021-safe-range"))
    (found,) = unreached(report)
    example = found.counterexample
    assert example is not None
    recheck(found, report.space)
    wrong = [
        replace(example, witness=Witness("address-unreachable", address=address))
        for address in (None, 0xFFFFFFFF, 0xDDFFFFFFFF, 0xE000000000)
    ]
    wrong += [
        replace(example, configuration={**example.configuration, "guest": guest}) for guest in (0, 1, 2, LPAE)
    ]
    for each in wrong:
        with pytest.raises(InternalError):
            recheck(replace(found, counterexample=each), report.space)
    blind = replace(report.space, facts=replace(report.space.facts, page_tables={}))
    with pytest.raises(InternalError):
        recheck(found, blind)


def test_an_address_in_reach_is_no_witness(checked: Checker) -> None:
    report = checked(added=foo((1 << 32) - PAGE, 3 * PAGE))
    (found,) = unreached(report)
    assert found.counterexample is not None
    reached = replace(found.counterexample, witness=Witness("address-unreachable", address=(1 << 32) - 1))
    with pytest.raises(InternalError):
        recheck(replace(found, counterexample=reached), report.space)


def test_a_region_that_the_guest_does_without_is_no_witness() -> None:
    report = check(Request("rfc-2021-safe-range"))
    (found,) = unreached(report)
    assert found.counterexample is not None
    memory = 0x100000000 // PAGE
    bank = report.space.layout.banks[1].part(memory * PAGE - 0xC0000000)
    example = replace(
        found.counterexample,
        configuration={**found.counterexample.configuration, "memory": memory},
        regions=(bank,),
        witness=Witness("address-unreachable", address=bank.start),
    )
    with pytest.raises(InternalError, match="the witness does not re-check"):
        recheck(replace(found, counterexample=example), report.space)


def test_explain_answers_the_question_of_the_thread() -> None:
    lines = list(explained(next(rule for rule in catalogue() if rule is RULE)))
    rows = {
        tuple(line.split()[:1] + line[17:31].split()): line for line in lines if line.startswith("  aarch")
    }
    assert len(rows) == 24
    assert "0x100000000 (2^32)" in rows["aarch32-short", "small", "page"]
    assert "0x100000000 (2^32)" in rows["aarch32-short", "section"]
    assert "16 MiB  0x10000000000 (2^40)" in rows["aarch32-short", "supersection"]
    assert rows["aarch32-short", "supersection"].endswith("; does not count")
    assert "0x10000000000 (2^40)" in rows["aarch32-lpae", "level", "3", "page"]
    text = " ".join(lines)
    assert "must end at or below 0x100000000 (2^32)" in text
    for granule in ("4k", "16k", "64k"):
        assert f"aarch64-{granule}-52 reaches everything that aarch64-{granule} does" in text


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        (Reach(1 << 52, False), Reach(1 << 48, False), True),
        (Reach(1 << 48, False), Reach(1 << 48, False), True),
        (Reach(1 << 48, True), Reach(1 << 48, False), True),
        (Reach((1 << 48) - PAGE, False), Reach(1 << 48, False), False),
        (Reach(1 << 52, False), Reach(1 << 48, True), False),
        (Underived("tired"), Reach(1 << 48, False), False),
        (Reach(1 << 52, False), Underived("tired"), False),
    ],
)
def test_a_format_covers_another_where_both_are_known_and_it_reaches_as_far(
    wide: Derived, narrow: Derived, *, covers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other reaches above a gap, nobody compares."""
    known = {"aarch64-4k-52": wide, "aarch64-4k": narrow}
    monkeypatch.setattr(
        reachable, "_reach", lambda table: known.get(table.name) or derive(table.counted, table.width)
    )
    covered = "aarch64-4k-52 reaches everything that aarch64-4k does" in " ".join(RULE.notes())
    assert covered is covers


def test_the_sound_header_is_proved(checked: Checker) -> None:
    assert verdicts(checked())["reachable"] is Verdict.PROVED
