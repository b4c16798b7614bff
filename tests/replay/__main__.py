"""`python -m tests.replay` (`make replay`): history.md anew, and with XEN_GIT=path its summary."""

from __future__ import annotations

import os
import sys

from tests.replay.document import HISTORY, SUMMARY, written


def main() -> None:
    """Write both. Without XEN_GIT what they have of commits stays."""
    git = os.environ.get("XEN_GIT", "")
    history, summary = written(git)
    HISTORY.write_text(history, encoding="utf-8")
    SUMMARY.write_text(summary, encoding="utf-8")
    print(f"history.md: {'commits and ' if git else ''}releases", file=sys.stderr)


if __name__ == "__main__":
    main()
