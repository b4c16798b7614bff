"""All device trees of Debian's kernel packages for arm64 and armhf; run by `make trees`, with TREES=1.

The packages are fetched and unpacked, never installed.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.models.debian import run
from tests.reading.trees import build
from verifier.layout.errors import InputError
from verifier.reading.dt_addresses import addresses
from verifier.reading.dt_rules import rules_of
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of

pytestmark = pytest.mark.skipif("TREES" not in os.environ, reason="make trees")
KERNELS = {
    "arm64": r"linux-image-6[^ ]*-arm64-unsigned|linux-image-6[^ ]*-arm64",
    "armhf": r"linux-image-6[^ ]*-armmp",
}


def fetched(arch: str, folder: Path, kernel: str | None = None) -> list[Path]:
    """The trees of the newest kernel of an architecture whose package has such a name.

    The lists of packages are its own, so that nothing is changed.
    """
    state = folder / "apt"
    for each in ("lists/partial", "cache/archives/partial"):
        (state / each).mkdir(parents=True)
    (state / "status").touch()
    apt = [
        "-o", f"APT::Architecture={arch}", "-o", f"APT::Architectures={arch}", "-o", f"Dir::State={state}",
        "-o", f"Dir::State::status={state}/status", "-o", f"Dir::Cache={state}/cache",
    ]  # fmt: skip
    # A mirror that is just being synchronised fails for one of its lists; one list with a kernel is enough.
    subprocess.run(["apt-get", *apt, "update", "-qq"], capture_output=True, check=False)
    names = run("apt-cache", *apt, "pkgnames", "linux-image-6").decode().split()
    name = max((each for each in names if re.fullmatch(kernel or KERNELS[arch], each)), key=newest)
    run("apt-get", *apt, "download", f"{name}:{arch}", cwd=folder)
    (package,) = folder.glob("*.deb")
    run("dpkg", "-x", str(package), str(folder / "unpacked"))
    return sorted((folder / "unpacked").rglob("*.dtb"))


def newest(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name))


@pytest.mark.parametrize(("arch", "least"), [("arm64", 500), ("armhf", 500)])
def test_every_tree_is_read(arch: str, least: int, tmp_path: Path) -> None:
    """Each parses, is rebuilt the same, and is walked and read for an old and the newest release, soon."""
    paths = fetched(arch, tmp_path)
    slowest = 0.0
    refused = []
    for path in paths:
        content = path.read_bytes()
        began = time.process_time()
        read = read_dtb(content, path.name)
        addresses(read, rules_of("head"))
        slowest = max(slowest, time.process_time() - began)
        assert read_dtb(build(read), path.name).nodes == read.nodes
        for release in ("4.17", "head"):
            try:
                host_of(read, release)
            except InputError as fault:
                refused.append(f"{path.name}: {fault.message}")
    print(f"{arch}: {len(paths)} trees, slowest {slowest * 1000:.1f} ms, refused {refused}")
    assert len(paths) >= least
    assert slowest < 0.06
    assert not refused
