"""The pages of properties: what each rule says of itself, and a bad example, run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from tests.documents.consoles import output_of
from verifier.layout.finding import Cite
from verifier.rules.boards.catalogue import board_rules
from verifier.rules.boards.rule import BoardRule
from verifier.rules.catalogue import Rule, catalogue

OF_LAYOUTS = """\
# Properties of a layout

What `verifier check`, `diff`, `find` and `ci` prove or refute of a header, each for every configuration: what it says, why
it matters, the condition that has to be impossible, where it comes from, and something that fails. What domains are given on
a board, and guests, is judged by [other properties](board-properties.md). `verifier explain NAME` prints the same of one.
"""
OF_DOMAINS = """\
# Properties of boards and guests

What `verifier host` and `verifier guest` prove or refute of what Xen and its toolstack give a domain. The effect says what
a refutation does: what is *unsound* breaks a guest or hands out what is taken, *not built* is a domain that Xen stops at,
*space lost* is free and not offered, *unusable* is on offer and of no use. `verifier explain NAME` prints the same of one;
of a layout as a whole there are [other properties](properties.md).
"""
MAIL = "verifier check --base xen-4.15 tests/reading/data/2021-08-04-safe-range.txt --ipa-bits 40"
PATCHED = {"model-current": MAIL}
"""Of a layout: what fails where the rule has only words."""
_BOARD = "verifier host tests/history/boards/board.dts --xen 4.20.4 --iommu --ipa-bits 40 --grant-table 0x40200000+256K"
DOMAINS = {
    "built": "verifier host tests/boards/many-holes.dtb --xen 4.21.2 --iommu --ipa-bits 44",
    "one-to-one-holes": "verifier host tests/boards/sl28.dtb --xen 4.17 --iommu --ipa-bits 48",
    "no-overlap": "verifier guest tests/guests/camera.cfg --xen 4.20 --ipa-bits 40",
    "registers-fit": "verifier host tests/boards/a64.dts --xen 4.22 --iommu --ipa-bits 48",
    "aligned": "verifier guest --iomem a0000,1 --toolstack xl --xen 4.21 --ipa-bits 36 --gic v3",
    "minimum-size": (
        "dtc -q tests/boards/sl28.dtb | sed 's/dom0_mem=/gnttab_max_frames=4096 dom0_mem=/' | "
        "verifier host - --xen 4.22 --iommu --ipa-bits 40 --grant-table 0x140200000+0x8e000"
    ),
    "within-ipa": "verifier guest tests/guests/xl-4.20.dts --ipa-bits 36",
    "preconditions": "verifier host tests/boards/pi4.dts --xen 4.22 --iommu --ipa-bits 48",
    "complete": _BOARD,
    "permissions-match": _BOARD,
    "banks": "verifier guest --memory 1025K --toolstack dom0less --xen 4.22 --ipa-bits 40 --gic v3",
    "consumer-usable": (
        "verifier guest --memory 2600M --toolstack dom0less --xen 4.22 --ipa-bits 32 --consumer linux-arm64-64k"
    ),
    "interrupts": "verifier guest --irq 32 --vuart --toolstack xl --xen 4.22 --memory 1G --ipa-bits 40 --gic v3",
    "device-tree-agrees": "verifier guest tests/guests/thread-node.dts",
}
"""Of boards and guests: a command with a refutation of each."""


def of_layouts() -> str:
    """properties.md."""
    rules = catalogue()
    table = [
        "| property | what holds |",
        "|---|---|",
        *(f"| {_link(each.id)} | {each.title} |" for each in rules),
    ]
    return "\n".join((OF_LAYOUTS, *table, "", *(_of_a_layout(each) for each in rules)))


def of_domains() -> str:
    """board-properties.md."""
    rules = board_rules()
    table = [
        "| property | asked of | a refutation is | what holds |",
        "|---|---|---|---|",
        *(f"| {_link(each.id)} | {_asked_of(each)} | {each.effect} | {each.title} |" for each in rules),
    ]
    return "\n".join((OF_DOMAINS, *table, "", *(_of_a_domain(each) for each in rules)))


def _link(name: str) -> str:
    return f"[`{name}`](#{name})"


def _asked_of(rule: BoardRule) -> str:
    return "guests" if rule.of_guests else "boards, guests"


def _of_a_layout(rule: Rule) -> str:
    advice = (
        "\n*Advice: it never changes the verdict or the exit status of `check`.*\n" if rule.advice else ""
    )
    notes = "\n".join(rule.notes()).strip()
    parts = (
        _head(rule.id, rule.title, rule.statement, rule.why),
        advice.strip(),
        f"**Refuted by a configuration with** `{rule.formula}`",
        f"```text\n{notes}\n```" if notes else "",
        _sources(rule.cites),
        f"**A bad example**{rule.example_words and f': {_plain(rule.example_words)}.'}",
        _bad(_command(rule), rule.id),
    )
    return "\n\n".join(filter(None, parts)) + "\n"


def _of_a_domain(rule: BoardRule) -> str:
    parts = (
        _head(rule.id, rule.title, rule.statement, rule.why),
        f"**Effect:** {rule.effect}.",
        _sources(rule.cites),
        f"**A bad example.** {_plain(rule.example)} One to run:",
        _bad(DOMAINS[rule.id], rule.id),
    )
    return "\n\n".join(parts) + "\n"


def _head(name: str, title: str, statement: str, why: str) -> str:
    return f"## {name}\n\n*{_plain(title)}*\n\n{_plain(statement)}\n\n**Why.** {_plain(why)}"


def _sources(cites: tuple[Cite, ...]) -> str:
    return "**Sources**\n\n" + "\n".join(
        f"* {_plain(each.document)}: {_plain(each.clause)}" for each in cites
    )


def _plain(text: str) -> str:
    """Words that Markdown is to leave as they are."""
    return re.sub(r"([*<\[\]])", r"\\\1", text)


def _command(rule: Rule) -> str:
    if rule.example_header:
        lines = " ".join(shlex.quote(line) for line in rule.example_header.splitlines())
        return f"printf '%s\\n' {lines} | verifier check -"
    return " ".join(rule.example) or PATCHED[rule.id]


def _bad(command: str, name: str) -> str:
    """The command with the first line of its output, and all that is said of the first finding of the property."""
    lines = output_of(command).splitlines()
    shown = [lines[0], "...", *_finding(lines, name), "..."]
    return "```console\n" + "\n".join((f"$ {command}", *shown)) + "\n```"


def _finding(lines: list[str], name: str) -> Iterator[str]:
    """Its line and what is said of it, without the map, and without the note that says why once more."""
    at = next((place for place, line in enumerate(lines) if line.endswith(f"  [{name}]")), None)
    assert at, f"{name} is not in the output of its example"
    yield lines[at]
    was_map = False
    for line in lines[at + 1 :]:
        if not line.startswith("  ") or line.startswith("  note: "):
            return
        is_map = line.startswith(("    0x", "     "))
        if is_map and not was_map:
            yield "..."
        if not is_map:
            yield line
        was_map = is_map
