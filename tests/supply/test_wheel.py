"""What is built depends on the sources alone, and holds exactly what it should."""

from __future__ import annotations

import os
import subprocess
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import verifier
from tests.supply.builds import built, copied, parts
from tests.supply.locks import ROOT

LONG_AGO = 1_000_000_000
RUBBISH = (
    "verifier/__pycache__/check.cpython-311.pyc",
    "verifier/rules/__pycache__/own.pyc",
    "proofs/__pycache__/check.cpython-311.pyc",
    "verifier/.mypy_cache/cache.json",
    ".venv/lib/thing.py",
    "build/lib/verifier/old.py",
)
"""What work leaves in a checkout."""


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def files(folder: str) -> set[str]:
    """Paths of the checkout, relative, without caches."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts}


def test_two_builds_have_the_same_bytes(build: tuple[Path, Path], tmp_path: Path) -> None:
    """Elsewhere, at another time, by someone with another umask, clock, language, and rubbish about."""
    other = copied(tmp_path / "some" / "where else")
    for name in RUBBISH:
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_text("rubbish", encoding="utf-8")
    for path in other.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)  # whether it is a program is the source's own
        os.utime(path, (LONG_AGO, LONG_AGO))
    again = built(
        other, umask=0o077, TZ="Pacific/Kiritimati", LC_ALL="C", PYTHONHASHSEED="7", HOME=str(tmp_path)
    )
    assert [path.name for path in again] == [path.name for path in build]
    assert list(map(digest, again)) == list(map(digest, build))


def test_another_source_gives_other_bytes(build: tuple[Path, Path], tmp_path: Path) -> None:
    other = copied(tmp_path / "here")
    (other / "models" / "xen.toml").write_text("# nothing\n", encoding="utf-8")
    again = built(other)
    assert digest(again[0]) != digest(build[0])
    assert digest(again[1]) != digest(build[1])


def test_the_wheel_holds_this_and_no_more(build: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(build[0]) as wheel:
        names = wheel.namelist()
        assert not [each.filename for each in wheel.infolist() if (each.external_attr >> 16) & 0o777 != 0o644]
    about = f"xen_layout_verifier-{verifier.__version__}.dist-info"
    package = {name for name in files("verifier") if name.endswith(".py")}
    pages = {f"verifier/reports/pages/{path.name}" for path in (ROOT / "verifier/reports/pages").iterdir()}
    data = {f"verifier/_data/{name}" for folder in ("models", "proofs") for name in files(folder)}
    told = {
        f"{about}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    assert len(names) == len(set(names))
    assert set(names) == package | pages | data | told | {"verifier/py.typed", "verifier/reports/schema.json"}


def test_the_source_archive_builds_the_same_wheel(build: tuple[Path, Path], tmp_path: Path) -> None:
    with tarfile.open(build[1]) as archive:
        names = archive.getnames()
    subprocess.run(["tar", "-xzf", str(build[1]), "-C", str(tmp_path)], check=True)
    folder = tmp_path / names[0].partition("/")[0]
    held = {name.partition("/")[2] for name in names}
    wanted = {name for part in parts() for name in (files(part) if (ROOT / part).is_dir() else {part})}
    assert held == wanted | {"PKG-INFO"}
    assert digest(built(folder)[0]) == digest(build[0])
