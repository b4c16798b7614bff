"""A release of Xen as a composition of named variants; no release number stands in this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from verifier.reading.behaviours import Variant, of_release

T = TypeVar("T")
Build = Literal["release", "debug"]


@dataclass(frozen=True, slots=True)
class Xen:
    """One release, built one way."""

    tag: str
    debug: bool
    """Whether `ASSERT` stops Xen (CONFIG_DEBUG); a release build goes on."""
    behaviours: Mapping[str, Variant]

    def value(self, behaviour: str) -> int:
        """The number that a behaviour has in this release. Raises KeyError if it has none."""
        number = self.behaviours[behaviour].value
        if number is None:
            raise KeyError(f"{behaviour} has no number")
        return number


def xen(tag: str, build: Build = "release") -> Xen:
    """The release of a tag that `verifier.reading.models` knows, or `head`."""
    return Xen(tag, build == "debug", of_release(tag))


@dataclass(frozen=True, slots=True)
class Variants(Generic[T]):
    """What a behaviour of `models/behaviours.toml` means, by the name of the variant."""

    behaviour: str
    meanings: Mapping[str, T]

    def of(self, xen: Xen) -> T:
        """The meaning in a release. Raises KeyError for a release that is too old to behave at all."""
        return self.meanings[xen.behaviours[self.behaviour].name]
