"""Inputs of every kind that try to be more than data, each with a command that reads it.

The word of `watch.MARK` is in each, so that text which reaches a compiler is known again. `{pwned}` stands for a file that
must not come to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.rules.headers import SOUND

ROOT = Path(__file__).parents[2]
BOARD = (ROOT / "tests/boards/one-size-cell.dts").read_text(encoding="utf-8")
DOMAIN = (ROOT / "tests/history/boards/passthrough.dts").read_bytes()
PYTHON = "__import__('os').system('touch {pwned} # harmful')"
SHELL = "$(touch {pwned}; : harmful)`touch {pwned}`"


@dataclass(frozen=True)
class Case:
    """A command and its inputs."""

    files: dict[str, str | bytes]
    """What lies in the folder where the command runs."""
    command: str
    statuses: tuple[int, ...]
    says: str
    """A pattern of what it prints: that it did read the input."""
    writes: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


HEADERS = {
    "include": ('#include "/etc/passwd"', r"a\.h:1: error: '#include \"/etc/passwd\"' is not followed"),
    "include upwards": ("#include <../../../../etc/passwd>", r"a\.h:1: error: '#include"),
    "include beside": ('#include "harmful.h"', r"a\.h:1: error: '#include"),
    "include by a macro": ('#define HARMFUL "/etc/passwd"\n#include HARMFUL', r"a\.h:2: error: "),
    "include_next": ('#include_next "/etc/passwd"', r"a\.h:1: error: "),
    "embed": ('#embed "/etc/passwd"', r"a\.h:1: error: "),
    "has_include": (
        '#if __has_include("/etc/passwd")\n#define GUEST_HARMFUL_BASE 1\n#endif',
        r"a\.h:1: error: ",
    ),
    "value": (f"#define GUEST_HARMFUL_BASE {PYTHON}", r"a\.h:1: error: "),
    "call": ("#define GUEST_HARMFUL_BASE eval(open)", r"a\.h:1: error: "),
    "pragma": ('#pragma GCC dependency "/etc/passwd" /* harmful */', r"a\.h"),
    "template": ('/* {{ harmful.__class__ }} {% include "/etc/passwd" %} */', r"a\.h"),
}
"""What stands in front of a sound header, and what is said of it."""
NAMED = SOUND.replace("GUEST_MAGIC_BASE ", "GUEST_MAGIC_BASE /* {{ 7 * 191 }} harmful <script> */ ")
PATCH = """\
From: harmful <harmful@example.org>
Subject: {pwned}
Content-Type: text/plain; charset="harmful/../../etc/passwd"

--- a/../../../../etc/passwd
+++ b/../../../../etc/passwd
@@ -1 +1 @@
-root
+harmful
--- a/xen/include/public/arch-arm.h
+++ b/xen/include/public/arch-arm.h
@@ -1,1 +1,2 @@
 #ifndef HARMFUL
+#include "/etc/passwd"
"""
MAIL = """\
From harmful@example.org Thu Jan  1 00:00:00 1970
From: =?/../../etc/passwd?B?aGFybWZ1bA==?= <harmful@example.org>
Subject: =?utf-8?Q?{pwned}?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="B"

--B
Content-Type: application/x-python; name="../../../{pwned}"
Content-Disposition: attachment; filename="{pwned}"
Content-Transfer-Encoding: x-uuencode

begin 755 {pwned}
%harmf
end
--B
Content-Type: message/external-body; access-type=local-file; name="/etc/passwd"

--B--
"""
POLICY = f"""\
format = "xen-layout-policy/1"
title = "harmful"
"__class__" = "{PYTHON}"
[[waiver]]
applies_to = ["*"]
property = "{PYTHON}"
subjects = ["GUEST_RAM1"]
reason = "harmful"
include = "/etc/passwd"
"""
MODEL = f"""\
format = "xen-layout-model/1"
kind = "proposal"
release = "4.17.0"
title = "harmful"
source = "/etc/passwd"
[defines]
GUEST_RAM0_BASE = "{PYTHON}"
"""
CONFIG = f"""\
name = "{SHELL}"
memory = 128
vcpus = 1
kernel = "harmful-image"
ramdisk = "/etc/passwd"
device_tree = "/etc/passwd"
firmware_override = "/etc/passwd"
bootloader = "{SHELL}"
disk = ["format=raw, vdev=xvda, access=rw, script={SHELL}, target=/etc/passwd"]
vif = ["script={SHELL}"]
"""
LOG = f"""\
(XEN) Xen version 4.17.7 ({SHELL}) (harmful) debug=n
(XEN) Command line: console={PYTHON}
(XEN) d0: extended region 0: {PYTHON}->0x80000000
"""
REAL_LOG = (ROOT / "tests/boards/sl28-4.17.log").read_text(encoding="utf-8") + f"(XEN) {SHELL} harmful\n"
GUEST = (ROOT / "tests/guests/xl-4.20.dts").read_text(encoding="utf-8")
EVENT = """{
  "__class__": "harmful", "ref": "--help", "before": "--upload-pack=touch {pwned}", "after": "--output={pwned}",
  "repository": {"default_branch": "../../../etc/passwd"}
}"""


def source(inside: str) -> str:
    """A board's source with something at its end."""
    return f"{BOARD}\n/* harmful */\n{inside}\n"


CASES = {
    **{
        f"header, {name}": Case(
            {"a.h": f"{text}\n{SOUND}", "harmful.h": "#error"},
            "check a.h --xen 4.22",
            (2,) if "error" in says else (1,),
            says,
        )
        for name, (text, says) in HEADERS.items()
    },
    "header as a page": Case(
        {"a.h": NAMED}, "check a.h --xen 4.22 --format html=a.html", (0, 1, 3), r"", ("a.html",)
    ),
    "header into SVG": Case({"a.h": NAMED}, "map a.h --xen 4.22 --format svg=a.svg", (0,), r"", ("a.svg",)),
    "two headers": Case(
        {"a.h": SOUND, "b.h": NAMED}, "diff a.h b.h --xen 4.22", (0, 1, 3), r"GUEST_|nothing|same"
    ),
    "repair": Case({"a.h": NAMED}, "find --repair a.h --xen 4.22", (0, 1, 3), r"a\.h"),
    "patch": Case({"a.patch": PATCH}, "check --base xen-4.17 a.patch", (0, 1, 2, 3), r"a\.patch"),
    "mail": Case({"a.mbox": MAIL}, "check --base xen-4.17 a.mbox", (2,), r"a\.mbox.*: error: "),
    "policy": Case({"p.toml": POLICY}, "check xen-4.17 --policy p.toml", (2,), r"p\.toml"),
    "model": Case({"m.toml": MODEL}, "check m.toml", (2,), r"m\.toml"),
    "xl": Case(
        {"g.cfg": CONFIG, "harmful-image": b"\x1f\x8bharmful"},
        "guest g.cfg --xen 4.17",
        (0, 1, 2, 3),
        r"g\.cfg",
    ),
    "xl, no data": Case({"g.cfg": f"memory = {PYTHON}\n"}, "guest g.cfg --xen 4.17", (2,), r"g\.cfg:1"),
    "source": Case({"b.dts": source("")}, "host b.dts --xen 4.17", (0, 1, 3), r"b\.dts", programs=("dtc",)),
    "source, incbin": Case(
        {"b.dts": source('/ { p = /incbin/("/etc/passwd"); };')},
        "host b.dts",
        (2,),
        r"/incbin/ of another file",
    ),
    "source, include": Case(
        {"b.dts": source('/include/ "/etc/passwd"')}, "host b.dts", (2,), r"/include/ of another file"
    ),
    "source, C": Case(
        {"b.dts": source('#include "/etc/passwd"')},
        "host b.dts",
        (2,),
        r"b\.dts:\d+: error: dtc",
        programs=("dtc",),
    ),
    "source, line": Case(
        {"b.dts": source('# 1 "/etc/passwd"\n/ { harmful')},
        "host b.dts",
        (2,),
        r"error: dtc",
        programs=("dtc",),
    ),
    **{
        f"partial tree, {name}": Case(
            {"b.dts": DOMAIN, "p.dts": f"/dts-v1/;\n/ {{ passthrough {{ harmful; {text} }}; }};\n"},
            "host b.dts --xen 4.18 --partial d1=p.dts",
            (2,),
            rf"p\.dts:2: error: /{name}/ of another file",
            programs=("dtc",),
        )
        for name, text in (("incbin", 'p = /incbin/("/etc/passwd");'), ("include", '/include/ "/etc/passwd"'))
    },
    "log": Case(
        {"b.dts": source(""), "x.log": LOG},
        "host b.dts --log x.log",
        (0, 1, 2, 3),
        r"x\.log",
        programs=("dtc",),
    ),
    "log of a board": Case(
        {"b.dtb": (ROOT / "tests/boards/sl28.dtb").read_bytes(), "x.log": REAL_LOG},
        "host b.dtb --log x.log",
        (1,),
        r"the log has the same 7 extended regions",
    ),
    "reproduction": Case(
        {"b.dtb": (ROOT / "tests/boards/sl28.dtb").read_bytes()},
        "host b.dtb --xen 4.17 --iommu --ipa-bits 48 --reproduce out",
        (1,),
        r"out",
        ("out",),
    ),
    "tree of a guest": Case(
        {"g.dts": f"{GUEST}\n/* harmful */\n"},
        "guest g.dts --xen 4.20",
        (0, 1, 3),
        r"g\.dts",
        programs=("dtc",),
    ),
    "tree of a guest, incbin": Case(
        {"g.dts": GUEST + '/ { p = /incbin/("/etc/passwd"); }; /* harmful */'},
        "guest g.dts --xen 4.20",
        (2,),
        r"g\.dts:\d+: error: /incbin/ of another file",
    ),
    "blob": Case({"b.dtb": b"\xd0\x0d\xfe\xed harmful" + bytes(64)}, "host b.dtb", (2,), r"b\.dtb"),
    "event": Case({"e.json": EVENT}, "ci --repo tree --event github", (2, 3), r"error", programs=("git",)),
    "repository": Case(
        {},
        "ci --repo tree --range HEAD --xen 4.17",
        (0, 1, 3),
        r"1 commit|HEAD|[0-9a-f]{10}",
        programs=("git",),
    ),
}
