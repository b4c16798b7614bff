"""The same SMT-LIB text for cvc5 and bitwuzla: two solvers that share no code with z3 or each other.

Nothing is translated: what a solver reads is the text of the obligation, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

from verifier.layout.errors import InputError
from verifier.logic import ask_bitwuzla, ask_cvc5
from verifier.logic.processes import Lost, spread

SOLVERS = ("cvc5", "bitwuzla")
"""Names of the solvers: of their modules, their packages, and in every table."""
SLACK = 10.0
"""Seconds past the time-out that a solver has to load and to notice; then its process is killed."""
_ASK = {"cvc5": ask_cvc5.answer, "bitwuzla": ask_bitwuzla.answer}
_COMMENT = re.compile(r";[^\n]*")
_PARENTHESIS = re.compile(r"\(\s*(?P<head>[^\s()]*)|\)")
_STATING = {"set-logic", "set-info", "declare-const", "declare-fun", "define-fun", "assert"}
NOT_ONE_QUESTION = "not declarations and assertions with one (check-sat) after them"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one solver says about one text: `sat`, `unsat`, or `unknown` with the reason.

    `seconds` is the wall time of reading the text and answering; 0 if the solver never answered.
    """

    solver: str
    version: str
    result: str
    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of a table: what one solver said about many texts, and the sum of its seconds."""

    solver: str
    version: str
    asked: int
    sat: int
    unsat: int
    unknown: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Question:
    solver: str
    text: str
    timeout: float


def opinions(
    texts: Mapping[str, str], *, timeout: float, jobs: int | None = None
) -> Mapping[str, tuple[Opinion, ...]]:
    """What each solver says about each text, in the order of the texts and of `SOLVERS`.

    A text has one `(check-sat)`, its last command. `timeout` is in seconds, per text and solver; `jobs` the most
    processes at a time, as many as processors if None. What a solver refuses, is too hard or kills it is `unknown`.
    Raises InputError if a solver is not installed.
    """
    versions = {solver: installed(solver) for solver in SOLVERS}
    # cvc5 takes longer: its questions first, so that no process is left alone with them at the end
    asked = [(name, solver) for solver in SOLVERS for name in texts if one_question(texts[name])]
    answers = spread(
        _answer,
        [_Question(solver, texts[name], timeout) for name, solver in asked],
        seconds=timeout + SLACK,
        jobs=jobs,
    )
    found: dict[tuple[str, str], tuple[str, float, str]] = {}
    for key, answer in zip(asked, answers, strict=True):
        found[key] = ("unknown", 0.0, answer.reason) if isinstance(answer, Lost) else answer
    refused = ("unknown", 0.0, NOT_ONE_QUESTION)
    return {
        name: tuple(
            Opinion(solver, versions[solver], *found.get((name, solver), refused)) for solver in SOLVERS
        )
        for name in texts
    }


def agree(first: str, others: Iterable[Opinion]) -> bool:
    """Whether no two of the results, z3's `first` and the opinions', are `sat` and `unsat`.

    Unknown contradicts nothing and supports nothing: the caller counts and shows it.
    """
    return not {"sat", "unsat"} <= {first, *(other.result for other in others)}


def tallies(asked: Mapping[str, tuple[Opinion, ...]]) -> tuple[Tally, ...]:
    """One tally for each solver, in the order of `SOLVERS`; empty if nothing was asked."""
    lines = []
    for solver in SOLVERS:
        said = [opinion for each in asked.values() for opinion in each if opinion.solver == solver]
        if said:
            results = [opinion.result for opinion in said]
            sat, unsat, unknown = (results.count(result) for result in ("sat", "unsat", "unknown"))
            seconds = sum(opinion.seconds for opinion in said)
            lines.append(Tally(solver, said[0].version, len(said), sat, unsat, unknown, seconds))
    return tuple(lines)


def installed(solver: str) -> str:
    """The version of an installed solver. Raises InputError that says what to install."""
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    try:
        if find_spec(solver) is not None:
            return version(solver)
    except PackageNotFoundError:
        pass
    raise InputError(f"{solver} is not installed; needed is: pip install 'xen-layout-verifier[second]'")


def one_question(text: str) -> bool:
    """Whether the text only declares and asserts, and asks once, at its end.

    Only then is the question that of all its assertions together, which is what `ask_bitwuzla` puts.
    """
    commands = _COMMENT.sub("", text)
    if "|" in commands or '"' in commands:
        return False  # quotes could hide a semicolon or a parenthesis, and no obligation has them
    heads, depth = [], 0
    for found in _PARENTHESIS.finditer(commands):
        if found["head"] is None:
            depth -= 1
            continue
        heads += [found["head"]] if depth == 0 else []
        depth += 1
    return depth == 0 and heads[-1:] == ["check-sat"] and set(heads[:-1]) <= _STATING


def _answer(question: _Question) -> tuple[str, float, str]:
    """In a process of its own: result, seconds, reason."""
    start = perf_counter()
    result, reason = _ASK[question.solver](question.text, question.timeout)
    return result, perf_counter() - start, reason
