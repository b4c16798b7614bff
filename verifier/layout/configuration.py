"""The configuration space: every way in which a guest can be built on a layout.

A configuration is one number per dimension. Choices (IPA width, vGIC version, guest kind, devices)
have a few values in order of preference; counts (memory, vCPUs, virtio devices) a range. This is
the plain-integer reading of the space; the one for the solver is in `verifier.logic.space`, shares
nothing with it but the dimensions, and is compared with it whenever regimes are proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from verifier.layout import units
from verifier.layout.facts import Facts, Width
from verifier.layout.layout import Layout

Configuration = Mapping[str, int]
"""A value for every dimension of a space; memory is in pages, everything else as it is."""

GIC_LABELS = {2: "v2", 3: "v3"}
FLAGS = ("vpci", "vuart", "acpi")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing in which configurations differ."""

    name: str
    choices: tuple[int, ...] = ()
    """The values in order of preference; empty for a count."""
    low: int = 0
    high: int = 0
    """Bounds of a count, inclusive."""
    unit: int = 1
    """What one step of a count is shown as: bytes of a page for memory."""
    labels: tuple[str, ...] = ()
    """Names of the choices, where numbers are not what people say."""

    @property
    def is_count(self) -> bool:
        """A range of numbers rather than a list of them."""
        return not self.choices

    def admits(self, value: int) -> bool:
        """Whether the dimension has this value."""
        return self.low <= value <= self.high if self.is_count else value in self.choices

    def rank(self, value: int) -> int:
        """Smaller is preferred where counterexamples are otherwise equal."""
        return value if self.is_count else self.choices.index(value)

    def show(self, value: int) -> int | str | bool:
        """The value as the JSON contract writes it."""
        if self.labels:
            return self.labels[self.choices.index(value)]
        if self.name in FLAGS:
            return bool(value)
        return units.hexa(value * self.unit) if self.unit > 1 else value


@dataclass(frozen=True, slots=True)
class Space:
    """All configurations in which a layout can be used under the facts of one release."""

    facts: Facts
    layout: Layout
    dimensions: Mapping[str, Dimension]

    def width(self, bits: int) -> Width:
        """The facts of that IPA width."""
        return next(width for width in self.facts.widths if width.bits == bits)

    def pages(self, bits: int) -> int:
        """The largest memory, in pages, that Xen builds at this width: 0 if not even one page.

        Toolstacks bound memory by the header's RAM maximum; the P2M takes no page at or beyond the
        reach of its root (`p2m_get_root_pointer`), which is not the same as `2**bits`.
        """
        return self.pages_below(self.width(bits).reach)

    def pages_below(self, limit: int) -> int:
        """The largest memory, in pages, whose RAM lies below `limit` (bytes)."""
        if "memory" not in self.dimensions:
            return 0
        before = 0
        for bank in self.layout.banks:
            room = max(0, limit - bank.start)
            if bank.size is None or room < bank.size:
                return min(self.dimensions["memory"].high, (before + room) // self.facts.page)
            before += bank.size
        return self.dimensions["memory"].high

    def admits(self, configuration: Configuration) -> bool:
        """Whether Xen builds this guest: every value in its dimension, and the couplings kept."""
        values = dict(configuration)
        if set(values) != set(self.dimensions):
            return False
        if not all(self.dimensions[name].admits(value) for name, value in values.items()):
            return False
        if "memory" in values and values["memory"] > self.pages(values["ipa_bits"]):
            return False
        if values["gic"] == 2 and values["vcpus"] > self.facts["gicv2-vcpus"]:
            return False
        return self._together(values)

    def _together(self, chosen: Configuration) -> bool:
        """Whether choices made so far can go together: ACPI tables are for 64-bit guests only."""
        if not chosen.get("acpi") or "guest" not in chosen:
            return True
        return str(self.dimensions["guest"].show(chosen["guest"])).startswith("aarch64")

    def empty_widths(self) -> tuple[int, ...]:
        """Widths at which Xen can build no guest at all on this layout."""
        if "memory" not in self.dimensions:
            return ()
        return tuple(bits for bits in self.dimensions["ipa_bits"].choices if self.pages(bits) < 1)

    def possible(self, name: str) -> tuple[int, ...]:
        """The choices of a dimension that some configuration has: no width without a guest."""
        choices = self.dimensions[name].choices
        if name != "ipa_bits":
            return choices
        empty = self.empty_widths()
        return tuple(bits for bits in choices if bits not in empty)

    def combinations(self, names: tuple[str, ...]) -> Iterator[dict[str, int]]:
        """Every combination of the choices named that some guest has, preferred ones first."""
        choices = [self.possible(name) for name in names]
        for values in product(*choices):
            chosen = dict(zip(names, values, strict=True))
            if self._together(chosen):
                yield chosen

    def bounds(self, count: str, chosen: Configuration) -> tuple[int, int]:
        """The range, inclusive, of a count under choices already made."""
        dimension = self.dimensions[count]
        if count == "memory":
            return dimension.low, self.pages(chosen["ipa_bits"])
        if count == "vcpus" and chosen.get("gic") == 2:
            return dimension.low, min(dimension.high, self.facts["gicv2-vcpus"])
        return dimension.low, dimension.high


def space_of(layout: Layout, facts: Facts) -> Space:
    """The configuration space of a layout: a dimension for all that the layout or Xen leaves open."""
    widths = tuple(width.bits for width in facts.widths)
    present = {(region.when.dimension, region.when.value) for region in layout.regions if region.when}
    gics = tuple(gic for gic in (3, 2) if ("gic", gic) in present) or (3, 2)
    dimensions = [Dimension("ipa_bits", choices=widths)]
    if layout.banks:
        dimensions.append(_memory(layout, facts))
    dimensions += [
        Dimension("gic", choices=gics, labels=tuple(GIC_LABELS[gic] for gic in gics)),
        Dimension("vcpus", low=1, high=_vcpus(layout, facts, gics)),
    ]
    aarch64 = any(guest.startswith("aarch64") for guest in facts.guests)
    for flag in FLAGS:
        if (flag, 1) in present:
            dimensions.append(Dimension(flag, choices=(0, 1) if flag != "acpi" or aarch64 else (0,)))
    if ("virtio", 1) in present:
        dimensions.append(Dimension("virtio", low=0, high=_virtio(layout)))
    dimensions.append(Dimension("guest", choices=tuple(range(len(facts.guests))), labels=facts.guests))
    return Space(facts, layout, {dimension.name: dimension for dimension in dimensions})


def _memory(layout: Layout, facts: Facts) -> Dimension:
    """One page up to the header's maximum; where it has none, as far as the P2M can reach."""
    maximum = layout.ram_maximum
    if maximum is None:
        maximum = max(width.reach for width in facts.widths)
    return Dimension("memory", low=1, high=max(0, maximum // facts.page), unit=facts.page)


def _vcpus(layout: Layout, facts: Facts, gics: tuple[int, ...]) -> int:
    """The larger of what Xen allows and, on arm64, what the header promises (GUEST_MAX_VCPUS)."""
    if 3 not in gics:
        return min(facts["gicv2-vcpus"], facts["max-vcpus"])
    if facts.arch == "arm32":
        return facts["max-vcpus"]  # MAX_VIRT_CPUS is 8 there whatever the header says (asm/config.h)
    stated = [layout.number(define.name) for define in layout.meaning("max-vcpus")]
    return max([facts["max-vcpus"], *(number for number in stated if number is not None)])


def _virtio(layout: Layout) -> int:
    """One device per interrupt that the header sets aside, at least one (libxl alloc_virtio_mmio_irq).

    Of several ranges for virtio devices the longest: more devices are a harder question.
    """
    lengths = [1]
    for define in layout.meaning("spi-first"):
        used = layout.uses.get(define.name)
        if used is not None and used.dimension == "virtio":
            first, last = layout.number(define.name), layout.number(partner(define.name))
            if first is not None and last is not None:
                lengths.append(last - first + 1)
    return max(lengths)


def partner(macro: str) -> str:
    """The macro of the last number of the range that `macro`, `..._FIRST`, begins."""
    return f"{macro.removesuffix('_FIRST')}_LAST"
