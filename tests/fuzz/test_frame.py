"""The frame tells a defect from a refusal, and the harnesses read: else nothing that follows could fail."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz import frame
from tests.fuzz.frame import ROOT, Harness, defect
from tests.fuzz.readers import HARNESSES
from tests.fuzz.seeded import inputs
from verifier.layout.errors import InputError


def harness(read: Callable[[bytes], object]) -> Harness:
    return Harness("t", read, lambda: [b""], lambda data, _chance: data, ())


def deeper(data: bytes) -> None:
    deeper(data)


def refused(message: str, file: str = "t.h") -> Callable[[bytes], object]:
    def read(_data: bytes) -> None:
        raise InputError(message, file, 1)

    return read


def leaves(_data: bytes) -> None:
    sys.exit(3)


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda data: data[0], "IndexError"),
        (lambda _data: int("x"), "ValueError"),
        (deeper, "RecursionError"),
        (leaves, "SystemExit"),
        (refused(""), "message"),
        (refused("no header", "a" * 2000), "message"),
    ],
)
def test_what_is_no_answer_is_a_defect(read: Callable[[bytes], object], kind: str) -> None:
    found = defect(harness(read), b"")
    assert found is not None
    assert found.kind == kind
    assert found.place.startswith("tests/fuzz/test_frame.py:")


def test_answers_and_refusals_are_none() -> None:
    assert defect(harness(lambda data: data), b"") is None
    assert defect(harness(refused("no header, \x1b[1m\nnor anything")), b"") is None


def test_what_does_not_end_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def spin(_data: bytes) -> None:
        while True:
            try:
                sum(range(1000))
            except Exception:  # noqa: BLE001 - the frame's own exception is none of these
                continue

    monkeypatch.setattr(frame, "MOST_SECONDS", 0.2)
    found = defect(harness(spin), b"")
    assert found is not None
    assert found.kind == "hang"


def test_too_much_memory_is_a_defect() -> None:
    program = (
        "from tests.fuzz.frame import MOST_BYTES, Harness, defect, limit_memory\n"
        "limit_memory()\n"
        "for size in (MOST_BYTES // 2, 5 * MOST_BYTES // 4):\n"
        "    found = defect(Harness('t', lambda _: bytes(size), list, bytes, ()), b'')\n"
        "    print(found and found.kind)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["None", "MemoryError"]


def test_of_each_defect_the_smallest_input_is_kept(tmp_path: Path) -> None:
    read = harness(lambda data: data[99])
    for size in (7, 3, 5):
        found = defect(read, b"a" * size)
        assert found is not None
        path = found.saved(tmp_path)
    assert path.read_bytes() == b"aaa"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", HARNESSES)
def test_a_harness_reads_most_of_its_seeds(name: str) -> None:
    """What refuses all that it is given would never get to where its defects are."""
    taken = 0
    for seed in HARNESSES[name].seeds():
        try:
            HARNESSES[name].read(seed)
        except InputError:
            continue
        taken += 1
    assert 3 * taken >= len(HARNESSES[name].seeds())


@pytest.mark.parametrize("name", HARNESSES)
def test_mutators_change_what_they_get_and_repeat_themselves(name: str) -> None:
    found = HARNESSES[name]
    first = len(found.seeds()) + len(found.known())
    made = [data for data, _ in zip(inputs(found), range(first + 12), strict=False)]
    assert made == [data for data, _ in zip(inputs(found), range(first + 12), strict=False)]
    assert len(set(made[first:]) - set(made[:first])) >= 8
    assert all(len(data) <= found.most_bytes for data in made[first:])


def test_trees_that_are_made_are_trees() -> None:
    """Else nothing behind the format of a blob would be met."""
    blob = HARNESSES["blob"]
    seed, trees = blob.seeds()[0], HARNESSES["host-tree"]
    chance = random.Random(1)
    for _ in range(50):
        blob.read(trees.mutate(seed, chance))
