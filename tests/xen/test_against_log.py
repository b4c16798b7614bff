"""What a log settles of a prediction: who was built, who was not, and that nobody is behind a domain that was not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_host_regions import DOMAIN, maps
from verifier.layout.boot import BootLog
from verifier.layout.domain_map import DomainMap
from verifier.reading.boot_log import read_boot_log
from verifier.xen.against_log import contradictions, settled

D0 = """\
(XEN) *** LOADING DOMAIN 0 ***
(XEN) d0: extended region 0: 0->0x8000000
(XEN) Loading zImage from 0000000048000000 to 0000000050000000-0000000050010000
"""
D1 = """\
(XEN) *** LOADING DOMU cpus=1 memory=0x40000KB ***
(XEN) d1: extended region 0: 0x50000000->0x100000000
(XEN) Loading zImage from 0000000048000000 to 0000000050000000-0000000050010000
"""
PANIC = "(XEN) Panic on CPU 0:\n(XEN) {}\n"


def log(*parts: str) -> BootLog:
    return read_boot_log("".join(("(XEN) I/O virtualisation enabled\n", *parts)).encode(), "log")


def predicted(*boots: bool | None) -> tuple[DomainMap, ...]:
    """Dom0 and two guests whose regions are known, and of whom it is said whether they are built."""
    found = maps({"chosen": {"one": DOMAIN, "two": DOMAIN}})
    return tuple(
        replace(each, boots=said, reasons=() if said else ("why",))
        for each, said in zip(found, boots, strict=True)
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((D0, D1), [True, True, None]),
        ((D0,), [True, None, None]),
        ((), [None, None, None]),
        ((D0, PANIC.format("out of luck")), [False, False, False]),
        ((D0, D1, PANIC.format("out of luck")), [True, False, False]),
        ((D0, D1, PANIC.format("Error creating domain one")), [True, False, False]),
        # The message names the node, whatever was begun last.
        ((D0, D1, PANIC.format("Error creating domain two")), [True, True, None]),
    ],
)
def test_what_is_open_is_told_by_the_log(lines: tuple[str, ...], expected: list[bool | None]) -> None:
    """A domain whose regions are printed was built, unless Xen stopped at it: then it was not, nor was any behind it."""
    found = settled(predicted(None, None, None), log(*lines))
    assert [each.boots for each in found] == expected
    stopped = ""
    for each in found:
        if stopped:
            assert each.reasons == (f"Xen stops at {stopped}: by the log it was not built",)
            assert (each.extended_regions, each.registers) == (None, None)
        elif each.boots is None:
            assert each.reasons == ("why",)
        else:
            assert each.reasons == ("why", f"by the log it was {'built' if each.boots else 'not built'}")
            assert each.extended_regions is not None
        if each.boots is False and not stopped:
            stopped = each.name


def test_what_is_decided_is_not_told_by_the_log() -> None:
    """That Xen stopped where it was predicted to be past all is a contradiction, and no answer."""
    stopped = log(D0, D1, PANIC.format("out of luck"))
    decided = predicted(True, True, True)
    assert settled(decided, stopped) == decided
    assert contradictions(decided, stopped) == ("the log has in line 9: out of luck",)
    assert contradictions(predicted(True, True, None), stopped) == ()
    assert contradictions(decided, log(D0, D1)) == ()
    unbuilt = predicted(False, False, False)
    assert settled(unbuilt, log(D0, D1)) == unbuilt
