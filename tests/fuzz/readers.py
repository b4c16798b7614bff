"""The harnesses: every reader of what others wrote, entered as the commands enter it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from tests.fuzz import mutators, seeds, trees
from tests.fuzz.frame import Harness
from verifier.commands import find, guest_report, host_report
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.host_inputs import Asked
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading import (
    git,
    git_changes,
    models,
    platforms,
    recorded_verdicts,
    stages,
    xl_devices,
    xl_guest,
)
from verifier.reading.board_map import board_map
from verifier.reading.boot_log import read_boot_log
from verifier.reading.device_tree import read_tree
from verifier.reading.guest_tree import guest_tree
from verifier.reading.host_tree import host_of
from verifier.reading.kernel_image import HEAD, image
from verifier.reading.partial_tree import partial_tree
from verifier.reading.patch import read_change
from verifier.reading.policy import policy_of
from verifier.reading.ranges import range_of, size_of
from verifier.reading.source import bounded, open_source, opened
from verifier.reading.xen_options import options
from verifier.reading.xl_config import Text

WORDS, LINES = mutators.WORDS, mutators.LINES


@cache
def _scratch() -> Path:
    """A folder that goes when the process does, for readers that take a path."""
    folder = tempfile.TemporaryDirectory()
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _file(data: bytes, name: str = "input") -> str:
    path = _scratch() / name
    path.write_bytes(data)
    return str(path)


def _layout(data: bytes) -> None:
    opened(bounded(data, "t.h"), "t.h", both=True).layout()


def _series(data: bytes) -> None:
    content = bounded(data, "t.patch")
    with contextlib.suppress(InputError):
        for stage in stages.stages(content, "t.patch", opened(seeds.OLD.encode(), "arch-arm.h"), both=True):
            stage.source.layout()
    for stage in stages.stages(content, "t.patch", open_source("head"), both=True):
        stage.source.layout()


def _policy(data: bytes) -> None:
    policy_of(_file(data))


def _tree(data: bytes) -> None:
    board_map(read_tree(data, "t.dtb"))


def _host_tree(data: bytes) -> None:
    tree = read_tree(data, "t.dtb")
    for release in ("4.16.0", "4.18.0", "head"):
        host_of(tree, release)


def _guest_tree(data: bytes) -> None:
    guest_tree(read_tree(data, "t.dtb"))


def _partial_tree(data: bytes) -> None:
    tree = read_tree(data, "t.dtb")
    partial_tree(tree, "4.18.0")
    partial_tree(tree, "head")


def _log(data: bytes) -> None:
    read_boot_log(data, "t.log")


def _config(data: bytes) -> None:
    for tag in ("4.6.0", "4.17.0", "head"):
        with contextlib.suppress(InputError):
            xl_guest.read(data, "t.cfg", tag)
    xl_guest.read(data, "t.cfg", "4.20.0")


def _kernel(data: bytes) -> None:
    image(data[:HEAD], "Image")


def _event(data: bytes) -> None:
    path = _file(data)
    for event in ("pull_request", "merge_group"):
        with contextlib.suppress(InputError):
            platforms.github({"GITHUB_EVENT_PATH": path, "GITHUB_EVENT_NAME": event})
    platforms.github({"GITHUB_EVENT_PATH": path, "GITHUB_EVENT_NAME": "push"})


def _object(data: bytes) -> None:
    kind, content = data[:1], data[1:]
    if kind == b"t":
        git._tree(content, 20)
    elif kind == b"m":
        git.version_in(content)
    else:
        read_change(git_changes._placed(content), "subject")


def _option(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    options(text)
    readers: tuple[Callable[[str], Any], ...] = (
        *(range_of, size_of, models.tag_of, find._size, find._address, find._when, find._shrinks),
        *(models.has_proposal, models.is_release),
        lambda each: xl_devices.iomem(Text(each, Origin("--iomem", 0)), with_gfn=True),
        lambda each: xl_devices.irq(Text(each, Origin("--irq", 0))),
    )
    for reader in readers:
        with contextlib.suppress(InputError):
            reader(text)


def _verdicts(data: bytes) -> None:
    """`proofs/index.json` as an installation may have it, damaged."""
    folder = _scratch()
    (folder / "index.json").write_bytes(data)
    recorded_verdicts._theorems.cache_clear()
    try:
        with mock.patch.object(recorded_verdicts, "data_folder", return_value=folder):
            recorded_verdicts.recorded_verdicts("4.18.0")
            recorded_verdicts.theorems()
    finally:
        recorded_verdicts._theorems.cache_clear()


@cache
def _checker() -> ModuleType:
    """proofs/check.py, imported by name so that its edges can be counted; nothing is added to proofs/."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return import_module("proofs.check")
    finally:
        sys.dont_write_bytecode = before


def _certificate(data: bytes) -> None:
    """The stand-alone checker on a folder with one obligation: it says what is wrong, with status 1 or 2."""
    text, _, certificate = data.partition(b"\0")
    folder, name = _scratch() / "proofs", "a"
    files = f"obligations/{name}.smt2", f"certificates/{name}.json"
    for file, content in zip(files, (text, certificate), strict=True):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    check = _checker()
    hashes = [check.hashlib.sha256(each).hexdigest() for each in (text, certificate)]
    entry = {"file": files[0], "certificate": files[1], "sha256": hashes[0], "certificate_sha256": hashes[1]}
    family = {"releases": ["head"], "obligations": [name], "verdict": "proved", "uses": []}
    theorems = [{"name": "t", "families": [family]}]
    index = {"format": check.FORMAT, "theorems": theorems, "obligations": {name: entry}}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    _checked(folder)


def _index(data: bytes) -> None:
    folder = _scratch() / "only-index"
    folder.mkdir(exist_ok=True)
    (folder / "index.json").write_bytes(data)
    _checked(folder)


def _checked(folder: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = _checker().main([str(folder)])
    assert status in (0, 1, 2), status
    assert said.getvalue().isascii(), "the checker's words are no ASCII"


def _host(data: bytes) -> None:
    host_report.host(Asked("t.dtb", release="head", ipa_bits=(40,), iommu=True, content=data, whole=True))


def _guest(data: bytes) -> None:
    guest_report.guest(GuestAsked(Asked(_file(data), release="head", ipa_bits=(40,))))


def _reading(*names: str) -> tuple[str, ...]:
    return tuple(f"verifier/reading/{name}.py" for name in names)


_C = _reading("c_*", "macro_table", "vocabulary")
_PATCH = _reading(
    "patch",
    "hunk*",
    "apply",
    "units",
    "lines",
    "bare",
    "quotes",
    "macro_level",
    "repeated",
    "stages",
    "foreign",
)
_TREE = _reading("dtb", "device_tree", "board_map", "bus_ranges", "placed", "dt_addresses")
_HOST = _reading("host_*", "boot_memory", "boot_scan", "dt_addresses", "shared_memory", "xen_options", "interrupts",
                 "iommus", "console", "dom0_*", "handled_nodes")  # fmt: skip
_by_words = {
    each: mutators.of_pieces(each, WORDS)
    for each in (
        seeds.headers,
        seeds.models,
        seeds.policies,
        seeds.configs,
        seeds.sources,
        seeds.events,
        seeds.proofs,
        seeds.indices,
        seeds.options,
    )
}
_by_lines = {each: mutators.of_pieces(each, LINES) for each in (seeds.patches, seeds.logs, seeds.objects)}
_mixed = {
    each: mutators.some_of(mutators.of_pieces(each, WORDS), mutators.of_pieces(each, LINES))
    for each in (seeds.headers, seeds.patches, seeds.logs, seeds.objects, seeds.configs)
}

HARNESSES: Mapping[str, Harness] = {
    each.name: each
    for each in (
        Harness("header", _layout, seeds.headers, _mixed[seeds.headers], _C, runs=40),
        Harness("model", _layout, seeds.models, _by_words[seeds.models], _reading("models", "toml_file"), runs=40),
        Harness("policy", _policy, seeds.policies, _by_words[seeds.policies], _reading("policy", "toml_file"), runs=200),
        Harness("patch", _series, seeds.patches, _mixed[seeds.patches], (*_PATCH, *_reading("mail*")), runs=60),
        Harness("blob", _tree, seeds.hosts, mutators.of_bytes(seeds.hosts), _reading("dtb"), runs=150),
        Harness("source", _tree, seeds.sources, _by_words[seeds.sources], _reading("device_tree", "dtb"), runs=60),
        Harness("board", _tree, seeds.hosts, trees.of_trees(seeds.hosts), _TREE, runs=100),
        Harness("host-tree", _host_tree, seeds.hosts, trees.of_trees(seeds.hosts), _HOST, runs=60),
        Harness("guest-tree", _guest_tree, seeds.guests, trees.of_trees(seeds.guests), _reading("guest_*"), runs=150),
        Harness("partial-tree", _partial_tree, seeds.partials, trees.of_trees(seeds.partials),
                _reading("partial_tree"), runs=150),
        Harness("boot-log", _log, seeds.logs, _mixed[seeds.logs], _reading("boot_log", "log_*"), runs=100),
        Harness("xl", _config, seeds.configs, _mixed[seeds.configs], _reading("xl_*"), runs=200),
        Harness("kernel", _kernel, seeds.kernels, mutators.of_bytes(seeds.kernels), _reading("kernel_image"), runs=500),
        Harness("event", _event, seeds.events, _by_words[seeds.events], _reading("platforms"), runs=200),
        Harness("git", _object, seeds.objects, _mixed[seeds.objects], _reading("git", "git_changes", "hunk*"), runs=150),
        Harness("options", _option, seeds.options, _by_words[seeds.options],
                _reading("ranges", "xen_options", "xl_devices"), runs=500),
        Harness("verdicts", _verdicts, seeds.indices, _by_words[seeds.indices], _reading("recorded_verdicts"), runs=200),
        Harness("certificate", _certificate, seeds.proofs, _by_words[seeds.proofs], ("proofs/check.py",), runs=60),
        Harness("index", _index, seeds.indices, _by_words[seeds.indices], ("proofs/check.py",), runs=100),
        Harness("host", _host, seeds.hosts, trees.of_trees(seeds.hosts), ("verifier/xen/*.py",), runs=6),
        Harness("guest", _guest, seeds.configs, _by_words[seeds.configs], ("verifier/commands/guest*.py",), runs=6),
    )
}  # fmt: skip
