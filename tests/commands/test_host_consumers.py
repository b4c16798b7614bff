"""`verifier host`: consumers are always shown; they change the verdict only when named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.host_documents import document
from tests.commands.test_host_inputs import DOMAIN, module
from tests.commands.test_host_verdicts import BARE, BOARD, HOLES, UNALLOCATED, tree
from tests.reading.trees import Description
from verifier.commands import run

MIB = 1 << 20
SMALL: Description = {
    **BARE,
    "memory@48000000": {"device_type": "memory", "reg": [0, 0x48000000, 0, 0x28000000]},
    "chosen": {
        "k": {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0, 0x6F000000, 0, 0x10000]}
    },
}
"""640 MiB of RAM from 0x48000000 on: no whole 512 MiB at a multiple of it."""
RAM_ONLY = (
    "--no-iommu",
    "--ipa-bits=40",
    "--dom0-bank=0x48000000-0x50000000",
    "--grant-table=0x68000000+256K",
)
"""What is left to dom0: [0x50000000, 0x68000000) and [0x68200000, 0x70000000)."""
GUEST: Description = {**DOMAIN, "k": module("kernel", 0x49000000), "memory": [0, 0x200000], "cpus": [1]}
"""2 GiB of RAM, one vCPU."""
GUESTS: Description = {
    **BOARD,
    "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 2, 0]},
    "chosen": {**BARE["chosen"], "one": GUEST},
}


def kernels(found: dict[str, Any], domain: str = "d0") -> dict[str, dict[str, Any]]:
    (one,) = [each for each in found["domains"] if each["name"] == domain]
    return {each["name"]: each for each in one["consumers"]}


def usable(found: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {
        name: (each["verdict"], each["usable"])
        for name, each in kernels(found).items()
        if each["verdict"] != "not-applicable"
    }


def test_always_shown_and_without_effect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, tree(tmp_path, SMALL), *RAM_ONLY)
    assert usable(found) == {
        # 0x50000000 to 0x68000000 is 3 times 128 MiB; of the other region no 0x68200000 to 0x70000000.
        "linux-arm64-4k": ("proved", hex(384 * MIB)),
        "linux-arm64-4k-39": ("proved", hex(384 * MIB)),
        "linux-arm64-16k": ("proved", hex(384 * MIB)),
        "linux-arm64-64k": ("refuted", "0x0"),
        "zephyr": ("proved", hex(384 * MIB + 126 * MIB)),
    }
    none = kernels(found)["linux-arm64-64k"]
    assert [each["usable"] for each in none["regions"]] == ["0x0", "0x0"]
    assert (none["lost"], none["named"], none["at_least"]) == (hex(510 * MIB), False, False)
    assert kernels(found)["u-boot"]["reason"].startswith("it takes no regions")
    assert "consumer-usable" not in {each["property"] for each in found["findings"]}


def test_named_it_is_refuted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [tree(tmp_path, SMALL), *RAM_ONLY, "--consumer=linux-arm64-64k", "--consumer=linux-arm64-4k"]
    found = document(capsys, *arguments, status=1)
    (finding,) = [each for each in found["findings"] if each["property"] == "consumer-usable"]
    assert (finding["verdict"], finding["effect"]) == ("refuted", "unusable")
    assert finding["message"] == (
        "linux-arm64-64k can use none of 2 regions (510 MiB) by whole 512 MiB at multiples of it: the largest, extended "
        "region 0 of d0, is [0x50000000, 0x68000000) (384 MiB)"
    )
    assert finding["counterexample"]["witness"] == "no-unit"
    assert [name for name, each in kernels(found).items() if each["named"]] == [
        "linux-arm64-4k", "linux-arm64-64k",
    ]  # fmt: skip
    assert run(["host", *arguments]) == 1
    text = capsys.readouterr().out
    assert "refuted: d0 is offered nothing usable (consumer-usable); 1 domain" in text
    assert "d0: unusable: linux-arm64-64k can use none" in text
    assert "fails every mapping (Cannot allocate new IOMEM resource)" in text


def test_named_and_usable_is_proved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, tree(tmp_path, SMALL), *RAM_ONLY, "--consumer=linux-arm64-4k")
    (finding,) = [each for each in found["findings"] if each["property"] == "consumer-usable"]
    assert (finding["verdict"], finding["comparisons"]) == ("proved", 2)


def test_every_format_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["host", tree(tmp_path, SMALL), *RAM_ONLY, "--consumer=linux-arm64-64k"]
    for kind in ("sarif", "junit", "markdown", "github", "codequality"):
        assert run([*arguments, "--format", kind]) == 1
        assert "linux-arm64-64k can use none of 2 regions" in capsys.readouterr().out


def test_what_is_open_is_not_proved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All else holds wherever dom0's memory lies; what a kernel can use there nobody told."""
    path = tree(tmp_path, BOARD)
    assert document(capsys, path, "--no-iommu", "--ipa-bits=40")["verdict"] == "proved"
    found = document(capsys, path, "--no-iommu", "--ipa-bits=40", "--consumer=linux-arm64-4k", status=3)
    assert usable(found)["linux-arm64-4k"] == ("unknown", None)
    assert document(capsys, path, *UNALLOCATED, "--consumer=linux-arm64-4k")["verdict"] == "proved"


def test_an_open_grant_region(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It lies in one 2 MiB block or two: of [0x60000000, 0x80000000) some 128 MiB are left in any place.

    What is certain is so for all places at once, and any block may be the one: nothing is certain, so it is open.
    """
    found = document(capsys, tree(tmp_path, BOARD), *UNALLOCATED[:3], "--consumer=linux-arm64-4k", status=3)
    assert usable(found)["linux-arm64-4k"][0] == "unknown"


def test_a_kernel_that_takes_none_does_not_apply(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, tree(tmp_path, BOARD), *HOLES, "--consumer=u-boot", "--consumer=mini-os")
    (finding,) = [each for each in found["findings"] if each["property"] == "consumer-usable"]
    assert finding["verdict"] == "not-applicable"
    assert finding["message"] == (
        "u-boot: it takes no regions: it maps no foreign pages: it grants its own; "
        "mini-os: it has 32 bits, and the kernel of d0 64: --kernel-bits tells"
    )


def test_kernels_of_32_bits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, tree(tmp_path, BOARD), *HOLES, "--kernel-bits=32")
    assert set(kernels(found)) == {"linux-arm32", "linux-arm32-4.8", "linux-arm32-3.7", "mini-os"}
    assert found["domains"][0]["page_tables"] is None


def test_a_name_that_nobody_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["host", tree(tmp_path, BOARD), "--consumer=linux-arm64"]) == 2
    assert capsys.readouterr().err.startswith('error: no consumer "linux-arm64"; did you mean "linux-arm64-')
    assert run(["map", tree(tmp_path, BOARD), "--consumer=zephyr"]) == 2


def test_the_pool_of_a_guest_against_what_it_is_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 GiB at 40 bits: 1 GiB behind its RAM below 4 GiB, and [8 GiB, 1 TiB).

    In pages of 4 KiB a table for each 2 MiB, for each GiB, and none for half a TiB, which the two of the root are for;
    so about 2 GiB of tables. The pool: 1 MiB for the vCPU, a page for each MiB of RAM, and 128, in whole MiB.
    """
    found = document(capsys, tree(tmp_path, GUESTS), *HOLES, "--domain=d1")
    (d1,) = found["domains"]
    sizes = [int(each["end"], 16) - int(each["start"], 16) for each in d1["extended_regions"]]
    assert sum(sizes) == 1017 << 30
    assert (d1["page_tables"]["pages"], d1["page_tables"]["large"]) == (1017 * 512 + 1017, 1017)
    pool = d1["page_tables"]["p2m_pool"]
    assert pool["pages"] == -(-(256 + 2048 + 128) // 256) * 256
    # RAM: 1024 tables of 2 MiB, 2 of a GiB. One page of the rest is for the GiB behind RAM, one for the GiB at 8 GiB, ...
    assert pool["ram_tables"] == 1024 + 2
    left = pool["pages"] - pool["ram_tables"]
    assert int(pool["maps"], 16) == (left - 3) * 2 * MIB  # 3 GiB: one table for each
    assert pool["missing"] == 1026 + 1017 * 513 - pool["pages"]
    assert run(["host", tree(tmp_path, GUESTS), *HOLES, "--domain=d1"]) == 0
    text = capsys.readouterr().out
    assert "page tables for all regions: 521721 pages (~1.99 GiB) in pages of 4 KiB" in text


def test_verbose_tells_each_region(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["host", tree(tmp_path, SMALL), *RAM_ONLY, "-v"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("consumers of the regions of d0, 40 ipa bits, without IOMMU:")
    assert lines[at + 1 : at + 4] == [
        "  linux-arm64-4k, linux-arm64-4k-39 and linux-arm64-16k: 384 MiB can be used, 126 MiB can not, none in 1 of 2 "
        "regions",
        "    of [0x50000000, 0x68000000) 384 MiB: 384 MiB",
        "    of [0x68200000, 0x70000000) 126 MiB: none",
    ]


def test_list_and_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--format=json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"name": "zephyr", "title": "Zephyr with the driver for extended regions, arm64"} in found[
        "consumers"
    ]
    assert run(["explain", "consumer-usable"]) == 0
    assert "worse than none" in capsys.readouterr().out
