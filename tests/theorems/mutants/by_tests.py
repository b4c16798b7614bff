"""`python -m tests.theorems.mutants.by_tests [--part N] [--only TEXT]`: faults in what no theorem is about, and its tests.

Verdicts about boards rest on code that is judged by comparison with a reference, number by number or page by page. Here
those tests are run on each fault: what they let pass is printed, and is a place to look.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from tests.theorems.mutants.children import in_children
from tests.theorems.mutants.faults import Fault, faults, part
from tests.theorems.mutants.judge import VERIFIER, in_place

_RULES = tuple(f"tests/rules/boards/test_{name}.py" for name in ("by_hand", "recheck", "against_reference"))
_MAPS = (
    "tests/reading/test_board_map.py",
    "tests/reading/test_board_map_pci.py",
    "tests/reading/test_board_map_limits.py",
    "tests/reading/test_board_map_random.py",
)
_XL = ("tests/reading/test_xl_guest.py", "tests/live/test_libxlutil.py")
_OF_BOARDS = sorted((VERIFIER / "rules" / "boards").glob("[a-z]*.py"))
TESTS: Mapping[str, tuple[str, ...]] = {
    **{f"rules.boards.{each.stem}": _RULES for each in _OF_BOARDS if each.stem != "assumptions"},
    "layout.board_witness": _RULES,
    "layout.consumer_witness": _RULES,
    "layout.obstacle": (*_RULES, *_MAPS),
    "reading.board_map": _MAPS,
    "reading.bus_ranges": _MAPS,
    "reading.c_scanning": ("tests/reading/test_c_scanning.py", *_XL),
    "reading.kernel_image": ("tests/reading/test_kernel_image.py",),
    "reading.xl_config": ("tests/reading/test_xl_config.py", *_XL),
    "reading.xl_devices": _XL,
    "reading.xl_disk": _XL,
    "reading.xl_guest": _XL,
    "reading.xl_tokens": ("tests/reading/test_xl_config.py", *_XL),
    "reading.xl_values": _XL,
    "search.adjacency": ("tests/search/test_adjacency_boards.py", "tests/search/test_adjacency.py"),
    "xen.consumers": ("tests/xen/test_consumers.py",),
    "xen.dom0_memory": ("tests/xen/test_dom0_memory.py",),
    "xen.xl_guest": ("tests/xen/test_xl_guest.py",),
}
"""By module of `verifier`: the tests that have to notice, quick ones first."""
SECONDS = 300.0


def all_faults() -> Iterator[Fault]:
    """Of every module, in the order of their text; what a rule says of itself is no verdict."""
    for module in TESTS:
        yield from (
            each for each in faults(module, source(module)) if not each.before.startswith("BoardRule(")
        )


def source(module: str) -> str:
    """Its text."""
    return (VERIFIER / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")


class _SameInputs:
    """Nothing that Hypothesis finds for one fault is tried first on the next."""

    def pytest_configure(self) -> None:
        import hypothesis

        hypothesis.settings.register_profile("faults", database=None, derandomize=True)
        hypothesis.settings.load_profile("faults")


def noticed(fault: Fault | None, tests: Sequence[str]) -> bool:
    """Run in a child: whether the tests fail with a fault; without one they must not."""
    import pytest

    silent = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(silent, output)
    run = partial(pytest.main, ["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[_SameInputs()])
    if fault is None:
        return run() != 0
    with in_place(f"verifier.{fault.module}", fault.tree(source(fault.module))):
        return run() != 0


def main() -> int:
    """0: the tests hold without a fault, whatever they let pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.theorems.mutants.by_tests")
    parser.add_argument("--part", type=int, metavar="N", help="N of the faults, chosen once and for all")
    parser.add_argument("--only", metavar="TEXT", help="faults with this in their name")
    options = parser.parse_args()
    found = [each for each in all_faults() if (options.only or "") in each.name]
    found = part(found, options.part) if options.part else found
    modules = dict.fromkeys(each.module for each in found)
    whole = [partial(noticed, None, tests) for tests in {TESTS[module] for module in modules}]
    if any(ended.value is not False for ended in in_children(whole, at_once=_at_once(), seconds=SECONDS)):
        print("tests fail without a fault", file=sys.stderr)
        return 1
    tasks = [partial(noticed, each, TESTS[each.module]) for each in found]
    counts: Counter[tuple[str, str]] = Counter()
    for ended in in_children(tasks, at_once=_at_once(), seconds=SECONDS):
        fault = found[ended.index]
        outcome = {True: "killed", False: "survives", None: "hangs"}[ended.value]
        counts[fault.module, outcome] += 1
        if outcome == "survives":
            print(
                f"survives: verifier/{fault.module.replace('.', '/')}.py:{fault.line}: {fault.name}",
                flush=True,
            )
    for module in modules:
        killed, hangs, survive = (counts[module, outcome] for outcome in ("killed", "hangs", "survives"))
        print(f"{module:32}{killed + hangs:4} of {killed + hangs + survive:4} killed ({hangs} hang)")
    return 0


def _at_once() -> int:
    return os.cpu_count() or 2


if __name__ == "__main__":
    sys.exit(main())
