"""`--reproduce`: a folder with which a refutation on a board can be seen in real Xen, and stays seen."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.reproduction import Reproduction
from verifier.machine import emulator, texts
from verifier.machine.flat_tree import blob, can_be_source, source
from verifier.machine.minimise import MOST_QUESTIONS, minimise
from verifier.machine.virt_tree import Bootable, bootable, files, starts
from verifier.reading.models import version

_OURS = re.compile(
    r"host\.dt[bs]|(?:stub|smmu|module\d+)\.bin|kernel\.img|run\.sh|README|test_regression\.py"
    r"|(?:expected|log|printed)\.txt|__pycache__|\.pytest_cache"
)
_ALWAYS = {"host.dtb", "expected.txt", "run.sh"}
_NAMES_THE_DOMAIN = (4, 17)
"""4.16, which gives extended regions to dom0 alone, does not say whose they are."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a reproduction ended."""

    status: int
    """0: Xen printed what was expected; 1: something else; 2: it could not be run."""
    text: str
    """What `run.sh` said."""


def shrunk(
    made: Bootable, release: str, holds: Callable[[Tree], bool], most: int = MOST_QUESTIONS
) -> Bootable:
    """A minimal tree for which `holds`, among those in which nothing stops Xen that did not before (`minimise`).

    Raises ValueError if it does not hold for `made.tree`.
    """
    smmu = made.machine.smmu
    boots = starts(made.tree, release)
    tree = minimise(
        made.tree, lambda tree: holds(tree) and (starts(tree, release) or not boots), made.needed, most
    )
    again = bootable(tree, release, iommu=smmu is not None)
    return replace(again, machine=replace(made.machine, ram_base=again.machine.ram_base))


def write(folder: Path, case: Reproduction) -> None:
    """Write the folder; a reproduction that is there goes, anything else is left alone. What is stopped leaves nothing.

    Raises InputError for a folder that holds something else, and for what cannot be written.
    """
    has_source = can_be_source(case.tree)
    written = {
        "host.dtb": blob(case.tree),
        **({"host.dts": source(case.tree).encode()} if has_source else {}),
        **case.files,
        "expected.txt": _encoded("".join(f"{line}\n" for line in case.expected)),
        "run.sh": _encoded(texts.run_script(case)),
        "test_regression.py": _encoded(texts.regression_test(case)),
        "README": _encoded(texts.readme(case, has_source=has_source)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        with _whole(folder / name for name in written):
            for name, content in written.items():
                (folder / name).write_bytes(content)
            (folder / "run.sh").chmod(0o755)
    except FileExistsError:
        raise InputError("cannot be written: it is no folder", str(folder)) from None
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise InputError(f"cannot be written: {reason[:1].lower()}{reason[1:]}", str(folder)) from None


@contextmanager
def _whole(files: Iterable[Path]) -> Iterator[None]:
    """None of the files where not all come to be: half a reproduction would be in the way of the next."""
    try:
        yield
    except BaseException:
        for each in files:
            each.unlink(missing_ok=True)
        raise


def staged(
    made: Bootable, contents: Mapping[str, bytes] = MappingProxyType({})
) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """QEMU's command line in the folder of a reproduction, and the files it names beside `xen` and `host.dtb`.

    Raises InputError for a module whose content is not there (`virt_tree.files`).
    """
    blobs = files(made, Path("xen"), contents)
    named = {each.file: each.content for each in blobs if isinstance(each.content, bytes)}
    del named["host.dtb"]
    return tuple(emulator.command(made.machine, blobs)), named


def expected_lines(release: str, domain: str, regions: Sequence[Extent]) -> tuple[str, ...]:
    """What a release prints of a domain's extended regions; without any, that there are none.

    `domain` is Xen's name, `d0`. Ends are exclusive. Zero is printed as `0` (`%#PRIx64`).
    """
    if not _names(release):
        head = "(XEN) Extended region"
        nothing = "(XEN) Failed to allocate extended regions"
    else:
        head = f"(XEN) {domain}: extended region"
        nothing = f"(XEN) {domain}: failed to allocate extended regions"
    lines = [f"{head} {index}: {_hex(each.start)}->{_hex(each.end)}" for index, each in enumerate(regions)]
    return tuple(lines) or (nothing,)


def marks(release: str, domain: str) -> tuple[str, ...]:
    """Texts that the lines of `expected_lines` hold, and no others do."""
    if not _names(release):
        return ("(XEN) Extended region ", "(XEN) Failed to allocate extended regions")
    return (f"(XEN) {domain}: extended region ", f"(XEN) {domain}: failed to allocate extended regions")


def run(folder: Path, image: Path, seconds: int = 120) -> Ran:
    """Boot what was written, with an image of Xen."""
    done = subprocess.run(  # noqa: S603 - our own script, no shell in between
        ["/bin/sh", str(folder / "run.sh")],
        env={**os.environ, "XEN": str(image), "PATIENCE": str(seconds)},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return Ran(done.returncode, done.stdout + done.stderr)


def _names(release: str) -> bool:
    """Whether a release says whose regions it prints."""
    return version(release)[:2] >= _NAMES_THE_DOMAIN


def _hex(number: int) -> str:
    return hex(number) if number else "0"


def _encoded(text: str) -> bytes:
    """Names of files can be no text; they are escaped."""
    return text.encode("utf-8", "backslashreplace")


def _clear(folder: Path) -> None:
    """Remove the files of a former reproduction. Raises InputError if there is anything else."""
    found = sorted(folder.iterdir())
    names = {each.name for each in found}
    foreign = sorted(name for name in names if not _OURS.fullmatch(name))
    if foreign or (names and not names >= _ALWAYS):
        one = (foreign or sorted(names))[0]
        raise InputError(
            f"it holds {one}, and is no reproduction; name an empty folder, or one of a reproduction",
            str(folder),
        )
    for each in found:
        if not each.is_dir() or each.is_symlink():
            each.unlink()
