"""The declarative data in `models/`: layouts of releases, proposals, and what Xen does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from verifier.layout.errors import InputError
from verifier.layout.facts import Fact, Facts, Width
from verifier.layout.origin import Origin
from verifier.reading.toml_file import TomlFile, data_folder, load

if TYPE_CHECKING:
    from verifier.layout.define import Define

FORMAT = "xen-layout-model/1"
PAGE = 4096
"""Xen on Arm's page size in bytes whatever the guest's (`XEN_PAGE_SIZE`, asm/page.h)."""
_TAG = re.compile(r"(?:xen-)?(head|[0-9]{1,9}\.[0-9]{1,9}(?:\.[0-9]{1,9})?)")
_HEAD = (1 << 30,)
_KEYS: Mapping[str, type] = {
    "format": str,
    "kind": str,
    "tags": list,
    "release": str,
    "title": str,
    "source": str,
    "commits": list,
    "defines": dict,
    "remove": list,
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model file: a release's macros, or a proposal's changes to those of a release."""

    name: str
    title: str
    source: str
    tags: tuple[str, ...]
    """The releases that have exactly these values; empty for a proposal."""
    release: str
    """The tag whose macros a proposal changes; empty for a release."""
    replacements: Mapping[str, tuple[str, Origin]]
    """Macro name to C replacement text and place."""
    removed: tuple[str, ...]


def is_release(source: str) -> bool:
    """Whether a SOURCE is the name of a release and not a path."""
    return _TAG.fullmatch(source) is not None


@cache
def version(tag: str) -> tuple[int, ...]:
    """A key that sorts tags; `head` comes last."""
    return _HEAD if tag == "head" else tuple(int(part) for part in tag.split("."))


@cache
def releases() -> tuple[Model, ...]:
    """All release models, oldest first."""
    files = sorted((data_folder("models") / "releases").glob("*.toml"), key=lambda path: version(path.stem))
    return tuple(_release(path.stem) for path in files)


def proposals() -> tuple[Model, ...]:
    """All proposals that ship as models, by name."""
    files = sorted((data_folder("models") / "proposals").glob("*.toml"))
    return tuple(proposal(path.stem) for path in files)


def tag_of(source: str) -> str:
    """The tag that a release name means: a series means its newest point release.

    Raises InputError for a release that does not exist or has no layout macros.
    """
    match = _TAG.fullmatch(source)
    if match is None:
        raise InputError(f'"{source}" is no release; expected xen-4.22, 4.17.3 or head')
    name = match[1]
    tags = _model_for(name, source).tags
    if name in tags:
        return name
    series = [tag for tag in tags if tag != "head" and version(tag)[:2] == version(name)]
    if not series:
        near = [tag for tag in tags if tag != "head" and version(tag)[:2] == version(name)[:2]]
        known = f"; of {'.'.join(name.split('.')[:2])} there are {', '.join(near)}" if near else ""
        raise InputError(f'no release "{source}"{known}; "verifier list" shows all')
    return series[-1]


def release(tag: str) -> Model:
    """The model that holds a tag's macros."""
    return _model_for(tag, tag)


def _model_for(name: str, source: str) -> Model:
    """The model with the greatest first tag that is not after `name`; a series means its end."""
    stems = [path.stem for path in (data_folder("models") / "releases").glob("*.toml")]
    wanted = version(name)
    if name != "head" and len(wanted) == 2:
        wanted = (*wanted, 1 << 30)
    fitting = sorted((stem for stem in stems if version(stem) <= wanted), key=version)
    if not fitting:
        raise InputError(f'release "{source}" has no layout macros; the first that has is 4.4.0')
    return _release(fitting[-1])


@cache
def _release(stem: str) -> Model:
    path = data_folder("models") / "releases" / f"{stem}.toml"
    return parse(load(path, f"models/releases/{stem}.toml"), f"xen-{stem}")


def has_proposal(name: str) -> bool:
    """Whether a proposal of that name ships."""
    return re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name) is not None and _proposal_path(name).is_file()


@cache
def proposal(name: str) -> Model:
    """A proposal that ships, by name."""
    return parse(load(_proposal_path(name), f"models/proposals/{name}.toml"), name)


def _proposal_path(name: str) -> Any:
    return data_folder("models") / "proposals" / f"{name}.toml"


def parse(file: TomlFile, name: str) -> Model:
    """A model from its file. Raises InputError with the line of what is wrong."""
    file.expect(_KEYS, ("format", "kind", "defines"))
    data = file.data
    if data["format"] != FORMAT:
        raise file.fail(f'format is "{data["format"]}", not "{FORMAT}"', "format")
    if data["kind"] not in ("release", "proposal"):
        raise file.fail(f'kind is "{data["kind"]}", neither "release" nor "proposal"', "kind")
    needed = "tags" if data["kind"] == "release" else "release"
    if needed not in data:
        raise file.fail(f'a {data["kind"]} needs the key "{needed}"', "kind")
    for key in ("tags", "commits", "remove"):
        if not all(isinstance(item, str) for item in data.get(key, [])):
            raise file.fail(f'"{key}" is not a list of strings', key)
    places = file.lines("defines")
    replacements = {
        macro: (_replacement(file, macro, value), Origin(file.name, places.get(macro, 1)))
        for macro, value in data["defines"].items()
    }
    return Model(
        name,
        data.get("title", ""),
        data.get("source", ""),
        tuple(data.get("tags", ())),
        data.get("release", ""),
        replacements,
        tuple(data.get("remove", ())),
    )


def _replacement(file: TomlFile, macro: str, value: object) -> str:
    """C text for a TOML value: addresses are unsigned long long, as in the headers."""
    if not re.fullmatch(r"[A-Za-z_]\w*", macro):
        raise file.fail(f'"{macro}" is no macro name', macro, "defines")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return f"{value:#x}ULL"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return f"{{ {', '.join(value)} }}"
    raise file.fail(
        f'"{macro}" is neither a number from 0, a C expression in quotes, nor a list of those',
        macro,
        "defines",
    )


def defines_of(model: Model, *, arch: str, changes: Mapping[str, int]) -> tuple[Define, ...]:
    """The macros of a model, evaluated.

    `changes` overrides values. Raises InputError for what does not evaluate.
    """
    from verifier.reading.c_header import evaluate_defines  # who asks for numbers of Xen alone needs no C

    return evaluate_defines(replacements_of(model), arch=arch, changes=changes)


def replacements_of(model: Model) -> Mapping[str, tuple[str, Origin]]:
    """The macros of a model by name, text and place; a proposal's on top of those of its release.

    Raises InputError for a release that does not exist, or lacks what is to be removed.
    """
    if not model.release:
        return model.replacements
    base = dict(release(tag_of(model.release)).replacements)
    for macro in model.removed:
        if base.pop(macro, None) is None:
            raise InputError(f'"{macro}" is to be removed but {model.release} does not define it', model.name)
    return base | dict(model.replacements)


def facts(tag: str, arch: str) -> Facts:
    """The behaviour of a release on an architecture ("arm64" or "arm32"), from `models/xen.toml`.

    Its guests' page tables are those of `models/page-tables.toml`.
    """
    from verifier.reading.page_tables import of_guests

    data = _behaviour()
    guests = next(entry["kinds"] for entry in data["guests"] if entry["arch"] == arch)
    return Facts(
        tag,
        arch,
        PAGE,
        widths(tag, arch),
        tuple(guests),
        numbers(tag, arch),
        of_guests(guests),
    )


def widths(tag: str, arch: str) -> tuple[Width, ...]:
    """The widths of a release, ascending."""
    found = [
        Width(entry["bits"], 1 << entry["reach_bits"], entry["source"])
        for entry in _behaviour()["width"]
        if _applies(entry, tag, arch)
    ]
    return tuple(sorted(found, key=lambda width: width.bits))


def numbers(tag: str, arch: str) -> Mapping[str, Fact]:
    """The numbers and flags of a release, by name."""
    return {
        entry["name"]: Fact(entry["value"], entry["source"])
        for entry in _behaviour()["number"]
        if _applies(entry, tag, arch)
    }


@cache
def _behaviour() -> Mapping[str, Any]:
    return load(data_folder("models") / "xen.toml", "models/xen.toml").data


def _applies(entry: Mapping[str, Any], tag: str, arch: str) -> bool:
    """Whether an entry of `xen.toml` holds for a tag: from (inclusive) until (exclusive)."""
    return (
        entry.get("arch", arch) == arch
        and ("from" not in entry or version(tag) >= version(entry["from"]))
        and ("until" not in entry or version(tag) < version(entry["until"]))
    )
