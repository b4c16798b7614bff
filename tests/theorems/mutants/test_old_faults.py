"""Faults that Xen had, put back into head: the old variant of one behaviour, all else as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from verifier.theorems.catalogue import theorems
from verifier.theorems.families import families
from verifier.theorems.prove import Decided
from verifier.theorems.statement import Obligation
from verifier.theorems.verdict import Prover, named
from verifier.xen.release import Xen, xen

NAMED = (
    ("the last 2 MiB of a piece are lost", "region-end", "4.18.0", "iommu-holes/complete"),
    ("the last 2 MiB of a piece are lost", "region-end", "4.18.0", "unallocated/complete"),
    ("the last 2 MiB of a piece are lost", "region-end", "4.18.0", "domu-holes/complete"),
    ("a removal grows its neighbour", "rangeset-remove", "4.19.0", "rangeset/remove"),
    ("a removal grows its neighbour", "rangeset-remove", "4.19.0", "iommu-holes/one-to-one-holes"),
    ("a removal grows its neighbour", "rangeset-remove", "4.19.0", "domu-holes/avoids-shared-memory"),
    ("xen,reg is kept", "xen-reg", "4.19.0", "iommu-holes/avoids-xen-reg"),
    ("xen,reg is kept", "xen-reg", "4.19.0", "unallocated/avoids-xen-reg"),
    ("xen,reg is kept", "xen-reg", "4.19.0", "domu-holes/avoids-xen-reg"),
    ("iomem is kept", "xl-regions", "4.19.0", "libxl/avoids-iomem"),
    ("shared memory is kept", "holes-shared-memory", "4.18.0", "iommu-holes/avoids-shared-memory"),
    ("shared memory is kept", "domu-regions", "4.18.0", "domu-holes/avoids-shared-memory"),
    ("an empty grant region is removed", "empty-grant-region", "4.20.0", "unallocated/empty-grant-region"),
    ("a PCI window may wrap", "pci-window-check", "4.16.0", "iommu-holes/wrapping-windows"),
    ("one page more is permitted", "device-permission", "4.5.0", "device-permission/permissions-match"),
    ("the grant region is a constant", "dom0-grant-region", "4.5.0", "grant-region/inside-text"),
)
"""What was wrong, the behaviour, a release that has it, and a theorem that is proved of head and was refuted then."""
UNSEEN = {
    ("unallocated-order", "grant-last", None): "equivalent: the order shows only where a removal is wrong",
    (
        "extended-regions",
        "dom0-only",
        None,
    ): "who gets regions, not which: theorems speak of a domain that gets them",
    ("extended-regions", "direct-mapped", None): "the same",
}
"""Variants of the producers that no theorem tells from those of head, and why."""
ABOUT_OTHERS = (
    "partial-tree-iommu", "dom0-tree-room", "direct-map", "xenstore-without-dom0", "guest-grant-region",
    "hardware-domain-memory", "xenstore-page", "dom0-shared-room", "dom0-gic-name", "dom0-shared-memory", "dom0-its-node",
    "domu-tree-room", "domu-tree-partial", "static-memory-sum", "xl-memory", "xl-p2m-pool", "xl-p2m-pool-unit",
    "frame-table",
)  # fmt: skip
"""Behaviours that no theorem is about: device trees of domains, where things go, and the pages of guests."""


def head_with(behaviour: str, tag: str) -> Xen:
    """Head, with one behaviour as it was."""
    head = xen("head")
    return Xen(head.tag, head.debug, {**head.behaviours, behaviour: xen(tag).behaviours[behaviour]})


@cache
def decided() -> dict[tuple[str, ...], Decided]:
    """Obligations that were decided in any of the compositions: many are the same."""
    return {}


class Remembering(Prover):
    """Asks once, whatever the composition."""

    def decide(self, obligation: Obligation) -> Decided:
        key = obligation.key()
        if key not in decided():
            decided()[key] = super().decide(obligation)
        return decided()[key]


@pytest.mark.parametrize(("what", "behaviour", "tag", "name"), NAMED)
def test_an_old_fault_put_back_refutes_what_was_proved(
    what: str, behaviour: str, tag: str, name: str
) -> None:
    theorem = named(name)
    assert Remembering().verdict(theorem, xen("head")).word == "proved"
    with_fault = Remembering().verdict(theorem, head_with(behaviour, tag))
    assert with_fault.word == "refuted", what


def _words(of: Xen) -> Mapping[str, str]:
    prover = Remembering()
    return {each.name: prover.verdict(each, of).word for each in theorems() if each.producer != "fast-paths"}


def test_every_other_variant_of_a_behaviour_changes_a_verdict() -> None:
    head = xen("head")
    expected = _words(head)
    variants = {
        (name, variant.name, variant.value): family.tags[-1]
        for family in families()
        for name, variant in family.xen.behaviours.items()
        if name in head.behaviours and name not in ABOUT_OTHERS
    }
    now = {(name, variant.name, variant.value) for name, variant in head.behaviours.items()}
    unseen = {
        each
        for each, tag in variants.items()
        if each not in now and _words(head_with(each[0], tag)) == expected
    }
    assert unseen == UNSEEN.keys()
