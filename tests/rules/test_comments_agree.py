"""comments-agree: true comments are proved, lies refuted with what would be true, doubts unknown."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.models.debian import Debian, run
from tests.models.test_real_headers import HEAD, HEADER, tags
from tests.schema import valid
from verifier.commands.check import check
from verifier.layout.finding import Finding, Report, Verdict
from verifier.logic.case import case_of
from verifier.reading import models
from verifier.reading.request import Request
from verifier.reading.source import header_source
from verifier.reports import json_format, text
from verifier.rules.comment_groups import LONGEST, MOST_AMOUNTS, Statement, statements
from verifier.rules.comments_agree import RULE, doubts

K, M, G = 1 << 10, 1 << 20, 1 << 30
SAFE = """\
#define GUEST_SAFE_RANGE_BASE xen_mk_ullong(0xDE00000000) /* {} */
#define GUEST_SAFE_RANGE_SIZE xen_mk_ullong(0x0200000000)
"""
"""8 GiB at 888 GiB."""


def stated(header: str) -> list[Statement]:
    layout = header_source(header.encode(), "header.h").layout()
    return list(statements(case_of(layout, models.facts("head", "arm64"), layout)))


def judged(header: str) -> list[str]:
    """Of each amount: holds, refuted, unknown."""
    return ["holds" if each.holds else "unknown" if each.doubt else "refuted" for each in stated(header)]


def region(name: str, base: int, size: int, comment: str = "", where: str = "above") -> str:
    above = f"/* {comment} */\n" if comment and where == "above" else ""
    on_base, on_size = (f" /* {comment} */" if where == place else "" for place in ("base", "size"))
    return (
        f"{above}#define GUEST_{name}_BASE xen_mk_ullong({base:#x}){on_base}\n"
        f"#define GUEST_{name}_SIZE xen_mk_ullong({size:#x}){on_size}\n"
    )


def findings(tmp_path: Path, header: str) -> list[Finding]:
    return [each for each in report(tmp_path, header).findings if each.property == RULE.id]


def report(tmp_path: Path, header: str) -> Report:
    path = tmp_path / "header.h"
    path.write_text(header)
    return valid(check(Request(str(path), ipa_bits=(40,))))


def test_the_lie_of_2021(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, SAFE.format("128GB"))
    place = tmp_path / "header.h"
    assert found.verdict is Verdict.REFUTED
    assert found.subjects == ("GUEST_SAFE_RANGE",)
    assert found.message == (
        f'the comment "128GB" ({place}:1) is neither the base nor the size of GUEST_SAFE_RANGE: '
        "its base is 0xde00000000 (888 GiB), its size 0x200000000 (8 GiB)"
    )
    assert found.help == ('write "8GB" (the size) or "888GB" (the base)',)
    assert found.repairs == ()
    assert found.counterexample is not None
    assert (found.counterexample.witness.found, found.counterexample.witness.needed) == (128 * G, 8 * G)


def test_the_report_of_the_lie(tmp_path: Path) -> None:
    found = report(tmp_path, SAFE.format("128GB"))
    lines = text.render(found).splitlines()
    assert '  help: write "8GB" (the size) or "888GB" (the base)' in lines
    assert not [line for line in lines if "no change of a single region" in line]
    (written,) = (
        each for each in json_format.document(found)["findings"] if each["property"] == "comments-agree"
    )
    assert written["help"] == ['write "8GB" (the size) or "888GB" (the base)']


@pytest.mark.parametrize(
    "comment",
    [
        "8GB",
        "888GB",
        "8GB @ 888GB",
        "8 GiB of safe range at 0xDE00000000",
        "[888GB, 896GB)",
        "888-896GB",
        "ends at 896GB",
        "size 8192M",
        "base: 888 GiB",
        "2097152 pages",
        "16 x 512MB",
        "up to 8GB",
        "1016GB - 128GB",
    ],
)
def test_true_comments(comment: str) -> None:
    assert set(judged(SAFE.format(comment))) == {"holds"}


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("7GB", ["refuted"]),
        ("9GB", ["refuted"]),
        ("8589934591 bytes", ["refuted"]),
        ("8589934592 bytes", ["holds"]),
        ("8589934593 bytes", ["refuted"]),
        ("2097151 pages", ["refuted"]),
        ("888GB @ 8GB", ["refuted", "refuted"]),  # each is there, but not as that
        ("8GB @ 887GB", ["holds", "refuted"]),
        ("size 888GB", ["refuted"]),
        ("base 8GB", ["refuted"]),
        ("ends at 888GB", ["refuted"]),
        ("[888GB, 895GB)", ["holds", "refuted"]),
        ("16MB == 4096 pages", ["refuted", "refuted"]),
        ("8GB = 4 x 1GB", ["holds", "refuted"]),
        ("up to 9GB", ["unknown"]),
        ("about 8.1GB", ["unknown"]),
        ("8.1GB", ["unknown"]),  # no whole number of bytes: rounded by whoever wrote it
        ("leave 64KB for the guest", ["unknown"]),
        ("64KB hole", ["unknown"]),
        ("2M aligned, in 4KB pages, above 4GB", []),
        ("11 devices, 128 vCPUs", ["unknown"]),  # a safe range has neither
    ],
)
def test_boundaries_and_doubts(comment: str, expected: list[str]) -> None:
    assert judged(SAFE.format(comment)) == expected


TWO = region("RAM0", G, 3 * G, "3GB of low RAM @ 1GB", "base") + region(
    "RAM1", 8 * G, 1016 * G, "1016GB of RAM @ 8GB", "base"
)


def test_comments_on_lines_of_one_group() -> None:
    assert judged(TWO) == ["holds"] * 4


def test_a_comment_copied_to_another_regions_line_is_not_proved() -> None:
    assert judged(TWO.replace("3GB of low RAM @ 1GB", "1016GB of RAM @ 8GB"))[:2] == ["unknown"] * 2
    assert judged(TWO.replace("1016GB of RAM @ 8GB", "3GB of low RAM @ 1GB"))[2:] == ["refuted"] * 2


def test_a_blank_line_ends_the_group() -> None:
    header = "/* 16MB */\n" + region("A", K, 4 * K) + "{}" + region("B", M, 16 * M)
    assert judged(header.format("")) == ["holds"]
    assert judged(header.format("\n")) == ["refuted"]
    assert judged("/* 16MB */\n\n" + region("A", K, 4 * K)) == []


def test_a_comment_on_the_line_of_the_size_speaks_of_the_base_too() -> None:
    assert judged(region("A", G, 16 * M, "16MB @ 1GB", "size")) == ["holds", "holds"]
    assert judged(region("A", G, 16 * M, "16MB @ 2GB", "size")) == ["holds", "refuted"]


def test_a_block_comment_speaks_of_all_below() -> None:
    below = region("RAM0", G, 3 * G) + region("RAM1", 8 * G, 1016 * G)
    for comment in ("3GB @ 1GB, 1016GB @ 8GB", "1019GB in all", "two parts: 3GB + 1016GB", "2 banks"):
        assert set(judged(f"/*\n * {comment}\n */\n{below}")) == {"holds"}, comment
    assert judged(f"/* 1016GB @ 1GB */\n{below}") == ["refuted", "holds"]
    assert judged(f"/* 1020GB in all */\n{below}") == ["refuted"]
    assert judged(f"/* 3 banks */\n{below}") == ["refuted"]


def test_what_is_incomplete_is_in_doubt() -> None:
    assert judged("#define GUEST_RAM_BASE 0x80000000ULL /* 768M @ 2GB */\n") == ["unknown", "holds"]
    assert judged("#define GUEST_RAM_BASE 0x80000000ULL /* 768M */\n") == ["unknown"]


@pytest.mark.parametrize(
    ("comment", "vcpus", "expected"),
    [
        ("vCPU0..127", 128, ["holds"]),
        ("vCPU0..127", 127, ["refuted"]),
        ("vCPU0..126", 128, ["refuted"]),
        ("vCPU0 - vCPU7", 8, ["holds"]),
        ("128 vCPUs x 128KB", 128, ["holds"]),
        ("up to 64 vCPUs", 128, ["unknown"]),
        ("128KB per vCPU", 128, []),
    ],
)
def test_redistributors(comment: str, vcpus: int, expected: list[str]) -> None:
    assert judged(region("GICV3_GICR0", 0x3020000, vcpus * 128 * K, comment, "base")) == expected


def test_a_count_that_stands_elsewhere_is_no_excuse() -> None:
    """128 vCPUs are promised elsewhere; the region beside the comment has room for 256."""
    header = region("GICV3_GICR0", 0x4000000, 32 * M, "vCPU0..127", "base")
    assert judged(header) == ["refuted"]
    assert judged(f"{header}\n#define GUEST_MAX_VCPUS 128\n") == ["refuted"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("/* at most 128 vCPUs */\n#define GUEST_MAX_VCPUS 128\n", ["holds"]),
        ("#define GUEST_MAX_VCPUS 128 /* 8 vCPUs */\n", ["refuted"]),
        ("/* 2 banks */\n#define GUEST_RAM_BANKS 2\n", ["holds"]),
        ("/* 3 banks */\n#define GUEST_RAM_BANKS 2\n", ["refuted"]),
        (
            "/* 11 SPIs */\n#define GUEST_VIRTIO_MMIO_SPI_FIRST 33\n#define GUEST_VIRTIO_MMIO_SPI_LAST 43\n",
            ["holds"],
        ),
        (
            "/* 10 SPIs */\n#define GUEST_VIRTIO_MMIO_SPI_FIRST 33\n#define GUEST_VIRTIO_MMIO_SPI_LAST 43\n",
            ["refuted"],
        ),
        (f"/* 256 buses */\n{region('VPCI_ECAM', 256 * M, 256 * M)}", ["holds"]),
        (f"/* 255 buses */\n{region('VPCI_ECAM', 256 * M, 256 * M)}", ["refuted"]),
        (f"/* 2048 devices */\n{region('VIRTIO_MMIO', 32 * M, M)}", ["holds"]),
        (f"/* 11 devices */\n{region('VIRTIO_MMIO', 32 * M, M)}", ["refuted"]),
        ("/* 1019GB */\n#define GUEST_RAM_MAX 0xfec0000000ULL\n", ["holds"]),
        ("/* 1020GB */\n#define GUEST_RAM_MAX 0xfec0000000ULL\n", ["refuted"]),
        ("/* 4KB */\n#define GUEST_EVTCHN_PPI 31\n", ["unknown"]),
    ],
)
def test_counts_and_single_numbers(header: str, expected: list[str]) -> None:
    assert judged(header) == expected


def test_devices_are_counted_by_their_interrupts_too() -> None:
    spis = "#define GUEST_VIRTIO_MMIO_SPI_FIRST 33\n#define GUEST_VIRTIO_MMIO_SPI_LAST 43\n"
    assert judged(f"/* 11 devices */\n{region('VIRTIO_MMIO', 32 * M, M)}\n{spis}") == ["holds"]


@pytest.mark.parametrize("count", [11, 12])
def test_interrupts_that_stand_elsewhere_are_not_those_of_a_region(count: int) -> None:
    """Eleven are set aside for virtio devices; a UART has none of these."""
    spis = "#define GUEST_VIRTIO_MMIO_SPI_FIRST 33\n#define GUEST_VIRTIO_MMIO_SPI_LAST 43\n"
    assert judged(f"/* {count} interrupts */\n{region('PL011', 32 * M, 4 * K)}\n{spis}") == ["unknown"]


def test_repairs_of_macros_are_offered_beside_comments_that_have_to_follow(tmp_path: Path) -> None:
    """A true comment must not keep its region from being moved; a lie elsewhere stays one."""
    ram = region("RAM1", 8 * G, 888 * G, "888GB of RAM @ 8GB", "base")
    for comment, left in (("8GB @ 888GB", ()), ("128GB", ("comments-agree",))):
        found = report(tmp_path, ram + "\n" + SAFE.format(comment))
        (overlap,) = (each for each in found.findings if each.property == "no-overlap")
        others = {"reachable", "banks", "capacity"}  # what else is wrong with two lone regions
        remaining = {tuple(each.changes): set(each.remaining) - others for each in overlap.repairs}
        assert remaining == {("GUEST_SAFE_RANGE_BASE",): set(left), ("GUEST_RAM1_SIZE",): set(left)}


def test_messages_of_other_shapes(tmp_path: Path) -> None:
    place = tmp_path / "header.h"
    (found,) = findings(tmp_path, region("GICV3_GICR0", 0x3020000, 16 * M, "vCPU0..63", "base"))
    assert found.message == f'the comment "vCPU0..63" ({place}:1) says 64, but GUEST_GICV3_GICR0 has 128'
    assert found.help == ('write "128" (the count)',)
    (found,) = findings(tmp_path, region("RAM0", G, 3 * G, "2GB of RAM @ 1GB", "base"))
    assert found.message == (
        f'the comment "2GB" ({place}:1) is not the size of GUEST_RAM0, which is 0xc0000000 (3 GiB)'
    )
    assert found.details[0] == "the whole comment: 2GB of RAM @ 1GB"
    (found,) = findings(tmp_path, SAFE.format("leave 64KB free"))
    assert found.verdict is Verdict.UNKNOWN
    assert found.message.endswith("8 GiB); it may speak of something else")


def test_too_much_to_read_is_reported() -> None:
    def reasons(comment: str) -> list[str]:
        layout = header_source(f"/* {comment} */\n{region('A', G, K)}".encode(), "header.h").layout()
        return [each.reason for each in doubts(case_of(layout, models.facts("head", "arm64"), layout))]

    assert reasons("1K " * MOST_AMOUNTS) == []
    assert reasons("1K " * (MOST_AMOUNTS + 1)) == [
        f"the comment at header.h:1 was not read: it and all after it follow {MOST_AMOUNTS} amounts"
    ]
    assert reasons("x" * LONGEST) == []
    assert reasons("x" * (LONGEST + 1)) == [
        f"the comment at header.h:1 was not read: it has more than {LONGEST} characters"
    ]


def written(source: random.Random, number: int) -> tuple[str, int]:
    """A random spelling of bytes, and what one of its units is."""
    fitting = [(letter, 1 << shift) for letter, shift in zip("KMGT", (10, 20, 30, 40), strict=True)]
    letter, each = source.choice([(name, each) for name, each in fitting if number % each == 0])
    unit = source.choice(["{}", "{}B", "{}iB", " {}B", " {}iB"]).format(letter)
    return f"{number // each}{unit}", each


@pytest.mark.parametrize("seed", range(300))
def test_random_comments_are_true_and_one_unit_off_they_are_not(seed: int) -> None:
    source = random.Random(seed)
    base, size = (source.randrange(1, 4000) << source.choice([10, 20, 30]) for _ in range(2))
    where = source.choice(["above", "base", "size"])
    shape = source.choice(
        ["{size} @ {base}", "{size} of RAM at {base}", "{size}", "size: {size}", "({size})"]
    )

    def verdict(stated_size: int, stated_base: int) -> set[str]:
        comment = shape.format(size=spelling(stated_size), base=spelling(stated_base))
        return set(judged(region("RAM0", base, size, comment, where)))

    (_, size_unit), (_, base_unit) = written(source, size), written(source, base)

    def spelling(number: int) -> str:
        return written(source, number)[0]

    assert verdict(size, base) == {"holds"}
    for wrong in (size - size_unit, size + size_unit):
        if wrong > 0 and wrong != base:
            assert "refuted" in verdict(wrong, base), (shape, wrong)
    if "{base}" in shape:
        assert "refuted" in verdict(size, base + base_unit)


LATEST = [
    "vCPU0..127",
    "256 MB",
    "256 buses x 32 devices x 8 functions x 4 KB",
    "256 MB",
    "16MB",
    "4096 pages",
    "3GB",
    "1GB",
    "4GB",
    "4GB",
    "1016GB",
    "8GB",
]
"""What a reader finds in the header of 4.16.0 and all later ones, top to bottom: on GUEST_GICV3_GICR0,
GUEST_VPCI_ECAM, GUEST_GNTTAB, GUEST_RAM0, GUEST_VPCI_PREFETCH_MEM and GUEST_RAM1."""


def test_debians_header_tells_the_truth(debian: Debian) -> None:
    found_there = stated(debian.header.read_text())
    assert [(each.amount.text, each.holds) for each in found_there] == [(name, True) for name in LATEST]
    found = check(Request(str(debian.header), xen=debian.tag))
    (finding,) = (each for each in found.findings if each.property == RULE.id)
    assert finding.verdict is Verdict.PROVED
    assert finding.message.startswith(f"{RULE.title}: 12 obligations on 6 subjects")


def test_one_digit_changed_in_debians_header_is_found(debian: Debian) -> None:
    """Every number of every comment, each alone."""
    header = debian.header.read_text()
    for old, new in (
        ("vCPU0..127", "vCPU0..126"),
        ("* 256 MB is", "* 255 MB is"),
        ("256 buses x", "255 buses x"),
        ("x 4 KB = 256 MB", "x 4 KB = 257 MB"),
        ("16MB ==", "17MB =="),
        ("4096 pages", "4097 pages"),
        ("3GB of low RAM @ 1GB", "2GB of low RAM @ 1GB"),
        ("3GB of low RAM @ 1GB", "3GB of low RAM @ 2GB"),
        ("4GB @ 4GB", "5GB @ 4GB"),
        ("4GB @ 4GB", "4GB @ 5GB"),
        ("1016GB of RAM @ 8GB", "1015GB of RAM @ 8GB"),
        ("1016GB of RAM @ 8GB", "1016GB of RAM @ 9GB"),
    ):
        assert header.count(old) == 1
        assert judged(header.replace(old, new)).count("refuted") == 1, new


def test_all_headers_of_xen_tell_the_truth() -> None:
    """Only with XEN_GIT. Amounts by release: none in 4.4.0, "768M @ 2GB", from 4.5 on 7, from 4.16 on 12."""
    git = os.environ.get("XEN_GIT")
    if not git:
        pytest.skip("XEN_GIT is not set: Debian's header only")
    counts: dict[int, list[str]] = {}
    for tag in [*tags(Path(git)), "head"]:
        commit = HEAD if tag == "head" else f"RELEASE-{tag}"
        header = run("git", "-C", git, "show", f"{commit}:{HEADER}").decode()
        found = judged(header)
        assert set(found) <= {"holds"}, tag
        counts.setdefault(len(found), []).append(tag)
    for count, expected in ((0, "4.4.0"), (2, "4.4.1 4.4.4"), (7, "4.5.0 4.15.7"), (12, "4.16.0 head")):
        ordered = sorted(counts.pop(count), key=models.version)
        assert f"{ordered[0]} {ordered[-1]}" in (expected, f"{expected} {expected}")
    assert counts == {}
