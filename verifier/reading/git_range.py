"""Which commits an event of a platform is about: the range that `Repository.commits` takes."""

from __future__ import annotations

from verifier.layout.errors import InputError
from verifier.reading.git import Repository
from verifier.reading.platforms import Event


def range_of(repository: Repository, event: Event) -> str:
    """The range of an event: `A..B`, or `B` alone.

    A branch that grew has the commits since what it had. One that is new or was rewritten has those that
    the default branch has not, or without one those since the old and the new parted; where even that leaves no
    commit, or nothing was there before (the first push of a repository), B alone is judged. Raises InputError for
    what names no commit, and where nothing tells which commits are new.
    """
    after = repository.resolve(event.after)
    if event.merge:
        return _dots(repository, repository.resolve(event.before), after)
    before, onto = _known(repository, event.before), _known(repository, event.onto)
    if before and _part(repository, before, after) == before:
        return _dots(repository, before, after)
    if onto and onto != before:
        old = _part(repository, onto, after) == after
        return _short(repository, after) if old else _dots(repository, onto, after)
    if not event.before and not event.onto:
        return _short(repository, after)
    if not before:
        raise InputError(
            f"nothing tells which commits of {after[:10]} are new, {_lacking(event)} here{repository.advice()}; "
            "--range names them",
            repository.git.name,
        )
    repository.refuse_cut_between(before, after)
    return _dots(repository, _part(repository, before, after), after)


def _lacking(event: Event) -> str:
    names = [name for name in (event.before, event.onto) if name]
    return f"{' and '.join(names)} {'names' if len(names) == 1 else 'name'} no commit"


def _known(repository: Repository, revision: str) -> str:
    """The id of a commit, empty for one that is not there."""
    try:
        return repository.resolve(revision) if revision else ""
    except InputError:
        return ""


def _part(repository: Repository, one: str, other: str) -> str:
    """The last commit that two have in common; empty for none. Ids, so that no name is taken for an option."""
    return repository.git.run("merge-base", one, other, fine=(0, 1)).decode().strip()


def _dots(repository: Repository, first: str, last: str) -> str:
    return f"{_short(repository, first)}..{_short(repository, last)}"


def _short(repository: Repository, commit: str) -> str:
    """As few of its digits as name it, ten at least: what reports and their readers can bear."""
    return repository.git.run("rev-parse", "--short", commit).decode().strip()
