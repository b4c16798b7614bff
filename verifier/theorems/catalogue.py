"""All theorems: every module of this folder that has `THEOREMS`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from verifier.theorems.statement import Theorem


@cache
def theorems() -> tuple[Theorem, ...]:
    """By name. Raises ImportError for a theorem without a source, or a name that is given twice."""
    folder = str(Path(__file__).parent)
    modules = [import_module(f"verifier.theorems.{module.name}") for module in pkgutil.iter_modules([folder])]
    found: dict[str, Theorem] = {}
    for theorem in (each for module in modules for each in getattr(module, "THEOREMS", ())):
        if not theorem.cites:
            raise ImportError(f"theorem {theorem.name} cites no source")
        if theorem.name in found:
            raise ImportError(f"two theorems are called {theorem.name}")
        found[theorem.name] = theorem
    return tuple(found[name] for name in sorted(found))
