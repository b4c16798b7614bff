"""history.md is what the tool says: of releases always, of commits where a Xen git is at hand; and both agree."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.models.history import HISTORY as EXPECTED
from tests.reading.git_repositories import MAKEFILE_TEXT, Made
from tests.replay.commits import FIRST, Chain, Row, asked, fresh, rows, tags
from tests.replay.document import COMMITS, HISTORY, SUMMARY, written
from tests.replay.releases import differ, pairs
from tests.replay.words import failing, key_of, named
from verifier.commands.check import check
from verifier.commands.diff import diff
from verifier.layout.difference import Effect
from verifier.layout.finding import Verdict
from verifier.reading import models
from verifier.reading.git import HEADER, MAKEFILE, Repository
from verifier.reading.request import Request

XEN_GIT = os.environ.get("XEN_GIT", "")
with_git = pytest.mark.skipif(not XEN_GIT, reason="XEN_GIT is not set")
TEXT, SUMMARY_TEXT = HISTORY.read_text(encoding="utf-8"), SUMMARY.read_text(encoding="utf-8")


def table(text: str) -> dict[str, list[str]]:
    """Cells of the table of commits, by commit."""
    found = COMMITS.search(text)
    assert found
    lines = [line for line in found[0].splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert len({row[0] for row in cells}) == len(cells)
    return {row[0].strip("`"): row[1:] for row in cells}


def test_releases_give_this_file_and_a_git_what_it_says_of_commits() -> None:
    assert written(XEN_GIT) == (TEXT, SUMMARY_TEXT)


def test_the_summary_is_of_the_rows_that_matter_most() -> None:
    rows, summary = table(TEXT), table(SUMMARY_TEXT)
    repairs = r"newly proved|refuted less|no longer possible"
    assert list(summary) == [id_ for id_, row in rows.items() if "**" in row[3] or re.search(repairs, row[4])]
    for id_, (release, subject, verdict, why) in summary.items():
        assert [release, subject, verdict] == rows[id_][1:4]
        kinds = Counter(said.partition(":")[0] for said in why.split("<br>"))
        assert kinds <= Counter(said.partition(":")[0] for said in rows[id_][4].split("<br>"))


def test_the_counts_are_those_of_the_rows() -> None:
    said = re.findall(
        r"(\d+) commits: (\d+) refuted, (\d+) unknown, (\d+) proved, of which (\d+) neither", TEXT
    )
    assert said == re.findall(
        r"(\d+) commits: (\d+) refuted, (\d+) unknown, (\d+) proved, of which (\d+)", SUMMARY_TEXT
    )
    total, refuted, unknown, proved, silent = map(int, said[0])
    verdicts = Counter(row[3].strip("*") for row in table(TEXT).values())
    assert verdicts == {"refuted": refuted, "unknown": unknown, "proved": proved - silent}
    assert total == refuted + unknown + proved


@pytest.mark.parametrize(
    ("release", "rule", "subject", "since", "until"),
    [
        ("4.4.0", "well-formed", ("GUEST_RAM",), "99bf30a5d1", "5a959f44ed"),
        ("4.4.0", "no-overlap", ("GUEST_RAM", "GUEST_GNTTAB"), "99bf30a5d1", "5a959f44ed"),
        ("4.4.1", "aligned", ("GUEST_GNTTAB",), "99bf30a5d1", "0af0306c27"),
        ("4.4.4", "minimum-size", ("GUEST_GICC",), "99bf30a5d1", "8ee6d574b7"),
        (
            "4.16.0",
            "pci-window-type",
            ("GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM", "GUEST_VPCI_PREFETCH_MEM"),
            "52d0847d7c",
            "232ee07c23",
        ),
    ],
)
def test_what_history_blames_is_blamed_and_what_it_credits_is_credited(
    release: str, rule: str, subject: tuple[str, ...], since: str, until: str
) -> None:
    """The commits are those of tests/models/history.py, written by hand from Xen's log."""
    (known,) = [each for each in EXPECTED[release] if (each.rule, each.subject) == (rule, subject)]
    assert until in known.why
    rows, name = table(TEXT), named((rule, tuple(sorted(subject))))
    repaired = next(said for said in rows[since][5].split("<br>") if said.startswith(f"{name}: "))
    assert f"`{until}`" in repaired
    assert re.search(rf"(newly proved|no longer possible): {re.escape(name)}, of `{since}`", rows[until][4])


def test_every_release_is_a_step_and_neighbours_that_differ_are_told() -> None:
    assert {tag for pair in pairs() for tag in pair} == set(tags())
    told = re.findall(r"^\| (\S+) \| (\S+) \| \S+ \|", TEXT.partition("<!-- steps -->")[2], re.MULTILINE)
    assert [pair for pair in told if pair != ("from", "to")] == [pair for pair in pairs() if differ(*pair)]
    layouts = {tag: model.name for model in models.releases() for tag in model.tags}
    assert {pair for pair in pairs() if layouts[pair[0]] != layouts[pair[1]]} <= set(told)


def header(**changes: str) -> str:
    values = next(model for model in models.releases() if "4.18.0" in model.tags).replacements
    texts = {name: text for name, (text, _) in values.items()} | changes
    return "".join(f"#define {name} {text}\n" for name, text in texts.items())


def test_a_stable_branch_goes_on_from_where_it_left(tmp_path: Path) -> None:
    """A defect of main is repaired on main by another value, and on a branch by taking it back."""
    made = Made(tmp_path / "xen")
    made.commit({HEADER: header(), MAKEFILE: MAKEFILE_TEXT}, "a tree of Xen")
    worse = header(GUEST_MAGIC_BASE="0x38000000ULL")
    ids = [made.commit({HEADER: worse}, "magic pages in the grant region")]
    ids.append(made.commit({HEADER: worse + "/* a remark */\n"}, "a remark"))
    ids.append(made.commit({HEADER: header(GUEST_MAGIC_BASE="0x3a000000ULL")}, "out of it again"))
    made.branch("stable", ids[1])
    ids.append(made.commit({HEADER: header()}, "as it was"))
    repository, chain = Repository.open(str(made.folder)), Chain()
    bad, remark, main, stable = (chain.row(repository, id_, "2020-01-01", "4.18.0") for id_ in ids)
    key = "no-overlap", ("GUEST_GNTTAB", "GUEST_MAGIC")
    assert bad.difference.verdict is Verdict.REFUTED
    assert bad.broke == {key}
    assert (remark.broke, remark.repaired, remark.told) == (frozenset(), frozenset(), ())
    assert not remark.matters
    for row in (main, stable):
        assert row.difference.verdict is Verdict.PROVED
        assert not row.broke
        assert row.repaired == {key}
        assert f"{named(key)}, of `{bad.short}`" in [each.brief for each in row.told]


@pytest.fixture(scope="module")
def replayed() -> tuple[Row, ...]:
    return rows(XEN_GIT)


@with_git
def test_what_commits_do_between_two_releases_is_what_their_difference_says(
    replayed: tuple[Row, ...],
) -> None:
    """Both with what the later release does. Nothing is hidden: each step has its commits, and no commit lacks a step."""
    met = Counter[str]()
    for old, new in pairs():
        between = [row for row in replayed if row.release == new]
        assert all(row.difference.new.release == new for row in between), new
        broken, healed = set[object](), set[object]()
        for row in between:
            broken = (broken | row.broke) - row.repaired
            healed = healed | (row.repaired - broken)
        found = diff(f"xen-{old}", f"xen-{new}", Request("", xen=new))
        before = {
            (each.property, tuple(sorted(each.subjects)))
            for each in check(Request(f"xen-{old}", xen=new, base=f"xen-{old}", policy="none")).findings
            if each.verdict is Verdict.REFUTED
        }
        assert broken == fresh(found, Effect.BROKEN), (old, new)
        assert {key for key in healed if key in before} == before - failing(found), (old, new)
        assert names(found.deltas, Effect.LOST) == {
            x for r in between for x in names(r.difference.deltas, Effect.LOST)
        }
        moved = {name for row in between for name in names(row.difference.deltas, Effect.MOVED)}
        assert names(found.deltas, Effect.MOVED) <= moved, (old, new)
        met += Counter(broken=len(broken), healed=len(before - failing(found)), moved=len(moved))
    assert min(met[each] for each in ("broken", "healed", "moved")) > 0, met
    assert {row.release for row in replayed} - {tags()[0]} <= {new for _, new in pairs()}


def names(deltas: object, effect: Effect) -> set[str]:
    assert isinstance(deltas, tuple)
    return {name for each in deltas if each.effect is effect for name in key_of(each)[1]}


@with_git
def test_every_commit_of_the_header_is_there(replayed: tuple[Row, ...]) -> None:
    """By git's own list of each release, merges and whatever it would simplify away included."""
    ends = [f"RELEASE-{tag}" for tag in tags() if tag != "head"]
    log = asked(
        XEN_GIT, "rev-list", "--full-history", "--no-merges", *ends, f"^{FIRST}^", "--", HEADER
    ).split()
    assert set(log) <= {row.id for row in replayed}
    assert len(replayed) - len(log) == sum(row.release == "head" for row in replayed)
    for row in replayed:
        tag = "c447b7308b" if row.release == "head" else f"RELEASE-{row.release}"
        assert not asked(XEN_GIT, "rev-list", "-n", "1", row.id, f"^{tag}")
    assert "GUEST_" not in asked(XEN_GIT, "show", f"{FIRST}^:{HEADER}").replace("GUEST_HANDLE", "").replace(
        "PSR_GUEST", ""
    )
