"""The rules about what domains are offered on a board, found by walking the folder, and the judge that asks them all."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_witness import recheck_with
from verifier.layout.finding import Verdict
from verifier.layout.offer import Offer
from verifier.layout.offer_index import OfferIndex
from verifier.rules.boards.rule import BoardRule, Breach, Judged


@cache
def board_rules() -> tuple[BoardRule, ...]:
    """All rules in the order of reports; a rule without a source does not load."""
    folder = str(Path(__file__).parent)
    modules = [
        import_module(f"verifier.rules.boards.{module.name}") for module in pkgutil.iter_modules([folder])
    ]
    rules: list[BoardRule] = [module.RULE for module in modules if hasattr(module, "RULE")]
    for rule in rules:
        if not rule.cites:
            raise ImportError(f"rule {rule.id} cites no source")
    return tuple(sorted(rules, key=lambda rule: rule.position))


def judge(offer: Offer) -> tuple[BoardFinding, ...]:
    """One finding for each breach, else one for the whole property, of each rule that is asked.

    Raises InternalError for a witness that fails.
    """
    return tuple(each for rule in board_rules() for each in judged_by(rule, offer))


def judged_by(rule: BoardRule, offer: Offer) -> Iterator[BoardFinding]:
    """What one rule says, if it is asked. Raises InternalError for a witness that fails."""
    if not rule.asked(offer):
        return
    stopped = offer.domain.boots is False and rule.id != "built"
    judged = _stopped(rule, offer) if stopped else rule.judge(offer)
    known = OfferIndex(offer)
    for breach in judged.breaches:
        finding = _refuted(rule, offer, breach, more=judged.more)
        recheck_with(known, finding)
        yield finding
    if judged.doubts:
        yield whole(rule, offer, Verdict.UNKNOWN, judged.doubts[0], judged.checked, judged.doubts[1:])
    elif judged.silence:
        yield whole(rule, offer, Verdict.NOT_APPLICABLE, judged.silence, 0)
    elif not judged.breaches:
        verdict = Verdict.PROVED if judged.checked else Verdict.UNKNOWN
        yield whole(rule, offer, verdict, rule.title, judged.checked)


def _stopped(rule: BoardRule, offer: Offer) -> Judged:
    """Of a domain that is not built nothing is proved. What is wrong with the map of a guest is told all the same: who
    mends why it is not built has to mend that too.
    """
    judged = rule.judge(offer) if offer.guest is not None and offer.domain.banks else Judged(0)
    return Judged(
        judged.checked,
        judged.breaches,
        silence="" if judged.breaches else "the domain is not built",
        more=judged.more,
    )


def _refuted(rule: BoardRule, offer: Offer, breach: Breach, *, more: bool) -> BoardFinding:
    return BoardFinding(
        rule.id,
        Verdict.REFUTED,
        offer.name,
        breach.message,
        breach.effect or rule.effect,
        offer.source,
        tuple(each.name for each in sorted(breach.parties, key=lambda party: party.extent)),
        breach.details,
        _settings(offer),
        breach.witness,
        breach.parties,
        breach.overlap,
        breach.placement,
        help=breach.help,
        more=more,
        checked=1,
        cites=rule.cites,
        why=rule.why,
    )


def whole(
    rule: BoardRule,
    offer: Offer,
    verdict: Verdict,
    message: str,
    checked: int,
    details: tuple[str, ...] = (),
) -> BoardFinding:
    """A finding about the property as a whole."""
    return BoardFinding(
        rule.id,
        verdict,
        offer.name,
        message,
        source=offer.source,
        subjects=(offer.name,),
        details=details,
        settings=_settings(offer),
        checked=checked,
        cites=rule.cites,
        why=rule.why,
    )


def _settings(offer: Offer) -> tuple[tuple[int, bool], ...]:
    return ((offer.domain.ipa_bits, offer.domain.iommu),)
