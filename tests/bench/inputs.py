"""Device trees to measure on: TREES=folder of unpacked boards, else those of tests/boards; and more made of them.

A tree that is made of another has one device at another address. Nothing else differs, so that times are those of real
trees, and the content does, so that no two of them are the same board.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path

from verifier.reading import dtb

BOARDS = Path(__file__).parents[1] / "boards"
_LEAST = 8
"""Bytes of a `reg` that is changed: an address and a size at least."""
_MOST = 0x10000
"""Steps of a page that an address is moved by at most; then the next device is taken."""


def originals() -> list[Path]:
    """All that there are, in the order of their paths."""
    unpacked = os.environ.get("TREES", "")
    return sorted(Path(unpacked or BOARDS).rglob("*.dtb"))


def boards(folder: Path, wanted: int) -> list[Path]:
    """So many files in the folder, of different contents: trees from all over the originals, then trees made of them."""
    known = originals()
    chosen = (
        [known[index * len(known) // wanted] for index in range(wanted)] if wanted <= len(known) else known
    )
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number, content in enumerate(islice(_contents(chosen), wanted)):
        found.append(folder / f"board-{number}.dtb")
        found[-1].write_bytes(content)
    return found


def _contents(chosen: Sequence[Path]) -> Iterator[bytes]:
    given = list(dict.fromkeys(path.read_bytes() for path in chosen))
    yield from given
    variants = [moved(content) for content in given]
    for number in count(1):
        yield from (each for variant in variants if (each := variant(number)) is not None)


def moved(content: bytes) -> Callable[[int], bytes | None]:
    """A tree, made anew for a number: a device at an address as many pages higher; None where there are no more."""
    places = [*_places(content)]

    def made(number: int) -> bytes | None:
        place, pages = divmod(number - 1, _MOST)
        if place >= len(places):
            return None
        at = places[place]
        cell = int.from_bytes(content[at : at + 4], "big") + (pages + 1) * 0x1000
        return content[:at] + (cell % (1 << 32)).to_bytes(4, "big") + content[at + 4 :]

    return made


def _places(content: bytes) -> Iterator[int]:
    """Where the low cell of an address stands, of each device on a bus whose `reg` is found once in the blob."""
    tree = dtb.read_dtb(content, "a tree")
    for node in tree.nodes:
        reg = node.properties.get("reg", b"")
        above = tree.nodes[node.parent or 0]
        if above.name.startswith(("soc", "bus")) and len(reg) >= _LEAST and content.count(reg) == 1:
            yield content.index(reg) + ((above.word("#address-cells") or 2) - 1) * 4
