"""What a release of Xen does that a layout has to fit: plain numbers, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verifier.layout.page_table import PageTable


@dataclass(frozen=True, slots=True)
class Fact:
    """A number or flag of Xen and where it stands there."""

    value: int
    source: str


@dataclass(frozen=True, slots=True)
class Width:
    """A width of the intermediate physical address space that Xen can configure.

    Addresses below `2**bits` are valid for the guest; the P2M takes any below `reach` (bytes).
    """

    bits: int
    reach: int
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The behaviour of one release on one architecture, as far as headers are concerned."""

    release: str
    """The tag (`4.22.0`) or `head`."""
    arch: str
    page: int
    """Bytes."""
    widths: tuple[Width, ...]
    """Ascending."""
    guests: tuple[str, ...]
    """Kinds of guest page tables that can run, the usual one first."""
    numbers: Mapping[str, Fact]
    page_tables: Mapping[str, PageTable] = field(default_factory=dict)
    """The format of each guest kind; empty where nothing is said of them."""

    def __getitem__(self, name: str) -> int:
        return self.numbers[name].value

    def source(self, name: str) -> str:
        """Where that number stands in Xen."""
        return self.numbers[name].source
