"""QEMU and Debian's Xen from Debian's packages, unpacked and never installed: nothing of the host changes.

A private apt root (lists, cache, state, and a copy of dpkg's status so that only missing libraries are fetched) lies in
`.cache/xen` of the checkout, or where XEN_CACHE says. Sources are the host's own; apt verifies what it downloads.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

CACHE = Path(os.environ.get("XEN_CACHE") or Path(__file__).parents[2] / ".cache" / "xen").resolve()
DEBIAN = "bookworm"
"""Debian 12: no other has Xen 4.17."""
EMULATOR = "qemu-system-aarch64"
XEN = "xen-hypervisor-4.17-arm64:arm64"
NOT_BOOTED = "real Xen cannot be booted here"
_SECONDS = 600
_CONFIGURATION = """\
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
APT::Architectures {{ "{native}"; "arm64"; }};
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "{root}/state";
Dir::State::lists "{root}/lists";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Cache::archives "{root}/archives";
Dir::Log "{root}/log";
"""
_WRAPPER = """\
#!/bin/sh
root=$(dirname "$0")/unpacked
export LD_LIBRARY_PATH="$root/usr/lib/{triplet}:$root/lib/{triplet}"
exec "$root/usr/bin/{emulator}" -L "$root/usr/share/qemu" "$@"
"""


class MissingError(Exception):
    """Real Xen cannot be booted here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a boot takes."""

    qemu: str
    """The emulator: a name on PATH, or a path."""
    xen: str
    """Path of Xen's image."""
    package: str
    """The file name of Xen's package, with its version."""


def prepare(cache: Path = CACHE) -> Tools:
    """Fetch and unpack what is missing. Safe to be called by several processes, and after one that was killed.

    Raises MissingError where the packages cannot be had.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        return _ready(cache) or _fetch(cache)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ready(cache: Path) -> Tools | None:
    try:
        tools = Tools(**json.loads((cache / "ready.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return tools if Path(tools.xen).is_file() and shutil.which(tools.qemu) else None


def _fetch(cache: Path) -> Tools:
    _is_debian()
    apt = _Apt(cache)
    package = apt.download(XEN)
    apt.unpack([package], cache / "xen")
    images = sorted((cache / "xen" / "boot").glob("xen-*-arm64"))
    if not images:
        raise MissingError(f"{package.name} holds no image of Xen")
    qemu = shutil.which(EMULATOR) or _unpacked_emulator(apt, cache)
    tools = Tools(qemu, str(images[0]), package.name)
    (cache / "ready.json").write_text(json.dumps(asdict(tools)))
    return tools


def unpacked(name: str, cache: Path) -> Path:
    """The folder that a package lies in, with all that it needs and the host lacks. The caller holds the lock.

    Raises MissingError where they cannot be had.
    """
    folder = cache / name
    if not folder.is_dir():
        _is_debian()
        apt = _Apt(cache / f"{name}.apt")
        apt.unpack(apt.closure(name), folder)
    return folder


def _is_debian() -> None:
    try:
        release = Path("/etc/os-release").read_text()
    except OSError:
        release = ""
    if f"VERSION_CODENAME={DEBIAN}" not in release.splitlines() or not shutil.which("apt-get"):
        raise MissingError("this is not Debian 12, whose packages are needed")


def _unpacked_emulator(apt: _Apt, cache: Path) -> str:
    apt.unpack(apt.closure("qemu-system-arm"), cache / "unpacked")
    wrapper = cache / EMULATOR
    wrapper.write_text(_WRAPPER.format(triplet=f"{os.uname().machine}-linux-gnu", emulator=EMULATOR))
    wrapper.chmod(0o755)
    _output(str(wrapper), "--version")
    return str(wrapper)


class _Apt:
    """apt-get with a root of its own."""

    def __init__(self, root: Path) -> None:
        self._root = root
        for name in ("state", "lists/partial", "cache", "archives/partial", "log"):
            (root / name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile("/var/lib/dpkg/status", root / "status")
        native = _output("dpkg", "--print-architecture")
        (root / "apt.conf").write_text(_CONFIGURATION.format(native=native, root=root))

    def download(self, name: str) -> Path:
        """One package's file."""
        folder = self._root / "archives"
        self._with_lists("download", name, folder=folder)
        return max(folder.glob(f"{name.partition(':')[0]}_*.deb"), key=lambda path: path.stat().st_mtime)

    def closure(self, name: str) -> list[Path]:
        """The files of a package and of all that it needs and the host lacks."""
        folder = self._root / "archives"
        self._with_lists("install", "--download-only", "--yes", name)
        return [
            path for path in sorted(folder.glob("*.deb")) if not path.name.startswith(XEN.partition(":")[0])
        ]

    def unpack(self, packages: list[Path], folder: Path) -> None:
        """Into a folder that is there either whole or not at all."""
        fresh = folder.with_name(f"{folder.name}.new")
        for old in (fresh, folder):
            shutil.rmtree(old, ignore_errors=True)
        fresh.mkdir()
        for package in packages:
            _output("dpkg", "-x", str(package), str(fresh))
        fresh.rename(folder)

    def _with_lists(self, *arguments: str, folder: Path | None = None) -> None:
        """Run it; where that fails, once more with new package lists."""
        try:
            self._run(*arguments, folder=folder)
        except MissingError:
            update = ""
            try:
                self._run("update")
            except MissingError as error:  # one of many sources may fail, and others have it
                update = f"; {error}"
            try:
                self._run(*arguments, folder=folder)
            except MissingError as error:
                raise MissingError(f"{error}{update}") from None

    def _run(self, *arguments: str, folder: Path | None = None) -> None:
        _output("apt-get", "-q", "-c", str(self._root / "apt.conf"), *arguments, folder=folder)


def _output(*command: str, folder: Path | None = None) -> str:
    """Of a command that has to succeed. Raises MissingError with the last line that it said."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise MissingError(f"{command[0]}: {fault}") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "failed").splitlines()
        raise MissingError(f"{' '.join((command[0], *command[-2:]))}: {said[-1]}")
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


if __name__ == "__main__":
    try:
        print(prepare())
    except MissingError as fault:
        raise SystemExit(f"{NOT_BOOTED}: {fault}") from None
