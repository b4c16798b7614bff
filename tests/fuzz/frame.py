"""What a harness is, and when an input shows a defect: anything but an answer or an InputError, soon, in little memory."""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.timing import slowness
from verifier.layout.errors import InputError

MOST_SECONDS = 10.0 * slowness()
"""Of processor time, for one input: of the process, or of the children that it has waited for."""
REAL_SECONDS = 120.0 * slowness()
"""For one input, of what waits, or whose children take long; others use the machine as well."""
MOST_BYTES = 1 << 30
"""Of address space, beyond what the process has before an input."""
MOST_OF_MESSAGE = 1500
ROOT = Path(__file__).parents[2]
INPUTS = Path(__file__).parent / "inputs"
"""Inputs that showed a defect once, in a folder for each harness."""


@dataclass(frozen=True)
class Harness:
    """One reader, as the commands call it."""

    name: str
    read: Callable[[bytes], object]
    """Whatever the bytes, it may end in an InputError, and in nothing else."""
    seeds: Callable[[], Sequence[bytes]]
    """Inputs of the repository's own tests, of which others are made."""
    mutate: Callable[[bytes, random.Random], bytes]
    modules: tuple[str, ...]
    """Patterns of files below the repository whose lines count as the reader's."""
    most_bytes: int = 1 << 16
    """Of an input that is made."""
    runs: int = 60
    """In the short run among the tests; a reader that takes milliseconds is read more often than one that takes tenths."""

    def known(self) -> list[bytes]:
        """Inputs that showed a defect once."""
        return [path.read_bytes() for path in sorted((INPUTS / self.name).glob("*"))]


@dataclass(frozen=True)
class Defect:
    """What an input led to."""

    kind: str
    """The exception's class; `hang`; `message` for an error that is not one clear line."""
    place: str
    """Where in the code."""
    text: str
    data: bytes

    def saved(self, folder: Path) -> Path:
        """The input in a file named by kind and place: of each such pair the smallest is kept."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.kind}-{hashlib.sha256(self.place.encode()).hexdigest()[:8]}"
        if not path.exists() or len(self.data) < path.stat().st_size:
            path.write_bytes(self.data)
            path.with_suffix(".txt").write_text(
                f"{self.kind} at {self.place}\n{self.text}\n", encoding="utf-8", errors="backslashreplace"
            )
        return path


class TooLongError(BaseException):
    """The time is up; no `except Exception` may take it for its own."""


def defect(harness: Harness, data: bytes, real: float | None = None) -> Defect | None:
    """What is wrong with how a harness takes an input; None if nothing is.

    `real` are seconds of the wall, REAL_SECONDS if None; for 0 somebody else sees to them, whose timer is left alone.
    """
    try:
        with _limited(REAL_SECONDS if real is None else real):
            harness.read(data)
    except InputError as refused:
        if not is_clear(refused):
            return Defect("message", _place(refused), str(refused)[:300], data)
    except KeyboardInterrupt:
        raise
    except TooLongError as late:
        return Defect("hang", _place(late), str(late), data)
    except BaseException as fault:  # noqa: BLE001 - whatever it is, it is a defect
        return Defect(type(fault).__name__, _place(fault), f"{fault}"[:300], data)
    return None


def is_clear(refused: InputError) -> bool:
    """One line that says something, and can be read."""
    said = str(refused)
    return "\n" not in said and bool(refused.message.strip()) and len(said) <= MOST_OF_MESSAGE


@contextmanager
def refusable() -> Iterator[None]:
    """For one of several readers of an input: that it refuses is no answer for all, but has to be clear as well."""
    try:
        yield
    except InputError as refused:
        if not is_clear(refused):
            raise


def any_of(readers: Iterable[Callable[[], object]]) -> None:
    """Asks all, for an input that each takes in its own way.

    Raises an InputError that is not clear, or the last if none answers.
    """
    answers, last = 0, None
    for reader in readers:
        try:
            reader()
            answers += 1
        except InputError as fault:
            if not is_clear(fault):
                raise
            last = fault
    if not answers and last is not None:
        raise last


def limit_memory(beyond: int = MOST_BYTES) -> None:
    """A MemoryError comes of more than so many bytes beyond what the process has now, of all inputs together."""
    most = _memory() + beyond
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _memory() -> int:
    """Bytes of address space."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


@contextmanager
def _limited(real: float) -> Iterator[None]:
    """Time and memory, also in a process that does other things: what it had is given back."""
    before = _of_children()
    try:
        with ExitStack() as limits:
            limits.enter_context(_less_memory())
            limits.enter_context(
                _timer(signal.ITIMER_PROF, signal.SIGPROF, MOST_SECONDS, "of processor time")
            )
            if real:
                limits.enter_context(_timer(signal.ITIMER_REAL, signal.SIGALRM, real, "of the wall"))
            yield
    finally:  # for an input that is refused as well
        if _of_children() - before > MOST_SECONDS:
            raise TooLongError(f"more than {MOST_SECONDS:.0f} s of its children's processor time")


@contextmanager
def _timer(which: int, number: signal.Signals, seconds: float, of: str) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError(f"more than {seconds:.0f} s {of}")

    before = signal.signal(number, stop)
    signal.setitimer(which, seconds)
    try:
        yield
    finally:
        signal.setitimer(which, 0)
        signal.signal(number, before)


@contextmanager
def _less_memory() -> Iterator[None]:
    """The soft limit alone, which can be taken back; a hard one of the whole run stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = [_memory() + MOST_BYTES, *(each for each in (soft, hard) if each != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(most), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _of_children() -> float:
    """Seconds of those that have ended."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


def _place(fault: BaseException) -> str:
    """The innermost line of our own."""
    lines = traceback.extract_tb(fault.__traceback__)
    own = [
        line for line in lines if Path(line.filename).is_relative_to(ROOT) and ".venv" not in line.filename
    ]
    line = (own or lines)[-1]
    name = Path(line.filename)
    return f"{name.relative_to(ROOT) if name.is_relative_to(ROOT) else name.name}:{line.lineno}"
