"""What the tests of platforms share: this project as others get it, a tree of Xen in the small, a clean environment."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.commands.test_ci import BROKEN, DOMAIN_BUILD, HOLES, MOVED
from tests.reading.git_repositories import CODE, LIBXL, MAKEFILE_TEXT, Made
from tests.rules.headers import SOUND
from verifier.reading.git import HEADER, MAKEFILE

ROOT = Path(__file__).parent.parent.parent
OF_PLATFORMS = ("GIT_", "GITHUB_", "RUNNER_", "CI_", "PRE_COMMIT", "INPUT_")
SHIPPED = ("verifier", "models", "proofs", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")

__all__ = ["BROKEN", "DOMAIN_BUILD", "HEADER", "HOLES", "MOVED", "ROOT", "SOUND"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """That of this process without what a platform or git may have set for it, and without anybody's settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OF_PLATFORMS)}
    own.pop("CI", None)
    own.setdefault("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip"))
    who = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(home)}
    for role in ("AUTHOR", "COMMITTER"):
        who |= {f"GIT_{role}_NAME": "A N Other", f"GIT_{role}_EMAIL": "a@example.org"}
    return own | who | more


def xen_tree(folder: Path, **more: str) -> Made:
    """A tree of Xen with a sound layout on branch `main`."""
    made = Made(folder)
    base: dict[str, str | bytes | None] = {
        HEADER: SOUND, MAKEFILE: MAKEFILE_TEXT, LIBXL: CODE, DOMAIN_BUILD: HOLES, **more,
    }  # fmt: skip
    made.commit(base, "base")
    return made


def installed(folder: Path) -> Path:
    """A virtual environment to look at, whose `verifier` is the one under test."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "verifier").symlink_to(Path(sys.executable).parent / "verifier")
    return folder


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what this project ships, as it is here and now; the same for all workers of a test run."""
    own = tmp_path_factory.mktemp("project")
    shared = own.parent.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made = Made(own / "made")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, made.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, made.folder / name)
    made.commit({}, "as it is")
    place = shared / "shipped"
    try:
        made.folder.rename(place)
    except OSError:  # another worker was faster
        assert (place / ".git").is_dir()
    return place
