"""The table of all boards: `python -m tests.boards_table` (`make boards`) writes manual/boards.md, its summary in host.md.

The boards are those of the kernel package of Debian 12, which is fetched and unpacked, never installed. TREES=folder
takes the trees of a package that is unpacked already.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill

from tests.board_answers import RELEASES, Answer, Board, board
from tests.board_classes import CLASSES, PERMITTED, class_of
from tests.reading.test_debian_trees import fetched
from verifier.layout import units
from verifier.layout.board_finding import BoardFinding

MANUAL = Path(__file__).parent.parent / "manual"
TABLE, CHAPTER = MANUAL / "boards.md", MANUAL / "host.md"
SUMMARY = re.compile(r"(<!-- boards -->\n).*?(<!-- end of boards -->)", re.DOTALL)
KERNEL = r"linux-image-6\.1\.0-[0-9]+-arm64"
OPEN, SOUND = "open", "sound"

INTRODUCTION = """\
# All boards of a kernel package

What Xen {releases} gives dom0 on the {count} boards whose device trees are in `{package}` (Debian 12), and what
is wrong with it. `make boards` writes this file and the summary in [Boards](host.md#all-boards).

Each tree is taken as the kernel has it, with IOMMU and 48 ipa bits, as by `verifier host BOARD.dtb --xen {first} --iommu
--ipa-bits 48`, with these reservations:

* **RAM.** Most trees leave it to the boot loader. Banks without a size are left out; then what else lies where RAM
  will be is not known, and a board on which nothing is found wrong is `open`, not sound. Where a tree has RAM, it is
  taken for the board's.
* **IOMMU.** The column names Xen's driver for an IOMMU of the tree that is not disabled. Without one Xen offers dom0
  RAM that it does not own instead of holes. The answer for these boards is what they would get with one: the map is
  sound or not whoever has it. What they get without depends on RAM
  and on where dom0's lies; most trees do not tell it, and the table leaves it out.
* **Room.** Whether dom0's own device tree fits its buffer depends on what the boot loader adds to the host's. It is
  taken to fit.
* **`{permitted}`** is true of every board with a release before 4.21, and stands in the summary alone.

A class says why, below; a board can be in several. Regions are counted with their sum; `verifier host` has them all.
Boards that differ in no column share a row.
"""


REST = (
    f"**`{OPEN}`**: no region covers anything that the tree describes, and all fit. What the boot loader adds is not in "
    "it, RAM above all: `verifier host` on the tree that Xen gets, `/sys/firmware/fdt` of a running Linux, decides."
)


def boards(paths: Sequence[Path]) -> list[Board]:
    """Every tree, on all processors."""
    with Pool() as pool:
        return sorted(pool.imap_unordered(board, paths, chunksize=8), key=lambda each: each.name)


def document(found: Sequence[Board], package: str) -> str:
    """The page of all boards."""
    introduction = INTRODUCTION.format(
        releases=units.listing(RELEASES),
        count=len(found),
        package=package,
        first=RELEASES[0],
        permitted=PERMITTED,
    )
    return "\n".join(
        (introduction, f"<!-- boards -->\n{summary(found)}<!-- end of boards -->\n", _causes(), _table(found))
    )


def summary(found: Sequence[Board]) -> str:
    """How many boards are in each class with each release, and how many of these have an IOMMU."""
    counts = [
        Counter(name for each in found for name in verdicts(each.answers[at])) for at in range(len(RELEASES))
    ]
    driven = [
        Counter(name for each in found if each.iommu for name in verdicts(each.answers[at]))
        for at in range(len(RELEASES))
    ]
    columns = " | ".join(f"boards, {each} | with an IOMMU" for each in RELEASES)
    lines = [f"| class | effect | what | {columns} |", f"|---|---|---|{'--:|' * 2 * len(RELEASES)}"]
    for name, effect, title in _names():
        cells = " | ".join(
            f"{all_of[name]} | {some[name]}" for all_of, some in zip(counts, driven, strict=True)
        )
        lines.append(f"| `{name}` | {effect} | {title} | {cells} |")
    return "\n".join(lines) + "\n"


def _names() -> Iterator[tuple[str, str, str]]:
    for each in CLASSES:
        yield each.id, each.effect, each.title
    yield (
        OPEN,
        "open",
        "nothing is found wrong, and the host's RAM is not known, or may not be enough for dom0's 512 MiB",
    )
    yield SOUND, "sound", "sound and complete, for the RAM of the tree"


def verdicts(answer: Answer) -> list[str]:
    """The classes of a board with one release; `open` or `sound` where it is in none but that of all boards."""
    known = {class_of(each).id for each in answer.refuted}
    rest = OPEN if answer.unknown else SOUND
    return [each.id for each in CLASSES if each.id in known] + ([] if known - {PERMITTED} else [rest])


def _causes() -> str:
    texts = [f"**`{each.id}`**: {each.title} (`{each.property}`). {each.cause}" for each in CLASSES]
    wrapped = (fill(each, 118, break_on_hyphens=False, break_long_words=False) for each in (*texts, REST))
    return "\n\n".join(("## Classes", *wrapped, ""))


def _table(found: Sequence[Board]) -> str:
    folded: dict[tuple[str, ...], list[str]] = {}
    for each in found:
        folder, _, name = each.name.partition("/")
        cells = tuple(cell for answer in each.answers for cell in _cells(answer))
        folded.setdefault((folder, each.iommu, *cells), []).append(name)
    heads = " | ".join(f"regions, {each} | verdict, {each}" for each in RELEASES)
    lines = [
        "## All boards",
        "",
        f"| vendor | boards | IOMMU | {heads} |",
        f"|---|---|---|{'---|' * 2 * len(RELEASES)}",
    ]
    for key, names in folded.items():
        folder, iommu, *shown = key
        lines.append(f"| {folder} | {', '.join(names)} | {iommu or '-'} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _cells(answer: Answer) -> tuple[str, str]:
    total = sum(each.size for each in answer.regions)
    regions = f"{len(answer.regions)}, {units.size(total)}" if total else "none" if answer.is_built else "-"
    return regions, "<br>".join(_reasons(answer))


def _reasons(answer: Answer) -> Iterator[str]:
    for name in verdicts(answer):
        if name in (OPEN, SOUND):
            yield f"`{name}`"
        elif name != PERMITTED:
            yield f"`{name}`: {_reason([each for each in answer.refuted if class_of(each).id == name])}"


def _reason(found: Iterable[BoardFinding]) -> str:
    """The largest, and how many more."""
    first, *others = sorted(found, key=_weight)
    text = first.message
    if first.property != "built":
        text = re.sub(r"^extended region \d+ of d0 ", "", text.partition(": ")[0])
    return f"{text} (and {len(others)} more)" if others else text


def _weight(finding: BoardFinding) -> tuple[bool, int, str]:
    """Windows of PCI first: their bridge is sure to use them."""
    size = 0 if finding.overlap is None else finding.overlap.size
    return "window of a PCI" not in finding.message, -size, finding.message


def trees(folder: Path) -> tuple[list[Path], str]:
    """The trees, and the package that they are from: fetched into a folder, or of a package that is unpacked already."""
    unpacked = os.environ.get("TREES", "")
    if unpacked and Path(unpacked).is_dir():
        paths = sorted(Path(unpacked).rglob("*.dtb"))
        return paths, next(each for each in paths[0].parts if each.startswith("linux-image-"))
    paths = fetched("arm64", folder, KERNEL)
    return paths, next(folder.glob("*.deb")).name.partition("_")[0]


def written(paths: Sequence[Path], package: str) -> tuple[str, str]:
    """The page of all boards, and the chapter with its summary."""
    found = boards(paths)
    chapter = CHAPTER.read_text(encoding="utf-8")
    text = SUMMARY.sub(lambda place: f"{place[1]}{summary(found)}{place[2]}", chapter)
    return document(found, package), text


def main() -> None:
    """Write both."""
    with TemporaryDirectory() as folder:
        paths, package = trees(Path(folder))
        table, chapter = written(paths, package)
    TABLE.write_text(table, encoding="utf-8")
    CHAPTER.write_text(chapter, encoding="utf-8")
    print(f"{len(paths)} boards of {package}", file=sys.stderr)


if __name__ == "__main__":
    main()
