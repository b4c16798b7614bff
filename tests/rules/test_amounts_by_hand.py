"""What comments say at the bounds of each reading: how many words may stand between, which signs join, what is of another.

Each text has its amounts: as written, how much or many, in which role, the base that it is given with, and if it is plain.
"""

from __future__ import annotations

from typing import TypeAlias

import pytest

from verifier.rules.quantities import Amount, amounts

K, M, G = 1 << 10, 1 << 20, 1 << 30
Said: TypeAlias = tuple[str, int, str, int | None, bool]


def plainly(text: str, value: int, role: str = "base or size", at: int | None = None) -> Said:
    return (text, value, role, at, True)


def vaguely(text: str, value: int, role: str = "base or size", at: int | None = None) -> Said:
    return (text, value, role, at, False)


WORDS: dict[str, list[Said]] = {
    # Four words such as "of" and "the" may stand between an amount and the word that says what it is.
    "size is in the a 8GB": [plainly("8GB", 8 * G, "size")],
    "size is of in the a 8GB": [vaguely("8GB", 8 * G)],
    "GUEST_MAGIC is 16MB": [plainly("16MB", 16 * M)],
    "so 64KB == 16 pages": [plainly("64KB", 64 * K), plainly("16 pages", 64 * K)],
    # Of what stands behind, the first word counts, or the first two, of four at most, but not those that only describe.
    "8GB of pages": [plainly("8GB", 8 * G)],
    "64KB in total each": [plainly("64KB", 64 * K)],
    "8GB with holes": [plainly("8GB", 8 * G)],
    "8GB again before 4.5": [plainly("8GB", 8 * G)],
    "8GB or so": [plainly("8GB", 8 * G)],
    "8GB is larger": [plainly("8GB", 8 * G)],
    "8GB or the lower half": [plainly("8GB", 8 * G)],
    "64KB guest virtual RAM memory per vCPU": [plainly("64KB", 64 * K)],
    "64KB guest virtual RAM per vCPU": [],
}
JOINED: dict[str, list[Said]] = {
    "vCPU0..127": [plainly("vCPU0..127", 128)],
    "vCPU7 - vCPU7": [plainly("vCPU7 - vCPU7", 1)],
    "vCPU8 - vCPU7": [],
    "vCPUs run - 7": [],
    "vCPU0 - many": [],
    "2 x 3 banks": [plainly("2 x 3 banks", 6)],
    "2 wide buses x 4 KB": [plainly("2 wide buses x 4 KB", 8 * K)],
    "2 very wide buses x 4 KB": [vaguely("4 KB", 4 * K)],
    "4 KB * many": [plainly("4 KB", 4 * K)],
    "2, 3 x 4 KB": [vaguely("3 x 4 KB", 12 * K)],
    "4KB x 4KB 8GB": [vaguely("8GB", 8 * G)],
    "1GB and 2GB + 1GB": [plainly("1GB", G), vaguely("2GB + 1GB", 3 * G)],
    "1 bank + 2 banks": [plainly("1 bank", 1), vaguely("2 banks", 2)],
    "16MB - 4096 pages": [plainly("16MB", 16 * M), vaguely("4096 pages", 16 * M)],
}
RANGES: dict[str, list[Said]] = {
    "[1GB, 4GB]": [plainly("1GB", G, "base"), plainly("4GB", 4 * G, "end", G)],
    "(1GB, 4GB)": [plainly("1GB", G, "base"), plainly("4GB", 4 * G, "end", G)],
    "1GB 4GB": [plainly("1GB", G), vaguely("4GB", 4 * G)],
    "1GB to about 4GB": [plainly("1GB", G), vaguely("4GB", 4 * G)],
    "4GB to 1GB": [plainly("4GB", 4 * G), vaguely("1GB", G)],
    "4GB to 4GB": [plainly("4GB", 4 * G), vaguely("4GB", 4 * G)],
    "5-4GB": [vaguely("4GB", 4 * G)],
    "2 banks - 4GB": [plainly("2 banks", 2), vaguely("4GB", 4 * G)],
}
PLACED: dict[str, list[Said]] = {
    "3GB @ 1GB, 8GB @ 8GB": [
        plainly("3GB", 3 * G, "size", G),
        plainly("1GB", G, "base"),
        plainly("8GB", 8 * G, "size", 8 * G),
        plainly("8GB", 8 * G, "base"),
    ],
    "maybe 8GB @ 1GB": [vaguely("8GB", 8 * G, "size", G), vaguely("1GB", G, "base")],
    "and 64KB pages @ 1GB": [vaguely("1GB", G, "base")],
    "2 banks @ 1GB": [plainly("2 banks", 2), plainly("1GB", G, "base")],
    "8GB at 2 banks": [plainly("8GB", 8 * G), vaguely("2 banks", 2, "base")],
    "8GB of very fine and quite cheap RAM at 1GB": [
        plainly("8GB", 8 * G, "size", G),
        plainly("1GB", G, "base"),
    ],
    "8GB of very fine and also quite cheap RAM at 1GB": [plainly("8GB", 8 * G), plainly("1GB", G, "base")],
    "8GB; RAM at 1GB": [plainly("8GB", 8 * G), plainly("1GB", G, "base")],
    "8GB, at 1GB": [plainly("8GB", 8 * G), vaguely("1GB", G, "base")],
    "8GB ends at 4GB": [plainly("8GB", 8 * G), plainly("4GB", 4 * G, "end")],
    "8GB at 64KB pages": [plainly("8GB", 8 * G)],
}
OTHERS: dict[str, list[Said]] = {
    "4KB, 64KB pages": [plainly("4KB", 4 * K)],
    "4KB; 16KB or 64KB pages": [plainly("4KB", 4 * K)],
    "4KB or 64KB pages": [],
    "below 4GB or 8GB": [],
    "4GB or 8GB": [plainly("4GB", 4 * G), vaguely("8GB", 8 * G)],
    "below 4GB, 1GB or 8GB": [vaguely("1GB", G), vaguely("8GB", 8 * G)],
}
SAID = WORDS | JOINED | RANGES | PLACED | OTHERS


def shown(amount: Amount) -> Said:
    at = None if amount.at is None else int(amount.at)
    return (amount.text, int(amount.value), str(amount.role), at, amount.plain)


@pytest.mark.parametrize("text", SAID)
def test_a_comment_says_this_and_nothing_else(text: str) -> None:
    assert [shown(each) for each in amounts(text)] == SAID[text]
