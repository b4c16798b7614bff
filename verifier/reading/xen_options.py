"""Xen's command line: where a device tree holds it, and the options that shape a domain's address map.

`boot_fdt_cmdline` and `parse_params` (xen/common/kernel.c). What a build adds (CONFIG_CMDLINE) is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from verifier.layout.device_tree import Tree
from verifier.layout.host import Options
from verifier.reading.dt_ranges import WORD

_MOST_OF_OPTION = 127
"""`MAX_PARAM_SIZE` less the final NUL; what is longer is cut off."""
_TRUTH = {"1": True, "on": True, "yes": True, "true": True, "enable": True}
_TRUTH |= {"0": False, "no": False, "off": False, "false": False, "disable": False}
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
_SHIFTS = {"T": 40, "G": 30, "M": 20, "K": 10, "B": 0}
_MOST_INT = (1 << 31) - 1
_MOST_UNSIGNED = (1 << 32) - 1


def command_line(tree: Tree, dom0: str | None) -> str | None:
    """What Xen gets: `xen,xen-bootargs`, else `bootargs` if dom0 has its arguments elsewhere.

    `dom0` is the command line of dom0's kernel module.
    """
    chosen = tree.child(tree.root, "chosen")
    if chosen is None:
        return None
    line = chosen.text("xen,xen-bootargs")
    if line is None and ("xen,dom0-bootargs" in chosen.properties or dom0):
        return chosen.text("bootargs")
    return line


def options(line: str | None) -> Options:
    """The options of a line. Of several the last wins; spaces alone separate; others than ours are passed over."""
    found = Options(line)
    for word in (line or "").split(" "):
        if not word:
            continue
        key, _, value = word[:_MOST_OF_OPTION].partition("=")
        positive = not key.startswith("no-")
        name = key.removeprefix("no-")
        if name in _BOOLEANS:
            truth = _TRUTH.get(value) if value else True
            if truth is None:
                found = replace(found, invalid=(*found.invalid, word))
            else:
                found = _BOOLEANS[name](found, truth == positive)
        elif name in _NUMBERS:
            found, valid = _NUMBERS[name](found, value)
            found = found if valid else replace(found, invalid=(*found.invalid, word))
        elif name in _CUSTOM and not (value and not positive):
            found, valid = _CUSTOM[name](found, value if positive else "no")
            found = found if valid else replace(found, invalid=(*found.invalid, word))
        elif name in _CUSTOM:
            found = replace(found, invalid=(*found.invalid, word))
    return found


def size(text: str) -> tuple[int, str]:
    """`parse_size_and_unit`: bytes, KiB where no unit follows, and what is left of the text."""
    value, rest = _unsigned(text)
    if rest[:1].upper() in _SHIFTS and rest:
        return (value << _SHIFTS[rest[0].upper()]) & WORD, rest[1:]
    if rest.startswith("%"):
        return value, rest  # a percentage, for the caller to take or refuse
    return (value << 10) & WORD, rest


def _unsigned(text: str) -> tuple[int, str]:
    """`simple_strtoull` with base 0: hexadecimal after 0x, octal after 0, else decimal; no digits are 0."""
    match = _NUMBER.match(text)
    if match is None:
        return 0, text
    digits = match[0]
    base = 16 if digits[:2].lower() == "0x" else 8 if digits.startswith("0") else 10
    if base == 8:
        match = re.match("[0-7]+", text)
        assert match is not None
        digits = match[0]
    return int(digits, base) & WORD, text[len(digits) :]


def _dom0_mem(found: Options, value: str) -> tuple[Options, bool]:
    """The amount is taken even if something follows it."""
    amount, rest = size(value)
    return replace(found, dom0_mem=amount), not rest


def _grant_frames(found: Options, value: str) -> tuple[Options, bool]:
    frames, rest = _unsigned(value)
    if rest or frames > _MOST_INT:
        return found, False
    return replace(found, gnttab_max_frames=frames), True


def _iommu(found: Options, value: str) -> tuple[Options, bool]:
    """A list; a plain truth value in it switches the IOMMU. Other members are not looked at."""
    for part in value.split(","):
        if part in _TRUTH:
            found = replace(found, iommu=_TRUTH[part])
    return found, True


def _dom0_iommu(found: Options, value: str) -> tuple[Options, bool]:
    return replace(found, dom0_iommu_none=found.dom0_iommu_none or "none" in value.split(",")), True


def _dom0_colours(found: Options, value: str) -> tuple[Options, bool]:
    return replace(found, dom0_llc_colors=value), True


def _vcpus(found: Options, value: str) -> tuple[Options, bool]:
    """0 is Xen's default."""
    count, rest = _unsigned(value)
    if count > _MOST_UNSIGNED:
        return found, False
    return replace(found, dom0_max_vcpus=count or None), not rest


def _cache(found: Options, value: str) -> tuple[Options, bool]:
    """Bytes of the last-level cache; taken even if something follows them."""
    amount, rest = size(value)
    if amount > _MOST_UNSIGNED:
        return found, False
    return replace(found, llc_size=amount), not rest


def _ways(found: Options, value: str) -> tuple[Options, bool]:
    """Of the last-level cache; a negative number is a large one."""
    count, rest = _unsigned(value.removeprefix("-"))
    if count > _MOST_UNSIGNED:
        return found, False
    return replace(found, llc_ways=-count & _MOST_UNSIGNED if value.startswith("-") else count), not rest


def _uart(found: Options, value: str) -> tuple[Options, bool]:
    return replace(found, dtuart=value or None), True


def _console(found: Options, value: str) -> tuple[Options, bool]:
    return replace(found, uses_uart=any(part.startswith("dtuart") for part in value.split(","))), True


_BOOLEANS: Mapping[str, Callable[[Options, bool], Options]] = {
    "ext_regions": lambda found, truth: replace(found, ext_regions=truth),
    "pci-passthrough": lambda found, truth: replace(found, pci_passthrough=truth),
    "llc-coloring": lambda found, truth: replace(found, llc_coloring=truth),
}
_NUMBERS: Mapping[str, Callable[[Options, str], tuple[Options, bool]]] = {
    "dom0_max_vcpus": _vcpus,
    "llc-size": _cache,
    "llc-nr-ways": _ways,
}
"""Of these parse_params takes the value with `no-` before the name as well."""
_CUSTOM: Mapping[str, Callable[[Options, str], tuple[Options, bool]]] = {
    "dom0_mem": _dom0_mem,
    "dtuart": _uart,
    "console": _console,
    "gnttab_max_frames": _grant_frames,
    "iommu": _iommu,
    "dom0-iommu": _dom0_iommu,
    "dom0-llc-colors": _dom0_colours,
}
