"""Guest kernels as users of the hypervisor node, from `models/consumers.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from verifier.layout.consumer import PARTS_OF_PAGES, ZERO_START, Consumer, LinearMap, Takes
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.units import hexa, listing
from verifier.reading.toml_file import TomlFile, check, data_folder, load

FORMAT = "consumers/1"
_ALWAYS: Mapping[str, type] = {
    "name": str,
    "title": str,
    "bits": int,
    "reads": str,
    "none": str,
    "missing": str,
    "limits": list,
    "sources": list,
}
_REGIONS: Mapping[str, type] = {
    "unit": int,
    "touching": str,
    "order": str,
    "refuses": list,
    "unusable": str,
    "refused": str,
}
_LINEAR: Mapping[str, type] = {"linear": int, "linear-start": int}
_NAME = re.compile(r"[a-z][a-z0-9.-]*")
_PAGE = 4096
_CHOICES: Mapping[str, tuple[object, ...]] = {
    "bits": (32, 64),
    "reads": ("nothing", "grant", "grant-and-regions"),
    "touching": ("one", "apart"),
    "order": ("ascending", "any"),
}


@cache
def consumers() -> tuple[Consumer, ...]:
    """All that ship, in the order of the file."""
    return parse(load(data_folder("models") / "consumers.toml", "models/consumers.toml"))


def named(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, each once. Raises InputError for one that no kernel has."""
    known = [each.name for each in consumers()]
    for name in names:
        if name not in known:
            from difflib import get_close_matches  # only a fault needs it

            near = get_close_matches(name, known, 1)
            hint = f'; did you mean "{near[0]}"' if near else f"; there are {listing(known)}"
            raise InputError(f'no consumer "{name}"{hint}')
    return tuple(dict.fromkeys(names))


def unit_of(name: str) -> int:
    """Bytes in which a kernel takes regions. Raises InputError for one that takes none."""
    for each in consumers():
        if each.name == name and each.takes is not None:
            return each.takes.unit
    raise InputError(f'no consumer "{name}" that takes regions', "models/consumers.toml")


def parse(file: TomlFile) -> tuple[Consumer, ...]:
    """The kernels of a file. Raises InputError at the line of the table."""
    file.expect({"format": str, "consumer": list}, ("format", "consumer"))
    if file.data["format"] != FORMAT:
        raise file.fail(f'format is "{file.data["format"]}", not "{FORMAT}"', "format")
    lines = file.heads("consumer")[0]
    found: dict[str, Consumer] = {}
    for index, entry in enumerate(file.data["consumer"]):
        place = Origin(file.name, lines[index] if index < len(lines) else 1)
        if not isinstance(entry, dict):
            raise _fail("a consumer is no table", place)
        consumer = _consumer(entry, place)
        if consumer.name in found:
            raise _fail(f'two consumers are named "{consumer.name}"', place)
        found[consumer.name] = consumer
    return tuple(found.values())


def _fail(message: str, place: Origin) -> InputError:
    return InputError(message, place.file, place.line)


def _consumer(entry: Mapping[str, Any], place: Origin) -> Consumer:
    takes_regions = entry.get("reads") == "grant-and-regions"
    known = {**_ALWAYS, **_REGIONS, **_LINEAR} if takes_regions else _ALWAYS
    check(entry, known, (*_ALWAYS, *(_REGIONS if takes_regions else ())), lambda _: place)
    for key, choices in _CHOICES.items():
        if key in entry and entry[key] not in choices:
            some = listing([str(each) for each in choices], "or")
            raise _fail(f'"{key}" is {entry[key]}, not {some}', place)
    if not _NAME.fullmatch(entry["name"]):
        raise _fail(f'"{entry["name"]}" is no name: small letters, digits, dots and dashes', place)
    for key, value in entry.items():
        if value == "":
            raise _fail(f'"{key}" is empty', place)
    return Consumer(
        entry["name"],
        entry["title"],
        entry["bits"],
        entry["reads"] != "nothing",
        _takes(entry, place) if takes_regions else None,
        entry["none"],
        entry["missing"],
        _texts(entry, "limits", place),
        _texts(entry, "sources", place, least=1),
    )


def _takes(entry: Mapping[str, Any], place: Origin) -> Takes:
    refuses = _texts(entry, "refuses", place)
    for each in refuses:
        if each not in (ZERO_START, PARTS_OF_PAGES):
            raise _fail(f'"refuses" has "{each}", not {ZERO_START} or {PARTS_OF_PAGES}', place)
    return Takes(
        _power(entry, "unit", place),
        entry["touching"] == "one",
        entry["order"] == "ascending",
        refuses,
        _linear(entry, place),
        entry["unusable"],
        entry["refused"],
    )


def _linear(entry: Mapping[str, Any], place: Origin) -> LinearMap | None:
    given = [key for key in _LINEAR if key in entry]
    if not given:
        return None
    if len(given) < len(_LINEAR):
        raise _fail(f'"{given[0]}" is without its other half: {listing(list(_LINEAR))}', place)
    start, bits = _power(entry, "linear-start", place), entry["linear"]
    if not start.bit_length() <= bits < 64:
        raise _fail(f'"linear" is {bits}: not from {start.bit_length()} to 63 bits', place)
    return LinearMap(bits, start)


def _power(entry: Mapping[str, Any], key: str, place: Origin) -> int:
    value: int = entry[key]
    if value < _PAGE or value & (value - 1) or value >> 48:
        raise _fail(f'"{key}" is {hexa(value)}: no power of two from a page of 4 KiB to 2^47', place)
    return value


def _texts(entry: Mapping[str, Any], key: str, place: Origin, least: int = 0) -> tuple[str, ...]:
    values: list[object] = entry[key]
    if len(values) < least:
        raise _fail(f'"{key}" is empty', place)
    found = tuple(each for each in values if isinstance(each, str) and each)
    if len(found) < len(values):
        raise _fail(f'"{key}" has something that is no text', place)
    return found
