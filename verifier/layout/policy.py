"""A policy: what is known to fail and accepted, and what unknown macros mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import TypeAlias

from verifier.layout.box import Box
from verifier.layout.configuration import Dimension, Space
from verifier.layout.origin import Origin
from verifier.layout.subject import Subject

Choice: TypeAlias = int | str | bool


@dataclass(frozen=True, slots=True)
class Regime:
    """A block of configurations as a policy writes it, before a layout gives it dimensions.

    Choices are spelt as reports spell them (`"v2"`, `true`, `40`); counts are `(min, max)`, both
    inclusive, None for no bound, memory in bytes.
    """

    choices: Mapping[str, tuple[Choice, ...]]
    counts: Mapping[str, tuple[int | None, int | None]]
    origin: Origin

    def box(self, space: Space) -> Box | None:
        """The block in the dimensions of a space; None if no configuration of it can lie inside."""
        choices: dict[str, tuple[int, ...]] = {}
        for name, wanted in self.choices.items():
            dimension = space.dimensions.get(name)
            if dimension is None:
                if not any(value is False for value in wanted):
                    return None  # the layout has no such device, so no guest has it
                continue
            choices[name] = tuple(value for value in dimension.choices if dimension.show(value) in wanted)
            if not choices[name]:
                return None
        counts: dict[str, tuple[int, int]] = {}
        for name, bounds in self.counts.items():
            dimension = space.dimensions.get(name)
            if dimension is None:
                return None
            counts[name] = _steps(dimension, bounds)
        return Box(choices, counts)


def _steps(dimension: Dimension, bounds: tuple[int | None, int | None]) -> tuple[int, int]:
    low, high = bounds
    first = dimension.low if low is None else -(-low // dimension.unit)
    last = dimension.high if high is None else high // dimension.unit
    return first, last


@dataclass(frozen=True, slots=True)
class Waiver:
    """A refutation that is known and accepted, and exactly where."""

    applies_to: tuple[str, ...]
    """Names of releases, series or files; `*` is any layout."""
    property: str
    subjects: tuple[str, ...]
    regimes: tuple[Regime, ...]
    """Where it may fail; a failure outside is not waived."""
    reason: str
    origin: Origin
    owner: str = ""
    expires: date | None = None
    """The last day on which it holds."""

    def covers(self, named: Sequence[Subject]) -> bool:
        """Whether it speaks about a layout that goes by one of these names: its own, or its base's."""
        return any(_fits(pattern, each.kind, each.name) for pattern in self.applies_to for each in named)

    def concerns(self, rule: str, subjects: tuple[str, ...]) -> bool:
        """Whether it speaks about this property of exactly these subjects."""
        return self.property == rule and set(self.subjects) == set(subjects)


def _fits(pattern: str, kind: str, name: str) -> bool:
    if pattern in ("*", name) or (pattern, name) == ("-", "<stdin>"):
        return True
    if kind == "release":
        tag = pattern.removeprefix("xen-")
        return name == f"xen-{tag}" or (tag.count(".") == 1 and name.startswith(f"xen-{tag}."))
    return PurePath(name).name == pattern


@dataclass(frozen=True, slots=True)
class Classification:
    """What a macro means that no pattern of the vocabulary fits."""

    name: str
    meaning: str
    reason: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Policy:
    """Waivers and classifications of one run."""

    name: str
    waivers: tuple[Waiver, ...] = ()
    classifications: tuple[Classification, ...] = ()
    strict: tuple[Waiver, ...] = ()
    """Those of a user's own file: one that is expired or not needed is an error."""

    def waivers_for(self, named: Sequence[Subject]) -> tuple[Waiver, ...]:
        """The waivers that speak about a layout; `named` is what it is, and what a patch was put on."""
        return tuple(waiver for waiver in self.waivers if waiver.covers(named))
