"""`verifier find` about a layout as it is: the mail of 2021 repaired, what pins the numbers of a release, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.schema import valid_document
from verifier.commands import run

MAIL = str(Path(__file__).parents[1] / "reading" / "data" / "2021-08-04-safe-range.txt")
G = 1 << 30


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["find", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    return found


def test_the_mail_is_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    """T1: the range behind RAM1, RAM1 cut, and the 128 GB of the comment, which end at 1 TiB."""
    found = document(
        capsys, "--repair", MAIL, "--base", "xen-4.15", status=3
    )  # a function of libxl changes as well
    changes = [each["changes"] for each in found["repairs"]]
    assert changes[:3] == [
        {"GUEST_SAFE_RANGE_BASE": "0xe000000000"},
        {"GUEST_RAM1_SIZE": "0xdc00000000"},
        {"GUEST_SAFE_RANGE_BASE": "0xe000000000", "GUEST_SAFE_RANGE_SIZE": "0x2000000000"},
    ]
    assert [int(each["cost"]["ram"], 16) for each in found["repairs"]][:3] == [0, 8 * G, 0]
    assert "within-ipa" in {each["property"] for each in found["repairs"][0]["remaining"]}  # below 40 bits
    assert any("make_hypervisor_node" in each for each in found["open"])


def test_one_property_is_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--repair", MAIL, "--base", "xen-4.15", "--property", "no-overlap")
    found = document(capsys, *arguments)
    assert found["targets"] == [{"property": "no-overlap", "subjects": ["GUEST_RAM1", "GUEST_SAFE_RANGE"]}]
    assert found["c"]["defines"] == ["#define GUEST_SAFE_RANGE_BASE   xen_mk_ullong(0xE000000000)"]
    assert run(["find", *arguments, "-q"]) == 0
    assert capsys.readouterr().out == (
        f"{MAIL}: GUEST_SAFE_RANGE_BASE = 0xe000000000 repairs 1 finding, proved for every configuration\n"
    )


def test_nothing_to_repair(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "--repair", "xen-4.22", "--ipa-bits", "40")
    assert (found["targets"], found["repairs"], found["c"]) == ([], [], None)


def test_what_no_number_repairs(capsys: pytest.CaptureFixture[str]) -> None:
    """RAM1 begins at 8 GiB: beyond 32 bits, whatever its size."""
    found = document(capsys, "--repair", "xen-4.22", "--ipa-bits", "32", "--property", "within-ipa", status=1)
    assert {tuple(each["subjects"]) for each in found["incurable"]} >= {("GUEST_RAM1",)}


def test_headroom(capsys: pytest.CaptureFixture[str]) -> None:
    """The magic pages end where the free 96 MiB below RAM0 begin."""
    assert run(["find", "--headroom", "xen-4.22"]) == 0
    text = capsys.readouterr().out
    assert "GUEST_MAGIC_SIZE 0x1000000 (16 MiB)" in text
    assert "up: to 0x7000000 (112 MiB), by 96 MiB; at 0x7001000" in text


def test_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", "--reasons", "xen-4.22"]) == 0
    text = capsys.readouterr().out
    assert "exactly this: GUEST_GICC" in text  # 8 KiB by the GIC's architecture


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Expected one of --in, --repair, --headroom and --reasons."),
        (
            ["--in=xen-4.22", "--headroom=xen-4.22"],
            "Expected one of --in, --repair, --headroom and --reasons.",
        ),
        (["--headroom=xen-4.22", "--size=2M"], "--size and --headroom exclude each other."),
        (["--repair=xen-4.22", "--may-move=GUEST_ACPI"], "--may-move and --repair exclude each other."),
        (["--repair=xen-4.22", "--property=sound"], 'no property "sound"; there are well-formed'),
        (
            ["--in=xen-4.22", "--region=GUEST_A", "--size=2M", "--property=banks"],
            "--property is for --repair.",
        ),
        (["--in=xen-4.22", "--size=2M"], "Missing option '--region'."),
    ],
)
def test_what_excludes_each_other(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["find", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_room_is_unknown_where_a_region_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = tmp_path / "a.h"
    header.write_text("#define GUEST_X_BASE 0x1000\n")
    assert run(["find", "--in", str(header), "--region", "GUEST_A", "--size", "2M", "-q"]) == 3
    assert "unknown: GUEST_X has no size, so it is on no map" in capsys.readouterr().out
