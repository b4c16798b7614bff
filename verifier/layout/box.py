"""Blocks of the configuration space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.layout.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the configuration space: the values allowed in some dimensions, any in the others.

    A choice maps to its values, a count to `(low, high)`, inclusive, in the dimension's own steps.
    """

    choices: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def holds(self, configuration: Configuration) -> bool:
        """Whether the configuration lies in the box."""
        return all(configuration[name] in values for name, values in self.choices.items()) and all(
            low <= configuration[name] <= high for name, (low, high) in self.counts.items()
        )
