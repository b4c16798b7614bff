"""What `verifier prove` does with obligations beside deciding them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from verifier.commands.output import Output
from verifier.layout.errors import InputError
from verifier.layout.theorem_report import SecondOpinion

if TYPE_CHECKING:
    from verifier.theorems.prove import Decided


def cross_check(decided: Sequence[Decided], *, timeout: float) -> tuple[SecondOpinion, ...]:
    """What other solvers say of the text of each obligation, `timeout` seconds each.

    Raises InputError if one is not installed, InternalError if one contradicts z3 or another.
    """
    raise InputError("no other solver is connected yet")


def export_proofs(decided: Sequence[Decided], folder: str, *, timeout: float) -> tuple[str, ...]:
    """Writes text and proof of each proved obligation into a folder; lines that say what was written.

    Raises InputError if cvc5 is not installed or the folder cannot be written.
    """
    raise InputError("proofs cannot be exported yet", folder)


def recheck(names: Sequence[str], output: Output) -> int:
    """The exit status of re-checking what `proofs/` stores of the theorems named, all if none is.

    Raises InputError for a name of nothing that is stored.
    """
    raise InputError("nothing is stored that could be re-checked", "proofs")
