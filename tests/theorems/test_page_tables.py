"""Reach of the P2M: exact since XSA-301, before it other addresses were mapped instead of those above the reach."""

from __future__ import annotations

import pytest

from tests.theorems.by_hand import LATER, OLDEST, broken, examples_break_nothing, proved_in, proves
from verifier.logic.word import holds
from verifier.reading import models
from verifier.theorems.setting import Setting
from verifier.theorems.statements.page_tables import THEOREMS, reaches
from verifier.xen import p2m_root
from verifier.xen.p2m_root import ROOTS, Root
from verifier.xen.release import xen

TAGS = (*OLDEST, "4.11.2", "4.11.3", "4.12.1", "4.12.2", *LATER)
ALIASES = ("4.5.0", "4.6.0", "4.8.0", "4.9.0", "4.10.0", "4.11.2", "4.12.1")

COUNTEREXAMPLES: tuple[tuple[str, Setting], ...] = (
    # one page just above the reach of one table at level 1 is mapped at 0
    ("page-tables/own-entry", Setting(ipa_bits=32, xen_reg=((1 << 39, 0x1000),))),
    ("page-tables/reach-is-exact", Setting(ipa_bits=32, xen_reg=((1 << 39, 0x1000),))),
)


@pytest.mark.parametrize("name", [each.name for each in THEOREMS])
def test_proved_where_history_says_so(name: str) -> None:
    exact = name in ("page-tables/own-entry", "page-tables/reach-is-exact")
    assert proved_in(name, TAGS) == [tag for tag in TAGS if not exact or tag not in ALIASES]


@pytest.mark.parametrize("tag", TAGS)
def test_counterexamples_and_examples(tag: str) -> None:
    for name, setting in COUNTEREXAMPLES:
        assert (broken(name, tag, setting) is not None) is (tag in ALIASES)
    for theorem in THEOREMS:
        examples_break_nothing(theorem.name, tag)


def test_what_is_mapped_instead_is_said() -> None:
    found = broken("page-tables/own-entry", "4.12.1", Setting(ipa_bits=36, xen_reg=((0x8140000000, 0x1000),)))
    assert found is not None
    assert found.message == "a mapping of 0x8140000000 is made at 0x140000000"


def test_every_width_of_every_release_has_its_root() -> None:
    for tag in TAGS:
        for arch in ("arm64", "arm32"):
            assert {width.bits for width in models.widths(tag, arch)} <= set(ROOTS)
    assert set(reaches()) == set(ROOTS)


@pytest.mark.parametrize("tag", ["4.4.0", "4.12.1", "head"])
def test_a_walk_table_by_table_agrees(tag: str) -> None:
    """The entry that a walk by indexes of nine bits each ends at, put together again from the indexes."""
    for bits, root in ROOTS.items():
        for address in (
            0,
            (1 << bits) - 4096,
            1 << bits,
            1 << 39,
            1 << 40,
            1 << 48,
            (1 << 51) + 4096,
            3 << 39,
        ):
            page, indexes = address >> 12, []
            for _ in range(root.level, 4):
                indexes.append(page % 512)
                page //= 512
            table = page % 512 if tag == "4.12.1" else page
            table = 0 if tag == "4.12.1" and root.tables == 1 else table
            assert holds(p2m_root.takes(xen(tag), root, address)) is (table < root.tables)
            if table < root.tables:
                walked = table
                for index in reversed(indexes):
                    walked = walked * 512 + index
                assert p2m_root.entry_of(root, address - address % 4096) == walked << 12


def test_a_table_less_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROOTS, 40, Root(1, 1))
    assert not proves("page-tables/p2m-reach", "head")
    assert not proves("page-tables/mappable", "head")
    assert not proves("page-tables/reach-is-exact", "head")


def test_a_table_more_breaks_exactness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROOTS, 42, Root(1, 16))
    assert not proves("page-tables/reach-is-exact", "head")
    assert proves("page-tables/p2m-reach", "head")
