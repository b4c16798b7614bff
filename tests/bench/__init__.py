"""Times side by side with what a user would run otherwise (`make bench`): one comparison a module, one shared frame.

`python -m tests.bench` runs all, `python -m tests.bench boards start` some; `--write` keeps what was measured in
manual/benchmarks, from where the manual's table comes. Exit status 1 if a run is above one of its bounds.
"""

from __future__ import annotations

NAMES = ("start", "proofs", "checks", "theorems", "boards", "trees", "many", "commits", "placing")
"""The modules with comparisons, in the order of the manual."""
