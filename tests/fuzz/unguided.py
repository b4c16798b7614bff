"""One harness without atheris: inputs of a seed, with no coverage to guide them; ends as libFuzzer does, with its numbers.

    python -m tests.fuzz.unguided NAME SECONDS SEED FOLDER

FOLDER gets in `defects/` an input for each kind and place of defect.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from tests.fuzz.frame import limit_memory
from tests.fuzz.readers import HARNESSES
from tests.fuzz.seeded import defects


def main(name: str, seconds: str, seed: str, folder: str) -> None:
    """In a process of its own, as the memory is bounded of all its inputs together."""
    limit_memory()
    count = 0
    for found in defects(HARNESSES[name], sys.maxsize, float(seconds), int(seed)):
        count += 1
        if found is not None:
            found.saved(Path(folder) / "defects")
    print(f"stat::number_of_executed_units: {count}")
    print(f"stat::peak_rss_mb: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}")


if __name__ == "__main__":
    main(*sys.argv[1:])
