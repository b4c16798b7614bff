"""The tests that judge the rules about layouts: of each rule those that are about it, as nearly every test asks all."""

from __future__ import annotations

from tests.mutation.in_place import ROOT

_FOLDER = "tests/rules"
_OF_COMMENTS = ("amounts_by_hand", "quantities", "comments_agree")
_OF_RULES: dict[str, tuple[str, ...]] = {
    "aligned": ("edges_and_large_pages", "aligned"),
    "banks": ("windows_of_ram", "banks"),
    "extended_regions": ("within_a_space", "extended_regions"),
    "interrupts": ("numbers_of_interrupts", "interrupts"),
    "minimum_size": ("sizes_needed", "minimum_size"),
    "no_overlap": ("bytes_shared_and_beyond", "no_overlap"),
    "pci_window_type": ("cells_of_windows", "pci_window_type"),
    "reachable": ("out_of_reach", "reachable"),
    "within_ipa": ("bytes_shared_and_beyond", "within_ipa"),
    "amounts": ("amounts", "relative"),
    "capacity": ("capacity", "relative"),
    **{each: (each,) for each in ("baseline", "catalogue", "model_current")},
    "stable": ("what_moved", "relative"),
    "comment_groups": ("what_comments_may_mean", *_OF_COMMENTS),
    "comments_agree": ("what_is_told_of_comments", *_OF_COMMENTS),
    "quantities": _OF_COMMENTS,
    "quantity_words": ("words_of_amounts", *_OF_COMMENTS),
    "well_formed": ("numbers_of_regions", "doubted_numbers", "well_formed"),
}
"""By module, files of the folder."""

TESTS = (
    *(f"{_FOLDER}/{path.name}" for path in sorted((ROOT / _FOLDER).glob("test_*.py"))),
    "tests/commands/test_diff.py",
)
NEAREST = {
    **{
        f"rules.{module}": tuple(f"{_FOLDER}/test_{each}.py" for each in tests)
        for module, tests in _OF_RULES.items()
    },
    "rules.compare": (
        f"{_FOLDER}/test_compared.py",
        f"{_FOLDER}/test_compared_moves.py",
        "tests/commands/test_diff.py",
    ),
}
