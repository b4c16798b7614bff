"""Specifications of disks, as libxlu reads them (tools/libs/util/libxlu_disk_l.l, libxlu_disk.c).

Parameters with commas between: `target, format, vdev, access` by position, any by name, and `target=` last, with all
that is behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from verifier.layout.errors import InputError
from verifier.reading.xl_config import Text
from verifier.reading.xl_values import at

_STANDALONE = "standalone"
_FORMATS = ("raw", "qcow", "qcow2", "vhd", "empty", "qed")
_VALUES = {
    "format": ("", *_FORMATS),
    "backendtype": ("phy", "tap", "qdisk", "standalone"),
    "specification": ("xen", "virtio"),
    "access": ("", "r", "ro", "rw", "w"),
    "devtype": ("cdrom", "disk"),
    "grant_usage": ("0", "1"),
}
_STRINGS = (
    "backend",
    "vdev",
    "script",
    "colo-host",
    "colo-port",
    "colo-export",
    "active-disk",
    "hidden-disk",
)
_IGNORED = ("direct-io-safe", "discard", "no-discard", "trusted", "untrusted")
_OLD_FORMAT = re.compile(r"(raw|qcow2?|vhd):")
_OLD_SCRIPT = re.compile(r"(?:iscsi|e?nbd|drbd):")
_OLD = re.compile(r"(?:tapdisk|tap2?|aio|ioemu|file|phy):")
_NO_PREFIX = re.compile(r"[a-z][a-z0-9]*:(?:$|[^a-z0-9])")


@dataclass(slots=True)
class _Disk:
    given: dict[str, str] = field(default_factory=dict)
    target: str | None = None
    cdrom: bool = False
    colo: bool = False
    old: bool = False
    """A prefix in the manner of xend."""


@dataclass(frozen=True, slots=True)
class Disk:
    """What matters of a disk here."""

    vdev: str
    virtio: bool
    """`specification=virtio`."""
    backend: str | None
    """Name of the domain that serves it."""
    unserved: str = ""
    """Why no backend takes it, if it is virtio (disk_try_backend): empty if one does."""


def disk(spec: Text) -> Disk:
    """A disk from its specification. Raises InputError, with the place in the file, as xl does."""
    found = _Disk()
    rest = spec.text
    while rest := rest.lstrip(" \t\n"):
        if rest.startswith("target="):
            _target(spec, found, rest.removeprefix("target=").removesuffix(","))
            break
        if (prefix := _prefix(spec, found, rest)) is not None:
            rest = rest[prefix:]
            continue
        part, _comma, rest = rest.partition(",")
        _parameter(spec, found, part)
    return _whole(spec, found)


def _whole(spec: Text, found: _Disk) -> Disk:
    if "vdev" not in found.given:
        raise _fail(spec, "names no vdev")
    if found.target is None and not found.cdrom:
        raise _fail(spec, "names no target")
    if found.cdrom and not found.target:
        found.given["format"] = "empty"
    virtio = found.given.get("specification") == "virtio"
    unserved = next(_unserved(found), "") if virtio else ""
    return Disk(found.given["vdev"], virtio, found.given.get("backend") or None, unserved)


def _unserved(found: _Disk) -> Iterator[str]:
    """What the one backend for virtio, standalone, does not take."""
    backend, kind = found.given.get("backendtype", _STANDALONE), found.given.get("format", "raw")
    if backend != _STANDALONE:
        yield f"has backendtype {backend}, and virtio only {_STANDALONE}"
    if kind != "raw":
        yield f"has format {kind}, and virtio only raw"
    if "script" in found.given:
        yield "has a script, and virtio none"
    if found.colo:
        yield "has COLO, and virtio none"


def _fail(spec: Text, why: str) -> InputError:
    return at(f'disk "{spec.text[:60]}" {why}', spec.origin)


def _prefix(spec: Text, found: _Disk, rest: str) -> int | None:
    """The length of an old prefix (`phy:`), which goes before anything else."""
    for pattern in (_OLD_FORMAT, _OLD_SCRIPT, _OLD):
        if (match := pattern.match(rest)) is not None:
            found.old = True
            if pattern is _OLD_FORMAT:
                _set(spec, found, "format", match[1])
            elif pattern is _OLD_SCRIPT:
                _save(spec, found, "script", f"block-{match[0].removesuffix(':')}")
            return match.end()
    if _NO_PREFIX.match(rest):
        raise _fail(spec, f'has the prefix "{rest.partition(":")[0]}:", which xl does not know')
    return None


def _parameter(spec: Text, found: _Disk, part: str) -> None:
    name, equals, value = part.partition("=")
    if not equals:
        if part == "cdrom":
            found.cdrom = True
        elif part in ("colo", "no-colo"):
            found.colo = part == "colo"
        elif part not in _IGNORED:
            _positional(spec, found, part)
    elif name in _VALUES:
        _set(spec, found, name, value)
    elif name in _STRINGS:
        _save(spec, found, name, value)
    else:
        raise _fail(spec, f'has the parameter "{name}", which xl does not know')


def _set(spec: Text, found: _Disk, name: str, value: str) -> None:
    """One of a few values; what libxl keeps as a choice may not be chosen twice."""
    if value not in _VALUES[name]:
        raise _fail(spec, f'has {name} "{value}", none of {", ".join(filter(None, _VALUES[name]))}')
    if name == "devtype":
        found.cdrom = value == "cdrom"
        return
    if name not in ("format", "backendtype", "specification"):
        return
    value = value or "raw"  # only a format may be empty
    before = found.given.setdefault(name, value)
    if before != value:
        raise _fail(spec, f'has {name} "{before}" and "{value}"')


def _save(spec: Text, found: _Disk, name: str, value: str) -> None:
    if name == "colo-port":
        if not re.match(r"[ \t]*[+-]?0*[1-9]", value):
            raise _fail(spec, f'has colo-port "{value}", which is no number from 1')
    elif found.given.get(name):
        raise _fail(spec, f'has {name} "{found.given[name]}" and "{value}"')
    found.given[name] = value


def _target(spec: Text, found: _Disk, value: str) -> None:
    if found.target:
        raise _fail(spec, f'has the targets "{found.target}" and "{value}"')
    found.target = value


def _positional(spec: Text, found: _Disk, part: str) -> None:
    """Target, format, vdev and access, each the first that is not there yet."""
    if found.target is None:
        found.target = part
    elif not found.old and "format" not in found.given:
        if not found.target and ":" in part:
            _vdev(spec, found, part)
            found.given["format"] = "empty"
        else:
            _set(spec, found, "format", part)
    elif "vdev" not in found.given:
        _vdev(spec, found, part)
    elif "positional access" not in found.given:
        found.given["positional access"] = ""
        _set(spec, found, "access", part)
    else:
        raise _fail(spec, f'has "{part}" behind all parameters that have a position')


def _vdev(spec: Text, found: _Disk, part: str) -> None:
    """`hda`, or in the manner of xend `hdc:cdrom`."""
    name, colon, kind = part.rpartition(":")
    if colon and kind not in _VALUES["devtype"]:
        raise _fail(spec, f'has type "{kind}", neither cdrom nor disk')
    _save(spec, found, "vdev", name if colon else part)
    if colon:
        found.cdrom = kind == "cdrom"
