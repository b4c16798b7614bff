"""A refutation on a board, with all that is needed to see real Xen do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.layout.device_tree import Tree


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A minimal tree on which a property is refuted, and a boot that shows it."""

    said: str
    """The command line that refuted, as the user gave it: `verifier host board.dtb --xen 4.17 --iommu`."""
    arguments: tuple[str, ...]
    """Those of `verifier` that refute `host.dtb` in the folder: `("host", "host.dtb", "--xen", "4.17.7", ...)`."""
    release: str
    """Tag of Xen, `4.17.7`."""
    property: str
    message: str
    """The finding's sentence."""
    tree: Tree
    """For QEMU's virt machine."""
    expected: tuple[str, ...]
    """What Xen prints, whole lines in order, with the prefix `(XEN) `."""
    marks: tuple[str, ...]
    """Texts: the lines of the log that hold one of them are those of `expected` and no more."""
    command: tuple[str, ...]
    """QEMU and its options, to be run in the folder; Xen's image is the file `xen` there."""
    files: Mapping[str, bytes]
    """What `command` names beside `xen` and `host.dtb`."""
