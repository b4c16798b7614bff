"""What would repair a refutation on a board: a later behaviour of Xen, or another device tree. Each is tried before it is
said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from verifier.layout.board_finding import BoardFinding
from verifier.layout.host import Entry, Host
from verifier.layout.obstacle import BoardMap
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

    def refutes(self, finding: BoardFinding) -> bool:
        """Whether the property still fails of the same subjects, or can no longer be told.

        Regions do not count as subjects: the same one has another number where one below it comes or goes.
        """
        rule = next(each for each in board_rules() if each.id == finding.property)
        try:
            maps = predict(self.host, self.xen, self.given)
        except KeyError:  # a variant of a time when another behaviour did not exist
            return True
        offer = next(
            each
            for each in offers(self.host, self.xen, self.given, self.board, maps)
            if each.name == finding.domain
        )
        if self.whole:
            offer = with_facts(offer, self.host, self.xen, self.given)
        if not offer.is_told or (offer.domain.boots is False and rule.id != "built"):
            return True
        judged = tuple(judged_by(rule, offer))
        if rule.id == "built":  # what is perhaps built is not repaired
            return any(each.verdict in ("refuted", "unknown") for each in judged)
        refuted = [each for each in judged if each.verdict == "refuted"]
        return any(each.more or _others(each) == _others(finding) for each in refuted)


def _others(finding: BoardFinding) -> tuple[str, ...]:
    return tuple(each for each in finding.subjects if not each.startswith("extended region "))


def repairs(finding: BoardFinding, case: Case) -> tuple[str, ...]:
    """One sentence for each change after which the property no longer fails of these subjects."""
    place = finding.placement
    if place is not None:
        given = replace(case.given, dom0_banks=place.banks or None, grant_region=place.grant_region)
        case = replace(case, given=given)
    return (*_behaviours(finding, case), *_entries(finding, case), *_untranslated(finding, case))


def _behaviours(finding: BoardFinding, case: Case) -> Iterator[str]:
    return mended(case.xen, lambda other: not replace(case, xen=other).refutes(finding))


def _entries(finding: BoardFinding, case: Case) -> Iterator[str]:
    """A device tree without an entry that has no size."""
    empty = (each for each in case.host.addresses.entries if not (each.size or each.address % _PAGE))
    for entry in islice(empty, _MOST_TRIED):
        if not replace(case, host=_without(case.host, entry)).refutes(finding):
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
