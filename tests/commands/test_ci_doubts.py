"""What a commit changes beside the header: what is read with it is no doubt, and no doubt is that of another commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.git_repositories import COMPANION, HEADER_TEXT, MAKEFILE_TEXT, Made
from verifier.commands.ci import Asked, ci
from verifier.layout.finding import Verdict
from verifier.layout.series import Series
from verifier.reading.git import HEADER, MAKEFILE
from verifier.reading.models import releases
from verifier.reading.request import Request

VALUES = next(model for model in releases() if "4.18.0" in model.tags).replacements
TEXT = "".join(f"#define {name} {text}\n" for name, (text, _) in VALUES.items())
PLAIN, PASTED = (
    "#define xen_mk_ullong(x) x\n",
    "#define __xen_mk_ullong(x) x##ULL\n#define xen_mk_ullong(x) __xen_mk_ullong(x)\n",
)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    repository = Made(tmp_path / "xen")
    repository.commit({HEADER: TEXT, COMPANION: PLAIN, MAKEFILE: MAKEFILE_TEXT}, "a tree of Xen")
    return repository


def judged(made: Made, wanted: str) -> Series:
    return ci(Asked(Request(""), repo=str(made.folder), range=wanted))


def test_how_the_companion_makes_numbers_is_read(made: Made) -> None:
    made.commit({COMPANION: PASTED}, "another suffix")
    assert judged(made, "HEAD").verdict is Verdict.PROVED


def test_numbers_that_another_file_makes_are_not(made: Made) -> None:
    made.commit({"xen/include/public/other.h": PASTED}, "a header that nobody reads")
    assert judged(made, "HEAD").verdict is Verdict.UNKNOWN
    made.git("rm", "-q", COMPANION)
    made.commit({}, "without xen.h")
    assert judged(made, "HEAD").verdict is Verdict.UNKNOWN


def test_a_commit_has_its_own_doubts(made: Made) -> None:
    """Both leave the texts as they are and count as 4.18: the doubt of the second is not the first's silence."""
    start = made.git("rev-parse", "HEAD")
    made.commit({MAKEFILE: MAKEFILE_TEXT.replace(".6-pre", ".6")}, "a release")
    made.commit({"xen/include/public/other.h": HEADER_TEXT}, "a macro of the layout elsewhere")
    series = judged(made, f"{start}..HEAD")
    assert [each.verdict for each in series.judged] == [Verdict.PROVED, Verdict.UNKNOWN]
