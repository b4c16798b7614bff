"""Inputs of `verifier host` beside the tree: partial device trees, widths of kernels, source, standard input."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.commands.host_documents import compared, document
from tests.reading.runs import Run, partial_runs
from tests.reading.trees import Description, blob, machine
from verifier.commands import run

RUNS = partial_runs()
PASSTHROUGH = sorted(name for name, each in RUNS.items() if each.partials)
NARROW = sorted(set(RUNS) - set(PASSTHROUGH))
CELLS: Description = {"#address-cells": [1], "#size-cells": [1]}
DOMAIN: Description = {
    "compatible": "xen,domain",
    **CELLS,
    "cpus": [1],
    "memory": [0, 0x20000],
    "xen,enhanced": b"",
}


def module(kind: str, start: int) -> Description:
    return {"compatible": [f"multiboot,{kind}", "multiboot,module"], "reg": [start, 0x1000]}


BOARD: Description = {
    **machine(1, 1),
    "memory@40000000": {"device_type": "memory", "reg": [0x40000000, 0x40000000]},
    "chosen": {
        **CELLS,
        "kernel": module("kernel", 0x48000000),
        "one": {**DOMAIN, "k": module("kernel", 0x49000000)},
        "two": {**DOMAIN, "k": module("kernel", 0x4A000000), "t": module("device-tree", 0x4A100000)},
    },
}
PARTIAL: Description = {
    "passthrough": {
        **CELLS,
        "uart": {"xen,force-assign-without-iommu": b"", "xen,reg": [0x9000000, 0x1000, 0x60000000]},
    }
}
GIVEN = ("--ipa-bits=40", "--iommu", "--grant-table=0x40200000+256K")


def written(path: Path, description: Description) -> str:
    path.write_bytes(blob(description))
    return str(path)


@pytest.fixture
def board(tmp_path: Path) -> str:
    return written(tmp_path / "host.dtb", BOARD)


@pytest.fixture
def partial(tmp_path: Path) -> str:
    return written(tmp_path / "partial.dtb", {"#address-cells": [2], "#size-cells": [2], **PARTIAL})


def arguments(folder: Path, found: Run) -> list[str]:
    (folder / "host.dtb").write_bytes(found.blob)
    (folder / "log.txt").write_bytes(found.log)
    options = [str(folder / "host.dtb"), "--log", str(folder / "log.txt"), "--xen", found.release]
    for name, content in found.partials.items():
        (folder / f"{name}.dtb").write_bytes(content)
        options += ["--partial", f"{name}={folder / name}.dtb"]
    return options


@pytest.mark.parametrize("name", PASSTHROUGH)
def test_boots_with_partial_trees(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Real Xen 4.16 to head: every region printed, every `reg` that a guest read, and whether the domains were built."""
    found = RUNS[name]
    nested = name == "ft-xenreg-bad-4.17"
    answer = compared(capsys, *arguments(tmp_path, found))
    if nested:
        assert answer["verdict"] != "proved"
    domains = {each["name"]: each for each in answer["domains"]}
    assert set(domains) >= set(found.partials)
    for each in domains.values():
        domus = found.seen["domus"]
        printed = found.seen if each["name"] == "d0" else domus.get(each["name"], {"ext_regions": []})
        regions = [(region["start"], region["end"]) for region in each["extended_regions"] or ()]
        assert regions == [tuple(pair) for pair in printed["ext_regions"]]
        read = found.seen["guest_view"].get(each["name"], {}).get("hypervisor")
        if read is not None:
            assert [(pair["start"], pair["end"]) for pair in each["registers"]] == [
                tuple(pair) for pair in read
            ]
    assert all(each["boots"] for each in domains.values()) == (found.seen["ended"] == "done")
    if nested:  # the domain ran and found no hypervisor node where it should be
        assert "hypervisor" not in found.seen["guest_view"]["d1"]
        assert domains["d1"]["registers"] is None


def test_what_the_boots_with_partial_trees_cover() -> None:
    built = [name for name in PASSTHROUGH if RUNS[name].seen["ended"] == "done"]
    assert {RUNS[name].seen["xen"] for name in built} == {
        "4.17",
        "4.18",
        "4.19",
        "4.20",
        "4.21",
        "4.22",
        "head",
    }
    assert 5 <= len(PASSTHROUGH) - len(built) <= 10


@pytest.mark.parametrize("name", NARROW)
def test_kernels_of_32_bits(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told by the log, or by the option; where the option is wrong, that explains the difference."""
    options = arguments(tmp_path, RUNS[name])
    assert (
        "not supported for 32-bit" in RUNS[name].log.decode()
        or "only supported for 64-bit" in RUNS[name].log.decode()
    )
    for given in ((), ("--kernel-bits=d0=32",)):
        answer = compared(capsys, *options, *given)
        assert answer["domains"][0]["extended_regions"] == []
        assert "its kernel has 32 bits" in answer["domains"][0]["reasons"]
    answer = document(capsys, *options, "--kernel-bits=d0=64", status=1)
    (explained,) = {tuple(each["explained_by"]) for each in answer["differences"] if each["domain"] == "d0"}
    assert any("a kernel of 32 bits, as line" in each for each in explained)


def test_a_log_that_says_ext_regions_is_off(
    board: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options that the tree does not hold, of an EFI configuration say."""
    log = tmp_path / "log.txt"
    log.write_text("(XEN) I/O virtualisation enabled\n(XEN) d0: extended regions support is disabled\n")
    answer = document(capsys, board, *GIVEN, "--log", str(log), "--xen=4.20", status=1)
    assert (
        "ext_regions off, as line 2 says: d0: extended regions support is disabled"
        in (answer["differences"][0]["explained_by"])
    )


def test_kernel_bits_of_all_and_of_one(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = document(
        capsys,
        board,
        *GIVEN,
        "--xen=4.20.4",
        "--dom0-bank=0x50000000+64M",
        "--kernel-bits=32",
        "--kernel-bits=one=64",
    )
    assert [len(each["extended_regions"]) for each in answer["domains"]] == [0, 2, 0]


@pytest.mark.parametrize("prefix", ["", "d2=", "two="])
def test_a_partial_tree_closes_what_is_open(
    prefix: str, board: str, partial: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """xen,reg at 0x60000000 in a guest with 128 MiB from 0x40000000 on: its 2 MiB go, by hand."""
    (d2,) = document(capsys, board, *GIVEN, "--domain=d2", status=3)["domains"]
    assert d2["extended_regions"] is None
    (d2,) = document(capsys, board, *GIVEN, "--domain=d2", f"--partial={prefix}{partial}")["domains"]
    assert [(each["start"], each["end"]) for each in d2["extended_regions"]] == [
        ("0x48000000", "0x60000000"),
        ("0x60200000", "0x100000000"),
        ("0x200000000", "0x10000000000"),
    ]


@pytest.mark.parametrize(("given", "message"), [
    (["d3={}"], 'no domain "d3"; there are d0, d1, d2'),
    (["d1={}"], "d1 has no module with a partial device tree; d2 has"),
    (["d0={}"], "d0 has no module with a partial device tree; d2 has"),
    (["two={}", "d2={}"], "a second partial device tree for d2: "),
    (["{}", "{}"], "a second partial device tree for d2: "),
    (["/no/such/file"], "/no/such/file: error: cannot be read: no such file"),
    (["d2=/dev/null"], "/dev/null: error: no device tree blob"),
])  # fmt: skip
def test_wrong_partial_trees(
    given: list[str], message: str, board: str, partial: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [f"--partial={each.format(partial)}" for each in given]
    assert run(["host", board, *options]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_whose_partial_tree(tmp_path: Path, partial: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = BOARD["chosen"]
    third = {**DOMAIN, "k": module("kernel", 0x4B000000), "t": module("device-tree", 0x4B100000)}
    three = written(tmp_path / "three.dtb", {**BOARD, "chosen": {**chosen, "three": third}})
    assert run(["host", three, "--partial", partial]) == 2
    assert "d2, d3 have such a module; expected dN=FILE" in capsys.readouterr().err
    none = written(tmp_path / "none.dtb", {**BOARD, "chosen": {**chosen, "two": DOMAIN}})
    assert run(["host", none, "--partial", partial]) == 2
    assert "no domain has such a module" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "message"), [
    (["33"], '"33" is no width of a kernel; expected 32, 64'), (["d7=32"], 'no domain "d7"'), (["d1="], '"d1=" is no width'),
    (["d1=32", "one=64"], "two widths of the kernel of d1"), (["32", "32"], "two widths of the kernel of all domains"),
])  # fmt: skip
def test_wrong_widths_of_kernels(
    given: list[str], message: str, board: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["host", board, *(f"--kernel-bits={each}" for each in given)]) == 2
    assert message in capsys.readouterr().err


SOURCE = b"""/* a board */
/dts-v1/;
/ { #address-cells = <1>; #size-cells = <1>; interrupt-parent = <&gic>;
  memory@40000000 { device_type = "memory"; reg = <0x40000000 0x40000000>; };
  gic: i { compatible = "arm,gic-400"; interrupt-controller; #interrupt-cells = <3>; interrupts = <1 9 4>;
           reg = <0x8000000 0x1000 0x8010000 0x2000 0x8020000 0x2000 0x8030000 0x2000>; };
  cpus { x { device_type = "cpu"; compatible = "arm,armv8"; }; }; };
"""


def typed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_source_and_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "host.dts"
    path.write_bytes(SOURCE)
    by_name = document(capsys, str(path), *GIVEN, status=1)  # 1 TiB does not fit one size cell
    typed(monkeypatch, SOURCE)
    by_pipe = document(capsys, "-", *GIVEN, status=1)
    assert by_name["domains"] == by_pipe["domains"]
    assert by_name["subject"]["sha256"] == by_pipe["subject"]["sha256"]
    assert (by_pipe["subject"]["name"], len(by_pipe["domains"][0]["extended_regions"])) == ("<stdin>", 3)


def test_source_that_dtc_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "host.dts"
    path.write_bytes(SOURCE + b"/ { reg = <; };\n")
    assert run(["host", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{path}:8: error: dtc: ")
    assert said.count("\n") == 1


def test_without_dtc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    typed(monkeypatch, SOURCE)
    assert run(["host", "-"]) == 2
    assert capsys.readouterr().err == (
        "<stdin>: error: device tree source needs dtc on PATH (Debian: device-tree-compiler)\n"
    )


def test_standard_input_twice(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["-", "--log", "-"], ["x.dtb", "--log", "-", "--partial", "d1=-"]):
        assert run(["host", *arguments]) == 2
        assert "standard input can be only one of the files" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"", b"\xd0\x0d\xfe\xed", b"/dts-v2/;", b"\xd0\x0d\xfe\xed" + b"\xff" * 60]
)
def test_bad_files_are_one_line(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "host.dtb"
    path.write_bytes(content)
    assert run(["host", str(path)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{path}: error: ")
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_a_folder_is_no_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["host", str(tmp_path)]) == 2
    assert "cannot be read: is a directory" in capsys.readouterr().err


def test_an_empty_release_is_not_head(capsys: pytest.CaptureFixture[str]) -> None:
    """As of a variable of a shell that is not set."""
    assert run(["host", "tests/boards/sl28.dtb", "--xen", ""]) == 2
    assert capsys.readouterr().err == 'error: "" is no release; expected xen-4.22, 4.17.3 or head\n'


def test_a_file_that_cannot_be_written_is_one_error_in_json_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = f"text={tmp_path}/missing/report.txt"
    arguments = [
        "host",
        "tests/boards/sl28.dtb",
        "--iommu",
        "--ipa-bits=40",
        "--format=json",
        "--format",
        where,
    ]
    assert run(arguments) == 2
    assert json.loads(capsys.readouterr().out)["verdict"] == "error"
