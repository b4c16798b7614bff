"""Every commit of Xen that changed the layout header, as `verifier ci` judges it against its parent."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from tests.replay.words import Key, Told, doubted, failing, key_of, named, told, verdict
from verifier.commands.ci import Asked, ci
from verifier.layout.difference import Difference, Effect
from verifier.layout.finding import Verdict
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.reading import models
from verifier.reading.at_commit import layout_at
from verifier.reading.functions import modelled_code
from verifier.reading.git import HEADER, Files, Repository
from verifier.reading.request import Request
from verifier.reports.diff_words import is_old_waiver
from verifier.rules.judge import judge

FIRST = "99bf30a5d1"
"""The first commit with macros of the layout."""


@dataclass(frozen=True, slots=True)
class Row:
    """A commit and what is told of it."""

    id: str
    date: str
    """When it was committed."""
    release: str
    """The first that has it."""
    subject: str
    difference: Difference
    told: tuple[Told, ...]
    broke: frozenset[Key]
    """What fails since, and did not before."""
    repaired: frozenset[Key]
    """What failed before, of configurations that it has or that it rules out, and does no more."""

    @property
    def short(self) -> str:
        """Ten digits."""
        return self.id[:10]

    @property
    def matters(self) -> bool:
        """Whether it is more than one of those that are counted."""
        return bool(self.told) or self.difference.verdict is not Verdict.PROVED


@dataclass(slots=True)
class Chain:
    """What fails since when, by the text of the header: a stable branch goes on from where it left."""

    known: dict[bytes | None, dict[Key, str]] = field(default_factory=dict)

    def row(self, repository: Repository, id_: str, date: str, release: str) -> Row:
        """Judge a commit whose ancestors have been judged."""
        (judged,) = ci(Asked(Request(""), repo=repository.git.name, range=id_)).judged
        found = judged.difference
        assert found is not None, f"{judged.name}: {judged.fault}"
        parent = repository.files(f"{id_}^")
        before = self.known.get(parent.header, {})
        now = failing(found) | {key for key in before if key[0] in doubted(found)}
        cured = frozenset(key_of(each) for each in found.deltas if each.effect is Effect.CURED)
        gone = _failing_at(parent, repository, found.new.release) - now - cured
        behaviour = f"what {release} does"
        since = {**dict.fromkeys(cured | gone, behaviour), **before}
        new = fresh(found, Effect.BROKEN, Effect.ACCEPTED)
        self.known[repository.files(id_).header] = {
            key: before.get(key) or (f"`{id_[:10]}`" if key in new else behaviour) for key in now
        }
        said, broke = told(found, since, gone), fresh(found, Effect.BROKEN) - before.keys()
        return Row(id_, date, release, judged.title, found, said, broke, cured | gone)


def _failing_at(files: Files, repository: Repository, release: str) -> frozenset[Key]:
    """What fails in a tree with what a release does, if nothing is accepted."""
    loaded = layout_at(files, repository, Request(""), release)
    case = case_of(loaded.layout, loaded.facts, loaded.layout)
    found = (each for judged in judge(case, Decider(case.symbolic)) for each in judged.findings)
    refuted = (each for each in found if each.verdict is Verdict.REFUTED and each.severity == "error")
    return frozenset((each.property, tuple(sorted(each.subjects))) for each in refuted)


def fresh(found: Difference, *effects: Effect) -> frozenset[Key]:
    """What fails, or fails and is waived, and failed in no configuration before."""
    old = {key_of(each) for each in found.deltas if each.effect is Effect.STILL_BROKEN or is_old_waiver(each)}
    return frozenset(key_of(each) for each in found.deltas if each.effect in effects) - old


@cache
def rows(path: str) -> tuple[Row, ...]:
    """All of them, by date, those of stable branches included, up to the commit that models describe."""
    ends = {tag: modelled_code()[0] if tag == "head" else f"RELEASE-{tag}" for tag in tags()}
    wanted = (*ends.values(), f"^{FIRST}^")
    repository, chain = Repository.open(path), Chain()
    into = _into(path, ends, wanted)
    log = asked(path, "log", "--date-order", "--reverse", "--format=%H %cs", *wanted, "--", HEADER)
    lines = (line.split() for line in log.splitlines())
    return tuple(chain.row(repository, id_, date, into[id_]) for id_, date in lines)


def tags() -> list[str]:
    """All releases of the models, oldest first."""
    return sorted((tag for model in models.releases() for tag in model.tags), key=models.version)


def _into(path: str, ends: Mapping[str, str], wanted: Iterable[str]) -> dict[str, str]:
    """The first release that has a commit, of each commit."""
    lines = (line.split() for line in asked(path, "rev-list", "--parents", *wanted).splitlines())
    parents = {id_: others for id_, *others in lines}
    found: dict[str, str] = {}
    for tag, end in ends.items():
        left = [asked(path, "rev-parse", f"{end}^{{commit}}").strip()]
        while left:
            id_ = left.pop()
            if id_ in parents and id_ not in found:
                found[id_] = tag
                left += parents[id_]
    return found


def asked(path: str, *arguments: str) -> str:
    """What git answers."""
    command = ["git", "-C", path, *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")


def table(found: Sequence[Row]) -> str:
    """A row for each commit that matters."""
    lines = [
        "| commit | date | release | subject | verdict | why | repaired by |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(_cells(each, found))} |" for each in found if each.matters]
    return "\n".join((*lines, "", counts(found), ""))


def _cells(row: Row, found: Sequence[Row]) -> tuple[str, ...]:
    why = "<br>".join(each.long for each in row.told)
    return (
        f"`{row.short}`",
        row.date,
        row.release,
        _subject(row),
        verdict(row.difference.verdict),
        why,
        _repaired(row, found),
    )


def _subject(row: Row) -> str:
    return row.subject.replace("|", "\\|")


def _repaired(row: Row, found: Sequence[Row]) -> str:
    """What became of each thing that it broke."""
    return "<br>".join(_repairs(row, found)) or "-"


def _repairs(row: Row, found: Sequence[Row]) -> Iterator[str]:
    for key in sorted(row.broke):
        by = [each for each in found if key in each.repaired and f"of `{row.short}`" in _told_of(each, key)]
        said = ", ".join(f"`{each.short}` ({each.release})" for each in by)
        yield f"{named(key)}: {said or 'nobody'}"


def _told_of(row: Row, key: Key) -> str:
    return next((each.brief for each in row.told if each.brief.startswith(f"{named(key)}, ")), "")


def summary(found: Sequence[Row]) -> str:
    """Those that are refuted or repair something, in few words."""
    shown = [each for each in found if each.difference.verdict is Verdict.REFUTED or each.repaired]
    lines = ["| commit | release | subject | verdict | why |", "|---|---|---|---|---|"]
    for each in shown:
        said = [told.short for told in each.told if told.kind in SUMMED]
        cells = (
            f"`{each.short}`",
            each.release,
            _subject(each),
            verdict(each.difference.verdict),
            "<br>".join(said),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join((counts(found), "", *lines, ""))


SUMMED = (
    "newly refuted",
    "lost",
    "waived",
    "newly proved",
    "refuted less",
    "no longer possible",
)
"""What the summary has of a commit."""


def counts(found: Sequence[Row]) -> str:
    """How many there are of each verdict."""
    number = Counter(each.difference.verdict for each in found)
    silent = sum(not each.matters for each in found)
    return (
        f"{len(found)} commits: {number[Verdict.REFUTED]} refuted, {number[Verdict.UNKNOWN]} unknown, "
        f"{number[Verdict.PROVED]} proved, of which {silent} neither move nor repair anything."
    )
