"""Plans for several findings at once: each is typed in, checked anew by the whole tool, and does what it says."""

from __future__ import annotations

import re
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.rules.headers import SOUND, errors
from tests.search.test_repair import broken_headers, changed
from tests.timing import slowness
from verifier.commands.check import check
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.reading.request import Request, load
from verifier.rules.judge import judge
from verifier.search.plan import Plans
from verifier.search.repair_plan import plans

MAIL = "tests/reading/data/2021-08-04-safe-range.txt"
GIB = 1 << 30
SAFE = ("GUEST_SAFE_RANGE",)
OVERLAP = ("no-overlap", ("GUEST_RAM1", "GUEST_SAFE_RANGE"))
COMMENT = ("comments-agree", SAFE)


def planned(request: Request, *properties: str) -> Plans:
    loaded = load(request)
    case = case_of(loaded.layout, loaded.facts, loaded.baseline)
    waivers = loaded.policy.waivers_for(loaded.named)
    judgements = judge(case, Decider(case.symbolic, timeout=30, seed=0), waivers)
    return plans(case, judgements, partial(loaded.source.layout, once=True), waivers, properties=properties)


def refuted_in(path: Path, text: str, sound: Path) -> set[tuple[str, tuple[str, ...]]]:
    path.write_text(text)
    report = check(Request(str(path), base=str(sound), policy="none"), repairs=False)
    return {(finding.property, finding.subjects) for finding in errors(report)}


@pytest.mark.parametrize("widths", [(), (40,)])
def test_the_mail_of_2021_cheapest_first(widths: tuple[int, ...]) -> None:
    """By hand: RAM1 ends at 8 + 888 = 896 GiB, the range begins at 888 GiB, is 8 GiB and said to be 128."""
    found = planned(Request(MAIL, base="xen-4.15", ipa_bits=widths, policy="none"))
    first, second, third = found.plans[:3]
    assert dict(first.changes) == {"GUEST_SAFE_RANGE_BASE": 896 * GIB}
    assert (first.ram, first.other, first.cured) == (0, 0, (OVERLAP,))
    assert dict(second.changes) == {"GUEST_RAM1_SIZE": 880 * GIB}
    assert (second.ram, second.other, second.cured) == (8 * GIB, 0, (OVERLAP,))
    assert dict(third.changes) == {"GUEST_SAFE_RANGE_BASE": 896 * GIB, "GUEST_SAFE_RANGE_SIZE": 128 * GIB}
    assert (third.ram, third.other, third.cured) == (0, 0, (OVERLAP, COMMENT))
    assert sum(value for _, value in third.changes) == 1 << 40
    narrow = ("within-ipa", SAFE)
    assert all((narrow in plan.remaining) == (not widths) for plan in found.plans[:3])
    assert ("capacity", ("GUEST_RAM_MAX",)) in found.incurable
    assert found.searched_all


def test_what_no_constant_cures_is_named() -> None:
    """RAM1 begins at 8 GiB on every machine, so at 32 bits it fits nowhere."""
    found = planned(Request(MAIL, base="xen-4.15", policy="none"))
    assert set(found.incurable) == {("within-ipa", ("GUEST_RAM1",)), ("capacity", ("GUEST_RAM_MAX",))}
    for plan in found.plans:
        assert set(found.incurable) <= set(plan.remaining)


def test_only_properties_that_were_asked_for() -> None:
    found = planned(Request(MAIL, base="xen-4.15", policy="none"), "no-overlap")
    assert {key for plan in found.plans for key in plan.cured} == {OVERLAP}
    assert found.incurable == ()


def test_what_a_policy_accepts_is_neither_cured_nor_left() -> None:
    found = planned(Request(MAIL, base="xen-4.15"))
    waived = ("within-ipa", ("GUEST_RAM1",))
    assert waived not in found.incurable
    assert all(waived not in (*plan.cured, *plan.remaining) for plan in found.plans)


def test_a_sound_header_has_none(tmp_path: Path) -> None:
    path = tmp_path / "sound.h"
    path.write_text(SOUND)
    found = planned(Request(str(path), base=str(path), policy="none"))
    assert (found.plans, found.incurable, found.best) == ((), (), None)


def test_three_faults_are_cured_together(tmp_path: Path) -> None:
    """None shares a region with another, so the least plan has a change for each."""
    text = changed(
        SOUND,
        {"GUEST_GNTTAB_SIZE": 0x1200000, "GUEST_VIRTIO_MMIO_SIZE": 0x1002000, "GUEST_RAM0_SIZE": 0xA0000000},
    )
    sound, path = tmp_path / "sound.h", tmp_path / "broken.h"
    sound.write_text(SOUND)
    own = refuted_in(path, text, sound)
    overlaps = {key for key in own if key[0] == "no-overlap"}
    assert len({name for _, names in overlaps for name in names}) >= 6
    best = planned(Request(str(path), base=str(sound), policy="none"), "no-overlap").best
    assert best is not None
    assert overlaps == set(best.cured)
    assert len(best.changes) == 3
    assert not overlaps & refuted_in(path, changed(text, dict(best.changes)), sound)


def test_no_change_of_the_best_plan_is_idle(tmp_path: Path) -> None:
    """The grant region is too large for its gap and for its comment: its size alone cures both."""
    text = changed(SOUND, {"GUEST_GNTTAB_SIZE": 0x1200000, "GUEST_VIRTIO_MMIO_SIZE": 0x1002000})
    text = re.sub(r"(GNTTAB_SIZE +xen_mk_ullong\(0x1200000\))", r"\1 /* size: 16MB */\n", text)
    sound, path = tmp_path / "sound.h", tmp_path / "broken.h"
    sound.write_text(SOUND)
    own = refuted_in(path, text, sound)
    assert ("comments-agree", ("GUEST_GNTTAB",)) in own
    best = planned(Request(str(path), base=str(sound), policy="none")).best
    assert best is not None
    assert own == set(best.cured)
    changes = dict(best.changes)
    assert changes["GUEST_GNTTAB_SIZE"] == 0x1000000
    assert "GUEST_GNTTAB_BASE" not in changes
    for name in changes:
        fewer = {each: value for each, value in changes.items() if each != name}
        assert own & refuted_in(path, changed(text, fewer), sound), name


def test_no_number_changes_for_a_comment_alone(tmp_path: Path) -> None:
    """Where nothing else is wrong with the region, the comment is; the finding says what to write."""
    found = planned(Request(MAIL, base="xen-4.15", ipa_bits=(40,), policy="none"))
    assert all(set(plan.cured) - {COMMENT} for plan in found.plans)
    alone = tmp_path / "comment.h"
    alone.write_text(re.sub(r"(GNTTAB_SIZE +xen_mk_ullong\(0x01000000\))", r"\1 /* 8MB */", SOUND))
    sound = tmp_path / "sound.h"
    sound.write_text(SOUND)
    plan = planned(Request(str(alone), base=str(sound), policy="none")).incurable
    assert plan == (("comments-agree", ("GUEST_GNTTAB",)),)


@pytest.mark.parametrize("seed", range(24))
def test_each_plan_does_what_it_says(tmp_path: Path, seed: int) -> None:
    """Typed into the header, which is then checked as any other: what is cured is gone, the rest is what was told."""
    text = broken_headers(seed)
    sound, path = tmp_path / "sound.h", tmp_path / "broken.h"
    sound.write_text(SOUND)
    before = refuted_in(path, text, sound)
    found = planned(Request(str(path), base=str(sound), policy="none"))
    orders = [(len(plan.changes), plan.ram, plan.other) for plan in found.plans]
    assert all(one <= other for one, other in pairwise(orders))
    for plan in found.plans:
        after = refuted_in(tmp_path / "repaired.h", changed(text, dict(plan.changes)), sound)
        relative = {key for key in after if key[0] in ("capacity", "stable")}
        assert set(plan.cured) <= before - after
        assert after - relative <= before
        assert {key for key in plan.remaining if key[0] not in ("comments-agree",)} == {
            key for key in after if key[0] not in ("comments-agree",)
        }
    assert set(found.incurable) == before - {key for plan in found.plans for key in plan.cured}


def test_the_random_headers_have_plans(tmp_path: Path) -> None:
    """So that the comparison above is about something."""
    path, sound = tmp_path / "broken.h", tmp_path / "sound.h"
    sound.write_text(SOUND)
    count = 0
    for seed in range(24):
        path.write_text(broken_headers(seed))
        count += len(planned(Request(str(path), base=str(sound), policy="none")).plans)
    assert count > 24


@pytest.mark.parametrize(("count", "whole"), [(2, True), (24, False)])
def test_what_is_tried_of_very_many_findings_is_bounded_and_told(
    count: int, whole: bool, tmp_path: Path
) -> None:
    """n regions at one place are n(n-1)/2 conflicts. Any one that moves away cures n-1 of them, and says so.

    Of 60 regions there was no end: each plan was extended by every conflict, and each that was left asked by width.
    """
    lines = "".join(
        f"#define GUEST_X{index}_BASE xen_mk_ullong(0x0d000000)\n#define GUEST_X{index}_SIZE xen_mk_ullong(0x00100000)\n"
        for index in range(count)
    )
    header = tmp_path / "many.h"
    header.write_text(SOUND.replace("#endif", f"{lines}#endif", 1) if "#endif" in SOUND else SOUND + lines)
    took = time.process_time()
    found = planned(Request(str(header), policy="none"))
    assert time.process_time() - took < 15 * slowness()
    assert found.searched_all is whole
    conflicts = {key for key in found.plans[0].cured if key[0] == "no-overlap"}
    assert len(conflicts) == count - 1
