"""Releases are compositions: every variant of the data has code, all code has data, no number of a release is code."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import verifier.xen
from verifier.reading import models
from verifier.reading.behaviours import behaviours
from verifier.xen.ext_regions import last_address
from verifier.xen.release import Variants, xen

ROOM = Path(verifier.xen.__file__).parent


def _variants() -> list[Variants[object]]:
    modules = [import_module(f"verifier.xen.{each.name}") for each in pkgutil.iter_modules([str(ROOM)])]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Variants)]


def test_data_and_code_name_the_same_variants() -> None:
    code = {each.behaviour: set(each.meanings) for each in _variants()}
    data = {
        name: {variant.name for variant in behaviour.variants if variant.value is None}
        for name, behaviour in behaviours().items()
    }
    assert code == {name: names for name, names in data.items() if names}


def test_a_number_belongs_to_all_variants_or_none() -> None:
    for name, behaviour in behaviours().items():
        numbers = [variant.value for variant in behaviour.variants]
        assert None not in numbers or set(numbers) == {None}, name


def test_no_release_stands_in_the_code() -> None:
    for path in ROOM.glob("*.py"):
        assert not re.findall(r"\b4\.\d\d?\b", path.read_text(encoding="utf-8")), path


def test_every_release_with_regions_has_every_behaviour() -> None:
    tags = [tag for model in models.releases() for tag in model.tags if models.version(tag) >= (4, 16)]
    assert len(tags) >= 40
    for tag in tags:
        missing = set(behaviours()) - set(xen(tag).behaviours)
        assert missing <= {"xl-region-cap"}, tag


def test_who_stops_at_an_assertion() -> None:
    """CONFIG_DEBUG; releases are built without, unless that is asked for."""
    assert xen("head", "debug").debug is True
    assert xen("head", "release").debug is False
    assert xen("head").debug is False


def test_numbers() -> None:
    assert xen("4.16.0").value("region-cap") == 128
    with pytest.raises(KeyError):
        xen("head").value("xl-regions")


def test_widths() -> None:
    assert last_address(40) == 0xFFFFFFFFFF
    assert last_address(64) == 2**64 - 1
    for bits in (0, 65):
        with pytest.raises(ValueError, match="bits"):
            last_address(bits)
