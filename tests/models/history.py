"""What history says of each released layout, written by hand from Xen's log, never from our output.

For each distinct layout and the first release of each behaviour: which subjects each property must
refute, exactly when, and why. Everything not named here must be proved.
"""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1 << 30
PAGE = 4096


@dataclass(frozen=True)
class Known:
    """A refutation that history expects: when, in the JSON form of regimes, and the reason."""

    rule: str
    subject: tuple[str, ...]
    regimes: list[dict[str, object]]
    why: str


def ram1(*widths: tuple[int, int]) -> Known:
    """RAM1 starts at 8 GiB; with 3 GiB in RAM0 memory m needs 5 GiB + m of address space.

    The P2M of both narrow widths has one root table at level 1, which reaches 2^39: 507 GiB of memory.
    """
    regimes: list[dict[str, object]] = [
        {"ipa_bits": [bits], "memory": {"min": hex(fits + PAGE), "max": hex(507 * GIB)}}
        for bits, fits in widths
    ]
    return Known("within-ipa", ("GUEST_RAM1",), regimes, "toolstacks never compare memory with 2^b")


RAM1 = ram1((32, 3 * GIB), (36, 59 * GIB))
PREFETCH = Known(
    "within-ipa",
    ("GUEST_VPCI_PREFETCH_MEM",),
    [{"ipa_bits": [32], "vpci": [True]}],
    "52d0847d7c put the prefetchable window at 4 GiB",
)
GICC = "8ee6d574b7: the architecture and Xen's mapping have 8 KiB"

HISTORY: dict[str, list[Known]] = {
    "4.4.0": [
        Known("well-formed", ("GUEST_RAM",), [{}], "5a959f44ed added GUEST_RAM_SIZE later"),
        Known(
            "no-overlap",
            ("GUEST_RAM", "GUEST_GNTTAB"),
            [{"memory": {"min": hex(768 * (1 << 20) + PAGE), "max": hex(1022 * GIB)}}],
            "5a959f44ed: more than 768 MiB of RAM overran the grant table region",
        ),
        Known("minimum-size", ("GUEST_GICC",), [{}], GICC),
        Known(
            "reachable",
            ("GUEST_RAM",),
            [{"memory": {"min": hex(2 * GIB + PAGE), "max": hex(1022 * GIB)}, "guest": ["aarch32-short"]}],
            "one bank at 2 GiB without a bound: memory above 2 GiB lies above 4 GiB",
        ),
    ],
    "4.4.1": [Known("minimum-size", ("GUEST_GICC",), [{}], GICC)],
    "4.4.4": [Known("minimum-size", ("GUEST_GICC",), [{}], GICC)],
    "4.5.0": [RAM1, Known("minimum-size", ("GUEST_GICC",), [{"gic": ["v2"]}], GICC)],
    "4.5.2": [RAM1, Known("minimum-size", ("GUEST_GICC",), [{"gic": ["v2"]}], GICC)],
    "4.5.3": [RAM1],
    "4.6.0": [RAM1, Known("minimum-size", ("GUEST_GICC",), [{"gic": ["v2"]}], GICC)],
    "4.6.1": [RAM1],
    "4.7.6": [RAM1],
    "4.8.0": [RAM1],
    "4.9.4": [RAM1],
    "4.10.0": [RAM1],
    "4.11.0": [RAM1],
    "4.12.4": [RAM1],
    "4.13.0": [RAM1],
    "4.15.7": [RAM1],
    "4.16.0": [RAM1, PREFETCH],
    "4.17.0": [RAM1, PREFETCH],
    "4.17.7": [RAM1, PREFETCH],
    "4.18.0": [RAM1, PREFETCH],
    "4.19.0": [RAM1, PREFETCH],
    "4.22.0": [RAM1, PREFETCH],
    "head": [RAM1, PREFETCH],
}
