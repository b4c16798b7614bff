"""What one guest is given, whether it is sound as a whole, and whether its kernel can use what it is offered."""

from __future__ import annotations

from verifier.commands.files import called, read
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.host_inputs import tree_of
from verifier.layout.board_report import BoardReport
from verifier.layout.errors import InputError
from verifier.layout.guest_tree import is_guests
from verifier.reading.dtb import is_dtb

_SOURCE = b"/dts-v1/"
"""What every source of a device tree begins with, behind comments; a configuration may name it in one."""


def guest(asked: GuestAsked) -> BoardReport:
    """The answer, whatever the input is: its kind is told by its content. Raises InputError."""
    name = asked.board.tree
    content = read(name) if name else b""
    if name and not content.strip():
        raise InputError("nothing in it; expected a configuration of xl or a device tree", called(name))
    if is_dtb(content) or (_SOURCE in content and _is_source(content)):
        tree = tree_of(content, name)
        if is_guests(tree):
            from verifier.commands.guest_tree import of_own_tree

            return of_own_tree(asked, tree, content)
        from verifier.commands.guest_domain import of_tree

        return of_tree(asked, tree, content)
    if b"\0" in content:
        raise InputError(
            "neither a configuration of xl, for it has zero bytes, nor a device tree blob: "
            f"it starts with {content[:4].hex()}, not d00dfeed",
            called(name),
        )
    from verifier.commands.guest_built import of_config

    return of_config(asked, called(name) if name else None, content)


def _is_source(content: bytes) -> bool:
    from verifier.reading.device_tree import is_source  # it loads what runs dtc

    return is_source(content)
