"""Colours of the cache: at which numbers llc_coloring_init and domain_set_llc_colors_from_str panic."""

from __future__ import annotations

import pytest

from tests.reading.trees import Description
from tests.xen.test_host_regions import maps
from tests.xen.test_refused_domains import NO_DOM0, PLAIN
from verifier.layout.domain_map import DomainMap

KEEPS = "whether the cache has all of llc-colors"


def domain(tag: str, line: str, colours: str | None) -> DomainMap:
    """The only one of a tree without dom0, or, if it asks for no colours, dom0."""
    asks: Description = {} if colours is None else {**NO_DOM0, "a": {**PLAIN, "llc-colors": colours}}
    (found,) = maps({"chosen": {"xen,xen-bootargs": line, **asks}}, tag)
    return found


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("llc-size=64K llc-nr-ways=8", None),  # 2 colours, the fewest
        ("llc-size=64K llc-nr-ways=16", "fewer than two colours"),  # 1
        ("llc-size=64K llc-nr-ways=32", "no whole pages"),  # half a page
        ("llc-size=1M llc-nr-ways=16", None),  # 16
        ("llc-size=1M llc-nr-ways=12", "no whole pages"),  # 87381 bytes and a third
        ("llc-size=768K llc-nr-ways=16", "12 colours, one a page, are no power of two"),
        ("llc-size=12K llc-nr-ways=1", "3 colours, one a page, are no power of two"),
        ("llc-size=32M llc-nr-ways=8", None),  # 1024, of which a build takes what it has
        ("llc-size=1M llc-nr-ways=-1", "fewer than two colours"),  # 4294967295 ways of no byte
        ("llc-size=4294967295B llc-nr-ways=-2", "no whole pages"),  # 4294967295 // 4294967294 bytes
        ("llc-size=768K", None),  # then nothing is coloured
        ("llc-nr-ways=12", None),
        ("llc-coloring=on llc-size=768K", None),  # the processor is asked
        ("llc-coloring=on llc-nr-ways=12", None),
        ("llc-coloring=off llc-size=768K llc-nr-ways=16", None),
        ("llc-coloring=on llc-size=768K llc-nr-ways=16", "no power of two"),
    ],
)
@pytest.mark.parametrize("tag", ["4.19.6", "4.20.0", "head"])
def test_ways_of_the_cache_are_some_pages_and_a_power_of_two(tag: str, line: str, why: str | None) -> None:
    """In 4.19 there are no such options."""
    found = domain(tag, line, None)
    if why is None or tag == "4.19.6":
        assert not any("llc" in reason for reason in found.reasons if found.boots is False)
    else:
        assert found.boots is False
        assert found.reasons[0].startswith(
            "llc_coloring_init panics: llc-size and llc-nr-ways make ways of 0x"
        )
        assert why in found.reasons[0]


SIXTEEN = "llc-size=1M llc-nr-ways=16"
MANY = "llc-size=32M llc-nr-ways=8"


@pytest.mark.parametrize(
    ("line", "colours", "why"),
    [
        (SIXTEEN, "0-15", None),
        (SIXTEEN, "15", None),
        (SIXTEEN, "0,3-5,15", None),
        (SIXTEEN, "16", 'create_domUs refuses llc-colors "16": the cache has 16 colours'),
        (SIXTEEN, "0-16", 'create_domUs refuses llc-colors "0-16": the cache has 16 colours'),
        (SIXTEEN, "12-99,3", 'create_domUs refuses llc-colors "12-99,3": the cache has 16 colours'),
        (MANY, "0-127", None),
        (MANY, "128", f'{KEEPS} "128" is not known'),
        (MANY, "1023", f'{KEEPS} "1023" is not known'),
        (MANY, "1024", 'create_domUs refuses llc-colors "1024": the cache has 1024 colours'),
        ("llc-coloring=on", "1", f'{KEEPS} "1" is not known'),
        *(
            (SIXTEEN, strange, f'whether create_domUs takes llc-colors "{strange}" is not decided')
            for strange in ("", "3-1", "1,,2", "1,", "010", "0x1", "1;2", "1-2-3", "3,3", "1-4,4", "4,1-4", "a", " 1")
        ),
    ],
)  # fmt: skip
def test_colours_of_a_domain_are_among_those_of_the_cache(line: str, colours: str, why: str | None) -> None:
    """Octal and empty parts releases read each in its own way; a colour twice may be one more than there is room for."""
    found = domain("head", line, colours)
    said = [reason for reason in found.reasons if "llc" in reason]
    assert len(said) == (why is not None)
    assert not said or said[0].startswith(why or "-")
    assert (found.boots is False) is (why is not None and why.startswith("create_domUs"))
    assert found.boots is not True or why is None


@pytest.mark.parametrize(("tag", "line"), [("4.19.6", SIXTEEN), ("head", "llc-coloring=off")])
def test_without_colours_nobody_asks_which(tag: str, line: str) -> None:
    """With a command line that makes none a release that can refuses them all; an older one reads none."""
    said = [reason for reason in domain(tag, line, "99").reasons if "llc" in reason]
    assert said == (
        []
        if tag == "4.19.6"
        else ["create_domUs refuses llc-colors where the cache is not coloured (llc-coloring)"]
    )


def test_who_asks_for_no_colours_has_all_there_are() -> None:
    chosen: Description = {"xen,xen-bootargs": "llc-coloring=on", **NO_DOM0, "a": PLAIN}
    (found,) = maps({"chosen": chosen}, "head")
    assert found.boots
