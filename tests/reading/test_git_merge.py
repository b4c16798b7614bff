"""A merge that nobody makes gives what git makes of it, and leaves no trace."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.reading.git_repositories import CODE, HEADER_TEXT, LIBXL, MAKEFILE_TEXT, Made, listing, xen
from verifier.layout.errors import InputError
from verifier.reading.git import HEADER, MAKEFILE, Repository, Version
from verifier.reading.git_merge import merge_result

TOP = HEADER_TEXT.replace("0x40000000", "0x80000000")
END = HEADER_TEXT.replace("/* end */", "#define GUEST_RAM1_BASE 0x200000000ULL")
BOTH = END.replace("0x40000000", "0x80000000").encode()


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Main moved the top of the header, side its end and a function."""
    made = xen(tmp_path / 'xen "a:b\\c')  # the name is part of a list of folders in git's environment
    made.branch("side", "main")
    made.commit({HEADER: END, LIBXL: CODE.replace("return x", "return 2")}, "side")
    made.git("checkout", "-q", "main")
    made.commit({HEADER: TOP}, "main")
    return made


def test_a_merge_of_both_sides(made: Made) -> None:
    before = listing(made.folder)
    aside = set(Path(tempfile.gettempdir()).glob("verifier-*"))
    merge = merge_result(Repository.open(str(made.folder)), "main", "side")
    assert listing(made.folder) == before
    assert set(Path(tempfile.gettempdir()).glob("verifier-*")) == aside
    assert merge.files.header == BOTH
    assert (merge.conflicts, merge.others) == ((), ())
    assert merge.change
    assert merge.change.before.header == TOP.encode()
    assert merge.change.after == merge.files
    assert [change.function for change in merge.change.patch.code] == ["make_hypervisor_node"]
    made.merge("side")
    assert (made.folder / HEADER).read_bytes() == BOTH  # what git itself makes of it


def test_a_head_that_has_the_base_and_a_base_that_has_the_head(made: Made) -> None:
    repository = Repository.open(str(made.folder))
    ahead = merge_result(repository, "main~1", "main")
    assert ahead.files == repository.files("main")
    assert ahead.change
    assert (ahead.change.before, ahead.change.after) == (repository.files("main~1"), repository.files("main"))
    behind = merge_result(repository, "main", "main~1")
    assert behind.files == repository.files("main")
    assert behind.change is None


def test_conflicts_are_told_by_path(made: Made) -> None:
    made.commit({MAKEFILE: MAKEFILE_TEXT.replace("18", "19"), "README": "main\n", "same": "same\n"})
    made.git("checkout", "-q", "side")
    other = HEADER_TEXT.replace("0x40000000", "0xc0000000")
    made.commit(
        {HEADER: other, MAKEFILE: MAKEFILE_TEXT.replace("18", "20"), "README": "side\n", "same": "same\n"}
    )
    merge = merge_result(Repository.open(str(made.folder)), "main", "side")
    assert set(merge.conflicts) == {HEADER, MAKEFILE}
    assert merge.others == ("README",)
    assert merge.files.header is None
    assert merge.files.version is None
    assert merge.files.companion == b"#define A 1\n"
    assert merge.change is None


def test_modelled_code_in_conflict_and_a_header_that_one_side_removes(made: Made) -> None:
    made.commit({LIBXL: CODE.replace("return x", "return 3"), HEADER: None})
    merge = merge_result(Repository.open(str(made.folder)), "main", "side")
    assert set(merge.conflicts) == {HEADER, LIBXL}
    assert merge.files.header is None


def test_a_conflict_elsewhere_hides_no_change(made: Made) -> None:
    made.commit({"README": "main\n"})
    made.git("checkout", "-q", "side")
    made.commit({"README": "side\n"})
    merge = merge_result(Repository.open(str(made.folder)), "main", "side")
    assert (merge.conflicts, merge.others) == ((), ("README",))
    assert merge.change
    assert merge.change.after.header == BOTH


def test_no_common_history_and_cut_history(made: Made, tmp_path: Path) -> None:
    made.git("checkout", "-q", "--orphan", "alone")
    made.commit({"README": "x"})
    with pytest.raises(InputError, match="have no history in common"):
        merge_result(Repository.open(str(made.folder)), "main", "alone")
    made.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{made.folder}", str(tmp_path / "cut"))
    with pytest.raises(InputError, match="fetch more history"):
        merge_result(Repository.open(str(tmp_path / "cut")), "origin/main", "origin/side")


def test_no_program_of_the_repository_merges(made: Made, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    made.git("config", "merge.trap.driver", f"{trap} %A")
    made.git("config", "merge.default", "trap")
    (made.folder / ".git/info/attributes").write_text("* merge=trap\n")
    (made.folder / ".gitattributes").write_text("* merge=trap\n")
    merge = merge_result(Repository.open(str(made.folder)), "main", "side")
    assert merge.files.header == BOTH
    assert not (tmp_path / "sprung").exists()
    made.git("merge", "-q", "side")
    assert (tmp_path / "sprung").exists()  # git on its own would have run it


def test_an_old_git(made: Made) -> None:
    from dataclasses import replace

    repository = Repository.open(str(made.folder))
    old = replace(repository, git=replace(repository.git, version=(2, 37)))
    with pytest.raises(InputError, match=r"needs git 2\.38 or newer"):
        merge_result(old, "main", "side")


def test_sha256_and_the_version(tmp_path: Path) -> None:
    made = Made(tmp_path / "long", "sha256")
    made.commit({HEADER: HEADER_TEXT, MAKEFILE: MAKEFILE_TEXT})
    made.branch("side", "main")
    made.commit({HEADER: END})
    made.git("checkout", "-q", "main")
    made.commit({HEADER: TOP})
    merge = merge_result(Repository.open(str(made.folder)), "main", "side")
    assert merge.files.header == BOTH
    assert merge.files.version == Version("4", "18", ".6-pre")
