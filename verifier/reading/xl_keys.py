"""Which keys xl reads, release by release: models/xl-config.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.models import version
from verifier.reading.toml_file import TomlFile, check, data_folder, load

FORMAT = "xl-keys/1"
_NAME = "models/xl-config.toml"
_TOP: Mapping[str, type] = {"format": str, "syntax": dict, "key": list, "others": list}
_KEY: Mapping[str, type] = {
    "name": str,
    "from": str,
    "until": str,
    "kind": str,
    "matters": str,
    "source": str,
}
_OTHERS: Mapping[str, type] = {"from": str, "until": str, "kind": str, "names": list}
_SYNTAX: Mapping[str, type] = {"from": str, "source": str}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a configuration."""

    name: str
    since: str
    """The first release that reads it."""
    until: str | None
    """The first that does not any more."""
    kind: str
    """`number`, `flag`, `text`, `list`, or several of them: `text or list`."""
    matters: str | None
    """What of the address map it shapes; None if nothing."""
    source: str
    """Function of Xen's tools."""

    def read_by(self, tag: str) -> bool:
        """Whether a release knows it."""
        wanted = version(tag)
        return version(self.since) <= wanted and (self.until is None or wanted < version(self.until))


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys, and what the syntax gained."""

    keys: Mapping[str, Key]
    syntax: Mapping[str, str]
    """Name of a feature to the first release with it."""

    def knows(self, feature: str, tag: str) -> bool:
        """Whether a release has a feature of the syntax. Raises KeyError for one that does not exist."""
        return version(tag) >= version(self.syntax[feature])

    def hint(self, name: str, tag: str) -> str:
        """What is known of a key that a release does not read; empty if nothing."""
        key = self.keys.get(name)
        if key is not None and version(tag) < version(key.since):
            return f"known from {key.since} on"
        if key is not None:
            return f"known before {key.until} only"
        from difflib import get_close_matches  # 2 ms that only an unknown key needs

        near = get_close_matches(name, [each.name for each in self.keys.values() if each.read_by(tag)], 1)
        return f'did you mean "{near[0]}"' if near else ""


@cache
def keys() -> Keys:
    """Those of the data file."""
    return parse(load(data_folder("models") / "xl-config.toml", _NAME))


def parse(file: TomlFile) -> Keys:
    """Keys from their file. Raises InputError with the line of what is wrong."""
    file.expect(_TOP, tuple(_TOP))
    if file.data["format"] != FORMAT:
        raise file.fail(f'format is "{file.data["format"]}", not "{FORMAT}"', "format")
    syntax = {
        name: str(_checked(file, entry, _SYNTAX, tuple(_SYNTAX), file.lines("syntax")[name])["from"])
        for name, entry in file.data["syntax"].items()
    }
    found: dict[str, Key] = {}
    for entry, line in zip(file.data["key"], file.heads("key")[0], strict=True):
        _checked(file, entry, _KEY, ("name", "from", "kind", "matters", "source"), line)
        _add(found, file, line, Key(entry["name"], *_read(entry), entry["matters"], entry["source"]))
    for entry, line in zip(file.data["others"], file.heads("others")[0], strict=True):
        _checked(file, entry, _OTHERS, ("from", "kind", "names"), line)
        for name in entry["names"]:
            _add(found, file, line, Key(name, *_read(entry), None, "parse_config_data"))
    return Keys(found, syntax)


def _read(entry: Mapping[str, Any]) -> tuple[str, str | None, str]:
    return entry["from"], entry.get("until"), entry["kind"]


def _checked(
    file: TomlFile, entry: Mapping[str, Any], known: Mapping[str, type], required: tuple[str, ...], line: int
) -> Mapping[str, Any]:
    check(entry, known, required, lambda _key: Origin(file.name, line))
    return entry


def _add(found: dict[str, Key], file: TomlFile, line: int, key: Key) -> None:
    if key.name in found:
        raise InputError(f'"{key.name}" stands twice', file.name, line)
    found[key.name] = key
