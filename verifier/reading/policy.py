"""Policy files: which failures are accepted, where exactly and why, and what unknown macros mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.policy import Choice, Classification, Policy, Regime, Waiver
from verifier.reading.toml_file import TomlFile, check, data_folder, load

FORMAT = "xen-layout-policy/1"
UPSTREAM = "upstream"
MOST_BYTES = 1 << 20
_KEYS: Mapping[str, type] = {"format": str, "title": str, "include": list, "waiver": list, "classify": list}
_WAIVER: Mapping[str, type] = {
    "applies_to": list,
    "property": str,
    "subjects": list,
    "regime": list,
    "everywhere": bool,
    "reason": str,
    "owner": str,
    "expires": date,
}
_CLASSIFY: Mapping[str, type] = {"name": str, "meaning": str, "reason": str}
_COUNTS = ("memory", "vcpus", "virtio")
_CHOICES: Mapping[str, tuple[type, ...]] = {
    "ipa_bits": (int,),
    "gic": (str,),
    "guest": (str,),
    "vpci": (bool,),
    "vuart": (bool,),
    "acpi": (bool,),
}
_REGIME: Mapping[str, type] = {**dict.fromkeys(_CHOICES, list), **dict.fromkeys(_COUNTS, dict)}
PLAIN = "number"
"""The meaning of a macro that is a number and neither address, size nor interrupt."""


def policy_of(named: str | None) -> Policy:
    """The policy of a run: upstream's if None, none for `none`, else that of a file. Raises InputError."""
    if named is None:
        return upstream()
    if named == "none":
        return Policy("none")
    return _read(Path(named), named)


@cache
def upstream() -> Policy:
    """What upstream has at head and accepts (`models/policies/upstream.toml`)."""
    name = f"models/policies/{UPSTREAM}.toml"
    return _Reader(load(data_folder("models") / "policies" / f"{UPSTREAM}.toml", name)).policy(strict=False)


def _read(path: Path, name: str) -> Policy:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise InputError(f"cannot be read: {reason[:1].lower()}{reason[1:]}", name) from None
    if len(content) > MOST_BYTES:
        raise InputError(f"larger than {MOST_BYTES >> 20} MiB, which no policy is", name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise InputError("a policy has to be UTF-8", name, line) from None
    return _Reader(TomlFile(text, name)).policy(strict=True)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One file; every fault is told with its line."""

    file: TomlFile

    def policy(self, *, strict: bool) -> Policy:
        """The file's own entries, after those it includes."""
        self.file.expect(_KEYS, ("format",))
        data = self.file.data
        if data["format"] != FORMAT:
            raise self.file.fail(f'format is "{data["format"]}", not "{FORMAT}"', "format")
        included = data.get("include", [])
        if any(each != UPSTREAM for each in included):
            raise self.file.fail(f'"include" knows "{UPSTREAM}" only', "include")
        base = upstream() if included else Policy("")
        waivers = tuple(self._waivers(data.get("waiver", [])))
        classified = tuple(self._classifications(data.get("classify", [])))
        return Policy(
            self.file.name,
            (*base.waivers, *waivers),
            (*base.classifications, *classified),
            waivers if strict else (),
        )

    def _waivers(self, entries: list[Any]) -> Iterator[Waiver]:
        heads = self.file.heads("waiver")[0]
        regimes = self.file.heads("waiver.regime", "waiver")
        for index, entry in enumerate(entries):
            place = self._place(heads, index)
            inner = regimes[index] if index < len(regimes) else []
            yield self._waiver(self._table(entry, "waiver", place), place, inner)

    def _waiver(self, entry: Mapping[str, Any], place: Origin, heads: list[int]) -> Waiver:
        check(entry, _WAIVER, ("applies_to", "property", "subjects", "reason"), lambda _: place)
        for key in ("applies_to", "subjects"):
            if not entry[key] or not all(isinstance(item, str) and item.isprintable() for item in entry[key]):
                raise _fail(f'"{key}" has to be a list of names, one at least', place)
        _says_why(entry["reason"], place)
        listed = entry.get("regime", [])
        if bool(listed) == entry.get("everywhere", False):
            raise _fail("say where: one [[waiver.regime]] at least, or everywhere = true", place)
        regimes = [
            self._regime(self._table(each, "regime", place), self._place(heads, index, place))
            for index, each in enumerate(listed)
        ]
        return Waiver(
            tuple(entry["applies_to"]),
            entry["property"],
            tuple(entry["subjects"]),
            tuple(regimes) or (Regime({}, {}, place),),
            entry["reason"],
            place,
            entry.get("owner", ""),
            entry.get("expires"),
        )

    def _regime(self, entry: Mapping[str, Any], place: Origin) -> Regime:
        check(entry, _REGIME, (), lambda _: place)
        if not entry:
            raise _fail("an empty regime covers everything; write everywhere = true", place)
        choices = {
            name: tuple(_choice(name, value, place) for value in values)
            for name, values in entry.items()
            if name in _CHOICES
        }
        if any(not values for values in choices.values()):
            raise _fail("a list without values covers nothing", place)
        counts = {name: _bounds(name, value, place) for name, value in entry.items() if name in _COUNTS}
        return Regime(choices, counts, place)

    def _classifications(self, entries: list[Any]) -> Iterator[Classification]:
        heads = self.file.heads("classify")[0]
        for index, entry in enumerate(entries):
            place = self._place(heads, index)
            table = self._table(entry, "classify", place)
            check(table, _CLASSIFY, ("name", "reason"), lambda _, place=place: place)  # type: ignore[misc]
            if not re.fullmatch(r"GUEST_[A-Za-z0-9_]+", table["name"]):
                raise _fail(f"{_short(table['name'])} is no name of a GUEST_ macro", place)
            _says_why(table["reason"], place)
            yield Classification(table["name"], table.get("meaning", PLAIN), table["reason"], place)

    def _table(self, entry: object, what: str, place: Origin) -> Mapping[str, Any]:
        if not isinstance(entry, dict):
            raise _fail(f'"{what}" has to be a table: [[{what}]]', place)
        return entry

    def _place(self, heads: list[int], index: int, instead: Origin | None = None) -> Origin:
        if index < len(heads):
            return Origin(self.file.name, heads[index])
        return instead or Origin(self.file.name, 1)


def _says_why(reason: str, place: Origin) -> None:
    if len(reason.split()) < 2:
        raise _fail('"reason" does not say why', place)


def _fail(message: str, place: Origin) -> InputError:
    return InputError(message, place.file, place.line)


def _choice(name: str, value: object, place: Origin) -> Choice:
    """One value of a choice: a boolean is no integer here."""
    for kind in _CHOICES[name]:
        if isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
            assert isinstance(value, (int, str, bool))
            return value
    raise _fail(f'"{name}" does not take {_short(value)}', place)


def _bounds(name: str, value: Mapping[str, Any], place: Origin) -> tuple[int | None, int | None]:
    unknown = set(value) - {"min", "max"}
    if unknown or not value:
        raise _fail(f'"{name}" takes min, max or both, and nothing else', place)
    low, high = (_number(name, value.get(key), place) for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        raise _fail(f'"{name}" has min above max', place)
    return low, high


def _number(name: str, value: object, place: Origin) -> int | None:
    """A count: an integer, or hex in quotes as reports print it."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,16}", value):
        return int(value, 16)
    raise _fail(
        f'"{name}" takes numbers from 0 of at most 64 bits, or hex in quotes, not {_short(value)}', place
    )


def _short(value: object) -> str:
    """The value, on one line and no longer than one."""
    if isinstance(value, int) and value.bit_length() > 80:
        return "a number of that size"
    if isinstance(value, list | dict):  # in one another deeper than `repr` goes, perhaps
        return "a list" if isinstance(value, list) else "a table"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
