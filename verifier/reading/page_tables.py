"""Formats of guest page tables, from the bit positions in `models/page-tables.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from verifier.layout import units
from verifier.layout.errors import InputError
from verifier.layout.facts import Facts
from verifier.layout.finding import Assumption
from verifier.layout.layout import Layout
from verifier.layout.page_table import ADDRESS_BITS, Field, Leaf, PageTable
from verifier.reading.toml_file import TomlFile, data_folder, load

FORMAT = "page-tables/1"
_TABLE: Mapping[str, type] = {
    "name": str,
    "title": str,
    "leaves": str,
    "width": int,
    "linux": str,
    "leaf": list,
    "extends": str,
    "spares": str,
}
_LEAF: Mapping[str, type] = {
    "name": str,
    "unit": int,
    "ones": list,
    "zeros": list,
    "output": list,
    "source": str,
    "counts": bool,
}
_OPTIONAL = ("extends", "spares", "counts")


@cache
def page_tables() -> Mapping[str, PageTable]:
    """All formats that ship, by name."""
    return parse(load(data_folder("models") / "page-tables.toml", "models/page-tables.toml"))


def parse(file: TomlFile) -> Mapping[str, PageTable]:
    """The formats of a file, by name. Raises InputError for bits that make no descriptor."""
    file.expect({"format": str, "table": list}, ("format", "table"))
    if file.data["format"] != FORMAT:
        raise file.fail(f'format is "{file.data["format"]}", not "{FORMAT}"', "format")
    found: dict[str, PageTable] = {}
    for entry in file.data["table"]:
        table = _table(file, entry)
        if table.name in found:
            raise InputError(f'two tables are named "{table.name}"', file.name)
        found[table.name] = table
    for table in found.values():
        if table.extends and table.extends not in found:
            raise InputError(f'{table.name}: it extends "{table.extends}", which is no table', file.name)
    return found


def of_guests(kinds: Sequence[str]) -> Mapping[str, PageTable]:
    """The formats of guest kinds. Raises InputError for a kind without one."""
    known = page_tables()
    for kind in kinds:
        if kind not in known:
            raise InputError(f'guest kind "{kind}" has no page table', "models/page-tables.toml")
    return {kind: known[kind] for kind in kinds}


def exemptions(layout: Layout, facts: Facts) -> Iterator[Assumption]:
    """Which guests do without which regions of a layout: what `reachable` does not ask of them."""
    for guest, table in facts.page_tables.items():
        names = [bank.name for bank in layout.banks if guest in bank.unreached_by]
        names += [region.name for region in layout.regions if guest in region.unreached_by]
        if names:
            statement = f"{guest} guests can do without what they cannot reach of {units.listing(names)}"
            yield Assumption(f"unreached-{guest}", statement, table.spares)


def _table(file: TomlFile, entry: object) -> PageTable:
    data = _checked(file, "a table", entry, _TABLE)
    name = data["name"]
    if not 1 <= data["width"] <= ADDRESS_BITS:
        raise InputError(f"{name}: a descriptor of {data['width']} bits", file.name)
    leaves = tuple(_leaf(file, name, data["width"], leaf) for leaf in data["leaf"])
    if not any(leaf.counts for leaf in leaves):
        raise InputError(f"{name}: no leaf counts", file.name)
    if len({leaf.name for leaf in leaves}) < len(leaves):
        raise InputError(f"{name}: two leaves have one name", file.name)
    return PageTable(
        name,
        data["title"],
        data["leaves"],
        data["width"],
        leaves,
        data["linux"],
        data.get("extends", ""),
        data.get("spares", ""),
    )


def _leaf(file: TomlFile, table: str, width: int, entry: object) -> Leaf:
    data = _checked(file, f"{table}: a leaf", entry, _LEAF)
    where = f"{table}, {data['name']}"
    unit = data["unit"]
    if unit <= 0 or unit & (unit - 1) or unit >> ADDRESS_BITS:
        raise InputError(f"{where}: a unit of {units.hexa(unit)} bytes is no power of two", file.name)
    fields = tuple(_field(file, where, each) for each in data["output"])
    leaf = Leaf(
        data["name"],
        unit,
        fields,
        tuple(data["ones"]),
        tuple(data["zeros"]),
        data.get("counts", True),
        data["source"],
    )
    if reason := _fault(leaf, width):
        raise InputError(f"{where}: {reason}", file.name)
    return leaf


def _field(file: TomlFile, where: str, entry: object) -> Field:
    data = _checked(file, f"{where}: a field", entry, {"bits": list, "address": int})
    bits = data["bits"]
    if len(bits) != 2 or not all(_is_bit(bit) for bit in bits) or bits[0] > bits[1]:
        raise InputError(f"{where}: bits are [first, last], inclusive, not {bits}", file.name)
    return Field(bits[0], bits[1], data["address"])


def _fault(leaf: Leaf, width: int) -> str:
    """Why the bits make no descriptor; empty if they do."""
    used = [bit for field in leaf.fields for bit in range(field.low, field.high + 1)]
    used += [*leaf.ones, *leaf.zeros]
    written = [field.address + step for field in leaf.fields for step in range(field.high - field.low + 1)]
    if not all(_is_bit(bit) and bit < width for bit in used):
        return f"a descriptor bit outside the {width} that there are"
    if len(set(used)) < len(used):
        return "a descriptor bit with two meanings"
    if len(set(written)) < len(written):
        return "two fields give the same address bit"
    lowest = leaf.unit.bit_length() - 1
    if not all(lowest <= bit < ADDRESS_BITS for bit in written):
        return f"an address bit outside {lowest} to {ADDRESS_BITS - 1}"
    return ""


def _is_bit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < ADDRESS_BITS


def _checked(file: TomlFile, what: str, entry: object, known: Mapping[str, type]) -> Mapping[str, Any]:
    """The entry, with all keys it needs, none unknown, each of its type."""
    if not isinstance(entry, dict):
        raise InputError(f"{what} is no table", file.name)
    for key in known:
        if key not in entry and key not in _OPTIONAL:
            raise InputError(f'{what} has no "{key}"', file.name)
    for key, value in entry.items():
        if key not in known:
            raise InputError(f'{what} has an unknown key "{key}"', file.name)
        if not isinstance(value, known[key]) or (known[key] is int and isinstance(value, bool)):
            raise InputError(f'{what} has a wrong kind of "{key}"', file.name)
    return entry
