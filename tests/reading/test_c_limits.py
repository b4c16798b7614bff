"""Whatever the input: an answer or an InputError, soon, in little memory, with no other exception."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.timing import slowness
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_header import evaluate_defines, read_header

DATA = Path(__file__).parent / "data"
MIB = 1 << 20
MOST_SECONDS = 2.0  # a quarter second at most where this was written; a loaded machine may need more
MOST_MEGABYTES = 150


def filled(piece: bytes, size: int = MIB) -> bytes:
    return (piece * (size // len(piece) + 1))[:size]


def chain(first: str, link: str, count: int, last: str) -> bytes:
    links = "".join(link.format(at, at - 1) for at in range(1, count))
    return f"{first}\n{links}{last}\n".encode()


HOSTILE = {
    "doubling": chain("#define A0 1 1", "#define A{0} A{1} A{1}\n", 65, "#define GUEST_X_BASE A64"),
    "doubling-if": chain("#define A0 1 + 1", "#define A{0} A{1} + A{1}\n", 65, "#if A64\n#endif"),
    "doubling-often": chain(
        "#define A0 1",
        "#define A{0} A{1} + A{1}\n",
        13,
        "".join(f"#define GUEST_{at} A12\n" for at in range(4000)),
    ),
    "calling": b"#define F(x) x x\n#define GUEST_X_BASE " + b"F(" * 60 + b"1" + b")" * 60,
    "calling-deep": b"#define F(x) x\n#define GUEST_X_BASE " + b"F(" * 20000 + b"1" + b")" * 20000,
    "naming": chain("#define A0 1", "#define A{0} A{1}\n", 4000, "#define GUEST_X_BASE A3999"),
    "pasting": b"#define GUEST_X_BASE " + b"1##" * 15000 + b"1",
    "pasting-much": b"#define C(a) a##a##a##a\n#define D(a) C(a)\n#define GUEST_X_BASE "
    + b"D(" * 40
    + b"1"
    + b")" * 40,
    "quoting-much": b"#define S(a) #a\n#define T(a) S(a) S(a)\n#define GUEST_X_BASE "
    + b"T(" * 40
    + b"1"
    + b")" * 40,
    "defining": b"".join(b"#define GUEST_A%05d_BASE 0x1000ULL\n" % at for at in range(29000)),
    "defining-sums": b"".join(b"#define GUEST_A%d_BASE (0x1000ULL + 2 * 3)\n" % at for at in range(4900)),
    "redefining": b"".join(b"#define GUEST_A %d\n" % at for at in range(19000)),
    "undefining": filled(b"#undef A\n"),
    "one-line": filled(b"a"),
    "one-define": b"#define GUEST_X_BASE " + filled(b"1+"),
    "long-define": b"#define GUEST_X_BASE " + filled(b"1+", 65000) + b"1",
    "long-splices": b"#define GUEST_X_BASE " + filled(b"1\\\n"),
    "long-name": b"#define GUEST_" + b"A" * 60000 + b"_BASE 1\n",
    "long-number": b"#define GUEST_X_BASE " + b"9" * 60000,
    "parentheses": b"#define GUEST_X_BASE " + b"(" * 9000 + b"1" + b")" * 9000,
    "parentheses-100000": b"#define GUEST_X_BASE " + b"(" * 100000 + b"1" + b")" * 100000,
    "parentheses-if": b"#if " + b"(" * 9000 + b"1" + b")" * 9000 + b"\n#endif",
    "signs": b"#define GUEST_X_BASE " + b"- " * 15000 + b"1",
    "casts": b"#define GUEST_X_BASE " + b"(int)" * 5000 + b"1",
    "choices": b"#define GUEST_X_BASE " + b"1?1:" * 4000 + b"1",
    "list": b"#define GUEST_X_BASE {" + b"1," * 15000 + b"}",
    "if": filled(b"#if 1\n"),
    "if-endif": filled(b"#if 1\n#endif\n"),
    "if-names": b"".join(b"#if defined(A%d)&&B\n#endif\n" % at for at in range(40000))[:MIB],
    "if-six": filled(b"#if defined A||defined B||defined C||defined D||defined E||defined F||1\n#endif\n"),
    "if-all-around": b"".join(b"#if A%d\n" % at for at in range(127))
    + b"".join(b"#define GUEST_Q%d 1\n" % at for at in range(12000))
    + b"#endif\n" * 127,
    "elif": b"#if A\n" + b"".join(b"#elif B%d\n#define GUEST_Q%d 1\n" % (at, at) for at in range(20000)),
    "comment-open": b"/*\n" + filled(b" *\n"),
    "comments": filled(b"/**/\n"),
    "comments-near": b"".join(b"#define GUEST_A%d 1 /* %d */\n" % (at, at) for at in range(9000)),
    "comments-open": filled(b"/* \n"),
    "quotes": filled(b'"\n'),
    "quotes-both": filled(b"'\""),
    "quotes-escaped": filled(b'"\\' * 20000 + b"\n"),
    "backslashes": filled(b"\\"),
    "backslashes-blank": filled(b"\\ "),
    "splices": filled(b"\\\n"),
    "lines": b"/* a */\n#define GUEST_A 1\n" + filled(b"\n", MIB - 99),
    "blanks": filled(b" " * 60000 + b"\n"),
    "hashes": filled(b"#\n"),
    "pragmas": filled(b"_Pragma("),
    "pragma-lines": filled(b'_Pragma("x")\n'),
}


def refusal(data: bytes, view: str = "tools", arch: str = "arm64") -> InputError | None:
    """The error that a header ends in; any other exception is the test's failure."""
    try:
        header = read_header(data, "t.h", view=view, arch=arch)
    except InputError as error:
        return error
    assert all(0 < item.origin.line <= len(data) + 1 for item in header.defines)
    return None


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers_end_soon(name: str) -> None:
    start = time.process_time()
    error = refusal(HOSTILE[name][:MIB])
    assert error is None or (len(str(error)) < 250 and error.line is not None)
    assert time.process_time() - start < MOST_SECONDS * slowness()


def test_hostile_headers_take_little_memory() -> None:
    program = """
import resource
from tests.reading.test_c_limits import HOSTILE, MIB
from verifier.layout.errors import InputError
from verifier.reading.c_header import read_header
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in HOSTILE.values():
    try:
        read_header(data[:MIB], "t.h")
    except InputError:
        pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    assert int(done.stdout) < MOST_MEGABYTES


def test_depth_never_depends_on_the_callers_stack() -> None:
    deep = b"#define F(x) x\n#define GUEST_X_BASE " + b"F(" * 60 + b"1" + b")" * 60
    deep += b"\n#define GUEST_Y_BASE " + b"(" * 99 + b"1" + b")" * 99

    def call(depth: int) -> None:
        if depth:
            call(depth - 1)
        else:
            assert read_header(deep, "t.h").defines[0].origin == Origin("t.h", 2)

    call(300)


ANY = settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
SOUP = st.lists(
    st.sampled_from(
        [
            "#",
            "define",
            "if",
            "ifdef",
            "elif",
            "else",
            "endif",
            "undef",
            "GUEST_A_BASE",
            "GUEST_B",
            "defined",
            "(",
            ")",
            "##",
            "F",
            "x",
            "y",
            ",",
            "...",
            "__VA_ARGS__",
            "1",
            "0x10ULL",
            "08",
            "'a'",
            '"',
            "'",
            "\\\n",
            "\n",
            "\n#",
            "\n#define ",
            "\n#if ",
            "\n#endif\n",
            "/*",
            "*/",
            "//",
            "+",
            "-",
            "<<",
            "?",
            ":",
            "{",
            "}",
            "%:",
            "&&",
            "||",
            "uint64_t",
            "(int)",
            "xen_mk_ullong(",
            "~",
            "/",
            "%",
            " ",
            "\f",
            "\r",
            "é",
            "include",
            "pragma",
            "<a.h>",
        ]
    ),
    max_size=60,
)


def only_input_errors(data: bytes) -> None:
    for view, arch in (("tools", "arm64"), ("xen", "arm32")):
        error = refusal(data, view, arch)
        assert error is None or (error.file == "t.h" and error.message == error.message.strip())


@ANY
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    only_input_errors(data)


@ANY
@given(SOUP)
def test_any_tokens(words: list[str]) -> None:
    only_input_errors("".join(words).encode())
    only_input_errors((" ".join(words)).encode())


@ANY
@given(SOUP)
def test_any_replacement(words: list[str]) -> None:
    text = "".join(words)
    only_input_errors(f"#define F(x, y, ...) {text}\n#define GUEST_A_BASE F({text}) {text}".encode())
    with suppress(InputError):
        evaluate_defines({"A": (text, Origin("m.toml", 1)), "B": ("A + 1", Origin("m.toml", 2))})


EDIT = st.tuples(
    st.floats(0, 1), st.integers(0, 40), st.one_of(st.binary(max_size=6), SOUP.map("".join).map(str.encode))
)


@ANY
@given(st.sampled_from(["layout.h", "traps.h"]), st.lists(EDIT, min_size=1, max_size=4))
def test_any_edit_of_a_header(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    data = (DATA / name).read_bytes()
    for place, length, put in edits:
        at = int(place * len(data))
        data = data[:at] + put + data[at + length :]
    only_input_errors(data)
