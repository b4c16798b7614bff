"""The texts of a reproduction: `run.sh`, `README`, and a regression test for pytest."""

from __future__ import annotations

import json
import textwrap
from shlex import quote

from verifier.layout.reproduction import Reproduction
from verifier.layout.units import printable
from verifier.machine.emulator import shell_text

_RUN = r"""#!/bin/sh
# Boots Xen {release} on an emulated machine and compares what it prints with expected.txt.
# XEN=FILE is Xen's image, QEMU=FILE the emulator, PATIENCE=N seconds until it is given up (120).
# Exit status: 0 as expected, 1 not so, 2 not run. The log stays in log.txt.
xen=${{XEN:-}} qemu=${{QEMU:-qemu-system-aarch64}} left=${{PATIENCE:-120}}
if [ ! -f "$xen" ]; then
    echo "XEN=FILE is needed: {image}" >&2
    exit 2
fi
if ! command -v "$qemu" >/dev/null; then
    echo "$qemu is needed (Debian: qemu-system-arm)" >&2
    exit 2
fi
folder=$(dirname "$0")
cp "$xen" "$folder/xen" && cd "$folder" || exit 2

qemu_with_xen() {{
    exec "$qemu" \
    {options}
}}

ended() {{ # Xen frees its own boot code when all domains are built
    grep -q -e 'Freed .* init memory' -e 'Manual reset required' log.txt
}}

: >log.txt
qemu_with_xen </dev/null >log.txt 2>&1 &
started=$!
trap 'kill "$started" 2>/dev/null; rm -f xen printed.txt' EXIT
trap 'exit 2' HUP INT TERM
while [ "$left" -gt 0 ] && kill -0 "$started" 2>/dev/null && ! ended; do
    sleep 1
    left=$((left - 1))
done

tr -d '\r' <log.txt | grep -F {marks} >printed.txt
if diff expected.txt printed.txt; then
    echo "Xen printed what was expected:"
    cat expected.txt
    exit 0
fi
if ! grep -q 'Xen version' log.txt; then
    echo "Xen printed nothing; see log.txt" >&2
elif ! grep -q 'Xen version {version}' log.txt; then
    echo "this is not Xen {version}: $(grep 'Xen version' log.txt)" >&2
fi
echo "Xen printed (>) something else than expected (<)" >&2
exit 1
"""
_FOUND = "Found by `{said}`: property {property}, Xen {release}."
_WHAT = """\
{file} is what is left of the device tree of {board} when everything goes that the refutation does not need, with the
devices of QEMU's virt machine; {other}. When Xen boots with it, it prints the lines in expected.txt.
"""
_BLOB = "host.dtb is the same as a blob"
_NO_SOURCE = "there is no host.dts, as source cannot hold the names of all nodes"
_HOW = """\
    XEN=FILE sh run.sh     boots Xen and compares; exit status 0: printed as expected
    XEN=FILE pytest        the same, and asks the verifier about host.dtb
"""
_TEST = '''\
"""{message}

{found}
Run with pytest. XEN=FILE is an image of Xen {release}, without which no machine is booted.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ARGUMENTS = {arguments}
PROPERTY = "{property}"


def test_the_verifier_refutes_it() -> None:
    command = [sys.executable, "-m", "verifier", *ARGUMENTS, "--format", "json"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert PROPERTY in [each["property"] for each in findings if each["verdict"] == "refuted"]


def test_xen_prints_it() -> None:
    if not Path(os.environ.get("XEN", "")).is_file():
        pytest.skip("XEN=FILE is not set: {image}")
    if shutil.which(os.environ.get("QEMU", "qemu-system-aarch64")) is None:
        pytest.skip("no qemu-system-aarch64 (Debian: qemu-system-arm)")
    done = subprocess.run(["sh", str(HERE / "run.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
'''
_DEBIAN = "4.17"


def run_script(case: Reproduction) -> str:
    """POSIX sh."""
    _, _, options = shell_text(case.command).partition("\n")
    marks = " ".join(f"-e {quote(mark)}" for mark in case.marks)
    return _RUN.format(
        release=case.release, version=_version(case), image=_image(case), marks=marks, options=options.strip()
    )


def readme(case: Reproduction, *, has_source: bool = True) -> str:
    """For people. `has_source`: there is a host.dts."""
    file, other = ("host.dts", _BLOB) if has_source else ("host.dtb", _NO_SOURCE)
    what = _WHAT.format(file=file, other=other, board=case.tree.file)
    paragraphs = (
        _wrapped(case.message),
        _wrapped(f"{_found(case)} {what}"),
        _HOW,
        _wrapped(f"XEN is {_image(case)}."),
    )
    return printable("\n".join(paragraphs))


def regression_test(case: Reproduction) -> str:
    """A module for pytest."""
    return _TEST.format(
        message=_in_docstring(_wrapped(case.message).strip()),
        found=_in_docstring(_wrapped(_found(case)).strip()),
        release=case.release,
        arguments=json.dumps(case.arguments),
        property=case.property,
        image=_image(case),
    )


def _found(case: Reproduction) -> str:
    return _FOUND.format(said=case.said, property=case.property, release=case.release)


def _image(case: Reproduction) -> str:
    """Where the image of a release comes from, without quotes."""
    if _version(case) == _DEBIAN:
        return (
            "boot/xen-4.17-arm64 of Debian 12's package xen-hypervisor-4.17-arm64 "
            "(apt-get download xen-hypervisor-4.17-arm64:arm64; dpkg -x)"
        )
    name = "the newest source" if case.release == "head" else f"the source at RELEASE-{case.release}"
    return f"xen/xen of {name}, made with XEN_TARGET_ARCH=arm64"


def _version(case: Reproduction) -> str:
    """What Xen calls itself, up to the point: `4.17`; nothing is known of the newest."""
    return "" if case.release == "head" else ".".join(case.release.split(".")[:2])


def _wrapped(text: str) -> str:
    """A paragraph; paths and ranges stay whole."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False) + "\n"


def _in_docstring(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
