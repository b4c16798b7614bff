"""What comes out of a producer, and a stop of Xen as a value."""

from __future__ import annotations

from typing import cast

import pytest

from verifier.layout.domain_map import Extent
from verifier.logic.word import Word
from verifier.xen.outcome import Fault, FaultError, Outcome, Span, outcome

STOP = Fault("panic", "make_hypervisor_node", "out of luck")
UNKNOWN = cast("Word", object())


def test_the_bytes_of_a_span() -> None:
    assert Span(0x1000, 0x200).extent == Extent(0x1000, 0x1200)
    assert Span(5, 0).extent == Extent(5, 5)
    assert Span((1 << 64) - 1, 2).extent == Extent((1 << 64) - 1, (1 << 64) + 1)


@pytest.mark.parametrize(("start", "size"), [(UNKNOWN, 1), (1, UNKNOWN), (UNKNOWN, UNKNOWN)])
def test_a_span_has_no_bytes_where_a_number_is_not_known(start: Word, size: Word) -> None:
    with pytest.raises(AssertionError):
        _ = Span(start, size).extent


def test_a_stop_says_where_and_why() -> None:
    error = FaultError(STOP)
    assert str(error) == "make_hypervisor_node: out of luck"
    assert error.fault is STOP


def test_a_stop_of_xen_is_what_comes_out() -> None:
    """With no regions, and no other error is one."""

    @outcome
    def produce(size: int, *, unit: int = 1) -> Outcome:
        if size > 2:
            raise FaultError(STOP)
        return Outcome((Span(size, size // unit),))

    assert produce(2) == Outcome((Span(2, 2),))
    assert produce(2, unit=2) == Outcome((Span(2, 1),))
    assert produce(3) == Outcome(fault=STOP)
    assert produce.__name__ == "produce"
    with pytest.raises(ZeroDivisionError):
        produce(1, unit=0)
