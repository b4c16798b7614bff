"""What `watch` noted, judged: every event is one that the command needs, or a fault."""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "verifier"
PYTHON = tuple({Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
"""The standard library and what is installed."""
DATA = (ROOT / "models", ROOT / "proofs")
_FROZEN = "<frozen importlib._bootstrap"


@dataclass(frozen=True)
class Permit:
    """What one command line asks for."""

    reads: Collection[Path]
    """Files, and folders with all that is in them."""
    writes: Collection[Path]
    """As `reads`: the outputs asked for, and the folder for temporary files."""
    programs: Collection[str]
    """Paths of programs."""


def faults(notes: str, permit: Permit) -> Iterator[str]:
    """What is not permitted, one sentence each."""
    for line in notes.splitlines():
        what, where, *details = json.loads(line)
        fault = _fault(what, where, details, permit)
        if fault:
            yield f"{where} {fault}"


def _fault(what: str, where: str, details: list[object], permit: Permit) -> str | None:
    judge = _JUDGES.get(what)
    first = str(details[0]) if details else ""
    if judge is None:
        return f"does {what} {details}"
    if what == "compile" and details[1]:
        return "compiles text of an input"
    word, fine = judge
    return None if fine(where, first, permit) else f"{word} {first}"


def _read(_: str, path: str, permit: Permit) -> bool:
    return path.startswith("<frozen") or _below(path, (PACKAGE, *PYTHON, *DATA, *permit.reads))


def _changed(_: str, path: str, permit: Permit) -> bool:
    """An output or a part of it, or what becomes one: `.NAME.*` beside it."""
    here = Path(path)
    return _below(path, permit.writes) or any(
        here.parent == each.parent and here.name.startswith(f".{each.name}.") for each in permit.writes
    )


def _written(where: str, path: str, permit: Permit) -> bool:
    """A folder can be opened to write for a file without a name only, which goes away by itself."""
    return _changed(where, path, permit) or Path(path).is_dir()


def _executed(where: str, name: str, _: Permit) -> bool:
    """Modules, and what the library makes of its own text."""
    if where.startswith(_FROZEN):
        return name.startswith("<frozen ") or _below(name, (PACKAGE, *PYTHON))
    return _library(where) and name.startswith("<")


def _started(_: str, path: str, permit: Permit) -> bool:
    return path in permit.programs


_JUDGES: dict[str, tuple[str, Callable[[str, str, Permit], bool]]] = {
    "read": ("reads", _read),
    "write": ("writes", _written),
    **{name: (name, _changed) for name in ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod")},
    "module": ("imports", lambda _, path, __: _below(path, (PACKAGE, *PYTHON))),
    "compile": ("compiles", lambda where, _, __: _library(where)),
    "exec": ("executes", _executed),
    "program": ("starts", _started),
    "os.posix_spawn": ("spawns", _started),  # how subprocess starts it since Python 3.13
    "ctypes.dlopen": ("loads", lambda _, path, __: path == "None" or _below(path, PYTHON)),
    "code.__new__": ("makes code by", lambda where, _, __: _library(where)),
}
"""Each event that can be fine: the word for one that is not, and whether one is, by who did it to what."""


def _below(path: str, folders: Collection[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _library(where: str) -> bool:
    """Whether code that makes code is the standard library's or an installed package's: dataclasses, templates."""
    return where.startswith(_FROZEN) or _below(where, PYTHON)
