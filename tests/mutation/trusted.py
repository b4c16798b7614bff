"""What verdicts rest on: areas of modules, and the tests that have to notice a fault in any of them.

`ROOMS` are enumerated from the tree: a module there that is neither in an area nor among the exceptions fails a test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.mutation import layout_rules, xen_tests
from tests.mutation.area import Area
from tests.mutation.area import room as _room
from tests.mutation.boards import BOARDS
from tests.mutation.in_place import ROOT, VERIFIER

BY_THEOREMS = (
    "rangeset",
    "ext_regions",
    "loops",
    "memory_holes",
    "unallocated",
    "domu_holes",
    "libxl_regions",
    "grant_region",
    "bank_fill",
    "device_pages",
    "p2m_root",
    "top_of_space",
)
"""Those of `verifier.xen` that theorems speak of."""
_PRODUCERS = tuple(f"xen.{each}" for each in BY_THEOREMS)
_OF_GUEST_TREES = tuple(
    f"xen.{each}" for each in ("guest_tree", "tree_devices", "tree_facts", "tree_places", "tree_regions")
)
_XEN = _room("xen", but=(*_PRODUCERS, *_OF_GUEST_TREES))
_OF_RULES = ("rules.judge", "rules.waive")

_CONCLUDING = (
    *("board_report", "difference", "find_report", "finding", "placement_report"),
    *("repair_report", "scheme_report", "series", "sweep", "theorem_report"),
)
"""Reports that make one verdict of many."""
_CONCLUSIONS = frozenset(
    (
        *(
            "verdict",
            "own_verdict",
            "worst",
            "status",
            "is_worse",
            "is_contradicted",
            "disagrees",
            "open",
            "parts",
        ),
        *("undecided", "decided", "word", "_word", "aims", "rank", "effect_rank"),
        *("", "Skipped", "RepairPlan"),
    )
)
"""What they conclude with, what that calls, and what it takes for granted: numbers of modules, defaults of these classes."""
_OF_FORMULAS = (
    *("bits", "paths", "questions_on_a_path", "reach", "reach_named"),
    *("term", "terms_left_out", "texts", "word"),
)
_OF_INTERVALS = ("cells", "regimes", "regimes_enumerated", "runs", "run_ends", "space", "small_spaces")

AREAS = (
    Area(
        "certificates",
        ("proofs.check",),
        ("tests/proofs",),
        without=(
            *(
                f"tests/proofs/test_certificates.py::{test}[{sample}]"
                for test in (
                    "test_no_certificate_is_accepted_for_a_possible_sibling",
                    "test_what_survives_a_change_proves_nothing_that_is_possible",
                )
                for sample in ("holes", "removed", "step")
            ),
            *(
                f"tests/proofs/test_certificates.py::test_what_is_certified_is_what_z3_finds_impossible[{seed}]"
                for seed in range(1, 6)
            ),
        ),
    ),
    Area(
        "intervals",
        ("layout.box", "layout.region", "layout.stretches", "logic.regimes", "logic.runs", "logic.space"),
        (
            *(f"tests/layout/test_{each}.py" for each in ("region", "stretches", "configuration")),
            *(f"tests/logic/test_{each}.py" for each in _OF_INTERVALS),
            *(f"tests/rules/test_{each}.py" for each in ("banks", "no_overlap", "relative", "within_ipa")),
        ),
    ),
    Area(
        "witnesses",
        (
            "layout.configuration",
            "layout.guest_witness",
            "layout.page_table",
            "layout.tree_witness",
            "layout.witness",
        ),
        (
            *(
                f"tests/layout/test_{each}.py"
                for each in (
                    *("configuration", "guest_witnesses", "made_up_witnesses", "page_table", "space_edges"),
                    *("space_values", "tree_witnesses", "witness", "witness_bounds", "witness_kinds"),
                )
            ),
            "tests/rules/boards/test_recheck.py",
            "tests/rules/boards/test_guests_by_hand.py",
            "tests/rules/boards/test_device_tree_agrees.py",
        ),
    ),
    Area(
        "formulas",
        tuple(
            f"logic.{each}"
            for each in ("bits", "integers", "paths", "reach", "script", "smtlib", "term", "word")
        ),
        tuple(f"tests/logic/test_{each}.py" for each in _OF_FORMULAS),
    ),
    Area(
        "verdicts",
        (
            "logic.case",
            "logic.decide",
            "logic.optimum",
            "logic.second_opinion",
            "logic.solver",
            *_OF_RULES,
            "theorems.prove",
            "theorems.verdict",
        ),
        (
            "tests/logic/test_best.py",
            "tests/logic/test_decide.py",
            "tests/logic/test_farkas.py",
            "tests/logic/test_one_question.py",
            "tests/logic/test_optimum.py",
            "tests/logic/test_preference.py",
            "tests/logic/test_regimes.py",
            "tests/logic/test_rows.py",
            "tests/logic/test_seen_from.py",
            "tests/logic/test_solver.py",
            "tests/logic/test_solver_limits.py",
            "tests/logic/test_second_opinion.py",
            "tests/commands/test_idle_waivers.py",
            "tests/commands/test_policy.py",
            "tests/rules/test_judge.py",
            "tests/rules/test_relative.py",
            "tests/theorems/test_discharge.py",
            "tests/theorems/test_prover.py",
            "tests/theorems/test_verdicts.py",
        ),
        nearest={
            "logic.decide": ("tests/logic/test_decide.py", "tests/logic/test_regimes.py"),
            "logic.case": ("tests/logic/test_seen_from.py", "tests/logic/test_decide.py"),
            "logic.optimum": tuple(
                f"tests/logic/test_{each}.py" for each in ("best", "optimum", "preference")
            ),
            "logic.second_opinion": tuple(
                f"tests/logic/test_{each}.py" for each in ("one_question", "second_opinion")
            ),
            "logic.solver": tuple(
                f"tests/logic/test_{each}.py" for each in ("farkas", "rows", "solver", "solver_limits")
            ),
            "rules.judge": ("tests/rules/test_judge.py", "tests/commands/test_policy.py"),
            "rules.waive": ("tests/commands/test_idle_waivers.py", "tests/commands/test_policy.py"),
            "theorems.prove": ("tests/theorems/test_discharge.py", "tests/theorems/test_verdicts.py"),
            "theorems.verdict": ("tests/theorems/test_verdicts.py", "tests/theorems/test_prover.py"),
        },
        without=tuple(
            f"tests/theorems/test_verdicts.py::{each}"
            for each in (
                "test_nothing_is_unknown_in_any_release",
                "test_at_least_thirty_theorems_over_lists_of_any_length_hold_on_head",
                "test_a_theorem_fails_where_history_says_so",
            )
        ),
    ),
    Area(
        "conclusions",
        ("commands.output", *(f"layout.{each}" for each in _CONCLUDING)),
        ("tests/layout/test_verdicts.py",),
        functions=_CONCLUSIONS,
    ),
    Area(
        "rules",
        _room("rules", but=_OF_RULES),
        layout_rules.TESTS,
        nearest=layout_rules.NEAREST,
    ),
    Area(
        "producers",
        _PRODUCERS,
        (
            *(
                f"tests/xen/test_{each}.py"
                for each in (
                    "by_hand",
                    "defects",
                    "guest_map",
                    "hwdom_memory",
                    "native",
                    "offers",
                    "p2m_root",
                    "producer_bounds",
                    "producer_steps",
                    "rangeset",
                    "second_reading",
                    "set_model",
                    "small_steps",
                )
            ),
            *(
                f"tests/theorems/test_{each}.py"
                for each in ("device_permission", "grant_region", "top_of_space")
            ),
        ),
        by_theorems=True,
    ),
    Area(
        "xen",
        _XEN,
        xen_tests.TESTS,
        nearest=xen_tests.nearest(_XEN),
    ),
    Area(
        "trees",
        _OF_GUEST_TREES,
        tuple(
            f"tests/commands/{path.name}"
            for path in sorted((ROOT / "tests" / "commands").glob("test_guest_tree*.py"))
        ),
    ),
    BOARDS,
    Area(
        "maps",
        ("reading.board_map", "reading.bus_ranges"),
        tuple(
            f"tests/reading/test_board_map{each}.py" for each in ("", "_buses", "_pci", "_limits", "_random")
        ),
    ),
    Area(
        "xl",
        (
            "reading.c_scanning",
            "reading.kernel_image",
            *(f"reading.xl_{each}" for each in ("config", "devices", "disk", "guest", "tokens", "values")),
        ),
        (
            *(
                f"tests/reading/test_{each}.py"
                for each in ("c_scanning", "kernel_image", "xl_config", "xl_guest")
            ),
            *(f"tests/reading/test_xl_{each}.py" for each in ("bounds", "devices", "disk", "tokens")),
            "tests/reading/test_c_prefixes.py",
            "tests/reading/test_kernel_bounds.py",
            "tests/live/test_libxlutil.py",
            "tests/live/test_libxlutil_depth.py",
            "tests/live/test_libxlutil_devices.py",
        ),
    ),
    Area(
        "adjacency",
        ("search.adjacency",),
        tuple(f"tests/search/test_adjacency{each}.py" for each in ("", "_boards", "_bounds")),
    ),
)

ROOMS = (
    "proofs/*.py",
    "verifier/logic/*.py",
    "verifier/rules/**/*.py",
    "verifier/xen/*.py",
    "verifier/layout/*witness*.py",
)
"""Whose modules are trusted, but for these."""
EXCEPTIONS: Mapping[str, str] = {
    "logic.ask_bitwuzla": "a second opinion only: it can contradict a verdict and makes none",
    "logic.ask_cvc5": "a second opinion only: it can contradict a verdict and makes none",
    "logic.certify": "searches for certificates, which proofs/check.py checks",
    "logic.export_proof": "what it writes is checked by others, or by proofs/check.py",
    "logic.farkas": "part of that search",
    "logic.processes": "spreads work; of what is lost, it says so",
    "logic.quotients": "part of the search for certificates",
}


def in_rooms() -> Iterator[str]:
    """The modules of the rooms, by their names as in areas; those without any code of their own are none."""
    for pattern in ROOMS:
        for path in sorted(ROOT.glob(pattern)):
            if path.name != "__init__.py":
                below = VERIFIER if VERIFIER in path.parents else ROOT
                yield ".".join(path.relative_to(below).with_suffix("").parts)
