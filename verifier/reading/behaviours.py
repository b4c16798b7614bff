"""Where releases of Xen differ: `models/behaviours.toml`, each difference once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.models import version
from verifier.reading.toml_file import TomlFile, check, data_folder, load

FORMAT = "xen-behaviours/1"
_NAME = "models/behaviours.toml"
_BEHAVIOUR: Mapping[str, type] = {"name": str, "source": str, "variant": list}
_VARIANT: Mapping[str, type] = {
    "name": str,
    "value": int,
    "from": str,
    "also": list,
    "what": str,
    "commits": list,
}
_RELEASE = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which Xen behaved or behaves."""

    name: str
    """Under which `verifier/xen` has the code; it may come back in history."""
    since: str
    """The first release with it: every later one has it, until the next variant."""
    also: tuple[str, ...]
    """The first point release of each older series to which it was backported."""
    what: str
    commits: tuple[str, ...]
    """Of Xen: where it began, and the backports."""
    value: int | None = None

    def reaches(self, tag: str) -> bool:
        """Whether a release (`4.19.3`, `head`) is not too old for it."""
        wanted = version(tag)
        return wanted >= version(self.since) or any(
            version(first)[:2] == wanted[:2] and wanted >= version(first) for first in self.also
        )


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Something that Xen does in one of several ways, by release."""

    name: str
    source: str
    """The function or constant of Xen."""
    variants: tuple[Variant, ...]
    """Oldest first."""

    def at(self, tag: str) -> Variant | None:
        """The variant of a release; None if it is older than the behaviour."""
        return next((variant for variant in reversed(self.variants) if variant.reaches(tag)), None)


@cache
def behaviours() -> Mapping[str, Behaviour]:
    """All behaviours, by name."""
    return parse(load(data_folder("models") / "behaviours.toml", _NAME))


def of_release(tag: str) -> Mapping[str, Variant]:
    """What a release does, by behaviour; a behaviour that it is too old for is absent."""
    found = ((name, behaviour.at(tag)) for name, behaviour in behaviours().items())
    return {name: variant for name, variant in found if variant is not None}


def parse(file: TomlFile) -> Mapping[str, Behaviour]:
    """Behaviours by name. Raises InputError, with the line of the table, for what is not as described."""
    file.expect({"format": str, "behaviour": list}, ("format", "behaviour"))
    if file.data["format"] != FORMAT:
        raise file.fail(f'format is "{file.data["format"]}", not "{FORMAT}"', "format")
    found: dict[str, Behaviour] = {}
    tables = zip(
        file.data["behaviour"],
        file.heads("behaviour")[0],
        file.heads("behaviour.variant", "behaviour"),
        strict=True,
    )
    for table, line, lines in tables:
        place = Origin(file.name, line)
        check(table, _BEHAVIOUR, tuple(_BEHAVIOUR), lambda _, place=place: place)  # type: ignore[misc]
        if table["name"] in found:
            raise InputError(f'behaviour "{table["name"]}" is given twice', place.file, place.line)
        variants = tuple(
            _variant(entry, Origin(file.name, line))
            for entry, line in zip(table["variant"], lines, strict=True)
        )
        _in_order(variants, place)
        found[table["name"]] = Behaviour(table["name"], table["source"], variants)
    return found


def _variant(table: Mapping[str, Any], place: Origin) -> Variant:
    check(table, _VARIANT, ("name", "from", "what", "commits"), lambda _: place)
    also = tuple(table.get("also", ()))
    for release in (table["from"], *also):
        if not isinstance(release, str) or not _RELEASE.fullmatch(release):
            raise InputError(f'"{release}" is no release such as "4.19.3"', place.file, place.line)
    commits = tuple(table["commits"])
    if not all(isinstance(commit, str) and re.fullmatch(r"[0-9a-f]{10,40}", commit) for commit in commits):
        raise InputError('"commits" is not a list of hashes of at least ten digits', place.file, place.line)
    if any(version(release) >= version(table["from"]) for release in also):
        raise InputError(f'"also" names a release after {table["from"]}', place.file, place.line)
    return Variant(table["name"], table["from"], also, table["what"], commits, table.get("value"))


def _in_order(variants: tuple[Variant, ...], place: Origin) -> None:
    begun = [version(variant.since) for variant in variants]
    if not begun or any(later <= earlier for earlier, later in pairwise(begun)):
        raise InputError("variants are not in the order of their releases", place.file, place.line)
