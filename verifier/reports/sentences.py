"""Configurations and regimes as people say them."""

from __future__ import annotations

from verifier.layout import units
from verifier.layout.box import Box
from verifier.layout.configuration import FLAGS, GIC_LABELS, Configuration, Dimension, Space
from verifier.layout.finding import Finding
from verifier.layout.region import When

_FLAG_NAMES = {"vpci": "vPCI", "vuart": "vuart", "acpi": "ACPI"}


def configuration(chosen: Configuration, space: Space) -> str:
    """`ipa bits 40, memory 0xdec0000000 (891 GiB), GICv3, 1 vCPU, no optional device, guest aarch64-4k`."""
    parts = [
        _one(dimension, chosen[name])
        for name, dimension in space.dimensions.items()
        if name not in FLAGS and name not in ("virtio", "guest")
    ]
    devices = [_FLAG_NAMES[flag] for flag in FLAGS if chosen.get(flag)]
    if chosen.get("virtio"):
        devices.append(f"{chosen['virtio']} virtio {units.plural(chosen['virtio'], 'device')}")
    parts.append(f"with {units.listing(devices)}" if devices else "no optional device")
    parts.append(f"guest {space.dimensions['guest'].show(chosen['guest'])}")
    return ", ".join(parts)


def _one(dimension: Dimension, value: int) -> str:
    match dimension.name:
        case "ipa_bits":
            return f"ipa bits {value}"
        case "gic":
            return f"GIC{dimension.show(value)}"
        case "vcpus":
            return f"{value} {units.plural(value, 'vCPU')}"
    return f"{dimension.name} {units.sized(value * dimension.unit)}"


def presence(when: When) -> str:
    """`GICv3`, `with vPCI`, `with a virtio device`: the guests that have such a region."""
    match when.dimension:
        case "gic":
            return f"GIC{GIC_LABELS[when.value]}"
        case "virtio":
            return "with a virtio device" if when.value == 1 else f"with {when.value} virtio devices"
    return f"{'with' if when.value else 'without'} {_FLAG_NAMES[when.dimension]}"


def having(when: When) -> str:
    """`in guests with GICv3`, `in guests without vPCI`."""
    told = presence(when)
    return f"in guests {told if told.startswith('with') else f'with {told}'}"


def regimes(finding: Finding, space: Space) -> list[str]:
    """When exactly it fails, one line for each box; a single line where it always does."""
    if not finding.regimes:
        return ["not told exactly"]
    lines = [box(regime, space) for regime in finding.regimes]
    if not finding.regimes_exact:
        lines.append("and elsewhere: the regimes are not exact")
    return lines


def box(regime: Box, space: Space) -> str:
    """The configurations of a box: `ipa bits 36, memory 0xec0001000 (~59.0 GiB) to ...`."""
    parts = []
    for name, dimension in space.dimensions.items():
        if name in regime.choices:
            parts.append(_choice(dimension, regime.choices[name]))
        elif name in regime.counts:
            parts.append(_count(dimension, *regime.counts[name]))
    return ", ".join(parts) or "in every configuration"


def _choice(dimension: Dimension, values: tuple[int, ...]) -> str:
    if dimension.name in FLAGS:
        return f"{'with' if values[0] else 'without'} {_FLAG_NAMES[dimension.name]}"
    shown = units.listing([str(dimension.show(value)) for value in values], "or")
    return f"GIC{shown}" if dimension.name == "gic" else f"{dimension.name.replace('_', ' ')} {shown}"


def _count(dimension: Dimension, low: int, high: int) -> str:
    if dimension.unit > 1:
        first, last = low * dimension.unit, high * dimension.unit
        return f"{dimension.name} {units.sized(first)}" + (f" to {units.sized(last)}" if high > low else "")
    name = {"vcpus": "vCPUs", "virtio": "virtio devices"}.get(dimension.name, dimension.name)
    return f"{low} {name}" if low == high else f"{low} to {high} {name}"
