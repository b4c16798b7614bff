"""What is proved, against inputs made at random: no input that satisfies all assumptions may break it in plain integers.

A formula can say less than the statement, a lemma can rest on what nobody assumes, and an assumption can admit more
inputs than its formula does. Whichever it is, an input of the kind shows it. Inputs are mostly edges: of pages, of
2 MiB, of 64 MiB, of banks and windows, of other entries. SETTINGS sets how many are tried of each producer in each
release family (50).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from tests.theorems.by_hand import SHARED_PROVER
from verifier.theorems.catalogue import producers, theorems
from verifier.theorems.families import families
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Theorem
from verifier.theorems.violation import regions
from verifier.xen.p2m_root import ROOTS
from verifier.xen.release import Xen

SETTINGS = int(os.environ.get("SETTINGS", "50"))
PAGE, MIB, GIB = 1 << 12, 1 << 20, 1 << 30
BLOCK, LEAST, TOP = 2 * MIB, 64 * MIB, 1 << 64
TOP_PAGE = TOP - PAGE
HEAD_WINDOWS: tuple[Pair, ...] = ((0x40000000, 0xC0000000), (0x200000000, 0xFE00000000))
STEPS = (0, 0, 0, 1, -1, PAGE, -PAGE, PAGE - 1, BLOCK, -BLOCK, BLOCK - PAGE, LEAST, -LEAST, LEAST - PAGE)
SIZES = (1, 2, PAGE - 1, PAGE, PAGE + 1, BLOCK, BLOCK - PAGE, BLOCK + 1, LEAST - 1, LEAST, LEAST + BLOCK,
         2 * LEAST - PAGE, 256 * MIB, GIB, GIB + PAGE, 4 * GIB)  # fmt: skip


class Maker:
    """Inputs of one kind; the same in every run."""

    def __init__(self, kind: str, seed: object) -> None:
        self.random = random.Random(f"{kind} {seed}")
        self.edges: list[int] = []

    def setting(self, kind: str) -> Setting:
        """One input, whose numbers lie near each other."""
        self.edges = [self.random.choice((GIB, 2 * GIB, 4 * GIB, 1 << 36, 0))]
        return _MAKE[kind](self)

    def pick(self, *values: int) -> int:
        return self.random.choice(values)

    def size(self, unit: int = 1) -> int:
        made = self.pick(*SIZES) + (self.pick(0, 0, 1, -1, PAGE, BLOCK) if self.random.random() < 0.3 else 0)
        return max(unit, made // unit * unit)

    def entry(self, unit: int = 1) -> Pair:
        """Beside, across, inside, around or equal to what is there already; now and then at the very top, or anything."""
        if self.random.random() < 0.02:
            size = self.pick(0, 1, PAGE, 1 << 63)
            return self.pick(TOP_PAGE - size, TOP - size - 1, 0) % TOP, size
        edge, size = self.pick(*self.edges) + self.pick(*STEPS), self.size(unit)
        start = max(edge - (size if self.random.random() < 0.4 else 0), 0) // unit * unit
        if self.random.random() < 0.3:
            start += self.pick(*SIZES) // unit * unit
        self.edges += [start, start + size]
        return start, size

    def entries(self, most: int = 3, unit: int = 1) -> tuple[Pair, ...]:
        made = [self.entry(unit) for _ in range(self.random.randint(0, most))]
        if made and self.random.random() < 0.1:
            made.append(self.pick_pair(made))
        return tuple(made)

    def pick_pair(self, pairs: Sequence[Pair]) -> Pair:
        return pairs[self.random.randrange(len(pairs))]

    def width(self) -> int:
        return self.pick(32, 33, 36, 40, 40, 42, 44, 48, 52, 21, 26, 27, 28, 31)

    def cells(self) -> Pair:
        return (2, 2) if self.random.random() < 0.7 else (self.pick(1, 2), self.pick(1, 2))

    def banks(self) -> tuple[Pair, ...]:
        """RAM of the host: large."""
        made, start = [], self.pick(0, GIB, 2 * GIB)
        for _ in range(self.random.randint(1, 3)):
            size = self.pick(LEAST, 256 * MIB, GIB, 2 * GIB) + self.pick(0, 0, PAGE, -PAGE, BLOCK, 1)
            made.append((start, size))
            self.edges += [start, start + size, start + size // 2 // BLOCK * BLOCK]
            start += size + self.pick(0, 0, 1, PAGE, BLOCK, GIB)
        self.random.shuffle(made)
        return tuple(made)

    def windows(self) -> tuple[Pair, ...]:
        if self.random.random() < 0.4:
            return HEAD_WINDOWS
        if self.random.random() < 0.05:
            return tuple((2 * LEAST * index, LEAST) for index in range(300))
        made, start = [], self.pick(0, BLOCK, LEAST, GIB)
        for _ in range(self.pick(1, 2, 2, 2, 3)):
            size = self.pick(BLOCK, LEAST - BLOCK, LEAST, LEAST + BLOCK, 256 * MIB, GIB, 3 * GIB)
            made.append((start, size))
            start += size + self.pick(0, BLOCK, BLOCK, GIB)
        return tuple(made)

    def uses(self, windows: Sequence[Pair]) -> tuple[int, ...]:
        made, full = [], True
        for start, size in windows:
            used = self.pick(0, size, size // 2, 1, PAGE, BLOCK, BLOCK - 1, size - LEAST, size - LEAST + PAGE,
                             size - LEAST - 1, size - 1)  # fmt: skip
            used = min(max(used, 0), size) if full or self.random.random() < 0.3 else 0
            full = used == size
            self.edges += [start, start + used, start + size, start + (used + size) // 2 // BLOCK * BLOCK]
            made.append(used)
        return tuple(made)


def _holes(make: Maker) -> Setting:
    ram = make.banks()
    reg = ram if make.random.random() < 0.7 else ()
    return Setting(
        ipa_bits=make.width(), ram=ram, reg=(*reg, *make.entries()), ranges=make.entries(2), shared=make.entries(2),
        xen_reg=make.entries(2), grant=make.entry(PAGE), untranslatable=make.random.random() < 0.05, cells=make.cells(),
    )  # fmt: skip


def _unallocated(make: Maker) -> Setting:
    ram = make.banks()
    grant = make.entry(PAGE)
    return Setting(
        ipa_bits=make.width(), ram=ram, domain=make.entries(2), reserved=make.entries(2), shared=make.entries(2),
        xen_reg=make.entries(2), grant=grant if make.random.random() < 0.7 else (grant[0], 0), cells=make.cells(),
    )  # fmt: skip


def _guest(make: Maker) -> Setting:
    windows = make.windows()
    used = make.uses(windows)
    shared = make.entries(3) if make.random.random() < 0.7 else ()
    return Setting(
        ipa_bits=make.width(), windows=windows, used=used, shared=shared, xen_reg=make.entries(3),
        grant=make.entry(PAGE), cells=make.cells(),
    )  # fmt: skip


def _xl(make: Maker) -> Setting:
    windows = make.windows()
    used = make.uses(windows)
    iomem = tuple((start // PAGE, size // PAGE) for start, size in make.entries(6, PAGE))
    return Setting(
        ipa_bits=make.width(), windows=windows, used=used, iomem=iomem, grant=make.entry(PAGE), cells=make.cells(),
        bits=make.pick(64, 64, 32),
    )  # fmt: skip


def _either_guest(make: Maker) -> Setting:
    made = _xl(make)
    xen_reg = [(gfn * PAGE, number * PAGE) for gfn, number in made.iomem]
    make.random.shuffle(xen_reg)
    return Setting(
        ipa_bits=made.ipa_bits, windows=made.windows, used=made.used, iomem=made.iomem, xen_reg=tuple(xen_reg)
    )


def _set(make: Maker) -> Setting:
    """Numbers of a set and changes of it: small, so that all meet."""
    ends = sorted(make.random.sample(range(80), 2 * make.random.randint(0, 5)))
    ram = tuple((low, high - low) for low, high in zip(ends[::2], ends[1::2], strict=True))
    if make.random.random() < 0.1:
        ram = tuple(make.random.sample(ram, len(ram)))
    if make.random.random() < 0.1:
        ram = (*ram, (TOP - make.pick(1, 5, 100), 1))

    def change() -> tuple[Pair, ...]:
        few = range(make.random.randint(0, 4))
        made = [(make.random.randrange(80), make.pick(0, 1, 1, 2, 5, 20, 60)) for _ in few]
        return tuple(each if make.random.random() < 0.95 else (TOP - make.pick(1, 2, 5), 1) for each in made)

    return Setting(ram=ram, reserved=change(), shared=change(), domain=change())


def _devices(make: Maker) -> Setting:
    return Setting(reg=make.entries(4, make.pick(1, PAGE)))


def _dom0(make: Maker) -> Setting:
    ram = make.banks()
    domain = tuple((start, make.pick(size, 2 * BLOCK, 128 * MIB, LEAST)) for start, size in ram[:2])
    amount = (
        sum(size for _, size in domain)
        if make.random.random() < 0.8
        else make.pick(0, PAGE, 100 * MIB, GIB) + make.pick(0, 1)
    )
    return Setting(ram=ram, domain=domain, reserved=make.entries(2), amount=amount, bits=make.pick(32, 64))


def _text(make: Maker) -> Setting:
    text = make.entry(make.pick(PAGE, PAGE, 1))
    frames = make.pick(0, 1, 2, 32, 64, 1024, text[1] // PAGE, text[1] // PAGE + 1, (1 << 32) - 1, 1 << 20)
    return Setting(text=text, frames=frames, domain=make.entries(2))


def _tables(make: Maker) -> Setting:
    bits = make.pick(*ROOTS, 33)
    make.edges = [1 << bits, 1 << make.pick(39, 40, 43, 47, 48), GIB]
    return Setting(ipa_bits=bits, xen_reg=make.entries(3))


def _top(make: Maker) -> Setting:
    windows = make.windows()
    total = sum(size for _, size in windows)
    bits = make.width()
    unit = make.pick(1, PAGE, PAGE)
    make.edges += [edge for start, size in windows for edge in (start, start + size)] + [1 << bits]
    amount = make.pick(windows[0][1], total, 1, PAGE, total - PAGE, GIB, windows[0][1] + PAGE, total + 1)
    reserved = make.entries(3, unit)
    make.edges += [windows[0][0] + min(amount, windows[0][1])]
    top = make.pick(*(max((1 << bits) - edge + make.pick(*STEPS), 1) for edge in make.edges), make.size(unit))
    return Setting(ipa_bits=bits, windows=windows, used=(0,) * len(windows), amount=amount // unit * unit or PAGE,
                   top=top // unit * unit or PAGE, reserved=reserved)  # fmt: skip


_MAKE: Mapping[str, Callable[[Maker], Setting]] = {
    "iommu-holes": _holes, "unallocated": _unallocated, "domu-holes": _guest, "libxl": _xl, "guest-layout": _either_guest,
    "rangeset": _set, "device-permission": _devices, "dom0-memory": _dom0, "grant-region": _text, "page-tables": _tables,
    "top-of-space": _top,
}  # fmt: skip


def spoken_of() -> dict[str, list[Theorem]]:
    """The theorems with a violation, by producer."""
    found: dict[str, list[Theorem]] = {}
    for each in theorems():
        if each.violation is not None:
            found.setdefault(each.producer, []).append(each)
    return found


def test_every_producer_has_inputs() -> None:
    assert set(_MAKE) == set(spoken_of())


@pytest.mark.parametrize("producer", _MAKE)
def test_nothing_that_is_proved_is_broken(producer: str) -> None:
    admitted: Counter[str] = Counter()
    met: Counter[str] = Counter()
    broken: dict[tuple[str, str], tuple[str, Setting]] = {}
    tried = 0
    for family in families():
        proved = [
            each for each in spoken_of()[producer] if SHARED_PROVER.verdict(each, family.xen).word == "proved"
        ]
        maker = Maker(producer, family.name)
        for _ in range(SETTINGS * FACTOR.get(producer, 1) if proved else 0):
            setting, tried = maker.setting(producer), tried + 1
            holding = _Holding(setting)
            for theorem in (each for each in proved if holding.all_of(each)):
                admitted[theorem.name] += 1
                met[theorem.name] += holding.occurs(theorem, family.xen)
                assert theorem.violation is not None
                violation = theorem.violation(family.xen, setting)
                if violation is not None:
                    broken.setdefault((theorem.name, family.name), (violation.message, setting))
    assert not broken, "\n".join(
        f"{name}: {message}; {setting.to_json()}" for name, (message, setting) in broken.items()
    )
    ever = {
        each.name for each in spoken_of()[producer] if each.name in admitted or _is_proved_somewhere(each)
    }
    few = {
        name: (admitted[name], met[name])
        for name in ever
        if admitted[name] < SETTINGS // 2 or met[name] < SETTINGS // 20
    }
    assert not few, (
        f"too few inputs of {tried} that are admitted, or in which what is spoken of occurs: {few}"
    )


def _is_proved_somewhere(theorem: Theorem) -> bool:
    return any(SHARED_PROVER.verdict(theorem, each.xen).word == "proved" for each in families())


class _Holding:
    """An input, and what holds of it."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._known: dict[str, bool] = {}
        self._near: dict[tuple[str, str], bool] = {}

    def all_of(self, theorem: Theorem) -> bool:
        """Whether all assumptions hold."""
        for each in theorem.assumptions:
            if each.id not in self._known:
                self._known[each.id] = each.admits(self.setting)
            if not self._known[each.id]:
                return False
        return True

    def occurs(self, theorem: Theorem, xen: Xen) -> bool:
        """Whether some region lies next to, or could have lain on, an entry that the theorem speaks of."""
        producer = producers().get(theorem.producer)
        if producer is None:
            return True
        field = FIELD.get(theorem.property.split("-if-")[0], "")
        key = field, xen.tag
        if key not in self._near:
            found = regions(producer.outcome(xen, self.setting))
            self._near[key] = any(_beside(region, edge) for region in found for edge in self._entries(field))
        return self._near[key]

    def _entries(self, field: str) -> Iterator[Pair]:
        names = [field] if field else [name for name in dict.fromkeys(FIELD.values()) if name != "grant"]
        for name in names:
            pairs = getattr(self.setting, name)
            for start, size in (pairs,) if name == "grant" else pairs:
                unit = PAGE if name == "iomem" else 1
                yield start * unit, (start + size) * unit
        if not field or field == "windows":
            yield from (
                (start, start + used)
                for (start, _), used in zip(self.setting.windows, self.setting.used, strict=True)
            )
            yield 1 << self.setting.ipa_bits, 1 << self.setting.ipa_bits


def _beside(region: Pair, entry: Pair) -> bool:
    """Whether an edge of an entry is less than 2 blocks from one of a region, or inside."""
    return any(region[0] - 2 * BLOCK < edge < region[1] + 2 * BLOCK for edge in entry)


FACTOR = {"rangeset": 4, "device-permission": 4, "grant-region": 4, "page-tables": 4, "top-of-space": 8, "dom0-memory": 2,
          "guest-layout": 4}  # fmt: skip
FIELD = {
    "one-to-one-holes": "reg", "avoids-pci-windows": "ranges", "avoids-shared-memory": "shared", "avoids-xen-reg": "xen_reg",
    "avoids-reserved-memory": "reserved", "avoids-iomem": "iomem", "avoids-grant-region": "grant", "avoids-layout": "grant",
    "avoids-host-ram": "ram", "inside-host-ram": "ram", "inside-bank": "windows",
}  # fmt: skip
