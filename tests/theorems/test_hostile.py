"""Input that nobody should give: one error with its place, status 2, and nothing is replaced that is no file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from verifier.commands.streams import write_atomically
from verifier.layout.errors import InputError
from verifier.theorems.setting import Setting, from_json

WINDOW = ["0x40000000", "0x200000"]


@pytest.mark.parametrize(
    "data",
    [
        {"used": 5},
        {"windows": [WINDOW], "used": []},
        {"windows": [["0x1"]], "used": ["0x0"]},
        {"windows": {"a": 1}},
        {"iomem": [["0x1", "0x2", "0x3"]]},
        {"grant": ["0x1"]},
        {"cells": [[1, 2], [1, 2]]},
        {"amount": ["0x1"]},
        {"reg": [["-0x1000", "0x1000"]]},
        {"reg": [["0x10000000000000000", "0x1"]]},
        [],
        "reg",
        None,
    ],
)
def test_what_has_another_shape_is_no_setting(data: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(data)


def test_a_setting_is_read_as_it_was() -> None:
    made = Setting(
        windows=((1 << 30, 1 << 21),),
        used=(5,),
        grant=(0, 4096),
        reg=((1, 2),),
        untranslatable=True,
        cells=(1, 2),
    )
    assert from_json(made.to_json()) == made


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(str(pipe), "text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(str(tmp_path / "folder"), "text")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def ran(*arguments: str, before: str = "pass") -> tuple[int, str]:
    command = (
        f'import os, sys; {before}; sys.argv[0] = "verifier"; from verifier.commands import main; main()'
    )
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "0"])
def test_a_time_limit_is_a_number(number: str) -> None:
    code, said = ran("prove", "libxl/sort", "--timeout", number)
    assert code == 2
    assert "Traceback" not in said


def test_a_closed_standard_output_is_an_error_with_its_place() -> None:
    code, said = ran("prove", "libxl/sort", before="sys.stdout = None")
    assert (code, said.strip()) == (2, "<stdout>: error: cannot be written: it is closed")
