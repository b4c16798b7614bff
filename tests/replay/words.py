"""What a difference says, in the few words of a table's cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.layout.difference import GAINS, Delta, Difference, Effect
from verifier.layout.finding import Finding, Verdict
from verifier.layout.units import listing
from verifier.reports import diff_words

Key = tuple[str, tuple[str, ...]]
"""A property, and the sorted subjects of which it fails."""

FAILING = (Effect.BROKEN, Effect.STILL_BROKEN, Effect.ACCEPTED, Effect.EASED)
"""Effects on what fails in the new layout."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a difference says."""

    kind: str
    """`newly refuted`, `moved`: the first words."""
    brief: str
    """Which property of what."""
    message: str = ""
    """With numbers, where there is something to repair."""

    @property
    def long(self) -> str:
        """For the table that has everything."""
        return f"{self.kind}: {self.message or self.brief}"

    @property
    def short(self) -> str:
        """For the summary."""
        return f"{self.kind}: {self.brief}"


def key_of(delta: Delta) -> Key:
    """What a delta is about."""
    return delta.finding.property, tuple(sorted(delta.finding.subjects))


def failing(found: Difference) -> frozenset[Key]:
    """What fails in the new layout, in some configuration, whether that is accepted or not."""
    return frozenset(key_of(each) for each in found.deltas if each.effect in FAILING)


def doubted(found: Difference) -> frozenset[str]:
    """Properties of which nobody can tell whether they hold."""
    doubts = (Effect.DOUBTED, Effect.STILL_DOUBTED)
    return frozenset(each.finding.property for each in found.deltas if each.effect in doubts)


def named(key: Key) -> str:
    """`no-overlap` of GUEST_RAM and GUEST_GNTTAB."""
    return f"`{key[0]}` of {listing(key[1])}" if key[1] else f"`{key[0]}`"


def told(found: Difference, since: Mapping[Key, str], gone: Iterable[Key] = ()) -> tuple[Told, ...]:
    """Everything but what stays as it was: `since` says what broke a thing first, `gone` what can fail no more."""
    return tuple(each for each in _told(found, since, sorted(gone)) if each.brief)


def _told(found: Difference, since: Mapping[Key, str], gone: Sequence[Key]) -> Iterator[Told]:
    of = {effect: [each for each in found.deltas if each.effect is effect] for effect in Effect}
    for each in of[Effect.BROKEN]:
        yield Told("newly refuted", named(key_of(each)), _message(each.finding))
    for each in of[Effect.LOST]:
        yield Told("lost", named(key_of(each)), _message(each.finding))
    doubts = [each for each in of[Effect.DOUBTED] if each.finding.severity == "error"]
    yield Told("unknown", _names(each for each in doubts if each.finding.property != "model-current"))
    code = [
        name for each in doubts if each.finding.property == "model-current" for name in each.finding.subjects
    ]
    yield Told("modelled code changes", listing([_place(name) for name in code]))
    yield Told("unknown as before", _names(of[Effect.STILL_DOUBTED]))
    accepted = {key_of(each) for each in of[Effect.ACCEPTED] if diff_words.is_old_waiver(each)}
    fresh = [each for each in of[Effect.ACCEPTED] if not diff_words.is_old_waiver(each)]
    yield Told("waived", _names(each for each in fresh if key_of(each) not in accepted))
    yield Told("moved", listing([name for each in of[Effect.MOVED] for name in each.finding.subjects]))
    better = [each for effect in GAINS for each in of[effect]]
    for each in better:
        kind = diff_words.effect(each.effect)
        yield Told(kind, f"{named(key_of(each))}{_since(key_of(each), since)}")
    for key in gone:
        yield Told("no longer possible", f"{named(key)}{_since(key, since)}")


def _message(finding: Finding) -> str:
    return f"{finding.message} (`{finding.property}`)"


def _place(name: str) -> str:
    """A function or constant, or a file where it cannot be told which of its functions changes."""
    return f"code of `{name}`" if "/" in name else f"`{name}`"


def _names(deltas: Iterable[Delta]) -> str:
    return "; ".join(dict.fromkeys(named(key_of(each)) for each in deltas))


def _since(key: Key, since: Mapping[Key, str]) -> str:
    return f", of {since[key]}" if key in since else ""


def algorithms(found: Difference) -> tuple[str, ...]:
    """Theorems of which the verdict is another, and both releases do what they speak of."""
    known = [each for each in found.behaviours if diff_words.matters(each)]
    kinds = {
        "newly refuted": [each.theorem for each in known if each.is_worse],
        "waived": [each.theorem for each in known if each.waiver is not None],
        "newly proved": [each.theorem for each in known if each.is_better],
    }
    said = [f"{kind}: {', '.join(f'`{name}`' for name in names)}" for kind, names in kinds.items() if names]
    new = [each for each in found.behaviours if not diff_words.matters(each)]
    if new:
        bad = sum("refuted" in (each.before, each.after) for each in new)
        said.append(f"{len(new)} of what one of the two does not do, {bad} of them refuted")
    return tuple(said)


def verdict(given: Verdict) -> str:
    """In bold where it stops a change."""
    return f"**{given}**" if given is Verdict.REFUTED else str(given)
