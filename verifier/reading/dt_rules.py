"""Where releases of Xen differ in what they take from a device tree: `models/device-tree.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from verifier.layout.errors import InputError, InternalError
from verifier.layout.origin import Origin
from verifier.reading.models import tag_of, version
from verifier.reading.toml_file import TomlFile, check, data_folder, load

FORMAT = "device-tree-behaviour/1"
FIRST = "4.16.0"
"""The first release with extended regions, and the first whose reading of a tree is modelled."""
_KEYS: Mapping[str, type] = {
    "what": str,
    "says": str,
    "from": str,
    "until": str,
    "commit": str,
    "source": str,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that some releases do: from tag `since` (inclusive) until tag `until` (exclusive)."""

    what: str
    says: str
    since: str | None
    until: str | None
    commit: str
    source: str
    origin: Origin

    def holds(self, tag: str) -> bool:
        """Whether a release does it."""
        return (self.since is None or version(tag) >= version(self.since)) and (
            self.until is None or version(tag) < version(self.until)
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """How one release reads a device tree."""

    tag: str
    known: frozenset[str]
    holding: frozenset[str]

    def has(self, what: str) -> bool:
        """Whether the release does `what`. Raises InternalError for a difference that the file does not list."""
        if what not in self.known:
            raise InternalError(f'no difference "{what}" in models/device-tree.toml')
        return what in self.holding


@cache
def rules_of(release: str) -> Rules:
    """The rules of a release name, `xen-4.19` say. Raises InputError for one before 4.16.0."""
    tag = tag_of(release)
    if version(tag) < version(FIRST):
        raise InputError(f"xen {tag}: what it takes from device trees is modelled from {FIRST} on")
    all_of_them = differences()
    return Rules(
        tag,
        frozenset(each.what for each in all_of_them),
        frozenset(each.what for each in all_of_them if each.holds(tag)),
    )


@cache
def differences() -> tuple[Difference, ...]:
    """All differences, in the order of the file."""
    return parse(load(data_folder("models") / "device-tree.toml", "models/device-tree.toml"))


def parse(file: TomlFile) -> tuple[Difference, ...]:
    """The differences of a file. Raises InputError with the line of what is wrong."""
    file.expect({"format": str, "difference": list}, ("format", "difference"))
    if file.data["format"] != FORMAT:
        raise file.fail(f'format is "{file.data["format"]}", not "{FORMAT}"', "format")
    lines = file.heads("difference")[0]
    found = []
    for number, entry in enumerate(file.data["difference"]):
        origin = Origin(file.name, lines[number] if number < len(lines) else 1)
        if not isinstance(entry, dict):
            raise InputError("a difference is no table", origin.file, origin.line)
        check(entry, _KEYS, ("what", "says", "commit", "source"), lambda _key, at=origin: at)  # type: ignore[misc]
        found.append(
            Difference(
                entry["what"],
                entry["says"],
                entry.get("from"),
                entry.get("until"),
                entry["commit"],
                entry["source"],
                origin,
            )
        )
    return tuple(found)
