"""Charts for tests: real ones by name, random ones, and one whose every text is hostile; random choices of the controls."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from tests.rules.headers import SOUND
from verifier.commands import pictures
from verifier.commands.board_map import reported
from verifier.commands.board_options import asked_for
from verifier.commands.check import check
from verifier.commands.diff import diff
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.guest_report import guest
from verifier.layout.chart import Block, Chart, Column, Conflict, Control, Mark
from verifier.layout.configuration import Configuration
from verifier.layout.sheet import Part, Row, Sheet
from verifier.reading.request import Request

HOSTILE = (
    "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'&amp;\x1b[31m{{7*7}}<!--"
)
UNCLEAR = SOUND.replace("xen_mk_ullong(0x38000000)", "xen_mk_ullong(0x3f000000)").replace(
    "GUEST_GNTTAB_SIZE          xen_mk_ullong(0x01000000)",
    "GUEST_GNTTAB_SIZE          xen_mk_ullong(0x02000000)",
)
"""The grant region reaches 16 MiB into the first bank of RAM."""
LAYOUTS = ("proposal", "head", "first", "faulty")
NAMES = (*LAYOUTS, "two", "change", "board", "domains", "guest")


@cache
def report(name: str) -> Any:
    """The report that a picture is made of."""
    match name:
        case "proposal":
            return check(Request("rfc-2021-safe-range"))
        case "head":
            return check(Request("head"))
        case "first":
            return check(Request("xen-4.4.0", policy="none"))
        case "faulty":
            return check(Request("faulty.h", content=UNCLEAR.encode(), base="xen-4.22"))
        case "two":
            return report("first"), report("proposal")
        case "change":
            return diff("xen-4.15", "rfc-2021-safe-range", Request(""))
        case "guest":
            return guest(GuestAsked(asked_for("", release="4.17")))
    return board(name)[0]


@cache
def board(name: str) -> Any:
    """A board's report and what of it is seen first."""
    if name == "board":
        return reported(asked_for("tests/boards/sl28.dtb", release="4.17", iommu=True))
    return reported(asked_for("tests/boards/four-domains.dtb", release="4.22"))


@cache
def chart(name: str) -> Chart:
    """The picture itself."""
    return pictures.chart(report(name), board(name)[1] if name in ("board", "domains") else None)


@cache
def page(name: str) -> str:
    """As a page."""
    if name == "hostile":
        from verifier.reports import chart_html

        return chart_html.render(spoilt(chart("proposal")), spoilt(pictures.sheet(report("proposal"))))
    return pictures.page(report(name), first=board(name)[1] if name in ("board", "domains") else None)


KEPT = {"kind", "group", "verdict", "severity", "change"}
"""Fields that no input sets: classes of the page."""


def spoilt(value: Any) -> Any:
    """The value with every text that an input can set made hostile."""
    if isinstance(value, tuple):
        return tuple(spoilt(each) for each in value)
    if isinstance(value, str):
        return f"{value[:8]}{HOSTILE}"
    if is_dataclass(value) and not isinstance(value, type):
        kept = KEPT | {"name"} if isinstance(value, Control) else KEPT
        changed = {
            each.name: spoilt(getattr(value, each.name)) for each in fields(value) if each.name not in kept
        }
        return replace(value, **changed)
    return value


def many(count: int) -> tuple[Chart, Sheet]:
    """So many regions, one in five in the way of the next, as a header with as many would have them."""
    blocks, conflicts = [], []
    for index in range(count):
        start = (index + 1) * 0x1000_0000
        size = 0x1000_1000 if index % 5 == 0 else 0x1000 << (index % 12)
        blocks.append(Block(f"GUEST_REGION_{index}", "mmio", start, start + size, 0, f"header.h:{index + 1}"))
        if index % 5 == 1:
            conflicts.append(
                Conflict("no-overlap", "refuted", "overlap of", f"GUEST_REGION_{index - 1} and {index}",
                         f"regions {index - 1} and {index} overlap", blocks[0].when, ("in every configuration",), True,
                         (Mark((index - 1, index), 0, 1 << 64),))
            )  # fmt: skip
    control = Control("ipa_bits", "address width", 48, ((48, "48 bits"),))
    found = Chart(
        "many",
        "many: refuted",
        "refuted",
        (Column("many"),),
        tuple(blocks),
        tuple(conflicts),
        (control,),
        (48,),
        True,
    )
    rows = tuple(Row(each.property, "refuted", "error", (), each.message) for each in conflicts)
    return found, Sheet("check", "many", "many", "refuted", (), (Part("", "many", "refuted", rows),))


def choices(found: Chart, count: int, seed: int) -> Iterator[Configuration]:
    """Random values of the controls, memory mostly beside where something changes."""
    rand = random.Random(seed)
    for _ in range(count):
        chosen = {}
        for each in found.controls:
            if each.choices:
                chosen[each.name] = rand.choice(each.choices)[0]
            elif each.stops:
                near = rand.choice(each.stops) + rand.choice((-1, 0, 0, 1)) * each.unit
                anywhere = rand.randint(each.low, each.high) // each.unit * each.unit
                chosen[each.name] = min(max(rand.choice((near, near, anywhere)), each.low), each.high)
            else:
                chosen[each.name] = rand.randint(each.low, each.high)
        yield chosen
