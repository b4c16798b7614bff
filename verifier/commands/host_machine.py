"""A board as one release of Xen reads it: what does not depend on widths, IOMMU and other inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.layout.device_tree import Tree
from verifier.layout.host import Host
from verifier.layout.obstacle import BoardMap
from verifier.reading.board_map import board_map
from verifier.reading.dt_rules import rules_of
from verifier.reading.host_tree import host_of
from verifier.xen.as_built import as_built, read_by


@dataclass(frozen=True, slots=True)
class Machine:
    """A tree, read twice: by the specification, and by Xen."""

    tree: Tree
    described: BoardMap
    board: Host


def machine_of(
    tree: Tree, tag: str, line: str | None, build_has: Mapping[str, bool], described: BoardMap | None = None
) -> Machine:
    """For a release; `line` is Xen's command line and `build_has` what a log tells of the build. Raises InputError.

    `described` is what the specification says of the tree, where it is known already: no release changes it.
    """
    board = as_built(host_of(tree, tag, line, read_by(rules_of(tag), build_has)), build_has)
    return Machine(tree, board_map(tree) if described is None else described, board)
