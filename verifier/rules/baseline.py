"""What keeps a baseline from being compared with: what nobody can read there may be larger or elsewhere."""

from __future__ import annotations

from verifier.layout import units
from verifier.logic.case import Case
from verifier.rules.catalogue import Doubt


def doubts_of_baseline(case: Case) -> list[Doubt]:
    """One for each macro or region of the baseline that has no certain value; none if it is the layout itself."""
    base = case.baseline
    if base is case.layout:
        return []
    if not base.defines:
        return [
            Doubt((), f"the baseline {base.name} has no layout macro, so there is nothing to compare with")
        ]
    found = [Doubt((each.stem.name,), f"{each.reason} in the baseline {base.name}") for each in base.unplaced]
    found += [
        Doubt(
            (each.name,),
            f"{each.name} of the baseline ({each.origin}) depends on {units.listing(each.undecided)}",
        )
        for each in base.conditionals
    ]
    found += [
        Doubt((each.name,), f"{each.name} of the baseline ({each.origin}) is of no known kind")
        for each in base.unclassified
    ]
    found += [
        Doubt((name,), f"{name} of the baseline is not the same on arm64 and arm32; compare each with --arch")
        for name, _, _ in base.by_arch
    ]
    found += [Doubt((), f"{note.text} ({note.origin}), in the baseline {base.name}") for note in base.doubts]
    return found + [
        Doubt((name,), f"toolstack and hypervisor do not see the same {name} in the baseline")
        for name, _, _ in base.differing
    ]
