"""Device trees of boards that are made: what Xen needs to build dom0, and a bus with as much on it as is wanted."""

from __future__ import annotations

from tests.reading.trees import Description, blob

_GIC, _TIMER = 1, (13, 14, 11, 10)
"""A phandle; the timer's interrupts, private to a processor."""


def made(soc: Description, cells: int) -> bytes:
    """A board with 1 GiB of RAM at 2 GiB, a GICv2 above it, and the bus; addresses and sizes have so many cells."""

    def numbers(*values: int) -> list[int]:
        return [cell for value in values for cell in (*[0] * (cells - 1), value)]

    width: Description = {"#address-cells": [cells], "#size-cells": [cells]}
    return blob(
        {
            **width,
            "interrupt-parent": [_GIC],
            "cpus": {
                "#address-cells": [1],
                "#size-cells": [0],
                "cpu@0": {"device_type": "cpu", "compatible": "arm,armv8", "reg": [0]},
            },
            "memory@80000000": {"device_type": "memory", "reg": numbers(0x80000000, 0x40000000)},
            "timer": {
                "compatible": "arm,armv8-timer",
                "interrupts": [cell for each in _TIMER for cell in (1, each, 0xF08)],
            },
            "interrupt-controller@f0000000": {
                "compatible": "arm,gic-400",
                "interrupt-controller": b"",
                "#interrupt-cells": [3],
                "#address-cells": [0],
                "phandle": [_GIC],
                "reg": numbers(
                    0xF0000000, 0x1000, 0xF0002000, 0x2000, 0xF0004000, 0x2000, 0xF0006000, 0x2000
                ),
                "interrupts": [1, 9, 0xF04],
            },
            "soc": {**width, "compatible": "simple-bus", "ranges": b"", **soc},
        }
    )
