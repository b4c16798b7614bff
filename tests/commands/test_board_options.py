"""Values of the options of commands about boards: what is none is an error of its option, with exit status 2."""

from __future__ import annotations

import pytest

from verifier.commands import run


@pytest.mark.parametrize("command", ["host", "map"])
@pytest.mark.parametrize("option", ["--ram", "--dom0-bank", "--grant-table"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("5", "is no range"),
        ("2M-1M", "ends before it starts"),
        ("1M+0", "ends where it starts"),
        ("0+16777217T", "ends above 64 bits"),
    ],
)
def test_a_range_that_is_none_is_an_error_of_its_option(
    command: str, option: str, value: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "tests/boards/sl28.dtb", f"{option}={value}"]) == 2
    assert f"Invalid value for '{option}': \"{value}\" {reason}" in capsys.readouterr().err


def test_a_size_that_is_none_is_an_error_of_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["host", "tests/boards/sl28.dtb", "--need=0"]) == 2
    assert "Invalid value for '--need'" in capsys.readouterr().err
