"""Overlays of device trees, which change a tree and are none of a board."""

from __future__ import annotations

from verifier.layout.errors import InputError
from verifier.reading.device_tree import read_tree

_BESIDE = ("__symbols__", "__fixups__", "__local_fixups__")


def is_overlay(content: bytes) -> bool:
    """Whether every node below the root is a fragment of an overlay, or what dtc writes beside them.

    A fragment has what is laid over the tree in a node `__overlay__` (Linux Documentation/devicetree/overlay-notes.rst).
    What cannot be read is none.
    """
    try:
        tree = read_tree(content, "")
    except InputError:
        return False
    below = [tree.nodes[each] for each in tree.root.children]
    fragments = [each for each in below if each.name not in _BESIDE]
    return bool(fragments) and all(
        any(tree.nodes[child].name == "__overlay__" for child in each.children) for each in fragments
    )
