"""The only module that loads bitwuzla: SMT-LIB text over bit-vectors in, its answer out.

To be called in a process of its own (`processes.spread`), as bitwuzla may hang.
"""

from __future__ import annotations


def answer(text: str, timeout: float) -> tuple[str, str]:
    """`sat`, `unsat` or `unknown` for the assertions of the text, and the reason for unknown.

    The text has one `(check-sat)`, its last command: the parser would print the answer on standard output, so it only
    parses and the question is asked apart. `timeout` is in seconds of wall time; bitwuzla counts no other resource
    on its way through a question. Raises bitwuzla's own exception for text that it refuses.
    """
    import bitwuzla

    options = bitwuzla.Options()
    options.set(bitwuzla.Option.TIME_LIMIT_PER, max(1, int(timeout * 1000)))
    parser = bitwuzla.Parser(bitwuzla.TermManager(), options)
    parser.parse(text, True, False)  # the text itself, not a file's name, and no command that asks
    result = str(parser.bitwuzla().check_sat())
    if result not in ("sat", "unsat"):
        return "unknown", f"no answer within {timeout:g} s"
    return result, ""
