"""Which lines of a reader's modules the inputs of a folder run: a measure that means the same for every reader.

    python -m tests.fuzz.lines NAME FOLDER [SECONDS]

prints the lines run and all lines that have code, those of docstrings and imports included. Without arguments: for each
harness the files of which its seeds run a function, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.fuzz.frame import ROOT, Harness, defect


def measured(harness: Harness, inputs: Sequence[bytes], seconds: float) -> tuple[int, int]:
    """Lines run within the time, and lines with code, of functions of the harness's modules."""
    files = {str(path) for pattern in harness.modules for path in ROOT.glob(pattern)}
    seen: dict[str, set[int]] = defaultdict(set)

    def on_line(frame: FrameType, _event: str, _argument: Any) -> Any:
        seen[frame.f_code.co_filename].add(frame.f_lineno)
        return on_line

    def on_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return on_line(frame, "", None) if frame.f_code.co_filename in files else None

    until = time.monotonic() + seconds
    sys.settrace(on_call)
    try:
        for data in inputs:
            defect(harness, data)
            if time.monotonic() > until:
                break
    finally:
        sys.settrace(None)
    known = {file: set(_lines_of(Path(file))) for file in files}
    return sum(len(seen[file] & lines) for file, lines in known.items()), sum(map(len, known.values()))


def entered(harness: Harness) -> list[str]:
    """Files below the repository of which the seeds run a function; seeds as far as the harness's own need them."""
    seen: set[str] = set()
    own = {path for pattern in harness.modules for path in ROOT.glob(pattern)}
    missing = {str(path) for path in own if any(_lines_of(path))}

    def on_call(frame: FrameType, _event: str, _argument: Any) -> None:
        if frame.f_code.co_flags & 1:
            seen.add(frame.f_code.co_filename)

    sys.settrace(on_call)
    try:
        for data in harness.seeds():
            defect(harness, data)
            if missing <= seen:
                break
    finally:
        sys.settrace(None)
    found = (Path(each) for each in seen)
    return sorted(each.relative_to(ROOT).as_posix() for each in found if each.is_relative_to(ROOT))


def _lines_of(path: Path) -> Iterator[int]:
    """Lines of code within functions: those of a module run when it is imported, whatever the input."""
    todo: list[CodeType] = [compile(path.read_bytes(), str(path), "exec")]
    while todo:
        code = todo.pop()
        todo += [each for each in code.co_consts if isinstance(each, CodeType)]
        if code.co_flags & 1:  # CO_OPTIMIZED: a function, neither a module nor a class
            yield from {
                line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno
            }


def main(name: str, folder: str, seconds: str = "15") -> None:
    from tests.fuzz.readers import HARNESSES

    harness = HARNESSES[name]
    inputs = [
        *harness.seeds(),
        *harness.known(),
        *(path.read_bytes() for path in sorted(Path(folder).glob("*"))),
    ]
    print(*measured(harness, inputs, float(seconds)))


if __name__ == "__main__":
    if sys.argv[1:]:
        main(*sys.argv[1:])
    else:
        from tests.fuzz.readers import HARNESSES

        print(json.dumps({name: entered(each) for name, each in HARNESSES.items()}))
