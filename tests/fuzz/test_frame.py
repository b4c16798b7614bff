"""The frame tells a defect from a refusal, and the harnesses read: else nothing that follows could fail."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.fuzz import frame
from tests.fuzz.frame import MOST_BYTES, ROOT, Defect, Harness, any_of, defect, refusable
from tests.fuzz.mutators import LINES, of_pieces
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
        (refused(" "), "message"),
    ],
)
def test_what_is_no_answer_is_a_defect(read: Callable[[bytes], object], kind: str) -> None:
    found = defect(harness(read), b"")
    assert found is not None
    assert found.kind == kind
    assert found.place.startswith("tests/fuzz/test_frame.py:")


def test_a_message_that_is_long_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    """None can be, whatever an InputError quotes: it cuts its message and its place."""
    for read in (refused("\x1b" * 3000), refused("no header", "\x1b" * 3000)):
        assert defect(harness(read), b"") is None
        with monkeypatch.context() as patch:
            patch.setattr(frame, "MOST_OF_MESSAGE", 390)
            found = defect(harness(read), b"")
        assert found is not None
        assert found.kind == "message"


def test_answers_and_refusals_are_none() -> None:
    assert defect(harness(lambda data: data), b"") is None
    assert defect(harness(refused("no header, \x1b[1m\nnor anything")), b"") is None


def spins(_data: bytes) -> None:
    while True:
        try:
            sum(range(1000))
        except Exception:  # noqa: BLE001 - the frame's own exception is none of these
            continue


def works(_data: bytes) -> None:
    """In a child, which ends."""
    program = "import time\nwhile time.process_time() < 0.6: pass"
    subprocess.run([sys.executable, "-c", program], check=True)


def works_and_refuses(data: bytes) -> None:
    works(data)
    raise InputError("no header")


@pytest.mark.parametrize(
    ("read", "limit", "words"),
    [
        (spins, "MOST_SECONDS", "of processor time"),
        (lambda _data: time.sleep(60), "REAL_SECONDS", "of the wall"),
        (lambda _data: subprocess.run(["sleep", "60"], check=True), "REAL_SECONDS", "of the wall"),
        (works, "MOST_SECONDS", "children"),
        (works_and_refuses, "MOST_SECONDS", "children"),
    ],
)
def test_what_takes_too_long_is_a_defect(
    read: Callable[[bytes], object], limit: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, limit, 0.3)
    began = time.monotonic()
    found = defect(harness(read), b"")
    assert found is not None
    assert found.kind == "hang"
    assert words in found.text
    assert time.monotonic() - began < 30


def test_a_timer_that_somebody_else_set_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """libFuzzer's: it is the one that ends an input which is never back in Python."""
    monkeypatch.setattr(frame, "REAL_SECONDS", 0.1)
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        assert defect(harness(lambda _data: time.sleep(0.3)), b"", real=0) is None
        assert 50 < signal.getitimer(signal.ITIMER_REAL)[0] < 60
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_too_much_memory_is_a_defect_and_the_process_may_have_it_afterwards() -> None:
    """In this process, as for Hypothesis: it is pytest's own."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    for size, kind in ((MOST_BYTES // 2, None), (5 * MOST_BYTES // 4, "MemoryError")):
        found = defect(harness(lambda data: bytes(int(data))), b"%d" % size)
        assert (found and found.kind) == kind
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert len(bytes(5 * MOST_BYTES // 4)) > MOST_BYTES


def test_many_inputs_together_may_take_no_more_than_one() -> None:
    """What leaks would never be seen by one of them."""
    program = (
        "from tests.fuzz.frame import MOST_BYTES, Harness, defect, limit_memory\n"
        "limit_memory()\n"
        "kept = []\n"
        "for _ in range(3):\n"
        "    found = defect(Harness('t', lambda _: kept.append(bytes(2 * MOST_BYTES // 5)), list, bytes, ()), b'')\n"
        "    print(found and found.kind)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["None", "None", "MemoryError"]


def test_one_of_several_readers_may_refuse_but_clearly() -> None:
    def asks(*messages: str) -> Callable[[bytes], object]:
        def read(_data: bytes) -> None:
            for each in messages:
                with refusable():
                    raise InputError(each)
            any_of([lambda: None, *(partial(refused(each), b"") for each in messages)])

        return read

    assert defect(harness(asks("no header", "no model")), b"") is None
    found = defect(harness(asks("no header", "")), b"")
    assert found is not None
    assert found.kind == "message"


def test_of_each_defect_the_smallest_input_is_kept(tmp_path: Path) -> None:
    read = harness(lambda data: data[99])
    for size in (7, 3, 5):
        found = defect(read, b"a" * size)
        assert found is not None
        path = found.saved(tmp_path)
    assert path.read_bytes() == b"aaa"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_defect_is_saved_whatever_its_message_quotes(tmp_path: Path) -> None:
    """Else the run ends where the first defect is found."""
    found = Defect("AssertionError", "here:1", "no text: \udcad", b"data")
    assert found.saved(tmp_path).read_bytes() == b"data"


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


def test_pieces_that_are_repeated_make_no_input_of_megabytes() -> None:
    """A run of atheris ended for want of memory, where a piece of thousands of bytes was repeated twice."""
    chance = random.Random(1)
    mutate = of_pieces(lambda: [b"a b"], LINES)
    assert max(len(mutate(b"x" * 60_000 + b"\n" + b"y" * 5_000, chance)) for _ in range(500)) < 1 << 22


def test_trees_that_are_made_are_trees() -> None:
    """Else nothing behind the format of a blob would be met."""
    blob = HARNESSES["blob"]
    seed, trees = blob.seeds()[0], HARNESSES["host-tree"]
    chance = random.Random(1)
    for _ in range(50):
        blob.read(trees.mutate(seed, chance))
