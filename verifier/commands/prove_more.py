"""What `verifier prove` does with obligations beside deciding them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.commands.output import Output
from verifier.commands.streams import write_atomically
from verifier.layout.errors import InputError, InternalError
from verifier.layout.theorem_report import SecondOpinion
from verifier.layout.units import listing, plural

if TYPE_CHECKING:
    from verifier.logic.second_opinion import Opinion
    from verifier.theorems.prove import Decided
    from verifier.theorems.verdict import Prover

_SAYS = {"proved": "unsat", "fails": "sat"}
"""What z3 answered for each outcome; nothing of another."""
_MOST_NAMES = 5
_CHECKED = (0, 1, 2)
"""Exit statuses of the checker: all checks, something does not, something cannot be read."""
_INTERNAL = 70


def cross_check(prover: Prover, *, timeout: float) -> tuple[tuple[SecondOpinion, ...], tuple[str, ...]]:
    """What other solvers say of the text of each obligation, `timeout` seconds each, and what none of them decides.

    Raises InputError if one is not installed, InternalError if one contradicts z3 or another.
    """
    from verifier.logic.second_opinion import opinions, tallies

    decided = named(prover)
    texts = {name: each.obligation.script() for name, each in decided.items()}
    answers = opinions(texts, timeout=timeout)
    for name, each in decided.items():
        _no_contradiction(name, _SAYS.get(each.outcome, "unknown"), answers[name])
    found = tuple(
        SecondOpinion(f"{each.solver} {each.version}", each.unsat, each.sat, each.unknown, each.seconds)
        for each in tallies(answers)
    )
    return found, tuple(_undecided(answers))


def _no_contradiction(name: str, first: str, others: Sequence[Opinion]) -> None:
    from verifier.logic.second_opinion import agree

    if not agree(first, others):
        said = [f"z3 says {first}", *(f"{each.solver} {each.result}" for each in others)]
        raise InternalError(f"solvers disagree on obligation {name}: {listing(said)}")


def _undecided(answers: Mapping[str, Sequence[Opinion]]) -> Iterator[str]:
    """The obligations on which no other solver has an opinion."""
    names = [name for name, said in answers.items() if all(each.result == "unknown" for each in said)]
    if names:
        more = "" if len(names) <= _MOST_NAMES else f" and {len(names) - _MOST_NAMES} more"
        yield f"decided by z3 alone: {', '.join(names[:_MOST_NAMES])}{more}"


def export(prover: Prover, folder: str, *, timeout: float) -> tuple[str, ...]:
    """Writes text and cvc5's proof of each proved obligation into a folder; lines that say what was written.

    Raises InputError if cvc5 is not installed or the folder cannot be written.
    """
    from verifier.logic.export_proof import NoProofError, export_proofs

    texts = {
        f"{name}.smt2": each.obligation.script()
        for name, each in named(prover).items()
        if each.outcome == "proved"
    }
    _make(folder)
    for name, text in texts.items():
        write_atomically(str(Path(folder) / name), text)
    steps = trusted = complete = 0
    without = []
    for name, proof in export_proofs(texts, timeout=timeout).items():
        if isinstance(proof, NoProofError):
            without.append(proof.message)
            continue
        write_atomically(str(Path(folder) / f"{name.removesuffix('.smt2')}.{proof.format}"), proof.text)
        steps, trusted, complete = (
            steps + proof.steps,
            trusted + proof.trust_steps,
            complete + proof.complete,
        )
    count = len(texts) - len(without)
    return (
        f"{folder}: {len(texts)} {plural(len(texts), 'obligation')} and {count} {plural(count, 'proof')} by cvc5 written, "
        f"{complete} without a trusted step; {trusted} of {steps} steps are trusted",
        *without,
    )


def _make(folder: str) -> None:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        raise InputError(f"cannot be made: {reason[:1].lower()}{reason[1:]}", folder) from None


def named(prover: Prover) -> dict[str, Decided]:
    """Every obligation decided so far, by `libxl.aligned.part`; numbered where a theorem has several of one name."""
    names: dict[tuple[str, ...], str] = {}
    found: dict[str, Decided] = {}
    for verdict in prover.verdicts:
        for each in verdict.decided:
            key = each.obligation.key()
            if key in names:
                continue
            name = first = f"{verdict.theorem.name.replace('/', '.')}.{each.obligation.name}"
            number = 1
            while name in found:
                number += 1
                name = f"{first}-{number}"
            names[key], found[name] = name, each
    return found


def recheck(names: Sequence[str], output: Output) -> int:
    """The exit status of `proofs/check.py`, which re-checks all that is stored without any of this code.

    Raises InputError for what it does not take: names, and formats other than text.
    """
    from verifier.layout.data import data_folder

    if names:
        raise InputError("--recheck takes no names: it re-checks all that is stored")
    if any(kind != "text" for kind, _ in output.targets):
        raise InputError("--recheck prints text only")
    folder = data_folder("proofs")
    done = subprocess.run(  # noqa: S603 - no shell; our own file
        [sys.executable, "-I", str(folder / "check.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout if done.returncode in _CHECKED else f"{done.stdout}{done.stderr}"
    output.write(lambda _: text if not output.quiet else text.splitlines()[-1] + "\n")
    return done.returncode if done.returncode in _CHECKED else _INTERNAL
