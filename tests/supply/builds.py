"""Wheels and source archives, built from copies of what a source archive holds: no git, no caches, no environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.supply.locks import ROOT

CACHES = shutil.ignore_patterns("__pycache__", ".hypothesis")


def parts() -> tuple[str, ...]:
    """Files and folders of the checkout, relative, that a build takes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    include: list[str] = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    return ("pyproject.toml", ".gitignore", *(each.removeprefix("/") for each in include))


def copied(folder: Path) -> Path:
    """A clean copy in a folder that is not there yet; returns the folder."""
    folder.mkdir(parents=True)
    for part in parts():
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=CACHES)
        else:
            shutil.copy2(ROOT / part, folder / part)
    return folder


def built(folder: Path, umask: int = 0o022, **environment: str) -> tuple[Path, Path]:
    """Wheel and source archive of a copy, in its `dist`; `environment` goes over that of the tests."""
    inherited = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "dist")],
        cwd=folder,
        env={**inherited, **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    (archive,) = (folder / "dist").glob("*.tar.gz")
    return wheel, archive
