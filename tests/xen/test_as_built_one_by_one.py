"""What a build is asked for, and what it refuses: each option by itself, of domains of a few fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.xen.nodes import host, node, static
from verifier.layout.host import Bank, Fault, SharedBank, SharedMemory
from verifier.reading.dt_rules import rules_of
from verifier.reading.shared_memory import LACKS_SHARED
from verifier.xen.as_built import as_built, asked_for, read_by

STATIC = static((0x50000000, 0x1000))
SHARED = SharedMemory("/s", "a", 0x5A000000, 0x60000000, 0x1000, None)
BANK = SharedBank("/s", "a", 0x5A000000, 0x1000)
RESERVED = Bank("/r", 0, 0x58000000, 0x1000, "reserved-memory")
OLD = Fault("/x", "ignored", "something else")


@pytest.mark.parametrize(
    ("drivers", "lacks"),
    [
        ({}, False),
        ({"static-shm": True}, False),
        ({"static-shm": False}, True),
        ({"static-memory": False}, False),
    ],
)
def test_a_tree_is_read_by_a_build(drivers: dict[str, bool], *, lacks: bool) -> None:
    """All else that holds goes on to hold."""
    rules = rules_of("4.17.7")
    found = read_by(rules, drivers)
    assert found.holding == (rules.holding | {LACKS_SHARED} if lacks else rules.holding)
    assert rules.holding
    assert LACKS_SHARED not in rules.holding


MAPPED = "create_domUs refuses direct-map, for this build is without CONFIG_STATIC_MEMORY"
EMPTY = "make_memory_node finds no memory: allocate_static_memory is empty without CONFIG_STATIC_MEMORY"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, None),
        ({"direct_map": True}, MAPPED),
        ({"static_memory": STATIC}, EMPTY),
        ({"direct_map": True, "static_memory": STATIC}, MAPPED),
    ],
)
def test_static_memory(fields: dict[str, Any], why: str | None) -> None:
    """A domain that asks for it is refused, and no other."""
    board = host(node(1), node(2, **fields), faults=(OLD,))
    for drivers in ({}, {"static-memory": True}, {"static-shm": False}):
        assert as_built(board, drivers).faults == (OLD,)
    refused = [] if why is None else [Fault("/chosen/2", "panics", why, "/chosen/2")]
    found = as_built(board, {"static-memory": False})
    assert found.faults == (OLD, *refused)
    assert replace(found, faults=board.faults) == board
    assert list(asked_for(board, {})) == ["CONFIG_STATIC_MEMORY"] * len(refused)
    for known in (False, True):
        assert list(asked_for(board, {"static-memory": known})) == []


@pytest.mark.parametrize(
    ("on", "fields", "asked"),
    [
        ({}, {}, False),
        ({"reserved": (RESERVED,)}, {}, False),
        ({"shared": (BANK,)}, {}, True),
        ({}, {"shared": (SHARED,)}, True),
        ({"shared": (BANK,)}, {"shared": (SHARED,)}, True),
    ],
)
def test_shared_memory(on: dict[str, Any], fields: dict[str, Any], *, asked: bool) -> None:
    """Of the host, as the early scan sees it, or of a domain."""
    board = host(node(1), node(2, **fields), **on)
    assert list(asked_for(board, {})) == ["CONFIG_STATIC_SHM"] * asked
    assert list(asked_for(board, {"static-memory": True})) == ["CONFIG_STATIC_SHM"] * asked
    for known in (False, True):
        assert list(asked_for(board, {"static-shm": known})) == []


def test_both() -> None:
    board = host(node(1, static_memory=STATIC, shared=(SHARED,)))
    assert list(asked_for(board, {})) == ["CONFIG_STATIC_MEMORY", "CONFIG_STATIC_SHM"]
