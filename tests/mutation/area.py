"""An area: modules that the same tests judge, and which of their faults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.faults import Fault, faults
from tests.mutation.in_place import VERIFIER, source

SURVIVORS = Path(__file__).parent / "survivors"


@dataclass(frozen=True, slots=True)
class Area:
    """Modules that the same tests judge, by their names below `verifier` or beside it."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    """Files and folders, below the repository."""
    nearest: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of a module that nearly every test runs: those of the tests that ask about it, which alone are shown its faults."""
    without: tuple[str, ...] = ()
    """Tests left out: each takes longer than most others together."""
    functions: frozenset[str] = frozenset()
    """Only faults in functions of these names, in defaults of classes, and, for an empty one, outside of both; all, if none
    are named."""
    by_theorems: bool = False
    """Whether a fault that tests let pass is put to the theorems."""

    def tests_of(self, module: str) -> tuple[str, ...]:
        """The files and folders that judge a module."""
        return self.nearest.get(module, self.tests)

    def faults(self) -> Iterator[Fault]:
        """In the order of their text, but those in what a rule says of itself last; its place in reports is no verdict."""
        said = []
        for module in self.modules:
            for each in faults(module, source(module)):
                named = each.function.rpartition(".")[2]
                if each.before.startswith(_WORDS):
                    said.append(each)
                elif not self.functions or named in self.functions:
                    yield each
        yield from (each for each in said if _placed(each.before) == _placed(each.after))

    @property
    def survivors(self) -> Path:
        """The file that explains them."""
        return SURVIVORS / f"{self.name}.toml"


_WORDS = ("BoardRule(", "Rule(")


def _placed(declared: str) -> list[str]:
    """The place in reports that a rule declares."""
    return re.findall(r"\bposition=\d+", declared)


def room(folder: str, *, but: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The modules of a folder below `verifier`, without those of folders in it."""
    found = (
        f"{folder}/{path.stem}".replace("/", ".") for path in sorted((VERIFIER / folder).glob("[a-z]*.py"))
    )
    return tuple(each for each in found if each not in but)
