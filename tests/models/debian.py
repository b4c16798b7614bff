"""Debian's package of Xen's public headers, fetched and unpacked, never installed."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Debian:
    """The include folder of `libxen-dev`, and the Xen release it is of."""

    folder: Path
    tag: str

    @property
    def header(self) -> Path:
        return self.folder / "arch-arm.h"


def run(*command: str, cwd: Path | None = None) -> bytes:
    """Standard output of a command that has to succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.decode()}"
    return done.stdout


def fetch(folder: Path) -> Debian:
    """Download and unpack `libxen-dev` (4.17.7 on an up-to-date Debian 12); a failure fails the test."""
    download = subprocess.run(
        ["apt-get", "download", "libxen-dev"], cwd=folder, capture_output=True, check=False
    )
    if download.returncode:
        run("apt-get", "update", "-qq")
        run("apt-get", "download", "libxen-dev", cwd=folder)
    package = next(folder.glob("libxen-dev_*.deb"))
    run("dpkg", "-x", str(package), str(folder))
    version = re.match(r"libxen-dev_(\d+\.\d+\.\d+)", package.name)
    assert version, package.name
    return Debian(folder / "usr/include/xen", version[1])
