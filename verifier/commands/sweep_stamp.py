"""What stands for this tool in a file of results: another tool may have other answers."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from verifier.layout.data import data_folder
from verifier.version import __version__


@cache
def stamp() -> str:
    """A digest of version, solver, code, models and proofs: what a changed tool finds is never taken from an older one."""
    found = sha256(f"{__version__}\n{version('z3-solver')}".encode())
    package = Path(__file__).parent.parent
    for folder, suffix in (
        (package, "*.py"),
        (data_folder("models"), "*.toml"),
        (data_folder("proofs"), "*.json"),
    ):
        for path in sorted(folder.rglob(suffix)):
            found.update(f"\n{path.relative_to(folder).as_posix()}\n".encode())
            found.update(sha256(path.read_bytes()).digest())
    return found.hexdigest()
