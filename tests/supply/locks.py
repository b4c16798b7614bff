"""The lock files in `locks/`: written by uv for every Python and platform at once, read back here.

They are requirement files with hashes, which pip of any age installs: `pip install --require-hashes -r locks/runtime.txt`.
`python -m tests.supply.locks` (`make lock`) writes them anew, with the newest versions that `pyproject.toml` admits.
"""

from __future__ import annotations

import re
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "locks"
EXTRAS: dict[str, tuple[str, ...]] = {
    "runtime": (),
    "dev": ("second", "term", "cluster", "manual", "dev"),
    "tools": ("bench", "fuzz", "lock"),
}
"""Each lock file: the extras that it holds beside the dependencies of the tool itself."""
OLDEST = "3.11"
"""The first Python that the files are for."""
_PIN = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\\n]+?))? \\\n"
    r"(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
    r"(?P<why>(?:    #.*\n)+)",
    re.MULTILINE,
)
_COMMENT = re.compile(r"#.*\n")
_OURS = "(pyproject.toml)"


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of one package, for the environments of its marker."""

    name: str
    """Canonical: small letters and dashes."""
    version: Version
    marker: Marker | None
    """None: for every environment."""
    hashes: frozenset[str]
    """SHA-256, hexadecimal, of each file of the release that may be installed."""
    direct: bool
    """Whether `pyproject.toml` itself asks for it."""
    parents: frozenset[str]
    """Canonical names of the packages that ask for it."""


def pins(text: str) -> Iterator[Pin]:
    """The pins of a lock file. Raises ValueError if it holds anything else but comments."""
    position = 0
    while position < len(text):
        found = _PIN.match(text, position) or _COMMENT.match(text, position)
        if found is None:
            raise ValueError(f"neither a pin with hashes nor a comment: {text[position:][:80]!r}")
        if found.re is _PIN:
            yield _pin(found)
        position = found.end()


def _pin(found: re.Match[str]) -> Pin:
    lines = (line.strip("# ").removeprefix("via").strip() for line in found["why"].split("\n"))
    words = [line for line in lines if line and not line.startswith("-c ")]
    return Pin(
        canonicalize_name(found["name"]),
        Version(found["version"]),
        Marker(found["marker"]) if found["marker"] else None,
        frozenset(re.findall(r"sha256:([0-9a-f]{64})", found["hashes"])),
        any(word.endswith(_OURS) for word in words),
        frozenset(canonicalize_name(word) for word in words if not word.endswith(_OURS)),
    )


@cache
def locked(name: str) -> tuple[Pin, ...]:
    """The pins of `locks/<name>.txt`."""
    return tuple(pins((FOLDER / f"{name}.txt").read_text(encoding="utf-8")))


def wanted(name: str) -> Iterator[Requirement]:
    """What `pyproject.toml` asks for of what a lock file holds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for each in (project["dependencies"], *(project["optional-dependencies"][e] for e in EXTRAS[name])):
        yield from map(Requirement, each)


def write() -> None:
    """Resolve anew, the tool's own dependencies first: the other files take their versions from these."""
    program = Path(sysconfig.get_path("scripts")) / "uv"
    for name, extras in EXTRAS.items():
        command = [
            *(str(program), "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"),
            *("--python-version", OLDEST, "--no-emit-index-url", "--custom-compile-command", "make lock"),
            *(part for extra in extras for part in ("--extra", extra)),
            *(("--constraint", "locks/runtime.txt") if name != "runtime" else ()),
            *("--output-file", f"locks/{name}.txt", "pyproject.toml"),
        ]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    write()
