"""Random edits round-trip; damaged mails give the right header or an error, never another header."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.reading.mails import (
    STATES,
    applied,
    diff,
    mail,
    patched,
    values,
)
from verifier.layout.errors import InputError
from verifier.reading.lines import joined
from verifier.reading.patch import read_patches

WORDS = [
    "#define GUEST_A{n}_BASE   0x{n}000",
    "#define GUEST_A{n}_SIZE   0x1000 /* 4KB */",
    "",
    " ",
    "/* word {n} */",
]
WORDS += [
    "    int a{n};",
    "{",
    "}",
    "-- ",
    "- bullet",
    "+ plus",
    "\ttab{n}",
    "-",
    "+",
    "#endif",
    "@@ -1 +1 @@",
]


def random_header(chance: random.Random, lines: int) -> list[str]:
    return [chance.choice(WORDS).replace("{n}", str(chance.randrange(6))) for _ in range(lines)]


def edited(chance: random.Random, lines: list[str]) -> list[str]:
    """A few lines inserted, removed and replaced."""
    result = list(lines)
    for _ in range(chance.randint(1, 4)):
        at, new = chance.randrange(len(result) + 1), random_header(chance, chance.randint(0, 3))
        result[at : at + chance.randint(0, 3)] = new
    return result


@pytest.mark.parametrize("context", [0, 1, 3])
def test_a_patch_gives_what_it_was_made_of(context: int) -> None:
    chance = random.Random(context)
    compared = 0
    for _ in range(1500):
        old = random_header(chance, chance.randint(0, 40))
        new = edited(chance, old)
        before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
        if before == after:
            continue
        results = applied(before, diff(before, after, context=context))
        assert [line.text for line in results[-1].lines] == new
        assert {step.level for result in results for step in result.steps} == {"exact"}
        compared += 1
    assert compared > 1000


def layout(chance: random.Random) -> list[tuple[str, int]]:
    return [
        (f"GUEST_{stem}_{end}", chance.randrange(1, 1 << 40) << 12)
        for stem in "ABCDEFGH"
        if chance.random() < 0.8
        for end in ("BASE", "SIZE")
    ]


def text_of(macros: list[tuple[str, int]], chance: random.Random) -> str:
    """A header with the macros; comments and blank lines vary with `chance`."""
    lines = ["#ifndef H", "#define H", "", "typedef unsigned long word;", ""]
    for name, value in macros:
        if name.endswith("BASE"):
            lines += ["", f"/* Region {name} */"] if chance.random() < 0.7 else [""]
        lines.append(
            f"#define {name}   {value:#x}ULL" + chance.choice(["", "", " /* a remark of some length */"])
        )
    return "\n".join([*lines, "", "#endif", ""])


def changed(macros: list[tuple[str, int]], chance: random.Random) -> list[tuple[str, int]]:
    """Other values, a macro less, a region more."""
    result = [(name, value + 4096 * chance.randint(0, 1)) for name, value in macros]
    if chance.random() < 0.4 and result:
        result.pop(chance.randrange(len(result)))
    if chance.random() < 0.5:
        at = chance.randrange(0, len(result) + 1, 2) if len(result) % 2 == 0 else len(result)
        result[at:at] = [("GUEST_NEW_BASE", 0x1000), ("GUEST_NEW_SIZE", 0x2000)]
    return result


def drop_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    lines.pop(chance.randrange(len(lines)))
    return "\n".join(lines)


def repeat_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    lines.insert(at, lines[at])
    return "\n".join(lines)


def change_character(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(" \xa0+->@\n\t#xA") + text[at + 1 :]


def cut(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text))]


def wrap(text: str, chance: random.Random) -> str:
    """A mail client that breaks long lines."""
    width = chance.randint(40, 76)
    head, _, body = text.partition("\n\n")
    lines = []
    for line in body.split("\n"):
        at = line.rfind(" ", 1, width) if len(line) > width else -1
        lines += [line] if at < 2 or not line[:at].strip("+- ") else [line[:at], line[at + 1 :]]
    return head + "\n\n" + "\n".join(lines)


@pytest.mark.parametrize("state", STATES)
def test_each_state_gives_the_values_or_an_error(state: str) -> None:
    chance = random.Random(state)
    right = 0
    for _ in range(150):
        old = layout(chance)
        new = changed(old, chance)
        before, after = text_of(old, random.Random(1)), text_of(new, random.Random(1))
        if old == new:
            continue
        assert values(patched(before, STATES[state](mail(diff(before, after))))) == dict(new)
        right += 1
    assert right > 100


def test_wrapped_lines_give_the_values_or_an_error() -> None:
    chance = random.Random(3)
    right = 0
    for _ in range(300):
        old = layout(chance)
        new = changed(old, chance)
        before, after = text_of(old, random.Random(1)), text_of(new, random.Random(1))
        try:
            found = values(patched(before, wrap(mail(diff(before, after)), chance)))
        except InputError:
            continue
        assert found == dict(new)
        right += 1
    assert right > 200


def spoil(text: str, chance: random.Random) -> str:
    """Another character in a line that adds nothing: context, removed lines, headers, prose."""
    lines = text.split("\n")
    at = chance.choice([at for at, line in enumerate(lines) if line and line[0] != "+"])
    lines[at] = change_character(lines[at], chance)
    return "\n".join(lines)


DAMAGES: list[Callable[[str, random.Random], str]] = [drop_line, repeat_line, spoil, cut]


@pytest.mark.parametrize("macro_only", [False, True])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_never_silent(damage: Callable[[str, random.Random], str], macro_only: bool) -> None:
    """The right values, or an error, or a doubt that is told."""
    chance = random.Random(f"{damage.__name__} {macro_only}")
    right = 0
    for _ in range(600):
        old = layout(chance)
        new = changed(old, chance)
        before, after = text_of(old, random.Random(1)), text_of(new, random.Random(1))
        if old == new:
            continue
        text = damage(mail(diff(before, after)), chance)
        try:
            patches = read_patches(text.encode(), "m", header="arch-arm.h").patches
            results = applied(before, text, macro_only=macro_only)
        except InputError:
            continue
        told = [each.notes for each in patches] + [step.notes for each in results for step in each.steps]
        try:
            found = values(joined(results[-1].lines))
        except InputError:
            continue
        right += found == dict(new)
        assert found == dict(new) or any(told), text
    assert right > (10 if damage is cut else 100)
