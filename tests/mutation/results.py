"""What became of faults, kept between runs: one line of JSON each, added as it is known.

A fault that was noticed stays so while its module and the file of the test that noticed are as they were; one that was
not, while the module and all of its tests are. Other code may have changed: without the file everything is judged anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.mutation.faults import Fault
from tests.mutation.in_place import ROOT, path_of
from tests.mutation.outcome import Judged

FILE = ROOT / "build" / "mutation" / "results.jsonl"


@dataclass(slots=True)
class Results:
    """Of earlier runs and of this one."""

    file: Path = FILE
    known: dict[str, tuple[str, Judged]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path = FILE) -> Results:
        """Nothing, if there is no such file; of a line that was cut off nothing is known."""
        results = cls(file)
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            results.known[row["fault"]] = row["digest"], Judged(row["outcome"], row["by"])
        return results

    def of(self, fault: Fault, tests: Sequence[str]) -> Judged | None:
        """None if it has to be judged."""
        digest, judged = self.known.get(fault.name, ("", Judged("")))
        return judged if digest and digest == _digest(fault, judged, tests) else None

    def add(self, fault: Fault, judged: Judged, tests: Sequence[str]) -> None:
        """Written at once, so that a run that is broken off goes on where it was."""
        digest = _digest(fault, judged, tests)
        self.known[fault.name] = digest, judged
        self.file.parent.mkdir(parents=True, exist_ok=True)
        cut = self.file.is_file() and not self.file.read_bytes().endswith(b"\n")
        row = {"fault": fault.name, "digest": digest, "outcome": judged.outcome, "by": judged.by}
        with self.file.open("a", encoding="utf-8") as file:
            file.write("\n" * cut + json.dumps(row) + "\n")


def _digest(fault: Fault, judged: Judged, tests: Sequence[str]) -> str:
    by = ROOT / judged.by.partition("::")[0]
    files = [by] if judged.outcome == "killed" and by.is_file() else _files(tests)
    return _of_files((path_of(fault.module), *files))


def _files(tests: Sequence[str]) -> list[Path]:
    """The test modules, folders walked."""
    found: list[Path] = []
    for each in tests:
        path = ROOT / each
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


@cache
def _of_files(files: tuple[Path, ...]) -> str:
    found = hashlib.sha256()
    for each in files:
        found.update(hashlib.sha256(each.read_bytes()).digest())
    return found.hexdigest()
