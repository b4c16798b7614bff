"""built: Xen gets past building the domain."""

from __future__ import annotations

from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.offer import Offer
from verifier.rules.boards.rule import BoardRule, Breach, Judged


def _judge(offer: Offer) -> Judged:
    domain = offer.domain
    if domain.boots is None:
        return Judged(1, doubts=domain.reasons or ("whether Xen builds it depends on what is open",))
    if domain.boots:
        return Judged(1)
    reason = domain.reasons[0] if domain.reasons else "Xen stops"
    tree = domain.tree
    party = Party(
        domain.name, Extent(0, 0), domain.path or ("/chosen" if offer.hardware else "its configuration")
    )
    witness = (
        Witness("stops")
        if tree is None or tree.fits is not False
        else Witness("too-small", found=tree.most_room, needed=tree.least)
    )
    return Judged(1, (Breach(reason, witness, (party,), details=domain.reasons[1:]),))


RULE = BoardRule(
    id="built",
    position=0,
    title="Xen gets past building the domain",
    statement=(
        "Nothing that is modelled of the device tree, the command line and the release stops Xen before the domain has its "
        "device tree."
    ),
    why="A machine whose Xen stops there does not boot, and what the domain would have been offered is of no use.",
    effect="not built",
    cites=(
        Cite(
            "xen/arch/arm/domain_build.c",
            "construct_dom0, prepare_dtb_hwdom (DOM0_FDT_EXTRA_SIZE); create_domUs",
        ),
    ),
    judge=_judge,
    example=(
        "A board with 64 holes and Xen 4.17: the regions do not fit the buffer for dom0's device tree (booted)."
    ),
    asked=lambda offer: offer.tree is None,
)
