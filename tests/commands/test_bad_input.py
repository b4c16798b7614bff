"""Bad input of any kind: the right status, one clear line, within a second and 300 MB, no traceback."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rules.headers import SOUND
from tests.timing import slowness

SECONDS = 2.0
"""Of processor time, the interpreter and z3 included: wall time on a shared machine is noise."""
KIBIBYTES = 300 * 1000


@dataclass(frozen=True)
class Done:
    """How a run of `verifier check FILE` ended and what it took."""

    status: int
    out: str
    err: str
    seconds: float
    kibibytes: int


Run = Callable[..., Done]
MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as told:
    print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=told)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Starts the command and tells what it took. What a process takes counts from before its program is loaded, when it is
still a copy of who starts it: pytest may be large, this is small."""


@pytest.fixture
def checked(tmp_path: Path) -> Run:
    def run(content: bytes | str, *arguments: str) -> Done:
        (tmp_path / "layout.h").write_bytes(content.encode() if isinstance(content, str) else content)
        command = [sys.executable, "-c", MEASURED, "usage"]
        command += [sys.executable, "-m", "verifier", "check", "layout.h", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
            done = subprocess.run(command, stdout=out, stderr=err, cwd=tmp_path, env=environment, check=False)
        seconds, kibibytes = (tmp_path / "usage").read_text().split()
        return Done(
            done.returncode,
            (tmp_path / "out").read_text(),
            (tmp_path / "err").read_text(),
            float(seconds),
            int(kibibytes),
        )

    return run


def bounded(done: Done) -> None:
    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert done.seconds < SECONDS * slowness(), done.seconds
    assert done.kibibytes < KIBIBYTES, done.kibibytes


def doubling(depth: int) -> str:
    lines = ["#define D0 1 +"] + [f"#define D{step} D{step - 1} D{step - 1}" for step in range(1, depth)]
    return "\n".join(lines) + f"\n#define GUEST_FOO_BASE (D{depth - 1} 0)\n#define GUEST_FOO_SIZE 0x1000\n"


UNREADABLE: dict[str, tuple[bytes | str, int | None]] = {
    "binary": (b"\x7fELF\x02\x01\x01\x00\x00", None),
    "random bytes": (random.Random(1).randbytes(100_000), None),
    "a device tree blob": (b"\xd0\x0d\xfe\xed" + bytes(64), None),
    "10 MB of defines": ("".join(f"#define GUEST_R{n}_BASE {n:#x}ULL\n" for n in range(330_000)), None),
    "recursive macros": ("#define A B\n#define B A\n#define GUEST_FOO_BASE A\n#define GUEST_FOO_SIZE 1\n", 3),
    "a macro of itself": ("#define GUEST_FOO_BASE GUEST_FOO_BASE\n#define GUEST_FOO_SIZE 1\n", 1),
    "doubling macros": (doubling(64), 65),
    "division by zero": ("#define GUEST_FOO_BASE (1 / 0)\n#define GUEST_FOO_SIZE 1\n", 1),
    "remainder by zero": ("\n#define GUEST_FOO_BASE (1 % (1 - 1))\n", 2),
    "include with quotes": ('#include "xen.h"\n#define GUEST_FOO_BASE 1\n', 1),
    "include of a device": ("#include </dev/zero>\n", 1),
    "unterminated condition": ("\n#ifdef FOO\n#define GUEST_FOO_BASE 1\n", 2),
    "else without if": ("#else\n", 1),
    "unterminated comment": ("#define GUEST_FOO_BASE 1 /* no end\n" + "x\n" * 1000, 1),
    "a million open parentheses": ("#define GUEST_FOO_BASE " + "(" * 1_000_000 + "\n", None),
    "deep nesting of conditions": ("#if 1\n" * 100_000, None),
    "a huge shift": ("#define GUEST_FOO_BASE (1ULL << 64)\n", 1),
    "a huge literal": ("#define GUEST_FOO_BASE 0x10000000000000000\n", 1),
    "a number of a megabyte": ("#define GUEST_FOO_BASE 1" + "0" * 900_000 + "\n", 1),
    "a header of another architecture": ("#ifndef __XEN_PUBLIC_ARCH_X86_XEN_H__\n#endif\n", 1),
    "a patch": ("--- a/xen/include/public/arch-arm.h\n+++ b/xen/include/public/arch-arm.h\n", 1),
    "a mail whose diff does not apply": ("Hi,\n\n-#define GUEST_SAFE_RANGE_BASE 0xDE00000000\n", 3),
    "a model that is no TOML": ('format = "xen-layout-model/1"\nkind = \n', 2),
    "a model with an unknown key": (
        'format = "xen-layout-model/1"\nkind = "proposal"\nrelaese = "4.22"\n[defines]\n',
        3,
    ),
    "a model on a release that is none": (
        'format = "xen-layout-model/1"\nkind = "proposal"\nrelease = "1.0"\n[defines]\n',
        None,
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_is_two(name: str, checked: Run) -> None:
    content, line = UNREADABLE[name]
    done = checked(content)
    assert done.status == 2, done.err + done.out
    assert done.out == ""
    assert len(done.err.splitlines()) == 1, done.err
    assert ": error: " in done.err or done.err.startswith("error: ")
    if line is not None:
        assert done.err.startswith(f"layout.h:{line}: error: "), done.err
    assert len(done.err) < 400
    bounded(done)


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "/* GUEST_RAM0_BASE 0x40000000 */\n", "#define FOO 1\n", "#define GUEST_HANDLE(x) x\n"],
)
def test_nothing_to_check_is_three(text: str, checked: Run) -> None:
    done = checked(text)
    assert done.status == 3
    assert "nothing was checked" in done.out
    bounded(done)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#define GUEST_FOO_BASE 0x1000\n", "GUEST_FOO has no size: GUEST_FOO_SIZE is not defined"),
        ("#define GUEST_FOO_SIZE 0x1000\n", "GUEST_FOO has no base: GUEST_FOO_BASE is not defined"),
        (
            "#define GUEST_FOO_BASE 0xfffffffffffff000ULL\n#define GUEST_FOO_SIZE 0x2000ULL\n",
            "4 KiB past the end of 64 bits",
        ),
        (
            "#define GUEST_FOO_BASE -4096\n#define GUEST_FOO_SIZE 0x1000\n",
            "GUEST_FOO starts at -4096, below zero",
        ),
    ],
)
def test_what_is_no_region_is_a_finding(text: str, words: str, checked: Run) -> None:
    done = checked(text)
    assert done.status == 1
    assert words in done.out
    assert "[well-formed]" in done.out
    bounded(done)


def test_many_conflicts_are_told_in_time(checked: Run) -> None:
    """Sixty regions in one place: 1,770 pairs, each reported."""
    text = "".join(
        f"#define GUEST_R{n}_BASE 0x1000ULL\n#define GUEST_R{n}_SIZE 0x1000ULL\n" for n in range(60)
    )
    done = checked(text)
    assert done.status == 1
    assert done.out.count("[no-overlap]") == 60 * 59 // 2
    bounded(done)


def test_many_conflicts_that_depend_on_the_guest(checked: Run) -> None:
    """Conditional regions and used RAM: each conflict has regimes of its own to be found."""
    text = "".join(
        f"#define GUEST_GICV3_X{n}_BASE 0x1000ULL\n#define GUEST_GICV3_X{n}_SIZE 0x1000ULL\n"
        for n in range(40)
    )
    done = checked(text)
    assert done.status == 1
    assert done.out.count("[no-overlap]") == 40 * 39 // 2
    assert "Traceback" not in done.err
    assert done.seconds < 5 * SECONDS * slowness()


def test_too_many_regions_are_refused(checked: Run) -> None:
    text = "".join(
        f"#define GUEST_R{n}_BASE {n << 12:#x}ULL\n#define GUEST_R{n}_SIZE 0x1000ULL\n" for n in range(2000)
    )
    done = checked(text)
    assert done.status == 2
    assert "2000 regions" in done.err
    bounded(done)


def test_a_big_sound_header(checked: Run) -> None:
    """As many regions as are taken, none in conflict: all pairs are proved."""
    text = "".join(
        f"#define GUEST_R{n}_BASE {n << 12:#x}ULL\n#define GUEST_R{n}_SIZE 0x1000ULL\n" for n in range(256)
    )
    done = checked(text, "--base", "layout.h")
    assert done.status == 0, done.out
    assert "32640 obligations on 256 subjects" in done.out
    assert done.seconds < 3 * SECONDS * slowness()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends_are_read(encoding: str, newline: str, checked: Run) -> None:
    text = f"/* für alle Gäste */\n{SOUND}".replace("\n", newline)
    done = checked(text.encode(encoding), "--base", "layout.h")
    assert done.status == 0, done.err + done.out
    bounded(done)


def test_utf_16_is_told(checked: Run) -> None:
    done = checked(SOUND.encode("utf-16"))
    assert done.status == 2
    bounded(done)


def test_a_pipe_that_never_ends() -> None:
    done = subprocess.run(
        ["bash", "-c", f"yes '#define A 1' | {sys.executable} -m verifier check -"],
        capture_output=True,
        check=False,
        timeout=30,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 2
    assert done.stderr == b"<stdin>: error: larger than 1 MiB, which no layout header is\n"
