"""Where the first inputs come from: what the other tests of the repository read, and small ones written here."""

from __future__ import annotations

import gzip
import json
import random
import struct
import subprocess
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from tests.commands.host_documents import BOARD, IN_DOUBT
from tests.fuzz import arguments as command_lines
from tests.fuzz import repositories as histories
from tests.fuzz import stored, whole
from tests.fuzz.frame import ROOT
from tests.fuzz.proofs import PROOFS, SMALL
from tests.guest_trees import DOM0LESS, XL
from tests.reading import xl_texts
from tests.reading.mails import diff, mail, quoted
from tests.reading.runs import partial_runs, runs
from tests.reading.trees import blob

TESTS = ROOT / "tests"
OLD = "#define GUEST_A_BASE 0x1000\n#define GUEST_A_SIZE 0x1000\n"
MOST_OF_TREE = 16_000
"""Bytes of a blob that is taken apart and written again for every input."""


def files(*patterns: str, most: int = 1 << 16) -> list[bytes]:
    """The files below the repository that match, in the order of their names, without the largest."""
    paths = sorted({path for pattern in patterns for path in ROOT.glob(pattern)})
    found = [path.read_bytes() for path in paths if path.is_file() and path.stat().st_size <= most]
    assert found, patterns
    return found


def lazily(*makers: Callable[[], Iterable[bytes]]) -> Callable[[], Sequence[bytes]]:
    """All that they make, made once."""
    return cache(lambda: tuple(each for maker in makers for each in maker()))


headers = lazily(
    lambda: files("tests/reading/data/*.h"),
    lambda: (
        b"#if defined(A) && !B\n#define GUEST_A_BASE xen_mk_ullong(0x10)\n#else\n#undef GUEST_A_BASE\n#endif\n",
        b"#define F(x, ...) #x x##1 __VA_ARGS__\n#define GUEST_A_BASE F(1 << 3, 2)\n#define GUEST_B {1, 2}\n",
        b"#define GUEST_A_SIZE (~0ULL >> (1 ? 2 : 3) % 7 / 2)\n/* [0x1000, 0x2000) GUEST_A */ // b\n#include <a.h>\n",
    ),
)
models = lazily(lambda: files("models/proposals/*.toml", "models/releases/4.1*.toml"))
policies = lazily(
    lambda: files("models/policies/*.toml"),
    lambda: (
        b'format = "xen-layout-policy/1"\ntitle = "t"\ninclude = ["upstream"]\n[[classify]]\nname = "GUEST_X"\n'
        b'meaning = "number"\nreason = "so it is"\n[[waiver]]\napplies_to = ["a"]\nproperty = "no-overlap"\n'
        b'subjects = ["GUEST_A"]\nreason = "it is so"\nowner = "x"\nexpires = 2030-01-01\n[[waiver.regime]]\n'
        b'ipa_bits = [40]\ngic = ["v3"]\nvpci = [true]\nmemory = {min = "0x1000", max = "0x5000"}\n',
    ),
)
patches = lazily(
    lambda: files("tests/reading/data/2021*.txt"),
    lambda: (text.encode() for text in _mails()),
    lambda: (
        b"@@ -1,2 +1,2 @@\n-#define GUEST_RAM0_SIZE xen_mk_ullong(0xc0000000)\n+#define GUEST_RAM0_SIZE 1\n a\n",
    ),
)


def _mails() -> Iterable[str]:
    new = diff(OLD, OLD.replace("_SIZE 0x1000", "_SIZE 0x2000"))
    yield mail(new)
    yield mail(diff("#define GUEST_RAM0_SIZE 0xc0000000\n", "#define GUEST_RAM0_SIZE 0xc0001000\n"))
    yield quoted(mail(new))
    yield mail(
        new,
        "=?utf-8?b?W1BBVENIIHYyIDIvM10gYQ==?=",
        "Content-Type: text/plain; charset=utf-7; format=flowed\n",
    )
    yield mail(new, "[PATCH]", "Content-Transfer-Encoding: quoted-printable\n")
    yield "From: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + new + "\n--b--\n"


@cache
def _sources() -> tuple[bytes, ...]:
    return tuple(files("tests/boards/*.dts", "tests/guests/*.dts", "tests/history/boards/*.dts"))


def _compiled(source: bytes) -> bytes:
    done = subprocess.run(["dtc", "-q", "-O", "dtb", "-"], input=source, capture_output=True, check=True)
    return done.stdout


sources = lazily(_sources)
hosts = lazily(
    lambda: (blob(BOARD), blob(IN_DOUBT)),
    lambda: map(_compiled, files("tests/boards/*.dts", "tests/history/boards/*.dts")),
    lambda: files("tests/boards/*.dtb", most=MOST_OF_TREE),
    lambda: [run.blob for run in runs().values() if len(run.blob) <= MOST_OF_TREE][::5],
)
guests = lazily(lambda: (blob(XL), blob(DOM0LESS)), lambda: map(_compiled, files("tests/guests/*.dts")))
partials = lazily(lambda: [each for run in partial_runs().values() for each in run.partials.values()])
logs = lazily(lambda: files("tests/boards/*.log"), lambda: [run.log for run in runs().values()][::12])
configs = lazily(
    lambda: files("tests/guests/*.cfg"),
    lambda: (xl_texts.config(random.Random(seed)).encode() for seed in range(12)),
    lambda: (
        b'type = "pvh"\nname = "a"\nmemory = 512\nmaxmem = 0x400\nvcpus = 2\nmaxvcpus = 4\niomem = ["0xff000,1@0x100"]\n'
        b'irqs = [88, "90"]\ngic_version = "v3"\nvuart = "sbsa_uart"\nacpi = 1\npci = ["0000:03:00.0,permissive=1"]\n'
        b'dtdev = ["/a"]\npassthrough = "enabled"\nmax_grant_frames = 64\nnr_spis = 99\nkernel = "no/kernel"\n',
        b'disk = ["phy:/dev/a,xvda,w", "format=raw, vdev=xvdb, access=rw, backendtype=standalone, specification=virtio,'
        b' target=/x"]\nvirtio = ["type=virtio,device22,transport=mmio,backend=0,grant_usage=1"]\nvif += ["a", [1]]\n',
    ),
)


def _kernels() -> Iterable[bytes]:
    arm64 = bytearray(64)
    arm64[0x38:0x3C] = b"ARM\x64"
    arm32 = bytearray(64)
    struct.pack_into("<I", arm32, 0x24, 0x016F2818)
    uimage = bytearray(64)
    struct.pack_into(">I", uimage, 0, 0x27051956)
    uimage[29] = 22
    for each in (arm64, arm32, uimage, b"\x7fELF\2" + bytes(59)):
        yield bytes(each)
        yield gzip.compress(bytes(each), mtime=0)


kernels = lazily(_kernels)
events = lazily(
    lambda: (
        json.dumps(each).encode()
        for each in (
            {"pull_request": {"base": {"sha": "a" * 40}, "head": {"sha": "b" * 40}}},
            {"merge_group": {"base_sha": "a", "head_sha": "b"}},
            {"repository": {"default_branch": "m"}, "ref": "refs/heads/m", "before": "0" * 40, "after": "b"},
            {"CI_COMMIT_SHA": "a", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b", "CI_DEFAULT_BRANCH": "m"},
            {
                "CI_COMMIT_SHA": "a",
                "CI_DEFAULT_BRANCH": "m",
                "CI_COMMIT_BRANCH": "m",
                "CI_COMMIT_BEFORE_SHA": "0",
            },
            {"PRE_COMMIT_TO_REF": "a", "PRE_COMMIT_FROM_REF": "b", "PRE_COMMIT_REMOTE_NAME": "origin"},
        )
    )
)


def _objects() -> Iterable[bytes]:
    """What git gives of others' words: an object or a text each, behind a byte that says which."""
    yield b"t" + b"100644 Makefile\0" + bytes(20) + b"40000 xen\0" + bytes(range(20))
    yield (
        b"m"
        + b"export XEN_VERSION = 4\nexport XEN_SUBVERSION = 23\nexport XEN_EXTRAVERSION ?= -rc$(XEN_VENDORVERSION)\n"
    )
    yield b"d" + diff(OLD, OLD.replace("0x1000", "0x2000", 1)).encode()
    yield b"d" + diff("int a;\n" * 9, "int a;\nint b;\n" * 9, "xen/arch/arm/domain_build.c").encode()


objects = lazily(_objects)
own_logs = lazily(whole.logs)
repositories = lazily(histories.seeds)
results = lazily(stored.files)
rows = lazily(stored.rows)
arguments = lazily(command_lines.seeds)
tables = lazily(lambda: files("models/page-tables.toml", "models/consumers.toml", "models/schemes.toml",
                              "models/behaviours.toml", most=1 << 18))  # fmt: skip
options = lazily(
    lambda: (
        *(
            b"0x40000000+1G",
            b"0-0x1000",
            b"2G",
            b"64M",
            b"max",
            b"d1=32",
            b"8,1@4",
            b"0xff000,1",
            b"gic=2",
            b"xen-4.18",
        ),
        *(
            b"dom0_mem=1G,max:2G",
            b"ext_regions=no no-llc-coloring dom0-iommu=none dtuart=/a",
            b"console=dtuart dtuart=serial0:115200 gnttab_max_frames=64 dom0_max_vcpus=2-4 iommu=off,force",
            b"dom0_mem=50% sync_console dom0-llc-colors=0-3,5 llc-coloring=on llc-way-size=64K dom0_max_vcpus=3",
            b"GUEST_A=2M",
            b"4.17.3",
        ),
    )
)


def _proofs() -> Iterable[bytes]:
    """An obligation and its certificate, a NUL between them."""
    for name in SMALL:
        obligation, certificate = (
            PROOFS / "obligations" / f"{name}.smt2",
            PROOFS / "certificates" / f"{name}.json",
        )
        yield obligation.read_bytes() + b"\0" + certificate.read_bytes()


proofs = lazily(_proofs)


def _indices() -> Iterable[bytes]:
    """Small indices of the form of proofs/index.json: theorems with the obligations that `tests.fuzz.proofs` keeps."""
    whole = json.loads((PROOFS / "index.json").read_bytes())
    theorems = [each for each in whole["theorems"] if len(each["families"]) > 1]
    own = {name: whole["obligations"][name] for name in SMALL}
    for first, count in ((0, 1), (1, 3)):
        told = [
            {
                **each,
                "families": [
                    {**family, "obligations": SMALL[number : number + 2]} for family in each["families"][:3]
                ],
            }
            for number, each in enumerate(theorems[first : first + count])
        ]
        yield json.dumps({**whole, "theorems": told, "obligations": own, "changes": []}).encode()


indices = lazily(_indices)
