"""A concrete input of a producer, in plain integers: what counterexamples and examples are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

Pair = tuple[int, int]
"""Start and size in bytes; of `iomem` first guest frame and number of frames."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Whatever a producer looks at; a list that it does not look at is empty."""

    ipa_bits: int = 40
    reg: tuple[Pair, ...] = ()
    """`reg` entries of the host device tree."""
    ranges: tuple[Pair, ...] = ()
    """Windows of PCI host bridges in it, after the `reg` entries."""
    untranslatable: bool = False
    """Whether the last `reg` entry of the tree has no translation to an address of the host."""
    ram: tuple[Pair, ...] = ()
    """Boot RAM banks of the host."""
    domain: tuple[Pair, ...] = ()
    """RAM banks of the domain."""
    reserved: tuple[Pair, ...] = ()
    shared: tuple[Pair, ...] = ()
    """Static shared memory: guest addresses, without IOMMU the host's."""
    xen_reg: tuple[Pair, ...] = ()
    """Guest addresses of xen,reg."""
    grant: Pair = (0, 0)
    """The domain's grant region."""
    windows: tuple[Pair, ...] = ()
    """RAM windows of the guest layout."""
    used: tuple[int, ...] = ()
    """Bytes used of each."""
    iomem: tuple[Pair, ...] = ()
    cells: Pair = (2, 2)
    """#address-cells and #size-cells of the domain's root."""
    text: Pair = (0, 0)
    """Xen's text."""
    frames: int = 0
    """Grant frames at most."""
    amount: int = 0
    """Bytes of memory asked for."""
    top: int = 0
    """Bytes of a region at the end of the address space."""
    bits: int = 64
    """Of the domain's kernel."""

    def to_json(self) -> dict[str, Any]:
        """Fields that are not as in an empty setting; numbers of bytes and frames in hex."""
        empty = Setting()
        return {
            field.name: _hexed(getattr(self, field.name))
            if field.name not in _COUNTS
            else getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != getattr(empty, field.name)
        }


_ONE_PAIR = ("grant", "cells", "text")
_COUNTS = ("ipa_bits", "cells", "bits", "untranslatable")


def from_json(data: Mapping[str, Any]) -> Setting:
    """The reverse of `to_json`. Raises ValueError and TypeError for what is no setting."""
    if not isinstance(data, dict):
        raise ValueError("an input is no object")
    known = {field.name for field in fields(Setting)}
    if unknown := set(data) - known:
        raise ValueError(f"no input is called {', '.join(sorted(unknown))}")
    made = Setting(**{name: _numbers(value) for name, value in data.items()})
    for name in known - {"untranslatable"}:
        _check(name, getattr(made, name))
    if len(made.used) != len(made.windows):
        raise ValueError("used has not one number for each of windows")
    return made


def _check(name: str, value: Any) -> None:
    """Raises ValueError for what has not the shape of the field, or holds what is no word of 64 bits."""
    is_number = isinstance(getattr(Setting(), name), int)
    if is_number == isinstance(value, tuple):
        raise ValueError(f"{name} is {'no number' if is_number else 'no list'}")
    pairs = () if is_number or name == "used" else (value,) if name in _ONE_PAIR else value
    if not all(isinstance(each, tuple) and len(each) == 2 for each in pairs):
        raise ValueError(f"{name} is not made of pairs")
    for number in (
        (value,) if is_number else value if not pairs else (each for pair in pairs for each in pair)
    ):
        if not isinstance(number, int) or not 0 <= number < 1 << 64:
            raise ValueError(f"{name} has {number}, which is no number from 0 to 2^64 - 1")


def _hexed(value: Any) -> Any:
    return hex(value) if isinstance(value, int) else [_hexed(each) for each in value]


def _numbers(value: Any) -> Any:
    if isinstance(value, str):
        return int(value, 16)
    return value if isinstance(value, int) else tuple(_numbers(each) for each in value)
