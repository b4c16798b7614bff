"""Release families: the releases of Xen in which all behaviours that theorems can meet are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from verifier.reading import models
from verifier.reading.behaviours import behaviours
from verifier.xen.release import Xen, xen


@dataclass(frozen=True, slots=True)
class Family:
    """Releases that behave alike, oldest first."""

    tags: tuple[str, ...]

    @property
    def xen(self) -> Xen:
        """Any of them: a release build."""
        return xen(self.tags[0])

    @property
    def name(self) -> str:
        """`4.18.0`, `4.16.1..4.16.7`."""
        return self.tags[0] if len(self.tags) == 1 else f"{self.tags[0]}..{self.tags[-1]}"


@cache
def families() -> tuple[Family, ...]:
    """All families, in the order of their oldest release. A release is in exactly one."""
    found: dict[tuple[object, ...], list[str]] = {}
    for tag in tags():
        found.setdefault(_behaves(tag), []).append(tag)
    return tuple(Family(tuple(each)) for each in found.values())


def tags() -> tuple[str, ...]:
    """Every release that the models know, oldest first; `head` is the last."""
    return tuple(tag for model in models.releases() for tag in model.tags)


def family_of(tag: str) -> Family:
    """The family of a release. Raises KeyError for a tag that no model has."""
    for each in families():
        if tag in each.tags:
            return each
    raise KeyError(tag)


def _behaves(tag: str) -> tuple[object, ...]:
    of: Mapping[str, object] = {
        name: (variant.name, variant.value) if (variant := behaviour.at(tag)) else None
        for name, behaviour in behaviours().items()
    }
    return tuple(of.items())
