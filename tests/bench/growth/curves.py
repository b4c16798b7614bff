"""The curves: reg entries of a host's tree, regions of a header, fixed regions, boards of a sweep, entries of iomem."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.bench.frame import ANSWERS, PYTHON, program, verifier
from tests.bench.growth.points import LIMIT, Curve, Series
from tests.bench.inputs import boards
from tests.bench.made import made
from tests.bench.others import Other, others
from tests.bench.placing import Solve, cp_sat, here, placed
from tests.bench.scripts import SCRIPTS
from tests.bench.spent import Spent, spent
from tests.bench.trees import SETTING
from tests.placing_cases import among
from tests.reading.trees import Description
from tests.rules.headers import SOUND

Files = Callable[[int], list[Path]]
"""From a size: the inputs."""
_FROM = 0x1_0000_0000
"""Where regions begin that are made here, one of a page every 64 KiB."""
_STEP = 0x1_0000
_FREE = 0x0500_0000
"""The same in a header, between what it has."""
_OF_SOUND = 13
"""Regions of the header without more."""
_OF_ONE_DEVICE = 64
"""Entries in each `reg`."""


def entries(count: int) -> bytes:
    """A host's tree with so many entries of `reg`, no two of which meet."""
    soc: Description = {}
    for first in range(0, count, _OF_ONE_DEVICE):
        starts = [_FROM + each * _STEP for each in range(first, min(count, first + _OF_ONE_DEVICE))]
        cells = [cell for start in starts for cell in (start >> 32, start & 0xFFFFFFFF, 0, 0x1000)]
        soc[f"device@{starts[0]:x}"] = {"compatible": "vendor,device", "reg": cells}
    return made(soc, 2)


def header(count: int) -> str:
    """A sound header with so many regions, 13 at least."""
    lines = [SOUND]
    for number in range(count - _OF_SOUND):
        lines += [
            f"#define GUEST_R{number}_BASE xen_mk_ullong({_FREE + number * _STEP:#x})",
            f"#define GUEST_R{number}_SIZE xen_mk_ullong(0x1000)",
        ]
    return "\n".join((*lines, ""))


def curves(folder: Path) -> Iterator[Curve]:
    """All, inputs in the folder."""
    yield _entries(folder)
    yield _regions(folder)
    yield _placing()
    yield _boards(folder)
    yield _iomem()


def _run(
    command: Sequence[str], statuses: Sequence[int] = (0,), limit: float | None = LIMIT
) -> Callable[[], Spent]:
    return partial(spent, command, statuses, limit)


def _others(folder: Path, files: Files, names: Sequence[str]) -> Iterator[Series]:
    """The programs of these names."""
    for other in others(folder):
        path = program(other.program)
        if other.name in names:
            yield Series(other.name, None if path is None else partial(_called, other, path, files))


def _called(other: Other, path: str, files: Files, size: int) -> Callable[[], Spent]:
    return _run(other.command(path, [str(each) for each in files(size)]))


def _entries(folder: Path) -> Curve:
    def file(size: int) -> list[Path]:
        path = folder / f"entries-{size}.dtb"
        path.write_bytes(entries(size))
        return [path]

    mine = Series("verifier host", lambda size: _run(verifier("host", str(*file(size)), *SETTING), ANSWERS))
    names = ("dt-validate, schemas processed before", "lopper -W all", "dtc to source")
    sizes = (100, 1_000, 4_000, 10_000, 30_000, 100_000)
    return Curve("entries", sizes, [mine, *_others(folder, file, names)])


def _regions(folder: Path) -> Curve:
    def checked(size: int) -> Callable[[], Spent]:
        path = folder / f"regions-{size}.h"
        path.write_text(header(size), encoding="utf-8")
        return _run(verifier("check", str(path)), ANSWERS)

    pairs = Series(
        "z3, all pairs by hand", lambda size: _run((PYTHON, str(SCRIPTS / "regions.py"), str(size)))
    )
    return Curve(
        "regions",
        (16, 32, 64, 128, 256, 512),
        [Series("verifier check", checked), pairs],
    )


def _placing() -> Curve:
    def solved(solve: Solve, size: int) -> Callable[[], Spent]:
        return partial(here, solve, [among(size, 3, 0)])

    theirs = None if importlib.util.find_spec("ortools") is None else partial(solved, cp_sat)
    sizes = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
    return Curve("placing", sizes, [Series("verifier", partial(solved, placed)), Series("CP-SAT", theirs)])


def _boards(folder: Path) -> Curve:
    def file(size: int) -> list[Path]:
        return boards(folder / f"boards-{size}", size)

    def swept(size: int) -> Callable[[], Spent]:
        file(size)
        command = verifier("sweep", str(folder / f"boards-{size}"), *SETTING, "--as-shipped")
        return _run(command, ANSWERS, None)

    names = ("dt-validate, schemas processed before",)
    sizes = (10, 100, 1_000, 10_000)
    return Curve("boards", sizes, [Series("verifier sweep", swept, math.inf), *_others(folder, file, names)])


def _iomem() -> Curve:
    def guest(size: int) -> Callable[[], Spent]:
        given = [word for number in range(size) for word in ("--iomem", f"{0xA0000 + 16 * number:x},1")]
        return _run(verifier("guest", *given, "--xen", "4.22", "--ipa-bits", "40"), ANSWERS, None)

    proof = Series("verifier prove libxl, any number", lambda _: _run(verifier("prove", "libxl"), ANSWERS))
    unrolled = Series(
        "z3, unrolled by hand", lambda size: _run((PYTHON, str(SCRIPTS / "entries.py"), str(size)))
    )
    every = Series("verifier guest, every memory size", guest, math.inf)
    return Curve("iomem", (1, 2, 4, 8, 16, 32, 64), [every, proof, unrolled])
