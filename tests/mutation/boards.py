"""The area of boards: rules about what a domain is offered there, what re-checks them, and what these look up."""

from __future__ import annotations

from tests.mutation.area import Area, room
from tests.mutation.board_rules import NEAREST, TESTS

_RECHECKS = "tests/rules/boards/test_recheck.py"
_OF_RECHECKS = {
    "layout.board_witness": (
        "tests/layout/test_board_witnesses.py",
        "tests/layout/test_board_witness_numbers.py",
        "tests/layout/test_board_witness_space.py",
        _RECHECKS,
    ),
    "layout.consumer_witness": ("tests/layout/test_consumer_witnesses.py", _RECHECKS),
    "layout.cover": ("tests/layout/test_cover.py",),
    "layout.obstacle": ("tests/layout/test_obstacle.py",),
    "layout.offer_index": ("tests/layout/test_offer_index.py", "tests/rules/boards/test_offer_index.py"),
    "layout.remembered": ("tests/layout/test_remembered.py",),
}
"""By module, the tests that are about it: nearly every other asks for re-checks of what rules say."""
BOARDS = Area(
    "boards",
    (*room("rules/boards"), *_OF_RECHECKS),
    tuple(dict.fromkeys((*TESTS, *(each for tests in _OF_RECHECKS.values() for each in tests)))),
    nearest={**NEAREST, **_OF_RECHECKS},
)
