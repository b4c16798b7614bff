"""What explains a log, where what is predicted is told by the test: rules of reading the tree, and other releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.xen.explained import PLAIN, RULES, XEN, Told, asked_with
from tests.xen.test_explanations_alone import LAST, SECOND, SENTENCES, TABLE
from verifier.layout.host import Host
from verifier.layout.origin import Origin
from verifier.reading.dt_rules import Difference, Rules
from verifier.xen.release import Xen
from verifier.xen.subjects import Given


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return asked_with(monkeypatch)


def difference(what: str, since: str | None, until: str | None, commit: str = "eeeeeeeeee") -> Difference:
    return Difference(what, f"{what} counts", since, until, commit, "f.c h", Origin("f", 1))


@pytest.mark.parametrize(("holding", "since", "until", "sentence"), [
    (False, "4.17.0", None, "f.c h: x counts: so (from 4.17.0 on, eeeeeeeeee)"),
    (True, "4.17.0", None, "f.c h: x counts: not so (from 4.17.0 on, eeeeeeeeee)"),
    (False, None, "4.17.0", "f.c h: x counts: so (from the first release until 4.17.0, eeeeeeeeee)"),
    (True, "4.16.1", "4.17.0", "f.c h: x counts: not so (from 4.16.1 until 4.17.0, eeeeeeeeee)"),
])  # fmt: skip
def test_another_reading(
    told: Told, since: str | None, until: str | None, sentence: str, *, holding: bool
) -> None:
    """The tree is read again with one rule turned, and others as they are."""
    known, own = frozenset(("w", "x", "y")), frozenset(("w", "x") if holding else ("w",))
    wanted = "w" if holding else "w+x"
    found = told(
        lambda host, *_: host.file == wanted,
        readings=[difference("x", since, until), difference("y", None, None)],
        rules=Rules("4.18.0", known, own),
    )
    assert found == (sentence,)


def test_a_rule_of_several_stretches_is_told_once(told: Told) -> None:
    """By the first of them, wherever they stand."""
    one, other = difference("x", "4.16.3", "4.17.0"), difference("x", "4.18.0", None, "ffffffffff")
    rules = Rules("4.18.0", frozenset(("x", "y")), frozenset())
    for table in ((one, other), (one, difference("y", None, None), other)):
        found = told(lambda host, *_: host.file == "x", readings=table, rules=rules)
        assert found == ("f.c h: x counts: so (from 4.16.3 until 4.17.0, eeeeeeeeee)",)


TAGS = ("4.16.0", "4.16.1", "4.17.0", "4.18.0", "head")


def releases(*tags: str) -> list[tuple[Xen, Rules]]:
    """Each behaves in its own way."""
    return [
        (Xen(tag, debug=False, behaviours={"b": replace(PLAIN, value=at)}), RULES)
        for at, tag in enumerate(tags)
    ]


@pytest.mark.parametrize(("agreeing", "runs"), [
    ((), ()),
    (("4.16.0",), ("xen 4.16.0",)),
    (("head",), ("xen head",)),
    (("4.16.1", "4.17.0"), ("xen 4.16.1 to 4.17.0",)),
    (("4.16.0", "4.17.0", "4.18.0", "head"), ("xen 4.16.0", "xen 4.17.0 to head")),
    (TAGS, ("xen 4.16.0 to head",)),
])  # fmt: skip
@pytest.mark.parametrize("debug", [False, True])
def test_runs_of_releases(told: Told, agreeing: Sequence[str], runs: tuple[str, ...], *, debug: bool) -> None:
    """In the build that was asked about; those without extended regions are not asked."""
    found = told(
        lambda _host, other, _given: other.debug is debug and other.tag in (*agreeing, "4.15.0"),
        xen=Xen("ours", debug=debug, behaviours={}),
        releases=releases("4.15.0", *TAGS),
    )
    assert found == runs


def test_single_changes_come_first(told: Told) -> None:
    """Where one is enough no release is asked."""
    asked: list[str] = []

    def matches(_host: Host, other: Xen, given: Given) -> bool:
        asked.append(other.tag)
        return given.iommu or other.debug or other.tag != "4.18.0"

    found = told(matches, releases=releases(*TAGS))
    assert found == ("I/O virtualisation enabled", "a debug build of Xen")
    assert set(asked) == {"4.18.0"}


def test_what_behaves_and_reads_alike_is_asked_once(told: Told) -> None:
    asked: list[tuple[str, str]] = []

    def matches(host: Host, other: Xen, _given: Given) -> bool:
        if other.tag != "ours":
            asked.append((other.tag, host.file))
        return False

    same, other = {"b": PLAIN}, {"b": replace(PLAIN, value=1)}
    reads = Rules("r", frozenset(("x",)), frozenset(("x",)))
    table = [
        (Xen("4.16.0", debug=False, behaviours=same), RULES),
        (Xen("4.16.1", debug=False, behaviours={"b": replace(PLAIN, since="4.5.0")}), RULES),
        (Xen("4.17.0", debug=False, behaviours=other), RULES),
        (Xen("4.18.0", debug=False, behaviours={"b": replace(PLAIN, name="n")}), RULES),
        (Xen("4.19.0", debug=False, behaviours={"c": PLAIN}), RULES),
        (Xen("4.20.0", debug=False, behaviours=same), reads),
        (Xen("4.21.0", debug=False, behaviours=other), RULES),
    ]
    assert told(matches, xen=Xen("ours", debug=False, behaviours={}), releases=table) == ()
    assert asked == [
        ("4.16.0", "none"), ("4.17.0", "none"), ("4.18.0", "none"), ("4.19.0", "none"), ("4.20.0", "x"),
    ]  # fmt: skip


def test_alike_releases_are_one_run(told: Told) -> None:
    """Also where only the first of them was asked."""
    table = [(Xen(tag, debug=False, behaviours={"b": PLAIN}), RULES) for tag in TAGS]
    found = told(
        lambda _host, other, _given: other.tag == "4.16.0",
        xen=Xen("ours", debug=False, behaviours={}),
        releases=table,
    )
    assert found == ("xen 4.16.0 to head",)


def test_kinds_are_told_in_their_order(told: Told) -> None:
    """Inputs, behaviours, rules of reading, builds."""
    release = replace(XEN, behaviours={"b": LAST})
    found: Any = told(
        lambda host, other, given: (
            given.iommu or other.debug or other.behaviours["b"] is SECOND or host.file == "x"
        ),
        xen=release,
        behaviours=TABLE,
        readings=[difference("x", None, None)],
        rules=Rules("4.18.0", frozenset(("x",)), frozenset()),
    )
    assert found == (
        "I/O virtualisation enabled", SENTENCES[1],
        "f.c h: x counts: so (from the first release on, eeeeeeeeee)", "a debug build of Xen",
    )  # fmt: skip
