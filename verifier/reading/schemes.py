"""Delivery schemes and heuristics, from `models/schemes.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.scheme import (
    GUESTS,
    HEURISTICS,
    HOLDS,
    OLD,
    PLACES,
    TRUST,
    Heuristic,
    Need,
    Place,
    Scheme,
    Schemes,
    Widths,
)
from verifier.layout.units import hexa, listing
from verifier.reading import models, recorded_verdicts
from verifier.reading.consumers import consumers
from verifier.reading.toml_file import TomlFile, check, data_folder, load

FORMAT = "schemes/1"
_PAGE = 4096
_TOP: Mapping[str, type] = {
    "format": str,
    "need": dict,
    "own-pages": dict,
    "widths": dict,
    "place": list,
    "scheme": list,
    "heuristic": list,
}
_NEED: Mapping[str, type] = {"grant": int, "foreign": int, "guest": int, "source": str}
_OWN: Mapping[str, type] = {"consumers": list, "source": str}
_WIDTHS: Mapping[str, type] = {"cpu": list, "iommu": list, "source": str}
_PLACE: Mapping[str, type] = {"name": str, "kind": str, "title": str, "source": str}
_OF_PLACE: Mapping[str, Mapping[str, type]] = {
    "proposal": {"proposal": str, "region": str, "properties": list},
    "theorems": {"theorems": list, "host-theorems": list},
    "end": {"theorems": list},
}
_SCHEME: Mapping[str, type] = {
    "name": str,
    "title": str,
    "new": str,
    "old": str,
    "old-says": str,
    "holds": str,
    "guests": str,
    "rule": str,
    "place": str,
    "sources": list,
}
_HEURISTIC: Mapping[str, type] = {"name": str, "kind": str, "title": str, "source": str}
_NAME = re.compile(r"[a-z][a-z0-9-]*")


@cache
def schemes() -> Schemes:
    """All that ship, in the order of the file."""
    return parse(load(data_folder("models") / "schemes.toml", "models/schemes.toml"))


def parse(file: TomlFile) -> Schemes:
    """The schemes of a file. Raises InputError at the line of what is wrong."""
    file.expect(_TOP, tuple(_TOP))
    if file.data["format"] != FORMAT:
        raise file.fail(f'format is "{file.data["format"]}", not "{FORMAT}"', "format")
    places = {each.name: each for each in (_place(*entry) for entry in _entries(file, "place"))}
    heuristics = tuple(_heuristic(*entry) for entry in _entries(file, "heuristic"))
    rules = (TRUST, *(each.name for each in heuristics))
    return Schemes(
        _need(file),
        _own_pages(file),
        _widths(file),
        tuple(_scheme(entry, place, places, rules) for entry, place in _entries(file, "scheme")),
        heuristics,
    )


def _entries(file: TomlFile, table: str) -> list[tuple[Mapping[str, Any], Origin]]:
    """Each table of a list with its place; no two have the same name."""
    lines, names = file.heads(table)[0], set()
    found: list[tuple[Mapping[str, Any], Origin]] = []
    for index, entry in enumerate(file.data[table]):
        place = Origin(file.name, lines[index] if index < len(lines) else 1)
        if not isinstance(entry, dict):
            raise _fail(f"a {table} is no table", place)
        name = entry.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _fail(f"a {table} has no name of small letters, digits and dashes", place)
        if name in names:
            raise _fail(f'two of {table} are named "{name}"', place)
        names.add(name)
        found.append((entry, place))
    if not found:
        raise file.fail(f'there is no "{table}"', table)
    return found


def _fail(message: str, place: Origin) -> InputError:
    return InputError(message, place.file, place.line)


def _checked(entry: Mapping[str, Any], known: Mapping[str, type], place: Origin) -> None:
    check(entry, known, tuple(known), lambda _: place)
    for key, value in entry.items():
        if value in ("", []):
            raise _fail(f'"{key}" is empty', place)


def _one_of(entry: Mapping[str, Any], key: str, choices: Iterable[str], place: Origin) -> str:
    """A value that must be one of a few."""
    value, some = entry.get(key), tuple(choices)
    if value not in some:
        raise _fail(f'"{key}" is {value}, not {listing(some, "or")}', place)
    return str(value)


def _texts(
    entry: Mapping[str, Any], key: str, place: Origin, known: Iterable[str] | None = None
) -> tuple[str, ...]:
    values = tuple(each for each in entry[key] if isinstance(each, str) and each)
    if len(values) < len(entry[key]):
        raise _fail(f'"{key}" has something that is no text', place)
    allowed = values if known is None else tuple(known)
    if strange := [each for each in values if each not in allowed]:
        raise _fail(f'"{key}" has "{strange[0]}", which there is not', place)
    return values


def _table(file: TomlFile, name: str, known: Mapping[str, type]) -> tuple[Mapping[str, Any], Origin]:
    lines = file.lines(name)
    place = Origin(file.name, min(lines.values(), default=2) - 1)
    _checked(file.data[name], known, place)
    return file.data[name], place


def _pages(entry: Mapping[str, Any], key: str, place: Origin) -> int:
    value: int = entry[key]
    if value <= 0 or value % _PAGE or value >> 48:
        raise _fail(
            f'"{key}" is {hexa(value) if value > 0 else value}: no whole pages below 2^48 bytes', place
        )
    return value


def _need(file: TomlFile) -> Need:
    entry, place = _table(file, "need", _NEED)
    return Need(*(_pages(entry, key, place) for key in ("grant", "foreign", "guest")))


def _own_pages(file: TomlFile) -> tuple[str, ...]:
    entry, place = _table(file, "own-pages", _OWN)
    return _texts(entry, "consumers", place, (each.name for each in consumers()))


def _widths(file: TomlFile) -> Widths:
    entry, place = _table(file, "widths", _WIDTHS)
    for key in ("cpu", "iommu"):
        if not all(type(each) is int and 32 <= each <= 52 for each in entry[key]):
            raise _fail(f'"{key}" has something that is no width from 32 to 52', place)
    return Widths(tuple(sorted(entry["cpu"])), tuple(sorted(entry["iommu"])))


def _place(entry: Mapping[str, Any], place: Origin) -> Place:
    kind = _one_of(entry, "kind", PLACES, place)
    _checked(entry, {**_PLACE, **_OF_PLACE[kind]}, place)
    found = Place(entry["name"], entry["title"], kind, entry["source"])
    if kind == "proposal":
        return _of_proposal(found, entry, place)
    known = recorded_verdicts.theorems()
    theorems = _texts(entry, "theorems", place, known)
    host = _texts(entry, "host-theorems", place, known) if kind == "theorems" else ()
    return replace(found, theorems=theorems, host_theorems=host)


def _of_proposal(found: Place, entry: Mapping[str, Any], place: Origin) -> Place:
    proposal, region = entry["proposal"], entry["region"]
    if not models.has_proposal(proposal):
        raise _fail(f'there is no proposal "{proposal}"', place)
    macros = models.replacements_of(models.proposal(proposal))
    if f"{region}_BASE" not in macros or f"{region}_SIZE" not in macros:
        raise _fail(f'{proposal} has no region "{region}"', place)
    properties = _texts(entry, "properties", place)
    return replace(found, proposal=proposal, region=region, properties=properties)


def _scheme(
    entry: Mapping[str, Any], place: Origin, places: Mapping[str, Place], rules: tuple[str, ...]
) -> Scheme:
    _checked(entry, _SCHEME, place)
    return Scheme(
        entry["name"],
        entry["title"],
        entry["new"],
        _one_of(entry, "old", OLD, place),
        entry["old-says"],
        _one_of(entry, "holds", HOLDS, place) == "grant",
        _one_of(entry, "guests", GUESTS, place) == "consumers",
        _one_of(entry, "rule", rules, place),
        places[_one_of(entry, "place", places, place)],
        _texts(entry, "sources", place),
    )


def _heuristic(entry: Mapping[str, Any], place: Origin) -> Heuristic:
    kind = _one_of(entry, "kind", HEURISTICS, place)
    sized = kind == "at-least"
    _checked(entry, {**_HEURISTIC, "bytes": int} if sized else _HEURISTIC, place)
    size = _pages(entry, "bytes", place) if sized else 0
    return Heuristic(entry["name"], kind, entry["title"], entry["source"], size)
