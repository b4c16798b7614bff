"""Every JSON report follows the schema that ships with the package, and carries the contract's facts."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.schema import SCHEMA, VALIDATOR
from verifier.commands import run
from verifier.rules.catalogue import catalogue


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    run(["check", *arguments, "--format", "json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    VALIDATOR.validate(document)
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "arguments",
    [
        ["xen-4.4.0"],
        ["xen-4.5.0"],
        ["xen-4.15"],
        ["xen-4.22"],
        ["head", "-v"],
        ["head", "--arch", "arm32"],
        ["rfc-2021-safe-range"],
        ["rfc-2021-safe-range", "--xen", "4.22"],
        ["no-such-file"],
        ["xen-4.22", "--ipa-bits", "9"],
    ],
)
def test_reports_validate(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    report(capsys, *arguments)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#define GUEST_FOO 7\n",
        "#define GUEST_FOO_BASE 1\n",
        "#define GUEST_FOO_BASE 0\n#define GUEST_FOO_SIZE 0\n",
        "#define GUEST_A_BASE 0xfffffffffffff000ULL\n#define GUEST_A_SIZE 0x2000ULL\n",
        "#define GUEST_X_SIZE -1\n",
        "#define GUEST_RAM0_BASE 0x8000000000ULL\n#define GUEST_RAM0_SIZE 0x1000ULL\n",
        "#if\n",
        "\0",
        '#define GUEST_HI "x"\n',
    ],
)
def test_reports_on_odd_headers_validate(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.h"
    path.write_text(text)
    report(capsys, str(path))


_BROKEN: list[dict[str, object]] = [
    {"verdict": "ok"},
    {"regimes": [{"ipa_bits": []}]},
    {"counterexample": None},
    {"subjects": "GUEST_RAM1"},
]


def test_a_broken_report_does_not_validate(capsys: pytest.CaptureFixture[str]) -> None:
    """The schema is no rubber stamp: each of these changes breaks the contract."""
    document = report(capsys, "rfc-2021-safe-range")
    finding = next(each for each in document["findings"] if each["verdict"] == "refuted")
    broken: list[dict[str, object]] = [
        {"verdict": "fine"},
        {"schema": "xen-layout-verifier/2"},
        {"findings": []},
        {"extra": 1},
    ]
    broken += [{"findings": [{**finding, **change}]} for change in _BROKEN]
    for changes in broken:
        assert not VALIDATOR.is_valid({**document, **changes})
    without = {key: value for key, value in finding.items() if key != "counterexample"}
    assert not VALIDATOR.is_valid({**document, "findings": [without]})


def test_the_2021_proposal(capsys: pytest.CaptureFixture[str]) -> None:
    """Thread rows T1 and T2, worked out by hand from the mail's four numbers.

    RAM1 is 0x2_0000_0000 + 0xde_0000_0000, so it ends at 0xe0_0000_0000 (896 GiB); the safe range is
    [0xde_0000_0000, 0xe0_0000_0000). A guest reaches it with more than 3 GiB + 880 GiB of RAM, which
    32 and 36 bits cannot have: their P2M root reaches 2^39.
    """
    document = report(capsys, "rfc-2021-safe-range")
    assert (document["verdict"], document["release"], document["baseline"]) == ("refuted", "4.15.0", "4.15.0")
    refuted = [finding for finding in document["findings"] if finding["verdict"] == "refuted"]
    assert [(finding["property"], finding["severity"], finding["subjects"]) for finding in refuted] == [
        ("no-overlap", "error", ["GUEST_RAM1", "GUEST_SAFE_RANGE"]),
        ("within-ipa", "error", ["GUEST_SAFE_RANGE"]),
        ("reachable", "error", ["GUEST_SAFE_RANGE"]),
        ("capacity", "error", ["GUEST_RAM_MAX"]),
        ("stable", "advice", ["GUEST_RAM1"]),
    ]
    overlap, safe, reachable = refuted[:3]
    failing = {"ipa_bits": [40, 42, 44, 48], "memory": {"min": "0xdcc0001000", "max": "0xdec0000000"}}
    assert overlap["fails_when"] == failing
    assert overlap["regimes"] == [failing]
    assert overlap["regimes_exact"] is True
    example = overlap["counterexample"]
    assert example["configuration"] == {
        "ipa_bits": 40,
        "memory": "0xdec0000000",
        "gic": "v3",
        "vcpus": 1,
        "vuart": False,
        "acpi": False,
        "guest": "aarch64-4k",
    }
    assert (example["address"], example["witness"]) == ("0xde00000000", "address-in-two-regions")
    assert [(region["name"], region["start"], region["end"]) for region in example["regions"]] == [
        ("GUEST_RAM1", "0x200000000", "0xe000000000"),
        ("GUEST_SAFE_RANGE", "0xde00000000", "0xe000000000"),
    ]
    assert all(region["origin"]["line"] > 0 for region in example["regions"])
    assert example["overlap"] == {"start": "0xde00000000", "end": "0xe000000000", "size": "0x200000000"}
    assert overlap["repairs"] == [
        {
            "changes": {"GUEST_SAFE_RANGE_BASE": "0xe000000000"},
            "cost": {"ram": "0x0"},
            "remaining": ["within-ipa", "reachable", "capacity"],
        },
        {
            "changes": {"GUEST_RAM1_SIZE": "0xdc00000000"},
            "cost": {"ram": "0x200000000"},
            "remaining": ["within-ipa", "reachable", "capacity"],
        },
    ]
    assert safe["fails_when"] == {"ipa_bits": [32, 36]}
    assert reachable["fails_when"] == {"guest": ["aarch32-short"]}
    (ram1,) = (finding for finding in document["findings"] if finding["verdict"] == "waived")
    assert (ram1["property"], ram1["subjects"]) == ("within-ipa", ["GUEST_RAM1"])
    assert ram1["fails_when"]["ipa_bits"] == [32, 36]
    assert ram1["waiver"]["origin"]["file"] == document["policy"] == "models/policies/upstream.toml"


def test_the_2021_proposal_and_short_descriptors(capsys: pytest.CaptureFixture[str]) -> None:
    """Thread row T4: at 888 GiB the safe range is above the 2^32 that short-descriptor pages reach."""
    (found,) = (
        finding
        for finding in report(capsys, "rfc-2021-safe-range")["findings"]
        if finding["property"] == "reachable"
    )
    assert found["regimes"] == [found["fails_when"]] == [{"guest": ["aarch32-short"]}]
    example = found["counterexample"]
    assert (example["address"], example["witness"]) == ("0xde00000000", "address-unreachable")
    assert example["configuration"]["guest"] == "aarch32-short"


def test_where_tails_are_offered_the_proposal_fails_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    document = report(capsys, "rfc-2021-safe-range", "--xen", "4.16")
    overlap = next(finding for finding in document["findings"] if finding["property"] == "no-overlap")
    assert overlap["regimes"] == [{}]
    assert overlap["fails_when"] == {}


def test_counts_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    trust = report(capsys, "xen-4.22")["trust"]
    assert trust["defines_found"] == trust["defines_classified"] == 46
    assert trust["obligations"] == sum(trust["decided_by"].values())
    assert trust["decided_by"]["z3"] > 10
    assert trust["properties"] == len(catalogue())
    assert trust["assumptions_satisfiable"] is True


def test_no_key_of_the_schema_is_given_twice() -> None:
    """The second would silently stand for both."""

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in found]
        assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
        return dict(found)

    schema = files("verifier.reports").joinpath("schema.json").read_text(encoding="utf-8")
    assert json.loads(schema, object_pairs_hook=pairs)
