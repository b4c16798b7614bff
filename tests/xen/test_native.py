"""The producers' own C, compiled natively at head as a release build, against the integer reading.

`data/native.jsonl.xz`: 250 random cases of each of four producers, sizes never zero. Pairs are
`[address, size]` in bytes, `[frame, count]` where a key says frames, regions `[start, end)`.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.xen import asked
from tests.xen.asked import Pair, pairs
from verifier.xen.outcome import Outcome
from verifier.xen.release import Xen, xen

DATA = Path(__file__).parent / "data" / "native.jsonl.xz"


def _pairs(values: list[list[str]]) -> list[Pair]:
    return [(int(first, 16), int(second, 16)) for first, second in values]


def _holes(head: Xen, case: dict[str, Any]) -> Outcome:
    return asked.holes(head, _pairs(case["reg"]), ipa_bits=case["ipa_bits"])


def _unallocated(head: Xen, case: dict[str, Any]) -> Outcome:
    ram, exclude = _pairs(case["ram"]), _pairs(case["exclude"])
    return asked.rest_of_ram(head, ram, exclude, ipa_bits=case["ipa_bits"], grant=(0, 0))


def _domu(head: Xen, case: dict[str, Any]) -> Outcome:
    reg = [(frame << 12, count << 12) for frame, count in _pairs(case["xen_reg_frames"])]
    used = [int(size, 16) for size in case["bank"]]
    return asked.domu(head, used, ipa_bits=case["ipa_bits"], passthrough=reg)


def _xl(head: Xen, case: dict[str, Any]) -> Outcome:
    used = [int(size, 16) for size in case["bank"]]
    return asked.xl(head, used, _pairs(case["iomem_frames"]), ipa_bits=case["ipa_bits"])


PRODUCERS: dict[str, Callable[[Xen, dict[str, Any]], Outcome]] = {
    "find_memory_holes": _holes,
    "find_unallocated_memory": _unallocated,
    "find_domU_holes": _domu,
    "finalize_hypervisor_node": _xl,
}


def test_all_native_cases_are_equal() -> None:
    head = xen("head")
    met: Counter[str] = Counter()
    with lzma.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            assert pairs(PRODUCERS[case["producer"]](head, case)) == _pairs(case["regions"]), line
            met[case["producer"]] += 1
    assert met == dict.fromkeys(PRODUCERS, 250)
