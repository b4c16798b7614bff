"""How a guest is told of space for grant and foreign pages: the facts of `models/schemes.toml`, with no verdict."""

from __future__ import annotations

from dataclasses import dataclass

OLD = ("refuses", "lacks", "has-less", "silent")
"""What a Xen without a scheme does; a guest notices the first two."""
NOTICED = OLD[:2]
HOLDS = ("own", "grant")
GUESTS = ("future", "consumers")
PLACES = ("proposal", "theorems", "end")
HEURISTICS = ("at-least", "above-old", "presence", "any-region", "whole-unit", "own-width")
TRUST = "trust"
"""The rule of a guest that uses what there is, without a look at it."""


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes for which guests want space."""

    grant: int
    foreign: int
    guest: int
    """RAM of the guest in which costs are counted."""

    @property
    def total(self) -> int:
        """What a range has to hold that is for both."""
        return self.grant + self.foreign


@dataclass(frozen=True, slots=True)
class Widths:
    """What limits the width of an address space, bits."""

    cpu: tuple[int, ...]
    """What the CPU's PARange can say, which a guest can read."""
    iommu: tuple[int, ...]
    """What an IOMMU can limit Xen to, which it cannot."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the space of a scheme lies."""

    name: str
    title: str
    kind: str
    """`proposal`: `region` of a proposal's layout; `theorems`: where Xen's producers put it; `end`: at 2^b less the need."""
    source: str
    proposal: str = ""
    region: str = ""
    """A macro stem."""
    properties: tuple[str, ...] = ()
    """Of the region, those that make it free for a guest."""
    theorems: tuple[str, ...] = ()
    """What has to be proved of a release: that the space is free (`theorems`), or how large it can be (`end`)."""
    host_theorems: tuple[str, ...] = ()
    """Of `theorems`, the same for dom0 and direct-mapped domains."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to tell a guest."""

    name: str
    title: str
    new: str
    """What a Xen with the scheme says."""
    old: str
    """One of `OLD`."""
    old_says: str
    in_grant: bool
    """Whether the space is reg[0], so that guests that do not know the scheme put their grant frames there."""
    known: bool
    """Whether there are kernels that know it: those that take regions."""
    rule: str
    """The name of a heuristic, or `TRUST`."""
    place: Place
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heuristic:
    """When a guest uses the space, instead of giving up RAM."""

    name: str
    kind: str
    """One of `HEURISTICS`."""
    title: str
    source: str
    size: int = 0
    """Of `at-least`, bytes of reg[0]."""


@dataclass(frozen=True, slots=True)
class Schemes:
    """All that ships."""

    need: Need
    own_pages: tuple[str, ...]
    """Consumers that map no foreign pages."""
    widths: Widths
    schemes: tuple[Scheme, ...]
    heuristics: tuple[Heuristic, ...]

    def rule_of(self, scheme: Scheme) -> Heuristic | None:
        """The heuristic of its guests; None for `TRUST`."""
        return next((each for each in self.heuristics if each.name == scheme.rule), None)
