"""The manual's screenshots are those of today's pages, and a picture without its conflicts would be noticed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener
from tests.browser.shots import FOLDER, SHOTS, SIZE, Shot, difference, taken

SAME = 0.004
"""Share of pixels: letters may be drawn a little otherwise by another build of the browser."""


def opened(shot: Shot, open_page: Opener) -> Page:
    return open_page(shot.page, scheme=shot.scheme, width=SIZE[0], height=SIZE[1])


@pytest.mark.parametrize("name", SHOTS)
def test_the_manual_shows_the_page_of_today(name: str, open_page: Opener) -> None:
    stored = (FOLDER / f"{name}.png").read_bytes()
    assert len(stored) < 150_000
    assert difference(stored, taken(opened(SHOTS[name], open_page), SHOTS[name])) <= SAME, (
        "make pictures, and look"
    )


def test_a_missing_conflict_is_noticed(open_page: Opener) -> None:
    """Hatching and note of one overlap, as little as that is."""
    page = opened(SHOTS["proposal-2021"], open_page)
    page.evaluate("() => document.querySelector('#drawn .note.refuted').remove()")
    stored = (FOLDER / "proposal-2021.png").read_bytes()
    assert difference(stored, taken(page, SHOTS["proposal-2021"])) > SAME


def test_the_manual_shows_all_of_them() -> None:
    manual = (FOLDER.parents[1] / "manual" / "maps.md").read_text(encoding="utf-8")
    assert sorted(path.stem for path in FOLDER.glob("*.png")) == sorted(SHOTS)
    assert all(f"](../docs/pictures/{name}.png)" in manual for name in SHOTS)
