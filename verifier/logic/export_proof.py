"""Proofs by cvc5 in CPC, the Cooperating Proof Calculus, for checkers that are not ours (ethos).

Every kind of step that CPC does not formalise is printed under one rule, `trust`, which concludes whatever it is
given (cvc5's `proofs/eo/cpc/Cpc.eo`; ethos then says "incomplete"). Those steps are counted, and a proof that has
one is never called complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from verifier.layout.errors import InputError, InternalError
from verifier.logic import ask_cvc5
from verifier.logic.processes import Lost, spread
from verifier.logic.second_opinion import NOT_ONE_QUESTION, SLACK, installed, one_question

FORMAT = "cpc"
_FILE_NAME = re.compile(r"[A-Za-z0-9_./-]+")
_STEP = re.compile(r"\((?:step|step-pop) @\S+ (?P<false>false )?(?:.* )?:rule (?P<rule>[^\s()]+)[ )]")
_OTHER = re.compile(r"\((?:define|assume|assume-push) ")
_UNJUSTIFIED = re.compile(r"trust|hole|sorry")
"""In the name of a rule. CPC has only `trust`; the rest is for what other releases may print."""


class NoProofError(InputError):
    """cvc5 has no proof of the obligation: `result` is `sat` or `unknown`."""

    def __init__(self, result: str, message: str) -> None:
        super().__init__(message)
        self.result = result


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as text that can be written to a file, and how much of it is only claimed."""

    text: str
    format: str
    trust_steps: int
    steps: int
    solver: str

    @property
    def complete(self) -> bool:
        """Every step has a justification that a checker can follow."""
        return self.trust_steps == 0


def export_proof(text: str, *, reference: str = ask_cvc5.FILE, timeout: float = 60.0) -> Proof:
    """A proof that the assertions of one obligation contradict each other.

    `reference` is the name of the file with this very text, as seen from the proof: without it a checker could not
    know what was proved. `timeout` is in seconds. Raises NoProofError if cvc5 finds the obligation satisfiable, finds
    nothing, or refuses the text; InputError if cvc5 is not installed.
    """
    found = export_proofs({reference: text}, timeout=timeout, jobs=1)[reference]
    if isinstance(found, NoProofError):
        raise found
    return found


def export_proofs(
    texts: Mapping[str, str], *, timeout: float = 60.0, jobs: int | None = None
) -> Mapping[str, Proof | NoProofError]:
    """The same for many obligations, keyed by the names of their files, spread over processes."""
    for name in texts:
        if not _FILE_NAME.fullmatch(name):
            raise ValueError(f'"{name}" is no name of a file that a proof can refer to')
    solver = f"cvc5 {installed('cvc5')}"
    asked = [(text, timeout) for text in texts.values()]
    answers = spread(_prove, asked, seconds=timeout + SLACK, jobs=jobs)
    return {
        name: _outcome(name, text, answer, solver)
        for (name, text), answer in zip(texts.items(), answers, strict=True)
    }


def _prove(asked: tuple[str, float]) -> tuple[str, str, str]:
    """In a process of its own: result, reason, proof as printed."""
    text, timeout = asked
    if not one_question(text):
        return "unknown", NOT_ONE_QUESTION, ""
    if "define-fun" in text:
        return "unknown", "a define-fun, which checkers of CPC read in another way", ""
    return ask_cvc5.proof(text, timeout)


def _outcome(name: str, text: str, answer: tuple[str, str, str] | Lost, solver: str) -> Proof | NoProofError:
    result, reason, printed = ("unknown", answer.reason, "") if isinstance(answer, Lost) else answer
    if result == "sat":
        return NoProofError(result, f"no proof of {name}: {solver} finds it satisfiable")
    if result != "unsat":
        return NoProofError(result, f"no proof of {name}: {solver} does not decide it ({reason})")
    return read_proof(printed, name, text, solver)


def read_proof(printed: str, name: str, text: str, solver: str) -> Proof:
    """cvc5's printed proof with its head, its steps counted. Raises InternalError for one that is not understood."""
    body = _inside(printed)
    steps, trusted, refutes = 0, 0, False
    for line in body:
        if step := _STEP.match(line):
            steps += 1
            trusted += _UNJUSTIFIED.search(step["rule"]) is not None
            refutes = step["false"] is not None
        elif not (_OTHER.match(line) or line.startswith(";")):
            raise InternalError(f'cvc5\'s proof of {name} has a command that is not known: "{line[:60]}"')
    if not refutes:
        raise InternalError(f"cvc5's proof of {name} does not end in false")
    head = [
        f"; proof by {solver} in {FORMAT.upper()}: {steps} steps, of which {trusted} trusted"
        + ("" if trusted == 0 else "; incomplete"),
        f"; of {name}, sha256 {sha256(text.encode()).hexdigest()}",
        f'(reference "{name}")',
    ]
    return Proof("\n".join([*head, *body, ""]), FORMAT, trusted, steps, solver)


def _inside(printed: str) -> list[str]:
    """The commands of the proof, one a line, without the parentheses that cvc5 puts around them."""
    lines = printed.strip().splitlines()
    if len(lines) < 2 or lines[0] != "(" or lines[-1] != ")":
        raise InternalError("cvc5's proof is not in parentheses of its own")
    return lines[1:-1]
