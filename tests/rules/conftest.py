"""The fixture that checks a changed header."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.headers import SOUND, Checker
from tests.schema import valid
from verifier.commands.check import check
from verifier.layout.finding import Report
from verifier.reading.request import Request


@pytest.fixture
def checked(tmp_path: Path) -> Checker:
    """Check the sound header with some text replaced and some added; options are those of Request.

    The baseline is the sound header, and there is no policy, unless the options say otherwise.
    """

    def run(replacements: dict[str, str] | None = None, added: str = "", **options: object) -> Report:
        text = SOUND
        for old, new in (replacements or {}).items():
            assert text.count(old) == 1, f"{old} stands {text.count(old)} times"
            text = text.replace(old, new)
        path = tmp_path / "layout.h"
        path.write_text(text.replace("#endif\n", f"{added}\n#endif\n") if added else text)
        sound = tmp_path / "sound.h"
        sound.write_text(SOUND)
        options = {"base": str(sound), "policy": "none", **options}
        return valid(check(Request(str(path), **options)))  # type: ignore[arg-type]

    return run
