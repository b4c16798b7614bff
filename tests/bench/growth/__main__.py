"""`python -m tests.bench.growth [CURVE ...]`: measures, keeps the points, and draws them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.growth.curves import curves
from tests.bench.growth.plots import draw
from tests.bench.growth.points import TITLES, Point, keep, measured, read
from tests.bench.spent import memory_of


def main(names: Sequence[str]) -> int:
    """Those named, else all; 2 for a name that is none."""
    with TemporaryDirectory() as folder:
        known = {each.name: each for each in curves(Path(folder))}
        unknown = sorted({*names} - {*known})
        if unknown:
            print(f"no curve {unknown[0]}; there are {', '.join(known)}", file=sys.stderr)
            return 2
        for name in names or known:
            found = list[Point]()
            print("\n{}: {}".format(*TITLES[name]))
            for series in known[name].series:
                if series.prepare is None:
                    print(f"{series.name:<40} not installed: not measured")
            for each in measured(known[name]):
                found.append(each)
                seconds = "" if each.seconds is None else f"{each.seconds:.3g} s"
                memory = "" if each.memory is None else memory_of(each.memory)
                print(f"{each.series:<40} {each.size:>7} {seconds:>8} {memory:>9} {each.end}", flush=True)
            keep({name: found})
    if find_spec("matplotlib") is None:
        print("matplotlib is not installed: the plots are as they were", file=sys.stderr)
        return 1
    draw(read())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
