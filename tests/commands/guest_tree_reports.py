"""Reports about trees of guests, and what they say of one property."""

from __future__ import annotations

from tests.reading.trees import Description, blob
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.guest_tree import of_own_tree
from verifier.commands.host_inputs import Asked
from verifier.layout.board_report import BoardReport
from verifier.reading.dtb import read_dtb


def report(
    tree: Description, release: str | None = None, *ipa_bits: int, frames: int | None = None
) -> BoardReport:
    """The answer about the tree in a file of the name `guest.dtb`."""
    content = blob(tree)
    asked = GuestAsked(Asked("guest.dtb", release=release, ipa_bits=ipa_bits), max_grant_frames=frames)
    return of_own_tree(asked, read_dtb(content, "guest.dtb"), content)


def messages(found: BoardReport, rule: str, verdict: str = "refuted") -> list[str]:
    """Of the findings of one property."""
    return [each.message for each in found.findings if (each.property, str(each.verdict)) == (rule, verdict)]


def helps(found: BoardReport, rule: str) -> list[str]:
    """What would repair it."""
    return [line for each in found.findings if each.property == rule for line in each.help]


def verdicts(found: BoardReport) -> dict[str, set[str]]:
    """By property."""
    told = dict[str, set[str]]()
    for each in found.findings:
        told.setdefault(each.property, set()).add(str(each.verdict))
    return told
