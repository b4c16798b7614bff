"""Definitions that hang on names no one defines, and the comments of definitions."""

from __future__ import annotations

import itertools
import random

import pytest

from verifier.layout.define import Number
from verifier.reading.c_header import Header, read_header

DEFINE = "#define GUEST_A 1\n"


def read(text: str, **companions: str) -> Header:
    return read_header(
        text.encode(), "t.h", companions={f"{name}.h": given.encode() for name, given in companions.items()}
    )


def undecided(text: str, **companions: str) -> list[tuple[str, int, str]]:
    return [
        (item.name, item.origin.line, " ".join(item.undecided))
        for item in read(text, **companions).conditionals
    ]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("#ifdef CONFIG_X", "CONFIG_X"),
        ("#ifndef CONFIG_X", "CONFIG_X"),
        ("#if CONFIG_X", "CONFIG_X"),
        ("#if defined(CONFIG_Y) && CONFIG_X > 2", "CONFIG_X CONFIG_Y"),
        ("#if 1\n#elif CONFIG_X", ""),
        ("#if 0\n#elif CONFIG_X", "CONFIG_X"),
        ("#if CONFIG_X\n#elif 1", "CONFIG_X"),
        ("#if CONFIG_X\n#else", "CONFIG_X"),
        ("#if CONFIG_X\n#elif CONFIG_Y\n#elif CONFIG_Z\n#else", "CONFIG_X CONFIG_Y CONFIG_Z"),
        ("#if CONFIG_X\n#elif 1\n#else", ""),
        ("#if CONFIG_X\n#elif 0\n#else", "CONFIG_X"),
        ("#if defined(__XEN__)\n#elif CONFIG_X\n#elif 1\n#else", ""),
        ("#ifdef __ASSEMBLY__\n#elif defined(CONFIG_X)", "CONFIG_X"),
        ("#ifdef __ASSEMBLY__", ""),
        ("#ifndef __ASSEMBLER__", ""),
        ("#if defined(__i386__) || defined(__x86_64__) || defined(__riscv) || defined(__cplusplus)", ""),
        ("#if !defined(__STRICT_ANSI__) && defined(__GNUC__) && __GNUC__ > 4", ""),
        ("#if defined(__arm__) || defined(__XEN__)", ""),
        ("#ifdef xen_mk_ullong", ""),
        ("#if defined(__XEN_TOOLS__) || defined(CONFIG_X)", ""),
        ("#if defined(CONFIG_X) || defined(__XEN_TOOLS__)", ""),
        ("#if defined(__XEN_TOOLS__) || CONFIG_X > 2", ""),
        ("#if CONFIG_X > 2 || defined(__XEN_TOOLS__)", "CONFIG_X"),
        ("#if defined(__XEN__) && CONFIG_X", ""),
        ("#if defined(CONFIG_X) || !defined(CONFIG_X)", ""),
        ("#if defined(CONFIG_X) ? 1 : 1", ""),
        ("#if CONFIG_X >= 0", "CONFIG_X"),
        ("#if CONFIG_X >= 2", "CONFIG_X"),
        ("#if defined(CONFIG_X) && CONFIG_X || 1", "CONFIG_X"),
        ("#if 1 || " + " || ".join(f"defined(C{at})" for at in range(6)), ""),
        ("#if 1 || " + " || ".join(f"defined(C{at})" for at in range(7)), "C0 C1 C2 C3 C4 C5 C6"),
        ("#define HAS defined(CONFIG_X)\n#if HAS", "CONFIG_X"),
        ("#define VALUE CONFIG_X + 1\n#if VALUE", "CONFIG_X"),
        ("#define CONFIG_X\n#ifdef CONFIG_X", ""),
        ("#undef CONFIG_X\n#ifndef CONFIG_X", ""),
        ("#ifdef CONFIG_X\n#define MINE\n#endif\n#ifdef MINE", "CONFIG_X"),
        ("#ifdef CONFIG_X\n#else\n#define MINE\n#endif\n#ifdef MINE", "CONFIG_X"),
        ("#define MINE\n#ifdef CONFIG_X\n#undef MINE\n#endif\n#ifdef MINE", "CONFIG_X"),
        ("#define MINE 1\n#ifdef CONFIG_X\n#define MINE 2\n#endif\n#if MINE == 1", "CONFIG_X"),
        ("#define MINE 1\n#ifdef CONFIG_X\n#define MINE 2\n#endif\n#define MINE 3\n#if MINE == 3", ""),
        ("#ifdef CONFIG_X\n#define MINE 1\n#endif\n#undef MINE\n#ifndef MINE", ""),
        (
            "#ifdef CONFIG_X\n#define YOURS\n#endif\n#ifdef YOURS\n#define MINE\n#endif\n#if defined(MINE)",
            "CONFIG_X",
        ),
        ("#ifdef CONFIG_X\n#define F(x) x\n#else\n#define F(x) 1\n#endif\n#if F(1)", "CONFIG_X"),
        ("#ifndef GUARD_H\n#define GUARD_H", ""),
        ("#ifndef GUARD_H /* a */\n\n// b\n#define GUARD_H 1", ""),
        ("#if !defined(GUARD_H)\n#define GUARD_H", ""),
        ("#ifndef GUEST_GUARD_H\n#define GUEST_GUARD_H", ""),
        ("#ifndef GUARD_H\nint a;\n#define GUARD_H", "GUARD_H"),
        ("#ifndef GUARD_H\n#define OTHER_H", "GUARD_H"),
        ("#ifndef GUARD_H\n#pragma once\n#define GUARD_H", "GUARD_H"),
        ("#ifndef GUARD_H\n#define GUARD_H\n#else", "GUARD_H"),
        ("#ifdef GUARD_H\n#define GUARD_H", "GUARD_H"),
        ("#ifndef DEFAULT\n#define DEFAULT 0x1000", "DEFAULT"),
    ],
)
def test_names_that_a_definition_hangs_on(condition: str, names: str) -> None:
    line = condition.count("\n") + 2
    text = f"{condition}\n{DEFINE}#endif\n"
    assert [item for item in undecided(text) if item[0] == "GUEST_A"] == [("GUEST_A", line, names)] * bool(
        names
    )


def test_enclosing_conditions_count_and_dead_groups_do_not() -> None:
    text = f"#ifdef X\n#if Y\n{DEFINE}#endif\n{DEFINE}#endif\n{DEFINE}"
    assert undecided(text) == [("GUEST_A", 3, "X Y"), ("GUEST_A", 5, "X")]
    assert undecided(f"#ifdef __ASSEMBLY__\n#ifdef X\n{DEFINE}#else\n{DEFINE}#endif\n#endif") == []
    assert undecided(f"#if 1\n#else\n#if X\n{DEFINE}#endif\n#endif") == []


def test_both_branches_are_told() -> None:
    text = "#ifdef X\n#define GUEST_A 1\n#define GUEST_F(x) x\n#define OTHER 1\n#else\n#define GUEST_A 2\n#endif\n"
    assert undecided(text) == [("GUEST_A", 2, "X"), ("GUEST_A", 6, "X")]
    assert read(text).defines[0].value == Number(2, 32, True)


def test_a_value_may_hang_on_a_name_too() -> None:
    text = "#ifdef X\n#define K 1\n#else\n#define K 2\n#endif\n#define GUEST_A K\n#define GUEST_B GUEST_A\n"
    text += "#define GUEST_C 1\n"
    assert undecided(text) == [("GUEST_A", 6, "X"), ("GUEST_B", 7, "X")]


def test_a_macro_that_other_builds_remove_or_keep() -> None:
    assert undecided(f"{DEFINE}#ifdef X\n#undef GUEST_A\n#endif\n") == [("GUEST_A", 1, "X")]
    text = f"{DEFINE}#ifndef X\n#undef GUEST_A\n#endif\n"
    assert undecided(text) == [("GUEST_A", 1, "X")]
    assert read(text).defines == ()
    assert undecided(f"{DEFINE}#ifdef X\n#define GUEST_A 2\n#endif\n") == [
        ("GUEST_A", 1, "X"),
        ("GUEST_A", 3, "X"),
    ]


def test_companions_decide() -> None:
    text = f"#ifdef CONFIG_X\n{DEFINE}#endif\n"
    assert undecided(text, config="#define CONFIG_X 1") == []
    assert undecided(text, config="#undef CONFIG_X") == []
    assert undecided(text, config="#ifdef Y\n#define CONFIG_X\n#endif") == [("GUEST_A", 2, "Y")]


def outcome(text: str, given: dict[str, str]) -> frozenset[tuple[str, int]]:
    """The GUEST_ macros of a build that gives some names a definition, by name and value."""
    before = "".join(f"#define {name} {value}\n" for name, value in given.items())
    undefined = "".join(f"#undef {name}\n" for name in "ABC" if name not in given)
    header = read(text, build=before + undefined)
    assert header.conditionals == ()
    found = [(item.name, item.value) for item in header.defines]
    return frozenset((name, value.value) for name, value in found if isinstance(value, Number))


def program(chance: random.Random, depth: int) -> list[str]:
    """Random directives over the undecided names A, B, C and the header's own P, Q."""
    lines: list[str] = []
    for _ in range(chance.randint(1, 4)):
        own, free = chance.choice("PQ"), chance.choice("ABC")
        kind = chance.random()
        if kind < 0.25:
            lines.append(f"#define {own} {chance.choice(['0', '1', '2', free, 'defined(' + free + ')'])}")
        elif kind < 0.3:
            lines.append(f"#undef {own}")
        elif kind < 0.6 or depth == 0:
            lines.append(f"#define GUEST_{chance.choice('XY')} {chance.choice(['1', '2', '(2 + 1)'])}")
        else:
            tests = [f"defined({free})", free, f"{own} > 1", f"!defined({own})", "1", "0", f"{free} == 2"]
            first, second = (chance.choice(tests) for _ in range(2))
            lines += [f"#if {first} {chance.choice(['&&', '||'])} {second}", *program(chance, depth - 1)]
            if chance.random() < 0.4:
                lines += [f"#elif {chance.choice(tests)}", *program(chance, depth - 1)]
            if chance.random() < 0.5:
                lines += ["#else", *program(chance, depth - 1)]
            lines.append("#endif")
    return lines


def test_what_is_not_reported_is_the_same_in_all_builds() -> None:
    chance = random.Random(5)
    builds = [
        dict(zip("ABC", chosen, strict=True)) for chosen in itertools.product(["", "0", "1", "2"], repeat=3)
    ]
    silent = 0
    for _ in range(150):
        text = "\n".join(f"#undef {name}" for name in "PQ") + "\n" + "\n".join(program(chance, 3)) + "\n"
        reported = {item.name for item in read(text).conditionals}
        found = [
            outcome(text, {name: value for name, value in build.items() if value}) for build in builds[::3]
        ]
        for name in {"GUEST_X", "GUEST_Y"} - reported:
            silent += any(name == item for items in found for item, _ in items)
            assert len({frozenset(item for item in items if item[0] == name) for items in found}) == 1, text
    assert silent > 50


def comments(text: str) -> list[tuple[str, int, str]]:
    return [(item.text, item.origin.line, " ".join(item.defines)) for item in read(text).comments]


A, B = "#define GUEST_A 1", "#define GUEST_B 2"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"/* a */\n{A}\n{B}\n", [("a", 1, "GUEST_A GUEST_B")]),
        (f"/* a */\n\n{A}\n", []),
        (f"/* a */\n \t\n{A}\n", []),
        (f"/* a */\n{A}\n\n{B}\n", [("a", 1, "GUEST_A")]),
        (f"/*\n * a\n *\n *  b \n */\n{A}\n", [("a b", 1, "GUEST_A")]),
        (f"/** a **/\n{A}\n", [("a", 1, "GUEST_A")]),
        (f"/* a\n\nb */\n{A}\n", [("a b", 1, "GUEST_A")]),
        (f"// a * b\n{A}\n", [("a * b", 1, "GUEST_A")]),
        (f"{A} /* a */\n{B}\n", [("a", 1, "GUEST_A GUEST_B")]),
        (f"{A}\n{B} // b\n", [("b", 2, "GUEST_B")]),
        (f"{A} \\\n /* a */\n{B}\n", [("a", 2, "GUEST_A GUEST_B")]),
        (f"{A} /* a\n */ + 1\n{B}\n", [("a", 1, "GUEST_A GUEST_B")]),
        (f"{A}\n/* a */\n", []),
        (f"/* a */\n#define OTHER\n#if 1\n{A}\n#endif", [("a", 1, "GUEST_A")]),
        (f"/* a */\n#if 0\n{A}\n#endif", []),
        (f"/* a */\n{A}\n\n#undef GUEST_A\n", []),
        ("/* a */\n#define GUEST_A 1\n\n/* b */\n#define GUEST_A 2\n", [("b", 4, "GUEST_A")]),
        ("/* a */\n#define GUEST_F(x) 1\n#define GUEST_T int\n", []),
        (f"/* a */ /* b */ {A}\n", [("a", 1, "GUEST_A"), ("b", 1, "GUEST_A")]),
        (f'char a[] = "/* no */"; /* a */\n{A}', [("a", 1, "GUEST_A")]),
    ],
)
def test_comments_and_the_macros_they_may_speak_of(text: str, found: list[tuple[str, int, str]]) -> None:
    assert comments(text) == found
    assert comments(text.replace("\n", "\r\n")) == found
