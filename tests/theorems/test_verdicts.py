"""Verdicts of all theorems against what Xen's history says, and how a verdict comes about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest

from verifier.layout.errors import InternalError
from verifier.layout.finding import Cite
from verifier.logic.bits import both, word
from verifier.logic.word import uint64
from verifier.theorems import verdict as verdicts
from verifier.theorems.catalogue import theorems
from verifier.theorems.families import families, family_of, tags
from verifier.theorems.prove import discharge
from verifier.theorems.recorded import Recorded
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.verdict import Prover, named
from verifier.theorems.violation import Violation
from verifier.xen.loops import GivesUpError
from verifier.xen.outcome import Fault, FaultError
from verifier.xen.release import Xen

X, Y = word("x"), word("y")


@cache
def table() -> dict[str, dict[str, str]]:
    """Verdict by theorem and oldest release of a family."""
    prover = Prover()
    return {
        each.name: {family.tags[0]: prover.verdict(each, family.xen).word for family in families()}
        for each in theorems()
    }


def releases(name: str, word_: str) -> list[str]:
    """The releases in which a theorem has a verdict."""
    found = table()[name]
    in_them = {tag for family in families() if found[family.tags[0]] == word_ for tag in family.tags}
    return [tag for tag in tags() if tag in in_them]


def between(first: str, last: str) -> list[str]:
    """Releases from the one to the other, both included, as the models list them."""
    known = list(tags())
    return known[known.index(first) : known.index(last) + 1]


def test_nothing_is_unknown_in_any_release() -> None:
    unknown = [
        (name, tag) for name, found in table().items() for tag, each in found.items() if each == "unknown"
    ]
    assert unknown == []


def test_at_least_thirty_theorems_over_lists_of_any_length_hold_on_head() -> None:
    proved = [each.name for each in theorems() if each.unbounded and "head" in releases(each.name, "proved")]
    assert len(proved) >= 30


GROWN = [tag for tag in between("4.16.0", "4.20.0") if tag not in between("4.19.3", "4.19.6")]
"""With the rangeset defect: fixed by e118fc98e7 (4.21.0), c7e5683085 (4.20.1), 6b399ed19f (4.19.3)."""
HISTORY = {
    # 108308feef: iomem is excluded, and what it cuts is not aligned again
    "libxl/avoids-iomem": between("4.16.0", "4.20.4"),
    "libxl/aligned": between("4.21.0", "head"),
    # fba1b0974d: xen,reg is excluded
    "domu-holes/avoids-xen-reg": between("4.17.0", "4.20.4"),
    "iommu-holes/avoids-xen-reg": between("4.17.0", "4.20.4"),
    "unallocated/avoids-xen-reg": between("4.17.0", "4.20.4"),
    # a0fee882c1 (4.19.0): static shared memory is excluded; the rangeset defect gives some of it back
    "domu-holes/avoids-shared-memory": [t for t in between("4.17.0", "4.20.0") if t in GROWN],
    # f37a598139 (4.18.0) to 9b21841fd1 (4.21.0): the last 2 MiB are lost; guests of 4.18 do not pass there
    "iommu-holes/complete": between("4.18.0", "4.20.4"),
    "unallocated/complete": between("4.18.0", "4.20.4"),
    "domu-holes/complete": between("4.19.0", "4.20.4"),
    # the rangeset defect by itself
    "iommu-holes/one-to-one-holes": GROWN,
    "unallocated/avoids-domain-ram": GROWN,
    # 21ec0c4226 (4.18.0), lost by 89dca886ac (4.20.0), again c9205a01f7 (4.21.0)
    "unallocated/empty-grant-region": [*between("4.16.0", "4.17.7"), *between("4.20.0", "4.20.4")],
    # 9568ceb287 (4.21.0): permissions are exact
    "device-permission/permissions-match": between("4.5.0", "4.20.4"),
    # 133f6df947 (4.18.0): windows that wrap are refused
    "iommu-holes/wrapping-windows": between("4.16.0", "4.17.7"),
    # not mended at head
    "iommu-holes/preconditions": between("4.16.0", "head"),
    "iommu-holes/registers-fit": between("4.16.0", "head"),
    "libxl/64-bit-only": between("4.16.0", "head"),
}
"""Where a theorem fails, by the commits that brought and mended it."""


@pytest.mark.parametrize("name", HISTORY)
def test_a_theorem_fails_where_history_says_so(name: str) -> None:
    assert releases(name, "refuted") == HISTORY[name]


def test_every_release_is_in_one_family() -> None:
    listed = [tag for family in families() for tag in family.tags]
    assert sorted(listed) == sorted(tags())
    assert family_of("head").tags == ("4.22.0", "head")


# How a verdict comes about, with theorems made up.


def made(
    *obligations: Obligation,
    uses: tuple[str, ...] = (),
    applies: bool = True,
    assumptions: Sequence[Assumption] = (),
    violation: Callable[[Xen, Setting], Violation | None] | None = None,
    examples: tuple[Setting, ...] = (),
) -> Theorem:
    return Theorem(
        "a/theorem", "", "", (Cite("a", "b"),), lambda _: obligations, lambda _: applies, tuple(assumptions),
        lambda _: uses, violation=violation, examples=examples,
    )  # fmt: skip


HOLDS = obligation("holds", "", (Assumed("", X < 16),), lambda: None, lambda _: Claim(uint64.add(X, 1) <= 16))
FAILS = obligation("fails", "", (), lambda: None, lambda _: Claim(X < uint64.add(X, 1)))
VACUOUS = obligation("vacuous", "", (), lambda: None, lambda _: Claim(X < Y, both(X < Y, Y < X)))
IMPOSSIBLE = obligation(
    "impossible", "", (Assumed("", both(X < Y, Y < X)),), lambda: None, lambda _: Claim(X < Y)
)


def judged(theorem: Theorem) -> tuple[str, str]:
    found = Prover().verdict(theorem, family_of("head").xen)
    return found.word, found.reason


@pytest.mark.parametrize(
    ("theorem", "word_", "reason"),
    [
        (made(HOLDS), "proved", ""),
        (made(HOLDS, FAILS), "unknown", "obligation fails fails: x = 0xffffffffffffffff"),
        (made(HOLDS, VACUOUS), "unknown", "vacuous"),
        (made(HOLDS, IMPOSSIBLE), "unknown", "vacuous"),
        (made(), "unknown", "nothing was checked"),
        (made(HOLDS, applies=False), "not-applicable", "nothing that the theorem speaks of"),
        (made(HOLDS, uses=("libxl/aligned",)), "unknown", "it rests on libxl/aligned, which is refuted"),
        (made(HOLDS, uses=("libxl/sort",)), "proved", ""),
        (
            made(HOLDS, uses=("domu-holes/never",)),
            "unknown",
            "it rests on domu-holes/never, which is not-applicable",
        ),
        (
            made(
                HOLDS,
                assumptions=[Assumption("no", "", "", lambda _: False)],
                examples=(Setting(),),
            ),
            "unknown",
            "its example does not satisfy assumption no",
        ),
    ],
)
def test_what_makes_a_verdict(
    theorem: Theorem, word_: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not apply is nothing to rest on."""
    known = {each.name: each for each in theorems()}
    known["domu-holes/never"] = replace(made(HOLDS, applies=False), name="domu-holes/never")
    monkeypatch.setattr(verdicts, "named", known.__getitem__)
    found = judged(theorem)
    assert found[0] == word_
    assert reason in found[1]


def test_a_proof_and_a_counterexample_at_once_are_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    theorem = made(HOLDS, violation=lambda *_: Violation("it breaks"))
    monkeypatch.setattr(verdicts, "recorded", lambda _: (Recorded("", Setting(), ""),))
    with pytest.raises(InternalError, match="is proved, and fails: it breaks"):
        judged(theorem)


def test_an_example_that_breaks_what_is_proved_is_one_too() -> None:
    theorem = made(HOLDS, violation=lambda *_: Violation("it breaks"), examples=(Setting(),))
    with pytest.raises(InternalError, match="its example breaks it"):
        judged(theorem)


def test_a_counterexample_refutes_only_if_it_satisfies_the_assumptions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verdicts, "recorded", lambda _: (Recorded("", Setting(ipa_bits=7), ""),))
    wide = Assumption("wide", "", "", lambda setting: setting.ipa_bits > 32)
    breaks = made(FAILS, violation=lambda *_: Violation("it breaks"))
    assert judged(breaks)[0] == "refuted"
    assert (
        judged(made(FAILS, assumptions=[wide], violation=lambda *_: Violation("it breaks")))[0] == "unknown"
    )


def test_a_stop_of_xen_is_bad_and_giving_up_claims_nothing() -> None:
    def stops() -> int:
        raise FaultError(Fault("panic", "f", "r"))

    def gives_up() -> int:
        raise GivesUpError("EINVAL")

    assert discharge(obligation("stops", "", (), stops, lambda _: Claim(True))).outcome == "unknown"
    assert obligation("stops", "", (), stops, lambda _: Claim(True)).bad is True
    nothing = obligation("gives-up", "", (), gives_up, lambda _: Claim(False))
    assert nothing.bad is False
    assert discharge(nothing).outcome == "unknown", "nothing was claimed"


def test_a_time_limit_gives_no_proof() -> None:
    hard = [named("domu-holes/sorted"), named("iommu-holes/complete")]
    prover = Prover(timeout=0.000001)
    words = {prover.verdict(each, family_of("head").xen).word for each in hard}
    assert words <= {"proved", "unknown"}


def test_what_is_not_recorded_is_searched_for_if_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is found says that it was found by trying."""
    monkeypatch.setattr(verdicts, "recorded", lambda _: ())
    head, theorem = family_of("head").xen, named("libxl/aligned")
    assert Prover().verdict(theorem, head).word == "unknown"
    found = Prover(searches=True).verdict(theorem, head)
    assert found.word == "refuted"
    assert found.violation is not None
    assert found.counterexample is not None
    assert found.counterexample.what.startswith("Found by trying (bounded: 4 entries, 30000 inputs)")
    assert len(found.counterexample.setting.iomem) == 1
    assert Prover(searches=True).verdict(made(FAILS), head).word == "unknown", "nothing can break it"
