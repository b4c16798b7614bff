"""What a layout is read from at a commit: header, companion, version; and what stands there instead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.reading.git_repositories import MAKEFILE_TEXT, Made, xen
from verifier.layout.errors import InputError
from verifier.reading.git import HEADER, MAKEFILE, Files, Repository, Version, version_in
from verifier.reading.git_changes import changes


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return xen(tmp_path / "xen")


def test_files_of_a_commit(made: Made) -> None:
    made.commit({HEADER: None, "xen/include/public/xen.h": b"\xe9\r\n"})
    repository = Repository.open(str(made.folder))
    assert repository.files("HEAD") == Files(None, b"\xe9\r\n", Version("4", "18", ".6-pre"))
    assert repository.files("HEAD~1").version == Version("4", "18", ".6-pre")
    assert Repository.open(str(made.folder), header="README").files("HEAD").header == b"hello\n"


def test_what_is_no_file_at_the_place_of_the_header(made: Made) -> None:
    repository = Repository.open(str(made.folder))
    made.commit({HEADER: None})
    (made.folder / HEADER).symlink_to("/etc/passwd")
    link = made.commit({}, "link")
    with pytest.raises(InputError, match=rf"error: {HEADER} is a symbolic link at {link[:10]}, not a file$"):
        changes(repository, repository.commits("HEAD"))
    (made.folder / HEADER).unlink()
    made.git("update-index", "--add", "--cacheinfo", f"160000,{link},{HEADER}")
    made.git("commit", "-q", "-m", "module")
    with pytest.raises(InputError, match=f"error: {HEADER} is a submodule at "):
        repository.files("HEAD")
    made.git("rm", "-q", "--cached", HEADER)
    made.commit({f"{HEADER}/x": "x"})
    with pytest.raises(InputError, match=f"error: {HEADER} is a folder at "):
        repository.files("HEAD")
    shutil.rmtree(made.folder / "xen/include")
    made.commit({"xen/include": "a file where folders were\n"})
    assert repository.files("HEAD").header is None


def test_a_header_that_is_too_large(made: Made) -> None:
    made.commit({HEADER: b" " * ((1 << 20) + 1)})
    with pytest.raises(InputError, match="1048577 bytes; at most 1048576 are read"):
        Repository.open(str(made.folder)).files("HEAD")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (MAKEFILE_TEXT, Version("4", "18", ".6-pre")),
        (
            "export XEN_VERSION = 4\nexport XEN_SUBVERSION = 4\nexport XEN_EXTRAVERSION ?= .0\n",
            Version("4", "4", ".0"),
        ),
        ('XEN_VERSION=4\r\nXEN_SUBVERSION:=5\r\nXEN_EXTRAVERSION = ""\r\n', Version("4", "5", "")),
        ("export XEN_VERSION = 4\nexport XEN_SUBVERSION = 23\n", Version("4", "23", "")),
        ("# export XEN_VERSION = 4\nexport XEN_SUBVERSION = 23\n", None),
        ("export XEN_VERSION = $(shell x)\nexport XEN_SUBVERSION = 1\n", None),
        ("", None),
    ],
)
def test_versions(lines: str, expected: Version | None) -> None:
    assert version_in(lines.encode()) == expected


def test_no_makefile(made: Made) -> None:
    made.commit({MAKEFILE: None})
    assert Repository.open(str(made.folder)).files("HEAD").version is None
    assert version_in(None) is None
