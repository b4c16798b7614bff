"""A clone of Xen as the tutorial has it, in the small: `python -m tests.documents.clone FOLDER` makes one to follow it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.documents import ROOT
from tests.reading.git_repositories import Made
from verifier.reading.git import HEADER, MAKEFILE

MAIL = ROOT / "tests" / "reading" / "data" / "2021-08-04-safe-range.txt"
HEADER_OF_4_15 = Path(__file__).parent / "data" / "arch-arm-4.15.h"
_MAKEFILE = """\
export XEN_VERSION       = 4
export XEN_SUBVERSION    = 15
export XEN_EXTRAVERSION ?= .0$(XEN_VENDORVERSION)
export XEN_FULLVERSION   = $(XEN_VERSION).$(XEN_SUBVERSION)$(XEN_EXTRAVERSION)
"""


def clone(folder: Path) -> Path:
    """`xen` in a folder: release 4.15.0 as far as the layout goes, and the mail beside it."""
    made = Made(folder / "xen")
    made.commit({HEADER: HEADER_OF_4_15.read_bytes(), MAKEFILE: _MAKEFILE}, "Xen 4.15.0")
    shutil.copyfile(MAIL, folder / "safe-range.txt")
    return made.folder


if __name__ == "__main__":
    print(clone(Path(sys.argv[1])))
