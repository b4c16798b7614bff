"""Small repositories made with git, as other people's machines would have them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from verifier.reading.git import HEADER, MAKEFILE

COMPANION = "xen/include/public/xen.h"
LIBXL = "tools/libs/light/libxl_arm.c"
HEADER_TEXT = (
    "#define GUEST_RAM0_BASE 0x40000000ULL\n" + "".join(f"/* {n} */\n" for n in range(20)) + "/* end */\n"
)
CODE = (
    "static int helper(int a)\n{\n    return a;\n}\n\n"
    + "\n".join(f"/* {n} */" for n in range(20))
    + ("\n\nstatic int make_hypervisor_node(int x)\n{\n    return x;\n}\n")
)
MAKEFILE_TEXT = """\
export XEN_VERSION       = 4
export XEN_SUBVERSION    = 18
export XEN_EXTRAVERSION ?= .6-pre$(XEN_VENDORVERSION)
export XEN_FULLVERSION   = $(XEN_VERSION).$(XEN_SUBVERSION)$(XEN_EXTRAVERSION)
"""
ENVIRONMENT = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A N Other"), ("EMAIL", "a@example.org"), ("DATE", "@1600000000 +0000"))
} | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
"""With it git makes the same commits on every machine."""


class Made:
    """A repository with a checkout."""

    def __init__(self, folder: Path, ids: str = "sha1") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", f"--object-format={ids}")

    def git(self, *arguments: str | bytes, given: bytes = b"") -> str:
        environment = {**os.environ, **ENVIRONMENT}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=environment,
            input=given,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: dict[str, str | bytes | None]) -> None:
        """Write files; None takes one away."""
        for path, content in files.items():
            file = self.folder / path
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: dict[str, str | bytes | None], subject: str = "a change") -> str:
        """The id of a new commit that changes files."""
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, start: str) -> None:
        self.git("checkout", "-q", "-b", name, start)

    def merge(self, other: str, files: dict[str, str | bytes | None] | None = None) -> str:
        """Merge a branch; with files, make the result contain these, whatever git would do."""
        if files is None:
            self.git("merge", "-q", "--no-ff", "-m", f"merge {other}", other)
        else:
            self.git("merge", "-q", "--no-ff", "--no-commit", "-s", "ours", other)
            self.commit(files, f"merge {other} by hand")
        return self.git("rev-parse", "HEAD")


def xen(folder: Path) -> Made:
    """A tree of Xen in the small, with one commit."""
    made = Made(folder)
    made.commit(
        {
            HEADER: HEADER_TEXT,
            COMPANION: "#define A 1\n",
            MAKEFILE: MAKEFILE_TEXT,
            LIBXL: CODE,
            "README": "hello\n",
        },
        "first",
    )
    return made


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all files below a folder: what must stay as it is."""
    return {str(file): (file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(folder.rglob("*"))}
