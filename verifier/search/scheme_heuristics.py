"""When a guest may trust the space that is advertised, and when it has to give up RAM: each heuristic proved or refuted.

What is refuted has a concrete release, machine or guest, looked at again in plain integers. What is proved holds of every
release that the models have (`above-old`, `presence`: finitely many facts), or of every region (`whole-unit`: a solver).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from verifier.layout.errors import InternalError
from verifier.layout.scheme import NOTICED, Heuristic
from verifier.layout.scheme_report import BREAKS, Example, HeuristicFound
from verifier.layout.units import listing, plural, size, sized
from verifier.reading.models import PAGE
from verifier.search.scheme_cells import threshold
from verifier.search.scheme_units import always_fits, trouble
from verifier.search.scheme_widths import trouble as width_trouble
from verifier.search.scheme_world import World

Obligations = Sequence[tuple[str, str]]
"""Of the proof of `whole-unit`: what each says, and its outcome."""


def heuristics(world: World, obligations: Obligations) -> tuple[HeuristicFound, ...]:
    """All of them, in the order of the models."""
    return tuple(
        _whole_unit(each, obligations) if each.kind == "whole-unit" else _JUDGES[each.kind](world, each)
        for each in world.schemes.heuristics
    )


def is_proved(obligations: Obligations) -> bool:
    """Whether each obligation is, and there are some."""
    return bool(obligations) and all(outcome == "proved" for _, outcome in obligations)


def _at_least(world: World, each: Heuristic) -> HeuristicFound:
    """Whether some release has a reg[0] that is trusted, and too small for what a guest puts there."""
    trusted, need = threshold(world, each), world.schemes.need
    statement = (
        f"No release has a reg[0] of {sized(trusted)} or more that is smaller than {size(need.total)}: what "
        f"{size(need.grant)} of grant frames and {size(need.foreign)} of foreign pages take."
    )
    small = [tag for tag in world.releases if trusted <= world.grant[tag].size < need.total]
    if not small:
        most = max(world.releases, key=lambda tag: world.grant[tag].size)
        large = world.grant[most].size
        message = (
            f"the largest reg[0] of {len(world.releases)} releases has {size(large)}, all of it for grant frames: a Xen "
            f"whose reg[0] is meant for more has to give {size(need.total)} or more"
        )
        if each.kind == "above-old":
            message += f"; {sized(trusted - PAGE)}, a page less, would trust {most}"
        return HeuristicFound(each, statement, "proved", message)
    tag = small[0]
    region = world.grant[tag]
    message = (
        f"it trusts the reg[0] of {len(small)} {plural(len(small), 'release')}, {tag} to {small[-1]}, {region} in {tag}: "
        f"that is for grant frames, and {size(need.total - region.size)} are missing"
    )
    if region.end - region.start < trusted or region.end - region.start >= need.grant + need.foreign:
        raise InternalError(f"reg[0] of {tag} is no counterexample to {each.name}")
    return HeuristicFound(
        each, statement, "refuted", message, Example({"release": tag}, (("reg[0]", region),), region.end)
    )


def _presence(world: World, each: Heuristic) -> HeuristicFound:
    statement = "A guest that finds the sign of a scheme runs under a Xen that has the scheme."
    signs = [one for one in world.schemes.schemes if one.rule in ("presence", "any-region", "whole-unit")]
    unseen = [one for one in signs if one.old not in NOTICED]
    if unseen:
        one = unseen[0]
        message = f"{one.name}: a guest cannot tell an old Xen from a new one ({one.old_says})"
        return HeuristicFound(each, statement, "refuted", message, Example({"release": world.old[-1]}, ()))
    if not signs:
        return HeuristicFound(each, statement, "unknown", "no scheme has a sign")
    said = listing([f"{one.name} ({one.old_says})" for one in signs])
    message = (
        f"under each of the {len(world.old)} old releases it is not there: {said}; whether the space is free, and what "
        "fits, it does not tell"
    )
    return HeuristicFound(each, statement, "proved", message)


def _any_region(world: World, each: Heuristic) -> HeuristicFound:
    statement = "Where a region is on offer, a kernel that takes whole units can map at least one."
    tag = world.new[-1]
    takers = [one for one in world.consumers if one.takes is not None]
    if takers and all(one.takes is not None and always_fits(one.takes.unit) for one in takers):
        message = "no kernel has a unit that a region of 64 MiB may lack, wherever it begins"
        return HeuristicFound(each, statement, "proved", message)
    found = [(one, trouble(tag, one)) for one in takers]
    broken = [(one, what) for one, what in found if what is not None and what.word == BREAKS]
    if not broken:
        return HeuristicFound(
            each, statement, "unknown", "no guest was found that it fails in, which proves nothing"
        )
    first, what = broken[0]
    names = listing([one.name for one, _ in broken])
    return HeuristicFound(
        each, statement, "refuted", f"{first.name} {what.why} (so fail {names})", what.example
    )


def _whole_unit(each: Heuristic, obligations: Obligations) -> HeuristicFound:
    statement = (
        "A guest that uses regions then finds a whole unit, and maps nothing outside of what is on offer; one that gives "
        "up RAM had no whole unit on offer."
    )
    verdict = "proved" if is_proved(obligations) else "unknown"
    failed = [says for says, outcome in obligations if outcome != "proved"]
    message = (
        f"for every region at every address, of every size: {len(obligations)} obligations by solver, over 64-bit words; "
        "that what is on offer is free is for Xen to see to, and when all units are used up further mappings fail"
    )
    if failed or not obligations:
        message = f"not proved: {failed[0]}" if failed else "no kernel takes regions: nothing was checked"
    return HeuristicFound(each, statement, verdict, message, decided=tuple(obligations))


def _own_width(world: World, each: Heuristic) -> HeuristicFound:
    statement = "The last bytes below 2^b, with b from the CPU, lie in the guest's address space."
    tag = world.releases[-1]
    found = next(iter(width_trouble(world.schemes.widths, tag, world.schemes.need.foreign)), None)
    if found is None:
        return HeuristicFound(each, statement, "proved", f"xen {tag} always has the width of the CPU")
    return HeuristicFound(each, statement, "refuted", found.why, found.example)


_JUDGES: Mapping[str, Callable[[World, Heuristic], HeuristicFound]] = {
    "at-least": _at_least,
    "above-old": _at_least,
    "presence": _presence,
    "any-region": _any_region,
    "own-width": _own_width,
}
