"""Reproductions: what is written, over what, what the script says of what Xen prints, and real Xen itself."""

from __future__ import annotations

import os
import runpy
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.machine.test_graft import board
from tests.reading.runs import release_runs, runs
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.reproduction import Reproduction
from verifier.machine.graft import graft
from verifier.machine.reproduce import expected_lines, marks, run, shrunk, staged, write
from verifier.reading.boot_log import read_boot_log
from verifier.reading.device_tree import read_tree
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of

FILES = {
    "README", "expected.txt", "host.dtb", "host.dts", "kernel.img", "run.sh", "smmu.bin", "stub.bin", "test_regression.py",
}  # fmt: skip
REGIONS = (Extent(0, 0x8000000), Extent(0x700200000, 0x8800000000))
PRINTED = (
    "(XEN) d0: extended region 0: 0->0x8000000",
    "(XEN) d0: extended region 1: 0x700200000->0x8800000000",
)
MADE = graft(board(), "4.17", iommu=True)
COMMAND, STAGED = staged(MADE)
CASE = Reproduction(
    said="verifier host board.dtb --xen 4.17 --iommu",
    arguments=("host", "host.dtb", "--xen", "4.17.7", "--iommu", "--ipa-bits", "48"),
    release="4.17.7",
    property="one-to-one-holes",
    message='the region "[0x700200000, 0x8800000000)" covers a device',
    tree=MADE.tree,
    expected=PRINTED,
    marks=marks("4.17.7", "d0"),
    command=COMMAND,
    files=STAGED,
)


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_everything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    write(folder, CASE)
    assert names(folder) == FILES
    assert read_dtb((folder / "host.dtb").read_bytes(), MADE.tree.file) == MADE.tree
    assert read_tree((folder / "host.dts").read_bytes(), "s").nodes == MADE.tree.nodes
    assert (folder / "expected.txt").read_text() == "".join(f"{line}\n" for line in PRINTED)
    readme = (folder / "README").read_text()
    for said in (CASE.message, CASE.property, CASE.release, "xen-hypervisor-4.17-arm64", CASE.said):
        assert said in " ".join(readme.split())
    assert os.access(folder / "run.sh", os.X_OK)
    subprocess.run(["sh", "-n", str(folder / "run.sh")], check=True)
    compile((folder / "test_regression.py").read_text(), "test_regression.py", "exec")


def test_all_that_the_command_names_is_there(tmp_path: Path) -> None:
    write(tmp_path, CASE)
    loaded = [word.split("file=")[1].split(",")[0] for word in COMMAND if "file=" in word]
    assert set(loaded) - {"xen"} <= names(tmp_path)
    assert not any("/" in name for name in loaded)
    assert " ".join(COMMAND[1:]) in " ".join((tmp_path / "run.sh").read_text().replace("\\\n", " ").split())


def test_a_former_reproduction_goes_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, CASE)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "log.txt").write_text("old")
    made = graft(board(), "4.17", iommu=False)
    command, files = staged(made)
    write(tmp_path, replace(CASE, tree=made.tree, command=command, files=files))
    assert names(tmp_path) == FILES - {"smmu.bin"} | {"__pycache__"}
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"it holds thesis.tex, and is no reproduction"):
        write(tmp_path, CASE)
    assert names(tmp_path) == FILES - {"smmu.bin"} | {"__pycache__", "thesis.tex"}


@pytest.mark.parametrize("name", ["README", "xen", "host.dtb"])
def test_what_only_looks_like_ours_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("somebody's")
    with pytest.raises(InputError, match=f"it holds {name}, and is no reproduction; name an empty folder"):
        write(tmp_path, CASE)
    assert (tmp_path / name).read_text() == "somebody's"


def test_what_is_stopped_while_it_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a reproduction would look like one to a reader, and like somebody's folder to the next run."""
    kept, count = Path.write_bytes, iter(range(99))

    def stopped(path: Path, content: bytes) -> int:
        if next(count) == 3:
            raise KeyboardInterrupt
        return kept(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", stopped)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "folder", CASE)
    assert list((tmp_path / "folder").iterdir()) == []
    write(tmp_path / "folder", CASE)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written: "):
        write(tmp_path / "file" / "below", CASE)
    with pytest.raises(InputError, match="cannot be written: it is no folder"):
        write(tmp_path / "file", CASE)


def test_names_that_are_no_text_are_escaped(tmp_path: Path) -> None:
    write(tmp_path, replace(CASE, said='verifier host \udcff\x1b""" \\', message='"""'))
    assert "\\xff\\x1b" in (tmp_path / "README").read_text()
    compile((tmp_path / "test_regression.py").read_text(), "test_regression.py", "exec")


def test_what_is_made_small_still_boots() -> None:
    """By hand: one domain of four is asked for; its kernel, dom0's, and what the machine has stay, and no device."""
    path = Path(__file__).parents[1] / "boards" / "four-domains.dtb"
    made = graft(read_dtb(path.read_bytes(), "four"), "4.17", iommu=False, ipa_bits=40)
    small = shrunk(
        made, "4.17", lambda tree: "domU3" in [each.name for each in host_of(tree, "4.17").domains]
    )
    assert set(small.needed) == set(made.needed)
    assert {node.path for node in small.tree.nodes} - set(made.needed) == {
        "/",
        "/chosen/domU3",
        "/chosen/domU3/module@41800000",
    }
    assert small.machine == made.machine
    assert [each.start for each in small.modules] == [0x41000000, 0x41800000]


def test_what_does_not_hold_cannot_be_made_small() -> None:
    with pytest.raises(ValueError, match="is not true of it"):
        shrunk(MADE, "4.17", lambda _: False)


def test_lines_of_releases() -> None:
    assert expected_lines("4.17.7", "d0", REGIONS) == PRINTED
    assert expected_lines("head", "d3", REGIONS[:1]) == ("(XEN) d3: extended region 0: 0->0x8000000",)
    assert expected_lines("4.16.1", "d0", REGIONS[:1]) == ("(XEN) Extended region 0: 0->0x8000000",)
    assert expected_lines("4.21.2", "d0", ()) == ("(XEN) d0: failed to allocate extended regions",)


def test_lines_are_those_of_real_xen() -> None:
    """What Xen printed of each domain of each boot, from the regions that other code read in it."""
    compared = 0
    for run_ in (*runs().values(), *release_runs().values()):
        lines = run_.log.decode("utf-8", "replace").replace("\r", "").split("\n")
        for domain in read_boot_log(run_.log, "log").domains:
            regions = [Extent(each.start, each.end) for each in domain.extended]
            if not regions:
                continue
            printed = [
                line for line in lines if any(mark in line for mark in marks(run_.release, domain.name))
            ]
            assert tuple(printed) == expected_lines(run_.release, domain.name, regions)
            compared += 1
    assert compared > 200


def fake_qemu(folder: Path, *printed: str) -> str:
    """An emulator that prints a log and then hangs, as QEMU does; it fails if a file that it is to load is not there."""
    path = folder / "qemu"
    lines = "".join(f"printf '%s\\r\\n' '{line}'\n" for line in printed)
    path.write_text(
        "#!/bin/sh\nfor each; do case $each in loader,file=*) f=${each#*file=}; [ -f ${f%%,*} ] || exit 9;; esac; done\n"
        f"{lines}exec sleep 30\n"
    )
    path.chmod(0o755)
    return str(path)


BOOT = ("(XEN) Xen version 4.17.7 (Debian)", "(XEN) *** LOADING DOMAIN 0 ***")
END = "(XEN) Freed 2048kB init memory."


@pytest.mark.parametrize(
    ("printed", "status", "said"),
    [
        ((*BOOT, *PRINTED, END), 0, "Xen printed what was expected"),
        ((*BOOT, *PRINTED, "(XEN) Manual reset required ('noreboot' specified)"), 0, "expected"),
        ((*BOOT, PRINTED[0], END), 1, f"< {PRINTED[1]}"),
        ((*BOOT, *PRINTED, "(XEN) d0: extended region 2: 0x1->0x2", END), 1, "> (XEN) d0: extended region 2"),
        ((*BOOT, *PRINTED[::-1], END), 1, "something else"),
        ((*BOOT, PRINTED[0], f"{PRINTED[1]}0", END), 1, "something else"),
        ((*BOOT, "(XEN) d0: failed to allocate extended regions", END), 1, "> (XEN) d0: failed"),
        (("(XEN) Xen version 4.18.0", END), 1, "this is not Xen 4.17: (XEN) Xen version 4.18.0"),
        ((), 1, "Xen printed nothing"),
    ],
)
def test_what_is_printed_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: tuple[str, ...], status: int, said: str
) -> None:
    folder = tmp_path / "a folder"
    write(folder, CASE)
    (tmp_path / "image").write_bytes(b"Xen")
    monkeypatch.setenv("QEMU", fake_qemu(tmp_path, *printed))
    ran = run(folder, tmp_path / "image", seconds=20 if printed else 1)
    assert (ran.status, said in ran.text) == (status, True), ran.text
    assert names(folder) == FILES | {"log.txt"}


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "r", CASE)
    ran = run(tmp_path / "r", tmp_path / "no-such-image")
    assert (ran.status, "XEN=FILE is needed: boot/xen-4.17-arm64 of Debian 12" in ran.text) == (2, True)
    (tmp_path / "image").write_bytes(b"Xen")
    monkeypatch.setenv("QEMU", "no-such-emulator")
    ran = run(tmp_path / "r", tmp_path / "image")
    assert (ran.status, "no-such-emulator is needed" in ran.text) == (2, True)


@pytest.mark.parametrize(
    ("status", "findings", "passes"),
    [
        (1, '[{"property": "one-to-one-holes", "verdict": "refuted"}]', True),
        (1, '[{"property": "complete", "verdict": "refuted"}]', False),
        (1, '[{"property": "one-to-one-holes", "verdict": "proved"}]', False),
        (0, '[{"property": "one-to-one-holes", "verdict": "refuted"}]', False),
    ],
)
def test_the_regression_test_asks_the_verifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, findings: str, *, passes: bool
) -> None:
    """With a verifier that says what is wanted of it, if it is asked what it should be."""
    write(tmp_path / "r", CASE)
    package = tmp_path / "verifier"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        f"import sys\nassert sys.argv[1:] == {[*CASE.arguments, '--format', 'json']!r}\n"
        f"print('{{\"findings\": {findings}}}')\nsys.exit({status})\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    written = runpy.run_path(str(tmp_path / "r" / "test_regression.py"))
    if passes:
        written["test_the_verifier_refutes_it"]()
    else:
        with pytest.raises(AssertionError):
            written["test_the_verifier_refutes_it"]()


def test_the_regression_test_boots_if_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "r", CASE)
    boots = runpy.run_path(str(tmp_path / "r" / "test_regression.py"))["test_xen_prints_it"]
    monkeypatch.delenv("XEN", raising=False)
    with pytest.raises(pytest.skip.Exception, match="XEN=FILE is not set"):
        boots()
    (tmp_path / "image").write_bytes(b"Xen")
    monkeypatch.setenv("XEN", str(tmp_path / "image"))
    monkeypatch.setenv("QEMU", "no-such-emulator")
    with pytest.raises(pytest.skip.Exception, match="no qemu-system-aarch64"):
        boots()
    monkeypatch.setenv("QEMU", fake_qemu(tmp_path, *BOOT, *PRINTED, END))
    boots()
    monkeypatch.setenv("QEMU", fake_qemu(tmp_path, *BOOT, PRINTED[0], END))
    with pytest.raises(AssertionError):
        boots()
