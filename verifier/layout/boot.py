"""What Xen printed while it booted; every value names its line."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.layout import units


@dataclass(frozen=True, slots=True)
class Printed:
    """A number and the line it stands on (counting from 1)."""

    value: int
    line: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[start, end)` in bytes, and the line it stands on."""

    start: int
    end: int
    line: int

    def __str__(self) -> str:
        return units.span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that something failed."""

    kind: str
    """`panic`, `assertion`, `abort`, `bug`, `no-regions` or `failure`."""
    text: str
    """As printed, without Xen's prefix."""
    line: int


@dataclass(frozen=True, slots=True)
class DomainLog:
    """What a log says of one domain."""

    name: str
    """`d0`, `d1`, ..."""
    banks: tuple[Stretch, ...] = ()
    """Guest physical, by index."""
    static_banks: tuple[Stretch, ...] = ()
    """Static memory at its host addresses, by index."""
    grant_table: Stretch | None = None
    extended: tuple[Stretch, ...] = ()
    without: Trouble | None = None
    """Why Xen gave it no extended regions, where it said so."""
    complete: bool = True
    """False where the log ends with one of its regions, so that more may have followed."""
    tree: Stretch | None = None
    """Where Xen puts its device tree."""

    @property
    def kernel_bits(self) -> int | None:
        """32 where Xen says that this is why there are no regions, 64 where there are some; else it is not told."""
        if self.extended:
            return 64
        told = self.without is not None and ("32-bit" in self.without.text or "64-bit" in self.without.text)
        return 32 if told else None


@dataclass(frozen=True, slots=True)
class BootLog:
    """A whole log; None and empty where it does not say."""

    file: str
    version: str | None = None
    """`4.17.7`, `4.23-unstable`."""
    packager: str | None = None
    """`Debian`, where the first line has it."""
    debug: bool | None = None
    command_line: str | None = None
    ipa_bits: Printed | None = None
    pa_bits: Printed | None = None
    iommu: bool | None = None
    image: Stretch | None = None
    """Where Xen itself lies (`MODULE[n]: ... Xen`), which release builds do not print."""
    memory: tuple[Stretch, ...] = ()
    """Host memory (`RAM:`), which release builds do not print."""
    cpus: Printed | None = None
    """Processors that Xen brought up."""
    its: bool = False
    """Xen has found an ITS of its GICv3."""
    domains: tuple[DomainLog, ...] = ()
    """By number."""
    troubles: tuple[Trouble, ...] = ()
    lines: int = field(default=0)
    """Lines of Xen's."""

    def domain(self, name: str) -> DomainLog | None:
        """The domain called `d0`, ...; None if the log does not mention it."""
        return next((each for each in self.domains if each.name == name), None)
