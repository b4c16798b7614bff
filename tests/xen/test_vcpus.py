"""How many vCPUs a domain has that Xen builds: its node's `cpus`, or what dom0_max_vcpus and the processors say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.nodes import host, node, subject
from verifier.layout.dom0_tree import Processors
from verifier.xen.subjects import Given
from verifier.xen.vcpus import vcpus

GIVEN = Given(40, iommu=False)


@pytest.mark.parametrize(
    ("cpus", "expected"),
    [(None, None), (0, (0, 0)), (3, (3, 3)), (128, (128, 128)), (129, (128, 128))],
)
def test_of_a_domain_of_the_tree_its_node_tells(cpus: int | None, expected: tuple[int, int] | None) -> None:
    """Whatever dom0 has, and however many processors there are."""
    one, two = node(1, cpus=7), node(2, cpus=cpus)
    board = host(one, two)
    board = replace(board, options=replace(board.options, dom0_max_vcpus=5))
    assert vcpus(board, replace(GIVEN, cpus=4), subject(two)) == expected
    assert vcpus(board, GIVEN, subject(one)) == (7, 7)


@pytest.mark.parametrize(
    ("count", "pooled", "asked", "up", "expected"),
    [
        (4, False, None, None, (1, 4)),  # Xen may bring up fewer
        (1, False, None, None, (1, 1)),
        (200, False, None, None, (1, 128)),
        (4, False, None, 3, (3, 3)),
        (200, False, None, 129, (128, 128)),
        (4, False, 2, None, (2, 2)),
        (4, False, 2, 3, (2, 2)),
        (4, False, 6, 3, (6, 6)),
        (4, False, 129, None, (128, 128)),
        (4, False, 0, 3, (3, 3)),  # Xen's own default
        # Of pools dom0 is in the first, which may have fewer than are up.
        (4, True, None, 3, (1, 4)),
        (4, True, 2, 3, (2, 2)),
        (4, True, None, None, (1, 4)),
    ],
)
def test_of_dom0(
    count: int, asked: int | None, up: int | None, expected: tuple[int, int], *, pooled: bool
) -> None:
    board = host(node(1, cpus=7))
    processors = Processors(12, clock=False, count=count, pooled=pooled)
    board = replace(
        board,
        dom0=replace(board.dom0, processors=processors),
        options=replace(board.options, dom0_max_vcpus=asked),
    )
    assert vcpus(board, replace(GIVEN, cpus=up), subject(None)) == expected


def test_without_processors_there_is_no_dom0() -> None:
    board = host()
    board = replace(board, dom0=replace(board.dom0, processors=None))
    assert vcpus(board, replace(GIVEN, cpus=3), subject(None)) is None
