"""Large, hostile and random input: a few seconds, bounded memory, and never anything but an InputError."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.reading.mails import applied, diff, mail, odd_spaces, quoted
from tests.timing import slowness
from verifier.layout.errors import InputError

DATA = Path(__file__).parent / "data"
OLD = "#define GUEST_A_BASE 0x1000\n#define GUEST_A_SIZE 0x1000\n"
NEW = OLD.replace("_SIZE 0x1000", "_SIZE 0x2000")
WANTED = mail(diff(OLD, NEW))
PROSE = "Some words of a discussion that goes on for long, with > marks - and dashes.\n" * 60


def mailbox(size: int) -> bytes:
    """Mails of all kinds about other things, one of them in the middle about the layout."""
    other = diff("a\n" * 40, "a\n" * 20 + "b\n" + "a\n" * 19, "xen/common/sched/core.c")
    coded = base64.encodebytes(PROSE.encode()).decode()
    kinds = [
        mail(PROSE, "a question"),
        quoted(mail(other * 5)),
        mail(other * 10, "[PATCH v2 3/9] sched: rewrite"),
        mail(coded, "picture", "Content-Transfer-Encoding: base64\n"),
        mail(PROSE, "accents", "Content-Transfer-Encoding: quoted-printable\n"),
        mail(PROSE * 3, "[PATCH] docs"),
    ]
    many = [kind if kind.startswith("From ") else f"From a Mon Sep 17\n{kind}" for kind in kinds]
    block = "".join(many).encode()
    half = block * (size // (2 * len(block)) + 1)
    return half + WANTED.encode() + half


def test_a_mailbox_of_50_megabytes_takes_seconds(tmp_path: Path) -> None:
    path = tmp_path / "box"
    content = mailbox(50_000_000)
    path.write_bytes(content)
    program = (
        "import resource, sys, time\n"
        "from verifier.reading.patch import read_patches\n"
        "content = open(sys.argv[1], 'rb').read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "start = time.process_time()\n"
        "series = read_patches(content, 'box', header='arch-arm.h')\n"
        "took = time.process_time() - start\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(len(series.patches), series.patches[0].origin.line, took, after - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    count, line, took, memory = done.stdout.split()
    assert int(count) == 1
    before, _, _ = content.partition(WANTED.encode())
    assert int(line) == before.count(b"\n") + 1
    assert float(took) < 24 * slowness()  # some 5 on a quick machine, 15 on a busy one
    assert int(memory) < 50_000  # KiB, beside the mailbox itself
    print(f"50 MB mailbox: {float(took):.2f} s, {int(memory) / 1024:.1f} MiB beside its bytes")


HOSTILE = {
    "one long line": b"x" * 10_000_000,
    "one long line of spaces": b" " * 10_000_000,
    "one long quoted line": b">" * 10_000_000,
    "one long addition": WANTED.encode().replace(b"+#define", b"+" + b"x" * 10_000_000 + b"#define"),
    "one long define": b"+#define GUEST_A_BASE " + b"1" * 10_000_000,
    "deep quotes": b"".join(b"> " * depth + b"+#define GUEST_A_BASE 1\n" for depth in range(1000)),
    "many signs": b"+\n-\n" * 200_000,
    "bullets": b"- bullet\n" * 400_000,
    "many hunks": b"--- a/arch-arm.h\n+++ b/arch-arm.h\n" + b"@@ -1 +1 @@\n-a\n+b\n" * 40_000,
    "hunk without end": b"--- a/arch-arm.h\n+++ b/arch-arm.h\n@@ -1,999999999 +1,999999999 @@\n"
    + b" a\n" * 400_000,
    "empty hunks": b"--- a/arch-arm.h\n+++ b/arch-arm.h\n" + b"@@ -1,0 +1,0 @@\n a\n" * 100_000,
    "many files": b"--- a/x.h\n+++ b/x.h\n" * 100_000,
    "open comments": b"+#define GUEST_A_BASE 1 /*\n" * 200_000,
    "many parts": b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "nested parts": b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n"
    + b"".join(b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" for _ in range(2000)),
    "long header": b"From: a\nSubject: " + b"=?utf-8?q?a?= " * 300_000 + b"\n\n" + b"x\n",
    "headers only": b"From: a\n" * 300_000,
    "separators": b"From a Mon Sep 17 00:00:00 2001\nFrom: b\n\n" * 200_000,
    "nul": b"From: a\n\n--- a/arch-arm.h\n+++ b/arch-arm.h\n\0",
    "utf-16": "--- a/arch-arm.h".encode("utf-16"),
    "empty": b"",
    "blank": b"\n" * 500_000,
    "quoted hunk with prose": b"> @@ -1,999999999 +1,999999999 @@\n> a\n" + b"prose\n" * 500_000,
    "text in hunks at every depth": b"".join(
        b">" * (40 - depth % 40) + b" @@ -1,99 +1,99 @@\n" + b">" * (40 - depth % 40) + b"  a\n"
        for depth in range(50_000)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_soon(name: str) -> None:
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        applied("#define GUEST_A_BASE 2\n", HOSTILE[name])
    assert time.process_time() - start < 10
    assert len(str(caught.value)) < 600


PIECES = [
    b"\n",
    b"@@ -1,2 +3,4 @@\n",
    b"> ",
    b"/*",
    b"*/",
    b"\\\n",
    b"\xc2\xa0",
    b"--- a/b\n+++ b/b\n",
    b"-- \n",
    b"From a Mon Sep 17 2001\nFrom: b\n\n",
    b"=?utf-8?b?",
    b"; charset=utf-7",
    b"; format=flowed",
    b"#if 0\n",
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(result) + 1)
        form = chance.random()
        if form < 0.4:
            result[at : at + 1] = bytes([chance.randrange(256)])
        elif form < 0.6:
            result[at : at + chance.randint(1, 80)] = b""
        elif form < 0.8:
            start = chance.randrange(len(result) + 1)
            result[at:at] = result[start : start + chance.randint(1, 200)]
        else:
            result[at:at] = chance.choice(PIECES)
    return bytes(result)


SEEDS = [
    WANTED.encode(),
    quoted(WANTED).encode(),
    odd_spaces(WANTED).encode(),
    (DATA / "2021-08-04-safe-range.txt").read_bytes(),
    mail(
        diff(OLD, NEW),
        "[PATCH v2 1/2] a",
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; format=flowed\n",
    ).encode(),
    mail(
        f"--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: text/x-patch; name=a.patch\n"
        f"Content-Disposition: attachment; filename=a.patch\n\n{diff(OLD, NEW)}\n--b--\n",
        "=?utf-8?q?=5BPATCH=5D_a?=",
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
    ).encode(),
    mail(
        base64.encodebytes(diff(OLD, NEW).encode()).decode(),
        extra="Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=iso-8859-1\n",
    ).encode(),
]


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_random_bytes_raise_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    base = "#define GUEST_RAM1_BASE 0x200000000ULL\n#define GUEST_RAM1_SIZE 0xfe00000000ULL\n\n" + OLD
    start = time.process_time()
    for _ in range(400):
        data = mutated(SEEDS[seed], chance)
        for macro_only in (False, True):
            try:
                applied(base, data, macro_only=macro_only)
            except InputError:
                continue
    assert time.process_time() - start < 60
