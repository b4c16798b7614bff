"""Patches, mails and series through the command: the mail of 2021, three patches of which one breaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.reading.mails import HEADER, diff, mail
from tests.rules.headers import SOUND, refuted
from verifier.commands import run
from verifier.commands.check import check
from verifier.layout.box import Box
from verifier.layout.errors import InputError
from verifier.layout.finding import Report, Verdict
from verifier.reading.request import Request

MAIL = Path(__file__).parent.parent / "reading" / "data" / "2021-08-04-safe-range.txt"
CODE = """\
diff --git a/xen/arch/arm/domain_build.c b/xen/arch/arm/domain_build.c
--- a/xen/arch/arm/domain_build.c
+++ b/xen/arch/arm/domain_build.c
@@ -1100,7 +1100,7 @@ static int __init find_domU_holes(const struct kernel_info *kinfo,
     unsigned int i;
     uint64_t bankend;
-    const uint64_t bankbase[] = GUEST_RAM_BANK_BASES;
+    const uint64_t bankbase[] = { GUEST_RAM1_BASE };
     int res = -ENOENT;
"""
Write = Callable[[str, str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    run(["check", *arguments, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def part(old: str, new: str, number: int, total: int) -> str:
    """A mail of a series."""
    return mail(diff(old, new), f"[PATCH {number}/{total}] xen/arm: Move things, step {number}")


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_the_mail_of_2021_gives_all_that_the_model_gives_and_more(capsys: pytest.CaptureFixture[str]) -> None:
    """Issue and thread: comments, short descriptors and capacity beside the overlap; the code it changes."""
    mailed = document(capsys, "--base", "xen-4.15", str(MAIL))
    model = document(capsys, "--xen", "4.15", "rfc-2021-safe-range")
    known = {(each["property"], *each["subjects"]): each for each in mailed["findings"]}
    for finding in model["findings"]:
        if finding["verdict"] in ("refuted", "waived"):
            found = known[(finding["property"], *finding["subjects"])]
            assert found["verdict"] == finding["verdict"]
            assert found["regimes"] == finding["regimes"]
    new = {key for key, each in known.items() if each["verdict"] in ("refuted", "unknown")} - {
        (each["property"], *each["subjects"]) for each in model["findings"]
    }
    assert new == {("comments-agree", "GUEST_SAFE_RANGE"), ("model-current", "make_hypervisor_node")}
    assert known["reachable", "GUEST_SAFE_RANGE"]["fails_when"] == {"guest": ["aarch32-short"]}
    assert "1019 GiB" in known["capacity", "GUEST_RAM_MAX"]["message"]
    assert "891 GiB" in known["capacity", "GUEST_RAM_MAX"]["message"]
    assert mailed["subject"]["kind"] == "patch"
    places = {each["origin"]["file"] for each in mailed["findings"][1]["counterexample"]["regions"]}
    assert places == {str(MAIL)}
    assert [each["level"] for each in mailed["patches"][0]["hunks"]] == ["macro", "macro"]
    assert {each["verdict"] for each in mailed["other_bases"]} == {"refuted"}
    assert [(each["first"], each["last"]) for each in mailed["other_bases"]] == [
        ("4.5.0", "4.10.4"),
        ("4.16.0", "head"),
    ]


def test_it_can_be_read_from_standard_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "check", "--base", "xen-4.15", "-"],
        input=MAIL.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(b"<stdin>: refuted (13 properties: ")
    assert b"it applies to 4.5.0 to 4.10.4 and 4.16.0 to head as well" in done.stdout


def test_without_a_base_it_is_head(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, str(MAIL))
    assert (found["release"], found["patches"][0]["base"]) == ("head", "xen-head")


def test_a_patch_that_only_old_releases_fit_says_which(write: Write) -> None:
    """GUEST_RAM1_SIZE has not moved, GUEST_GICC_SIZE was 0x100 in 4.5.0 to 4.5.2 and 4.6.0 (and 4.4)."""
    path = write("gicc.patch", "-#define GUEST_GICC_SIZE 0x100ULL\n+#define GUEST_GICC_SIZE 0x2000ULL\n")
    with pytest.raises(InputError) as caught:
        check(Request(path))
    message = caught.value.message
    assert 'it expects "#define GUEST_GICC_SIZE 0x100ULL", 0x100' in message
    assert message.endswith(
        "it applies to 4.4.0, 4.4.1 to 4.4.4, 4.5.0 to 4.5.2 and 4.6.0: name one with --base"
    )
    assert not refuted(check(Request(path, base="4.6.0")))


def test_a_differing_verdict_on_another_base_is_said(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """The type cell of 4.16 to 4.18 is wrong whatever the patch does elsewhere; from 4.19 on it is right."""
    path = write("bank.patch", "-#define GUEST_MAGIC_SIZE 0x1000000\n+#define GUEST_MAGIC_SIZE 0x800000\n")
    run(["check", path, "--base", "4.17"])
    out = capsys.readouterr().out
    assert f"{path}: refuted" in out
    assert "it applies to 4.19.0 to head as well, where the layout is proved, as without it" in out
    assert (
        "it applies to 4.16.0 to 4.16.7 as well, with the same verdict" in out.replace("4.5.0 to 4.5.2, ", "")
        or "4.16.0 to 4.16.7" in out
    )


def sound_series(write: Write) -> tuple[str, str, list[str]]:
    """A header, and three patches: the first is sound, the second breaks, the third repairs."""
    one = changed(
        SOUND,
        "GUEST_PL011_BASE           xen_mk_ullong(0x22000000)",
        "GUEST_PL011_BASE xen_mk_ullong(0x22100000)",
    )
    two = changed(
        one,
        "GUEST_MAGIC_BASE           xen_mk_ullong(0x39000000)",
        "GUEST_MAGIC_BASE xen_mk_ullong(0x38fff000)",
    )
    three = changed(
        two, "GUEST_MAGIC_BASE xen_mk_ullong(0x38fff000)", "GUEST_MAGIC_BASE xen_mk_ullong(0x3a000000)"
    )
    mails = [
        part(old, new, number, 3) for number, (old, new) in enumerate(pairwise([SOUND, one, two, three]), 1)
    ]
    return write("arch-arm.h", SOUND), write("series.mbox", "".join(mails)), mails


def verdicts(report: Report) -> list[Verdict]:
    return [each.own_verdict for each in (*report.before, report)]


def test_a_series_is_checked_patch_by_patch(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    base, series, _ = sound_series(write)
    report = check(Request(series, base=base, policy="none"))
    assert verdicts(report) == [Verdict.PROVED, Verdict.REFUTED, Verdict.PROVED]
    assert report.verdict is Verdict.REFUTED
    broken = refuted(report.before[1])
    assert [finding.subjects for finding in broken] == [("GUEST_GNTTAB", "GUEST_MAGIC")]
    assert broken[0].regimes == (Box(),)
    assert run(["check", series, "--base", base]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{series}: refuted (3 patches: 2 proved, 1 refuted)\n")
    for number, verdict in ((1, "proved"), (2, "refuted"), (3, "proved")):
        assert f"\n{series} patch {number}: {verdict} (13 properties: " in out
    found = document(capsys, series, "--base", base)
    assert found["verdict"] == "refuted"
    assert [each["verdict"] for each in found["patches"]] == ["proved", "refuted", "proved"]
    assert {
        each["patch"]
        for each in found["findings"]
        if each["verdict"] == "refuted" and each["severity"] == "error"
    } == {2}


def test_its_order_is_that_of_its_subjects(write: Write) -> None:
    base, _, mails = sound_series(write)
    shuffled = write("shuffled.mbox", mails[2] + mails[0] + mails[1])
    report = check(Request(shuffled, base=base, policy="none"))
    assert verdicts(report) == [Verdict.PROVED, Verdict.REFUTED, Verdict.PROVED]


def test_git_format_patch_on_a_file(tmp_path: Path) -> None:
    """The issue's second line, typed as it stands: real git, a pipe, a header as the base."""

    def git(*arguments: str) -> bytes:
        known = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
        done = subprocess.run(["git", *known, *arguments], cwd=tmp_path, capture_output=True, check=True)
        return done.stdout

    git("init", "-q", "-b", "main")
    path = tmp_path / HEADER
    path.parent.mkdir(parents=True)
    texts = [SOUND, changed(SOUND, "GUEST_MAX_VCPUS            128", "GUEST_MAX_VCPUS            129")]
    for text in texts:
        path.write_text(text)
        git("add", ".")
        git("commit", "-q", "-m", "Change the layout")
    patches = git("format-patch", "--stdout", "HEAD~1..")
    (tmp_path / "arch-arm.h").write_text(SOUND)
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "check", "--base", "arch-arm.h", "-"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        input=patches,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    out = done.stdout.decode()
    assert "hunk applied as it is at arch-arm.h:" in out
    assert (
        "needs 0x1020000 (~16.1 MiB) (129 x 0x20000, room for 128): 128 KiB too small  [minimum-size]" in out
    )


def test_code_alone_never_passes_unseen(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("code.patch", CODE)
    assert run(["check", path, "--base", "xen-4.22"]) == 3
    out = capsys.readouterr().out
    assert "no hunk for the layout header: its layout is that of the base" in out
    assert "unknown: find_domU_holes in xen/arch/arm/domain_build.c changes" in out
    assert "as of c447b7308b" in out


def test_code_that_no_model_describes_is_told_from_it(write: Write) -> None:
    other = CODE.replace("find_domU_holes(const", "make_chosen_node(const")
    touched = diff(SOUND, SOUND.replace("GUEST_MAX_VCPUS            128", "GUEST_MAX_VCPUS            127"))
    report = check(Request(write("a.patch", touched + other), base=write("arch-arm.h", SOUND), policy="none"))
    (found,) = (each for each in report.findings if each.property == "model-current")
    assert (found.verdict, found.subjects) == (Verdict.PROVED, ("make_chosen_node",))


def test_macros_in_another_header_leave_the_verdict_unknown(write: Write) -> None:
    more = (
        "--- a/xen/include/public/device_tree_defs.h\n+++ b/xen/include/public/device_tree_defs.h\n"
        "@@ -1,1 +1,2 @@\n #define A 1\n+#define GUEST_FOO_BASE 0x38000000\n"
    )
    touched = diff(SOUND, SOUND.replace("GUEST_VPL011_SPI           32", "GUEST_VPL011_SPI           44"))
    report = check(Request(write("a.patch", touched + more), base=write("arch-arm.h", SOUND), policy="none"))
    assert report.verdict is Verdict.UNKNOWN
    (found,) = (each for each in report.findings if each.verdict is Verdict.UNKNOWN)
    assert "GUEST_FOO_BASE changes in xen/include/public/device_tree_defs.h" in found.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("From: a@b.c\nSubject: hello\n\nNothing here.\n", "no hunk for the layout header arch-arm.h"),
        (
            "--- a/README\n+++ b/README\n@@ -1 +1 @@\n-a\n+b\n",
            "no hunk for the layout header arch-arm.h; it changes README",
        ),
        (
            "-#define GUEST_MAX_VCPUS 128\n+#define GUEST_MAX_VCPUS 64\n\nOr rather:\n\n"
            "-#define GUEST_MAX_VCPUS 128\n+#define GUEST_MAX_VCPUS 256\n",
            "two versions of a hunk",
        ),
        (
            "-#define GUEST_MAX_VCPUS 64\n+#define GUEST_MAX_VCPUS 65\n",
            'it expects "#define GUEST_MAX_VCPUS 64"',
        ),
        (
            "+#define GUEST_FOO_SIZE xen_mk_ull\n+#define GUEST_FOO_BASE 0x1000ULL\n",
            "unknown identifier 'xen_mk_ull'",
        ),
        ("+#define GUEST_FOO_BASE (0x1000\n", "the end stands where ')' is needed"),
    ],
)
def test_bad_patches_are_told_with_their_place(
    write: Write, text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("bad.eml", text)
    status = run(["check", path, "--base", "xen-4.22"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert (status, out) == (2, "")
    assert err.startswith(f"{path}:")
    assert words in err


def test_a_patch_is_no_base(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("a.patch", "+#define GUEST_FOO_BASE 0x1000ULL\n+#define GUEST_FOO_SIZE 0x1000ULL\n")
    assert run(["check", "xen-4.22", "--base", path]) == 2
    assert "a patch or mail, where a header or release is needed" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["/*\nFrom here on the map of guests.\nSubject to change.\n*/\n"])
def test_prose_in_a_header_makes_no_mail_of_it(write: Write, text: str) -> None:
    path = write("arch-arm.h", text + SOUND)
    assert check(Request(path, base=path, policy="none")).verdict is Verdict.PROVED


def test_a_map_of_what_a_patch_leads_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", str(MAIL), "--base", "xen-4.15"]) == 0
    assert "GUEST_SAFE_RANGE  ! overlaps GUEST_RAM1 by 8 GiB" in capsys.readouterr().out


def test_a_waiver_may_be_needed_by_one_patch_only(write: Write) -> None:
    base, series, _ = sound_series(write)
    policy = write(
        "policy.toml",
        'format = "xen-layout-policy/1"\n[[waiver]]\napplies_to = ["series.mbox"]\nproperty = "no-overlap"\n'
        'subjects = ["GUEST_GNTTAB", "GUEST_MAGIC"]\neverywhere = true\nreason = "mended by the next patch"\n',
    )
    report = check(Request(series, base=base, policy=policy))
    assert verdicts(report) == [Verdict.PROVED] * 3


@pytest.mark.parametrize(
    ("option", "expected"), [((), "proved"), (("--no-signature",), "proved"), (None, "unknown")]
)
def test_a_mail_without_signature_is_whole_if_its_summary_says_so(
    tmp_path: Path, write: Write, option: tuple[str, ...] | None, expected: str
) -> None:
    """None: the mail ends behind its first file, and the summary counts two."""
    known = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    folder = tmp_path / "repo"
    (folder / HEADER).parent.mkdir(parents=True)

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *known, *arguments], cwd=folder, capture_output=True, check=True, text=True
        )
        return done.stdout

    git("init", "-q", "-b", "main")
    for text in (SOUND, changed(SOUND, "GUEST_VPL011_SPI           32", "GUEST_VPL011_SPI           44")):
        (folder / HEADER).write_text(text)
        (folder / "zz").write_text(text[-40:] + str(len(text)))
        git("add", ".")
        git("commit", "-q", "--allow-empty", "-m", "Change the layout")
    (folder / "zz").write_text("more\n")
    git("commit", "-q", "-a", "--amend", "-m", "Change the layout")
    text = git("format-patch", "--stdout", *(option or ()), "HEAD~1..")
    cut = text if option is not None else text[: text.index("diff --git a/zz")]
    report = check(Request(write("m.patch", cut), base=write("arch-arm.h", SOUND), policy="none"))
    assert report.verdict == expected
