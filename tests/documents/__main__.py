"""`python -m tests.documents` (`make documents`): all of README and manual that is computed, anew.

What the diff shows is then read by a person. Of an output with dots nobody knows what they are to stand for: it stays, and
is named where it no longer fits.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.documents import documents
from tests.documents.blocks import BLOCKS, filled
from tests.documents.consoles import renewed, stale
from tests.documents.pages import PAGES
from tests.history import document as defects
from tests.replay import document as replay


def main() -> None:
    """Pages first: consoles are renewed on what is there."""
    for path, make in PAGES.items():
        _write(path, make())
    for name, (path, _) in BLOCKS.items():
        _write(path, filled(name))
    _write(defects.PAGE, defects.written())
    for path, text in zip(
        (replay.HISTORY, replay.SUMMARY), replay.written(os.environ.get("XEN_GIT", "")), strict=True
    ):
        _write(path, text)
    for path in documents():
        _write(path, renewed(path))
        for command in stale(path):
            print(f"{path}: by hand: {command}")


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
