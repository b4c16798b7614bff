"""Concrete inputs and what comes out of them, in words and as plain values for reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from verifier.layout.domain_map import Extent
from verifier.layout.theorem_report import Example, Given
from verifier.layout.units import plural, size, span
from verifier.theorems.catalogue import producers
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Theorem
from verifier.theorems.violation import regions
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.release import Xen

LISTS: Mapping[str, str] = {
    "reg": "reg entries of the host's device tree",
    "ranges": "windows of PCI host bridges",
    "ram": "host RAM",
    "domain": "RAM of the domain",
    "reserved": "reserved memory",
    "shared": "static shared memory",
    "xen_reg": "xen,reg",
}
"""Fields of a setting that are lists of start and size in bytes."""
_NUMBERS = {"ram": "numbers in the set", "reserved": "removed in turn"}
"""What they are called in theorems about rangesets, whose members are numbers and not bytes."""


def example(theorem: Theorem, xen: Xen, setting: Setting) -> Example:
    """An input, and the regions that the theorem's producer makes of it in a release."""
    given, configuration = tuple(_given(theorem, setting)), setting.to_json()
    producer = producers().get(theorem.producer)
    if producer is None or not producer.applies(xen):
        return Example(given, configuration)
    outcome = producer.outcome(xen, setting)
    if outcome.fault is not None:
        return Example(
            given, configuration, None, f"Xen stops in {outcome.fault.function}: {outcome.fault.reason}"
        )
    found = tuple(Extent(start, end) for start, end in regions(outcome))
    return Example(given, configuration, found, f"Xen logs {outcome.error}" if outcome.error else "")


def _given(theorem: Theorem, setting: Setting) -> Iterator[Given]:
    numbers = theorem.producer == "rangeset"
    if any(each.id == "width" for each in theorem.assumptions):
        yield Given("ipa bits", (str(setting.ipa_bits),))
    for field, name in (_NUMBERS if numbers else LISTS).items():
        if pairs := getattr(setting, field):
            yield Given(name, tuple(span(start, start + length) if numbers else _bytes((start, length))
                                    for start, length in pairs))  # fmt: skip
    if setting.windows:
        used = [*setting.used, *(0 for _ in setting.windows[len(setting.used) :])]
        values = (
            f"{_bytes(pair)}, {size(part)} used" for pair, part in zip(setting.windows, used, strict=False)
        )
        yield Given("RAM windows of the guest layout", tuple(values))
    if setting.iomem:
        yield Given("iomem", tuple(map(_frames, setting.iomem)))
    for name, pair in (("grant region", setting.grant), ("Xen's text", setting.text)):
        if pair != (0, 0):
            yield Given(name, (_bytes(pair),))
    yield from (Given(name, (words(setting),)) for name, known, words in _OTHERS if known(setting))


def _bytes(pair: Pair) -> str:
    """`[0x40000000, 0x80000000) (1 GiB)`; what is empty or wraps is said."""
    start, length = pair
    if not length:
        return f"nothing at {start:#x}"
    if start + length > 1 << 64:
        return f"{length:#x} bytes from {start:#x}, past 2^64"
    return f"{span(start, start + length)} ({size(length)})"


def _frames(pair: Pair) -> str:
    """In bytes, and as xl has it; the host's frame plays no part."""
    gfn, number = pair
    return f"{_bytes((gfn << PAGE_SHIFT, number << PAGE_SHIFT))}, in xl's syntax START,{number:x}@{gfn:x}"


_Others = tuple[tuple[str, Callable[[Setting], bool], Callable[[Setting], str]], ...]
_OTHERS: _Others = (
    (
        "cells of the domain's root",
        lambda setting: setting.cells != (2, 2),
        lambda setting: " and ".join(
            f"{count} {what} {plural(count, 'cell')}"
            for count, what in zip(setting.cells, ("address", "size"), strict=True)
        ),
    ),
    (
        "entries without a translation",
        lambda setting: setting.untranslatable,
        lambda _: "one more `reg` entry, the last",
    ),
    (
        "region at the end of the address space",
        lambda setting: setting.top != 0,
        lambda setting: size(setting.top),
    ),
    ("grant frames at most", lambda setting: setting.frames != 0, lambda setting: str(setting.frames)),
    ("memory asked for", lambda setting: setting.amount != 0, lambda setting: size(setting.amount)),
    ("the domain's kernel", lambda setting: setting.bits != 64, lambda setting: f"{setting.bits} bits"),
)
"""Numbers by themselves: name, whether to say them, and how."""
