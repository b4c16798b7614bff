"""What the tests of `verifier guest` ask with, and how they read its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.schema import valid_document
from verifier.commands import run

FOUR = "tests/boards/four-domains.dtb"
MIB, GIB = 1 << 20, 1 << 30
CONFIG = 'name = "domd"\nmemory = 1024\nvcpus = 2\ngic_version = "v3"\n'


def config(folder: Path, text: str = CONFIG) -> str:
    (folder / "guest.cfg").write_text(text, encoding="utf-8")
    return "guest.cfg"


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["guest", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    assert found["command"] == "guest"
    assert found["verdict"] == {0: "proved", 1: "refuted", 3: "unknown"}[status]
    return found


def refuted(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["property"], each["message"]) for each in found["findings"] if each["verdict"] == "refuted"]


def offered(domain: dict[str, Any]) -> list[tuple[int, int]]:
    return [(int(each["start"], 16), int(each["end"], 16)) for each in domain["extended_regions"]]
