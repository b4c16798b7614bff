"""interrupts: kinds at their boundaries, clashes for exactly the guests that have both."""

from __future__ import annotations

import pytest

from tests.rules.headers import Checker, of, only, verdicts
from verifier.layout.box import Box
from verifier.layout.finding import Verdict

VPL011 = "GUEST_VPL011_SPI           32"
FIRST = "GUEST_VIRTIO_MMIO_SPI_FIRST 33"
LAST = "GUEST_VIRTIO_MMIO_SPI_LAST  43"


@pytest.mark.parametrize(
    ("old", "number", "fails"),
    [
        ("GUEST_FFA_NOTIF_PEND_INTR_ID    8", 0, False),
        ("GUEST_FFA_NOTIF_PEND_INTR_ID    8", 15, False),
        ("GUEST_FFA_NOTIF_PEND_INTR_ID    8", 16, True),
        ("GUEST_TIMER_VIRT_PPI       27", 16, False),
        ("GUEST_TIMER_VIRT_PPI       27", 15, True),
        ("GUEST_TIMER_VIRT_PPI       27", 28, False),
        ("GUEST_EVTCHN_PPI           31", 32, True),
        (VPL011, 32, False),
        (VPL011, 31, True),
        (VPL011, 1019, False),
        (VPL011, 1020, True),
    ],
)
def test_each_kind_has_its_numbers(checked: Checker, old: str, number: int, fails: bool) -> None:
    """Arm IHI 0069 2.2.1: SGI 0 to 15, PPI 16 to 31, SPI 32 to 1019."""
    name = old.split(maxsplit=1)[0]
    found = [each.subjects for each in of(checked({old: f"{name} {number}"}), "interrupts")]
    assert ((name,) in found) == fails
    assert fails or not found


@pytest.mark.parametrize(("number", "device"), [(33, 1), (36, 4), (43, 11)])
def test_the_uart_meets_a_virtio_device(checked: Checker, number: int, device: int) -> None:
    """Only a guest with a UART and that many devices has the clash."""
    finding = only(checked({VPL011: f"GUEST_VPL011_SPI {number}"}), "interrupts")
    assert finding.regimes == (Box({"vuart": (1,)}, {} if device == 0 else {"virtio": (device, 11)}),)
    assert finding.counterexample is not None
    assert finding.counterexample.witness.found == number
    assert f"both interrupt {number}" in finding.message
    assert "interrupt 32 is the lowest shared one that nothing uses" in finding.help


@pytest.mark.parametrize("number", [32, 44, 1019])
def test_and_does_not_beside_them(checked: Checker, number: int) -> None:
    assert not of(checked({VPL011: f"GUEST_VPL011_SPI {number}"}), "interrupts")


def test_two_timers_on_one_number(checked: Checker) -> None:
    finding = only(checked({"GUEST_TIMER_VIRT_PPI       27": "GUEST_TIMER_VIRT_PPI 30"}), "interrupts")
    assert finding.regimes == (Box(),)
    assert finding.message == "GUEST_TIMER_PHYS_NS_PPI and GUEST_TIMER_VIRT_PPI are both interrupt 30"


def test_a_range_that_ends_before_it_begins_meets_nothing(checked: Checker) -> None:
    """No device has its first interrupt, which is that of the event channels: only its own numbers are wrong."""
    report = checked({FIRST: "GUEST_VIRTIO_MMIO_SPI_FIRST 31", LAST: "GUEST_VIRTIO_MMIO_SPI_LAST 16"})
    first, last = "GUEST_VIRTIO_MMIO_SPI_FIRST", "GUEST_VIRTIO_MMIO_SPI_LAST"
    assert {each.subjects for each in of(report, "interrupts")} == {(first,), (last,), (first, last)}


def test_an_empty_range(checked: Checker) -> None:
    finding = of(checked({LAST: "GUEST_VIRTIO_MMIO_SPI_LAST 32"}), "interrupts")[0]
    assert finding.message == (
        "GUEST_VIRTIO_MMIO_SPI_FIRST is 33 and GUEST_VIRTIO_MMIO_SPI_LAST is 32: no interrupt is set aside"
    )
    assert not of(checked({LAST: "GUEST_VIRTIO_MMIO_SPI_LAST 33"}), "interrupts")


@pytest.mark.parametrize(
    ("line", "macro", "regime"),
    [
        (VPL011, "GUEST_VPL011_SPI", Box({"vuart": (1,)})),
        (FIRST, "GUEST_VIRTIO_MMIO_SPI_FIRST", Box({}, {"virtio": (1, 1)})),
    ],
)
def test_a_device_without_its_interrupt(checked: Checker, line: str, macro: str, regime: Box) -> None:
    report = checked({f"#define {line}\n": ""})
    finding = next(each for each in of(report, "interrupts") if macro in each.subjects)
    assert finding.message.endswith(f"has no interrupt: {macro} is not defined")
    assert finding.regimes == (regime,)


def test_an_unknown_user_is_always_there(checked: Checker) -> None:
    """What the vocabulary does not know may be used by every guest."""
    finding = only(checked(added="#define GUEST_FOO_SPI 32"), "interrupts")
    assert finding.subjects == ("GUEST_FOO_SPI", "GUEST_VPL011_SPI")
    assert finding.regimes == (Box({"vuart": (1,)}),)


def test_what_has_no_number_is_a_doubt(checked: Checker) -> None:
    assert verdicts(checked(added="#define GUEST_FOO_SPI { 50, 51 }"))["interrupts"] is Verdict.UNKNOWN
    for half, missing in (("FIRST", "LAST"), ("LAST", "FIRST")):
        report = checked(added=f"#define GUEST_FOO_SPI_{half} 50")
        assert verdicts(report)["interrupts"] is Verdict.UNKNOWN
        (doubt,) = [
            each.message
            for each in report.findings
            if each.property == "interrupts" and each.verdict is Verdict.UNKNOWN
        ]
        assert doubt.startswith(f"GUEST_FOO_SPI_{missing} is not defined, so ")


@pytest.mark.parametrize("stem", ["GUEST_FOO", "GUEST_VIRTIO_AAA"])
def test_another_range_takes_no_devices_away(checked: Checker, stem: str) -> None:
    """However short: the UART on 40 still meets the eighth virtio device."""
    added = f"#define {stem}_SPI_FIRST 100\n#define {stem}_SPI_LAST 100"
    report = checked({f"#define {VPL011}": f"{added}\n#define GUEST_VPL011_SPI 40"})
    assert only(report, "interrupts").regimes == (Box({"vuart": (1,)}, {"virtio": (8, 11)}),)


@pytest.mark.parametrize(
    ("added", "subjects", "number"),
    [
        ("FOO_SPI_FIRST 50|FOO_SPI_LAST 60|BAR_SPI 55", ("GUEST_FOO_SPI_FIRST", "GUEST_BAR_SPI"), 55),
        ("FOO_SPI_FIRST 50|FOO_SPI_LAST 60|BAR_SPI 50", ("GUEST_BAR_SPI", "GUEST_FOO_SPI_FIRST"), 50),
        (
            "FOO_SPI_FIRST 50|FOO_SPI_LAST 60|BAR_SPI_FIRST 60|BAR_SPI_LAST 70",
            ("GUEST_FOO_SPI_FIRST", "GUEST_BAR_SPI_FIRST"),
            60,
        ),
    ],
)
def test_ranges_of_unknown_users_are_taken_whole(
    checked: Checker, added: str, subjects: tuple[str, str], number: int
) -> None:
    finding = only(
        checked(added="\n".join(f"#define GUEST_{line}" for line in added.split("|"))), "interrupts"
    )
    assert finding.subjects == subjects
    assert finding.regimes == (Box(),)
    assert finding.counterexample is not None
    assert finding.counterexample.witness.found == number


def test_a_range_ends_where_it_ends(checked: Checker) -> None:
    """Two numbers for a second kind of virtio device: the third device of the other kind takes none of these."""
    added = "#define GUEST_VIRTIO_PCI_SPI_FIRST 50\n#define GUEST_VIRTIO_PCI_SPI_LAST 51\n#define GUEST_FOO_SPI 52"
    assert not of(checked(added=added), "interrupts")
