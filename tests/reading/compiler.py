"""A C compiler as an oracle: what a program of some statements prints."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from verifier.layout.define import Number

PRELUDE = """\
#undef __x86_64__
#undef __i386__
#undef __arm__
#undef __aarch64__
#define __aarch64__ 1
#define __XEN_TOOLS__ 1
#define __xen_mk_ullong(x) x ## ULL
#define xen_mk_ullong(x) __xen_mk_ullong(x)
#define UINT64_C(x) x ## ULL
int printf(const char *, ...);
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT64_TYPE__ uint64_t;
#define KIND(x) _Generic(+(x), int: "32 s", unsigned: "32 u", long: "64 s", unsigned long: "64 u", \\
                         long long: "64 s", unsigned long long: "64 u")
#define SHOW(x) printf("%llu %s\\n", (unsigned long long)(x), KIND(x))
"""


def gcc(tmp_path: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Compile; a compiler that is missing is a failure, never a skip."""
    path = shutil.which("gcc")
    assert path is not None, "gcc is needed as an oracle"
    (tmp_path / "oracle.c").write_bytes(source.encode())
    command = [path, "-std=gnu11", "-funsigned-char", *options, str(tmp_path / "oracle.c")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def run(tmp_path: Path, statements: Iterable[str], *, before: str = "") -> list[str]:
    """The lines that a program of these statements prints."""
    body = "\n".join(statements)
    source = f"{PRELUDE}{before}\nint main(void) {{\n{body}\nreturn 0; }}\n"
    done = gcc(tmp_path, source, "-w", "-o", str(tmp_path / "oracle"))
    assert done.returncode == 0, done.stderr
    shown = subprocess.run([str(tmp_path / "oracle")], capture_output=True, text=True, timeout=60, check=True)
    return shown.stdout.splitlines()


def shown(number: Number) -> str:
    return f"{number.value % 2**64} {number.bits} {'s' if number.signed else 'u'}"
