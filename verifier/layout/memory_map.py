"""The concrete map of one configuration, in plain integers.

It is built from the macros' values anew, not from the terms that a property was decided on, so
that a counterexample shown on it is one.
"""

from __future__ import annotations

from verifier.layout.configuration import Configuration, Space
from verifier.layout.region import Region, fill


def memory_map(space: Space, configuration: Configuration, *, windows: bool = False) -> tuple[Region, ...]:
    """What the guest has in this configuration, sorted by start.

    Of each RAM bank the part that its memory size uses; with `windows`, banks whole.
    """
    found = [
        region
        for region in space.layout.regions
        if region.when is None or region.when.holds(configuration[region.when.dimension])
    ]
    memory = configuration.get("memory", 0) * space.facts.page
    for bank, used in zip(space.layout.banks, fill(space.layout.banks, memory), strict=True):
        if windows and bank.size is not None:
            found.append(bank.window())
        elif used:
            found.append(bank.part(used))
    return tuple(sorted(found, key=lambda region: (region.start, region.name)))


def occupied_map(space: Space, configuration: Configuration) -> tuple[Region, ...]:
    """The map for `no-overlap`: where a release offers the tails of RAM windows, they count whole."""
    return memory_map(space, configuration, windows=bool(space.facts["extended-regions"]))


def pick(regions: tuple[Region, ...], name: str) -> Region:
    """The region of that name; KeyError if the configuration does not have it."""
    for region in regions:
        if region.name == name:
            return region
    raise KeyError(name)
