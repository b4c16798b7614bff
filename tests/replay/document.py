"""The page of history replayed, and its summary on the page of releases."""

from __future__ import annotations

import re
from pathlib import Path

from tests.replay import commits, releases
from verifier.reading.git import HEADER

MANUAL = Path(__file__).parents[2] / "manual"
HISTORY, SUMMARY = MANUAL / "history.md", MANUAL / "releases.md"
COMMITS = re.compile(r"(<!-- commits -->\n).*?(<!-- end of commits -->)", re.DOTALL)
RELEASES = re.compile(r"(<!-- steps -->\n).*?(<!-- end of steps -->)", re.DOTALL)

TEXT = f"""\
# Upstream's history, replayed

What `verifier ci` and `verifier diff` say of Xen's own past. `make replay` writes the table of releases from the
models; `XEN_GIT=path make replay` all of this page, and the summary on that of
[releases](releases.md#upstreams-history-replayed), from a git of Xen.

## Commits

Every commit that changed `{HEADER}` since it has macros of the layout, in any release that the models describe, on
its way to head or on a stable branch, judged as `verifier ci --range COMMIT` does: against its parent, with the
behaviour of the release that its own xen/Makefile names, and upstream's policy. `release` is the first that has the
commit. Commits that change code that models describe, in functions or outside any that can be told, are unknown by
the contract: somebody has to look whether the models still say what Xen does. Commits are counted, not listed, where
nothing of a verdict differs.

* **newly refuted** fails in configurations in which it did not.
* **newly proved** says whose defect it ends; **no longer possible**: the configurations in which it failed are ruled
  out.
* **What a release does**: no change of the header made it a defect, but what the models say of that release. A tree
  on its way to a release counts as that release from its first day: `4b83bdf055` made room for 128 redistributors on
  the day on which `8f853b74df` allowed 128 vCPUs, months after the tree had begun to call itself 4.6.
* **unknown as before**: 4.4.0 does not say where RAM ends, and no commit was to be trusted until one did.

<!-- commits -->
<!-- end of commits -->

## Releases

The same from the models, without git: `verifier diff` from the first release of each series to that of the next, and
from each point release to the next. Each is judged with what it does itself, so that verdicts on Xen's own algorithms
count, too.

<!-- steps -->
<!-- end of steps -->
"""


def written(git: str) -> tuple[str, str]:
    """Both pages; `git`: a repository of Xen, or empty to keep what they say of commits."""
    old = COMMITS.search(HISTORY.read_text(encoding="utf-8")) if HISTORY.exists() else None
    kept = old[0] if old else ""
    summary = SUMMARY.read_text(encoding="utf-8")
    text = RELEASES.sub(lambda place: f"{place[1]}{releases.table(releases.steps())}{place[2]}", TEXT)
    if not git:
        return (COMMITS.sub(lambda _: kept, text) if kept else text), summary
    found = commits.rows(git)
    text = COMMITS.sub(lambda place: f"{place[1]}{commits.table(found)}{place[2]}", text)
    return text, COMMITS.sub(lambda place: f"{place[1]}{commits.summary(found)}{place[2]}", summary)
