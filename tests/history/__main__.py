"""`python -m tests.history`: the table of defects in the manual anew."""

from __future__ import annotations

from tests.history.document import PAGE, written

if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
