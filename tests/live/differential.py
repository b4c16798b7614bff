"""Random host trees, booted by real Xen and predicted: `python -m tests.live.differential BOOTS SEED`.

What differs is made as small as it gets, and left in a folder with its tree, log, command line and files.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.live.boot import QUIET, Booted, Start, boot, write
from tests.live.compare import Comparison, Predict, compare
from tests.live.packages import CACHE, NOT_BOOTED, MissingError, Tools, prepare
from tests.live.random_trees import scene_of
from tests.live.source import scene
from tests.live.witness import WITNESS
from verifier.commands.host_report import host
from verifier.layout.device_tree import Tree
from verifier.machine import flat_tree
from verifier.machine.emulator import Machine, blobs, shell_text
from verifier.machine.minimise import minimise
from verifier.reading.dtb import read_dtb

KEPT = (
    "/cpus",
    "/psci",
    "/timer",
    "/interrupt-controller@8000000",
    "/serial@9000000",
    "/chosen",
    "/memory@40000000",
)
"""What Xen needs of every tree, so that a reader can boot what is left; of /chosen, what is below it may go."""
MOST = 300
"""Boots for one tree."""
_SHORT = 4.0
"""Seconds of silence that end a boot while a tree shrinks."""


@dataclass(frozen=True, slots=True)
class Less:
    """What is left of a scene."""

    machine: Machine
    tree: Tree
    kernels: int

    def text(self) -> str:
        """Source of its tree."""
        return flat_tree.source(self.tree)

    def blob(self) -> bytes:
        """Its tree compiled."""
        return flat_tree.blob(self.tree)


@dataclass(frozen=True, slots=True)
class Result:
    """One boot and what became of it."""

    seed: int
    scene: Start
    booted: Booted
    comparison: Comparison


def tried(tools: Tools, seed: int, scene: Start, predict: Predict = host, quiet: float = QUIET) -> Result:
    """Boot and compare. Raises ValueError for a tree that dtc refuses, RuntimeError where QEMU ends by itself."""
    booted = boot(tools, scene, quiet)
    return Result(seed, scene, booted, compare(scene.blob(), booted, predict))


def shrunk(start: Start, shows: Callable[[Less], bool], most: int = MOST) -> Less:
    """Less of `start`, of which `shows` is true as it has to be of `start`; it is asked `most` times at most.

    Raises ValueError if it is not true of `start`.
    """

    def left(tree: Tree) -> Less:
        return Less(start.machine, tree, start.kernels)

    tree = read_dtb(start.blob(), "host.dtb")
    return left(minimise(tree, lambda less: shows(left(less)), KEPT, most))


def smallest(tools: Tools, result: Result, predict: Predict = host, seconds: float = 180) -> Result:
    """A mismatch with as little of its tree as shows one of the same kind and ends like it, as far as the time goes."""
    kinds = {each.kind for each in result.comparison.mismatches}
    last = result
    end = time.monotonic() + seconds

    def shows(less: Less) -> bool:
        nonlocal last
        if time.monotonic() > end:
            return False
        try:
            found = tried(tools, result.seed, less, predict, _SHORT)
        except RuntimeError:
            return False
        if found.booted.ended != result.booted.ended:
            return False
        if kinds.isdisjoint(each.kind for each in found.comparison.mismatches):
            return False
        last = found
        return True

    with suppress(ValueError):  # a mismatch that does not come again stays as it is
        shrunk(result.scene, shows)
    return last


def leave(tools: Tools, result: Result, folder: Path) -> None:
    """Tree, log, what differs, and everything to boot it again with `sh command.sh`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    machine = result.scene.machine
    write(blobs(machine, Path(tools.xen), result.scene.blob(), [WITNESS] * result.scene.kernels), folder)
    (folder / "host.dts").write_text(result.scene.text())
    (folder / "xen.log").write_bytes(result.booted.log)
    (folder / "command.sh").write_text(shell_text(result.booted.command))
    differing = "\n".join(map(str, result.comparison.mismatches))
    (folder / "mismatch.txt").write_text(f"{differing}\n")


def run(tools: Tools, seeds: range, say: Callable[[str], None], folder: Path) -> Counter[str]:
    """Boot the trees of all seeds, as many at once as there are processors. The figures, by name."""
    figures: Counter[str] = Counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(lambda seed: tried(tools, seed, scene(scene_of(seed))), seeds):
            figures.update(_figures(result))
            for each in result.comparison.mismatches:
                say(f"seed {result.seed}: {each}")
            if result.comparison.mismatches:
                place = folder / f"mismatch-{result.seed}"
                leave(tools, smallest(tools, result), place)
                say(f"seed {result.seed}: made smaller, in {place}")
    return figures


def _figures(result: Result) -> Iterator[str]:
    found = result.comparison
    yield "boots"
    yield "built" if found.built else "starved" if found.starved else "stopped"
    if not found.built and not found.starved:
        yield f"{result.booted.ended}"
    yield from ("domains" for _ in range(found.domains))
    yield from ("regions" for _ in range(found.regions))
    yield from ("read" for _ in range(found.read))
    if found.open:
        yield "open"
    if found.mismatches:
        yield "mismatches"
    if any(each.kind == "built" for each in found.mismatches):
        yield "not as predicted"


def summary(figures: Counter[str], seconds: float) -> str:
    """A sentence a line."""
    return (
        f"{figures['boots']} boots in {seconds:.0f} s: {figures['built']} built all domains, "
        f"{figures['stopped']} stopped before, {figures['starved']} had no memory for dom0 (not compared)\n"
        f"{figures['domains']} domains and {figures['regions']} extended regions compared with Xen's log, "
        f"{figures['read']} domains with what they read; {figures['open']} boots with something open\n"
        f"{figures['mismatches']} mismatches, {figures['not as predicted']} of them in whether Xen gets so far"
    )


def main(boots: int, seed: int) -> int:
    """Exit status 0 where nothing differs, 1 where something does, 2 where Xen cannot be booted."""
    try:
        tools = prepare()
    except MissingError as error:
        print(f"{NOT_BOOTED}: {error}", file=sys.stderr)
        return 2
    print(f"{tools.package}, seeds {seed} to {seed + boots - 1}", flush=True)
    started = time.monotonic()
    figures = run(tools, range(seed, seed + boots), lambda text: print(text, flush=True), CACHE)
    print(summary(figures, time.monotonic() - started))
    return 1 if figures["mismatches"] else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2])))
