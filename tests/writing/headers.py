"""Headers to write into, and the judges of what was written: git, patch and gcc."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.reading.compiler import PRELUDE, gcc
from tests.rules.headers import SOUND
from verifier.layout.c_text import Wanted, Written
from verifier.layout.define import Number
from verifier.reading.request import Loaded, Request, load
from verifier.writing.write import written

PLAIN = SOUND.replace("#endif\n", "\n#endif\n")
XEN_LIKE = """\
/* A guest layout in the manner of Xen's header. */
#if defined(__XEN__) || defined(__XEN_TOOLS__)

/* vGIC v3 mappings */
#define GUEST_GICV3_GICD_BASE      xen_mk_ullong(0x03001000)
#define GUEST_GICV3_GICD_SIZE      xen_mk_ullong(0x00010000)

#define GUEST_GICV3_GICR0_BASE     xen_mk_ullong(0x03020000) /* vCPU0..127 */
#define GUEST_GICV3_GICR0_SIZE     xen_mk_ullong(0x01000000)

/*
 * 16MB == 4096 pages reserved for guest to use as a region to map its
 * grant table in.
 */
#define GUEST_GNTTAB_BASE xen_mk_ullong(0x38000000)
#define GUEST_GNTTAB_SIZE xen_mk_ullong(0x01000000)

#define GUEST_RAM_BANKS   2

#define GUEST_RAM0_BASE   xen_mk_ullong(0x40000000) /* 3GB of low RAM @ 1GB */
#define GUEST_RAM0_SIZE   xen_mk_ullong(0xc0000000)

#define GUEST_RAM1_BASE   xen_mk_ullong(0x0200000000) /* 1016GB of RAM @ 8GB */
#define GUEST_RAM1_SIZE   xen_mk_ullong(0xfe00000000)

#define GUEST_RAM_BASE    GUEST_RAM0_BASE /* Lowest RAM address */
/* Largest amount of actual RAM, not including holes */
#define GUEST_RAM_MAX     (GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)
#define GUEST_RAM_BANK_BASES   { GUEST_RAM0_BASE, GUEST_RAM1_BASE }
#define GUEST_RAM_BANK_SIZES   { GUEST_RAM0_SIZE, GUEST_RAM1_SIZE }

#define GUEST_MAX_VCPUS 128

#endif
"""


def loaded(text: str | bytes, name: str = "arch-arm.h", **options: str) -> Loaded:
    content = text.encode() if isinstance(text, str) else text
    return load(Request(name, content=content, policy="none", **{"xen": "4.22", **options}))  # type: ignore[arg-type]


def values(found: Loaded) -> dict[str, object]:
    return {
        name: define.value.value
        if isinstance(define.value, Number)
        else tuple(each.value for each in define.value)
        for name, define in found.layout.defines.items()
    }


def wanted_values(before: Loaded, wanted: Wanted) -> dict[str, object]:
    """What the reader makes of the old text with other numbers for macros, and the new regions beside it."""
    layout = before.source.layout(wanted.changes)
    new: dict[str, object] = {}
    for region in wanted.regions:
        new |= {f"{region.name}_BASE": region.start, f"{region.name}_SIZE": region.size}
    old = {
        name: define.value.value
        if isinstance(define.value, Number)
        else tuple(each.value for each in define.value)
        for name, define in layout.defines.items()
    }
    return old | new


def applied(tmp_path: Path, content: bytes, diff: bytes, path: str = "arch-arm.h") -> bytes:
    """The header after the diff, by git and by patch, which agree."""
    results = []
    for tool in (["git", "apply", "-p1"], ["patch", "-p1", "--quiet", "--fuzz=0"]):
        folder = tmp_path / tool[0]
        header = folder / path
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_bytes(content)
        done = subprocess.run(tool, cwd=folder, input=diff, capture_output=True, check=False)
        assert done.returncode == 0, (tool, done.stdout, done.stderr, diff.decode("latin-1"))
        assert not list(header.parent.glob("*.orig")), "it applies with an offset"
        results.append(header.read_bytes())
    assert results[0] == results[1]
    return results[0]


def round_trip(tmp_path: Path, text: str | bytes, wanted: Wanted) -> tuple[Written, bytes]:
    """What was written, and the header after its diff: it has the wanted values, whoever applies it."""
    content = text.encode() if isinstance(text, str) else text
    before = loaded(content)
    found = written(before, wanted)
    assert found.diff is not None, found.notes
    after = (
        applied(tmp_path, content, found.diff) if found.diff else content
    )  # the values may be the old ones
    assert values(loaded(after)) == wanted_values(before, wanted)
    return found, after


def compiles(
    tmp_path: Path, header: bytes, lines: tuple[str, ...], other: Mapping[str, int] | None = None
) -> bool:
    """Whether a function of these lines compiles with the header, where some macros have other values."""
    again = "".join(
        f"#undef {name}\n#define {name} xen_mk_ullong({value:#x})\n" for name, value in (other or {}).items()
    )
    (tmp_path / "layout.h").write_bytes(header)
    source = (
        f'{PRELUDE}#include "{tmp_path / "layout.h"}"\n{again}'
        '#define BUILD_BUG_ON(cond) ({ _Static_assert(!(cond), "!(" #cond ")"); })\n'
        "void check(void)\n{\n" + "\n".join(lines) + "\n}\n"
    )
    done = gcc(tmp_path, source, "-Wall", "-Werror", "-Wno-unused", "-c", "-o", str(tmp_path / "layout.o"))
    assert done.returncode == 0 or "static assertion failed" in done.stderr, done.stderr
    return done.returncode == 0
