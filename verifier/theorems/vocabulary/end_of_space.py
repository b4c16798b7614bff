"""A region at the end of the address space in plain integers: what the guest has there, and what the closed form says."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.units import size as sized
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.violation import Violation, shown, stretches
from verifier.xen import top_of_space
from verifier.xen.outcome import Span
from verifier.xen.release import Xen


def _taken(setting: Setting) -> Iterator[tuple[str, Pair]]:
    """What the guest has as `[start, end)`, in plain integers; banks in order."""
    rest = setting.amount
    for number, (start, size) in enumerate(setting.windows):
        if rest > 0:
            yield f"RAM{number}", (start, start + min(rest, size))
        rest -= size
    for start, end in stretches(setting.reserved):
        yield "region", (start, end)


def overlap(_xen: Xen, setting: Setting) -> Violation | None:
    """An address that the region shares with RAM or another region."""
    limit = 1 << setting.ipa_bits
    region = limit - setting.top, limit
    for name, (start, end) in _taken(setting):
        low, high = max(region[0], start), min(region[1], end)
        if low < high:
            message = (
                f"the last {sized(setting.top)} of {setting.ipa_bits} bits, {shown(region)}, and {name} "
                f"{shown((start, end))} overlap by {sized(high - low)}"
            )
            return Violation(message, (("region at the end", region), (name, (start, end))), low)
    return None


def _boundary(setting: Setting) -> int:
    """The closed form for plain integers."""
    limit = 1 << setting.ipa_bits
    others = top_of_space.end_of(limit, [Span(*each) for each in setting.reserved])
    found = top_of_space.most(limit, [Span(*each) for each in setting.windows], setting.amount, others)
    assert isinstance(found, int)
    return found


def unsound(xen: Xen, setting: Setting) -> Violation | None:
    """The same, where the closed form says that there is room."""
    return overlap(xen, setting) if setting.top <= _boundary(setting) else None


def too_strict(xen: Xen, setting: Setting) -> Violation | None:
    """Room that there is, and of which the closed form says that there is none."""
    if setting.top <= _boundary(setting) or overlap(xen, setting):
        return None
    return Violation(
        f"the last {sized(setting.top)} are free, and {sized(_boundary(setting))} are said to be"
    )
