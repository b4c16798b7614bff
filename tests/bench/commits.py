"""A branch of commits: against a z3 program, and against git's own log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import Comparison, ours, processes
from tests.bench.proofs import LEAST
from tests.reading.git_repositories import Made
from tests.rules.headers import SOUND
from verifier.reading.git import HEADER

_MOVED = SOUND.replace("MAGIC_BASE           xen_mk_ullong(0x39", "MAGIC_BASE           xen_mk_ullong(0x3a")


def comparisons(folder: Path) -> Iterator[Comparison]:
    """One on a repository in which the last of 101 commits moves a region, and no other touches one."""
    repository = folder / "xen"
    made = Made(repository)
    made.commit({HEADER: SOUND}, "base")
    for number in range(100):
        made.commit({"docs/notes": f"{number}\n"}, f"docs {number}")
    made.commit({HEADER: _MOVED})
    log = ("git", "-C", str(repository), "log", "-p", "HEAD~101..")
    runs = [LEAST, processes("git log -p of 101 commits", log)]
    for name, commits, bound in (
        ("verifier ci, 100 commits, none touches", "HEAD~101..HEAD~1", 8.0),
        ("verifier ci, 101 commits, one touches", "HEAD~101..HEAD", 20.0),
    ):
        runs.append(ours(name, ("ci", "--repo", str(repository), "--range", commits), bound=bound))
    yield Comparison("A hundred commits", runs)
