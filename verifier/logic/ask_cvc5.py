"""The only module that loads cvc5: SMT-LIB text in, its answer or its proof out.

To be called in a process of its own (`processes.spread`): cvc5 may hang, and abort where another library would raise.
"""

from __future__ import annotations

from typing import Any

RESOURCE_LIMIT = 20_000_000
"""cvc5's `rlimit-per` per question: deterministic, and some thousand times what an obligation takes."""
FILE = "obligation.smt2"
"""What cvc5's messages call the text."""
_REASONS = {"RESOURCEOUT": "resource limit reached", "TIMEOUT": "time-out"}


def answer(text: str, timeout: float) -> tuple[str, str]:
    """`sat`, `unsat` or `unknown` for the one `(check-sat)` of the text, and the reason for unknown.

    `timeout` is in seconds of wall time. Raises RuntimeError for text that cvc5 refuses.
    """
    result, reason, _ = _run(text, timeout, {})
    return result, reason


def proof(text: str, timeout: float, granularity: str = "dsl-rewrite") -> tuple[str, str, str]:
    """The answer as above, and cvc5's proof in CPC as printed, empty unless the answer is `unsat`.

    Declarations are left out of the proof: a `reference` to the text gives them, and with it a checker compares the
    assumptions of the proof with the assertions of the text. A coarser `granularity`, `theory-rewrite` say, makes
    steps that nobody can check.
    """
    options = {
        "produce-proofs": "true",
        "proof-format-mode": "cpc",
        "proof-granularity": granularity,
        "proof-print-reference": "true",
    }
    result, reason, solver = _run(text, timeout, options)
    if result != "unsat":
        return result, reason, ""
    printed = b"".join(_bytes(solver.proofToString(each)) for each in solver.getProof())
    return result, reason, printed.decode()


def _run(text: str, timeout: float, options: dict[str, str]) -> tuple[str, str, Any]:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    limits = {"rlimit-per": str(RESOURCE_LIMIT), "tlimit-per": str(max(1, int(timeout * 1000)))}
    for name, value in (limits | options).items():
        solver.setOption(name, value)  # before parsing: the parser acts on some of them
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, FILE)
    symbols = parser.getSymbolManager()
    answers: list[str] = []
    while not (command := parser.nextCommand()).isNull():
        said = _bytes(command.invoke(solver, symbols)).decode().strip()
        if said and command.getCommandName() != "check-sat":
            raise RuntimeError(said)
        answers += [said] if said else []
    if len(answers) != 1:
        raise RuntimeError(f"{len(answers)} answers to one question")
    result, _, rest = answers[0].partition(" ")
    if result not in ("sat", "unsat", "unknown"):
        raise RuntimeError(answers[0])
    return result, _REASONS.get(rest.strip("()"), rest), solver


def _bytes(printed: str | bytes) -> bytes:
    """What cvc5 prints: bytes in some of its functions and releases, text in others."""
    return printed if isinstance(printed, bytes) else printed.encode()
