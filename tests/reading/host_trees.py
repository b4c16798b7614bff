"""Host trees of a few nodes, and what is looked at of what a release takes from them."""

from __future__ import annotations

from typing import Any

from tests.reading.trees import Description, tree
from verifier.layout.host import Host
from verifier.reading.host_tree import host_of

CELLS: Description = {"#address-cells": [1], "#size-cells": [1]}
DOMAIN: Description = {"compatible": "xen,domain", **CELLS, "cpus": [2], "memory": [0, 0x20000]}
ALL = ("4.16.0", "4.16.7", "4.17.7", "4.18.6", "4.19.0", "4.19.6", "4.20.0", "4.21.2", "head")


def host(description: Description, release: str = "head", **more: Any) -> Host:
    return host_of(tree({**CELLS, **description}, **more), release)


def reserved(found: Host) -> list[tuple[str, int, int]]:
    return [(bank.kind, bank.start, bank.size) for bank in found.reserved]


def faults(found: Host) -> list[tuple[str, str]]:
    return [(fault.path, fault.effect) for fault in found.faults]


def module(*compatible: str, reg: list[int] | None = None, **more: Any) -> Description:
    return {"compatible": [*compatible, "multiboot,module"], "reg": reg or [0x1000, 0x100], **more}


def domains(chosen: Description, release: str = "head") -> tuple[Any, ...]:
    return host({"chosen": {**CELLS, **chosen}}, release).domains
