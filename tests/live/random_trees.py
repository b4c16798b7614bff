"""Host trees made at random: what boards have, at and just off the places where Xen's arithmetic turns.

Nothing here knows what Xen makes of a tree. Seeds are numbers: the same one gives the same tree everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.live.source import BANK, MIB, RAM, Board, Guest, Node, Pair, numbers, reg

PAGE = 0x1000
GIB = 1 << 30
_OFFSETS = (0, 0, 0, 0, PAGE, -PAGE, 1, -1, 0x800, 0x200000 - PAGE, 0x123000)
_SIZES = (
    1,
    0x100,
    PAGE,
    PAGE,
    PAGE,
    0x1001,
    0x10000,
    0x1FF000,
    0x200000,
    0x201000,
    63 * MIB,
    64 * MIB,
    65 * MIB,
)
_WIDTHS = (None, None, 32, 36, 40, 40, 42, 44, 48)
_DISABLED = ('status = "disabled";',)


def scene_of(seed: int) -> Board:
    """The board of a seed."""
    return _Maker(random.Random(seed)).board()


@dataclass(slots=True)
class _Maker:
    rng: random.Random
    count: int = 0
    """Of nodes, for their names."""

    def board(self) -> Board:
        rng = self.rng
        bits = rng.choice(_WIDTHS)
        cpu = "cortex-a57" if bits in (32, 36, 40, 42, 44) else rng.choice(("cortex-a53", "max"))
        # Below 40 bits, memory and devices must be low for Xen to get anywhere.
        top = 1 << min(bits or 38, 38) if rng.random() < 0.8 else 1 << (bits or 38)
        cells = (2, 2) if bits != 32 else rng.choice(((2, 2), (1, 1)))
        if rng.random() < 0.1:
            cells = (2, 1)
        banks = tuple(self._banks(top))
        nodes = tuple(self._nodes(top, cells))
        reserved = self._reserved(banks, top) if cells == (2, 2) and rng.random() < 0.5 else None
        return Board(
            banks,
            nodes if reserved is None else (*nodes, reserved),
            self._options(),
            tuple(self._guests()),
            ipa_bits=bits,
            cpu=cpu,
            reserves=tuple(self._inside(banks) for _ in range(rng.choice((0, 0, 0, 1, 2)))),
            cells=cells,
            smmu=0xFFF00000 if top <= 1 << 34 else None,
        )

    def _banks(self, top: int) -> Iterator[Pair]:
        """The first has room for Xen and all domains; QEMU has RAM up to some 60 GiB."""
        yield BANK
        start = RAM + BANK[1]
        for _ in range(self.rng.choice((0, 0, 1, 2, 4))):
            start += self.rng.choice((0, 0x200000, 32 * MIB, 64 * MIB, 65 * MIB, GIB, 3 * GIB))
            size = self.rng.choice((MIB, 62 * MIB, 64 * MIB, 66 * MIB, 200 * MIB, GIB, 0x1234000))
            # The GIC, the console and the SMMU of a low address space are left alone.
            if start + size > min(top, 60 * GIB) or (start < 1 << 32 and start + size > 0xF0000000):
                return
            yield start, size
            start += size

    def _options(self) -> str:
        rng = self.rng
        found = [f"dom0_mem={rng.choice((64, 128, 128, 128, 128, 192, 192, 256, 256, 300))}M"]
        if rng.random() < 0.2:
            found.append(f"gnttab_max_frames={rng.choice((1, 4, 32, 64, 100, 1024))}")
        if rng.random() < 0.05:
            found.append("ext_regions=no")
        if rng.random() < 0.05:
            found.append("iommu=no")
        return " ".join(found)

    def _guests(self) -> Iterator[Guest]:
        for _ in range(self.rng.choice((0, 0, 0, 0, 1, 1, 2))):
            kib = self.rng.choice((8 << 10, 32 << 10, (33 << 10) + 4, 62 << 10))
            enhanced = self.rng.choice(("enabled", "enabled", "no-xenstore", None))
            lines = () if enhanced is None else (f'xen,enhanced = "{enhanced}";',)
            yield Guest(kib, lines, cpus=self.rng.choice((*(1,) * 12, 2, 8, 29, 31, 129)))

    # Places.

    def _place(self, top: int) -> Pair:
        """Somewhere below `top`, mostly at a round place or just off it.

        None is much larger than 64 MiB, for Xen maps page by page what is not aligned, slowly under emulation.
        """
        rng = self.rng
        size = rng.choice(_SIZES) if rng.random() < 0.9 else rng.randrange(1, 80 * MIB)
        base = rng.randrange(top >> 21) << 21 if rng.random() < 0.7 else rng.randrange(16) * (top >> 4)
        start = max(base + rng.choice(_OFFSETS), 0)
        if rng.random() < 0.03:
            size = 0
        if start + size > top:
            start = max(top - size, 0) if rng.random() < 0.9 else start
        return start, size

    def _clear(self, top: int) -> Pair:
        """A place that does not meet RAM of QEMU's or what every board has."""
        while True:
            start, size = self._place(top)
            if start >= 64 * GIB or (0xC000000 <= start and start + size <= RAM) or self.rng.random() < 0.01:
                return start, size
            if (top <= 64 * GIB and 0xC0000000 <= start and start + size <= 0xF0000000) or start >= 1 << 36:
                return start, size
            if RAM + 8 * GIB <= start and start + size <= 15 * GIB:
                return start, size

    def _inside(self, banks: tuple[Pair, ...]) -> Pair:
        """A piece of a bank, above what is loaded."""
        start, size = self.rng.choice(banks)
        first = 0x1D000000 if start == RAM else 0
        offset = self.rng.randrange(first, max(size, first + 1)) & ~0xFFF if size > first else 0
        return start + offset, min(self.rng.choice((PAGE, 0x10000, 0x200000, 3 * MIB)), size - offset)

    def _name(self, stem: str, start: int) -> str:
        self.count += 1
        return f"{stem}{self.count}@{start:x}"

    # Nodes.

    def _nodes(self, top: int, cells: Pair) -> Iterator[Node]:
        rng = self.rng
        for _ in range(rng.choice((0, 1, 2, 3, 5, 8, 12))):
            kind = rng.random()
            if kind < 0.65:
                yield self._device(top, cells)
            elif kind < 0.85:
                yield self._bus(self._clear(top), cells, 2)
            else:
                yield self._bridge(top, cells)

    def _device(self, top: int, cells: Pair) -> Node:
        pairs = [self._clear(top) for _ in range(self.rng.choice((1, 1, 1, 2, 4)))]
        pairs = [(start, min(size, (1 << 32 * cells[1]) - 1)) for start, size in pairs]
        if self.rng.random() < 0.25:  # one that meets the first
            start, size = pairs[0]
            pairs.append((start + self.rng.choice((0, size // 2, size)), max(size, 1)))
        return self._leaf(pairs, cells)

    def _leaf(self, pairs: list[Pair], cells: Pair) -> Node:
        lines = _DISABLED if self.rng.random() < 0.2 else ()
        name = self._name("dev", pairs[0][0])
        return Node(name, ('compatible = "test,device";', reg(*pairs, cells=cells), *lines))

    def _bus(self, window: Pair, cells: Pair, depth: int) -> Node:
        """A bus with one cell of its own for `window` of its parent, rarely without ranges or with empty ones."""
        rng = self.rng
        start, size = window[0] & ~0xFFF, max(window[1], 0x10000)
        kind = rng.random()
        base = rng.choice((0, 0, 0x80000000))
        own = cells if kind < 0.15 else (1, 1)
        words = numbers((base, 1), (start, cells[0]), (size & 0xFFFFFFFF, 1))
        ranges = ("ranges;",) if kind < 0.1 else () if kind < 0.15 else (f"ranges = {words};",)
        origin = start if kind < 0.15 else base
        inside = [self._in_window(origin, size) for _ in range(rng.choice((1, 2, 3)))]
        if rng.random() < 0.03:
            inside.append((origin + size, PAGE))
        nodes = [self._leaf([pair], own) for pair in inside]
        if depth > 1 and rng.random() < 0.4:
            nodes.append(self._bus(self._in_window(origin, size), own, depth - 1))
        lines = (
            'compatible = "simple-bus";',
            f"#address-cells = <{own[0]}>;",
            f"#size-cells = <{own[1]}>;",
            *ranges,
        )
        return Node(self._name("bus", start), lines, tuple(nodes))

    def _in_window(self, origin: int, size: int) -> Pair:
        offset = self.rng.randrange(size) & ~0xFFF
        return origin + offset, min(self.rng.choice(_SIZES), size - offset)

    def _bridge(self, top: int, cells: Pair) -> Node:
        """A PCI host bridge with windows of all types; sometimes it does not say that it is one."""
        rng = self.rng
        start, _ = self._clear(top)
        start &= ~0xFFF
        windows = []
        for _ in range(rng.choice((1, 2, 3))):
            window, size = self._clear(top)
            space = rng.choice((0x1000000, 0x2000000, 0x3000000, 0x43000000))
            windows.append(numbers((space, 1), (window, 2), (window, cells[0]), (size, 2)))
        kind = () if rng.random() < 0.1 else ('device_type = "pci";',)
        child = Node("nic@0,0", ("reg = <0x10000 0 0 0 0>;",))
        lines = (
            'compatible = "test,pcie";',
            *kind,
            reg((start, 0x100000), cells=cells),
            "bus-range = <0 15>;",
            "#address-cells = <3>;",
            "#size-cells = <2>;",
            f"ranges = {', '.join(windows)};",
        )
        return Node(self._name("pcie", start), lines, (child,) if rng.random() < 0.3 else ())

    def _reserved(self, banks: tuple[Pair, ...], top: int) -> Node:
        rng = self.rng
        pairs = [self._inside(banks) for _ in range(rng.choice((1, 2, 3)))]
        if rng.random() < 0.3:
            pairs.append(self._clear(top))
        nodes = []
        for start, size in pairs:
            no_map = ("no-map;",) if rng.random() < 0.5 else ()
            nodes.append(Node(self._name("res", start), (reg((start, max(size, PAGE))), *no_map)))
        lines = ("#address-cells = <2>;", "#size-cells = <2>;", "ranges;")
        return Node("reserved-memory", lines, tuple(nodes))
