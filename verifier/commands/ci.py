"""`verifier ci`: every commit of a range that changes what a verdict rests on, and the merge."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from typing import Any

import click

from verifier.commands.difference import compared
from verifier.commands.options import layout_options
from verifier.commands.output import Output, output_options
from verifier.layout.difference import Difference
from verifier.layout.errors import InputError
from verifier.layout.series import Judged, Series
from verifier.logic.solver import solver_name
from verifier.reading import models
from verifier.reading.at_commit import layout_at, release_of
from verifier.reading.git import EMPTY, HEADER, Commit, Files, Repository
from verifier.reading.git_changes import Change, changes
from verifier.reading.git_merge import Merge, merge_result, staged
from verifier.reading.git_range import range_of
from verifier.reading.platforms import PLATFORMS
from verifier.reading.policy import policy_of
from verifier.reading.request import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user asks of `ci`."""

    request: Request
    """Of which the source does not count."""
    repo: str = "."
    range: str = "HEAD"
    event: str | None = None
    """The platform that says the range: a name of `PLATFORMS`."""
    staged: bool = False
    header: str = HEADER
    stable: bool = False


def ci(asked: Asked) -> Series:
    """Judge each commit against its parent, then all together. Raises InputError."""
    started = time.perf_counter()
    _refuse_options(asked.request)
    repository = Repository.open(asked.repo, header=asked.header)
    if asked.staged:
        return _staged(asked, repository, started)
    if asked.event:
        asked = replace(asked, range=range_of(repository, PLATFORMS[asked.event](os.environ)))
    commits = repository.commits(asked.range)
    _refuse_strangers(repository, asked, commits)
    judge = _Judge(asked, repository)
    told = changes(repository, commits)
    judged = tuple(judge.of(each) for each in told) or judge.depending(commits)
    merged = judge.merged(commits) if judged or any(map(_is_merge, commits)) else None
    return Series(
        asked.range, asked.repo, len(commits), judged, merged, solver_name() if judged else "",
        time.perf_counter() - started,
    )  # fmt: skip


def _staged(asked: Asked, repository: Repository, started: float) -> Series:
    change = staged(repository)
    _refuse_strange_index(repository, asked, change)
    judged = () if change is None else (replace(_Judge(asked, repository).of(change), id=""),)
    seconds = time.perf_counter() - started
    return Series("what is staged", asked.repo, 1, judged, None, solver_name() if judged else "", seconds)


def _refuse_options(request: Request) -> None:
    """Raise InputError for what no commit could be judged with, also where none has to be."""
    policy_of(request.policy)
    if request.xen:
        models.tag_of(request.xen)


def _refuse_strangers(repository: Repository, asked: Asked, commits: tuple[Commit, ...]) -> None:
    """Raise InputError for a tree without the header: of what is not there nothing would ever be refuted."""
    if commits and repository.files(commits[-1].id).header is None:
        before = commits[0].parents[:1]
        if not before or repository.files(before[0]).header is None:
            raise InputError(
                f"{asked.header} is not in this tree, neither before {asked.range} nor after: is it Xen's? "
                "--header says where the header is",
                asked.repo,
            )


def _refuse_strange_index(repository: Repository, asked: Asked, change: Change | None) -> None:
    """The same for what is staged; where nothing that matters is staged, HEAD has what the index has."""
    after = change.after if change else repository.files("HEAD") if repository.begun() else EMPTY
    before = change.before if change else after
    if after.header is before.header is None:
        raise InputError(
            f"{asked.header} is neither in HEAD nor staged: is this Xen's tree? --header says where the header is",
            asked.repo,
        )


@dataclass(slots=True)
class _Judge:
    """Compares layouts of one repository, the same two once."""

    asked: Asked
    repository: Repository
    known: dict[tuple[object, ...], Difference] = field(default_factory=dict)

    def of(self, change: Change) -> Judged:
        """One commit."""
        commit = change.commit
        try:
            found = self._difference(change)
        except InputError as fault:
            return Judged(commit.id, commit.short, commit.subject, commit.author, None, fault)
        return Judged(commit.id, commit.short, commit.subject, commit.author, found)

    def depending(self, commits: tuple[Commit, ...]) -> tuple[Judged, ...]:
        """Where no commit touches the layout: the last one, if its header takes macros from files that nobody reads.

        What such a file gives them may change with any commit, so none can be said to leave them alone.
        """
        if not commits:
            return ()
        last = commits[-1]
        files = self.repository.files(last.id)
        try:
            others = layout_at(files, self.repository, self.asked.request, self._release(files)).layout.others
        except InputError as unread:
            fault = unread
        else:
            if not others:
                return ()
            name, origin = others[0]
            fault = InputError(f"{name} is no number, and may change with any file", origin.file, origin.line)
        return (Judged(last.id, last.short, last.subject, last.author, None, fault),)

    def merged(self, commits: tuple[Commit, ...]) -> Judged | None:
        """The whole range against what it is merged into; None for a single commit that is no merge.

        A merge may take back what one of its parents did, and its text is then that of another: so a single
        one is held against its first parent.
        """
        first, dots, last = self.asked.range.partition("..")
        base, head = first or "HEAD", last or "HEAD"
        title = f"{head} merged into {base}"
        if not dots:
            if not _is_merge(commits[-1]):
                return None
            base, head = commits[-1].parents[0], commits[-1].id
            title = f"{self.asked.range} against its first parent"
        merge = merge_result(self.repository, base, head)
        if merge.conflicts:
            return Judged("", "", title, "", None, _conflict(merge, self.asked))
        return None if merge.change is None else replace(self.of(merge.change), id="", short="", title=title)

    def _difference(self, change: Change) -> Difference:
        release = self._release(change.after)
        key = (
            _texts(change.before),
            _texts(change.after),
            release,
            change.patch.code,
            change.doubts,
            change.patch.notes,
            change.patch.elsewhere,
        )
        if key not in self.known:
            self.known[key] = self._compared(change, release)
        return self.known[key]

    def _release(self, files: Files) -> str:
        """Whose behaviour is assumed."""
        named = self.asked.request.xen
        return models.tag_of(named) if named else release_of(files.version)

    def _compared(self, change: Change, release: str) -> Difference:
        request = self.asked.request
        before = layout_at(change.before, self.repository, request, release)
        after = layout_at(change.after, self.repository, request, release, change)
        same = _texts(change.before) == _texts(change.after)
        return compared(before, after, request, stable=self.asked.stable, same=same)


def _is_merge(commit: Commit) -> bool:
    return len(commit.parents) > 1


def _texts(files: Files) -> tuple[bytes | None, bytes | None]:
    return files.header, files.companion


def _conflict(merge: Merge, asked: Asked) -> InputError:
    return InputError(f"it cannot be merged: conflicts in {', '.join(merge.conflicts)}", asked.repo)


@click.command()
@click.option(
    "--repo", default=".", show_default=True, metavar="PATH", help="A git repository of Xen, bare or not."
)
@click.option("--range", metavar="A..B", help="Commits of B that A has not; or one commit (default: HEAD).")
@click.option(
    "--event",
    type=click.Choice(sorted(PLATFORMS)),
    help="What this platform says is pushed or to be merged, instead of a range.",
)
@click.option("--staged", is_flag=True, help="What is staged for the next commit, instead of commits.")
@click.option(
    "--header", default=HEADER, show_default=True, metavar="PATH", help="The layout header in the tree."
)
@layout_options
@click.option(
    "--baseline",
    type=click.Choice(["stable"]),
    help="The rule of stable branches: nothing that a guest can see may move.",
)
@output_options("ci", "Every commit in full, and times.")
def command(baseline: str | None, output: Output, **options: Any) -> None:
    """Judge every commit of a range that changes the layout or code that models describe, and the merge.

    Each is compared with its parent, so that only what it breaks itself counts; the whole range with A, into
    which B is merged. Nothing is checked out, fetched or written. The behaviour is that of the release that
    xen/Makefile names, unless --xen says another. Exit status: 1 if a commit or the merge breaks or
    loses something, 3 if something cannot be told, or there is no commit.
    """
    given = {name: options.pop(name) for name in ("repo", "range", "event", "staged", "header")}
    own = {name: value for name, value in given.items() if value}
    if len({"range", "event", "staged"} & own.keys()) > 1:
        raise click.UsageError("--range, --event and --staged exclude each other: each says what is judged.")
    if options.pop("base"):
        raise click.UsageError(
            "--base has no meaning here: a commit is compared with its parent, the range with A."
        )
    report = ci(Asked(Request("", **options), **own, stable=baseline == "stable"))
    output.report(report, text="ci_text", values="ci_json", sheet="ci_sheet")
    raise SystemExit(output.status(report.verdict))
