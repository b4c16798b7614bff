"""Random expressions and the compiler's answers to them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.reading.compiler import PRELUDE, gcc, run, shown
from verifier.layout.define import Number
from verifier.reading.c_expression import ExpressionError, evaluate, evaluate_condition
from verifier.reading.c_tokens import tokenize

LITERALS: list[str] = re.findall(
    r"\S+",
    "0 1 2 3 7 017 0x7fffffff 0x80000000 0xffffffff 2147483647 2147483648 4294967295 4294967296 1u 2U 0u 0xfffu"
    " 1L 3l 5LL 6ll 1UL 2lu 8ULL 9llu 0x8000000000000000 0xffffffffffffffff 9223372036854775807 31 32 63 64 'A' 0b11",
)
BINARY: list[str] = re.findall(r"\S+", "+ - * / % << >> & | ^ && || == != < > <= >=")
CASTS = [
    "(uint8_t)",
    "(uint32_t)",
    "(int64_t)",
    "(unsigned long long)",
    "(int)",
    "(short)",
    "(_Bool)",
    "(unsigned)",
]


def expression(chance: random.Random, depth: int, *, casts: bool = True) -> str:
    """A random expression, with parentheses where they may matter and where not."""
    form = chance.random()
    if depth == 0 or form < 0.1:
        return chance.choice(LITERALS)
    inner = [expression(chance, depth - 1, casts=casts) for _ in range(3)]
    if form < 0.2:
        return f"{chance.choice('-~!+')} {inner[0]}"
    if form < 0.3 and casts:
        return f"{chance.choice(CASTS)}{inner[0]}"
    if form < 0.4:
        return f"({inner[0]} ? {inner[1]} : {inner[2]})"
    text = f"{inner[0]} {chance.choice(BINARY)} {inner[1]}"
    return text if form < 0.7 else f"({text})"


def ours(text: str, arch: str = "arm64") -> Number | None:
    try:
        return evaluate(tokenize(text, "t", 1), arch)
    except ExpressionError:
        return None


def sample(seed: int, count: int, *, casts: bool = True) -> list[str]:
    chance = random.Random(seed)
    return [expression(chance, 4, casts=casts) for _ in range(count)]


def test_random_expressions_are_worth_what_the_compiler_says(tmp_path: Path) -> None:
    good = [(text, value) for text in sample(1, 2500) if (value := ours(text)) is not None]
    assert len(good) > 800
    lines = run(tmp_path, (f"SHOW({text});" for text, _ in good))
    assert [(text, line) for (text, _), line in zip(good, lines, strict=True)] == [
        (text, shown(value)) for text, value in good
    ]


def test_a_long_of_32_bits_is_the_compilers(tmp_path: Path) -> None:
    good = [(text, value) for text in sample(2, 1500) if (value := ours(text, "arm32")) is not None]
    assert any(ours(text) != value for text, value in good)
    narrow = "-m32" if narrow_option(tmp_path, "-m32") else "-mabi=ilp32"
    lines = []
    for text, value in good:
        kind = "int: 1, long: 1" if value.signed else "unsigned: 1, unsigned long: 1"
        if value.bits == 64:
            kind = "long long: 1" if value.signed else "unsigned long long: 1"
        number = f"{value.value % 2**64:#x}ULL"
        lines.append(f'_Static_assert((unsigned long long)({text}) == {number}, "value");')
        lines.append(f'_Static_assert(_Generic(+({text}), {kind}, default: 0), "type");')
    done = gcc(tmp_path, PRELUDE + "\n".join(lines), "-w", "-fsyntax-only", narrow)
    assert (done.returncode, done.stderr) == (0, "")


def narrow_option(tmp_path: Path, option: str) -> bool:
    return gcc(tmp_path, "int x;", option, "-fsyntax-only").returncode == 0


def test_random_conditions_are_true_where_the_compiler_says(tmp_path: Path) -> None:
    good: list[tuple[str, bool]] = []
    for text in sample(3, 2500, casts=False):
        try:
            good.append((text, evaluate_condition(tokenize(text, "t", 1), bool, lambda _: 0)))
        except ExpressionError:
            continue
    assert len(good) > 800
    source = "".join(f"#if {text}\nyes {at}\n#endif\n" for at, (text, _) in enumerate(good))
    # where `char` is unsigned gcc takes 'A' for unsigned in #if, against C11 6.4.4.4p10 and unlike clang
    done = gcc(tmp_path, source, "-E", "-P", "-w", "-fsigned-char")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == [f"yes {at}" for at, (_, holds) in enumerate(good) if holds]


UNDEFINED = [
    "0x7fffffff + 1",
    "-2147483647 - 2",
    "65536 * 32768",
    "-(-2147483647 - 1)",
    "(-2147483647 - 1) / -1",
    "1 / 0",
    "1 % 0u",
    "1 << 32",
    "1u >> 32",
    "1ULL << 64",
    "1 << -1",
    "-1 << 1",
    "9223372036854775807 + 1",
    "3 << 30",
    "1 << 31",
]


@pytest.mark.parametrize("text", UNDEFINED)
def test_what_is_undefined_is_an_error_here_and_there(text: str, tmp_path: Path) -> None:
    assert ours(text) is None
    pedantic = gcc(
        tmp_path,
        f"int main(void) {{ enum {{ A = ({text}) != 0 }}; return A; }}",
        "-pedantic-errors",
        "-Wshift-overflow=2",
        "-Werror",
        "-fsyntax-only",
    )
    assert pedantic.returncode != 0


def test_refused_literals_are_refused_there_too(tmp_path: Path) -> None:
    for text in (
        "08",
        "0x",
        "1lL",
        "1uu",
        "1lul",
        "0b2",
        "1_000",
        "0x1e+1",
        "18446744073709551616",
        "''",
        "'",
    ):
        assert ours(text) is None, text
        done = gcc(tmp_path, f"unsigned long long x = {text}\n;", "-pedantic-errors", "-fsyntax-only")
        assert done.returncode != 0, text
