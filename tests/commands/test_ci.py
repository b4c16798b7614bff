"""`verifier ci` on small repositories: who broke it, the merge, what is staged, what never passes unseen."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.reading.git_repositories import CODE, LIBXL, MAKEFILE_TEXT, Made
from tests.rules.headers import SOUND
from tests.schema import valid_document
from verifier.commands import run
from verifier.reading.git import HEADER, MAKEFILE

BROKEN = SOUND.replace(
    "GUEST_MAGIC_BASE           xen_mk_ullong(0x39", "GUEST_MAGIC_BASE           xen_mk_ullong(0x38"
)
MOVED = SOUND.replace(
    "GUEST_MAGIC_BASE           xen_mk_ullong(0x39", "GUEST_MAGIC_BASE           xen_mk_ullong(0x3a"
)
HOLES = "static int __init find_memory_holes(void)\n{\n    return 0;\n}\n"
DOMAIN_BUILD = "xen/arch/arm/domain_build.c"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A tree of Xen with a sound layout."""
    found = Made(tmp_path / "xen")
    found.commit({HEADER: SOUND, MAKEFILE: MAKEFILE_TEXT, LIBXL: CODE, DOMAIN_BUILD: HOLES}, "base")
    return found


def document(capsys: pytest.CaptureFixture[str], made: Made, *arguments: str, status: int) -> dict[str, Any]:
    assert run(["ci", "--repo", str(made.folder), *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    return found


def verdicts(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["title"], each["verdict"]) for each in found["judged"]]


def test_the_second_of_three_commits_is_named(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    base = made.git("rev-parse", "HEAD")
    made.commit({HEADER: MOVED}, "first")
    second = made.commit({HEADER: BROKEN}, "second")
    made.commit({HEADER: SOUND}, "third")
    found = document(capsys, made, "--range", f"{base}..HEAD", status=1)
    assert verdicts(found) == [("first", "proved"), ("second", "refuted"), ("third", "proved")]
    assert found["merged"] is None or found["merged"]["verdict"] == "proved"
    assert run(["ci", "--repo", str(made.folder), "--range", f"{base}..HEAD"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(
        f"{base}..HEAD: refuted: 3 of 3 commits touch the layout, 1 breaks or loses something"
    )
    assert f"  refuted  {second[:10]} second\n" in said
    assert (
        "GUEST_GNTTAB [0x38000000, 0x39000000) and GUEST_MAGIC [0x38000000, 0x39000000) overlap by 16 MiB"
        in said
    )


def test_what_was_broken_before_is_no_fault_of_a_commit(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    base = made.commit({HEADER: BROKEN}, "broken long ago")
    made.commit(
        {HEADER: BROKEN.replace("GUEST_EVTCHN_PPI           31", "GUEST_EVTCHN_PPI           28")}, "another"
    )
    found = document(capsys, made, "--range", f"{base}..HEAD", status=0)
    assert verdicts(found) == [("another", "proved")]


def test_a_modelled_function_does_not_change_unseen(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made.commit({DOMAIN_BUILD: HOLES.replace("return 0", "return 1")}, "xen/arm: tidy up")
    found = document(capsys, made, status=3)
    (judged,) = found["judged"]
    (doubt,) = (each for each in judged["difference"]["findings"] if each["change"] == "newly-unknown")
    assert (doubt["property"], doubt["subjects"]) == ("model-current", ["find_memory_holes"])
    assert f"{DOMAIN_BUILD}:3" in doubt["message"]


def test_commits_that_touch_nothing(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    base = made.git("rev-parse", "HEAD")
    for number in range(100):
        made.commit({"docs/notes": f"{number}\n"}, f"docs {number}")
    started = time.process_time()
    found = document(capsys, made, "--range", f"{base}..HEAD", status=0)
    assert (found["commits"], found["judged"], found["merged"]) == (100, [], None)
    assert found["headline"].endswith("100 commits change nothing that a verdict rests on")
    assert time.process_time() - started < 1


def test_a_macro_of_another_file_is_never_left_alone(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """The header takes a number from a file of any name: a later edit of that file alone is no commit like others."""
    own = SOUND.replace("xen_mk_ullong(0x39000000)", "OTHER_BASE")
    made.commit(
        {
            HEADER: '#include "other.h"\n' + own,
            "xen/include/public/other.h": "#define OTHER_BASE 0x39000000ULL\n",
        }
    )
    assert verdicts(document(capsys, made, status=3)) == [("a change", "unknown")]
    made.commit({"xen/include/public/other.h": "#define OTHER_BASE 0x38000000ULL\n"}, "edit")
    found = document(capsys, made, status=3)
    assert verdicts(found) == [("edit", "unknown")]
    assert '"other.h"\' is not followed' in found["judged"][0]["error"]["message"]
    made.commit({HEADER: own}, "without the include")
    made.commit({"docs/notes": "\n"}, "docs")
    found = document(capsys, made, status=3)
    assert "GUEST_MAGIC_BASE" in found["judged"][0]["error"]["message"]


def test_no_commit_is_nothing_checked(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, made, "--range", "HEAD..HEAD", status=3)
    assert found["headline"].endswith("no commit in this range, nothing was checked")


def test_two_sound_branches_make_an_unsound_merge(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """One moves a region to where the other puts a new one: neither commit is at fault, the merge is."""
    start = made.git("rev-parse", "HEAD")
    made.branch("topic", start)
    new = "#define GUEST_NEW_BASE xen_mk_ullong(0x3a000000)\n#define GUEST_NEW_SIZE xen_mk_ullong(0x00200000)\n#endif\n"
    made.commit({HEADER: SOUND.replace("#endif\n", new)}, "a new region")
    made.git("checkout", "-q", "main")
    made.commit({HEADER: MOVED}, "magic moves")
    found = document(capsys, made, "--range", "main..topic", status=1)
    assert verdicts(found) == [("a new region", "proved")]
    assert (found["merged"]["title"], found["merged"]["verdict"]) == ("topic merged into main", "refuted")
    broken = [each for each in found["merged"]["difference"]["findings"] if each["change"] == "newly-refuted"]
    assert [sorted(each["subjects"]) for each in broken] == [["GUEST_MAGIC", "GUEST_NEW"]]


def test_a_merge_that_takes_back_a_repair_is_no_pass(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """The branch changes docs alone, and its merge of main keeps the header that main has repaired since."""
    made.branch("topic", made.commit({HEADER: BROKEN}, "broken long ago"))
    made.commit({"docs/notes": "1\n"}, "docs")
    made.git("checkout", "-q", "main")
    made.commit({HEADER: SOUND}, "the repair")
    made.git("checkout", "-q", "topic")
    made.git("merge", "-q", "-s", "ours", "-m", "main, without its repair", "main")
    found = document(capsys, made, "--range", "main..topic", status=1)
    assert (found["commits"], found["judged"], found["merged"]["verdict"]) == (2, [], "refuted")
    assert found["headline"].endswith("nothing that a verdict rests on by themselves; merged: refuted")
    assert any(each["change"] == "newly-refuted" for each in found["merged"]["difference"]["findings"])


def test_a_merge_alone_is_held_against_its_first_parent(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes the header of an old branch, so its text is that of a parent, and what main repaired is lost."""
    made.branch("old", made.commit({HEADER: BROKEN}, "broken long ago"))
    made.commit({"docs/notes": "1\n"}, "docs")
    made.git("checkout", "-q", "main")
    made.commit({HEADER: SOUND}, "the repair")
    made.merge("old", {HEADER: BROKEN})
    found = document(capsys, made, status=1)
    assert (found["judged"], found["merged"]["title"]) == ([], "HEAD against its first parent")
    assert any(each["change"] == "newly-refuted" for each in found["merged"]["difference"]["findings"])
    made.git("reset", "-q", "--hard", "HEAD^")
    made.merge("old", {"docs/notes": "1\n"})
    assert document(capsys, made, status=0)["merged"] is None


def test_a_merge_with_conflicts_is_unknown(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    start = made.git("rev-parse", "HEAD")
    made.branch("topic", start)
    made.commit(
        {HEADER: SOUND.replace("GUEST_MAX_VCPUS            128", "GUEST_MAX_VCPUS            127")}, "fewer"
    )
    made.git("checkout", "-q", "main")
    made.commit(
        {HEADER: SOUND.replace("GUEST_MAX_VCPUS            128", "GUEST_MAX_VCPUS            126")},
        "fewer still",
    )
    found = document(capsys, made, "--range", "main..topic", status=1)  # and fewer vCPUs are a loss
    assert found["merged"]["verdict"] == "unknown"
    assert HEADER in found["merged"]["error"]["message"]


def test_a_header_that_cannot_be_read_is_unknown(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made.commit({HEADER: SOUND.replace("(0x39000000)", "(0x39000000 +)")}, "oops")
    found = document(capsys, made, status=3)
    (judged,) = found["judged"]
    assert judged["difference"] is None
    line = next(n for n, text in enumerate(SOUND.splitlines(), 1) if "(0x39000000)" in text)
    assert (judged["error"]["file"], judged["error"]["line"]) == (HEADER, line)


def test_a_header_that_goes_is_a_loss(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made.commit({HEADER: None}, "gone")
    found = document(capsys, made, status=1)
    lost = {
        each["subjects"][0]
        for each in found["judged"][0]["difference"]["findings"]
        if each["change"] == "lost"
    }
    assert {"GUEST_RAM0", "GUEST_GNTTAB"} <= lost


def test_a_tree_without_the_header_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Made(tmp_path / "other")
    made.commit({"README": "no Xen\n"}, "first")
    assert run(["ci", "--repo", str(made.folder)]) == 2
    assert "is it Xen's?" in capsys.readouterr().err


def test_the_release_is_that_of_the_tree(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """xen/Makefile says 4.18.6-pre; --xen says otherwise."""
    made.commit({HEADER: MOVED}, "moved")
    assert document(capsys, made, status=0)["judged"][0]["difference"]["release"] == "4.18.6"
    assert document(capsys, made, "--xen", "4.15", status=0)["judged"][0]["difference"]["release"] == "4.15.7"


def test_a_stable_branch_moves_nothing(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made.commit({HEADER: MOVED}, "moved")
    assert verdicts(document(capsys, made, "--baseline", "stable", status=1)) == [("moved", "refuted")]


def test_what_is_staged(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """The index is judged, not what lies in the tree; nothing is written into the repository."""
    assert document(capsys, made, "--staged", status=0)["judged"] == []
    made.write({HEADER: BROKEN})
    assert document(capsys, made, "--staged", status=0)["judged"] == []
    made.git("add", "-A")
    made.write({HEADER: SOUND})
    before = sorted(path for path in made.folder.rglob("*") if path.is_file())
    found = document(capsys, made, "--staged", status=1)
    assert [(each["id"], each["verdict"]) for each in found["judged"]] == [("", "refuted")]
    assert sorted(path for path in made.folder.rglob("*") if path.is_file()) == before


def test_a_part_is_committed(
    made: Made, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git hands an index of its own to the hook of `git commit FILE`; one of another repository is none of ours."""
    index = made.folder / ".git" / "index"
    (made.folder / ".git" / "next-index-1.lock").write_bytes(index.read_bytes())
    made.write({HEADER: BROKEN})
    made.git("add", "-A")
    monkeypatch.setenv("GIT_INDEX_FILE", str(index.parent / "next-index-1.lock"))
    assert document(capsys, made, "--staged", status=0)["judged"] == []
    monkeypatch.setenv("GIT_INDEX_FILE", str(made.folder / "index"))
    assert len(document(capsys, made, "--staged", status=1)["judged"]) == 1


@pytest.mark.parametrize(
    "arguments", [["--range", "no..where"], ["--range=--all"], ["--repo", "/dev/null"], ["--base", "head"]]
)
def test_bad_input(arguments: list[str], made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ci", "--repo", str(made.folder), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err


def test_all_formats_name_the_commit(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit = made.commit({HEADER: BROKEN}, "it | <breaks> ]]>")
    kinds = ("json", "sarif", "junit", "codequality", "github", "markdown")
    wanted = [f"--format={kind}={tmp_path / kind}" for kind in kinds]
    assert run(["ci", "--repo", str(made.folder), *wanted, "--format=text"]) == 1
    assert commit[:10] in capsys.readouterr().out
    for kind in kinds:
        assert commit[:10] in (tmp_path / kind).read_text(), kind
