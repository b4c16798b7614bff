"""The tests that judge the rules about boards: of each rule those that are about it, as nearly every test asks all rules."""

from __future__ import annotations

from tests.mutation.in_place import ROOT

_FOLDER = "tests/rules/boards"
_BY_HAND = ("by_hand", "guests_by_hand", "bounds")
"""Offers with one thing wrong, each with its message, and offers at a bound."""
_OF_RULES: dict[str, tuple[str, ...]] = {
    **{
        each: (each, *_BY_HAND)
        for each in (
            "aligned",
            "complete",
            "facts",
            "overlaps",
            "permissions_match",
            "whole_map",
            "within_ipa",
        )
    },
    **{
        each: (each, "what_rules_say", *_BY_HAND)
        for each in ("minimum_size", "preconditions", "registers_fit")
    },
    **dict.fromkeys(("banks", "interrupts"), ("guest_numbers", "what_rules_say", *_BY_HAND)),
    **dict.fromkeys(("built", "catalogue", "rule"), ("what_rules_say", *_BY_HAND)),
    **dict.fromkeys(("no_overlap", "one_to_one_holes"), ("whole_map", *_BY_HAND)),
    **dict.fromkeys(("assumptions", "guest_assumptions"), ("assumptions", "assumed_of_kernels")),
    "consumer_usable": ("consumer_usable", *_BY_HAND),
    "device_tree_agrees": ("device_tree_edges", "device_tree_agrees", "what_rules_say"),
}
TESTS = tuple(f"{_FOLDER}/{path.name}" for path in sorted((ROOT / _FOLDER).glob("test_*.py")))
NEAREST = {
    f"rules.boards.{module}": tuple(f"{_FOLDER}/test_{each}.py" for each in tests)
    for module, tests in _OF_RULES.items()
}
