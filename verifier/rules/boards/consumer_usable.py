"""consumer-usable: what is offered is of use to the kernels that are named."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.consumer import ZERO_START, Fault, Use
from verifier.layout.finding import Cite, Witness
from verifier.layout.offer import Offer
from verifier.layout.units import plural
from verifier.rules.boards.rule import BoardRule, Breach, Judged, region_party


def _named(offer: Offer) -> tuple[Use, ...]:
    return tuple(each for each in offer.uses if each.named)


def _judge(offer: Offer) -> Judged:
    named = _named(offer)
    breaches = tuple(each for use in named if use.verdict == "refuted" for each in _breaches(offer, use))
    doubts = tuple(f"{each.consumer.name}: {each.reason}" for each in named if each.verdict == "unknown")
    checked = sum(len(each.read) for each in named if each.verdict in ("proved", "refuted"))
    silent = tuple(f"{each.consumer.name}: {each.reason}" for each in named if not each.read)
    return Judged(checked, breaches, doubts, "" if checked or doubts else "; ".join(silent))


def _breaches(offer: Offer, use: Use) -> Iterator[Breach]:
    details = (f"{use.consumer.name} is {use.consumer.title}: {use.reason}",)
    yield _given_up(offer, use, use.fault, details) if use.fault else _no_unit(offer, use, details)


def _given_up(offer: Offer, use: Use, fault: Fault, details: tuple[str, ...]) -> Breach:
    """The kernel does not even look at the others."""
    party = region_party(offer, fault.regions[-1])
    parties = tuple(region_party(offer, index) for index in fault.regions)
    read = use.read[fault.regions[-1]]
    if fault.kind == "out-of-order":
        what = (
            f"{party.name}, which it reads as {read}, begins below {units.hexa(fault.needed)}, where the one before it, "
            f"{use.read[fault.regions[0]]}, ends"
        )
    elif fault.kind == ZERO_START:
        what = f"{party.name}, {read}, begins at address 0"
    else:
        what = f"{party.name}, which it reads as {read}, begins or ends inside a page of {units.size(fault.needed)}"
    message = f"{use.consumer.name} uses none of {_counted(use)}: {what}"
    kind = "out-of-order" if fault.kind == "out-of-order" else "refused"
    witness = Witness(kind, found=fault.found, needed=fault.needed)
    return Breach(message, witness, parties, details=details, help=_without(use))


def _no_unit(offer: Offer, use: Use, details: tuple[str, ...]) -> Breach:
    takes = use.consumer.takes
    assert takes is not None
    index = max(range(len(use.read)), key=lambda each: (use.read[each].size, -each))
    party, largest = region_party(offer, index), use.read[index]
    top = min(use.bound or offer.top, offer.top)
    below = f" below {units.hexa(top)}, where its linear map ends," if top < offer.top else ""
    message = (
        f"{use.consumer.name} can use none of {_counted(use)}{below} by whole {units.size(takes.unit)} at multiples of it: "
        f"the largest, {party.name}, is {largest} ({units.size(largest.size)})"
    )
    witness = Witness("no-unit", bound=top, found=largest.size, needed=takes.unit)
    return Breach(message, witness, (party,), details=details, help=_without(use))


def _without(use: Use) -> tuple[str, ...]:
    return (f"ext_regions=0 on Xen's command line: then no region is on offer, and it {use.consumer.none}",)


def _counted(use: Use) -> str:
    total = units.size(sum(each.size for each in use.read))
    return f"{len(use.read)} {plural(len(use.read), 'region')} ({total})"


RULE = BoardRule(
    id="consumer-usable",
    position=11,
    title="what is offered is of use to the guest's kernel",
    statement=(
        "If regions are offered to a domain, each kernel that is named (--consumer, verifier list) can use a part of "
        "them: they have whole units of its own where its linear map is, and none for which it gives up on all."
    ),
    why=(
        "On offer but of no use is worse than none: without regions Linux gives up its own RAM for each grant or "
        "foreign page, with regions of which it can use none it fails every mapping."
    ),
    effect="unusable",
    cites=(
        Cite(
            "Linux drivers/xen/unpopulated-alloc.c",
            "fill_list: allocate_resource at multiples of PAGES_PER_SECTION (0949c646d646)",
        ),
        Cite(
            "Linux arch/arm/xen/enlighten.c", "arch_xen_unpopulated_init: -EINVAL on overlap (00bc8b2cf44c)"
        ),
        Cite("Zephyr drivers/xen/regions.c", "EXT_BLOCK: BUILD_ASSERT (6623bd1a12f6)"),
        Cite("docs/misc/xen-command-line.pandoc", "ext_regions"),
    ),
    judge=_judge,
    example=(
        "One region [0x48000000, 0x60000000) of 384 MiB and --consumer linux-arm64-64k: it has no 512 MiB at a "
        "multiple of 512 MiB."
    ),
    asked=lambda offer: bool(_named(offer)),
)
