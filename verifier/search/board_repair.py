"""What would repair a refutation on a board: a later behaviour of Xen, or another device tree. Each is tried before it is
said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from verifier.layout.board_finding import BoardFinding, Placement
from verifier.layout.host import Entry, Host
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import Offer
from verifier.reading.behaviours import Variant
from verifier.rules.boards.catalogue import board_rules, judged_by
from verifier.search.mended import mended
from verifier.xen.dom0less_facts import with_facts
from verifier.xen.host_regions import predict
from verifier.xen.offers import offers
from verifier.xen.release import Xen
from verifier.xen.subjects import Given

_PAGE = 4096
_MOST_TRIED = 16
"""Device trees without one of their entries: each is a prediction of the whole board."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a finding was found of."""

    host: Host
    xen: Xen
    given: Given
    board: BoardMap
    whole: bool = False
    """Guests are judged by their whole maps."""

    def refuted(self, findings: Iterable[BoardFinding]) -> list[BoardFinding]:
        """Of which findings the property still fails of the same subjects, or can no longer be told.

        Regions do not count as subjects: the same one has another number where one below it comes or goes.
        """
        wanted = list(findings)
        try:
            maps = predict(self.host, self.xen, self.given)
        except KeyError:  # a variant of a time when another behaviour did not exist
            return wanted
        domains = {each.domain for each in wanted}
        maps = tuple(each for each in maps if each.name in domains)
        found = {each.name: each for each in offers(self.host, self.xen, self.given, self.board, maps)}
        if self.whole:
            found = {name: with_facts(each, self.host, self.xen, self.given) for name, each in found.items()}
        return [each for each in wanted if _fails(each, found[each.domain])]


def _fails(finding: BoardFinding, offer: Offer) -> bool:
    rule = next(each for each in board_rules() if each.id == finding.property)
    if not offer.is_told or (offer.domain.boots is False and rule.id != "built"):
        return True
    judged = tuple(judged_by(rule, offer))
    if rule.id == "built":  # what is perhaps built is not repaired
        return any(each.verdict in ("refuted", "unknown") for each in judged)
    refuted = [each for each in judged if each.verdict == "refuted"]
    return any(each.more or _others(each) == _others(finding) for each in refuted)


def _others(finding: BoardFinding) -> tuple[str, ...]:
    return tuple(each for each in finding.subjects if not each.startswith("extended region "))


@dataclass(frozen=True, slots=True)
class Repairs:
    """What repairs some findings of one case: what is tried is predicted once for all of them."""

    case: Case
    findings: tuple[BoardFinding, ...]
    _refuted: dict[tuple[Variant, ...], list[BoardFinding]] = field(default_factory=dict)
    """By the behaviours of what was tried."""

    def of(self, finding: BoardFinding) -> tuple[str, ...]:
        """One sentence for each change after which the property no longer fails of the subjects of one of them."""
        return (
            *mended(self.case.xen, lambda other: self._mends(other, finding)),
            *_entries(finding, self.case),
            *_untranslated(finding, self.case),
        )

    def _mends(self, other: Xen, finding: BoardFinding) -> bool:
        key = tuple(other.behaviours.values())
        if key not in self._refuted:
            self._refuted[key] = replace(self.case, xen=other).refuted(self.findings)
        return not any(each is finding for each in self._refuted[key])


def placed(case: Case, place: Placement | None) -> Case:
    """With banks and grant region where a finding has them."""
    if place is None:
        return case
    given = replace(case.given, dom0_banks=place.banks or None, grant_region=place.grant_region)
    return replace(case, given=given)


def _entries(finding: BoardFinding, case: Case) -> Iterator[str]:
    """A device tree without an entry that has no size."""
    empty = (each for each in case.host.addresses.entries if not (each.size or each.address % _PAGE))
    for entry in islice(empty, _MOST_TRIED):
        if not replace(case, host=_without(case.host, entry)).refuted([finding]):
            name = f"{entry.path} {entry.kind}[{entry.index}]"
            yield f"{name}, which has a size of 0, given its size or left out of the device tree"


def _without(host: Host, entry: Entry) -> Host:
    left = tuple(each for each in host.addresses.entries if each != entry)
    mapped = tuple(each for each in host.mapped.entries if each != entry)
    return replace(
        host, addresses=replace(host.addresses, entries=left), mapped=replace(host.mapped, entries=mapped)
    )


def _untranslated(finding: BoardFinding, case: Case) -> Iterator[str]:
    failure = case.host.addresses.failure
    if failure is not None and finding.property == "complete" and case.given.iommu:
        entry = f"{failure.path} {failure.kind}[{failure.index}]"
        yield f"{entry} given an address that its bus maps, or left out: {failure.reason}"
