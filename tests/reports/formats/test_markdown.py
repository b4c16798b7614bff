"""Comments, rendered by GitHub's own fork of cmark and read back as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from tests.reports.formats.hostile import TEXTS, hostile
from verifier.layout.errors import InputError
from verifier.layout.sheet import Sheet
from verifier.layout.units import one_line
from verifier.reports import sheets as formats
from verifier.reports.markdown import LIMIT

OURS = {
    *("h3", "h4", "p", "strong"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "pre", "code"),
}
JOINERS = "\N{ZERO WIDTH SPACE}"


@dataclass
class Page(HTMLParser):
    """Tags, rows of the tables and texts of one comment."""

    tags: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not attrs or (tag, attrs) in (
            ("code", [("class", "language-text")]),
            ("pre", [("lang", "text")]),
        )
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if (texts := self._texts(tag)) is not None:
            texts.append("")

    def _texts(self, tag: str) -> list[str] | None:
        """Where the text of such an element goes."""
        row = self.rows[-1] if self.rows else None
        return {"td": row, "summary": self.summaries, "code": self.blocks}.get(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        texts = self._texts(self.open[-1]) if self.open else None
        if texts is not None:
            texts[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def page(text: str) -> Page:
    found = Page()
    found.feed(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))
    found.close()
    assert found.open == []
    assert set(found.tags) <= OURS, set(found.tags) - OURS
    found.rows = [row for row in found.rows if row]
    return found


def plain(text: str) -> str:
    return text.replace(JOINERS, "")


def test_the_reader_sees_what_would_be_bad() -> None:
    for bad in ("<b>x</b>", "[a](b)", "www.evil.example", "a@example.org", "~~x~~", "![a](b)"):
        with pytest.raises(AssertionError):
            page(bad)


def test_a_row_for_each_finding(sheets: Mapping[str, Sheet]) -> None:
    for sheet in sheets.values():
        text = formats.render("markdown", sheet)
        found = page(text)
        assert len(text) <= LIMIT
        told = [
            row
            for part in sheet.parts
            for row in part.rows
            if row.verdict in ("refuted", "unknown", "waived")
        ]
        if "not shown here" not in text:
            assert len(found.rows) == len(told)
        for cells, row in zip(found.rows, told, strict=False):
            advice = row.severity == "advice" and row.verdict == "refuted"
            assert [plain(cell) for cell in cells] == [
                "advice" if advice else row.verdict,
                row.topic,
                ", ".join(row.subjects),
                str(row.place or ""),
                row.message,
            ]


def test_details_are_folded_and_whole(sheets: Mapping[str, Sheet]) -> None:
    sheet = sheets["mail"]
    found = page(formats.render("markdown", sheet))
    rows = [
        row for _, row, _ in sheet.entries() if row.verdict in ("refuted", "unknown", "waived") and row.lines
    ]
    blocks = [block.splitlines() for block in found.blocks]
    assert blocks[:-2] == [[row.message, *row.lines] for row in rows]
    assert blocks[-2] == list(sheet.parts[0].notes)
    assert len(blocks[-1]) == len(sheet.assumptions)
    assert [plain(each).partition(": ")[2] for each in found.summaries[:-2]] == [row.about for row in rows]


def test_a_long_comment_says_what_it_leaves_out(sheets: Mapping[str, Sheet]) -> None:
    (part,) = sheets["mail"].parts
    row = next(row for row in part.rows if row.verdict == "refuted")
    long = replace(sheets["mail"], parts=(replace(part, rows=(row,) * 1000),))
    text = formats.render("markdown", long)
    shown = len(page(text).rows)
    assert len(text) <= LIMIT
    assert 0 < shown < 1000
    assert f"**{1000 - shown} more findings not shown here.**" in text


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_names(text: str) -> None:
    """No HTML, no link, no column more; every name is read as it stands."""
    found = page(formats.render("markdown", hostile(text)))
    clean = one_line(text)
    assert len(found.rows) == 12
    for row in found.rows:
        verdict, topic, subjects, _, message = map(plain, row)
        assert (verdict in ("refuted", "unknown", "waived", "advice"), topic) == (True, "no-overlap")
        assert subjects.split() == f"{clean}, other {clean}".split()
        assert message.split() == f"begin {clean} end".split()
    assert len(found.summaries) == 15
    blocks = [block.split("\n") for block in found.blocks[:-1]]
    assert blocks.count([clean, f"note {clean}", ""]) == 2
    assert sum(block[:3] == [f"begin {clean} end", f"detail {clean}", clean] for block in blocks) == 12


@pytest.mark.parametrize("text", ["@everyone", "#12", "!34", "see @a-b", "GH#7", "a@b", "<@x>"])
def test_nobody_is_called(text: str) -> None:
    """After rendering, GitHub and GitLab turn @name, #1 and !1 into people and issues, in all texts but code."""
    found = page(formats.render("markdown", hostile(text)))
    for told in (*found.summaries, *(cell for row in found.rows for cell in row)):
        for sign in "@#!":
            assert not any(after[:1].isalnum() for after in told.split(sign)[1:])


@pytest.mark.parametrize("fault", [InputError("no macro <b>", "a|b.h", 7), InputError("what\x00?")])
def test_an_error_is_a_sentence(fault: InputError) -> None:
    text = formats.render_error("markdown", "check", fault)
    assert set(page(text).tags) == {"p", "strong"}
