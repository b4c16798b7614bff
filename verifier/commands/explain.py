"""`verifier explain`: a property or a theorem in words, with a real example."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import fields
from difflib import get_close_matches
from itertools import chain

import click

from verifier.commands import HELP_NAMES
from verifier.commands.check import check
from verifier.commands.check import command as check_command
from verifier.commands.streams import print_out
from verifier.layout.errors import InputError
from verifier.layout.finding import Finding, Verdict
from verifier.layout.units import listing, printable
from verifier.logic.case import case_of
from verifier.logic.decide import Decider
from verifier.reading import models
from verifier.reading.request import Request
from verifier.reading.source import header_source
from verifier.rules.boards.catalogue import board_rules
from verifier.rules.boards.rule import BoardRule
from verifier.rules.catalogue import Rule, catalogue
from verifier.rules.judge import judge

_WIDTH = 96
EXAMPLE = "example.h"
"""What an example that is the text of a header is called."""


@click.command()
@click.argument("name")
def command(name: str) -> None:
    """Say what a property or theorem states, why it matters, and where it comes from; show an example.

    NAME is a property's id or a theorem's name, see `verifier list`.
    """
    rules = {rule.id: rule for rule in catalogue()}
    on_boards = {rule.id: rule for rule in board_rules()}
    if "/" in name:
        from verifier.commands import explain_theorem

        lines = explain_theorem.explained(name)
    elif name in rules or name in on_boards:
        layouts = explained(rules[name]) if name in rules else ()
        boards = explained_on_boards(on_boards[name]) if name in on_boards else ()
        lines = chain(layouts, ("",) if layouts and boards else (), boards)
    else:
        raise InputError(f'no property "{name[:60]}"{_hint(name, [*rules, *on_boards])}')
    print_out(printable("\n".join(lines)) + "\n")


def _hint(name: str, rules: list[str]) -> str:
    """What may have been meant, to end an error with."""
    from verifier.theorems.catalogue import theorems

    members = [each.name for each in theorems() if name in (each.producer, each.property)]
    if members:
        return f"; theorems of that name are {listing(members)}"
    near = get_close_matches(name, rules, 1)
    return f'; did you mean "{near[0]}"' if near else f"; there are {listing(rules)}, and theorems"


def explained(rule: Rule) -> Iterator[str]:
    """The lines of the explanation, the example decided on the spot."""
    yield f"{rule.id}: {rule.title}"
    yield ""
    yield from textwrap.wrap(rule.statement, _WIDTH)
    yield ""
    yield from textwrap.wrap(f"Why: {rule.why}", _WIDTH)
    yield ""
    yield f"Refuted by a configuration with: {rule.formula}"
    yield ""
    for line in rule.notes():
        yield from [line] if line.startswith(" ") else textwrap.wrap(line, _WIDTH) or [""]
    yield "Sources:"
    for cite in rule.cites:
        yield f"  {cite.document}: {cite.clause}"
    yield ""
    yield f"Example: {rule.example_words or ' '.join(rule.example) or EXAMPLE}"
    yield from (f"  | {line}" for line in rule.example_header.splitlines())
    if not rule.example_words:
        yield from (f"  {line}" for line in _refutation(rule))


def explained_on_boards(rule: BoardRule) -> Iterator[str]:
    """The lines of the explanation of what `verifier host` and `verifier guest` judge."""
    yield f"{rule.id} (verifier {'guest' if rule.of_guests else 'host, guest'}): {rule.title}"
    for text in ("", rule.statement, "", f"Why: {rule.why}", ""):
        yield from textwrap.wrap(text, _WIDTH) or [""]
    yield "Sources:"
    yield from (f"  {cite.document}: {cite.clause}" for cite in rule.cites)
    yield ""
    yield from textwrap.wrap(f"Example: {rule.example}", _WIDTH)


def _refutation(rule: Rule) -> Iterator[str]:
    """The first refutation of the example, by its command or of its header."""
    for finding in _findings(rule):
        if finding.property == rule.id and finding.verdict is Verdict.REFUTED:
            yield finding.message
            yield from finding.details
            yield from (
                f"help: {line}"
                for line in (*finding.help, *(repair.summary for repair in finding.repairs[:1]))
            )
            return


def _findings(rule: Rule) -> tuple[Finding, ...]:
    if rule.example_header:
        layout = header_source(rule.example_header.encode(), EXAMPLE).layout()
        case = case_of(layout, models.facts("head", "arm64"), layout)
        judged = judge(case, Decider(case.symbolic))
        return tuple(finding for judgement in judged for finding in judgement.findings)
    # click keeps the help option that it first makes for a command.
    context = check_command.make_context("check", list(rule.example[2:]), help_option_names=HELP_NAMES)
    options = context.params
    known = {field.name for field in fields(Request)}
    return check(Request(**{name: value for name, value in options.items() if name in known})).findings
