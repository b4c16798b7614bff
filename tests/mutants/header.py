"""A header of our own wording with head's values, and what changes do to its text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

Value = int | tuple[int, ...]
Values = Mapping[str, Value]

_MODEL = Path(__file__).parents[2] / "models" / "releases" / "4.19.0.toml"
_DERIVED = ("GUEST_RAM_BASE", "GUEST_RAM_MAX", "GUEST_RAM_BANK_BASES", "GUEST_RAM_BANK_SIZES")


class Amount(NamedTuple):
    """A number as a comment spells it: `16MB`, `4096 pages`, `vCPU0..127` (128 of them)."""

    number: int
    unit: str

    def __str__(self) -> str:
        if self.unit == "vCPU0..":
            return f"vCPU0..{self.number - 1}"
        return (
            f"{self.number} {self.unit}" if self.unit in ("pages", "vCPUs") else f"{self.number}{self.unit}"
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Defines that stand together, with one comment, on the line of the first or above it."""

    names: tuple[str, ...]
    template: str = ""
    amounts: tuple[Amount, ...] = ()
    trailing: bool = False


class Note(NamedTuple):
    """What a comment says, and of which macros."""

    sizes: tuple[Amount, ...]
    bases: tuple[Amount, ...]
    """What stands behind `@`."""
    macros: tuple[str, ...]


def _pair(stem: str, base: str = "BASE") -> tuple[str, str]:
    return f"GUEST_{stem}_{base}", f"GUEST_{stem}_SIZE"


GROUPS = (
    Group(_pair("VIRTIO_MMIO"), "{} of registers for virtio devices", (Amount(1, "MB"),)),
    Group(
        (*_pair("GICD"), *_pair("GICC")),
        "{} of CPU interface beside the older distributor",
        (Amount(8, "KB"),),
    ),
    Group(_pair("GICV3_GICD"), "{} of the newer distributor", (Amount(64, "KB"),)),
    Group(("GUEST_GICV3_RDIST_REGIONS",)),
    Group(_pair("GICV3_GICR0"), "{}", (Amount(128, "vCPU0.."),), trailing=True),
    Group(_pair("VPCI_ECAM"), "{} of PCI configuration space", (Amount(256, "MB"),)),
    Group(_pair("ACPI"), "{} of tables", (Amount(32, "MB"),)),
    Group(_pair("PL011"), "UART"),
    Group(("GUEST_VPCI_ADDR_TYPE_MEM", *_pair("VPCI_MEM", "ADDR")), "{} of PCI memory", (Amount(256, "MB"),)),
    Group(_pair("GNTTAB"), "{} == {} of grant table", (Amount(16, "MB"), Amount(4096, "pages"))),
    Group(_pair("MAGIC"), "{} for what the toolstack leaves to the guest", (Amount(16, "MB"),)),
    Group(("GUEST_RAM_BANKS",)),
    Group(_pair("RAM0"), "{} of low RAM @ {}", (Amount(3, "GB"), Amount(1, "GB")), trailing=True),
    Group(
        ("GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM", *_pair("VPCI_PREFETCH_MEM", "ADDR")),
        "{} @ {} that may be prefetched",
        (Amount(4, "GB"), Amount(4, "GB")),
    ),
    Group(_pair("RAM1"), "{} of RAM @ {}", (Amount(1016, "GB"), Amount(8, "GB")), trailing=True),
    Group(_DERIVED, "What follows from the banks"),
    Group(("GUEST_MAX_VCPUS",), "{} at most", (Amount(128, "vCPUs"),)),
    Group(("GUEST_TIMER_VIRT_PPI", "GUEST_TIMER_PHYS_S_PPI", "GUEST_TIMER_PHYS_NS_PPI", "GUEST_EVTCHN_PPI")),
    Group(("GUEST_VPL011_SPI",)),
    Group(("GUEST_VIRTIO_MMIO_SPI_FIRST", "GUEST_VIRTIO_MMIO_SPI_LAST")),
    Group(("GUEST_FFA_NOTIF_PEND_INTR_ID", "GUEST_FFA_SCHEDULE_RECV_INTR_ID")),
)


@dataclass(frozen=True, slots=True)
class Header:
    """A layout: what its macros are worth, and its comments, by the first macro of their group."""

    values: Values
    """Without the derived macros, unless one is set to a value of its own."""
    comments: Mapping[str, tuple[Amount, ...]] = field(default_factory=dict)
    """Amounts that replace those of the group that starts with the macro."""

    def changed(self, changes: Mapping[str, Value | None]) -> Header:
        """The header with other values; None removes a macro."""
        kept = {name: value for name, value in {**self.values, **changes}.items() if value is not None}
        return Header(kept, self.comments)

    def groups(self) -> list[Group]:
        """The defines that are left, in order; new ones come last, each region apart."""
        found = []
        for group in GROUPS:
            names = tuple(name for name in group.names if name in self.values or name in _DERIVED)
            amounts = self.comments.get(group.names[0], group.amounts)
            if names:
                found.append(Group(names, group.template, amounts, group.trailing))
        known = {name for group in GROUPS for name in group.names}
        added: dict[str, list[str]] = {}
        for name in self.values:
            if name not in known:
                added.setdefault(name.rpartition("_")[0], []).append(name)
        return [*found, *(Group(tuple(names)) for names in added.values())]

    def notes(self) -> tuple[Note, ...]:
        """What the comments say."""
        return tuple(_note(group) for group in self.groups() if group.amounts)

    def all_values(self) -> Values:
        """With the derived macros worked out as C does, in 64 bits."""
        base, size = (
            tuple(self._of(f"GUEST_RAM{bank}_{end}") for bank in (0, 1)) for end in ("BASE", "SIZE")
        )
        derived: dict[str, Value] = {
            "GUEST_RAM_BASE": base[0],
            "GUEST_RAM_MAX": sum(size) % 2**64,
            "GUEST_RAM_BANK_BASES": base,
            "GUEST_RAM_BANK_SIZES": size,
        }
        return {**derived, **self.values}

    def _of(self, name: str) -> int:
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def text(self) -> str:
        """The header in C."""
        lines = ["#if defined(__XEN__) || defined(__XEN_TOOLS__)"]
        for group in self.groups():
            comment = f"/* {group.template.format(*group.amounts)} */" if group.template else ""
            defines = [f"#define {name} {self._replacement(name)}" for name in group.names]
            if comment and group.trailing:
                defines[0] += f" {comment}"
            elif comment:
                defines.insert(0, comment)
            lines += ["", *defines]
        return "\n".join([*lines, "", "#endif", ""])

    def _replacement(self, name: str) -> str:
        if name not in self.values:
            return _EXPRESSIONS[name]
        value = self.values[name]
        if isinstance(value, tuple):
            return f"{{ {', '.join(_wide(each) for each in value)} }}"
        plain = name.endswith(
            ("_PPI", "_SPI", "_SPI_FIRST", "_SPI_LAST", "_INTR_ID", "_BANKS", "_REGIONS", "_VCPUS")
        )
        return str(value) if plain else _wide(value)


def _note(group: Group) -> Note:
    sizes = group.template.partition("@")[0].count("{}")
    return Note(group.amounts[:sizes], group.amounts[sizes:], group.names)


def _wide(value: int) -> str:
    return f"xen_mk_ullong({value:#010x})"


_EXPRESSIONS = {
    "GUEST_RAM_BASE": "GUEST_RAM0_BASE",
    "GUEST_RAM_MAX": "(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)",
    "GUEST_RAM_BANK_BASES": "{ GUEST_RAM0_BASE, GUEST_RAM1_BASE }",
    "GUEST_RAM_BANK_SIZES": "{ GUEST_RAM0_SIZE, GUEST_RAM1_SIZE }",
}


def _head() -> Header:
    with _MODEL.open("rb") as file:
        defines = tomllib.load(file)["defines"]
    return Header({name: value for name, value in defines.items() if isinstance(value, int)})


HEAD = _head()
"""What Xen has at head."""
