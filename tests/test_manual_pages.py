"""The manual as pages (`make manual`): it builds without a warning, needs no network, and no link leads nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.documents import MANUAL, ROOT, documents

SECONDS = 30
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "object": "data"}
"""What a browser fetches without being asked, and where the address stands."""
OF_THE_BUILDER = {"genindex.html", "search.html"}
LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)")


class Page(HTMLParser):
    """Links, what is loaded, and the places that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get(LOADED.get(tag, "")):
            self.loads.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """Every page, built as `make manual` does."""
    folder = tmp_path_factory.mktemp("manual")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-b", "html", str(MANUAL)]
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return {path: Page(path.read_text(encoding="utf-8")) for path in folder.glob("*.html")}


def local(page: Path, links: list[str]) -> Iterator[tuple[Path, str]]:
    """File and place of each link that stays here."""
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme:
            yield (
                (page.parent / unquote(parts.path)).resolve() if parts.path else page,
                unquote(parts.fragment),
            )


def test_each_chapter_is_a_page_and_can_be_reached(built: dict[Path, Page]) -> None:
    folder = next(iter(built)).parent
    seen, ahead = set[Path](), [folder / "index.html"]
    while ahead:
        page = ahead.pop()
        if page in built and page not in seen:
            seen.add(page)
            ahead += [path for path, _ in local(page, built[page].links)]
    chapters = {f"{path.stem}.html" for path in MANUAL.glob("*.md")}
    assert chapters <= {page.name for page in seen}
    assert {page.name for page in built} == chapters | OF_THE_BUILDER


def test_no_link_leads_nowhere(built: dict[Path, Page]) -> None:
    for page, found in built.items():
        for path, place in local(page, [*found.links, *found.loads]):
            assert path.is_file(), f"{page.name} leads to {path}"
            if place and path in built and place != "top":
                assert place in built[path].places, f"{page.name} leads to {path.name}#{place}"


def test_nothing_is_loaded_from_elsewhere(built: dict[Path, Page]) -> None:
    for page, found in built.items():
        assert found.loads, page
        assert not [each for each in found.loads if urlsplit(each).scheme or each.startswith("//")], page
    folder = next(iter(built)).parent
    for style in folder.rglob("*.css"):
        assert not re.search(
            r"(url\(\s*['\"]?|@import\s+['\"])(https?:)?//", style.read_text(encoding="utf-8")
        ), style
    assert (folder / "searchindex.js").is_file()


@cache
def anchors(path: Path) -> set[str]:
    """Those that code-hosting sites give the headings of a page; of headings that are alike the first one's only."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize(
    "path", [*documents(), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=lambda path: path.name
)
def test_links_work_where_the_repository_is_hosted(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in LINK.findall(text):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (path.parent / parts.path).resolve() if parts.path else path
        assert target.is_file() or (target.is_dir() and not parts.fragment), link
        assert target.is_relative_to(ROOT), link
        if parts.fragment:
            assert parts.fragment in anchors(target), link
