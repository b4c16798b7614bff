"""What is known of packages of Xen: models/packages.toml."""

from __future__ import annotations

from verifier.layout.boot import BootLog
from verifier.reading.models import is_release, version
from verifier.reading.toml_file import data_folder, load


def lacking(log: BootLog) -> tuple[str, ...]:
    """What the build that printed a log is known to lack, by the names of `Given.drivers`; empty for an unknown one."""
    if log.packager is None or log.version is None or not is_release(log.version):
        return ()
    packages = load(data_folder("models") / "packages.toml", "models/packages.toml").data["package"]
    for each in packages:
        series = version(each["releases"])
        if each["by"] == log.packager and version(log.version)[: len(series)] == series:
            return tuple(each["lacks"])
    return ()
