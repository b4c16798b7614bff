"""`verifier find` about a layout as it is: the mail of 2021 repaired, what pins the numbers of a release, refusals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.models.debian import Debian
from tests.rules.headers import errors
from tests.schema import valid_document
from verifier.commands import run
from verifier.commands.check import check
from verifier.commands.find_repair import repair
from verifier.layout.c_text import Wanted
from verifier.reading.request import Request, load
from verifier.writing.write import written

MAIL = str(Path(__file__).parents[1] / "reading" / "data" / "2021-08-04-safe-range.txt")
G = 1 << 30


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["find", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    return found


def test_the_mail_is_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    """T1: the range behind RAM1, RAM1 cut, and the 128 GB of the comment, which end at 1 TiB."""
    found = document(capsys, "--repair", MAIL, "--base", "xen-4.15")
    changes = [each["changes"] for each in found["repairs"]]
    assert changes[:3] == [
        {"GUEST_SAFE_RANGE_BASE": "0xe000000000"},
        {"GUEST_RAM1_SIZE": "0xdc00000000"},
        {"GUEST_SAFE_RANGE_BASE": "0xe000000000", "GUEST_SAFE_RANGE_SIZE": "0x2000000000"},
    ]
    assert [int(each["cost"]["ram"], 16) for each in found["repairs"]][:3] == [0, 8 * G, 0]
    for repaired in found["repairs"][:3]:  # 896 GiB lie beyond 2^36 and below 2^40
        left = {(each["property"], *each["subjects"]): each.get("ipa_bits") for each in repaired["remaining"]}
        assert left["within-ipa", "GUEST_SAFE_RANGE"] == [32, 36]
        assert left["reachable", "GUEST_SAFE_RANGE"] is None  # by page tables, whatever the width
    assert [each["gives_up"] for each in found["repairs"]] == [
        False,
        False,
        False,
        True,
    ]  # 446 MiB are left of 8 GiB
    said = [[(each["from"], each["to"]) for each in repair["comments"]] for repair in found["repairs"]]
    assert said[:3] == [[("128GB", "8GB")], [("888GB", "880GB"), ("128GB", "8GB")], []]
    cured = [{each["property"] for each in repair["cured"]} for repair in found["repairs"]]
    assert cured[:3] == [{"no-overlap", "comments-agree"}] * 3


def test_what_no_number_can_make_known_remains(capsys: pytest.CaptureFixture[str]) -> None:
    """The mail changes a function of libxl as well: told, with its place, and no failure of the repair."""
    arguments = ("--repair", MAIL, "--base", "xen-4.15")
    found = document(capsys, *arguments)
    (left,) = found["remaining"]
    assert (left["property"], left["subjects"], found["open"]) == (
        "model-current",
        ["make_hypervisor_node"],
        [],
    )
    assert f"{MAIL}:48" in left["message"]
    key = {"property": "model-current", "subjects": ["make_hypervisor_node"]}
    assert all(key in repair["remaining"] for repair in found["repairs"])
    assert run(["find", *arguments]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].endswith(
        "; a change of Xen's code has to be looked at, whatever the numbers are"
    )
    assert "remains, whatever the numbers are: make_hypervisor_node" in text
    document(capsys, *arguments, "--property", "model-current", status=3)  # asked for, it is open


def test_what_may_be_a_fault_of_the_layout_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that nobody knows, a comment that may speak of it: whatever else is repaired."""
    header = tmp_path / "a.h"
    places = {"A_BASE": 0x1000, "A_SIZE": 0x2000, "B_BASE": 0x2000, "B_SIZE": 0x1000}  # two that overlap
    overlap = "".join(f"#define GUEST_{name} {value:#x}\n\n" for name, value in places.items())
    ram = "#define GUEST_RAM0_BASE 0x40000000\n#define GUEST_RAM0_SIZE 0x40000000\n\n"
    for more in (
        "#define GUEST_FOO_THING 3\n",
        "#define GUEST_X_BASE 0x4000\n",
        "/* up to 3GB */\n#define GUEST_C_BASE 0x5000\n#define GUEST_C_SIZE 0x1000\n",
    ):
        header.write_text(ram + overlap + "\n" + more)
        found = document(capsys, "--repair", str(header), "--base", str(header), status=3)
        assert found["repairs"]
        assert found["open"]


def test_a_comment_that_is_a_product_is_left_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut by what it overlaps, 8 MiB are no 16 x 1 MiB any more: nobody can tell which factor to change."""
    header = tmp_path / "a.h"
    header.write_text(
        "#define GUEST_RAM0_BASE 0x40000000ULL\n#define GUEST_RAM0_SIZE 0xc0000000ULL\n\n"
        "/* 16 buses x 1 MiB */\n#define GUEST_VPCI_ECAM_BASE 0x3f000000ULL\n#define GUEST_VPCI_ECAM_SIZE 0x1000000ULL\n\n"
        "#define GUEST_A_BASE 0x1000ULL\n#define GUEST_A_SIZE 0x3eff7000ULL\n\n"
        "#define GUEST_B_BASE 0x3f800000ULL\n#define GUEST_B_SIZE 0x800000ULL\n"
    )
    found = document(capsys, "--repair", str(header), "--base", str(header), "--property", "no-overlap")
    resized = [each for each in found["repairs"] if "GUEST_VPCI_ECAM_SIZE" in each["changes"]]
    assert resized
    for each in resized:
        assert any("buses x 1 MiB" in note and "by hand" in note for note in each["notes"])
        assert {"property": "comments-agree", "subjects": ["GUEST_VPCI_ECAM"]} in each["remaining"]


def test_what_is_printed_applies_and_does_what_is_said(debian: Debian, tmp_path: Path) -> None:
    """The mail on the header that Debian ships: each repair, with the mail, as a diff to that header, applied by patch."""
    request = Request(MAIL, base=str(debian.header), xen="4.17", policy="none")
    report = repair(request)
    assert report.verdict == "proved"
    assert report.plans[0].changes.keys() == {"GUEST_SAFE_RANGE_BASE", "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM"}
    loaded = load(request)
    before = {(each.property, each.subjects) for each in errors(check(request, repairs=False))}
    assert set(report.targets) == before
    for plan in report.plans:
        header = tmp_path / "arch-arm.h"
        header.write_bytes(debian.header.read_bytes())
        diff = written(loaded, Wanted(plan.changes, mends=True)).diff
        assert diff is not None
        subprocess.run(["patch", "-p1", "-s"], input=diff, cwd=tmp_path, check=True)
        after = check(Request(str(header), base=str(debian.header), xen="4.17", policy="none"), repairs=False)
        left = {(each.property, each.subjects) for each in errors(after)}
        assert not set(plan.cured) & left
        assert left == {key for key in plan.remaining if key[0] != "model-current"}
    first = written(loaded, Wanted(report.plans[0].changes, mends=True))
    assert report.written == first


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
