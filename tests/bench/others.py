"""What else looks at device trees, as its users call it: dt-validate, lopper, dtc.

None of them knows what Xen makes of a tree. dt-validate holds nodes against schemas of bindings, here those of dtschema
itself, without the kernel's, which take longer; lopper looks at cells and phandles, and for overlaps of reserved memory;
dtc at syntax, names and cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.frame import Run, processes, program
from tests.bench.spent import spent

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """A program, and how it is called for files."""

    name: str
    program: str
    command: Callable[[str, Sequence[str]], Command]
    """From its path and files."""
    takes_many: bool = False


def others(folder: Path, *, plain: bool = True) -> Iterator[Other]:
    """All, whether they are installed or not. dt-validate's schemas are processed into the folder, as its users do.

    `plain`: also dt-validate as it is, which processes its schemas in each run.
    """
    if plain:
        yield Other("dt-validate", "dt-validate", lambda path, files: (path, *files), takes_many=True)
    schemas = folder / "schemas.json"
    maker = program("dt-mk-schema")
    if maker is not None:
        spent((maker, "-j", "-o", str(schemas)))
    yield Other(
        "dt-validate, schemas processed before",
        "dt-validate",
        lambda path, files: (path, "-s", str(schemas), *files),
        takes_many=True,
    )
    yield Other(
        "lopper -W all",
        "lopper",
        lambda path, files: (
            path,
            "-W",
            "all",
            "--permissive",
            "--dryrun",
            "-f",
            *files,
            str(folder / "lopper.dts"),
        ),
    )
    yield Other(
        "dtc to source",
        "dtc",
        lambda path, files: (path, "-q", "-I", "dtb", "-O", "dts", "-o", "/dev/null", *files),
    )


def one_by_one(
    folder: Path, files: Sequence[Path], least: float | None = None, *, plain: bool = True
) -> tuple[list[Run], list[str]]:
    """Each started once a file, and the names of those that are missing; dtc has no bound: it is written in C."""
    runs, missing = [], []
    for other in others(folder, plain=plain):
        path = program(other.program)
        if path is None:
            missing.append(other.name)
            continue
        commands = [other.command(path, [str(file)]) for file in files]
        bound = None if other.program == "dtc" else least
        runs.append(processes(f"{other.name}, once a file", *commands, least=bound))
    return runs, missing


def at_once(folder: Path, files: Sequence[Path]) -> list[Run]:
    """Those that take many files in one run."""
    return [
        processes(f"{other.name}, one run over all", other.command(path, [str(file) for file in files]))
        for other in others(folder, plain=False)
        if other.takes_many and (path := program(other.program)) is not None
    ]
