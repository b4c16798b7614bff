"""The table of keys that xl reads."""

from __future__ import annotations

import os
import re
import subprocess
from typing import ClassVar

import pytest

from verifier.layout.errors import InputError
from verifier.reading import models, xl_guest
from verifier.reading.models import version
from verifier.reading.toml_file import TomlFile
from verifier.reading.xl_config import Setting
from verifier.reading.xl_keys import keys, parse
from verifier.reading.xl_values import Getters

_ASKED = re.compile(r"xlu_cfg_(?:get|replace)_(?:bounded_)?\w+\s*\(\s*&?config,\s*\"(\w+)\"")
_BY_MACRO = {"device_model_args_pv", "device_model_args_hvm"}
"""`parse_extra_args(_pv)` pastes their names together."""
_OF_CPU_POOLS = {"nodes", "sched"}
"""Asked for by main_cpupoolcreate, which once stood in the same file."""


def test_every_key_has_a_kind_and_a_place_in_time() -> None:
    kinds = {"number", "flag", "text", "list"}
    for key in keys().keys.values():
        assert set(key.kind.split(" or ")) <= kinds, key
        assert re.fullmatch(r"4\.\d+\.\d", key.since), key
        assert key.until is None or version(key.until) > version(key.since), key
    assert len(keys().keys) == 173


class Recorded(dict[str, Setting]):
    """Settings that know which keys were asked for."""

    asked: ClassVar[set[str]] = set()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key, default)


def test_what_the_reader_asks_for_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """And all that matters it asks for, or a key would be left out of the map unsaid."""
    monkeypatch.setattr(xl_guest, "Getters", lambda latest: Getters(Recorded(latest)))
    xl_guest.read(b"name = 'g'\n", "guest.cfg", "head")
    assert Recorded.asked == {name for name, key in keys().keys.items() if key.matters is not None}


GOOD = """format = "xl-keys/1"
[syntax]
f = { from = "4.6.0", source = "s" }
[[key]]
name = "a"
from = "4.4.0"
kind = "text"
matters = "m"
source = "s"
[[others]]
from = "4.5.0"
until = "4.9.0"
kind = "flag"
names = ["b", "c"]
"""


def test_a_table() -> None:
    read = parse(TomlFile(GOOD, "k.toml"))
    assert list(read.keys) == ["a", "b", "c"]
    assert [read.keys["b"].read_by(tag) for tag in ("4.4.1", "4.5.0", "4.8.9", "4.9.0", "head")] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert (read.knows("f", "4.5.9"), read.knows("f", "4.6.0"), read.knows("f", "head")) == (
        False,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"xl-keys/1"', '"xl-keys/2"', 1, 'format is "xl-keys/2", not "xl-keys/1"'),
        ('names = ["b", "c"]', 'names = ["b", "a"]', 10, '"a" stands twice'),
        ('matters = "m"\n', "", 4, 'key "matters" is missing'),
        ('source = "s" }', "source = 1 }", 3, '"source" is an integer, not a string'),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse(TomlFile(GOOD.replace(old, new), "k.toml"))
    assert (error.value.message, error.value.line) == (message, line)


@pytest.mark.skipif("XEN_GIT" not in os.environ, reason="XEN_GIT=path of a clone of Xen")
def test_against_the_sources_of_every_release() -> None:
    """What parse_config_data asks for, in every tag that models know."""
    for tag in (tag for model in models.releases() for tag in model.tags if tag != "head"):
        asked = set(_ASKED.findall(_source(tag))) - _OF_CPU_POOLS
        assert asked | _BY_MACRO == {name for name, key in keys().keys.items() if key.read_by(tag)}, tag


def _source(tag: str) -> str:
    """xl's parser of configurations: a file of its own since 4.9."""
    for path in ("tools/xl/xl_parse.c", "tools/libxl/xl_cmdimpl.c"):
        command = ["git", f"--git-dir={os.environ['XEN_GIT']}", "show", f"RELEASE-{tag}:{path}"]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode == 0:
            return done.stdout
    raise AssertionError(f"{tag} has no parser of configurations")
