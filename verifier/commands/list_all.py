"""`verifier list`: everything that has a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from verifier.commands.streams import FORMATS, FORMATS_OF, PICTURES, print_out
from verifier.reading import models
from verifier.reading.consumers import consumers
from verifier.rules.boards.catalogue import board_rules
from verifier.rules.catalogue import catalogue
from verifier.theorems.catalogue import theorems


@click.command()
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(kind: str) -> None:
    """List properties, consumers, theorems, releases, proposals and report formats."""
    found = everything()
    print_out(json.dumps(found, indent=2) + "\n" if kind == "json" else "\n".join(_lines(found)) + "\n")


def everything() -> dict[str, Any]:
    """All names, by what they are."""
    return {
        "properties": [{"id": rule.id, "title": rule.title} for rule in catalogue()],
        "board_properties": [{"id": rule.id, "title": rule.title} for rule in board_rules()],
        "consumers": [{"name": each.name, "title": each.title} for each in consumers()],
        "theorems": [{"name": each.name, "statement": each.statement} for each in theorems()],
        "releases": [{"tags": list(model.tags), "title": model.title} for model in models.releases()],
        "proposals": [
            {"name": model.name, "release": model.release, "title": model.title, "source": model.source}
            for model in models.proposals()
        ],
        "formats": [*FORMATS, *PICTURES],
        "formats_of": {name: list(kinds) for name, kinds in FORMATS_OF.items()},
    }


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield "properties (verifier explain NAME):"
    for rule in found["properties"]:
        yield f"  {rule['id']:<14} {rule['title']}"
    yield ""
    yield "properties of what a board's domains are offered (verifier explain NAME, verifier host, verifier guest):"
    for rule in found["board_properties"]:
        yield f"  {rule['id']:<17} {rule['title']}"
    yield ""
    yield "consumers, guest kernels that use what is offered (--consumer NAME of host and guest):"
    for each in found["consumers"]:
        yield f"  {each['name']:<17} {each['title']}"
    yield ""
    yield "theorems (verifier explain NAME, verifier prove NAME):"
    width = max(len(each["name"]) for each in found["theorems"])
    for each in found["theorems"]:
        yield f"  {each['name']:<{width}}  {each['statement']}"
    yield ""
    yield "releases (verifier check xen-TAG), one line for each distinct set of values:"
    for model in found["releases"]:
        tags = model["tags"]
        shown = tags[0] if len(tags) == 1 else f"{tags[0]} .. {tags[-1]}"
        yield f"  {shown:<18} {model['title']}"
    yield ""
    yield "proposals (verifier check NAME):"
    for model in found["proposals"]:
        yield f"  {model['name']:<22} on {model['release']}: {model['title']}"
    yield ""
    yield "formats (--format NAME, or NAME=FILE; several in one run):"
    for name, kinds in found["formats_of"].items():
        yield f"  {name:<6} {', '.join(kinds)}"
