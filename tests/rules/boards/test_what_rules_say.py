"""How what a rule says becomes findings, and what every rule shares: made up rules, and answers written by hand."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest

from tests.rules.boards.guests import WHOLE
from tests.rules.boards.offers import GUEST, RAM, SOUND, obstacle, with_domain
from verifier.layout.board_finding import Party, Placement
from verifier.layout.domain_map import Extent, TreeSize
from verifier.layout.errors import InternalError
from verifier.layout.finding import Cite, Verdict, Witness
from verifier.layout.guest_tree import TreeFacts
from verifier.layout.offer import Offer
from verifier.rules.boards import built, minimum_size
from verifier.rules.boards.catalogue import board_rules, judge, judged_by
from verifier.rules.boards.rule import (
    KINDS,
    BoardRule,
    Breach,
    Judged,
    grant_party,
    listed,
    obstacle_party,
    of_each_party,
    parties,
)

REGION = Extent(0, 32 << 20)
SMALL = replace(SOUND, regions=(REGION,))
SLIVER = Breach(
    "too small",
    Witness("too-small", found=32 << 20, needed=64 << 20),
    (Party("extended region 0 of d0", REGION, "x"),),
    Extent(1, 2),
    ("because",),
    ("make it larger",),
)
"""Can be re-checked on that offer."""


def saying(judged: Judged) -> BoardRule:
    return replace(minimum_size.RULE, judge=lambda _: judged, title="all is well")


def said(judged: Judged, offer: Offer = SMALL) -> list[tuple[str, str, int, tuple[str, ...]]]:
    found = judged_by(saying(judged), offer)
    return [(str(each.verdict), each.message, each.checked, each.details) for each in found]


BROKEN = ("refuted", "too small", 1, ("because",))


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (Judged(3), [("proved", "all is well", 3, ())]),
        (Judged(1), [("proved", "all is well", 1, ())]),
        (Judged(0), [("unknown", "all is well", 0, ())]),  # a proof of nothing is none
        (Judged(3, doubts=("a",)), [("unknown", "a", 3, ())]),
        (Judged(3, doubts=("a", "b", "c")), [("unknown", "a", 3, ("b", "c"))]),
        (Judged(0, silence="not here"), [("not-applicable", "not here", 0, ())]),
        (Judged(0, doubts=("a",), silence="not here"), [("unknown", "a", 0, ())]),
        (Judged(3, (SLIVER,)), [BROKEN]),
        (Judged(3, (SLIVER, SLIVER)), [BROKEN, BROKEN]),
        (Judged(3, (SLIVER,), ("a",)), [BROKEN, ("unknown", "a", 3, ())]),
    ],
)
def test_proved_is_only_what_was_checked_without_breach_or_doubt(
    judged: Judged, expected: list[tuple[str, str, int, tuple[str, ...]]]
) -> None:
    assert said(judged) == expected


def test_what_cannot_be_shown_is_no_refutation() -> None:
    with pytest.raises(InternalError):
        said(Judged(1, (replace(SLIVER, witness=Witness("too-small", found=1, needed=64 << 20)),)))
    with pytest.raises(InternalError):
        said(Judged(1, (SLIVER,)), replace(SMALL, regions=(replace(REGION, end=1),)))


def test_all_of_a_breach_is_in_its_finding() -> None:
    """The effect is that of the rule, unless the breach has one of its own; subjects are by address."""
    here = Placement((), None)
    two = replace(SLIVER, parties=(SLIVER.parties[0], Party("low", Extent(0, 1), "y")), placement=here)
    (found,) = judged_by(saying(Judged(1, (replace(SLIVER, effect="space lost"),), more=True)), SMALL)
    assert (found.effect, found.more, found.source, found.domain) == ("space lost", True, "predicted", "d0")
    (found,) = judged_by(saying(Judged(1, (two,))), replace(SMALL, source="logged"))
    assert (found.effect, found.more, found.source) == ("unsound", False, "logged")
    assert found.subjects == ("low", "extended region 0 of d0")
    assert (found.parties, found.placement, found.help) == (two.parties, here, ("make it larger",))
    assert (found.witness, found.overlap, found.property) == (SLIVER.witness, Extent(1, 2), "minimum-size")
    (whole,) = judged_by(saying(Judged(2)), replace(SMALL, source="logged"))
    assert (whole.subjects, whole.source, whole.domain, whole.property) == (
        ("d0",),
        "logged",
        "d0",
        "minimum-size",
    )
    for each in (found, whole):
        assert each.settings == ((32, True),)
        assert (each.cites, each.why) == (minimum_size.RULE.cites, minimum_size.RULE.why)


def test_who_is_not_asked_says_nothing() -> None:
    assert not [*judged_by(replace(saying(Judged(3)), asked=lambda _: False), SMALL)]
    assert [rule.asked(SMALL) for rule in board_rules() if rule.id == "complete"] == [True]


STOPPED = {"boots": False, "extended_regions": None}


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (Judged(3), [("not-applicable", "the domain is not built", 0, ())]),
        (Judged(3, doubts=("a",)), [("not-applicable", "the domain is not built", 0, ())]),
        (Judged(0, silence="not here"), [("not-applicable", "the domain is not built", 0, ())]),
        (Judged(3, (SLIVER,), ("a",)), [BROKEN]),
    ],
)
def test_of_a_guest_that_is_not_built_only_what_is_wrong_is_told(
    judged: Judged, expected: list[tuple[str, str, int, tuple[str, ...]]]
) -> None:
    """And of others nothing: dom0, and a guest without RAM, or without facts of its own."""
    guest = with_domain(replace(WHOLE, regions=(REGION,)), **STOPPED)
    assert said(judged, guest) == expected
    for other in (with_domain(SMALL, **STOPPED), replace(guest, guest=None), with_domain(guest, banks=())):
        assert said(judged, other) == [("not-applicable", "the domain is not built", 0, ())]
    for boots in (True, None):
        assert said(judged, with_domain(guest, boots=boots)) == said(judged)
    (found, *_) = judged_by(saying(Judged(3, (SLIVER,), more=True)), guest)
    assert found.more


def test_rules_are_in_order_and_cite_what_they_rest_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the folder."""
    found = board_rules()
    assert [each.position for each in found] == sorted(each.position for each in found)
    assert len({each.id for each in found}) == len(found) == 14
    assert {each.property for each in judge(SOUND)} == {rule.id for rule in found if rule.asked(SOUND)}
    module = import_module("verifier.rules.boards.aligned")
    monkeypatch.setattr(module, "RULE", replace(module.RULE, cites=()))
    with pytest.raises(ImportError, match="rule aligned cites no source"):
        board_rules.__wrapped__()
    one = (Cite("Devicetree Specification", "2.3.6"),)
    monkeypatch.setattr(module, "RULE", replace(module.RULE, cites=one))
    assert one in [each.cites for each in board_rules.__wrapped__()]


SOURCES = {
    "registers-fit": ("xen/common/device-tree", "Devicetree Specification 0.4"),
    "minimum-size": (
        *("xen/arch/arm/domain_build.c b6fe410936", "Linux drivers/xen/unpopulated-alloc.c"),
        *("docs/misc/arm/device-tree/guest.txt region 0", "xen/arch/arm/domain_build.c find_gnttab_region"),
    ),
    "preconditions": (
        "xen/common/rangeset.c",
        "xen/include/xen/bootinfo.h",
        "Devicetree Specification 0.4 2.3.6",
    ),
}
"""Of rules that say something of their own beside what all producers promise."""


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_said_has_its_source(name: str) -> None:
    """Alignment and least size of regions, frames in the grant region; order, the cap, `reg`; cells and their writer."""
    (rule,) = (each for each in board_rules() if each.id == name)
    cited = [f"{each.document} {each.clause}" for each in rule.cites]
    assert [next((each for each in SOURCES[name] if one.startswith(each)), "") for one in cited] == [
        *SOURCES[name]
    ]


def test_rules_about_the_whole_map_are_asked_of_guests_alone() -> None:
    of_guests = {rule.id for rule in board_rules() if rule.of_guests}
    assert of_guests == {"banks", "interrupts", "device-tree-agrees"}
    assert not any(
        rule.asked(offer) for rule in board_rules() if rule.id in of_guests for offer in (SOUND, GUEST)
    )


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 300])
def test_no_more_are_listed_than_anybody_reads(count: int) -> None:
    """Nor made: of those behind the last one listed only whether there is one."""
    made = []

    def breach(number: int) -> Breach:
        made.append(number)
        return replace(SLIVER, message=str(number))

    found, more = listed(breach(number) for number in range(count))
    assert [each.message for each in found] == [str(number) for number in range(min(count, 256))]
    assert more == (count > 256)
    assert len(made) == min(count, 257)


WORDS = {
    "device": "registers",
    "pci-window": "PCI host bridge",
    "memory": "RAM of the host",
    "disabled-memory": "disabled",
    "reserved-memory": "reserved memory",
    "memreserve": "reserve map",
    "domain-ram": "RAM of the domain",
    "grant-region": "grant region",
    "shared-memory": "shared memory",
    "passthrough": "passed through",
    "layout": "guest layout",
}


def test_every_kind_of_obstacle_is_called_what_it_is() -> None:
    assert KINDS.keys() == WORDS.keys()
    for kind, word in WORDS.items():
        party = obstacle_party(obstacle(1, 5, kind))
        assert word in party.origin
        assert (party.name, party.extent) == ("/dev reg[0]", Extent(1, 5))


def test_where_a_grant_region_comes_from() -> None:
    """Xen's text, the layout, or the first entry of the node."""
    tree = TreeFacts("/hypervisor", "4.20.4", None, (2, 2), (), (), (), ())
    named = [(each.name, each.origin) for each in (grant_party(offer, RAM) for offer in (SOUND, GUEST))]
    assert named == [("grant region of d0", "Xen's text"), ("grant region of d0", "the guest layout")]
    party = grant_party(replace(SOUND, tree=tree), RAM)
    assert (party.name, party.extent, party.origin) == ("/hypervisor reg[0]", RAM, "the grant region")


def test_every_party_is_asked_once_in_the_order_of_reg() -> None:
    """One place of an open grant region stands for all in its stretch: the highest."""
    assert [party.extent for party, _ in parties(SOUND)] == [SOUND.domain.grant_region, *SOUND.regions]
    open_one = replace(with_domain(SOUND, grant_region=None), grant_places=(RAM, Extent(0, 8192)))
    pages = (Extent(0x7FFFF000, 0x80000000), Extent(4096, 8192))
    for banks in (None, (), (Extent(0x50000000, 0x60000000),)):
        assert [(party.extent, place) for party, place in parties(with_domain(open_one, banks=banks))] == [
            *((page, Placement(banks or (), page)) for page in pages),
            *((region, None) for region in SOUND.regions),
        ]
    judged = of_each_party(lambda _offer, party, _place: [replace(SLIVER, parties=(party,))] * 100, SOUND)
    assert (judged.checked, len(judged.breaches), judged.more, judged.doubts) == (4, 256, True, ())
    nobody = replace(with_domain(SOUND, grant_region=None), regions=())
    judged = of_each_party(lambda *_: [SLIVER], nobody)
    assert (judged.checked, judged.breaches, len(judged.doubts)) == (0, (), 1)
    assert judged.silence == "no extended region is offered"


@pytest.mark.parametrize(
    ("boots", "reasons", "doubts", "breach"),
    [
        (None, (), ("whether Xen builds it depends on what is open",), None),
        (None, ("a", "b"), ("a", "b"), None),
        (True, ("a",), (), None),
        (False, (), (), ("Xen stops", ())),
        (False, ("a",), (), ("a", ())),
        (False, ("a", "b", "c"), (), ("a", ("b", "c"))),
    ],
)
def test_a_domain_is_built_unless_somebody_knows_better(
    boots: bool | None,
    reasons: tuple[str, ...],
    doubts: tuple[str, ...],
    breach: tuple[str, tuple[str, ...]] | None,
) -> None:
    judged = built.RULE.judge(with_domain(SOUND, boots=boots, reasons=reasons))
    assert (judged.checked, judged.doubts, judged.silence) == (1, doubts, "")
    assert [(each.message, each.details) for each in judged.breaches] == ([] if breach is None else [breach])


@pytest.mark.parametrize("fits", [True, None, False])
def test_a_tree_that_does_not_fit_is_why_it_is_not_built(fits: bool | None) -> None:
    """Where it lies: in the node of the domain, else in /chosen, of another its own configuration."""
    tree = TreeSize(least=200, most=210, room=90, most_room=100, fits=fits)
    stopped = with_domain(SOUND, boots=False, tree=tree)
    (breach,) = built.RULE.judge(stopped).breaches
    assert breach.witness == (
        Witness("too-small", found=100, needed=200) if fits is False else Witness("stops")
    )
    named = with_domain(stopped, path="/chosen/domU1")
    for offer, origin in (
        (stopped, "/chosen"),
        (replace(stopped, hardware=False), "its configuration"),
        (named, "/chosen/domU1"),
        (replace(named, hardware=False), "/chosen/domU1"),
    ):
        (breach,) = built.RULE.judge(offer).breaches
        assert breach.parties == (Party("d0", Extent(0, 0), origin),)
    assert built.RULE.asked(SOUND)
    read = replace(SOUND, tree=TreeFacts("/hypervisor", "4.20.4", None, (2, 2), (), (), (), ()))
    assert not built.RULE.asked(read)
    assert Verdict.REFUTED in {each.verdict for each in judged_by(built.RULE, stopped)}
