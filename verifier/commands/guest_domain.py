"""A guest that a device tree tells of: a domain of a host's tree."""

from __future__ import annotations

from dataclasses import replace

from verifier.commands.files import called
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.host_inputs import wanted
from verifier.commands.host_report import host, logged, release_of
from verifier.layout.board_report import BoardReport
from verifier.layout.device_tree import Tree
from verifier.layout.errors import InputError
from verifier.layout.units import listing
from verifier.reading.host_tree import host_of


def of_tree(asked: GuestAsked, tree: Tree, content: bytes) -> BoardReport:
    """The answer about a domain. Raises InputError where it is not clear which, or where options contradict the tree."""
    if asked.shapes:
        file = called(asked.board.tree)
        raise InputError(f"{listing(asked.shapes)}: a device tree says itself what its guests are", file)
    board = replace(asked.board, domain=_domain(asked, tree), content=content, whole=True)
    return replace(host(board), command="guest")


def _domain(asked: GuestAsked, tree: Tree) -> str:
    """The name in Xen's log of the guest that is meant, which has to be told where there are several."""
    log = None if asked.board.log is None else logged(asked.board.log)
    found = host_of(tree, release_of(asked.board, log), None if log is None else log.command_line)
    guests = {f"d{each.number}": each.name for each in found.domains if not each.hardware}
    domain = asked.board.domain
    if domain is not None:
        name = wanted(found, domain)
        if name not in guests:
            raise InputError(f"{domain} is no guest: verifier host is for hardware domains", found.file)
        return name
    if not guests:
        raise InputError(
            "no guest: the tree has no node with the compatible xen,domain below /chosen", found.file
        )
    if len(guests) > 1:
        known = listing([f"{number} ({name})" for number, name in guests.items()])
        raise InputError(f"which guest? there are {known}; expected --domain", found.file)
    return next(iter(guests))
