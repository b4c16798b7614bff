"""THIRD-PARTY.md names all that is locked, with the licence that it has, and no other licence is let in."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply.licences import (
    ALLOWED,
    FOR_TOOLS,
    FREE,
    OPTIONAL,
    WITH_LIBRARIES,
    allowed,
    bounds,
    families,
    licence,
    names,
    written,
)
from tests.supply.locks import EXTRAS
from tests.supply.reasons import REASONS

ROWS = written()


def needed(name: str, extras: tuple[str, ...] = ()) -> set[str]:
    """What is installed here because of a package, by canonical name, without itself."""
    found: set[str] = set()
    waiting = [(name, extras)]
    while waiting:
        name, extras = waiting.pop()
        for each in map(Requirement, requires(name) or ()):
            other = canonicalize_name(each.name)
            wanted = any(
                each.marker is None or each.marker.evaluate({"extra": extra}) for extra in ("", *extras)
            )
            if wanted and other not in found and licence(other) is not None:
                found.add(other)
                waiting.append((other, tuple(each.extras)))
    return found


def test_every_locked_package_is_named_once() -> None:
    assert list(ROWS) == [name for lock in EXTRAS for name in names(lock)]


def test_versions_are_those_that_the_project_admits() -> None:
    for lock in EXTRAS:
        for name in names(lock):
            assert ROWS[name][0] == bounds(lock).get(name, ""), name


def test_each_package_of_the_project_has_its_reason() -> None:
    assert {name for lock in EXTRAS for name in bounds(lock)} == set(REASONS)


@pytest.mark.parametrize("name", ROWS)
def test_the_licence_is_what_the_package_says(name: str) -> None:
    """A newer version may say the same licence in another way, not another licence."""
    real = licence(name)
    if real is None:
        pytest.skip("not installed here")
    assert families(real) == families(ROWS[name][1])


@pytest.mark.parametrize("lock", EXTRAS)
def test_every_licence_named_is_let_in(lock: str) -> None:
    for name in names(lock):
        assert allowed(ROWS[name][1], ALLOWED[lock]), (name, ROWS[name][1])


def test_what_is_installed_is_let_in() -> None:
    """Also what newer versions brought that no lock file has yet; what the tool runs with has to be named."""
    own, optional = needed("xen-layout-verifier"), needed("xen-layout-verifier", OPTIONAL)
    assert own
    assert own <= set(names("runtime"))
    assert all(allowed(licence(name) or "", FREE) for name in own)
    for name in optional:
        assert allowed(licence(name) or "", WITH_LIBRARIES), name
    for name in needed("xen-layout-verifier", ("dev",)):
        assert allowed(licence(name) or "", FOR_TOOLS), name
    assert {"pytest", "pluggy", "z3-solver"} <= needed("xen-layout-verifier", ("dev",))


@pytest.mark.parametrize(
    ("expression", "fine"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MPL-2.0", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only OR BSD-3-Clause", True),
        ("(MIT OR GPL-3.0-only) AND MIT", False),  # brackets are not read: refused
        ("", False),
    ],
)
def test_expressions(expression: str, fine: bool) -> None:
    assert allowed(expression, FREE) is fine


def test_families_tell_licences_apart() -> None:
    assert families("BSD-3-Clause AND 0BSD AND MIT") == {"BSD", "0BSD", "MIT"}
    assert families("LGPL-3.0-or-later") != families("GPL-3.0-only")
    assert families("BSD") == families("BSD-2-Clause")


def test_a_package_that_is_not_there() -> None:
    assert licence("no-such-package-anywhere") is None
    with pytest.raises(PackageNotFoundError):
        requires("no-such-package-anywhere")
