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
        ("0+16777217T", "ends above 64 bits"),
    ],
)
def test_a_range_that_is_none_is_an_error_of_its_option(
    command: str, option: str, value: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "tests/boards/sl28.dtb", f"{option}={value}"]) == 2
    assert f"Invalid value for '{option}': \"{value}\" {reason}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["host", "map"])
@pytest.mark.parametrize("option", ["--ram", "--dom0-bank"])
def test_a_range_of_memory_is_not_empty(
    command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "tests/boards/sl28.dtb", f"{option}=1M+0"]) == 2
    assert f"Invalid value for '{option}': \"1M+0\" ends where it starts" in capsys.readouterr().err


@pytest.mark.parametrize(("release", "build", "stops"), [
    ("4.17.7", "debug", True), ("4.18.0", "debug", False), ("4.20.4", "debug", True), ("4.21.0", "debug", False),
    ("4.17.7", "release", False), ("4.20.4", "release", False),
])  # fmt: skip
def test_a_grant_region_may_be_empty(
    release: str, build: str, stops: bool, board: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Grant tables compiled out: an assertion of find_unallocated_memory until 21ec0c4226, and in 4.20 again.

    "Assertion 's <= e' failed at common/rangeset.c:189", the commit says, of a debug build without IOMMU.
    """
    given = ["--no-iommu", "--ipa-bits=32", "--dom0-bank=0x50000000+256M", "--grant-table=0x40200000+0"]
    run(["host", board, *given, f"--xen={release}", f"--build={build}"])
    said = capsys.readouterr().out
    assert ("d0: not built: Xen stops in rangeset_remove_range (assertion): s <= e" in said) is stops


def test_a_size_that_is_none_is_an_error_of_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["host", "tests/boards/sl28.dtb", "--need=0"]) == 2
    assert "Invalid value for '--need'" in capsys.readouterr().err
