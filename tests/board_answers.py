"""What is found of one board, from its device tree as the kernel has it, before a boot loader has filled it in.

The answers are those of `verifier host --iommu --ipa-bits 48`, without the search for repairs. Two things of a kernel's
tree are not the board's, and are left out:

* Banks of RAM without a size, as by `verifier sweep --as-shipped`.
* The room for dom0's own device tree depends on what the boot loader adds to that of the host, modules for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from verifier.layout.board_finding import BoardFinding
from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import DomainMap, Extent
from verifier.reading import models
from verifier.reading.as_shipped import without_empty_banks
from verifier.reading.board_map import board_map
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.rules.boards.catalogue import judge
from verifier.xen.host_regions import predict
from verifier.xen.offers import offers
from verifier.xen.release import xen
from verifier.xen.subjects import Given

RELEASES = ("4.17", "4.22")
"""Debian 12's, and the newest."""
GIVEN = Given(48, True)


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one release."""

    is_built: bool
    regions: tuple[Extent, ...]
    refuted: tuple[BoardFinding, ...]
    unknown: tuple[str, ...]
    """Properties that are open."""


@dataclass(frozen=True, slots=True)
class Board:
    """Of one device tree."""

    name: str
    """`freescale/fsl-ls1028a-kontron-sl28`: folder and file in the package."""
    iommu: str
    """Xen's driver for an IOMMU that the tree has and does not disable; empty if there is none."""
    answers: tuple[Answer, ...]
    """In the order of `RELEASES`."""


def board(path: Path) -> Board:
    """The answers of a file. Raises InputError."""
    tree = without_empty_banks(read_dtb(path.read_bytes(), path.name))
    drivers = {each.driver for each in host_of(tree, models.tag_of(RELEASES[-1])).iommus if each.usable}
    answers = tuple(answer(tree, release) for release in RELEASES)
    return Board(f"{path.parent.name}/{path.stem}", ", ".join(sorted(drivers)), answers)


def answer(tree: Tree, release: str) -> Answer:
    """What a release gives dom0 of this tree. Raises InputError."""
    tag = models.tag_of(release)
    host, model = host_of(tree, tag), xen(tag)
    maps = tuple(_with_room(each) for each in predict(host, model, GIVEN))
    (offer,) = offers(host, model, GIVEN, board_map(tree), maps)
    assert offer.is_told, tree.file
    found = judge(offer)
    return Answer(
        offer.domain.boots is not False,
        offer.regions,
        tuple(each for each in found if each.verdict == "refuted"),
        tuple(each.property for each in found if each.verdict == "unknown"),
    )


def _with_room(domain: DomainMap) -> DomainMap:
    """As if dom0's device tree had the room that it needs."""
    is_all = all(each.startswith("prepare_dtb_hwdom: the device tree ") for each in domain.reasons)
    lacks_room = domain.tree is not None and domain.tree.fits is not True and is_all
    return replace(domain, boots=True, tree=None, reasons=()) if lacks_room else domain
