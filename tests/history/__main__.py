"""`python -m tests.history`: the table of defects in MANUAL.md anew."""

from __future__ import annotations

from tests.history.document import MANUAL, written

if __name__ == "__main__":
    MANUAL.write_text(written(), encoding="utf-8")
