"""What history says of each released layout, written by hand from Xen's log, never from our output.

For each distinct layout and the first release of each behaviour: which subjects each property must
refute, exactly when, and why, when no policy waives anything. Everything not named here must be
proved or, where a release is its own baseline, not applicable.
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
PREFETCH_TYPE = Known(
    "pci-window-type",
    ("GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM", "GUEST_VPCI_PREFETCH_MEM"),
    [{"vpci": [True]}],
    "232ee07c23: a window at 4 GiB that called itself 32-bit memory, since 52d0847d7c",
)
GRANT_EDGE = Known(
    "aligned",
    ("GUEST_GNTTAB",),
    [{}],
    "0af0306c27 made the grant region 16 MiB; 128 KiB at 0xb0000000 end off 2 MiB",
)
GICC = "8ee6d574b7: the architecture and Xen's mapping have 8 KiB"


def gicc(regime: dict[str, object]) -> list[Known]:
    """0x100 bytes are neither what the CPU interface has nor a whole page."""
    return [Known(rule, ("GUEST_GICC",), [regime], GICC) for rule in ("minimum-size", "aligned")]


GICC_V2 = gicc({"gic": ["v2"]})

UNKNOWN = {"4.4.0": {"aligned", "banks"}}
"""Without GUEST_RAM_SIZE nobody knows where the window ends."""

ACCEPTED = (RAM1.subject, PREFETCH.subject)
"""What upstream has at head and its policy waives, all of `within-ipa`."""

HISTORY: dict[str, list[Known]] = {
    "4.4.0": [
        Known("well-formed", ("GUEST_RAM",), [{}], "5a959f44ed added GUEST_RAM_SIZE later"),
        Known(
            "no-overlap",
            ("GUEST_RAM", "GUEST_GNTTAB"),
            [{"memory": {"min": hex(768 * (1 << 20) + PAGE), "max": hex(1022 * GIB)}}],
            "5a959f44ed: more than 768 MiB of RAM overran the grant table region",
        ),
        *gicc({}),
        GRANT_EDGE,
        Known(
            "reachable",
            ("GUEST_RAM",),
            [{"memory": {"min": hex(2 * GIB + PAGE), "max": hex(1022 * GIB)}, "guest": ["aarch32-short"]}],
            "one bank at 2 GiB without a bound: memory above 2 GiB lies above 4 GiB",
        ),
    ],
    "4.4.1": [*gicc({}), GRANT_EDGE],
    "4.4.4": [*gicc({}), GRANT_EDGE],
    "4.5.0": [RAM1, *GICC_V2],
    "4.5.2": [RAM1, *GICC_V2],
    "4.5.3": [RAM1],
    "4.6.0": [RAM1, *GICC_V2],
    "4.6.1": [RAM1],
    "4.7.6": [RAM1],
    "4.8.0": [RAM1],
    "4.9.4": [RAM1],
    "4.10.0": [RAM1],
    "4.11.0": [RAM1],
    "4.12.4": [RAM1],
    "4.13.0": [RAM1],
    "4.15.7": [RAM1],
    "4.16.0": [RAM1, PREFETCH, PREFETCH_TYPE],
    "4.17.0": [RAM1, PREFETCH, PREFETCH_TYPE],
    "4.17.7": [RAM1, PREFETCH, PREFETCH_TYPE],
    "4.18.0": [RAM1, PREFETCH, PREFETCH_TYPE],
    "4.19.0": [RAM1, PREFETCH],
    "4.22.0": [RAM1, PREFETCH],
    "head": [RAM1, PREFETCH],
}
