"""The concrete map of one configuration, in plain integers.

It is built from the macros' values anew, not from the terms that a property was decided on, so
that a counterexample shown on it is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verifier.layout.configuration import Configuration, Space
from verifier.layout.region import Bank, Region, fill


def memory_map(space: Space, configuration: Configuration, *, windows: bool = False) -> tuple[Region, ...]:
    """What the guest has in this configuration, sorted by start.

    Of each RAM bank the part that its memory size uses; with `windows`, banks whole.
    """
    found = [
        region
        for region in space.layout.regions
        if region.when is None or region.when.holds(configuration[region.when.dimension])
    ]
    for bank, used in _filled(space, configuration):
        if windows and bank.size is not None:
            found.append(bank.window())
        elif used:
            found.append(bank.part(used))
    return tuple(sorted(found, key=lambda region: (region.start, region.name)))


def occupied_map(space: Space, configuration: Configuration) -> tuple[Region, ...]:
    """The map for `no-overlap`: where a release offers the tails of RAM windows, they count whole."""
    return memory_map(space, configuration, windows=bool(space.facts["extended-regions"]))


def unused_parts(space: Space, configuration: Configuration) -> tuple[Region, ...]:
    """What the memory size leaves of each RAM window, of kind `unused`, where a release offers it."""
    if not space.facts["extended-regions"]:
        return ()
    return tuple(
        replace(bank.window(), start=bank.start + used, kind="unused")
        for bank, used in _filled(space, configuration)
        if bank.size is not None and used < bank.size
    )


def _filled(space: Space, configuration: Configuration) -> Iterator[tuple[Bank, int]]:
    """Each bank and the bytes that the guest uses of it."""
    memory = configuration.get("memory", 0) * space.facts.page
    return zip(space.layout.banks, fill(space.layout.banks, memory), strict=True)


def pick(regions: tuple[Region, ...], name: str) -> Region:
    """The region of that name; KeyError if the configuration does not have it."""
    for region in regions:
        if region.name == name:
            return region
    raise KeyError(name)
