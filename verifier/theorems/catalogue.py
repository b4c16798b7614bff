"""All theorems: those of every module in `statements`. Nothing else finds them, and nothing imports them."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from verifier.theorems.producer import Producer
from verifier.theorems.statement import Theorem


@cache
def theorems() -> tuple[Theorem, ...]:
    """By name. Raises ImportError for a theorem without a source, or a name that is given twice."""
    found: dict[str, Theorem] = {}
    for theorem in (each for module in _modules() for each in module.THEOREMS):
        if not theorem.cites:
            raise ImportError(f"theorem {theorem.name} cites no source")
        if theorem.name in found:
            raise ImportError(f"two theorems are called {theorem.name}")
        found[theorem.name] = theorem
    return tuple(found[name] for name in sorted(found))


@cache
def producers() -> Mapping[str, Producer]:
    """Those of extended regions by name: every module that has `PRODUCER`."""
    found = (module.PRODUCER for module in _modules() if hasattr(module, "PRODUCER"))
    return {producer.name: producer for producer in found}


def _modules() -> list[ModuleType]:
    folder = str(Path(__file__).with_name("statements"))
    return [
        import_module(f"verifier.theorems.statements.{each.name}") for each in pkgutil.iter_modules([folder])
    ]
