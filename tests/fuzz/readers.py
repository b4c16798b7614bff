"""The harnesses: every reader of what others wrote, entered as the commands enter it."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.fuzz import arguments, mutators, proofs, repositories, seeds, stored, trees, whole
from tests.fuzz.frame import Harness, any_of, refusable
from verifier.commands import find
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading import (
    as_shipped,
    behaviours,
    consumers,
    git,
    git_changes,
    models,
    page_tables,
    platforms,
    schemes,
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
from verifier.reading.toml_file import TomlFile
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
    with refusable():
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
    host_of(as_shipped.without_empty_banks(tree), "head")
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
        with refusable():
            xl_guest.read(data, "t.cfg", tag)
    xl_guest.read(data, "t.cfg", "4.20.0")


def _kernel(data: bytes) -> None:
    image(data[:HEAD], "Image")


def _event(data: bytes) -> None:
    """Every platform's; refused is what none of them takes."""
    path = _file(data)
    told = [
        {"GITHUB_EVENT_PATH": path, "GITHUB_EVENT_NAME": each}
        for each in ("pull_request", "merge_group", "push")
    ]
    asked: list[tuple[Callable[[Mapping[str, str]], platforms.Event], dict[str, str]]]
    asked = [(platforms.github, each) for each in told]
    with contextlib.suppress(ValueError, RecursionError, AttributeError):
        variables = {str(name): str(value) for name, value in json.loads(data).items()}
        asked += [(platforms.gitlab, variables), (platforms.pre_push, variables)]
    any_of(partial(platform, each) for platform, each in asked)


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
        with refusable():
            reader(text)


def _in_scratch(read: Callable[[bytes, Path], None]) -> Callable[[bytes], None]:
    """For a reader that needs a folder."""
    return lambda data: read(data, _scratch())


def _repository(data: bytes) -> None:
    repositories.read(data, _scratch() / "repository")


def _tables(data: bytes) -> None:
    """A file of `models/` as an installation may have it, damaged: every reader of such files takes it for its own."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8") from None
    for parse in (page_tables.parse, consumers.parse, schemes.parse, behaviours.parse):
        with refusable():
            parse(TomlFile(text, "t.toml"))


def _reading(*names: str) -> tuple[str, ...]:
    return tuple(f"verifier/reading/{name}.py" for name in names)


_C = _reading("c_[!s]*", "vocabulary")
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
_TREE = _reading("dtb", "device_tree", "board_map", "bus_ranges")
_HOST = _reading("host_*", "boot_memory", "boot_scan", "dt_addresses", "shared_memory", "xen_options", "interrupts",
                 "iommus", "console", "dom0_*", "handled_nodes", "as_shipped", "dt_rules")  # fmt: skip
_GIT = _reading("git", "git_*", "at_commit")
_ANSWERS = tuple(f"verifier/xen/{name}.py" for name in (
    "dom0_*", "domu_*", "device_*", "ext_regions", "host_regions", "rangeset", "memory_holes",
    "p2m_pool", "as_built", "heap*", "frame_table", "bank_*", "free_ram"))  # fmt: skip
_GUEST = tuple(
    f"verifier/{name}.py" for name in ("commands/guest_built", "commands/guest_kernel", "xen/xl_*")
)
_GUEST_TREE = tuple(f"verifier/{name}.py" for name in ("commands/guest_tree", "xen/guest_tree", "xen/tree_*"))
_MACHINE = tuple(
    f"verifier/machine/{name}.py" for name in ("graft", "flat_tree", "virt_tree", "branch", "emulator")
)
_LAYOUT = _reading("request", "source", "assumptions")
_OPTIONS = tuple(f"verifier/commands/{name}.py" for name in (
    "options", "board_options", "guest_options", "guest_inputs", "host_inputs"))  # fmt: skip
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
        seeds.rows,
        seeds.tables,
    )
}
_mixed = {
    each: mutators.some_of(mutators.of_pieces(each, WORDS), mutators.of_pieces(each, LINES))
    for each in (
        *(seeds.headers, seeds.patches, seeds.logs, seeds.objects, seeds.configs),
        *(seeds.own_logs, seeds.repositories, seeds.arguments),
    )
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
        Harness("git", _object, seeds.objects, _mixed[seeds.objects], _reading("hunk", "hunks", "functions"), runs=150),
        Harness("options", _option, seeds.options, _by_words[seeds.options],
                _reading("ranges", "xen_options", "xl_devices"), runs=500),
        Harness("verdicts", _in_scratch(proofs.verdicts), seeds.indices, _by_words[seeds.indices],
                _reading("recorded_verdicts"), runs=200),
        Harness("certificate", _in_scratch(proofs.certificate), seeds.proofs, _by_words[seeds.proofs],
                ("proofs/check.py",), runs=60),
        Harness("index", _in_scratch(proofs.index), seeds.indices, _by_words[seeds.indices], ("proofs/check.py",), runs=100),
        Harness("host", whole.host, seeds.hosts, trees.of_trees(seeds.hosts), _ANSWERS, runs=6),
        Harness("swept", whole.swept, seeds.hosts, trees.of_trees(seeds.hosts), ("verifier/commands/sweep_task.py",),
                runs=6),
        Harness("grafted", whole.grafted, seeds.hosts, trees.of_trees(seeds.hosts), _MACHINE, runs=30),
        Harness("logged", _in_scratch(whole.logged), seeds.own_logs, _mixed[seeds.own_logs],
                (*_reading("packages"), "verifier/xen/against_log.py", "verifier/xen/log_*.py"), runs=6),
        Harness("guest", _in_scratch(whole.guest), seeds.configs, _by_words[seeds.configs], _GUEST, runs=6),
        Harness("guest-map", _in_scratch(whole.guest), seeds.guests, trees.of_trees(seeds.guests), _GUEST_TREE, runs=6),
        Harness("layout", whole.layout, seeds.headers, _by_words[seeds.headers], _LAYOUT, runs=3),
        Harness("edited", whole.edited, seeds.headers, _mixed[seeds.headers], ("verifier/writing/[!m]*.py",), runs=20),
        Harness("repository", _repository, seeds.repositories, _mixed[seeds.repositories], _GIT, runs=6),
        Harness("results", _in_scratch(stored.read), seeds.results, mutators.of_bytes(seeds.results),
                ("verifier/commands/sweep_results.py",), runs=100),
        Harness("row", _in_scratch(stored.read_row), seeds.rows, _by_words[seeds.rows],
                ("verifier/commands/sweep_results.py", "verifier/reports/sweep_*.py"), runs=60),
        Harness("arguments", arguments.read, seeds.arguments, _mixed[seeds.arguments], _OPTIONS, most_bytes=300, runs=30),
        Harness("tables", _tables, seeds.tables, _by_words[seeds.tables],
                _reading("page_tables", "consumers", "schemes", "behaviours"), runs=40),
    )
}  # fmt: skip
